"""A clinic in another time zone, on real servers: nine months of its mornings, visits and reminders, across its clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from domain.clinic_time import clinic_clock, clinic_day
from domain.course import Course
from domain.waits import WaitKind
from tests.cli.front_door import FrontDoor
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.world import World, a_world

SYDNEY = "Australia/Sydney"
MORNINGS = {
    WaitKind.SESSION_DAY,
    WaitKind.READINESS_DAY,
    WaitKind.LAST_LOOK_DAY,
    WaitKind.SAFETY_CALL_DAY,
    WaitKind.RENEWAL_DUE,
    WaitKind.CHECK_OPENS,
    WaitKind.AUTHORIZATION_ENDS,
}


@pytest_asyncio.fixture
async def sydney(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Give a stack of its own: one database serves one clinic."""
    state = tmp_path_factory.mktemp("sydney") / "state"
    async with a_world(state, clinic={"id": "harbour", "zone": SYDNEY, "holidays": []}) as world, world.worker():
        yield world


async def test_a_course_keeps_to_the_clock_of_its_clinic(sydney: World) -> None:
    mornings: set[time] = set()

    def look(course: Course, _: datetime) -> None:
        mornings.update(clinic_clock(wait.due, SYDNEY).time() for wait in course.waits if wait.kind in MORNINGS)

    running = await CourseUnderTest.start(sydney)
    running.on_rest.append(look)
    async with watched(running):
        for _ in range(4):  # 252 days: no zone goes so long without a change
            await running.until(WaitKind.SESSION_RESULT)
            waits = (await running.course()).waits_of(WaitKind.SESSION_RESULT)
            await running.until(WaitKind.SAFETY_CALL)
            assert waits
        course, events = await running.check(), await running.journal()

    first, *_, last = course.sessions
    offsets = {session.given_at.astimezone(ZoneInfo(SYDNEY)).utcoffset() for session in course.sessions}
    assert (last.given_on - first.given_on).days >= 252
    assert len(offsets) == 2, "the clinic's clock has changed on the way"
    assert mornings == {time(7)}
    for session in course.sessions:
        assert session.given_on == clinic_day(session.given_at, SYDNEY)
        assert time(7) <= clinic_clock(session.given_at, SYDNEY).time() <= time(17)
    assert all(event.on == clinic_day(event.at, SYDNEY) for event in events if event.at is not None)
    await _reminders_are_in_waking_hours(sydney, course)
    await _people_see_the_clinics_clock(sydney, course)


async def _reminders_are_in_waking_hours(world: World, course: Course) -> None:
    rows = await world.pool.fetch(
        "select kind, send_at from message where course_id = $1 and kind in ('reminder', 'diary_prompt')",
        course.course_id,
    )
    assert {row["kind"] for row in rows} == {"reminder", "diary_prompt"}
    for row in rows:
        local = clinic_clock(row["send_at"], SYDNEY).time()
        assert local == time(9) if row["kind"] == "diary_prompt" else time(6) <= local <= time(18)


async def _people_see_the_clinics_clock(world: World, course: Course) -> None:
    starter = FrontDoor(world.stack.state)
    assert course.appointment is not None
    local = clinic_clock(course.appointment.starts_at, SYDNEY)

    shown = await starter("show", course.course_id)
    told = await starter("history", course.course_id)

    assert f"booked {local:%a %d %b %Y %H:%M}" in shown.out
    assert f"{local:%a %d %b %Y %H:%M}" in told.out
    early = local - timedelta(days=1)
    status, said = await starter.refused(
        "move", course.course_id, f"{early:%Y-%m-%dT%H:%M}", "--reason", "sooner", "--by", "amy.ops"
    )
    assert status == 5
    assert "the earliest day is" in said or "closed" in said
