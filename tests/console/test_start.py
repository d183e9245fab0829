"""Starting a course on a page: the verdict while typing, and a course once."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import httpx
import pytest

from tests.console.intakes import a_form
from tests.console.kit import signed_in
from tests.kit.world import World


async def test_the_verdict_and_what_the_payer_misses_appear_before_names_are_typed(console: str) -> None:
    form = a_form(**{"patient.name": "", "patient.record_number": "", "coverage.member_id": ""})
    async with signed_in(console, "amy.ops") as amy:
        said = await amy.post("/start/verdict", form | {"treatments[1].outcome": "ongoing", "treatments[1].days": "20"})

    assert said.status_code == httpx.codes.OK, said.text
    assert "<strong>eligible</strong>" in said.text
    assert "missing for the first authorization" in said.text
    assert "propranolol is on trial" in said.text
    assert "3 fields are still empty" in said.text


async def test_the_calendar_ahead_is_shown_and_nothing_is_written(console: str, world: World) -> None:
    before = await world.pool.fetchval("select count(*) from patient")
    async with signed_in(console, "amy.ops") as amy:
        said = await amy.post("/start/verdict", a_form())
    after = await world.pool.fetchval("select count(*) from patient")

    assert "The course can be started" in said.text
    assert "(session 1)" in said.text
    assert "(session 3)" in said.text
    assert before == after


async def test_what_cannot_be_read_yet_hides_no_verdict(console: str) -> None:
    half = a_form(**{"treatments[0].outcome": "perhaps", "months_with_headache": "many", "counts.period_days": ""})
    async with signed_in(console, "amy.ops") as amy:
        said = await amy.post("/start/verdict", half)

    assert "<strong>needs information</strong>" in said.text
    assert "2 of 2 earlier treatments failed" in said.text
    assert 'href="#treatments[0].outcome"' in said.text


@pytest.mark.parametrize("time", range(6))
async def test_a_course_is_started_once_however_often_the_form_is_sent(console: str, world: World, time: int) -> None:
    form = a_form()
    async with signed_in(console, "amy.ops") as amy:
        sent = form | {"csrf": await amy.csrf()}

        async def send() -> httpx.Response:
            return await amy.http.post("/start", data=sent, follow_redirects=False)

        twice = await asyncio.gather(*(send() for _ in range(2 + time % 2)))
        later = await send()

    places = {answer.headers.get("location", answer.text) for answer in (*twice, later)}
    assert len(places) == 1
    [place] = places
    found = await world.pool.fetchval("select course_id from course where course_id = $1", place.rpartition("/")[2])
    assert found is not None


async def test_a_duplicate_is_shown_with_a_link_to_the_open_course(console: str) -> None:
    form = a_form()
    async with signed_in(console, "amy.ops") as amy:
        await amy.post("/start", form)
        again = {**form, "request_id": uuid4().hex}
        typing = await amy.post("/start/verdict", again)
        refused = await amy.post("/start", again)

    [there] = re.findall(r'href="/courses/([0-9a-f]{32})"', typing.text)
    assert refused.status_code == httpx.codes.CONFLICT
    assert f'href="/courses/{there}"' in refused.text
    assert 'value="Wilhelmina Fernspindle"' in refused.text


async def test_a_form_that_is_wrong_keeps_what_was_typed_and_names_the_fields(console: str) -> None:
    hostile = '<script>alert("x")</script>'
    wrong = a_form(
        **{"patient.name": hostile, "counts.headache_days": "40", "treatments[0].drug": "", "patient.birth_date": ""}
    )
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.post("/start", wrong)

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert 'href="#patient.birth_date"' in answer.text
    assert 'href="#treatments[0].drug"' in answer.text
    assert re.search(r'id="counts.headache_days"[^>]* value="40"', answer.text)
    assert '<a href="#patient.birth_date">Birth date</a> is missing' in answer.text
    assert '<a href="#treatments[0].drug">Treatments 1: drug</a>' in answer.text


async def test_the_form_speaks_of_people_payers_and_protocols_by_their_names(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.get("/start")

    words = re.sub(r"<[^>]*>", "\n", shown.text)
    for said in ("Who pays how", "Payer", "Wants no messages", "Counted over days", "Northwind Health"):
        assert f"\n{said}" in words
    assert re.search(r'<option value="dr.lee"[^>]*>(?!dr)', shown.text)
    for never in ("some text", "today+7", "one of:", "Payer id", "Opt out", "onabotulinumtoxin-a-chronic-migraine"):
        assert never not in words


async def test_a_treatment_between_two_empty_ones_is_the_first(console: str) -> None:
    form = a_form(**{"treatments[0].drug": "", "treatments[0].drug_class": "", "treatments[0].preventive": ""})
    form = {name: value for name, value in form.items() if not name.startswith(("treatments[0]", "treatments[2]"))}
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.post("/start", form | {"treatments[0].drug": "", "treatments[1].days": "soon"})

    assert 'href="#treatments[0].days"' in answer.text


async def test_a_minor_needs_a_guardian(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        said = await amy.post("/start/verdict", a_form(**{"patient.birth_date": "2012-01-01"}))

    assert 'href="#patient.guardian"' in said.text


async def test_a_diary_is_taken_from_a_file(console: str, world: World) -> None:
    form = a_form()
    diary = "on,headache,worst_pain\n2026-01-02,yes,7\n2026-01-03,no,\n"
    async with signed_in(console, "amy.ops") as amy:
        csrf = await amy.csrf()
        shown = await amy.http.post(
            "/start/diary", data={"csrf": csrf}, files={"diary_file": ("d.csv", diary, "text/csv")}
        )
        await amy.post("/start", form | {"diary": diary})

    assert "2 days of diary" in shown.text
    days = await world.pool.fetchval(
        "select count(*) from diary_day join patient using (patient_id) where record_number = $1",
        form["patient.record_number"],
    )
    assert days == 2


async def test_who_may_not_start_a_course_sees_no_such_page(console: str) -> None:
    async with signed_in(console, "ben.billing") as ben:
        answer = await ben.get("/start")

    assert answer.status_code == httpx.codes.NOT_FOUND
