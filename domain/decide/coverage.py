"""Authorizations: submitted, chased, decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import events as e
from domain import facts as f
from domain import plan
from domain.after_all import covered_after_all
from domain.approval import differences
from domain.checks import unshown_response
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import (
    ApprovalAnswer,
    Authorization,
    AuthorizationLine,
    AuthorizationRequest,
    CoverageKind,
    Decision,
    Per,
    Purpose,
    SelfPayAgreement,
)
from domain.decide.authorizations import amended, form_wanted, refused_agreement
from domain.decide.common import Asked, Decide, Decided
from domain.denial import Denial, DenialCode
from domain.people import Role
from domain.record import Refusal
from domain.ways_on import CHANGES_AN_AUTHORIZATION, as_insured_next, denial_of, open_denial

TURNS = 2
"""From this edition on an approval is compared with what is needed."""


def packet_submitted(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.PacketSubmitted), asked.course
    request = course.open_request
    if request is None:
        request = _lapsed_request(course)
    elif asked.task is None:
        request = None
    policy = None if request is None else course.policy_of(request.payer_id)
    if request is None or policy is None:
        return Refusal(reason="no authorization request waits to be submitted")
    if asked.by.role is Role.CLINICIAN and request.purpose is not Purpose.PEER_TO_PEER:
        return Refusal(
            reason="`packet-submitted` is for billing or operations; a clinician records a talk with the payer's physician"
        )
    submitted_on, last_on = fact.submitted_on or asked.today, min(asked.today, request.last_on or asked.today)
    if not request.opened_on <= submitted_on <= last_on:
        return Refusal(
            reason=f"submitted_on: expected a day from {day_in_words(request.opened_on)} to {day_in_words(last_on)}"
        )
    unshown = unshown_response(course, request)
    if unshown is not None and not fact.reason:
        return Refusal(reason=f"reason: the response is {unshown}; such a request is refused by payers")
    return e.PacketSubmitted(
        request=request.number,
        reason=fact.reason if unshown is not None else None,
        submitted_on=submitted_on,
        reference=fact.reference,
        answer_due_on=submitted_on + timedelta(days=request.answer_days or policy.timing.answer_days.value),
    )


def _lapsed_request(course: Course) -> AuthorizationRequest | None:
    """Return the request that lapsed and was after all sent in time, as is told only now; None where none may be."""
    last = course.requests[-1] if course.requests else None
    return last if last is not None and last.lapsed_on is not None and open_denial(course) is not None else None


def payer_chased(asked: Asked) -> Decided:
    fact, request = asked.fact_as(f.PayerChased), asked.course.open_request
    if request is None or request.submitted_on is None:
        return Refusal(reason="no request is with a payer")
    if fact.again_on <= asked.today:
        return Refusal(reason=f"again_on: expected a day after {day_in_words(asked.today)}")
    due = plan.morning_of(asked.course, fact.again_on)
    return e.PayerChased(request=request.number, result=fact.result, again_on=fact.again_on, due=due)


def authorization_decided(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AuthorizationDecision), asked.course
    request = course.open_request if fact.request is None else course.request(fact.request)
    if request is None or not request.is_open:
        return Refusal(reason="no authorization request is open")
    if request.submitted_on is None:
        return Refusal(reason="the request has not been submitted yet")
    return _approved(asked, fact, request) if fact.decision is Decision.APPROVED else _denied(asked, fact, request)


def _approved(asked: Asked, fact: f.AuthorizationDecision, request: AuthorizationRequest) -> Decided:
    """Return the payer's yes: an authorization, or the one that was to be changed as it stands now."""
    changed = None if request.amends is None else _amends(asked, fact, request)
    if changed is not None:
        return changed
    granted = _granted(asked.course, fact, request)
    if isinstance(granted, Refusal):
        return granted
    if asked.course.edition >= TURNS:
        differs = differences(asked.course, request, granted, asked.today)
        granted = granted.model_copy(update={"differs": differs})
    return e.AuthorizationDecided(
        request=request.number,
        decision=fact.decision,
        authorization=granted,
        reason=fact.reason,
        paid_otherwise=covered_after_all(asked.course, _with(asked.course, granted)),
    )


def _with(course: Course, granted: Authorization) -> Course:
    return course.model_copy(update={"authorizations": (*course.authorizations, granted)})


def _denied(asked: Asked, fact: f.AuthorizationDecision, request: AuthorizationRequest) -> Decided:
    """Return the payer's no, with what may follow it."""
    if not fact.reason:
        return Refusal(reason="reason: a denial needs its reason")
    denial = _denial(asked, request, fact)
    if isinstance(denial, Refusal):
        return denial
    return e.AuthorizationDecided(
        request=request.number, decision=fact.decision, authorization=None, reason=fact.reason, denial=denial
    )


