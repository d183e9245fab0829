"""What a course needs next and when: the rules of `timing`, `coverage` and `response` asked of a whole course.

The workflow waits by these functions and the planner forecasts by them, so that both say the same.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from domain.clinic_time import clinic_day, day_in_words, instant_of, next_working_day, working_days_before
from domain.course import Course
from domain.coverage import (
    Authorization,
    Holding,
    SessionCoverage,
    coverage_at_best,
    coverage_on,
    granted_by,
    holds,
    last_covered_day,
    paid_otherwise_on,
)
from domain.dose import Dose, opened_units, planned_dose
from domain.record import Record, Refusal
from domain.response import ResponseAnswer, is_check_due_after, is_final
from domain.session import Session
from domain.timing import (
    CheckTimes,
    SessionDates,
    check_times,
    interval_days,
    renewal_due_on,
    session_dates,
    too_many_a_year,
)
from domain.ways_on import is_paid_otherwise

TURNS = 2
"""From this edition on an authorization is changed where that suffices, and unpaid units become a task."""
MORNING = time(7)
"""When the clinic's day begins for the course: tasks of the day open, dates come."""
LOOK_WITHIN = timedelta(hours=4)
"""So long operations have at least for the look before a session that is asked for late."""


def dose_of(course: Course) -> Dose:
    """Return the dose planned for the next session."""
    return course.planned_dose or planned_dose(course.protocol)


def opened_of(course: Course) -> int:
    """Return the units of the vials that the planned dose opens."""
    return opened_units(dose_of(course).units, protocol=course.protocol)


def as_of_next(course: Course, today: date) -> Course:
    """Return the course with the coverage and policy that will hold on the day of the next session."""
    if not course.coverages_before:
        return course
    if course.appointment is not None:
        return course.covered_on(clinic_day(course.appointment.starts_at, course.clinic.zone))
    interval = timedelta(days=course.protocol.timing.interval_days_min.value)
    from_dose = (day + interval for day in course.doses_on[-1:])
    return course.covered_on(max((today, course.look_from or today, *from_dose)))


