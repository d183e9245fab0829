"""What a course may do after a payer's "no" or "not yet": the rules of `denial` and `eligibility` asked of a whole course."""

from __future__ import annotations

from datetime import date

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import AuthorizationRequest, CoveragePeriod, Purpose, agreed_sessions_left
from domain.denial import Denial, DenialCode, DenialStep, last_days
from domain.eligibility import NotYet, payer_not_yet
from domain.endings import MAY_END, outcome_of_stopping
from domain.people import Role

CHANGES_AN_AUTHORIZATION = frozenset({Purpose.EXTENSION, Purpose.AMENDMENT})
"""Where one of these is denied the authorization stays as it was; what follows is asked for by itself."""


def denial_of(
    course: Course,
    request: AuthorizationRequest,
    *,
    reason: DenialCode,
    words: str | None,
    letter_on: date,
    peer_to_peer_until: date | None = None,
    appeal_until: date | None = None,
    contested: bool = False,
) -> Denial:
    """Return the denial of `request` with the last days of what may follow it: the letter's, else the policy's.

    What a conversation between physicians did not change is appealed as it was before it, by the same day.
    """
    level = request.level or 0
    talk_until, until = last_days_after(course, request, letter_on=letter_on)
    return Denial(
        number=request.number,
        payer_id=request.payer_id or course.coverage.payer_id,
        reason=reason,
        words=words,
        letter_on=letter_on,
        level=level,
        peer_to_peer_until=peer_to_peer_until or talk_until,
        appeal_until=appeal_until or until,
        contested=contested,
    )


def last_days_after(
    course: Course, request: AuthorizationRequest, *, letter_on: date
) -> tuple[date | None, date | None]:
    """Return the last days of a talk and of an appeal after a denial of `request`, by the policy of its payer."""
    policy = course.policy if request.payer_id is None else course.policy_of(request.payer_id)
    talk_until, until = last_days(policy, letter_on=letter_on, level=request.level or 0)
    if request.purpose is not Purpose.PEER_TO_PEER:
        return talk_until, until
    before = None if request.of_request is None else course.denial(request.of_request)
    return None, until if before is None else before.appeal_until


def period_of_next(course: Course) -> CoveragePeriod | None:
    """Return the period that the next session still falls into although another payer is known to follow; else None.

    It falls on its appointment's day; before one is booked, on no earlier day than those on which a payer was asked or
    answered, or who pays was told.
    """
    known = [one.told_on for one in course.coverages_before]
    known += [day for one in course.requests for day in (one.opened_on, one.decided_on)]
    on = max((day for day in known if day is not None), default=None)
    if course.appointment is not None:
        on = clinic_day(course.appointment.starts_at, course.clinic.zone)
    return next((one for one in course.coverages_before if on is not None and on <= one.until_on), None)


def as_insured_next(course: Course) -> Course:
    """Return the course with the coverage and policy of its next session, as far as its record says."""
    period = period_of_next(course)
    return course if period is None else course.covered_on(period.until_on)


def last_denial(course: Course) -> Denial | None:
    """Return the last denial of the payer whom the next session is for."""
    return _last_denial_by_payer(as_insured_next(course))


def _last_denial_by_payer(course: Course) -> Denial | None:
    ours = (one for one in course.denials if one.settled_on is None and one.payer_id == course.coverage.payer_id)
    return next(reversed(tuple(ours)), None)


def open_denial(course: Course) -> Denial | None:
    """Return the denial after which a person has to choose: nothing is chosen, or the agreed sessions are used up."""
    course = as_insured_next(course)
    denial = _last_denial_by_payer(course)
    if denial is None or not course.needs_authorization or course.open_request is not None:
        return None
    if denial.step is None:
        return denial
    agreement = course.coverage.self_pay
    used_up = agreement is None or agreed_sessions_left(agreement, course.sessions) <= 0
    return denial if denial.step is DenialStep.SELF_PAY and used_up else None


def steps_for(role: Role, course: Course) -> frozenset[DenialStep]:
    """Return what somebody in this role may choose after a denial: who may end the course stops it, and only they do."""
    if course.edition < 2:
        return frozenset(DenialStep)
    may_stop = role in MAY_END[outcome_of_stopping(course)]
    stops = frozenset({DenialStep.STOP} if may_stop else ())
    return stops if role is Role.CLINICIAN else stops | (frozenset(DenialStep) - {DenialStep.STOP})


def is_held_back(course: Course) -> bool:
    """Whether its payer is not asked by itself now: what it misses is waited for, or a person's choice stands before it.

    `course` has the coverage of the day that is asked about.
    """
    if course.not_yet is not None:
        return True
    denial = _last_denial_by_payer(course)
    return denial is not None and denial.step in {None, DenialStep.SELF_PAY, DenialStep.STOP}


def not_yet(course: Course, today: date) -> NotYet | None:
    """Return what the payer misses before it is asked for the first time, if time will bring it; else None."""
    if course.edition < 2 or course.requests or course.sessions or course.not_yet is not None:
        return None
    return payer_not_yet(course.history, verdict=course.payer_verdict, policy=course.policy, today=today)


def agreement_to_confirm(course: Course) -> bool:
    """Whether a biller has still to say that this insured patient may be charged."""
    course = as_insured_next(course)
    agreement = course.coverage.self_pay
    if course.edition < 2 or not course.needs_authorization:
        return False
    return agreement is not None and agreement.confirmed_by is None


def is_paid_otherwise(course: Course) -> bool:
    """Whether the patient's agreement or the clinic's risk stands in for the payer, whose cap does not bind then."""
    agreement = course.coverage.self_pay
    agreed = agreement is not None and agreement.confirmed_by is not None
    pays = agreed and agreement is not None and agreed_sessions_left(agreement, course.sessions) > 0
    return pays or any(risk.session == course.next_session for risk in course.clinics_risks)
