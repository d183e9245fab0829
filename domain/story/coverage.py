"""Who pays: requests, decisions, authorizations, agreements."""

from __future__ import annotations

from domain import events as e
from domain.coverage import Decision
from domain.story.words import Tell, because, covered_after_all_in_words, day_in_words, transition_in_words


def _requested(event: e.AuthorizationRequested, _: str) -> str:
    asked = event.request
    moves_on = asked.transition
    with_it = "" if moves_on is None else f"; {transition_in_words(moves_on)} is asked for with it"
    return (
        f"Authorization request {asked.number} ({asked.purpose}) is to be sent: {asked.sessions} sessions "
        f"of {asked.units_per_session} units, from session {asked.for_session} on{because(asked.reason)}{with_it}"
    )


def _submitted(event: e.PacketSubmitted, _: str) -> str:
    reference = f", reference {event.reference}" if event.reference else ""
    due = day_in_words(event.answer_due_on)
    unshown = f"; the diary does not show the response, sent all the same: {event.reason}" if event.reason else ""
    sent_on = day_in_words(event.submitted_on)
    return f"Request {event.request} went to the payer on {sent_on}{reference}; an answer is due by {due}{unshown}"


def _decided(event: e.AuthorizationDecided, _: str) -> str:
    granted = event.authorization
    if event.decision is Decision.DENIED or granted is None:
        return f"The payer denied request {event.request}{because(event.reason)}"
    units = next((f", {line.quantity} units" for line in granted.lines[1:]), "")
    differs = f"; it differs from what is needed: {'; '.join(granted.differs)}" if granted.differs else ""
    number = f"number {granted.number}" if granted.number else "the number is to come"
    window = f"{day_in_words(granted.from_on)} to {day_in_words(granted.until_on)}"
    paid = covered_after_all_in_words(event.paid_otherwise)
    said = f"The payer approved request {event.request}: {number}, {window}, {granted.sessions} sessions"
    return said + units + differs + paid


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.AuthorizationRequested: _requested,
    e.PacketSubmitted: _submitted,
    e.PayerChased: lambda event, _: f"The payer was asked: {event.result}; again on {day_in_words(event.again_on)}",
    e.AuthorizationDecided: _decided,
    e.AuthorizationExpired: lambda event, _: f"The authorization of request {event.request} has ended",
    e.SelfPayAgreed: lambda event, _: (
        f"The patient agreed in writing on {day_in_words(event.agreement.signed_on)} to pay "
        f"{event.agreement.sessions} sessions"
    ),
}
