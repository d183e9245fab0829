"""Authorizations: submitted, chased, decided."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.course import Course
from domain.coverage import (
    Authorization,
    AuthorizationLine,
    CoverageKind,
    Decision,
    SelfPayAgreement,
)
from domain.decide.common import Asked, Decided
from domain.record import Refusal


def packet_submitted(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.PacketSubmitted), asked.course
    request, policy = course.open_request, course.policy
    if asked.task is None or request is None or policy is None:
        return Refusal(reason="no authorization request waits to be submitted")
    submitted_on = fact.submitted_on or asked.today
    if not request.opened_on <= submitted_on <= asked.today:
        return Refusal(reason=f"submitted_on: expected a day from {request.opened_on} to {asked.today}")
    return e.PacketSubmitted(
        request=request.number,
        submitted_on=submitted_on,
        reference=fact.reference,
        answer_due_on=submitted_on + timedelta(days=policy.timing.answer_days.value),
    )


def payer_chased(asked: Asked) -> Decided:
    fact, request = asked.fact_as(f.PayerChased), asked.course.open_request
    if request is None or request.submitted_on is None:
        return Refusal(reason="no request is with a payer")
    if fact.again_on <= asked.today:
        return Refusal(reason=f"again_on: expected a day after {asked.today}")
    due = plan.morning_of(asked.course, fact.again_on)
    return e.PayerChased(request=request.number, result=fact.result, again_on=fact.again_on, due=due)


def authorization_decided(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AuthorizationDecision), asked.course
    request = course.open_request if fact.request is None else course.request(fact.request)
    if request is None or not request.is_open:
        return Refusal(reason="no authorization request is open")
    if request.submitted_on is None:
        return Refusal(reason="the request has not been submitted yet")
    granted = None if fact.decision is Decision.DENIED else _granted(course, fact, request.number)
    if isinstance(granted, Refusal):
        return granted
    if granted is None and not fact.reason:
        return Refusal(reason="reason: a denial needs its reason")
    return e.AuthorizationDecided(
        request=request.number, decision=fact.decision, authorization=granted, reason=fact.reason
    )


def self_pay_agreed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.SelfPayAgreed)
    if asked.course.coverage.kind is not CoverageKind.SELF_PAY:
        return Refusal(reason="this course is not paid by the patient")
    if fact.signed_on > asked.today:
        return Refusal(reason="signed_on: expected a day that has come")
    agreement = SelfPayAgreement(signed_on=fact.signed_on, amount_cents=fact.amount_cents, sessions=fact.sessions)
    return e.SelfPayAgreed(agreement=agreement)


def _granted(course: Course, fact: f.AuthorizationDecision, request: int) -> Authorization | Refusal:
    """Return the authorization as it was granted, or every field that an approval lacks."""
    needed = {"number": fact.number, "from_on": fact.from_on, "until_on": fact.until_on, "sessions": fact.sessions}
    if missing := [name for name, value in needed.items() if value is None]:
        return Refusal(reason=f"{', '.join(missing)}: an approval needs {'them' if len(missing) > 1 else 'it'}")
    assert fact.number is not None, "checked above"
    assert fact.from_on is not None, "checked above"
    assert fact.until_on is not None, "checked above"
    assert fact.sessions is not None, "checked above"
    if fact.until_on < fact.from_on:
        return Refusal(reason=f"until_on: expected {fact.from_on} or later; the authorization ends before it begins")
    if any(one.number == fact.number for one in course.authorizations):
        return Refusal(reason="number: this authorization is recorded already")
    assert course.policy is not None
    counts = fact.counts or course.policy.grant.counts.value
    codes = course.protocol.billing
    lines = [AuthorizationLine(code=codes.procedure_code.value, quantity=fact.sessions)]
    if fact.units is not None:
        lines.append(AuthorizationLine(code=codes.drug_code.value, quantity=fact.units, counts=counts))
    return Authorization(
        request=request,
        number=fact.number,
        from_on=fact.from_on,
        until_on=fact.until_on,
        sessions=fact.sessions,
        lines=tuple(lines),
    )
