"""What a course needs next and when: the rules of `timing`, `coverage` and `response` asked of a whole course.

The workflow waits by these functions and the planner forecasts by them, so that both say the same.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from domain.clinic_time import clinic_day, instant_of, next_working_day, working_days_before
from domain.course import Course
from domain.coverage import (
    AuthorizationRequest,
    Purpose,
    SessionCoverage,
    coverage_on,
    covers_planned_session,
    last_covered_day,
)
from domain.dose import Dose, opened_units, planned_dose
from domain.record import Record, Refusal
from domain.response import ResponseAnswer, is_check_due_after
from domain.session import AppointmentStatus, Session
from domain.timing import CheckTimes, SessionDates, check_times, renewal_due_on, session_dates

MORNING = time(7)
"""When the clinic's day begins for the course: tasks of the day open, dates come."""


def dose_of(course: Course) -> Dose:
    """Return the dose planned for the next session."""
    return course.planned_dose or planned_dose(course.protocol)


def opened_of(course: Course) -> int:
    """Return the units of the vials that the planned dose opens."""
    return opened_units(dose_of(course).units, protocol=course.protocol)


def dates_of_next(course: Course, today: date) -> SessionDates:
    """Return the earliest, recommended and latest day of the next session."""
    return session_dates(
        last_doses_on=course.doses_on,
        not_before=max(today, course.look_from or today),
        protocol=course.protocol,
        policy=course.policy,
        clinic=course.clinic,
        covered_until=last_covered_day(authorizations=course.authorizations) if course.needs_authorization else None,
    )


def planned_on(course: Course, today: date) -> date:
    """Return the day the next session is planned for: its appointment's, else the first day it may be given."""
    if course.appointment is not None:
        return clinic_day(course.appointment.starts_at, course.clinic.zone)
    return look_for_from(course, today)


def look_for_from(course: Course, today: date) -> date:
    """Return the day from which a time is looked for: the recommended one, or the first that a payer covers.

    An authorization that begins later is waited for, not asked for again; not longer than one interval, though.
    """
    recommended_on = dates_of_next(course, today).recommended_on
    if not course.needs_authorization or _covers(course, recommended_on):
        return recommended_on
    last_on = recommended_on + timedelta(days=course.protocol.timing.interval_days_min.value)
    begins = (granted.from_on for granted in course.authorizations if recommended_on < granted.from_on <= last_on)
    days = (next_working_day(day, course.clinic) for day in begins)
    return min((day for day in days if _covers(course, day)), default=recommended_on)


def _covers(course: Course, on: date) -> bool:
    """Whether one of the authorizations holds for the planned session on the day `on`."""
    return covers_planned_session(
        on=on,
        planned_units=dose_of(course).units,
        opened_units=opened_of(course),
        authorizations=course.authorizations,
        sessions=course.sessions,
        drug_code=course.protocol.billing.drug_code.value,
    )


def coverage_of(course: Course, on: date) -> SessionCoverage | Refusal:
    """Return what pays for the planned dose on the day `on`, or why nothing does."""
    return coverage_on(
        on=on,
        planned_units=dose_of(course).units,
        opened_units=opened_of(course),
        coverage=course.coverage,
        authorizations=course.authorizations,
        sessions=course.sessions,
        drug_code=course.protocol.billing.drug_code.value,
    )


def must_ask_payer(course: Course, today: date) -> bool:
    """Whether a payer must agree, none of its authorizations holds for the planned session, and none is asked for."""
    if not course.needs_authorization or course.open_request is not None:
        return False
    return not _covers(course, planned_on(course, today))


def next_request(course: Course, today: date) -> AuthorizationRequest:
    """Return the request that asks the payer for the sessions it usually grants."""
    assert course.policy is not None, "an authorization has a payer with a policy"
    return AuthorizationRequest(
        number=len(course.requests) + 1,
        purpose=Purpose.RENEWAL if course.authorizations else Purpose.INITIAL,
        for_session=course.next_session,
        opened_on=today,
        sessions=course.policy.grant.sessions.value,
        units_per_session=opened_of(course),
        planned_units=dose_of(course).units,
        policy_version=course.policy.version,
    )


def dates_from_last_dose(course: Course) -> SessionDates | None:
    """Return the days of the next session by protocol and payer, whatever is booked; None before any dose."""
    if not course.doses_on:
        return None
    return dates_of_next(course.model_copy(update={"look_from": None}), course.doses_on[-1])


def earliest_from_last_dose(course: Course) -> date:
    """Return the first day on which protocol and payer allow the next session. There must be an earlier dose."""
    dates = dates_from_last_dose(course)
    assert dates is not None, "there is an earlier dose"
    return dates.earliest_on


