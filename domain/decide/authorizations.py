"""Authorizations and ways of payment that change: amended, withdrawn, accepted, followed by another payer's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

from domain import events as e
from domain import facts as f
from domain import plan
from domain.after_all import covered_after_all
from domain.approval import differences
from domain.care import is_minor
from domain.changes.authorizations import CHANGES
from domain.clinic_time import clinic_day, day_in_words
from domain.course import Course
from domain.coverage import (
    ApprovalAnswer,
    Authorization,
    AuthorizationLine,
    AuthorizationRequest,
    Coverage,
    CoverageKind,
    Decision,
    NotNeeded,
    Purpose,
    SelfPayAgreement,
    SessionCoverage,
    coverage_on,
)
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.denial import DenialCode
from domain.eligibility import assess_for_payer
from domain.hold import LapseAnswer
from domain.lapsing import extension_in_hold, lapses_of
from domain.payer import Counts, DrugSource, PayerPolicy
from domain.people import Role
from domain.record import Refusal
from domain.session import AppointmentStatus, Session
from domain.ways_on import denial_of, open_denial

TURNS = 2
"""From this edition on an agreement to pay is held to the same rules whichever way it is told."""

NO_AUTHORIZATION = Refusal(reason="request: no authorization was granted for it; expected the number of a request")


def _authorization(asked: Asked, request: int | None) -> Authorization | None:
    """Return the authorization that is meant: of the request named, of the task, else the last one granted."""
    number = request or subject_number(asked.task)
    granted = asked.course.authorizations
    if number is None:
        return granted[-1] if granted else None
    return next((one for one in granted if one.request == number), None)


def authorization_amended(asked: Asked) -> Decided:
    fact = asked.fact_as(f.AuthorizationAmended)
    authorization = _authorization(asked, fact.request)
    if authorization is None:
        return NO_AUTHORIZATION
    told = fact.model_dump(include={"number", "until_on", "sessions", "units"}, exclude_none=True)
    if not told:
        return Refusal(reason="number, until_on, sessions, units: at least one of them has changed")
    if fact.until_on is not None and fact.until_on < authorization.from_on:
        return Refusal(reason=f"until_on: expected {day_in_words(authorization.from_on)} or later")
    if fact.number is not None and _is_known(asked.course, fact.number, authorization):
        return Refusal(reason="number: another authorization has it")
    asked_for = asked.course.open_request
    answers = asked_for is not None and asked_for.amends == authorization.request and set(told) != {"number"}
    answered = asked_for.number if asked_for is not None and answers else None
    return amended(asked.course, authorization, told, asked.today, answers=answered, reason=fact.reason)


def _is_known(course: Course, number: str, authorization: Authorization) -> bool:
    return any(one.number == number and one.request != authorization.request for one in course.authorizations)


def amended(
    course: Course,
    authorization: Authorization,
    told: dict[str, Any],
    today: date,
    *,
    answers: int | None,
    reason: str | None = None,
) -> e.AuthorizationAmended:
    """Return that the payer has changed an authorization, with the sessions that it covers after all."""
    now = _changed(course, authorization, told, today)
    rows = tuple(now if one.request == now.request else one for one in course.authorizations)
    then = course.model_copy(update={"authorizations": rows})
    return e.AuthorizationAmended(
        authorization=now, answers=answers, reason=reason, paid_otherwise=covered_after_all(course, then)
    )


def _changed(course: Course, authorization: Authorization, told: dict[str, Any], today: date) -> Authorization:
    """Return the authorization with what the payer has changed; what differs from the need is looked at anew."""
    changes = {name: value for name, value in told.items() if name != "units"}
    if "units" in told:
        changes["lines"] = _with_units(course, authorization, told["units"])
    now = authorization.model_copy(update=changes)
    if now.expired_on is not None and now.until_on >= today:
        now = now.model_copy(update={"expired_on": None})
    request = course.request(now.request)
    differs = differences(course, request, now, today) if request is not None and authorization.differs else ()
    accepted = authorization.answer is ApprovalAnswer.ACCEPT and {*differs} <= {*authorization.differs}
    answer = ApprovalAnswer.ACCEPT if accepted and differs else None
    return now.model_copy(update={"differs": differs, "answer": answer})


def _with_units(course: Course, authorization: Authorization, units: int) -> tuple[AuthorizationLine, ...]:
    drug = course.protocol.billing.drug_code.value
    if any(line.code == drug for line in authorization.lines):
        return tuple(
            line.model_copy(update={"quantity": units}) if line.code == drug else line for line in authorization.lines
        )
    counts = Counts.UNKNOWN if course.policy is None else course.policy.grant.counts.value
    return (*authorization.lines, AuthorizationLine(code=drug, quantity=units, counts=counts))


def authorization_withdrawn(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AuthorizationWithdrawn), asked.course
    authorization = _authorization(asked, fact.request)
    if authorization is None:
        return NO_AUTHORIZATION
    if authorization.stopped_on is not None and authorization.stopped_on <= fact.from_on:
        return Refusal(reason=f"{authorization.name} ended on {day_in_words(authorization.stopped_on)} already")
    event = e.AuthorizationWithdrawn(request=authorization.request, from_on=fact.from_on, reason=fact.reason)
    then = course.model_copy(update=CHANGES[type(event)](course, event))
    told_of = [one for one in course.sessions if one.coverage.authorization == authorization.request]
    anew = paid_anew(then, [one for one in told_of if one.given_on >= fact.from_on])
    return event.model_copy(update={"paid_anew": anew, "cleared": _cleared(then), "uncovers": uncovers(then)})


def approval_answered(asked: Asked) -> Decided:
    fact = asked.fact_as(f.ApprovalAnswered)
    authorization = _authorization(asked, fact.request)
    if authorization is None or not authorization.waits_for_answer:
        return Refusal(reason="no approval waits to be accepted or contested")
    if fact.answer is ApprovalAnswer.CONTEST and not fact.reason:
        return Refusal(reason="reason: the payer wants to know why it is contested")
    accepted, request = fact.answer is ApprovalAnswer.ACCEPT, asked.course.request(authorization.request)
    if not accepted and open_denial(asked.course) is not None:
        return Refusal(reason="answer: it is contested already; choose what follows the payer's no, or accept")
    if not accepted and request is not None:
        denial = denial_of(
            asked.course,
            request,
            reason=DenialCode.SOURCE_OR_PLACE if authorization.only_for else DenialCode.OTHER,
            words=fact.reason,
            letter_on=request.decided_on or asked.today,
            contested=True,
        )
        return e.ApprovalAnswered(request=authorization.request, answer=fact.answer, reason=fact.reason, denial=denial)
    return e.ApprovalAnswered(
        request=authorization.request,
        answer=fact.answer,
        reason=fact.reason,
        drug_source=authorization.drug_source if accepted else None,
        place_of_service=authorization.place_of_service if accepted else None,
    )


def unpaid_units_accepted(asked: Asked) -> Decided:
    course, units = asked.course, plan.unpaid_of_next(asked.course)
    if not units:
        return Refusal(reason="no units of the next session may stay unpaid, as far as is known")
    reason = asked.fact_as(f.UnpaidUnitsAccepted).reason
    return e.UnpaidUnitsAccepted(session=course.next_session, units=units, reason=reason)


def coverage_changed(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.CoverageChanged), asked.course
    coverage = _coverage(asked, fact)
    if isinstance(coverage, Refusal):
        return coverage
    policy = None if coverage.kind is CoverageKind.SELF_PAY else fact.policy or course.policy
    if coverage.kind is not CoverageKind.SELF_PAY and (policy is None or policy.id != coverage.payer_id):
        return Refusal(reason="payer_id: expected a payer whose policy is on file")
    if fact.keeps_authorizations and coverage.payer_id != course.coverage.payer_id:
        return Refusal(reason="keeps_authorizations: only where the payer stays the same")
    event = e.CoverageChanged(
        from_on=fact.from_on,
        keeps_request=plan.planned_on(course, asked.today) < fact.from_on,
        coverage=coverage,
        policy=policy,
        reason=fact.reason,
        keeps_authorizations=fact.keeps_authorizations,
        payer_verdict=assess_for_payer(course.history, policy=policy, today=asked.today),
    )
    then = course.model_copy(update=CHANGES[type(event)](course, event))
    anew = paid_anew(then, [one for one in course.sessions if one.given_on >= fact.from_on and _by_payer(course, one)])
    return event.model_copy(update={"paid_anew": anew, "cleared": _cleared(then), "uncovers": uncovers(then)})


def _coverage(asked: Asked, fact: f.CoverageChanged) -> Coverage | Refusal:
    """Return the new coverage, or what its kind of payment lacks."""
    course = asked.course
    if fact.pays is CoverageKind.CLINICS_RISK:
        return Refusal(
            reason="pays: the clinic's risk is taken by name, of one session at a time: tell at-clinics-risk"
        )
    before = course.coverage
    plain = Coverage(
        kind=fact.pays,
        payer_id=None if fact.pays is CoverageKind.SELF_PAY else fact.payer_id or before.payer_id,
        place_of_service=fact.place_of_service or before.place_of_service,
        drug_source=fact.drug_source or before.drug_source,
    )
    if _source_is_undecided(course, fact, plain):
        return Refusal(
            reason="drug_source: the pharmacy was chosen under the payer before: say whose drug is given from then on"
        )
    if fact.pays is CoverageKind.SELF_PAY:
        agreed = _agreed_to_pay(asked, fact)
        return agreed if isinstance(agreed, Refusal) else plain.model_copy(update={"self_pay": agreed})
    if fact.pays is CoverageKind.NOT_NEEDED:
        if fact.said_by is None or fact.said_on is None:
            return Refusal(reason="said_by, said_on: who said that no authorization is needed, and when")
        return plain.model_copy(update={"not_needed": NotNeeded(said_by=fact.said_by, said_on=fact.said_on)})
    return plain


def _source_is_undecided(course: Course, fact: f.CoverageChanged, now: Coverage) -> bool:
    """Whether a specialty pharmacy would be taken over from a payer who does not pay any more, without a word."""
    if course.edition < TURNS or fact.drug_source is not None or now.payer_id == course.coverage.payer_id:
        return False
    return now.drug_source is DrugSource.SPECIALTY_PHARMACY


def _agreed_to_pay(asked: Asked, fact: f.CoverageChanged) -> SelfPayAgreement | Refusal:
    """Return the patient's agreement to pay from a day on, or what it lacks: the same as beside an insurance.

    Who was insured until then may not always be charged: a biller says so by telling the change.
    """
    if fact.signed_on is None or fact.amount_cents is None or fact.sessions is None:
        return Refusal(reason="signed_on, amount_cents, sessions: the patient agrees in writing to pay")
    agreed = SelfPayAgreement(
        signed_on=fact.signed_on,
        signed_by=fact.signed_by,
        amount_cents=fact.amount_cents,
        sessions=fact.sessions,
        form=fact.form,
    )
    if asked.course.edition < TURNS:
        return agreed
    if (refused := refused_agreement(asked, signed_on=fact.signed_on, signed_by=fact.signed_by)) is not None:
        return refused
    anew = [one.number for one in asked.course.sessions if one.given_on >= fact.from_on]
    agreed = agreed.model_copy(update={"from_session": min((*anew, asked.course.next_session))})
    before = asked.course.covered_on(fact.from_on - timedelta(days=1))
    if CoverageKind.SELF_PAY in {before.coverage.kind, asked.course.coverage.kind}:
        return agreed
    return _not_to_be_charged(asked, fact, before) or agreed.model_copy(update={"confirmed_by": asked.by.user_id})


def _not_to_be_charged(asked: Asked, fact: f.CoverageChanged, before: Course) -> Refusal | None:
    """Return why a patient who was insured until then may not be charged, or not as it is told, or None."""
    if fact.form is None and (wanted := form_wanted(before.policy)) is not None:
        return Refusal(
            reason=f"form: the payer wants one signed before one of its patients is charged: {wanted}; "
            "where she is none any more, say so in it"
        )
    if asked.by.role is not Role.BILLING:
        return Refusal(reason="pays: a biller confirms that an insured patient may be charged, and tells the change")
    return None


def form_wanted(policy: PayerPolicy | None) -> str | None:
    """Return the form that a payer wants signed before one of its patients is charged, where it wants one."""
    form = None if policy is None else policy.billing.self_pay_form
    return None if form is None else form.value


def refused_agreement(asked: Asked, *, signed_on: date, signed_by: Literal["patient", "guardian"]) -> Refusal | None:
    """Return why an agreement to pay does not hold: it is not signed yet, or a minor signed it."""
    if signed_on > asked.today:
        return Refusal(reason="signed_on: expected a day that has come")
    if asked.course.edition >= TURNS and is_minor(asked.course, signed_on) and signed_by != "guardian":
        return Refusal(reason="signed_by: for a minor who answers for him agrees to pay: guardian")
    return None


def _by_payer(course: Course, session: Session) -> bool:
    """Whether a session is paid as its day's coverage says, not by a patient or a clinic that stood in for a payer."""
    return session.coverage.kind is course.covered_on(session.given_on).coverage.kind


