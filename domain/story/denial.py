"""What follows a payer's no or not yet: the step chosen, what is waited for, who pays meanwhile."""

from __future__ import annotations

from domain import events as e
from domain.denial import DenialStep
from domain.eligibility import NotYet
from domain.story.words import Tell, because, day_in_words, in_words

STEPS: dict[DenialStep, str] = {
    DenialStep.SEND_ANEW: "a new request is sent",
    DenialStep.PEER_TO_PEER: "our clinician talks with the payer's",
    DenialStep.APPEAL: "an appeal",
    DenialStep.WAIT: "what is missing is waited for",
    DenialStep.SELF_PAY: "the patient pays as agreed",
    DenialStep.STOP: "the course stops",
}
assert STEPS.keys() == set(DenialStep), "every step has its words"


def _chosen(event: e.NextStepChosen, _: str) -> str:
    said = f"After the denial of request {event.denial}: {STEPS[event.step]}"
    asked = event.request
    if asked is not None:
        level = f", level {asked.level}" if asked.level else ""
        until = f", by {day_in_words(asked.last_on)} at the latest" if asked.last_on else ""
        said += f" (request {asked.number}{level}{until})"
    if event.coverage is not None:
        said += f"; drug from {in_words(event.coverage.drug_source)}, in {in_words(event.coverage.place_of_service)}"
    return said + _asked_about(event.not_yet) + because(event.note)


def _asked_about(not_yet: NotYet | None) -> str:
    return "" if not_yet is None else f"; asked about on {day_in_words(not_yet.ask_on)}"


def _not_yet(event: e.NotYetFound, _: str) -> str:
    missing = " ".join(event.not_yet.missing)
    return f"The payer is not asked yet, what it misses takes time{_asked_about(event.not_yet)}{because(missing)}"


def _trial(event: e.TrialTold, _: str) -> str:
    verdict = event.payer_verdict
    met = "" if verdict is None else f"; the payer's criteria are {'met' if verdict.met else 'not met'}"
    return f"What the payer asks for was told anew{met}{_asked_about(event.not_yet)}{because(event.note)}"


def _confirmed(event: e.SelfPayConfirmed, _: str) -> str:
    may = "may be charged as agreed" if event.may_be_charged else "may NOT be charged; the agreement does not hold"
    return f"The insured patient {may}{because(event.reason)}"


def _asked_anyway(event: e.PayerAskedAnyway, _: str) -> str:
    number = event.request.number
    if event.letter_by is None:
        return f"Request {number} asks the payer again, whose yes falls short: {event.reason}"
    return (
        f"Request {number} goes to the payer although its criteria are not met, with a letter of "
        f"{event.letter_by}: {event.reason}"
    )


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.NextStepChosen: _chosen,
    e.RequestLapsed: lambda event, _: f"Request {event.request} was not sent by the payer's last day and has lapsed",
    e.MoreTimeGranted: lambda event, _: (
        f"The payer granted more time for {STEPS[event.step]}, until {day_in_words(event.last_on)}: {event.reference}"
    ),
    e.NotYetFound: _not_yet,
    e.TrialTold: _trial,
    e.PayerAskedAnyway: _asked_anyway,
    e.SelfPayConfirmed: _confirmed,
    e.RiskTaken: lambda event, _: f"Session {event.risk.session} is at the clinic's risk: {event.risk.reason}",
}
