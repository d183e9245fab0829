"""The last 28 days of a cycle: complete on the day of the next session, counted then and frozen. They decide nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.clinic_time import day_in_words
from domain.diary import DiaryDay, WindowCounts, blocks_of
from domain.record import Record
from domain.response import Change, ResponseCheck, Verdict, compare, is_final, verdict_of

if TYPE_CHECKING:
    from domain.course import Course  # a course keeps its last months, so the import goes the other way
    from domain.session import Session

COUNTED_FROM_EDITION = 2


class LastMonth(Record):
    """The last 28 days of the cycle after `session`, with what they say beside the counts before treatment."""

    session: int
    counted_on: date
    block: WindowCounts
    changes: tuple[Change, ...]  # with the bounds of missing days; empty without counts before treatment
    verdict: Verdict


def last_months_to_count(course: Course, today: date) -> tuple[Session, ...]:
    """Return the sessions whose cycle's last 28 days are complete and not counted yet, oldest first.

    A cycle that was shorter than the protocol's interval has no such month. What was given before a long hold or gap is
    compared with nothing any more, and before the counts before treatment are frozen nothing is compared.
    """
    if course.edition < COUNTED_FROM_EDITION or course.baseline_frozen_on is None:
        return ()
    counted = {month.session for month in course.last_months}
    return tuple(
        session
        for session in _whole_cycles(course, today)
        if session.number >= course.baseline_from and session.number not in counted
    )


def _whole_cycles(course: Course, until: date) -> Iterator[Session]:
    """Yield the sessions whose cycle lasted at least the protocol's interval, the last one's until the day `until`."""
    interval = timedelta(days=course.protocol.timing.interval_days_min.value)
    ends = (*(session.given_on for session in course.sessions[1:]), until)
    for session, ends_on in zip(course.sessions, ends, strict=False):
        if ends_on - session.given_on >= interval:
            yield session


def months_that_stand(before: Course, now: Course) -> tuple[LastMonth, ...]:
    """Return the counted months that a correction of sessions leaves: as they would be counted now.

    The day of their session is the same, their cycle is long enough still, and so are the counts before treatment.
    """
    if _day_of(now.baseline_session) != _day_of(before.baseline_session):
        return ()
    days = {session.number: session.given_on for session in before.sessions}
    latest = max((month.counted_on for month in before.last_months), default=now.started_on)
    whole = {session.number for session in _whole_cycles(now, latest) if days.get(session.number) == session.given_on}
    return tuple(month for month in before.last_months if month.session in whole)


def _day_of(session: Session | None) -> date | None:
    return None if session is None else session.given_on


def last_month_of(course: Course, session: Session, days: Sequence[DiaryDay], *, today: date) -> LastMonth:
    """Count the last 28 days of the cycle after a session, and compare them as a response check would.

    Source: blocks of 4 weeks, sources.md [6]; the protocol's `timing.interval_days_min` and `response.window_days`.
    """
    protocol = course.protocol
    last_on = session.given_on + timedelta(days=protocol.timing.interval_days_min.value - 1)
    block = blocks_of(days, (session.given_on,), today=last_on, protocol=protocol)[-1]
    missing = block.days - block.recorded_days
    baseline = course.baseline
    changes = () if baseline is None else compare(baseline, block, unknown_hours=missing, protocol=protocol)
    return LastMonth(
        session=session.number,
        counted_on=today,
        block=block.model_copy(update={"cycle": session.number}),
        changes=changes,
        verdict=verdict_of(changes),
    )


def last_month_after(course: Course, session: int) -> LastMonth | None:
    """Return the last 28 days of the cycle after this session, once they are counted."""
    return next((month for month in course.last_months if month.session == session), None)


def response_lost_by(course: Course, month: LastMonth) -> ResponseCheck | None:
    """Return the check whose response this month of a trial does not show any more; None where nothing turned.

    Later the effect often wears off before the next session: of a course past its trial nothing is said.
    """
    of_before = month.session < course.baseline_from  # a long hold or gap ago
    if month.verdict is not Verdict.NONE or of_before or not _is_of_trial(course, month.session):
        return None
    before = [check for check in course.trial_checks if is_final(check) and check.session <= month.session]
    last = max(before, key=lambda check: check.session, default=None)
    return last if last is not None and last.evidence.verdict is Verdict.RESPONSE else None


def _is_of_trial(course: Course, session: int) -> bool:
    """Whether a session was one of the trial, which those given elsewhere may have begun."""
    here = sum(one.is_trial for one in course.sessions if course.trial_from <= one.number <= session)
    return here + len(course.trial_elsewhere) <= course.protocol.response.trial_sessions_max.value


def last_month_in_words(month: LastMonth) -> str:
    """Return the month's counts with their bounds, beside those before treatment."""
    block, verdict = month.block, str(month.verdict)
    measured = {change.measure: change for change in month.changes}
    days = f"{day_in_words(block.first_on)} to {day_in_words(block.last_on)}"
    which = f"month {block.month} after session {month.session} ({days})"
    headaches, migraines = measured.get("headache_days"), measured.get("migraine_days")
    if headaches is None:
        recorded = f"{block.recorded_days} of {block.days} days recorded"
        return f"{which}: {block.headache_days} headache days, {recorded}; no counts from before treatment"
    said = f"{which}: headache on {headaches.now_text}, before treatment on {headaches.before_text}"
    if migraines is not None:
        said += f"; migraine on {migraines.now_text}, before on {migraines.before_text}"
    return f"{said}; {'no response' if month.verdict is Verdict.NONE else verdict}"


def loss_in_words(month: LastMonth, check: ResponseCheck) -> str:
    """Return that a response is none any more by the last month of its trial's cycle."""
    headaches = next(change for change in month.changes if change.measure == "headache_days")
    which = f"month {month.block.month} after session {month.session}"
    found = f"the check after session {check.session}" if check.session else "the check of what was given elsewhere"
    return f"{which}: headache on {headaches.now_text}; it was a response by {found}, and is none now"
