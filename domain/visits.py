"""Visits that gave no drug: told apart, counted for their session, and when a clinician decides how to go on."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from domain.clinic import Clinic
from domain.clinic_time import clinic_clock, clinic_day, day_in_words, is_working_day
from domain.course import Course
from domain.session import Appointment, NotGivenReason

DECIDED_FROM_EDITION = 2
"""Courses that an earlier release began look for a new time however often a visit was missed."""


def not_given(course: Course) -> dict[NotGivenReason, int]:
    """Return how many visits for the next session gave no drug, by reason."""
    tally = Counter(visit.reason for visit in course.visits_not_given if visit.for_session == course.next_session)
    return {reason: tally[reason] for reason in NotGivenReason if tally[reason]}


def missed(course: Course) -> int:
    """Return how many visits for the next session the patient has missed since a clinician last decided about it.

    Which reasons count is the protocol's to say: never what the clinic cancelled. The trial's count is another one,
    and no missed visit changes it.

    Source: the protocol's `visits.missed_reasons`.
    """
    decided = [one.missed for one in course.missed_visits if one.for_session == course.next_session]
    return missed_in_all(course) - max(decided, default=0)


def missed_in_all(course: Course) -> int:
    """Return how many visits for the next session the patient has missed."""
    rule = course.protocol.visits
    if rule is None:
        return 0
    return sum(count for reason, count in not_given(course).items() if reason in rule.missed_reasons.value)


def missed_allowed(course: Course) -> int | None:
    """Return after how many missed visits a clinician decides; None: never.

    Source: the protocol's `visits.missed_max`.
    """
    rule = course.protocol.visits
    return None if rule is None or course.edition < DECIDED_FROM_EDITION else rule.missed_max.value


def must_decide(course: Course) -> bool:
    """Whether a clinician decides before another time is looked for."""
    allowed = missed_allowed(course)
    if course.appointment is not None or course.booking_wish is not None:  # or the patient has asked for a time already
        return False
    return allowed is not None and missed(course) >= allowed


def result_missing_since(course: Course, now: datetime) -> datetime | None:
    """Return when the visit was over whose result nobody has recorded yet, if there is one."""
    appointment = course.appointment
    if appointment is None or now < appointment.ends_at:
        return None
    return appointment.ends_at


def passed_on(course: Course, today: date) -> date | None:
    """Return the day of an appointment that has passed without a clearance and without a word, if there is one.

    A session is cleared on its day or not at all: from the day after on, somebody says what became of the visit.
    """
    appointment = course.appointment
    if course.edition < DECIDED_FROM_EDITION or appointment is None or course.clearance is not None:
        return None
    day = clinic_day(appointment.starts_at, course.clinic.zone)
    return day if day < today else None


def closed_for(course: Course, now: datetime) -> str | None:
    """Return why the appointment ahead can no longer be kept by the clinic's calendar, or None.

    What is being moved is left to scheduling's answer, what is cleared to its clinician.
    """
    appointment, clinic = course.appointment, course.clinic
    settled = course.edition < DECIDED_FROM_EDITION or course.move_wish is not None or course.clearance is not None
    if settled or appointment is None or appointment.starts_at <= now:
        return None
    day = clinic_day(appointment.starts_at, clinic.zone)
    if not is_working_day(day, clinic):
        reason = next((one.reason for one in clinic.closures if one.is_of_clinic and one.holds(day)), None)
        return f"the clinic is closed on {day_in_words(day)}" + (f": {reason}" if reason else "")
    for closure in clinic.closures:
        if closure.holds(day) and appointment.injector == closure.injector:
            return f"the injector is away on {day_in_words(day)}"
        if closure.holds(day) and appointment.room == closure.room:
            return f"the room is closed on {day_in_words(day)}"
    return None if _is_open_for(appointment, clinic) else f"the clinic has other hours on {day_in_words(day)}"


def _is_open_for(appointment: Appointment, clinic: Clinic) -> bool:
    starts, ends = (clinic_clock(at, clinic.zone) for at in (appointment.starts_at, appointment.ends_at))
    return any(
        hours.weekday == starts.isoweekday() and hours.opens <= starts.time() and ends.time() <= hours.closes
        for hours in clinic.opening_hours
    )
