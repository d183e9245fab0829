"""Does it work? The evidence is put together early enough for the renewal, and a clinician answers."""

from __future__ import annotations

from datetime import timedelta

from activities.diary import DiaryActivities, ReadDiary
from domain.checks import baseline_of_check, window_last_on
from domain.course import Course
from domain.events import EvidenceGathered
from domain.plan import open_check, times_of_check
from domain.response import gather_evidence
from domain.waits import WaitKind
from domain.ways_on import as_insured_next
from workflows.desk import Desk, Moot, corrected_since

BASELINE_LOOKS_BACK = timedelta(days=182)


class ResponseCheck:
    """The check after a session that the protocol names."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def be_answered(self) -> None:
        """Open the check on its day with its evidence, and wait for the clinician's answer."""
        while (session := open_check(self._desk.course)) is not None:
            subject, corrected = f"session-{session.number}", self._desk.course.corrected
            gone = _gone_or_corrected(corrected)
            times = times_of_check(self._desk.course, session)
            if self._desk.course.evidence is None:
                before = self._desk.course.check_after(session.number)
                opens_on = before.ask_again_on if before is not None and before.ask_again_on else times.opens_on
                await self._desk.wait(WaitKind.CHECK_OPENS, subject, due=self._desk.morning(opens_on), moot=gone)
                if self._desk.course.corrected != corrected:
                    continue
                await self.gather()
            due = max(self._desk.morning(times.due_on), self._desk.now + timedelta(days=1))
            await self._desk.wait(WaitKind.RESPONSE_CHECK, subject, due=due, moot=_no_check_or_evidence(corrected))

    async def gather(self) -> None:
        """Compute the evidence from diary and record, as of now."""
        course = self._desk.course
        session = open_check(course)
        if session is None:
            return
        first = min(course.doses_on) - (timedelta(days=1) if session.number else BASELINE_LOOKS_BACK)
        corrected = course.corrected
        while True:
            wanted = ReadDiary(patient_id=course.patient_id, first_on=first, last_on=self._desk.today)
            told = self._desk.course.diary_told
            read = await self._desk.do(DiaryActivities.read_diary, wanted, what="read-diary-for-check")
            if self._desk.course.diary_told == told:
                break  # nothing was entered while it was read
        course = self._desk.course
        if (still := open_check(course)) is None or still.number != session.number or course.corrected != corrected:
            return
        insured = as_insured_next(course)
        evidence = gather_evidence(
            session=session.number,
            sessions_given_on=tuple(given.given_on for given in course.sessions),
            numbers=tuple(given.number for given in course.sessions),
            days=read.days,
            baseline=baseline_of_check(course, still, read.days),
            stated=course.history.counts,
            protocol=course.protocol,
            policy=insured.policy,
            checks=course.trial_checks,
            window_last_on=window_last_on(course, still),
            today=self._desk.today,
            earlier_sessions=insured.earlier_sessions,
            trial_session=course.trial_sessions,
            besides=course.besides,
            elsewhere_on=tuple(dose.given_on for dose in course.trial_elsewhere),
            went_on_elsewhere=course.went_on_elsewhere,
        )
        self._desk.happened(EvidenceGathered(evidence=evidence))


def _no_check(course: Course) -> bool:
    return open_check(course) is None


def _gone_or_corrected(number: int) -> Moot:
    """Return whether no check is open any more, or the days it is reckoned from may have moved."""
    corrected = corrected_since(number)
    return lambda course: _no_check(course) or corrected(course)


def _no_check_or_evidence(number: int) -> Moot:
    """Return whether no check is open any more, or a correction took its evidence away."""
    corrected = corrected_since(number)
    return lambda course: _no_check(course) or (course.evidence is None and corrected(course))