def _denial(asked: Asked, request: AuthorizationRequest, fact: f.AuthorizationDecision) -> Denial | Refusal | None:
    """Return the denial with what may follow and until when; None where a denial is the end, or changes nothing."""
    if asked.course.edition < 2 or request.purpose in CHANGES_AN_AUTHORIZATION:
        return None
    letter_on = fact.letter_on or asked.today
    if request.submitted_on is None or not request.submitted_on <= letter_on <= asked.today:
        sent = "its sending" if request.submitted_on is None else day_in_words(request.submitted_on)
        return Refusal(reason=f"letter_on: expected a day from {sent} to {day_in_words(asked.today)}")
    return denial_of(
        asked.course,
        request,
        reason=fact.denial_code or DenialCode.OTHER,
        words=fact.reason,
        letter_on=letter_on,
        peer_to_peer_until=fact.peer_to_peer_until,
        appeal_until=fact.appeal_until,
    )


def self_pay_agreed(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.SelfPayAgreed), as_insured_next(asked.course)
    kind = course.coverage.kind
    insured = kind is CoverageKind.AUTHORIZATION and asked.course.edition >= 2
    if kind is not CoverageKind.SELF_PAY and not insured:
        return Refusal(reason="this course is not paid by the patient")
    if (refused := refused_agreement(asked, signed_on=fact.signed_on, signed_by=fact.signed_by)) is not None:
        return refused
    if insured and fact.form is None and (wanted := form_wanted(course.policy)) is not None:
        return Refusal(reason=f"form: this payer wants one signed before the patient may be charged: {wanted}")
    agreement = SelfPayAgreement(
        signed_on=fact.signed_on,
        signed_by=fact.signed_by,
        amount_cents=fact.amount_cents,
        sessions=fact.sessions,
        form=fact.form,
        from_session=asked.course.next_session if asked.course.edition >= 2 else None,
        confirmed_by=asked.by.user_id if insured and asked.by.role is Role.BILLING else None,
    )
    return e.SelfPayAgreed(agreement=agreement)


def _amends(asked: Asked, fact: f.AuthorizationDecision, request: AuthorizationRequest) -> Decided | None:
    """Return how the payer's yes changes the authorization that was to be extended or amended; None: it is a new one."""
    authorization = next((one for one in asked.course.authorizations if one.request == request.amends), None)
    if authorization is None or fact.number not in {None, "", authorization.number}:
        return None
    told = fact.model_dump(include={"until_on", "sessions", "units"}, exclude_none=True)
    if authorization.answer is ApprovalAnswer.CONTEST:  # the payer's yes may change nothing but the terms
        told |= {"conditions": fact.conditions} | _terms(asked.course, fact)
    if not told:
        return Refusal(reason="until_on, sessions, units: what has the payer changed?")
    return amended(asked.course, authorization, told, asked.today, answers=request.number)


def _terms(course: Course, fact: f.AuthorizationDecision) -> dict[str, Any]:
    """Return the drug source and place that are granted only, where they are not what the course goes by."""
    has = as_insured_next(course).coverage
    return {
        "drug_source": None if fact.drug_source == has.drug_source else fact.drug_source,
        "place_of_service": None if fact.place_of_service == has.place_of_service else fact.place_of_service,
    }


def _granted(course: Course, fact: f.AuthorizationDecision, request: AuthorizationRequest) -> Authorization | Refusal:
    """Return the authorization as it was granted, or every field that an approval lacks."""
    number = "" if fact.number_follows and fact.number is None else fact.number
    needed = {"number": number, "from_on": fact.from_on, "until_on": fact.until_on, "sessions": fact.sessions}
    if missing := [name for name, value in needed.items() if value is None]:
        return Refusal(reason=f"{', '.join(missing)}: an approval needs {'them' if len(missing) > 1 else 'it'}")
    assert number is not None, "checked above"
    assert fact.from_on is not None, "checked above"
    assert fact.until_on is not None, "checked above"
    assert fact.sessions is not None, "checked above"
    if fact.until_on < fact.from_on:
        return Refusal(
            reason=f"until_on: expected {day_in_words(fact.from_on)} or later; the authorization ends before it begins"
        )
    if number and any(one.number == number for one in course.authorizations):
        return Refusal(reason="number: this authorization is recorded already")
    policy = course.policy_of(request.payer_id)
    assert policy is not None, "a request is made under a policy"
    counts = fact.counts or policy.grant.counts.value
    codes = course.protocol.billing
    lines = [AuthorizationLine(code=codes.procedure_code.value, quantity=fact.sessions)]
    if fact.units is not None:
        per = fact.per or Per.ALL
        lines.append(AuthorizationLine(code=codes.drug_code.value, quantity=fact.units, per=per, counts=counts))
    return Authorization(
        request=request.number,
        number=number,
        payer_id=request.payer_id,
        conditions=fact.conditions,
        **_terms(course, fact),
        from_on=fact.from_on,
        until_on=fact.until_on,
        sessions=fact.sessions,
        lines=tuple(lines),
    )


DECISIONS: dict[str, Decide] = {
    "packet-submitted": packet_submitted,
    "payer-chased": payer_chased,
    "authorization-decision": authorization_decided,
    "self-pay-agreed": self_pay_agreed,
}
