"""A course that a person has started on a page, for tests that go on with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from readmodel.people import patient
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.diaries import RESPONDS_AT_ONCE
from tests.kit.world import World


@dataclass
class StartedOnAPage(CourseUnderTest):
    """Found by what its page's address says."""

    started_as: str = ""

    @property
    def workflow_id(self) -> str:
        """Return the id that it was started with."""
        return self.started_as

    @classmethod
    async def of(cls, world: World, course_id: str) -> Self:
        """Return the course that has this page."""
        row = await world.pool.fetchrow("select workflow_id, patient_id from course where course_id = $1", course_id)
        assert row is not None, "a course has this page"
        who = await patient(world.pool, row["patient_id"])
        assert who is not None
        return cls(world=world, course_id=course_id, patient=who, diary=RESPONDS_AT_ONCE, started_as=row["workflow_id"])