def renewal_on(course: Course) -> date | None:
    """Return the day on which the renewal for the next session falls due, or None where no payer must agree."""
    if course.policy is None or not course.needs_authorization or course.last_session is None:
        return None
    return renewal_due_on(
        planned_on=earliest_from_last_dose(course),
        policy=course.policy,
        drug_source=course.coverage.drug_source,
        clinic=course.clinic,
    )


def open_check(course: Course) -> Session | None:
    """Return the session whose response check is due and not answered for good."""
    last = course.last_session
    if last is None or not course.is_open:
        return None
    # A course that was discontinued and reopened has no answer any more: a clinician gives a new one.
    unanswered = (ResponseAnswer.ASK_AGAIN, ResponseAnswer.DISCONTINUE)
    answered = tuple(check for check in course.checks if check.answer not in unanswered)
    if any(check.session == last.number for check in answered):
        return None
    trial_session = sum(session.is_trial for session in course.sessions)
    due = is_check_due_after(
        last.number,
        checks=answered,
        protocol=course.protocol,
        trial_session=trial_session,
        renewal_due=_needs_renewal(course),
    )
    return last if due else None


def _needs_renewal(course: Course) -> bool:
    """Whether no authorization holds for the next session on the first day it may be given."""
    return course.needs_authorization and not _covers(course, earliest_from_last_dose(course))


def times_of_check(course: Course, session: Session) -> CheckTimes:
    """Return when the response check after `session` opens and is due, and the 28 days that carry the verdict."""
    return check_times(
        session_given_on=session.given_on,
        planned_on=earliest_from_last_dose(course),
        renewal_due_on=renewal_on(course),
        protocol=course.protocol,
        clinic=course.clinic,
    )


def readiness_on(course: Course) -> date:
    """Return the day of the first look before the appointment."""
    return _day_of_appointment(course) - timedelta(days=course.clinic.readiness_days)


def last_look_on(course: Course) -> date:
    """Return the day of the last look before the appointment."""
    return working_days_before(_day_of_appointment(course), course.clinic.readiness_last_working_days, course.clinic)


def _day_of_appointment(course: Course) -> date:
    assert course.appointment is not None, "only an appointment is made ready"
    return clinic_day(course.appointment.starts_at, course.clinic.zone)


class Missing(Record):
    """What keeps a session from being confirmed or cleared: `what` is one word, `why` a sentence."""

    what: str
    why: str


def missing_for_confirmation(course: Course) -> tuple[Missing, ...]:
    """Return what is missing before the patient is told that the appointment stands."""
    on = _day_of_appointment(course)
    missing = [*_missing_of_record(course)]
    covered = coverage_of(course, on)
    if isinstance(covered, Refusal):
        missing.append(Missing(what="coverage", why=covered.reason))
    assert course.appointment is not None
    look = course.readiness
    if look is None or look.appointment != course.appointment.number:
        missing.append(Missing(what="drug", why="nobody has looked yet whether the drug is there"))
    elif not look.drug_on_hand:
        missing.append(Missing(what="drug", why="the drug is not there"))
    return tuple(missing)


def missing_for_clearance(course: Course, on: date) -> tuple[Missing, ...]:
    """Return every rule of docs/rules.md ("What always holds") that forbids to clear a session on the day `on`."""
    missing = [*_missing_of_record(course)]
    missing.extend(
        Missing(what="red flag", why=f"adverse event {flagged.number} is not lifted by a clinician")
        for flagged in course.red_flags
    )
    dates = dates_from_last_dose(course)
    if dates is not None and on < dates.earliest_on:
        missing.append(Missing(what="interval", why=f"the earliest day is {dates.earliest_on}: {dates.reason}"))
    if dose_of(course).units > course.protocol.dose.units_max.value:
        missing.append(
            Missing(what="dose", why=f"the planned dose exceeds {course.protocol.dose.units_max.value} units")
        )
    covered = coverage_of(course, on)
    if isinstance(covered, Refusal):
        missing.append(Missing(what="coverage", why=covered.reason))
    return tuple(missing)


def _missing_of_record(course: Course) -> list[Missing]:
    missing = []
    if course.eligibility_settled_on is None:
        missing.append(Missing(what="eligibility", why="eligibility is not settled"))
    if not course.goals or course.consent_signed_on is None:
        missing.append(Missing(what="consent", why="goals and consent are not recorded"))
    if (session := open_check(course)) is not None:
        why = f"the response check after session {session.number} is not answered"
        missing.append(Missing(what="response check", why=why))
    return missing


def may_confirm(course: Course) -> bool:
    """Whether the tentative appointment can be confirmed now."""
    tentative = course.appointment is not None and course.appointment.status is AppointmentStatus.TENTATIVE
    return tentative and not missing_for_confirmation(course)


def morning_of(course: Course, on: date) -> datetime:
    """Return the instant at which the clinic's day `on` begins for the course."""
    return instant_of(on, MORNING, course.clinic.zone)
