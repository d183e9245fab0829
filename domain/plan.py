"""What a course needs next and when: the rules of `timing`, `coverage` and `response` asked of a whole course.

The workflow waits by these functions and the planner forecasts by them, so that both say the same.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from domain.clinic_time import clinic_day, day_in_words, instant_of, next_working_day, working_days_before
from domain.course import Course
from domain.coverage import (
    Authorization,
    AuthorizationRequest,
    Decision,
    Holding,
    Left,
    Purpose,
    SessionCoverage,
    coverage_at_best,
    coverage_on,
    granted_by,
    holds,
    last_covered_day,
    last_day,
    left,
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
from domain.ways_on import CHANGES_AN_AUTHORIZATION, is_held_back, is_paid_otherwise

TURNS = 2
"""From this edition on an authorization is changed where that suffices, and unpaid units become a task."""
NOT_NEEDED = "the session is covered as it is planned now"
"""Why an extension or an amendment is closed that may be asked for again."""
ANOTHER_PAYS = "another payer pays for the next session"
"""Why a request to the payer before is closed."""
MORNING = time(7)
LOOK_WITHIN = timedelta(hours=4)
"""So long operations have at least for the look before a session that is asked for late."""
"""When the clinic's day begins for the course: tasks of the day open, dates come."""


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
        covered_until=last_covered_day(authorizations=_granted(course)) if course.needs_authorization else None,
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
    if not course.needs_authorization or _covers(course, recommended_on):
        return recommended_on
    last_on = recommended_on + timedelta(days=course.protocol.timing.interval_days_min.value)
    begins = (granted.from_on for granted in _granted(course) if recommended_on < granted.from_on <= last_on)
    days = (next_working_day(day, course.clinic) for day in begins)
    return min((day for day in days if _covers(course, day)), default=recommended_on)


def _granted(course: Course) -> tuple[Authorization, ...]:
    return granted_by(course.coverage.payer_id, course.authorizations)


def _covers(course: Course, on: date) -> bool:
    """Whether one of the authorizations holds for the planned session on the day `on`. If not, a renewal is needed."""
    return any(isinstance(_holds(course, granted, on), Holding) for granted in _granted(course))


def _holds(course: Course, granted: Authorization, on: date) -> Refusal | Holding:
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


def must_ask_payer(course: Course, today: date) -> bool:
    """Whether a payer must agree, none of its authorizations holds for the planned session, and none is asked for.

    After a denial, and while what the payer misses is waited for, nothing is asked for by itself; nor while somebody
    has still to say whether an approval that differs from what is needed is accepted, nor again where the payer has
    answered in time and covers the session all the same not (`falls_short`).
    """
    on = planned_on(course, today)
    course = course.covered_on(on)
    if not course.needs_authorization or course.open_request is not None or is_held_back(course):
        return False
    if any(one.waits_for_answer for one in _granted(course)):
        return False
    if _covers(course, on):
        return False
    return _answered_in_vain(course, on) is None or amendment_needed(course, today) is not None


def falls_short(course: Course, today: date) -> str | None:
    """Return why the planned session is not covered although the payer agreed to a request for it that was in time.

    A person decides then: moves it, asks the payer again, or settles otherwise who pays. None: nothing falls short, the
    payer is asked by itself, or is being asked.
    """
    on = planned_on(course, today)
    course = course.covered_on(on)
    if not course.is_under_way or not course.needs_authorization or course.open_request or is_held_back(course):
        return None
    granted = _answered_in_vain(course, on)
    if any(one.waits_for_answer for one in _granted(course)) or granted is None:
        return None
    if amendment_needed(course, today) is not None or not isinstance(coverage_of(course, on), Refusal):
        return None
    held = _holds(course, granted, on)
    assert isinstance(held, Refusal), "what does not cover the session is none that holds"
    return held.reason


def _answered_in_vain(course: Course, on: date) -> Authorization | None:
    """Return what the payer granted on a request in time for this session and this dose, and yet does not cover it.

    In time is a request from the day on which a grant as long as this payer's reaches the session: what was asked
    before that day is asked for anew on it.
    """
    if course.edition < TURNS or _covers(course, on):
        return None
    asked = {one.number: one for one in course.requests if one.purpose not in CHANGES_AN_AUTHORIZATION}
    from_on, units = _reaches_from(course, on), dose_of(course).units
    for granted in reversed(_granted(course)):
        request = asked.get(granted.request)
        if request is None or granted.stopped_on is not None or request.for_session != course.next_session:
            continue
        if granted.is_transition:  # it was never to reach further
            continue
        if request.opened_on >= from_on and request.planned_units >= units:
            return granted
    return None


def _reaches_from(course: Course, on: date) -> date:
    """Return the first day on which what this payer grants, beginning that day, reaches the day `on`.

    As long as its policy says, or as its last authorization was where that was shorter.
    """
    assert course.policy is not None, "an authorization has a payer with a policy"
    days = [course.policy.grant.window_days.value]
    last = [one for one in _granted(course) if not one.is_transition][-1:]
    days += [(one.until_on - one.from_on).days + 1 for one in last]
    return on - timedelta(days=min(days) - 1)


def waits_for_number(course: Course, granted: Authorization) -> bool:
    """Whether the number of an authorization is still to come, and somebody needs it."""
    if granted.number:
        return False
    used = any(one.coverage.authorization == granted.request for one in course.sessions)
    return used or (course.is_open and granted.stopped_on is None)


