"""The session's record and its bill."""

from __future__ import annotations

from domain import events as e
from domain.claims import Frequency
from domain.story.words import Tell, day_in_words, dollars

OPENED = {
    Frequency.ORIGINAL: "Session {} was handed to billing",
    Frequency.REPLACEMENT: "The claim of session {} goes out again, corrected; it names the one it replaces",
    Frequency.VOID: "The claim of session {} is voided",
}


def _handed_over(event: e.ClaimOpened, _: str) -> str:
    if event.replaces is not None and event.frequency is Frequency.ORIGINAL:
        return f"Session {event.session} is billed to {event.payer_id} instead"
    return OPENED[event.frequency].format(event.session)


def _rest(event: e.InvoicePaid) -> str:
    if not event.left_cents:
        return "nothing is left"
    return f"{dollars(event.left_cents)} are left, due by {day_in_words(event.due_on)}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.RecordSigned: lambda event, _: f"The record of session {event.session} was signed",
    e.ClaimOpened: _handed_over,
    e.BillingImpossible: lambda event, _: f"Session {event.session} cannot be billed: {event.reason}",
    e.InvoicePaid: lambda event, _: (
        f"The patient paid {dollars(event.amount_cents)} of the invoice of session {event.session} on "
        f"{day_in_words(event.paid_on)}; {_rest(event)}"
    ),
    e.InvoiceWrittenOff: lambda event, _: (
        f"{dollars(event.left_cents)} of the invoice of session {event.session} are written off: {event.reason}"
    ),
    e.BilledByHand: lambda event, _: f"Session {event.session} was billed by hand: {event.how}",
}