def paid_anew(course: Course, sessions: list[Session]) -> tuple[e.PaidAnew, ...]:
    """Return what pays for sessions that were given before a change was told, one after the other."""
    found: list[e.PaidAnew] = []
    earlier = [one for one in course.sessions if one not in sessions]
    for session in sessions:
        paid = _pays_for(course, session, [one for one in earlier if one.number < session.number])
        if paid.model_copy(update={"unpaid_units": 0}) != session.coverage.model_copy(update={"unpaid_units": 0}):
            found.append(e.PaidAnew(session=session.number, coverage=paid))
        earlier.append(session.model_copy(update={"coverage": paid}))
    return tuple(found)


def _pays_for(course: Course, session: Session, earlier: list[Session]) -> SessionCoverage:
    """Return what pays for a session given, by the coverage of its day; where nothing does, why."""
    then = course.covered_on(session.given_on)
    paid = coverage_on(
        on=session.given_on,
        planned_units=session.dose.units,
        opened_units=session.opened_units,
        coverage=then.coverage,
        authorizations=then.authorizations,
        sessions=earlier,
        drug_code=course.protocol.billing.drug_code.value,
    )
    if isinstance(paid, Refusal):
        return SessionCoverage(kind=then.coverage.kind, payer_id=then.coverage.payer_id, uncovered=paid.reason)
    return paid


