"""The session's record and its bill."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import events as e
from domain.changes.claims import day_of, settled, step_key
from domain.changes.common import Change, Changes, with_row, with_session
from domain.claim_denials import ClaimDenial, ClaimStep, DenialState, StepKind
from domain.claims import Frequency
from domain.course import Course
from domain.invoices import Invoice, Payment


def _signed(course: Course, event: e.RecordSigned) -> Changes:
    return {"sessions": with_row(course.sessions, event.session, signed_by=event.by, signed_on=event.on)}


def _claim_opened(course: Course, event: e.ClaimOpened) -> Changes:
    now: Changes = {"claim_outdated": event.outdated, "claim_payer": event.payer_id}
    if event.replaces is None:
        return with_session(course, event.session, claim_id=event.claim_id, **now) | _with_invoice(course, event)
    session = course.session(event.session) or course.session_in_error(event.session)
    assert session is not None, "what is billed was given"
    now["replacements"] = (*session.replacements, event.claim_id)
    now["claim_voided"] = event.frequency is Frequency.VOID
    step = ClaimStep(
        key=step_key(event.replaces, event),
        claim_id=event.replaces,
        session=event.session,
        kind="voided" if event.frequency is Frequency.VOID else "replaced",
        on=day_of(event),
        by=event.by,
        reference=event.claim_id,
    )
    denials = tuple(
        settled(denial, event.on, "another claim took its place") if _is_open(denial, event.replaces) else denial
        for denial in course.claim_denials
    )
    return {
        **with_session(course, event.session, **now),
        "claim_steps": (*course.claim_steps, step),
        "claim_denials": denials,
    }


def _with_invoice(course: Course, event: e.ClaimOpened) -> Changes:
    """Return the changes where it is an invoice: the patient pays within the clinic's days."""
    if event.amount_cents is None or event.session in course.billing_impossible:  # billing may have refused it already
        return {}
    issued_on = day_of(event)
    invoice = Invoice(
        number=event.session,
        claim_id=event.claim_id,
        amount_cents=event.amount_cents,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=course.clinic.invoice_due_days),
    )
    return {"invoices": (*course.invoices, invoice)}


def _invoice_paid(course: Course, event: e.InvoicePaid) -> Changes:
    invoice = next(one for one in course.invoices if one.number == event.session)
    payments = (*invoice.payments, Payment(on=event.paid_on, amount_cents=event.amount_cents))
    changes = {"invoices": with_row(course.invoices, event.session, payments=payments, due_on=event.due_on)}
    if event.told_by_billing:
        return changes
    return changes | _step(course, event, "payment", on=event.paid_on, amount_cents=event.amount_cents)


def _written_off(course: Course, event: e.InvoiceWrittenOff) -> Changes:
    changes = {"invoices": with_row(course.invoices, event.session, written_off=True)}
    return changes | _step(course, event, "written_off", on=day_of(event), note=event.reason)


def _step(course: Course, event: e.InvoicePaid | e.InvoiceWrittenOff, kind: StepKind, **told: Any) -> Changes:
    """Return what the invoice itself, which outlives the course, has still to know."""
    key = step_key(event.claim_id, event)
    step = ClaimStep(key=key, claim_id=event.claim_id, session=event.session, kind=kind, by=event.by, **told)
    return {"claim_steps": (*course.claim_steps, step)}


def _is_open(denial: ClaimDenial, claim_id: str) -> bool:
    return denial.claim_id == claim_id and denial.state is not DenialState.SETTLED


def _impossible(course: Course, event: e.BillingImpossible) -> Changes:
    """Let a person bill the session, once for each time that the record has changed."""
    waits_already = event.session in course.to_bill_by_hand
    asked = course.billing_impossible if waits_already else (*course.billing_impossible, event.session)
    waited = tuple(one for one in course.invoices if one.number != event.session or not event.unbilled)
    changes = {"billing_impossible": asked, "invoices": waited}
    return changes | with_session(course, event.session, claim_outdated=False)


def _by_hand(course: Course, event: e.BilledByHand) -> Changes:
    return {"billed_by_hand": (*course.billed_by_hand, event.session)}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.RecordSigned: _signed,
    e.ClaimOpened: _claim_opened,
    e.BillingImpossible: _impossible,
    e.BilledByHand: _by_hand,
    e.InvoicePaid: _invoice_paid,
    e.InvoiceWrittenOff: _written_off,
}
