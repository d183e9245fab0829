"""Authorizations and ways of payment that have changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from domain import events as e
from domain.after_all import for_a_biller
from domain.changes.common import Change, Changes, with_row
from domain.changes.denial import with_coverage, with_denial
from domain.course import Course, UnpaidAccepted
from domain.coverage import (
    ApprovalAnswer,
    Authorization,
    AuthorizationRequest,
    Coverage,
    CoveragePeriod,
    Decision,
    SessionCoverage,
)
from domain.events import CourseEvent
from domain.hold import LapseAnswer
from domain.payer import PayerPolicy
from domain.session import Appointment, AppointmentStatus, Clearance, Session
from domain.ways_on import as_insured_next, open_denial, period_of_next

ONE_DAY = timedelta(days=1)
ANOTHER_FOLLOWED = "another coverage followed"
"""Why an authorization ended, and a request is not waited for any more."""


def _amended(course: Course, event: e.AuthorizationAmended) -> Changes:
    now = event.authorization
    others = (now if one.request == now.request else one for one in course.authorizations)
    changes: Changes = {
        "authorizations": tuple(others),
        "sessions": tuple(for_a_biller(_numbered(one, now), event.paid_otherwise) for one in course.sessions),
    }
    if event.answers is not None:
        told = {"decided_on": event.on, "decision": Decision.APPROVED}
        changes["requests"] = with_row(course.requests, event.answers, **told)
    return changes


def _numbered(session: Session, authorization: Authorization) -> Session:
    """Return the session with its authorization's number, which may have come after it."""
    if session.coverage.authorization != authorization.request or session.coverage.authorization_number:
        return session
    number = authorization.number or None
    return session.model_copy(update={"coverage": session.coverage.model_copy(update={"authorization_number": number})})


def _withdrawn(course: Course, event: e.AuthorizationWithdrawn) -> Changes:
    stopped = {"stopped_on": event.from_on, "stopped_because": event.reason, "stopped_in": event.number}
    return {
        "authorizations": with_row(course.authorizations, event.request, **stopped),
        "sessions": _paid_anew(course.sessions, event.paid_anew),
        "clearance": _cleared_under(course.clearance, event.cleared),
        "appointment": uncovered(course.appointment, event.on) if event.uncovers else course.appointment,
    }


def _cleared_under(clearance: Clearance | None, coverage: SessionCoverage | None) -> Clearance | None:
    """Return a clearance with what pays for its session now: drug may be given under it, and is billed so."""
    if clearance is None or coverage is None:
        return clearance
    return clearance.model_copy(update={"coverage": coverage})


def _answered(course: Course, event: e.ApprovalAnswered) -> Changes:
    changes: Changes = {"authorizations": with_row(course.authorizations, event.request, answer=event.answer)}
    if event.denial is not None:
        return changes | {"denials": (*course.denials, event.denial)}
    if (denial := open_denial(course)) is not None:
        changes["denials"] = with_denial(course, denial, settled_on=event.on)
    other = {"drug_source": event.drug_source, "place_of_service": event.place_of_service}
    taken_over = {name: value for name, value in other.items() if value is not None}
    if event.answer is not ApprovalAnswer.ACCEPT or not taken_over:
        return changes
    coverage = as_insured_next(course).coverage.model_copy(update=taken_over)
    return changes | _after_last_session(course, coverage, told=event)


def _after_last_session(course: Course, coverage: Coverage, *, told: CourseEvent) -> Changes:
    """Return the changes that let sessions after the last one fall under this coverage, until another one follows."""
    last, period = course.last_session, period_of_next(course)
    if last is None:
        return with_coverage(course, coverage)
    if period is None:
        return covered_from(course, last.given_on + ONE_DAY, coverage, course.policy, told=told)
    earlier = period.model_copy(update={"until_on": last.given_on, "told_in": None})
    now = period.model_copy(update={"coverage": coverage})
    rows = ((earlier, now) if one is period else (one,) for one in course.coverages_before)
    return {"coverages_before": tuple(one for row in rows for one in row)}


def _request_closed(course: Course, event: e.RequestClosed) -> Changes:
    told = {"closed_on": event.on, "closed_because": event.reason}
    return {"requests": with_row(course.requests, event.request, **told)}


def _unpaid_accepted(course: Course, event: e.UnpaidUnitsAccepted) -> Changes:
    accepted = UnpaidAccepted(session=event.session, units=event.units)
    return {"unpaid_accepted": (*course.unpaid_accepted, accepted)}


def _transition_answered(course: Course, event: e.TransitionAnswered) -> Changes:
    request = course.request(event.request)
    assert request is not None, "what is answered was asked for"
    assert request.transition is not None, "as above"
    answered = request.transition.model_copy(update={"granted": event.granted, "answered_on": event.on})
    asked = () if event.asked is None else (event.asked,)
    granted = () if event.authorization is None else (event.authorization,)
    return {
        "requests": (*with_row(course.requests, event.request, transition=answered), *asked),
        "authorizations": (*course.authorizations, *granted),
        "sessions": tuple(for_a_biller(one, event.paid_otherwise) for one in course.sessions),
    }