def transition_answered(asked: Asked) -> Decided:
    """Take the payer's answer for a transition period; granted, it covers sessions like any authorization."""
    fact, course = asked.fact_as(f.TransitionAnswered), asked.course
    waiting = [one for one in course.requests if one.transition is not None and one.transition.granted is None]
    request = next((one for one in reversed(waiting) if fact.request in {None, one.number}), None)
    if request is None or request.transition is None:
        return Refusal(reason="request: no payer was asked for a transition period that it has not answered")
    if request.submitted_on is None:
        return Refusal(reason="the request has not been submitted yet")
    if not fact.granted:
        return e.TransitionAnswered(request=request.number, granted=False, reason=fact.reason)
    from_on = fact.from_on or _first_day_of(course, request.payer_id)
    if fact.until_on is None or fact.until_on < from_on:
        return Refusal(reason=f"until_on: expected {day_in_words(from_on)} or later, the last covered day")
    if fact.number is not None and any(one.number == fact.number for one in course.authorizations):
        return Refusal(reason="number: another authorization has it")
    stands = request.model_copy(
        update={
            "number": len(course.requests) + 1,
            "purpose": Purpose.TRANSITION,
            "of_request": request.number,
            "opened_on": asked.today,
            "sessions": fact.sessions or request.transition.sessions,
            "until_on": fact.until_on,
            "decided_on": asked.today,
            "decision": Decision.APPROVED,
            "denial_reason": None,
            "transition": None,
        }
    )
    codes = course.protocol.billing
    granted = Authorization(
        request=stands.number,
        number=fact.number or "",
        payer_id=request.payer_id,
        from_on=from_on,
        until_on=fact.until_on,
        sessions=stands.sessions,
        lines=(AuthorizationLine(code=codes.procedure_code.value, quantity=stands.sessions),),
        is_transition=True,
    )
    then = course.model_copy(update={"authorizations": (*course.authorizations, granted)})
    return e.TransitionAnswered(
        request=request.number,
        granted=True,
        asked=stands,
        authorization=granted,
        reason=fact.reason,
        paid_otherwise=covered_after_all(course, then),
    )


