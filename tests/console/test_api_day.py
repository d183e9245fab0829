"""The clinic day and a session's record, as programs use them: what the pages show, and recorded by facts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from domain import facts as f
from domain.waits import WaitKind
from tests.console.clinicians import a_course_at, tell_the_time
from tests.console.programs import Program, a_program
from tests.console.test_clinic_day import on_day
from tests.kit.answers import vials
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.people import AMY
from tests.kit.world import World

VIAL = {"size_units": 200, "lot": "C7461", "expires_on": "2040-06-30"}


async def visit_of(program: Program, course: CourseUnderTest) -> dict[str, Any]:
    """Return the course's row of its day."""
    day = (await program.get("/day", on=await on_day(course))).json()
    [visit] = [one for one in day["visits"] if one["course_id"] == course.course_id]
    assert day["counts"][visit["state"]] == sum(one["state"] == visit["state"] for one in day["visits"])
    return dict(visit)


async def test_a_day_is_cleared_recorded_and_signed_by_what_its_rows_and_sessions_say(
    world: World, console: str
) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    booked = (await course.course()).appointment
    assert booked is not None
    path = f"/courses/{course.course_id}"
    async with a_program(console, "amy.ops") as amy, a_program(console, booked.injector) as injector:
        to_clear, before = await visit_of(amy, course), (await injector.get(f"{path}/session")).json()
        check = {"fact": {"kind": "clearance", "clear": True}}
        cleared = await injector.post(f"{path}/tasks/{before['task']}/answer", check)
        to_record, cleared_now = await visit_of(amy, course), (await amy.get(f"{path}/session")).json()
        result = {"fact": {"kind": "session-given", "vials": [VIAL]}}
        given = await amy.post(f"{path}/tasks/{cleared_now['task']}/answer", result)
        to_sign, unsigned = await visit_of(amy, course), (await amy.get(f"{path}/session")).json()
        await injector.post(f"{path}/facts", {"fact": {"kind": "record-signed", "session": 1}})
        signed, after = await visit_of(amy, course), (await amy.get(f"{path}/session")).json()

    assert [one.status_code for one in (cleared, given)] == [200, 200], (cleared.text, given.text)
    assert [one["state"] for one in (to_clear, to_record, to_sign, signed)] == [
        "to-clear",
        "to-record",
        "to-sign",
        "signed",
    ]
    assert (to_clear["patient"], to_clear["record_number"]) == (course.patient.name, course.patient.record_number)
    assert (to_record["vials"], to_record["trial_sessions"], to_record["given"]) == ([200], 3, None)
    assert (to_sign["given"]["vials"][0]["lot"], to_sign["given"]["signed_by"]) == ("C7461", None)
    assert signed["given"]["signed_by"] == booked.injector
    assert (before["due"], before["missing"], before["next_session"]) == ("to-clear", [], 1)
    assert "infection" in before["questions"]
    assert (cleared_now["due"], cleared_now["clearance"]["by"]) == ("to-record", booked.injector)
    assert [unsigned["due"], unsigned["recorded"][0]["signed_by"]] == [None, None]
    assert after["recorded"][0]["signed_by"] == booked.injector


