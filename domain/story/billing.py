"""The session's record and its bill."""

from __future__ import annotations

from domain import events as e
from domain.claims import Frequency
from domain.story.words import Tell

OPENED = {
    Frequency.ORIGINAL: "Session {} was handed to billing",
    Frequency.REPLACEMENT: "The claim of session {} goes out again, corrected; it names the one it replaces",
    Frequency.VOID: "The claim of session {} is voided",
}


def _handed_over(event: e.ClaimOpened, _: str) -> str:
    if event.replaces is not None and event.frequency is Frequency.ORIGINAL:
        return f"Session {event.session} is billed to {event.payer_id} instead"
    return OPENED[event.frequency].format(event.session)


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.RecordSigned: lambda event, _: f"The record of session {event.session} was signed",
    e.ClaimOpened: _handed_over,
    e.BillingImpossible: lambda event, _: f"Session {event.session} cannot be billed: {event.reason}",
    e.BilledByHand: lambda event, _: f"Session {event.session} was billed by hand: {event.how}",
}
