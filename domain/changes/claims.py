"""What becomes of a claim after filing: denied, answered, appealed, held for a coder."""

from __future__ import annotations

from datetime import date

from domain import events as e
from domain.changes.common import Change, Changes, with_row
from domain.claim_denials import ClaimDenial, ClaimStep, DenialState, StepKind
from domain.claims import NO_MODIFIER
from domain.course import Course
from domain.waits import WaitKind, wait_id

SETTLED_BY = {
    "correct": "sent again, corrected",
    "write_off": "written off",
    "bill_patient": "billed to the patient",
    "paid": "paid",
}
STEPS: dict[str, StepKind] = {
    "appeal": "appealed",
    "send_records": "records_sent",
    "write_off": "written_off",
    "bill_patient": "patient_billed",
    "paid": "settled",
}


def _denied(course: Course, event: e.ClaimDenied) -> Changes:
    again = event.denial
    before = tuple(
        settled(one, event.on, "denied again")
        if one.claim_id == again.claim_id and one.state is not DenialState.SETTLED
        else one
        for one in course.claim_denials
    )
    return {"claim_denials": (*before, again)}


def settled(denial: ClaimDenial, on: date | None, how: str) -> ClaimDenial:
    """Return the denial with nothing left to do about it."""
    return denial.model_copy(update={"state": DenialState.SETTLED, "settled_on": on, "how": how, "answer_due_on": None})


def _paid(course: Course, event: e.ClaimPaid) -> Changes:
    return _settle(course, event.denial, event.on, "paid")


def _settle(course: Course, number: int, on: date | None, how: str) -> Changes:
    changes = {"state": DenialState.SETTLED, "settled_on": on, "how": how, "answer_due_on": None}
    return {"claim_denials": with_row(course.claim_denials, number, **changes)}


def _answered(course: Course, event: e.DenialAnswered) -> Changes:
    denial = course.claim_denial(event.denial)
    assert denial is not None, "what is answered is there"
    changes: Changes
    if event.action in SETTLED_BY:
        changes = _settle(course, event.denial, event.on, SETTLED_BY[event.action])
    else:
        sent = {
            "state": DenialState.WITH_PAYER,
            "level": event.level if event.level is not None else denial.level,
            "answer_due_on": event.answer_due_on,
        }
        changes = {"claim_denials": with_row(course.claim_denials, event.denial, **sent)}
    if event.action == "correct":
        number = event.authorization_number
        outdated = {"claim_outdated": True} | ({"claim_number": number} if number else {})
        return changes | {"sessions": with_row(course.sessions, denial.session, **outdated)}
    step = ClaimStep(
        key=step_key(denial.claim_id, event),
        claim_id=denial.claim_id,
        session=denial.session,
        kind=STEPS[event.action],
        on=event.sent_on or day_of(event),
        by=event.by,
        note=event.note,
        level=event.level,
        level_name=event.level_name,
        reference=event.reference,
        amount_cents=event.amount_cents,
    )
    return changes | {"claim_steps": (*course.claim_steps, step)}


def step_key(claim_id: str, event: e.CourseEvent) -> str:
    """Return the key of what an event says about a claim: its number makes it one of a kind."""
    return f"{claim_id}/step-{event.number}"


def day_of(event: e.CourseEvent) -> date:
    """Return the clinic's day on which it happened."""
    assert event.on is not None, "an event is stamped before it happens"
    return event.on


def _decided(course: Course, event: e.AppealDecided) -> Changes:
    denial = course.claim_denial(event.denial)
    assert denial is not None, "what is answered is there"
    step = ClaimStep(
        key=step_key(denial.claim_id, event),
        claim_id=denial.claim_id,
        session=denial.session,
        kind="appeal_won" if event.won else "appeal_lost",
        on=event.payer_on,
        by=event.by,
        note=event.note,
        level=denial.level or None,
        last_day=event.appeal_by,
    )
    steps: Changes = {"claim_steps": (*course.claim_steps, step)}
    if event.won:
        return _settle(course, event.denial, event.on, "the payer gave in") | steps
    lost = {
        "state": DenialState.OPEN,
        "payer_on": event.payer_on,
        "appeal_by": event.appeal_by,
        "records_by": None,
        "answer_due_on": None,
    }
    return {"claim_denials": with_row(course.claim_denials, event.denial, **lost)} | steps


def _extended(course: Course, event: e.LastDayExtended) -> Changes:
    denial, granted = course.claim_denial(event.denial), event.extension
    assert denial is not None, "what is extended is there"
    fields = {"appeal": "appeal_by", "filing": "file_by", "records": "records_by"}
    more = {fields[granted.deadline]: granted.until_on, "extensions": (*denial.extensions, granted)}
    longer = denial.model_copy(update=more)
    step = ClaimStep(
        key=step_key(denial.claim_id, event),
        claim_id=denial.claim_id,
        session=denial.session,
        kind="extended",
        on=day_of(event),
        by=event.by,
        note=granted.deadline,
        last_day=granted.until_on,
        reference=granted.reference,
    )
    task = course.wait(wait_id(WaitKind.CLAIM_DENIED, f"denial-{denial.number}"))
    waits = course.waits
    if task is not None and longer.last_day is not None:
        waits = with_row(waits, task.id, context=task.context | {"last_day": longer.last_day.isoformat()})
    return {
        "claim_denials": with_row(course.claim_denials, event.denial, **more),
        "claim_steps": (*course.claim_steps, step),
        "waits": waits,
    }


def _kept(course: Course, event: e.ClaimStepKept) -> Changes:
    return {"claim_steps": tuple(step for step in course.claim_steps if step.key != event.step)}


def _held(course: Course, event: e.ClaimHeld) -> Changes:
    return {"sessions": with_row(course.sessions, event.session, claim_held=event.why)}


def _released(course: Course, event: e.ClaimReleased) -> Changes:
    free: Changes = {"claim_held": None}
    if event.modifier is not None:
        free |= {"procedure_modifier": event.modifier, "procedure_coded_by": event.by}
        if event.modifier == NO_MODIFIER:
            free["procedure_modifier"] = None
    if event.authorization_number is not None:
        free["claim_number"] = event.authorization_number
    changes: Changes = {"sessions": with_row(course.sessions, event.session, **free)}
    if not event.bill:
        changes["billing_impossible"] = (*course.billing_impossible, event.session)
        changes["billed_by_hand"] = (*course.billed_by_hand, event.session)
    return changes


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.ClaimDenied: _denied,
    e.ClaimPaid: _paid,
    e.DenialAnswered: _answered,
    e.AppealDecided: _decided,
    e.LastDayExtended: _extended,
    e.ClaimStepKept: _kept,
    e.ClaimHeld: _held,
    e.ClaimReleased: _released,
}