async def test_what_forbids_to_clear_a_session_is_named(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    flag = f.AdverseEventTold(red_flags=("swallowing",), note="cannot swallow")
    await course.tell(AMY, flag)
    async with a_program(console, "dr.lee") as lee:
        session = (await lee.get(f"/courses/{course.course_id}/session")).json()

    assert [one["what"] for one in session["missing"]] == ["red flag"]
    assert session["recorded"] == []


async def test_a_missed_visit_says_why_and_a_session_in_part_that_it_may_be_completed(
    world: World, console: str
) -> None:
    missed, part = await a_course_at(world, WaitKind.CLEARANCE), await a_course_at(world, WaitKind.SESSION_RESULT)
    booked = (await missed.course()).appointment
    assert booked is not None
    await missed.pass_on(booked.ends_at - await missed.now())
    await tell_the_time(missed)
    on = await on_day(missed)
    fewer = f.SessionResult(
        vials=vials(155, (await part.now()).date()),
        sites={"frontalis": 4},
        in_part=True,
        why="fainted",
        patient_left="walking",
    )
    await part.tell(AMY, fewer)
    async with a_program(console, "amy.ops") as amy:
        told = {"fact": {"kind": "not-given", "reason": "no_show"}}
        answer = await amy.post(f"/courses/{missed.course_id}/facts", told)
        day = (await amy.get("/day", on=on)).json()["visits"]
        session = (await amy.get(f"/courses/{part.course_id}/session")).json()

    assert answer.status_code == httpx.codes.OK, answer.text
    [visit] = [one for one in day if one["course_id"] == missed.course_id]
    assert (visit["state"], visit["not_given"]["reason"]) == ("missed", "no_show")
    assert (session["may_be_completed"], session["recorded"][0]["in_part"]) == (True, True)


async def test_sites_and_vials_are_reckoned_before_they_are_recorded(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SESSION_RESULT)
    path = f"/courses/{course.course_id}/session/reckon"
    async with a_program(console, "amy.ops") as amy, a_program(console, "ben.billing") as ben:
        nothing = (await amy.post(path, {})).json()
        fewer = (await amy.post(path, {"sites": {"frontalis": 4, "trapezius": 6}, "vials": [VIAL]})).json()
        expired = VIAL | {"expires_on": "2020-01-31", "size_units": 100}
        wrong = (await amy.post(path, {"sites": {"procerus": 2, "elbow": 1}, "vials": [expired]})).json()
        earlier = (await amy.post(path, {"vials": [expired, VIAL], "given_on": "2020-01-31"})).json()
        hidden = await ben.post(path, {})

    assert (nothing["units"], nothing["sites"], nothing["vials_advised"]) == (155, 31, [200])
    assert (nothing["wasted_units"], nothing["vials"], nothing["faults"]) == (45, [], [])
    assert (fewer["units"], fewer["opened_units"], fewer["wasted_units"]) == (50, 200, 150)
    assert (fewer["vials"][0]["given_units"], fewer["planned"]["muscles"]) == (50, nothing["dose"]["muscles"])
    assert "2 sites in procerus" in wrong["faults"][0]
    assert "elbow is no muscle of this protocol" in wrong["faults"][1]
    assert "expired on 31 Jan 2020" in wrong["faults"][-1]
    assert [one["given_units"] for one in earlier["vials"]] == [100, 55]
    assert not any("expired" in one for one in earlier["faults"])
    assert hidden.status_code == httpx.codes.NOT_FOUND
    assert (await course.course()).sessions == ()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sites": {"procerus": -1}}, "sites.procerus"),
        ({"sites": {"procerus": 10**9}}, "sites.procerus"),
        ({"vials": [VIAL | {"size_units": 2**40}]}, "vials[0].size_units"),
        ({"vials": [VIAL | {"expires_on": "9999-12-31"}]}, "vials[0].expires_on"),
        ({"given_on": "0001-01-01"}, "given_on"),
        ({"site": {}}, "site"),
    ],
)
async def test_what_cannot_be_reckoned_is_named(world: World, console: str, body: dict[str, Any], field: str) -> None:
    course = await a_course_at(world, WaitKind.GOALS)
    async with a_program(console, "amy.ops") as amy:
        answer = await amy.post(f"/courses/{course.course_id}/session/reckon", body)

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_a_day_is_todays_by_default_and_who_records_no_sessions_is_shown_none(console: str, world: World) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    async with a_program(console, "dr.lee") as lee, a_program(console, "ada.admin") as ada:
        today = (await lee.get("/day")).json()
        empty = (await lee.get("/day", on="2020-01-01")).json()
        odd, hidden = await lee.get("/day", on="someday"), await ada.get("/day")

    assert today["zone"] == world.clinic.zone
    around = empty.pop("around")
    assert empty == {"on": "2020-01-01", "zone": world.clinic.zone, "counts": {}, "visits": []}
    assert around["before_on"] is None
    assert around["next_on"] <= await on_day(course)
    assert odd.json()["errors"][0]["field"] == "on"
    assert hidden.status_code == httpx.codes.NOT_FOUND
