"""Authorizations and ways of payment that have changed."""

from __future__ import annotations

from domain import events as e
from domain.coverage import ApprovalAnswer
from domain.hold import LapseAnswer
from domain.story.words import Tell, because, covered_after_all_in_words, day_in_words, in_words, payment_in_words


def _amended(event: e.AuthorizationAmended, _: str) -> str:
    now = event.authorization
    units = next((f", {line.quantity} units" for line in now.lines[1:]), "")
    asked = f", as request {event.answers} asked" if event.answers is not None else ""
    return (
        f"The payer changed {now.name}{asked}: to {day_in_words(now.until_on)}, "
        f"{now.sessions} sessions{units}{because(event.reason)}{covered_after_all_in_words(event.paid_otherwise)}"
    )


def _withdrawn(event: e.AuthorizationWithdrawn, _: str) -> str:
    given = "".join(f"; session {one.session} is not covered any more" for one in event.paid_anew)
    day = day_in_words(event.from_on)
    return f"The payer took the authorization of request {event.request} back from {day} on: {event.reason}{given}"


def _answered(event: e.ApprovalAnswered, _: str) -> str:
    if event.answer is ApprovalAnswer.CONTEST:
        return f"The approval of request {event.request} is contested{because(event.reason)}"
    taken = [in_words(one) for one in (event.drug_source, event.place_of_service) if one is not None]
    planned = f"; planned from now on: {', '.join(taken)}" if taken else ""
    return f"The approval of request {event.request} is accepted as it is{planned}{because(event.reason)}"


def _changed(event: e.CoverageChanged, _: str) -> str:
    given = "".join(f"; session {one.session} is paid anew" for one in event.paid_anew)
    day, where = day_in_words(event.from_on), in_words(event.coverage.place_of_service)
    return f"From {day} on {payment_in_words(event.coverage)}, {where}: {event.reason}{given}"


def _transition(event: e.TransitionAnswered, _: str) -> str:
    granted = event.authorization
    if granted is None:
        return f"The payer refused a transition period for request {event.request}{because(event.reason)}"
    until, count = day_in_words(granted.until_on), granted.sessions
    sessions = f"{count} session{'s' if count > 1 else ''}"
    number = f" under number {granted.number}" if granted.number else ""
    return (
        f"The payer granted a transition period to {until}, {sessions}{number}{because(event.reason)}"
        f"{covered_after_all_in_words(event.paid_otherwise)}"
    )


def _dealt_with(event: e.LapseDealtWith, _: str) -> str:
    number, asks = event.request, event.asks
    become = {
        LapseAnswer.KEEP: f"what request {number} stands for is kept as it is",
        LapseAnswer.WITHDRAW: f"request {number} is withdrawn",
        LapseAnswer.GIVE_BACK: f"the authorization of request {number} is given back",
    }
    if asks is not None and asks.until_on is not None:
        ref = f", {asks.reference}" if asks.reference else ""
        until = day_in_words(asks.until_on)
        said = f"the payer is asked to extend the authorization of request {number} to {until}{ref}"
    else:
        said = become[event.answer]
    return f"While the course is held {said}{because(event.note)}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.AuthorizationAmended: _amended,
    e.AuthorizationWithdrawn: _withdrawn,
    e.ApprovalAnswered: _answered,
    e.RequestClosed: lambda event, _: f"No answer to request {event.request} is waited for any more: {event.reason}",
    e.UnpaidUnitsAccepted: lambda event, _: (
        f"{event.units} units of session {event.session} may stay unpaid, accepted: {event.reason}"
    ),
    e.CoverageChanged: _changed,
    e.TransitionAnswered: _transition,
    e.LapseDealtWith: _dealt_with,
}
