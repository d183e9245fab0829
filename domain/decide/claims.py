"""What becomes of a claim after filing: denied, answered, appealed, held for a coder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from domain import events as e
from domain import facts as f
from domain.claim_denials import (
    ClaimDenial,
    DenialState,
    Extension,
    answer_due_on,
    appeal_by,
    appeal_level,
    file_by,
    is_beyond_the_last,
)
from domain.claims import NUMBER_TO_COME
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.decide.billing import invoice_told
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.denial_reasons import LEFT_TO_THE_PATIENT, group_of
from domain.payer import PayerPolicy
from domain.record import Refusal


def claim_told(asked: Asked) -> Decided:
    """Take what a claim tells. What is paid settles the denial; a new denial takes the place of one with the payer."""
    fact, course = asked.fact_as(f.ClaimTold), asked.course
    session = course.session(fact.session)
    if session is None:
        return Refusal(reason=f"session: there is no session {fact.session}")
    if fact.what == "paid" and any(one.claim_id == fact.claim_id for one in course.invoices):
        return invoice_told(asked, fact.claim_id, amount=fact.amount_cents, on=fact.on)
    before = [
        one for one in course.claim_denials if one.claim_id == fact.claim_id and one.state is not DenialState.SETTLED
    ]
    if fact.what == "paid":
        if not before:
            return Refusal(reason="the claim is in no trouble here")
        return e.ClaimPaid(denial=before[-1].number, amount_cents=fact.amount_cents)
    level = max((one.level for one in before), default=0)
    denial = ClaimDenial(
        number=len(course.claim_denials) + 1,
        session=fact.session,
        claim_id=fact.claim_id,
        what=fact.what,
        told_on=asked.today,
        payer_on=fact.on,
        reason_codes=fact.reason_codes,
        says=fact.says,
        first_step=fact.first_step,
        questions=fact.questions,
        amount_cents=fact.amount_cents,
        level=level,
        appeal_by=_next_appeal_by(course.policy_of(session.claim_payer), fact.appeal_by, level + 1, fact.on)
        if fact.what != "reopened"
        else None,
        file_by=file_by(course.policy_of(session.claim_payer), given_on=session.given_on),
        records_by=fact.records_by,
    )
    return e.ClaimDenied(denial=denial)


def _next_appeal_by(policy: PayerPolicy | None, told: date | None, level: int, denied_on: date) -> date | None:
    """Return the last day to appeal: as the payer's letter says, else by its policy."""
    return told or appeal_by(policy, level=level, denied_on=denied_on)


def _policy(course: Course, denial: ClaimDenial) -> PayerPolicy | None:
    """Return the policy of the payer who denied: not always the one who pays for the next session."""
    session = course.session(denial.session)
    return course.policy_of(None if session is None else session.claim_payer)


def _denial(asked: Asked, number: int | None, state: DenialState) -> ClaimDenial | Refusal:
    """Return the denial that is meant: the named one, the task's, or the only one in this state."""
    wanted = number if number is not None else subject_number(asked.task)
    found = [one for one in asked.course.claim_denials if one.state is state and wanted in {None, one.number}]
    if len(found) == 1:
        return found[0]
    if found:
        return Refusal(reason=f"denial: more than one is open: {', '.join(str(one.number) for one in found)}")
    waits = "waits for billing" if state is DenialState.OPEN else "is with the payer"
    return Refusal(reason=f"denial: no denied claim {waits}")


def denial_answered(asked: Asked) -> Decided:
    fact = asked.fact_as(f.DenialAnswered)
    denial = _denial(asked, fact.denial, DenialState.OPEN)
    if isinstance(denial, Refusal):
        return denial
    if (refused := ANSWERS[fact.action](asked, fact, denial) or _next_session(asked, fact, denial)) is not None:
        return refused
    sent_on, policy = fact.sent_on or asked.today, _policy(asked.course, denial)
    goes_out = fact.action in {"appeal", "send_records"}
    level = denial.level + 1 if fact.action == "appeal" else None
    named = None if level is None else appeal_level(policy, level)
    repeat = asked.course.clinic.task_repeat_days
    return e.DenialAnswered(
        denial=denial.number,
        action=fact.action,
        note=fact.note,
        sent_on=sent_on if goes_out else None,
        level=level,
        level_name=None if named is None else named.name,
        answer_due_on=answer_due_on(policy, sent_on=sent_on, otherwise_days=repeat) if goes_out else None,
        reference=fact.reference,
        authorization_number=fact.authorization_number,
        amount_cents=fact.amount_cents,
        next_session=fact.next_session,
    )


