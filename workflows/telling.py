"""What was told against a rule: a clinician looks at it, and the bill waits until billing lets it go."""

from __future__ import annotations

from datetime import timedelta

from domain.clinic_time import add_working_days
from domain.course import Course
from domain.deviation import Deviation
from domain.waits import WaitKind
from workflows.desk import Desk, Moot


class Telling:
    """What deviations leave to do. It outlives the course."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def have_looked_at(self, deviation: Deviation) -> None:
        """Have a clinician look at a deviation."""
        due = self._desk.now + timedelta(days=1)
        context = {"rules": deviation.rules, "reason": deviation.reason}
        await self._desk.wait(
            WaitKind.DEVIATION, f"event-{deviation.number}", due=due, moot=_looked_at(deviation.number), context=context
        )

    async def have_told_anew(self) -> None:
        """Have somebody tell the patient anew what a message told wrongly."""
        due = self._desk.morning(add_working_days(self._desk.today, 1, self._desk.course.clinic))
        context = {"messages": ", ".join(self._desk.course.to_tell_anew)}
        await self._desk.wait(WaitKind.TELL_ANEW, "messages", due=due, moot=_all_told, context=context)


def _all_told(course: Course) -> bool:
    return not course.to_tell_anew


def _looked_at(number: int) -> Moot:
    return lambda course: all(one.number != number or one.reviewed_by is not None for one in course.deviations)
