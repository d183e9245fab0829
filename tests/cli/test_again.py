"""A course after an earlier one of the same patient: it begins where that one stands, and knows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from readmodel.lookups import set_ahead
from tests.cli.front_door import FrontDoor, an_intake, written
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.world import World

AMY, LEE = ("--by", "amy.ops"), ("--by", "dr.lee")
GOALS = ("goals=a third fewer headache days", "consent_signed_on=today")
SINCE_THEN = {
    "drug": "candesartan",
    "drug_class": "ace_inhibitor_or_arb",
    "preventive": True,
    "outcome": "not_tolerated",
}
A_WEEK = timedelta(days=7)


async def never_responded(world: World) -> CourseUnderTest:
    """Return a course that was discontinued for no response and closed, its row as far ahead as its time was moved."""
    async with watched(await CourseUnderTest.start(world, diary=NEVER_RESPONDS)) as running:
        await running.until()
        closed_on = (await running.journal())[-1].on
    assert closed_on is not None
    ahead = datetime.combine(closed_on, datetime.now(UTC).time(), tzinfo=UTC) - datetime.now(UTC)
    await set_ahead(world.pool, running.course_id, ahead)
    return running


def again(before: CourseUnderTest, today: date) -> dict[str, Any]:
    """Return the intake of the same patient; it names only what was tried since."""
    intake = an_intake(treatments=[SINCE_THEN])
    patient, counts = before.patient, intake["counts"]
    told = {"record_number": patient.record_number, "name": patient.name, "birth_date": str(patient.birth_date)}
    intake["patient"] |= told
    return intake | {"counts": counts | {"headache_days": 23, "stated_on": str(today - timedelta(days=1))}}


async def test_two_years_after_no_response_a_clinician_says_why_and_the_payer_sees_the_earlier_attempt(
    world: World, starter: FrontDoor, tmp_path: Path
) -> None:
    before = await never_responded(world)
    first = before.course_id

    passed = await starter.done("fast-forward", first, "--days", "730", *AMY)
    today = date.fromisoformat(passed["clock"][:10])
    started = await starter.done("start", written(tmp_path, again(before, today)), "--sample", *AMY)
    second = started["course_id"]
    shown = await starter.done("show", second)

    assert abs(datetime.fromisoformat(shown["clock"]) - datetime.fromisoformat(passed["clock"])) < timedelta(hours=1)
    assert abs(date.fromisoformat(shown["started_on"]) - today) <= timedelta(days=1)
    assert (second != first, shown["earlier_course"]) == (True, first)
    [earlier] = shown["earlier_courses"]
    assert (earlier["reason"], earlier["verdict"], len(earlier["doses"])) == ("no_response", "none", 3)
    assert (shown["baseline"]["headache_days"], shown["baseline"]["frozen"]) == (23, False)
    assert (shown["sessions"], shown["response_checks"]) == ([], [])
    assert [task["kind"] for task in shown["open_tasks"]] == ["eligibility"]

    why = ("decision=go_on", "patient_informed=yes")
    unasked = await starter.refused("answer", f"{second}/eligibility:intake", *why, *LEE)
    await starter.done("answer", f"{second}/eligibility:intake", *why, "reason=changed since", *LEE)
    await starter.done("answer", f"{second}/goals:intake", *GOALS, "--settle", *LEE)
    paper = tmp_path / "request.html"
    await starter.done("packet", second, "--out", str(paper))

    assert unasked[0] == 5
    assert "reason" in unasked[1]
    assert "discontinued (no response)" in paper.read_text()
    assert {"candesartan", "topiramate"} <= set(paper.read_text().replace("<", " ").replace(">", " ").split())
    told = await starter("history", second)
    assert "again after an earlier course" in told.out


async def test_a_course_that_is_no_sample_begins_in_the_real_present(
    world: World, starter: FrontDoor, tmp_path: Path
) -> None:
    intake = written(tmp_path, an_intake())
    first = (await starter.done("start", intake, "--sample", *AMY))["course_id"]
    await starter.done("withdraw", first, "--reason", "no time", "--yes", "--settle", *AMY)
    await starter.done("fast-forward", first, "--days", "31", *AMY)

    second = (await starter.done("start", intake, *AMY))["course_id"]
    shown = await starter.done("show", second)

    assert abs(datetime.fromisoformat(shown["clock"]) - datetime.now(UTC)) < A_WEEK


async def test_time_passes_after_a_course_was_closed_and_nobody_has_anything_to_do(
    world: World, starter: FrontDoor, tmp_path: Path
) -> None:
    course = (await starter.done("start", written(tmp_path, an_intake()), "--sample", *AMY))["course_id"]
    await starter.done("withdraw", course, "--reason", "no time", "--yes", "--settle", *AMY)
    await starter.done("fast-forward", course, "--days", "31", *AMY)
    before = await starter.done("show", course)

    moved = await starter.done("fast-forward", course, "--days", "365", *AMY)
    refused = await starter.refused("fast-forward", course, "--until-task", *AMY)

    on = datetime.fromisoformat(before["clock"]) + timedelta(days=365)
    assert abs(datetime.fromisoformat(moved["clock"]) - on) < timedelta(minutes=10)
    assert moved["happened"] == []
    assert refused[0] == 5
    assert "was closed" in refused[1]
