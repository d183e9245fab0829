"""After each session: the baseline, the claim, the signature, the safety watch. It outlives the course."""

from __future__ import annotations

from datetime import datetime, timedelta

from activities.claims import ClaimActivities, OpenClaim
from activities.diary import DiaryActivities, ReadDiary
from domain.claims import claim_for
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.diary import baseline_before
from domain.events import BaselineFrozen, BillingImpossible, ClaimOpened, SafetyWatchEnded
from domain.record import Refusal
from domain.session import AdverseEvent, Session, WatchEnd
from domain.waits import WaitKind
from workflows.desk import Desk, Moot, SaidNo

BASELINE_LOOKS_BACK = timedelta(days=182)
RED_FLAG_HOURS = 4


class FollowUp:
    """What each session leaves to do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def freeze_baseline(self) -> None:
        """Freeze the counts before treatment once session 1 is given: they do not move any more."""
        course = self._desk.course
        first = course.sessions[0]
        wanted = ReadDiary(
            patient_id=course.patient_id,
            first_on=first.given_on - BASELINE_LOOKS_BACK,
            last_on=first.given_on - timedelta(days=1),
        )
        read = await self._desk.do(DiaryActivities.read_diary, wanted, what="read-diary", outlives_end=True)
        baseline = baseline_before(
            read.days, session_1_on=first.given_on, stated=course.history.counts, protocol=course.protocol
        )
        self._desk.happened(BaselineFrozen(baseline=baseline))

    async def have_signed(self, session: Session) -> None:
        """Have the injector sign the record that somebody else wrote."""
        due = self._desk.now + timedelta(days=1)
        while not _signed(session)(self._desk.course):
            await self._desk.wait(WaitKind.SIGNATURE, f"session-{session.number}", due=due, moot=_signed(session))

    async def bill(self, session: Session) -> None:
        """Hand the signed session to billing, once, under the coverage of its day."""
        course = self._desk.course
        claim = claim_for(
            session,
            course_id=course.course_id,
            coverage=course.coverage,
            policy=course.policy,
            diagnosis=course.history.diagnosis,
            protocol=course.protocol,
        )
        if isinstance(claim, Refusal):
            self._desk.happened(BillingImpossible(session=session.number, reason=claim.reason))
            return
        wanted = OpenClaim(claim=claim, now=self._desk.now)
        try:
            await self._desk.do(ClaimActivities.open_claim, wanted, what=f"claim-{session.number}", outlives_end=True)
        except SaidNo as no:
            self._desk.happened(BillingImpossible(session=session.number, reason=no.reason))
            return
        self._desk.happened(ClaimOpened(session=session.number, claim_id=claim.id))

    async def have_billed(self, number: int) -> None:
        """Have a person bill what could not be billed."""
        due = self._desk.morning(add_working_days(self._desk.today, 2, self._desk.course.clinic))
        billed: Moot = lambda course: number not in course.to_bill_by_hand  # noqa: E731 - it reads as the condition it is
        await self._desk.wait(WaitKind.BILLING, f"session-{number}", due=due, moot=billed)

    async def watch(self, session: Session) -> None:
        """Call the patient some days after the session, and keep the watch until it has run its time."""
        safety = self._desk.course.protocol.safety
        number, over = session.number, _watched(session)

        def day(after: int) -> datetime:
            return self._desk.morning(session.given_on + timedelta(days=after))

        subject = f"session-{number}"
        await self._desk.wait(WaitKind.SAFETY_CALL_DAY, subject, due=day(safety.call_from_days.value), moot=over)
        ends, due = day(safety.watch_ends_days.value), day(safety.call_due_days.value)
        await self._desk.wait(WaitKind.SAFETY_CALL, subject, due=due, moot=over, ends=ends)
        if not over(self._desk.course):
            self._desk.happened(SafetyWatchEnded(session=number, how=WatchEnd.NOT_REACHED))

    async def review(self, flagged: AdverseEvent) -> None:
        """Have a clinician look at a red flag the same day, on elapsed time; nothing is cleared until it is lifted."""

        def lifted(course: Course) -> bool:
            return all(event.number != flagged.number for event in course.red_flags)

        while not lifted(self._desk.course):
            seen = next(event for event in self._desk.course.red_flags if event.number == flagged.number)
            wait_for = timedelta(hours=RED_FLAG_HOURS) if seen.reviewed_on is None else timedelta(days=7)
            subject = f"adverse-event-{flagged.number}"
            await self._desk.wait(WaitKind.RED_FLAG, subject, due=self._desk.now + wait_for, moot=lifted)

    async def reach_otherwise(self) -> None:
        """Have somebody tell the patient what an undelivered message did not."""
        due = self._desk.morning(add_working_days(self._desk.today, 1, self._desk.course.clinic))
        context = {"messages": ", ".join(self._desk.course.undelivered)}
        await self._desk.wait(WaitKind.UNDELIVERED, "messages", due=due, moot=_all_reached, context=context)


def _all_reached(course: Course) -> bool:
    return not course.undelivered


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
