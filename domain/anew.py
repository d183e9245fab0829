"""What a stop that was too long makes settle anew: goals, consent, baseline, coverage, and perhaps the trial's count.

A hold is a stop, and so is a gap: time without a dose that nobody has called a hold.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.care import has_responded
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Authorization
from domain.events import GapTooLong

GAPS_FROM_EDITION = 2


def stop_days(course: Course) -> int | None:
    """Return the most days that a hold or gap may last, or None where the protocol has no limit.

    Source: the protocol's `hold.anew_after_days`.
    """
    return None if course.protocol.hold is None else course.protocol.hold.anew_after_days.value


def gap_since(course: Course) -> date | None:
    """Return the day from which a gap counts; None while goals are to be set.

    It is the day of the last dose known, here or elsewhere, or the day on which goals were last set, if that is later:
    before a first dose, and after an earlier stop.
    """
    if not course.goals:
        return None
    set_on = course.goals_set_on or course.consent_signed_on or course.started_on
    return max((set_on, *course.doses_on[-1:]))


def gap_ends_on(course: Course) -> date | None:
    """Return the first day that lies too long after the last dose, or None where no gap is too long."""
    since, days = gap_since(course), stop_days(course)
    if course.edition < GAPS_FROM_EDITION or since is None or days is None:
        return None
    return since + timedelta(days=days + 1)


def gap_noticed_on(course: Course) -> date | None:
    """Return the day on which the gap before the next session becomes too long; None: the session comes before it.

    Asked of what is booked: without a day nothing will be cleared, and a day found later is asked about then.
    """
    ends_on = gap_ends_on(course)
    if ends_on is None or course.appointment is None or course.clearance is not None:
        return None
    return ends_on if clinic_day(course.appointment.starts_at, course.clinic.zone) >= ends_on else None


def gap_too_long(course: Course, today: date) -> GapTooLong | None:
    """Return that the gap is too long by now, and what is settled anew, or None."""
    noticed_on, since = gap_noticed_on(course), gap_since(course)
    if noticed_on is None or since is None or today < noticed_on:
        return None
    return GapTooLong(since=since, anew=what_is_anew(course, since=since))


def anew_after_hold(course: Course, today: date) -> tuple[str, ...]:
    """Return what a course that is resumed today settles anew: the hold, or the gap by now, was too long."""
    hold, days, ends_on = course.hold, stop_days(course), gap_ends_on(course)
    if hold is None or days is None or not course.goals:
        return ()
    held_too_long = (today - hold.since).days > days
    return what_is_anew(course) if held_too_long or (ends_on is not None and today >= ends_on) else ()


def what_is_anew(course: Course, *, since: date | None = None) -> tuple[str, ...]:
    """Return what is settled anew after too long a stop; with `since`, no coverage that was settled after that day.

    The trial begins anew only where no response check had said response: an earlier response is evidence.
    """
    anew = ["goals", "consent"]
    if course.sessions:
        anew += ["baseline"] if has_responded(course) else ["baseline", "trial"]
    return (*anew, "coverage") if _has_old_coverage(course, since) else tuple(anew)


def _has_old_coverage(course: Course, since: date | None) -> bool:
    if since is None:
        return bool(course.authorizations) or not course.needs_authorization
    said_on = coverage_said_on(course)
    return bool(old_authorizations(course, since)) or (said_on is not None and said_on <= since)


def old_authorizations(course: Course, since: date | None) -> tuple[Authorization, ...]:
    """Return the authorizations that still run and of which the payer has said nothing after the day `since`."""
    return tuple(
        one for one in course.authorizations if one.expired_on is None and not _decided_after(course, one, since)
    )


def _decided_after(course: Course, granted: Authorization, since: date | None) -> bool:
    """Whether the payer granted or changed the authorization after the day `since`."""
    about = (one for one in course.requests if granted.request in {one.number, one.amends})
    return since is not None and any(one.decided_on is not None and one.decided_on > since for one in about)


def coverage_said_on(course: Course) -> date | None:
    """Return the day on which somebody said that none is needed, or signed to pay; None where a payer is asked."""
    if course.needs_authorization:
        return None
    not_needed, agreed = course.coverage.not_needed, course.coverage.self_pay
    if not_needed is not None:
        return not_needed.said_on
    return None if agreed is None else agreed.signed_on
