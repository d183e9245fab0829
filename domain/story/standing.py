"""Whether the course goes on: endings, reopening, closing."""

from __future__ import annotations

from domain import events as e
from domain.story.words import (
    Tell,
    because,
    day_in_words,
    in_words,
)


def _ended(event: e.CourseEnded, _: str) -> str:
    died = f", on {day_in_words(event.died_on)}" if event.died_on is not None else ""
    return f"The course ended: {in_words(event.outcome)}{died}, {in_words(event.reason)}{because(event.note)}"


def _held(event: e.HoldBegun, _: str) -> str:
    hold = event.hold
    freed = f"; appointment {hold.freed} is given up" if hold.freed is not None else ""
    return (
        f"The course is held for {in_words(hold.reason)}{because(hold.note)}; review on "
        f"{day_in_words(hold.review_on)}; stopped: {', '.join(hold.stops)}{freed}"
    )


def _resumed(event: e.HoldEnded, _: str) -> str:
    anew = f"; settled anew: {', '.join(event.anew)}" if event.anew else ""
    return f"The hold was lifted: {event.reason}{anew}"


def _gap(event: e.GapTooLong, _: str) -> str:
    return f"Nothing was given since {day_in_words(event.since)}, too long; settled anew: {', '.join(event.anew)}"


def _handed_over(event: e.PatientHandedOver, _: str) -> str:
    consent = f", consent of {day_in_words(event.consent_signed_on)}" if event.consent_signed_on else ""
    went = (
        "The patient wanted no dossier sent" if event.dossier_to is None else f"The dossier went to {event.dossier_to}"
    )
    return f"{went}{consent}; open authorization: {in_words(event.authorization)}"


def _tried(event: e.ContactTried, _: str) -> str:
    tried = event.attempt
    if event.reached:
        return f"The patient was reached by {tried.way}: {tried.result}"
    again = f"; again on {day_in_words(tried.again_on)}" if tried.again_on else ""
    return f"Tried to reach the patient by {tried.way}: {tried.result}{again}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.CourseEnded: _ended,
    e.CourseReopened: lambda event, _: f"The course was reopened, agreed by {event.agreed_by}: {event.reason}",
    e.CourseClosed: lambda *_: "The course is closed for good",
    e.HoldBegun: _held,
    e.HoldProlonged: lambda event, _: (
        f"The hold goes on; review on {day_in_words(event.review_on)}{because(event.note)}"
    ),
    e.HoldEnded: _resumed,
    e.GapTooLong: _gap,
    e.DeathReviewed: lambda event, _: (
        f"A clinician looked at the death: related to the injection: {event.related}; "
        f"{'reported' if event.reported else 'not reported'}{because(event.note)}"
    ),
    e.PatientHandedOver: _handed_over,
    e.ContactTried: _tried,
}
