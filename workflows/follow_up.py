"""After each session: the baseline, the signature, the safety watch. It outlives the course."""

from __future__ import annotations

from datetime import datetime, timedelta

from activities.diary import DiaryActivities, ReadDiary
from domain.care import CALL_WITHIN, advice_unsaid, others_undelivered, urgent_review_hours
from domain.checks import baseline_for
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.events import BaselineFrozen, SafetyWatchEnded
from domain.session import AdverseEvent, Session, WatchEnd
from domain.waits import WaitKind
from workflows.desk import Desk, Moot

BASELINE_LOOKS_BACK = timedelta(days=182)


class FollowUp:
    """What each session leaves to do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def freeze_baseline(self) -> None:
        """Freeze the counts before treatment once session 1 is given: they do not move any more.

        After a long hold, a new one is frozen once the next session is given; the old one stays visible.
        """
        course = self._desk.course
        first = course.baseline_session
        if first is None:
            return
        stated = course.history.counts if course.baseline_from == 1 else None
        wanted = ReadDiary(
            patient_id=course.patient_id,
            first_on=min(first.given_on, *(dose.given_on for dose in course.trial_elsewhere)) - BASELINE_LOOKS_BACK
            if course.trial_elsewhere
            else first.given_on - BASELINE_LOOKS_BACK,
            last_on=first.given_on - timedelta(days=1),
        )
        read = await self._desk.do(DiaryActivities.read_diary, wanted, what="read-diary", outlives_end=True)
        now = self._desk.course.baseline_session
        if now is None or now.given_on != first.given_on or self._desk.course.trial_elsewhere != course.trial_elsewhere:
            return  # a day was corrected while the diary was read: once more
        baseline = baseline_for(course, read.days, before=first.given_on, stated=stated)
        self._desk.happened(BaselineFrozen(baseline=baseline))

    async def have_signed(self, session: Session) -> None:
        """Have the injector sign the record that somebody else wrote."""
        due = self._desk.now + timedelta(days=1)
        while not _signed(session)(self._desk.course):
            await self._desk.wait(WaitKind.SIGNATURE, f"session-{session.number}", due=due, moot=_signed(session))

    async def watch(self, session: Session) -> None:
        """Call the patient some days after the session, and keep the watch until it has run its time.

        Where the session's day is corrected, it begins anew from the right one.
        """
        over = _watched(session)
        while not over(self._desk.course):
            now = self._desk.course.session(session.number)
            assert now is not None, "what is not over is there"
            await self._watch_from(now)

    async def _watch_from(self, session: Session) -> None:
        safety = self._desk.course.protocol.safety
        number, moved = session.number, _watched_or_moved(session)

        def day(after: int) -> datetime:
            return self._desk.morning(session.given_on + timedelta(days=after))

        subject = f"session-{number}"
        await self._desk.wait(WaitKind.SAFETY_CALL_DAY, subject, due=day(safety.call_from_days.value), moot=moved)
        ends, due = day(safety.watch_ends_days.value), day(safety.call_due_days.value)
        await self._desk.wait(WaitKind.SAFETY_CALL, subject, due=due, moot=moved, ends=ends)
        if not moved(self._desk.course):
            self._desk.happened(SafetyWatchEnded(session=number, how=WatchEnd.NOT_REACHED))

    async def review(self, flagged: AdverseEvent) -> None:
        """Have a clinician look at a red flag the same day, on elapsed time; nothing is cleared until it is lifted."""

        def lifted(course: Course) -> bool:
            return all(event.number != flagged.number for event in course.red_flags)

        while not lifted(self._desk.course):
            seen = next(event for event in self._desk.course.red_flags if event.number == flagged.number)
            hours = urgent_review_hours(self._desk.course.protocol)
            wait_for = timedelta(hours=hours) if seen.reviewed_on is None else timedelta(days=7)
            subject = f"adverse-event-{flagged.number}"
            await self._desk.wait(WaitKind.RED_FLAG, subject, due=self._desk.now + wait_for, moot=lifted)

    async def reach_otherwise(self) -> None:
        """Have somebody tell the patient what an undelivered message did not."""
        due = self._desk.morning(add_working_days(self._desk.today, 1, self._desk.course.clinic))
        context = {"messages": ", ".join(others_undelivered(self._desk.course))}
        await self._desk.wait(WaitKind.UNDELIVERED, "messages", due=due, moot=_all_reached, context=context)

    async def call_at_once(self) -> None:
        """Have somebody say the red-flag advice by telephone that no message told; soon it is for who is on call."""
        due = self._desk.now + CALL_WITHIN
        context = {"note": "no message went out: the patient wants none, or none can be sent"}
        await self._desk.wait(WaitKind.CALL_AT_ONCE, "red-flag-advice", due=due, moot=_advice_is_said, context=context)


def _all_reached(course: Course) -> bool:
    return not others_undelivered(course)


def _advice_is_said(course: Course) -> bool:
    return not advice_unsaid(course)


def _signed(session: Session) -> Moot:
    def signed(course: Course) -> bool:
        now = course.session(session.number)
        return now is None or now.signed_by is not None

    return signed


def _watched(session: Session) -> Moot:
    def watched(course: Course) -> bool:
        now = course.session(session.number)
        return now is None or now.watch_ended is not None

    return watched


def _watched_or_moved(session: Session) -> Moot:
    """Return whether the watch is over, or the session's day was corrected."""
    over = _watched(session)

    def moved(course: Course) -> bool:
        now = course.session(session.number)
        return over(course) or now is None or now.given_on != session.given_on

    return moved
