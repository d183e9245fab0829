"""Many courses from a file: tried first, then started, with a verdict for each row that survives a reload."""

from __future__ import annotations

import csv
import io
import re

import httpx

from tests.cli.front_door import an_intake
from tests.console.intakes import flat
from tests.console.kit import Person, signed_in
from tests.kit.course_under_test import eventually


async def test_a_file_is_tried_and_then_started_with_a_verdict_for_each_row(console: str) -> None:
    file = a_file(a_row(), a_row(**{"counts.headache_days": "40"}), a_row())
    async with signed_in(console, "amy.ops") as amy:
        tried = await settled(amy, await sent(amy, file))
        nothing_yet = "already open" not in tried.text and "/courses/" not in tried.text
        await amy.post(f"{tried.url.path}/start", {})
        twice = await amy.post(f"{tried.url.path}/start", {})
        done = await settled(amy, twice.url.path)
        again = await settled(amy, await sent(amy, file))

    assert nothing_yet
    assert "2 would start" in tried.text
    assert "1 not valid" in tried.text
    assert "counts.headache_days" in tried.text
    assert "2 started" in done.text
    assert done.text.count('href="/courses/') == 2
    assert "2 already open" in again.text


async def test_what_was_refused_comes_back_with_reasons_and_without_formulas(console: str) -> None:
    row = a_row(**{"patient.name": '=HYPERLINK("http://evil.example")', "diagnosis": "G00.0"})
    async with signed_in(console, "amy.ops") as amy:
        tried = await settled(amy, await sent(amy, a_file(a_row(), row)))
        answer = await amy.get(f"{tried.url.path}/refused.csv")

    assert answer.headers["content-disposition"].startswith("attachment")
    [one] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert one["line"] == "3"
    assert one["verdict"] == "not valid"
    assert one["why"].startswith("diagnosis: ")
    assert one["patient.name"] == '\'=HYPERLINK("http://evil.example")'
    assert one["patient.record_number"] == row["patient.record_number"]


async def test_the_file_of_what_was_refused_is_put_right_and_sent_again_as_it_is(console: str) -> None:
    row = a_row(**{"patient.name": "Quintessa Again", "diagnosis": "G00.0"})
    assert row["patient.contact.phone"].startswith("+"), "a spreadsheet would take it for a formula"
    async with signed_in(console, "amy.ops") as amy:
        tried = await settled(amy, await sent(amy, a_file(row)))
        refused = (await amy.get(f"{tried.url.path}/refused.csv")).text
        again = await settled(amy, await sent(amy, refused.replace("G00.0", "G43.709").removeprefix("\ufeff")))
        await amy.post(f"{again.url.path}/start", {})
        started = await settled(amy, again.url.path)
        course = await amy.get(re.findall(r'href="(/courses/[0-9a-f]{32})"', started.text)[0])

    assert "1 would start" in again.text
    assert f"<bdi>{row['patient.contact.phone']}</bdi>" in course.text


async def test_the_same_patient_twice_in_a_file_would_start_once(console: str) -> None:
    row = a_row()
    async with signed_in(console, "amy.ops") as amy:
        tried = await settled(amy, await sent(amy, a_file(row, row)))

    assert "1 would start" in tried.text
    assert "the same patient as line 2" in tried.text


async def test_a_file_that_is_no_import_is_refused_with_the_reason(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        misspelt = await upload(amy, a_file(a_row()).replace("patient.name", "patient.nmae").encode())
        none = await upload(amy, b"")
        picture = await upload(amy, b"\x89PNG\xff\xfe")
        semicolons = await upload(amy, a_file(a_row()).replace(",", ";").encode())
        twice = await upload(amy, a_file(a_row()).replace("patient.name", "patient.record_number").encode())

    assert misspelt.status_code == none.status_code == picture.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "patient.name, did you mean that?" in misspelt.text
    assert "CSV UTF-8" in picture.text
    assert "not separated by commas" in semicolons.text
    assert "is there twice" in twice.text
    assert "schema" not in none.text + misspelt.text, "a page speaks no words of the command line"


async def test_somebody_elses_file_looks_as_if_it_were_not_there(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "otto.ops") as otto:
        path = await sent(amy, a_file(a_row()))
        hidden = await otto.get(path)
        file = await otto.get(f"{path}/refused.csv")
        await settled(amy, path)

    assert hidden.status_code == file.status_code == httpx.codes.NOT_FOUND


async def test_a_clinician_imports_nothing(console: str) -> None:
    async with signed_in(console, "dr.lee") as lee:
        answer = await lee.get("/import")

    assert answer.status_code == httpx.codes.NOT_FOUND


def a_row(**changes: str) -> dict[str, str]:
    return dict(flat(an_intake())) | changes


def a_file(*rows: dict[str, str]) -> str:
    written = io.StringIO(newline="")
    sheet = csv.DictWriter(written, list(rows[0]))
    sheet.writeheader()
    sheet.writerows(rows)
    return written.getvalue()


async def upload(person: Person, raw: bytes) -> httpx.Response:
    return await person.http.post(
        "/import", data={"csrf": await person.csrf()}, files={"file": ("patients.csv", raw, "text/csv")}
    )


async def sent(person: Person, file: str) -> str:
    """Send a file and return the path of its page."""
    answer = await upload(person, file.encode())
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.url.path


async def settled(person: Person, path: str) -> httpx.Response:
    """Return the file's page once nothing is under way, as a reload shows it."""
    return await eventually(lambda: person.get(path), lambda answer: "hx-trigger" not in answer.text)
