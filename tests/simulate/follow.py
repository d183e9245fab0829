"""Following a course: after each step the journal's new events are folded and held against rules, workflow and lists."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from domain.changes import after, born
from domain.course import Course
from domain.events import CourseStarted, parse_event
from domain.summary import CourseSummary, summary_of
from tests.kit.course_under_test import CourseUnderTest, differences
from tests.kit.invariants import check_step

LOOKS = 100
A_LOOK_SECONDS = 0.03


@dataclass
class Follower:
    """Knows the course as its journal tells it so far."""

    running: CourseUnderTest
    folded: Course | None = None

    async def follow(self, seen: Course) -> None:
        """Check every event since the last look, and that journal, lists and workflow say the same.

        A date may come while we look: then it is looked at anew.
        """
        for _ in range(LOOKS):
            await self._fold_on()
            if self.folded is not None and self.folded.number == seen.number:
                break
            seen = await self.running.course()
            await asyncio.sleep(A_LOOK_SECONDS)
        assert self.folded is not None, "9: a course has a journal"
        assert self.folded == seen, f"9: journal and workflow disagree in {differences(self.folded, seen)}"
        await self._lists_agree(seen)

    async def _fold_on(self) -> None:
        known = 0 if self.folded is None else self.folded.number
        rows = await self.running.world.pool.fetch(
            "select data from course_event where course_id = $1 and number > $2 order by number",
            self.running.course_id,
            known,
        )
        for row in rows:
            event = parse_event(json.loads(row["data"]))
            if self.folded is None:
                assert isinstance(event, CourseStarted), "9: a journal begins at its beginning"
                patient = self.running.patient.patient_id
                self.folded = born(event, course_id=self.running.course_id, patient_id=patient)
            else:
                check_step(self.folded, event)
                self.folded = after(self.folded, event)

    async def _lists_agree(self, seen: Course) -> None:
        async with self.running.world.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            row = await connection.fetchrow("select * from course where course_id = $1", seen.course_id)
            waits = await connection.fetch("select wait_id from wait where course_id = $1", seen.course_id)
        assert row is not None, "9: a course has its row"
        told = {
            name: value for name, value in dict(row).items() if name not in {"workflow_id", "ahead", "appointment_at"}
        }
        summary = summary_of(seen)
        if told["number"] == summary.number:
            assert CourseSummary.model_validate(told) == summary, "9: the course's row is the fold"
            assert {one["wait_id"] for one in waits} == {wait.id for wait in seen.waits}, "9: the waits are the fold"
