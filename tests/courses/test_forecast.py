"""What the planner forecasts at the start of a cycle is what the workflow then waits for, with the same ids and times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from domain.course import Course
from domain.people import Actor
from domain.planner import Expected, forecast
from domain.waits import KINDS, AtDue, WaitKind
from tests.kit.answers import Situation, given
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.diaries import NEVER_RESPONDS, RESPONDS_AT_ONCE, Diary
from tests.kit.world import World


@dataclass
class Foresight:
    """Takes a forecast at the start of each cycle, and compares it with every date that is then waited for."""

    cycle: int = 0
    said: dict[str, Expected] = field(default_factory=dict)
    known: frozenset[int] = frozenset()  # authorizations at the start of the cycle
    seen: dict[int, set[WaitKind]] = field(default_factory=dict)

    def look(self, course: Course, now: datetime) -> None:
        if len(course.sessions) != self.cycle or not course.is_open:
            self.cycle = len(course.sessions)
            self.known = frozenset(granted.request for granted in course.authorizations)
            self.said = {one.wait: one for one in forecast(course, now)}
        if self.cycle:
            for wait in course.waits:
                if KINDS[wait.kind].at_due is AtDue.END and not self._granted_since(wait.kind, wait.subject):
                    assert wait.id in self.said, f"cycle {self.cycle}: {wait.id} was not forecast"
                    assert self.said[wait.id].at == wait.due, f"cycle {self.cycle}: {wait.id}"
                    self.seen.setdefault(self.cycle, set()).add(wait.kind)

    def _granted_since(self, kind: WaitKind, subject: str) -> bool:
        """Whether the wait is for the end of an authorization that nobody had yet when the cycle began."""
        return kind is WaitKind.AUTHORIZATION_ENDS and int(subject.rsplit("-", 1)[-1]) not in self.known


@pytest.mark.parametrize("diary", [RESPONDS_AT_ONCE, NEVER_RESPONDS], ids=["responds", "never"])
async def test_every_date_that_a_cycle_waits_for_was_forecast_at_its_start(world: World, diary: Diary) -> None:
    foresight = Foresight()
    async with watched(await CourseUnderTest.start(world, diary=diary)) as running:
        running.on_rest.append(foresight.look)

        for _ in range(3):
            await running.until(WaitKind.SESSION_RESULT)
            await running.tell(*_given(await running.course(), await running.now()))
        await running.until(WaitKind.RESPONSE_CHECK if diary is NEVER_RESPONDS else WaitKind.CLEARANCE)

    days = {WaitKind.SAFETY_CALL_DAY, WaitKind.SESSION_DAY, WaitKind.READINESS_DAY}
    assert foresight.seen[1] >= days
    assert foresight.seen[2] >= days | {WaitKind.CHECK_OPENS, WaitKind.RENEWAL_DUE}


def _given(course: Course, now: datetime) -> tuple[Actor, Any]:
    return given(Situation(course, course.waits_of(WaitKind.SESSION_RESULT)[0], now))
