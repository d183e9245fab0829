"""Who pays: requests, decisions, authorizations, agreements."""

from __future__ import annotations

from domain import events as e
from domain.after_all import for_a_biller
from domain.changes.common import Change, Changes, told_in, with_row
from domain.changes.denial import with_agreement, with_step
from domain.course import Course, EndingDue
from domain.coverage import ApprovalAnswer, Authorization, Decision
from domain.denial import DenialStep
from domain.waits import WaitKind, wait_id
from domain.ways_on import CHANGES_AN_AUTHORIZATION, open_denial


def _requested(course: Course, event: e.AuthorizationRequested) -> Changes:
    return {"requests": (*course.requests, event.request)}


def _submitted(course: Course, event: e.PacketSubmitted) -> Changes:
    told = event.model_dump(include={"submitted_on", "reference", "answer_due_on"})
    changes: Changes = {"requests": with_row(course.requests, event.request, **told | {"lapsed_on": None})}
    asked = course.request(event.request)
    if asked is not None and asked.lapsed_on is not None:  # it was sent in time after all, and told late
        changes["denials"] = with_step(course, DenialStep(asked.purpose))
    return changes


def _chased(course: Course, event: e.PayerChased) -> Changes:
    payer_answer = wait_id(WaitKind.PAYER_ANSWER, f"request-{event.request}")
    return {
        "requests": with_row(course.requests, event.request, answer_due_on=event.again_on),
        "waits": with_row(course.waits, payer_answer, due=event.due, look_at=event.due),
    }


def _decided(course: Course, event: e.AuthorizationDecided) -> Changes:
    told = {"decided_on": event.on, "decision": event.decision, "denial_reason": event.reason}
    changes: Changes = {"requests": with_row(course.requests, event.request, **told)}
    asked = course.request(event.request)
    if asked is not None and asked.amends is not None and event.decision is Decision.DENIED:
        changes["authorizations"] = _not_amended(course, asked.amends)
        if asked.purpose in CHANGES_AN_AUTHORIZATION:
            return changes
    if event.decision is Decision.APPROVED:
        sessions = tuple(for_a_biller(one, event.paid_otherwise) for one in course.sessions)
        return changes | {"authorizations": (*course.authorizations, event.authorization), "sessions": sessions}
    if event.denial is not None:
        return changes | {"denials": (*course.denials, event.denial)}
    if course.edition >= 2:
        return changes
    outcome = e.Outcome.DISCONTINUED if course.sessions else e.Outcome.DECLINED
    return changes | {"ending_due": EndingDue(outcome=outcome, reason="authorization_denied", note=event.reason)}


def _not_amended(course: Course, request: int) -> tuple[Authorization, ...]:
    """Return the authorizations after one was not changed: a contest that was lost leaves its question open again."""
    answers = (one.answer for one in course.authorizations if one.request == request)
    lost = ApprovalAnswer.CONTEST in answers
    return with_row(course.authorizations, request, answer=None) if lost else course.authorizations


def _expired(course: Course, event: e.AuthorizationExpired) -> Changes:
    return {"authorizations": with_row(course.authorizations, event.request, expired_on=event.on)}


def _self_pay_agreed(course: Course, event: e.SelfPayAgreed) -> Changes:
    agreement = event.agreement.model_copy(update=told_in(course, event.number))
    changes = with_agreement(course, agreement)
    if open_denial(course) is not None:
        changes["denials"] = with_step(course, DenialStep.SELF_PAY)
    return changes


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.AuthorizationRequested: _requested,
    e.PacketSubmitted: _submitted,
    e.PayerChased: _chased,
    e.AuthorizationDecided: _decided,
    e.AuthorizationExpired: _expired,
    e.SelfPayAgreed: _self_pay_agreed,
}
