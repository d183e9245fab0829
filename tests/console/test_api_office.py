"""What the office does by API: reports, finding, a start looked at first, files of many, times, and the story."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx

from domain.waits import WaitKind
from tests.cli.front_door import an_intake
from tests.console.programs import Program, a_program
from tests.console.test_calendar import appointment_of, as_lists_see_it
from tests.console.test_import import a_file, a_row
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.world import World


async def test_every_report_is_a_table_and_a_wrong_day_is_named(console: str) -> None:
    async with a_program(console, "ada.admin") as ada, a_program(console, "amy.ops") as amy:
        names = (await ada.get("/reports")).json()["items"]
        made = [(await ada.get(f"/reports/{name}", since="2026-01-01", weeks=4)).json() for name in names]
        wrong = await ada.get("/reports/missed", since="soon", weeks=0)
        hidden = [await amy.get("/reports/missed"), await ada.get("/reports/nothing")]

    assert [one["name"] for one in made] == names
    assert all(len(row) == len(one["columns"]) for one in made for row in one["rows"])
    assert len(next(one for one in made if one["name"] == "weeks")["rows"]) == 4
    assert {one["field"] for one in wrong.json()["errors"]} == {"since", "weeks"}
    assert {one.status_code for one in hidden} == {httpx.codes.NOT_FOUND}


async def test_a_patient_is_found_by_what_stands_in_no_address(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    async with a_program(console, "amy.ops") as amy:
        by_number = (await amy.post("/patients/find", {"text": running.patient.record_number.lower()})).json()
        by_id = (await amy.post("/patients/find", {"text": running.course_id[:12]})).json()
        empty = await amy.post("/patients/find", {"text": " "})

    [found] = by_number["patients"]
    assert (found["name"], found["courses"][0]["course_id"]) == (running.patient.name, running.course_id)
    assert [one["course_id"] for one in by_id["begun"]] == [running.course_id]
    assert empty.json()["errors"][0]["field"] == "text"


async def test_deviations_and_reopened_claims_are_for_those_who_look_after_them(console: str) -> None:
    async with a_program(console, "dr.lee") as lee, a_program(console, "ben.billing") as ben:
        answers = [
            await lee.get("/deviations-and-corrections", kind="correction"),
            await ben.get("/deviations-and-corrections"),
            await ben.get("/claims/reopened"),
            await lee.get("/claims/reopened"),
        ]

    assert [one.status_code for one in answers] == [200, 404, 200, 404]
    assert {one["what"] for one in answers[0].json()["items"]} <= {"correction"}


async def test_an_intake_is_looked_at_before_it_is_whole_and_nothing_is_written(console: str, world: World) -> None:
    intake = an_intake()
    number = intake["patient"]["record_number"]
    async with a_program(console, "amy.ops") as amy:
        whole = (await amy.post("/courses/preview", intake)).json()
        part = (await amy.post("/courses/preview", {"protocol": intake["protocol"]})).json()
        odd = await amy.post("/courses/preview", {"patient": {"record_number": "\x00"}, "coverage": 1, "diary": {}})
        written = await world.pool.fetchval("select count(*) from patient where record_number = $1", number)
        course_id = (await amy.post("/courses", intake)).json()["course_id"]
        again = (await amy.post("/courses/preview", intake)).json()

    assert (whole["missing"], whole["wrong"], whole["open_course"]) == ([], [], None)
    assert whole["verdict"]["verdict"] == "eligible"
    assert whole["calendar"]["expected"]
    assert "patient" in {one["field"] for one in part["missing"]}
    assert odd.status_code == httpx.codes.OK
    assert written == 0
    assert again["open_course"] == course_id


async def settled(program: Program, address: str) -> dict[str, object]:
    """Return the file once nothing is under way."""

    async def seen() -> dict[str, object]:
        now: dict[str, object] = (await program.http.get(address)).json()
        return now

    return await eventually(seen, lambda now: now["stage"] in {"tried", "done"})


async def test_a_file_is_tried_row_by_row_then_started_once_and_is_nobody_elses(console: str, world: World) -> None:
    rows = [a_row(), a_row() | {"diagnosis": "headache"}]
    body, key = {"name": "patients.csv", "csv": a_file(*rows)}, uuid4().hex
    async with a_program(console, "amy.ops") as amy, a_program(console, "otto.ops") as otto:
        sent = await amy.post("/imports", body, Idempotency_Key=key)
        again = await amy.post("/imports", body, Idempotency_Key=key)
        address = sent.headers["location"]
        tried = await settled(amy, address)
        verdicts = (await amy.http.get(f"{address}/rows")).json()["items"]
        refused = (await amy.http.get(f"{address}/rows?refused=true")).json()["items"]
        hidden = await otto.http.get(address)
        for _ in range(2):
            await amy.http.post(f"{address}/start")
        done = await settled(amy, address)
        begun = (await amy.http.get(f"{address}/rows?limit=1")).json()
        wrong = await amy.post("/imports", {"name": "x", "csv": "patient.nmae\nx"})
        columns = (await amy.get("/imports/columns")).json()["items"]

    assert sent.status_code == httpx.codes.ACCEPTED
    assert again.json()["import_id"] == sent.json()["import_id"]
    assert tried["counts"] == {"would start": 1, "not valid": 1}
    assert [(one["line"], one["verdict"]) for one in verdicts] == [(2, "would start"), (3, "not valid")]
    assert [one["errors"][0]["field"] for one in refused] == ["diagnosis"]
    assert hidden.status_code == httpx.codes.NOT_FOUND
    assert done["counts"] == {"started": 1, "not valid": 1}
    assert begun["next"] is not None
    found = await world.pool.fetchval(
        "select count(*) from course where course_id = $1", begun["items"][0]["course_id"]
    )
    assert found == 1
    assert wrong.json()["errors"][0]["field"] == "patient.nmae"
    assert "patient.record_number" in columns


async def test_a_time_on_offer_is_looked_at_moved_to_and_taken_back(console: str, world: World) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.SAFETY_CALL)
    await as_lists_see_it(running)
    path = f"/courses/{running.course_id}"
    before = await appointment_of(running)
    earliest = (await running.course()).sessions[-1].given_on + timedelta(days=84)
    async with a_program(console, "amy.ops") as amy, a_program(console, "ben.billing") as ben:
        offered = (await amy.get(f"{path}/slots")).json()
        slot = next(
            slot
            for day in offered["days"]
            for slot in day["slots"]
            if slot["starts_at"][:10] != str(before.starts_at)[:10]
        )
        looked_at = {"starts_at": slot["starts_at"], "injector": slot["injector"]}
        moves = (await amy.post(f"{path}/appointment/preview", looked_at)).json()
        untouched = await appointment_of(running)
        move = {"fact": {"kind": "move", "reason": "the patient asked", **looked_at}}
        moved = await amy.post(f"{path}/facts", move)
        now = (await amy.get(f"{path}/appointment")).json()
        hidden = await ben.post(f"{path}/appointment/undo")
        undone = await amy.post(f"{path}/appointment/undo")
        back = await appointment_of(running)
        twice = await amy.post(f"{path}/appointment/undo")
        clinic = (await amy.get("/clinic")).json()

    assert offered["first_on"] >= str(earliest)
    assert moves["slot"] == slot
    assert moves["effects"][0]["what"] == "Session 2"
    assert untouched == before
    assert moved.status_code == httpx.codes.OK, moved.text
    assert now["undo"]["is_possible"]
    assert hidden.status_code == httpx.codes.NOT_FOUND
    assert undone.status_code == httpx.codes.OK, undone.text
    assert back.starts_at == before.starts_at
    assert twice.status_code == httpx.codes.CONFLICT
    assert {one["kind"] for one in clinic["places"]} == {"injector", "room"}


async def test_the_story_is_told_by_kind_person_and_month_with_what_is_behind_a_line(
    console: str, world: World
) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.CLEARANCE)
    path = f"/courses/{running.course_id}/history"
    async with a_program(console, "ada.admin") as ada, a_program(console, "amy.ops") as amy:
        lee = (await amy.get(path, person="dr.lee")).json()["items"]
        [goals] = (await amy.get(path, kind="goals_set")).json()["items"]
        first = (await amy.get(path, waits=True, limit=2)).json()
        second = (await amy.http.get(first["next"])).json()
        event = (await amy.get(f"{path}/{goals['number']}")).json()
        month = (await amy.get(f"{path}/months/{goals['on'][:7]}")).json()
        behind = (await ada.get(f"{path}/{goals['number']}/temporal")).json()
        hidden = await amy.get(f"{path}/{goals['number']}/temporal")
        odd = await amy.get(path, month="March")

    assert {one["by"] for one in lee} == {"dr.lee"}
    assert "half the headache days" in goals["said"]
    assert [one["number"] for one in first["items"] + second["items"]] == [1, 2, 3, 4]
    assert event["told"]["goals"]
    assert month["spells"]
    assert behind["behind"]["events"]
    assert hidden.status_code == httpx.codes.NOT_FOUND
    assert odd.json()["errors"][0]["field"] == "month"


async def test_packet_and_dossier_are_documents_that_allow_their_own_style_only(console: str, world: World) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.PAYER_ANSWER)
    async with a_program(console, "amy.ops") as amy:
        documents = [await amy.get(f"/courses/{running.course_id}/{name}") for name in ("packet", "dossier")]
        other = await amy.get(f"/courses/{running.course_id}/packet", request_number=99)

    for one in documents:
        assert one.headers["content-type"].startswith("text/html")
        assert "style-src 'sha256-" in one.headers["content-security-policy"]
        assert running.patient.name in one.text
    assert other.headers["content-type"] == "application/problem+json"
