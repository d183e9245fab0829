"""Courses for the clinicians' screens: at a task, with the time that screens reckon by."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.waits import WaitKind
from readmodel.lookups import set_ahead
from tests.kit.answers import People
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.days import a_monday_of_its_own
from tests.kit.diaries import RESPONDS_AT_ONCE, Diary
from tests.kit.world import World


async def a_course_at(
    world: World,
    kind: WaitKind,
    *,
    diary: Diary = RESPONDS_AT_ONCE,
    people: People | None = None,
    at: datetime | None = None,
) -> CourseUnderTest:
    """Return a course at its first open task of this kind. `at`: when it begins, if not on a Monday of its own."""
    course = await CourseUnderTest.start(world, at=at or a_monday_of_its_own(world.clinic), diary=diary)
    await course.until(kind, people)
    await tell_the_time(course)
    return course


async def tell_the_time(course: CourseUnderTest) -> None:
    """Have lists and screens reckon with the course's own time, as `fast-forward` does."""
    await set_ahead(course.world.pool, course.course_id, await course.now() - datetime.now(UTC))
