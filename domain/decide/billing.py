"""The session's record and its bill."""

from __future__ import annotations

from datetime import date, timedelta

from domain import events as e
from domain import facts as f
from domain.clinic_time import day_in_words
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.invoices import Invoice
from domain.record import Refusal


def record_signed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.RecordSigned)
    number = fact.session or subject_number(asked.task)
    session = asked.course.session(number) if number is not None else asked.course.last_session
    if session is None or session.signed_by is not None:
        return Refusal(reason="no session waits for its signature")
    if asked.by.user_id != session.injector:
        said = f"only {session.injector}, who injected, signs this record"
        return Refusal(reason=said, people=(session.injector,))
    return e.RecordSigned(session=session.number)


def billing_refused(asked: Asked) -> Decided:
    fact = asked.fact_as(f.BillingRefused)
    if asked.course.session(fact.session) is None:
        return Refusal(reason=f"session: there is no session {fact.session}")
    return e.BillingImpossible(session=fact.session, reason=fact.reason, unbilled=True)


def billed_by_hand(asked: Asked) -> Decided:
    fact = asked.fact_as(f.BilledByHand)
    number = fact.session or subject_number(asked.task)
    if number is None or number not in asked.course.to_bill_by_hand:
        return Refusal(reason="session: no such session waits to be billed by hand")
    return e.BilledByHand(session=number, how=fact.how)


def _invoice(asked: Asked, session: int | None) -> Invoice | Refusal:
    """Return the open invoice that is meant: of the session named, of the task, or the only one."""
    number = session or subject_number(asked.task)
    found = [one for one in asked.course.open_invoices if number in {None, one.number}]
    if len(found) != 1:
        return Refusal(reason="session: more than one invoice is open" if found else "session: no such invoice is open")
    return found[0]


def invoice_payment(asked: Asked) -> Decided:
    """Take what a patient has paid. Partial payments count; the rest is waited for by a day of its own."""
    fact = asked.fact_as(f.InvoicePayment)
    invoice = _invoice(asked, fact.session)
    if isinstance(invoice, Refusal):
        return invoice
    if fact.what == "written_off":
        if not fact.reason:
            return Refusal(reason="reason: to write it off needs its reason")
        return e.InvoiceWrittenOff(
            session=invoice.number, claim_id=invoice.claim_id, left_cents=invoice.left_cents, reason=fact.reason
        )
    if (refused := _not_to_be_entered(asked, fact, invoice)) is not None:
        return refused
    paid = invoice.left_cents if fact.amount_cents is None else fact.amount_cents
    return _paid(asked, invoice, amount=paid, on=fact.on or asked.today, next_on=fact.next_on)


def _not_to_be_entered(asked: Asked, fact: f.InvoicePayment, invoice: Invoice) -> Refusal | None:
    """Return what is wrong with the day or the amount of a payment, or None."""
    on, amount, left = fact.on or asked.today, fact.amount_cents, invoice.left_cents
    if not invoice.issued_on <= on <= asked.today:
        return Refusal(
            reason=f"on: expected a day from {day_in_words(invoice.issued_on)} to {day_in_words(asked.today)}"
        )
    if fact.what == "paid" and amount not in {None, left}:
        return Refusal(reason=f"amount_cents: {left} are left; tell less as an instalment")
    if fact.what == "instalment" and (amount is None or amount >= left):
        return Refusal(reason=f"amount_cents: expected less than the {left} that are left, else it is paid")
    if fact.next_on is not None and (fact.what == "paid" or fact.next_on <= asked.today):
        return Refusal(reason=f"next_on: with an instalment, expected a day after {day_in_words(asked.today)}")
    return None


def _paid(asked: Asked, invoice: Invoice, *, amount: int, on: date, next_on: date | None) -> e.InvoicePaid:
    later = asked.today + timedelta(days=asked.course.clinic.invoice_due_days)
    return e.InvoicePaid(
        session=invoice.number,
        claim_id=invoice.claim_id,
        amount_cents=amount,
        paid_on=on,
        left_cents=max(0, invoice.left_cents - amount),
        due_on=next_on or later,
    )


def invoice_told(asked: Asked, claim_id: str, *, amount: int, on: date) -> Decided:
    """Take what billing itself knows of an invoice: it was told there that the patient has paid."""
    invoice = next((one for one in asked.course.open_invoices if one.claim_id == claim_id), None)
    if invoice is None or amount <= 0:
        return Refusal(reason="no such invoice is open here")
    return _paid(asked, invoice, amount=amount, on=on, next_on=None).model_copy(update={"told_by_billing": True})


DECISIONS: dict[str, Decide] = {
    "record-signed": record_signed,
    "billing-refused": billing_refused,
    "billed-by-hand": billed_by_hand,
    "invoice-payment": invoice_payment,
}
TOLD_AFTER_THE_END = frozenset(DECISIONS)