def _first_day_of(course: Course, payer_id: str | None) -> date:
    """Return the first day on which a payer who follows another pays."""
    days = [one.until_on + timedelta(days=1) for one in course.coverages_before]
    return next((day for day in reversed(days) if course.covered_on(day).coverage.payer_id == payer_id), days[-1])


def lapse_answered(asked: Asked) -> Decided:
    """Say what becomes, while the course is held, of what a payer has granted or is asked for."""
    fact, course = asked.fact_as(f.LapseAnswered), asked.course
    number = fact.request or subject_number(asked.task)
    found = [one for one in lapses_of(course) if number in {None, one.request}]
    if len(found) != 1:
        which = ", ".join(str(one.request) for one in lapses_of(course))
        return Refusal(
            reason=f"request: expected one of {which}"
            if which
            else "nothing lapses unanswered while the course is held"
        )
    [lapse] = found
    if fact.answer not in lapse.answers:
        return Refusal(reason=f"answer: expected {' or '.join(lapse.answers)}")
    asks = _extension_asked(asked, fact, lapse.request) if fact.answer is LapseAnswer.EXTEND else None
    if isinstance(asks, Refusal):
        return asks
    return e.LapseDealtWith(request=lapse.request, answer=fact.answer, asks=asks, note=fact.note)


