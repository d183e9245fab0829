"""A course that stands still: its hold is reviewed on the day that was set. And what an ending leaves to see to."""

from __future__ import annotations

from datetime import datetime

from domain.anew import gap_noticed_on, gap_too_long
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.hold import Hold
from domain.waits import WaitKind
from workflows.desk import Desk, Moot

REVIEW_WORKING_DAYS = 2
HAND_OVER_WORKING_DAYS = 5


class Standing:
    """Holds and endings. What else goes on meanwhile runs beside (`beside.py`)."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def review(self) -> None:
        """Wait for the review date, then have somebody prolong the hold, resume the course or end it."""
        while (hold := self._desk.course.hold) is not None:
            subject, day = f"hold-{hold.number}", self._desk.morning(hold.review_on)
            context = {"reason": hold.reason.value}
            if self._desk.now < day:  # a later review moves the day
                await self._desk.wait(WaitKind.HOLD_ENDS, subject, due=day, moot=_lifted(hold), context=context)
                continue
            kind = WaitKind.HOLD_DECISION if hold.for_a_clinician else WaitKind.HOLD_REVIEW
            due = self._in_working_days(REVIEW_WORKING_DAYS)
            await self._desk.wait(kind, subject, due=due, moot=_reviewed(hold), context=context)

    async def notice_gap(self) -> None:
        """Wait for the day on which nothing was given for too long; then what was settled before is settled anew."""
        noticed_on, subject = gap_noticed_on(self._desk.course), f"session-{self._desk.course.next_session}"
        if noticed_on is None:
            return

        def over(course: Course) -> bool:
            return gap_noticed_on(course) != noticed_on

        await self._desk.wait(WaitKind.GAP_TOO_LONG, subject, due=self._desk.morning(noticed_on), moot=over)
        if (gap := gap_too_long(self._desk.course, self._desk.today)) is not None:
            self._desk.happened(gap)

    async def look_at_the_death(self) -> None:
        """Have a clinician look at a death that came within weeks of a session."""
        due = self._in_working_days(REVIEW_WORKING_DAYS)
        await self._desk.wait(WaitKind.DEATH_REVIEW, "end", due=due, moot=_death_is_seen)

    async def hand_over(self) -> None:
        """Have operations send a transferred patient's papers on and see to the open authorization."""
        due = self._in_working_days(HAND_OVER_WORKING_DAYS)
        await self._desk.wait(WaitKind.HAND_OVER, "end", due=due, moot=_is_handed_over)

    def _in_working_days(self, count: int) -> datetime:
        return self._desk.morning(add_working_days(self._desk.today, count, self._desk.course.clinic))


def _death_is_seen(course: Course) -> bool:
    return not course.death_to_review


def _is_handed_over(course: Course) -> bool:
    return not course.to_hand_over


def _lifted(hold: Hold) -> Moot:
    return lambda course: course.hold is None or course.hold.number != hold.number


def _reviewed(hold: Hold) -> Moot:
    return lambda course: course.hold != hold