def dates_of_next(course: Course, today: date) -> SessionDates:
    """Return the earliest, recommended and latest day of the next session."""
    course = as_of_next(course, today)
    return session_dates(
        last_doses_on=course.doses_on,
        not_before=max(today, course.look_from or today),
        protocol=course.protocol,
        policy=course.policy,
        clinic=course.clinic,
        covered_until=last_covered_day(authorizations=grants_of(course)) if course.needs_authorization else None,
        paid_on=() if is_paid_otherwise(course) else course.paid_by_payer_on,
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
    course = course.covered_on(recommended_on)
    if not course.needs_authorization or covers(course, recommended_on):
        return recommended_on
    last_on = recommended_on + timedelta(days=course.protocol.timing.interval_days_min.value)
    begins = (granted.from_on for granted in grants_of(course) if recommended_on < granted.from_on <= last_on)
    days = (next_working_day(day, course.clinic) for day in begins)
    return min((day for day in days if covers(course, day)), default=recommended_on)


def grants_of(course: Course) -> tuple[Authorization, ...]:
    """Return what the payer of now has granted."""
    return granted_by(course.coverage.payer_id, course.authorizations)


def covers(course: Course, on: date) -> bool:
    """Whether one of the authorizations holds for the planned session on the day `on`. If not, a renewal is needed."""
    return any(isinstance(held_by(course, granted, on), Holding) for granted in grants_of(course))


def held_by(course: Course, granted: Authorization, on: date) -> Refusal | Holding:
    """Return whether this authorization holds for the planned session on the day `on`, or why not."""
    return holds(
        granted,
        on=on,
        planned_units=dose_of(course).units,
        opened_units=opened_of(course),
        sessions=course.sessions,
        drug_code=course.protocol.billing.drug_code.value,
    )


def coverage_of(course: Course, on: date, *, for_session: int | None = None) -> SessionCoverage | Refusal:
    """Return what pays for the planned dose on the day `on`, or why nothing does.

    The payer comes first; then the patient by her agreement, or the clinic at its own risk. The risk is taken for one
    session: `for_session` names one that is judged once more after it was given; default: the next one.
    """
    course = course.covered_on(on)
    covered = coverage_on(
        on=on,
        planned_units=dose_of(course).units,
        opened_units=opened_of(course),
        coverage=course.coverage,
        authorizations=course.authorizations,
        sessions=course.sessions,
        drug_code=course.protocol.billing.drug_code.value,
    )
    if isinstance(covered, SessionCoverage):
        return covered
    otherwise = paid_otherwise_on(
        on=on,
        for_session=for_session or course.next_session,
        coverage=course.coverage,
        sessions=course.sessions,
        risks=course.clinics_risks,
    )
    return otherwise or covered


def coverage_at_best_of(course: Course, on: date) -> SessionCoverage:
    """Return what a planned dose given on the day `on` comes under although nothing covers it."""
    course = course.covered_on(on)
    return coverage_at_best(
        on=on,
        planned_units=dose_of(course).units,
        opened_units=opened_of(course),
        coverage=course.coverage,
        authorizations=course.authorizations,
        sessions=course.sessions,
        drug_code=course.protocol.billing.drug_code.value,
    )


def too_close_to(course: Course, on: date) -> date | None:
    """Return the dose known that lies too close to the day `on`, before or after it, or None."""
    days = interval_days(protocol=course.protocol, policy=course.covered_on(on).policy)
    return next((dose for dose in reversed(course.doses_on) if abs((on - dose).days) < days), None)


def beyond_payers_year(course: Course, on: date) -> str | None:
    """Return how a session that the payer is to pay on the day `on` goes beyond its cap of a year, or None.

    As for what is booked, the cap does not bind where the patient has agreed to pay, or the clinic takes the risk.
    """
    then = course.covered_on(on)
    if then.policy is None or is_paid_otherwise(then):
        return None
    too_many = too_many_a_year(then.paid_by_payer_on, on, then.policy)
    cap = then.policy.timing.sessions_per_year
    if too_many is None or cap is None:
        return None
    first, last = (day_in_words(day) for day in too_many)
    sessions = f"{cap.value} session{'s' if cap.value > 1 else ''}"
    return f"{then.policy.name} pays {sessions} a year, and this would be {cap.value + 1} from {first} to {last}"


def unpaid_of_next(course: Course) -> int:
    """Return the units of the next session, as booked, that may stay unpaid and that nobody has accepted yet."""
    if course.appointment is None or course.edition < TURNS:
        return 0
    covered = coverage_of(course, day_of_appointment(course))
    if isinstance(covered, Refusal):
        return 0
    accepted = (one.units for one in course.unpaid_accepted if one.session == course.next_session)
    return covered.unpaid_units if covered.unpaid_units > max(accepted, default=0) else 0


def dates_from_last_dose(course: Course) -> SessionDates | None:
    """Return the days of the next session by protocol and payer, whatever is booked; None before any dose."""
    if not course.doses_on:
        return None
    return dates_of_next(course.model_copy(update={"look_from": None}), course.doses_on[-1])


def dates_for_day(course: Course, on: date) -> SessionDates | None:
    """Return the days of the next session by protocol and by the payer of the day `on`; None before any dose."""
    return dates_from_last_dose(course.covered_on(on).model_copy(update={"coverages_before": ()}))


def earliest_from_last_dose(course: Course) -> date:
    """Return the first day on which protocol and payer allow the next session. There must be an earlier dose."""
    dates = dates_from_last_dose(course)
    assert dates is not None, "there is an earlier dose"
    return dates.earliest_on


def renewal_from_last_dose(course: Course) -> date | None:
    """Return the day on which the renewal falls due where the next session is given as early as it may.

    The response check goes by it: it opens early enough, and does not move with an appointment. None: no payer must
    agree, or nothing is given yet.
    """
    if course.last_session is None:
        return None
    course = course.covered_on(earliest_from_last_dose(course))
    if course.policy is None or not course.needs_authorization:
        return None
    return renewal_for(course, earliest_from_last_dose(course))


def renewal_for(course: Course, on: date) -> date:
    assert course.policy is not None, "a payer who must agree has a policy"
    return renewal_due_on(
        planned_on=on,
        policy=course.policy,
        drug_source=course.coverage.drug_source,
        clinic=course.clinic,
    )


class Judged(Record):
    """The dose whose effect a response check looks at: a session's number and day; 0 is the last one given elsewhere."""

    number: int
    given_on: date


def last_judged(course: Course) -> Judged | None:
    """Return the last session; before the first, the last dose elsewhere, once enough of them count for the trial."""
    last, elsewhere = course.last_session, course.trial_elsewhere
    if last is not None:
        return Judged(number=last.number, given_on=last.given_on)
    if len(elsewhere) < min(course.protocol.response.check_after_sessions.value):
        return None
    return Judged(number=0, given_on=elsewhere[-1].given_on)


def open_check(course: Course) -> Judged | None:
    """Return the session whose response check is due and not answered for good."""
    last = last_judged(course)
    if last is None or not course.is_open:
        return None
    if not last.number and (course.eligibility_settled_on is None or course.went_on_elsewhere):
        return None
    if 0 < last.number < course.baseline_from:
        return None  # a long hold ago: the next check looks at what comes now
    # A course that was discontinued and reopened has no answer any more: a clinician gives a new one.
    answered = tuple(
        check for check in course.trial_checks if is_final(check) and check.answer is not ResponseAnswer.DISCONTINUE
    )
    if any(check.session == last.number for check in answered):
        return None
    due = is_check_due_after(
        last.number,
        checks=answered,
        protocol=course.protocol,
        trial_session=course.trial_sessions,
        renewal_due=needs_renewal(course),
        went_on_elsewhere=course.went_on_elsewhere,
    )
    return last if due else None


def needs_renewal(course: Course) -> bool:
    """Whether no authorization holds for the next session on the first day it may be given, or on its appointment's day."""
    on = earliest_from_last_dose(course)
    if course.edition >= TURNS and course.appointment is not None:
        on = max(on, day_of_appointment(course))
    then = course.covered_on(on)
    return then.needs_authorization and not covers(then, on)


def too_early(course: Course) -> str | None:
    """Return why the appointment cannot stay: a dose became known after which it would be too early. None: it can."""
    if course.edition < 2 or course.appointment is None or course.clearance is not None:
        return None
    dates = dates_from_last_dose(course)
    if dates is None or day_of_appointment(course) >= dates.earliest_on:
        return None
    return f"the earliest day is {day_in_words(dates.earliest_on)}: {dates.reason}"


def times_of_check(course: Course, session: Session | Judged) -> CheckTimes:
    """Return when the response check after `session` opens and is due, and the 28 days that carry the verdict."""
    return check_times(
        session_given_on=session.given_on,
        planned_on=earliest_from_last_dose(course),
        renewal_due_on=renewal_from_last_dose(course),
        protocol=course.protocol,
        clinic=course.clinic,
    )


def last_day_to_ask_again(course: Course) -> tuple[date, str]:
    """Return the last day on which the open check may be asked again, and why: it keeps session and renewal.

    A renewal that can carry the verdict waits for it until its due day. One that is sent already, and one that fell due
    before the check opened and goes out with interim evidence, does not.
    """
    last_on = earliest_from_last_dose(course) - timedelta(days=1)
    why = "the next session may be given on the day after"
    due_on, session, asked = renewal_from_last_dose(course), open_check(course), course.open_request
    if course.edition < TURNS or due_on is None or session is None or not needs_renewal(course):
        return last_on, why
    is_sent = asked is not None and asked.for_session == course.next_session and asked.submitted_on is not None
    if is_sent or due_on < times_of_check(course, session).opens_on or last_on <= due_on:
        return last_on, why
    return due_on, "the renewal falls due then and needs the verdict"


def readiness_on(course: Course) -> date:
    """Return the day of the first look before the appointment."""
    return day_of_appointment(course) - timedelta(days=course.clinic.readiness_days)


def last_look_on(course: Course) -> date:
    """Return the day of the last look before the appointment."""
    return working_days_before(day_of_appointment(course), course.clinic.readiness_last_working_days, course.clinic)


def readiness_due(course: Course, opened_at: datetime) -> datetime:
    """Return when the look that is asked for at `opened_at` is due: by the last look, and never at once."""
    return max(morning_of(course, last_look_on(course)), opened_at + LOOK_WITHIN)


def day_of_appointment(course: Course) -> date:
    assert course.appointment is not None, "only an appointment is made ready"
    return clinic_day(course.appointment.starts_at, course.clinic.zone)


def latest_by_protocol(course: Course) -> date | None:
    """Return the last day of the next session by the protocol, whatever is booked or covered; None before any dose.

    Source: the protocol's `timing.latest_after_planned_days`.
    """
    if not course.doses_on:
        return None
    return earliest_from_last_dose(course) + timedelta(days=course.protocol.timing.latest_after_planned_days.value)


def morning_of(course: Course, on: date) -> datetime:
    """Return the instant at which the clinic's day `on` begins for the course."""
    return instant_of(on, MORNING, course.clinic.zone)