def _next_session(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:
    """Return that billing must say why the next session may be given, where the denial questions that, or None."""
    if not denial.questions or not asked.course.is_open or fact.next_session or fact.action == "paid":
        return None
    questioned = " and ".join(denial.questions)
    return Refusal(reason=f"next_session: the denial questions {questioned}: say why the next session may be given")


def _correct(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:  # noqa: ARG001 - one shape for all answers
    if denial.what == "reopened":
        return Refusal(reason="action: the claim is paid and under review: send the records, or write it off")
    return _in_time(denial.file_by, asked.today, "send a corrected claim")


def _appeal(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:
    if denial.what == "reopened":
        return Refusal(reason="action: nothing is denied yet: send the records")
    if is_beyond_the_last(_policy(asked.course, denial), denial.level + 1):
        return Refusal(reason=f"action: the payer has no level after {denial.level}; write it off")
    return _sent(asked, fact, denial) or _in_time(denial.appeal_by, fact.sent_on or asked.today, "appeal")


def _send_records(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:
    if denial.what != "reopened":
        return Refusal(reason="action: no review is open; appeal, or send a corrected claim")
    return _sent(asked, fact, denial) or _in_time(denial.records_by, fact.sent_on or asked.today, "send the records")


def _sent(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:
    if fact.sent_on is not None and not denial.payer_on <= fact.sent_on <= asked.today:
        return Refusal(
            reason=f"sent_on: expected a day from {day_in_words(denial.payer_on)} to {day_in_words(asked.today)}"
        )
    return None


def _in_time(last_day: date | None, on: date, what: str) -> Refusal | None:
    """Return that the payer's last day has passed, or None. Nobody moves it; what the payer grants is recorded."""
    if last_day is None or on <= last_day:
        return None
    return Refusal(
        reason=f"the payer's last day to {what} was {day_in_words(last_day)}; an extension that it grants is told as claim-extension"
    )


def _bill_patient(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:  # noqa: ARG001 - one shape for all answers
    groups = {group_of(code) for code in denial.reason_codes}
    if LEFT_TO_THE_PATIENT not in groups:
        codes = ", ".join(denial.reason_codes) or "no code"
        return Refusal(reason=f"action: {codes} leaves nothing to the patient; only group PR may be billed to him")
    if fact.amount_cents is None:
        return Refusal(reason="amount_cents: say how much is billed to the patient")
    return None


def _anything(asked: Asked, fact: f.DenialAnswered, denial: ClaimDenial) -> Refusal | None:  # noqa: ARG001 - one shape for all answers
    return None


ANSWERS: dict[str, Callable[[Asked, f.DenialAnswered, ClaimDenial], Refusal | None]] = {
    "correct": _correct,
    "appeal": _appeal,
    "send_records": _send_records,
    "write_off": _anything,
    "bill_patient": _bill_patient,
    "paid": _anything,
}


def appeal_answered(asked: Asked) -> Decided:
    fact = asked.fact_as(f.AppealAnswered)
    denial = _denial(asked, fact.denial, DenialState.WITH_PAYER)
    if isinstance(denial, Refusal):
        return denial
    on = fact.on or asked.today
    if not denial.payer_on <= on <= asked.today:
        return Refusal(reason=f"on: expected a day from {day_in_words(denial.payer_on)} to {day_in_words(asked.today)}")
    won = fact.outcome == "won"
    last_day = None if won else _next_appeal_by(_policy(asked.course, denial), fact.appeal_by, denial.level + 1, on)
    return e.AppealDecided(denial=denial.number, won=won, payer_on=on, appeal_by=last_day, note=fact.note)


def last_day_extended(asked: Asked) -> Decided:
    fact = asked.fact_as(f.LastDayExtended)
    denial = _denial(asked, fact.denial, DenialState.OPEN)
    if isinstance(denial, Refusal):
        return denial
    before = denial.by(fact.deadline)
    if before is not None and fact.until_on <= before:
        return Refusal(reason=f"until_on: expected a day after {day_in_words(before)}, the last day until now")
    extension = Extension(
        deadline=fact.deadline,
        until_on=fact.until_on,
        reference=fact.reference,
        on=asked.today,
        by=asked.by.user_id,
    )
    return e.LastDayExtended(denial=denial.number, extension=extension)


def claim_released(asked: Asked) -> Decided:
    fact = asked.fact_as(f.ClaimReleased)
    number = fact.session or subject_number(asked.task)
    held = [one for one in asked.course.sessions if one.claim_held is not None and number in {None, one.number}]
    if len(held) != 1:
        return Refusal(reason="session: no such claim is held" if not held else "session: more than one claim is held")
    [session] = held
    if not fact.bill:
        if session.claim_id is not None:
            return Refusal(reason="bill: it was billed before; what was billed is corrected or settled, not left out")
        return e.ClaimReleased(session=session.number, bill=False, note=fact.note)
    if session.claim_held == NUMBER_TO_COME and fact.authorization_number is None:
        return Refusal(reason="authorization_number: the claim waits for it")
    if session.in_part and fact.modifier is None and session.procedure_coded_by is None:
        return Refusal(reason="modifier: the session was given in part: a coder says 52, 53 or none")
    return e.ClaimReleased(
        session=session.number,
        modifier=fact.modifier,
        authorization_number=fact.authorization_number,
        note=fact.note,
    )


DECISIONS: dict[str, Decide] = {
    "claim-told": claim_told,
    "claim-denial": denial_answered,
    "claim-appeal": appeal_answered,
    "claim-extension": last_day_extended,
    "claim-released": claim_released,
}
TOLD_AFTER_THE_END = frozenset(DECISIONS)