def asks_nobody(course: Course, today: date) -> str | None:
    """Return why no payer is to be asked about the next session, or None: who pays on its day needs no authorization."""
    on = planned_on(course, today)
    if course.covered_on(on).needs_authorization:
        return None
    return f"the next session falls under another coverage, about {day_in_words(on)}, which needs no authorization"


def superseded_request(course: Course, today: date) -> AuthorizationRequest | None:
    """Return the open request to a payer who does not pay for the next session any more, or None."""
    asked = course.open_request
    if asked is None or not course.coverages_before:
        return None
    then = course.covered_on(planned_on(course, today))
    stands = then.needs_authorization and asked.payer_id in {None, then.coverage.payer_id}
    return None if stands else asked


def needless_request(course: Course, today: date) -> AuthorizationRequest | None:
    """Return the extension or amendment that nobody has sent and the next session does not need any more, or None.

    So it is where an earlier time was found after all, or a smaller dose is planned.
    """
    asked = course.open_request
    if asked is None or asked.submitted_on is not None or course.edition < TURNS:
        return None
    on = planned_on(course, today)
    changes = asked.purpose in CHANGES_AN_AUTHORIZATION and course.appointment is not None
    return asked if changes and _covers(course.covered_on(on), on) else None


class Amendment(Record):
    """What is asked of an authorization that would cover the next session if it were changed."""

    request: int  # of the authorization
    purpose: Purpose
    sessions: int
    until_on: date | None = None
    reason: str


def amendment_needed(course: Course, today: date) -> Amendment | None:
    """Return what an authorization must be asked for to cover the next session; None where only a new one will do.

    A planned session has slipped past its end with sessions left (an extension, while it lasts), or a session left
    has too few units. Nothing is asked twice: what was refused makes way for a renewal.
    """
    if course.edition < TURNS:
        return None
    on = planned_on(course, today)
    if _covers(course, on):
        return None
    wishes = (_amendment(course, one, on, today) for one in reversed(_granted(course)))
    return next((wish for wish in wishes if wish is not None), None)


def _amendment(course: Course, granted: Authorization, on: date, today: date) -> Amendment | None:
    """Return what must be asked of this authorization for a session on the day `on`, if that can help."""
    drug = course.protocol.billing.drug_code.value
    rest = left(granted, course.sessions, drug_code=drug)
    if last_day(granted) < max(today, granted.until_on) or rest.sessions <= 0 or on < granted.from_on:
        return None
    if granted.is_transition:
        return None
    number = course.next_session
    if on > granted.until_on:
        if _was_asked(course, granted, Purpose.EXTENSION, on) or not _would_cover(course, granted, on, until_on=on):
            return None
        days = (on - granted.until_on).days
        reason = f"session {number} is planned for {day_in_words(on)}, {days_in_words(days)} after the end; {lapse_in_words(rest)}"
        until_on = on + timedelta(days=course.protocol.timing.latest_after_planned_days.value)
        purpose = Purpose.EXTENSION
    else:
        if rest.units is None or granted.only_for is not None or _was_asked(course, granted, Purpose.AMENDMENT, on):
            return None
        reason = f"session {number} needs {opened_of(course)} units, {max(0, rest.units)} are left"
        until_on, purpose = None, Purpose.AMENDMENT
    return Amendment(request=granted.request, purpose=purpose, sessions=rest.sessions, until_on=until_on, reason=reason)


def _was_asked(course: Course, granted: Authorization, purpose: Purpose, on: date) -> bool:
    """Whether the payer was asked for it, and said no, let the time pass, or gave less or another authorization."""
    asked = [one for one in course.requests if one.purpose is purpose and one.closed_because != NOT_NEEDED]
    of_it = [one for one in asked if one.amends == granted.request]
    if any(one.decision is Decision.DENIED or one.closed_on is not None for one in of_it):
        return True
    for_it = [one for one in asked if one in of_it or one.for_session == course.next_session]
    return any((one.until_on or on) >= on and one.planned_units >= dose_of(course).units for one in for_it)


def _would_cover(course: Course, granted: Authorization, on: date, **changes: date) -> bool:
    changed = granted.model_copy(update=changes)
    return _covers(course.model_copy(update={"authorizations": (changed,)}), on)


def days_in_words(days: int) -> str:
    """Return a number of days as people say it."""
    return f"{days} day{'s' if days > 1 else ''}"


def lapse_in_words(rest: Left) -> str:
    """Return what is left of an authorization and will lapse."""
    units = f" and {max(0, rest.units)} units" if rest.units is not None else ""
    return f"{rest.sessions} session{'s' if rest.sessions > 1 else ''}{units} will lapse"


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


def renewal_on(course: Course, today: date) -> date | None:
    """Return the day on which the renewal for the planned session falls due, or None where nothing is waited for.

    It is reckoned from the day of the appointment, and not before a grant as long as this payer's would reach it. A
    first authorization is asked for at once; without a payer who must agree none is. In courses that an earlier
    release began the day is reckoned from the last dose.
    """
    if course.edition < TURNS:
        return renewal_from_last_dose(course)
    on = planned_on(course, today)
    course = course.covered_on(on)
    if course.policy is None or not course.needs_authorization:
        return None
    if course.last_session is None and not _granted(course):
        return None
    return max(_renewal_for(course, on), _reaches_from(course, on))


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
    return _renewal_for(course, earliest_from_last_dose(course))


def _renewal_for(course: Course, on: date) -> date:
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
    return then.needs_authorization and not _covers(then, on)


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