def _extension_asked(asked: Asked, fact: f.LapseAnswered, number: int) -> AuthorizationRequest | Refusal:
    """Return the request for a later last day that somebody has sent, or what is wrong with it."""
    granted = _authorization(asked, number)
    assert granted is not None, "it would lapse"
    if (open_one := asked.course.open_request) is not None:
        return Refusal(reason=f"answer: request {open_one.number} is open; say first what becomes of that")
    if fact.until_on is None or fact.until_on <= granted.until_on:
        return Refusal(reason=f"until_on: expected a day after {day_in_words(granted.until_on)}")
    asks = extension_in_hold(
        asked.course,
        granted,
        until_on=fact.until_on,
        reference=fact.reference,
        reason=fact.note or "the course is held",
        today=asked.today,
    )
    return asks or Refusal(reason="answer: expected a payer whose policy is on file")


def _cleared(course: Course) -> SessionCoverage | None:
    """Return what pays for the session that has just been cleared; as much as there is, where nothing covers it."""
    if course.clearance is None:
        return None
    on = course.clearance.cleared_on
    covered = plan.coverage_of(course, on)
    if not isinstance(covered, Refusal):
        return covered
    best = plan.coverage_at_best_of(course, on)
    why = covered.reason if best.authorization is None and course.edition >= plan.TURNS else None
    return best.model_copy(update={"uncovered": why})


def uncovers(course: Course) -> bool:
    """Whether nothing pays for the confirmed appointment any more."""
    booked = course.appointment
    if booked is None or booked.status is not AppointmentStatus.CONFIRMED:
        return False
    return isinstance(plan.coverage_of(course, clinic_day(booked.starts_at, course.clinic.zone)), Refusal)


DECISIONS: dict[str, Decide] = {
    "authorization-amended": authorization_amended,
    "authorization-withdrawn": authorization_withdrawn,
    "approval-answered": approval_answered,
    "unpaid-units": unpaid_units_accepted,
    "coverage-changed": coverage_changed,
    "transition-answered": transition_answered,
    "lapse-answered": lapse_answered,
}
TOLD_AFTER_THE_END = frozenset({"authorization-amended", "authorization-withdrawn", "coverage-changed"})