def _lapse_dealt_with(course: Course, event: e.LapseDealtWith) -> Changes:
    """Return what becomes of it. What it is answered with, such as an extension's request, is dealt with as well."""
    hold = course.hold
    assert hold is not None, "it is dealt with while the course is held"
    asked = () if event.asks is None else (event.asks,)
    known = (*hold.dealt_with, event.request, *(one.number for one in asked))
    changes: Changes = {"holds": with_row(course.holds, hold.number, dealt_with=known)}
    if asked:
        changes["requests"] = (*course.requests, *asked)
    if event.answer is LapseAnswer.GIVE_BACK:
        assert event.on is not None, "an event is stamped before it happens"
        stopped = {"stopped_on": event.on + ONE_DAY, "stopped_because": "given back"}
        changes["authorizations"] = with_row(course.authorizations, event.request, **stopped)
    if event.answer is LapseAnswer.WITHDRAW:
        closed = {"closed_on": event.on, "closed_because": "withdrawn"}
        changes["requests"] = with_row(course.requests, event.request, **closed)
    return changes


def _coverage_changed(course: Course, event: e.CoverageChanged) -> Changes:
    old, stops = course.coverage, not event.keeps_authorizations
    return covered_from(course, event.from_on, event.coverage, event.policy, told=event) | {
        "authorizations": tuple(_of(one, old, event, stops=stops) for one in course.authorizations),
        "requests": tuple(_asked(one, old, event, stops=stops) for one in course.requests),
        "sessions": _paid_anew(course.sessions, event.paid_anew),
        "clearance": _cleared_under(course.clearance, event.cleared),
        "payer_verdict": event.payer_verdict,
        "appointment": uncovered(course.appointment, event.on) if event.uncovers else course.appointment,
    }


def covered_from(
    course: Course, from_on: date, coverage: Coverage, policy: PayerPolicy | None, *, told: CourseEvent
) -> Changes:
    """Return the changes that let a coverage hold from a day on, and what held before up to that day.

    It can be taken back where nothing that was known to follow gives way to it.
    """
    day_before = from_on - ONE_DAY
    kept = tuple(one for one in course.coverages_before if one.until_on < day_before)
    before = course.covered_on(day_before)
    period = CoveragePeriod(
        until_on=day_before,
        coverage=before.coverage,
        policy=before.policy,
        told_on=told.on,
        told_in=told.number if kept == course.coverages_before else None,
    )
    return {"coverage": coverage, "policy": policy, "coverages_before": (*kept, period)}


def taken_back(course: Course, event: int) -> Changes:
    """Return the changes that undo what this event told: another coverage, or that an authorization was withdrawn."""
    changes: Changes = {"authorizations": tuple(_revived(one, event) for one in course.authorizations)}
    period = course.coverages_before[-1] if course.coverages_before else None
    if period is None or period.told_in != event:
        return changes
    return changes | {
        "coverage": period.coverage,
        "policy": period.policy,
        "coverages_before": course.coverages_before[:-1],
    }


def _revived(authorization: Authorization, event: int) -> Authorization:
    if authorization.stopped_in != event:
        return authorization
    return authorization.model_copy(update={"stopped_on": None, "stopped_because": None, "stopped_in": None})


def _of(authorization: Authorization, old: Coverage, event: e.CoverageChanged, *, stops: bool) -> Authorization:
    """Return an authorization after a change of coverage: it covers sessions before it, no later ones."""
    named = authorization.model_copy(update={"payer_id": authorization.payer_id or old.payer_id})
    stopped = named.stopped_on
    if not stops or (stopped is not None and stopped <= event.from_on):
        return named
    ended = {"stopped_on": event.from_on, "stopped_because": ANOTHER_FOLLOWED, "stopped_in": event.number}
    return named.model_copy(update=ended)


def _asked(
    request: AuthorizationRequest, old: Coverage, event: e.CoverageChanged, *, stops: bool
) -> AuthorizationRequest:
    """Return a request after a change of coverage: the payer before is not waited for any more."""
    named = request.model_copy(update={"payer_id": request.payer_id or old.payer_id})
    if not request.is_open or not stops or event.keeps_request:
        return named
    return named.model_copy(update={"closed_on": event.on, "closed_because": ANOTHER_FOLLOWED})


def _paid_anew(sessions: tuple[Session, ...], anew: Iterable[e.PaidAnew]) -> tuple[Session, ...]:
    """Return the sessions with what pays for them now; a bill that says otherwise is outdated."""
    now = {one.session: one.coverage for one in anew}
    return tuple(_paid_by(session, now.get(session.number)) for session in sessions)


def _paid_by(session: Session, coverage: SessionCoverage | None) -> Session:
    if coverage is None:
        return session
    outdated = session.claim_outdated or session.claim_id is not None
    held = coverage.uncovered or session.claim_held
    anew = {"coverage": coverage, "claim_outdated": outdated, "claim_held": held}
    return session.model_copy(update=anew)


def uncovered(appointment: Appointment | None, on: date | None) -> Appointment | None:
    """Return an appointment that nothing pays for any more: tentative again."""
    if appointment is None or appointment.status is AppointmentStatus.TENTATIVE:
        return appointment
    return appointment.model_copy(update={"status": AppointmentStatus.TENTATIVE, "unconfirmed_on": on})


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.AuthorizationAmended: _amended,
    e.AuthorizationWithdrawn: _withdrawn,
    e.ApprovalAnswered: _answered,
    e.RequestClosed: _request_closed,
    e.UnpaidUnitsAccepted: _unpaid_accepted,
    e.CoverageChanged: _coverage_changed,
    e.TransitionAnswered: _transition_answered,
    e.LapseDealtWith: _lapse_dealt_with,
}
