"""What follows a payer's no or not yet: the step chosen, what is waited for, who pays meanwhile."""

from __future__ import annotations

from typing import Any

from domain import events as e
from domain.changes.common import Change, Changes, with_row
from domain.course import Course, EndingDue
from domain.coverage import Coverage, SelfPayAgreement
from domain.denial import Denial, DenialStep
from domain.endings import outcome_of_stopping
from domain.ways_on import as_insured_next, last_denial, period_of_next


def with_denial(course: Course, denial: Denial, **changes: Any) -> tuple[Denial, ...]:
    """Return the course's denials with `changes` made to this one."""
    return tuple(one.model_copy(update=changes) if one == denial else one for one in course.denials)


def with_step(course: Course, step: DenialStep | None) -> tuple[Denial, ...]:
    """Return the course's denials with another step chosen after the last one."""
    denial = last_denial(course)
    return course.denials if denial is None else with_denial(course, denial, step=step)


def with_coverage(course: Course, coverage: Coverage) -> Changes:
    """Return the changes that let the next session fall under this coverage; not what is known to follow it."""
    period = period_of_next(course)
    if period is None:
        return {"coverage": coverage}
    now = period.model_copy(update={"coverage": coverage})
    return {"coverages_before": tuple(now if one is period else one for one in course.coverages_before)}


def with_agreement(course: Course, agreement: SelfPayAgreement | None) -> Changes:
    """Return the changes that let the patient pay the next session by this agreement, or by none."""
    return with_coverage(course, as_insured_next(course).coverage.model_copy(update={"self_pay": agreement}))


def _answered(course: Course, event: e.NextStepChosen) -> Changes:
    changes: Changes = {"denials": with_step(course, event.step), "not_yet": event.not_yet}
    if event.request is not None:
        changes["requests"] = (*course.requests, event.request)
    if event.coverage is not None:
        changes |= with_coverage(course, event.coverage)
    if event.step is DenialStep.STOP:
        changes["ending_due"] = EndingDue(
            outcome=outcome_of_stopping(course), reason="authorization_denied", note=event.note
        )
    return changes


def _lapsed(course: Course, event: e.RequestLapsed) -> Changes:
    return {
        "requests": with_row(course.requests, event.request, lapsed_on=event.on),
        "denials": with_step(course, None),
    }


def _more_time(course: Course, event: e.MoreTimeGranted) -> Changes:
    until = "peer_to_peer_until" if event.step is DenialStep.PEER_TO_PEER else "appeal_until"
    denial, asked = course.denial(event.denial), course.open_request
    assert denial is not None, "decided for a denial on record"
    changes: Changes = {"denials": with_denial(course, denial, **{until: event.last_on})}
    if asked is not None and asked.of_request == denial.number and asked.purpose.value == event.step.value:
        changes["requests"] = with_row(course.requests, asked.number, last_on=event.last_on)
    return changes


def _not_yet(_: Course, event: e.NotYetFound) -> Changes:
    return {"not_yet": event.not_yet}


def _trial_told(course: Course, event: e.TrialTold) -> Changes:
    changes: Changes = {"history": event.history, "payer_verdict": event.payer_verdict, "not_yet": event.not_yet}
    if course.eligibility_settled_on is None:
        changes["protocol_verdict"] = None  # both are assessed anew
    return changes


def _asked_anyway(course: Course, event: e.PayerAskedAnyway) -> Changes:
    return {"requests": (*course.requests, event.request), "not_yet": None}


def _self_pay_confirmed(course: Course, event: e.SelfPayConfirmed) -> Changes:
    agreement = as_insured_next(course).coverage.self_pay
    if agreement is not None and event.may_be_charged:
        return with_agreement(course, agreement.model_copy(update={"confirmed_by": event.by}))
    changes = with_agreement(course, None)
    denial = last_denial(course)
    if denial is not None and denial.step is DenialStep.SELF_PAY:
        changes["denials"] = with_step(course, None)
    return changes


def _risk_taken(course: Course, event: e.RiskTaken) -> Changes:
    return {"clinics_risks": (*course.clinics_risks, event.risk)}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.NextStepChosen: _answered,
    e.RequestLapsed: _lapsed,
    e.MoreTimeGranted: _more_time,
    e.NotYetFound: _not_yet,
    e.TrialTold: _trial_told,
    e.PayerAskedAnyway: _asked_anyway,
    e.SelfPayConfirmed: _self_pay_confirmed,
    e.RiskTaken: _risk_taken,
}
