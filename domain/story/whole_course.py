"""What concerns the course as a whole."""

from __future__ import annotations

from domain import events as e
from domain.messages import RED_FLAG_ADVICE
from domain.story.words import (
    Tell,
    in_words,
)

SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.ClinicChanged: lambda *_: "The clinic's settings have changed",
    e.MessageUndelivered: lambda event, _: (
        f"The message {in_words(event.message)} "
        + (
            "was not sent: somebody must call the patient at once"
            if event.message == RED_FLAG_ADVICE
            else "was refused by the mail system"
            if event.status == "failed"
            else "may not have arrived; it is not sent again"
        )
    ),
    e.ReachedOtherwise: lambda event, _: f"The patient was told otherwise: {event.how}",
    e.RollOverAsked: lambda *_: "The course was asked to go on in a new run",
    e.EditionChanged: lambda event, _: f"The course goes by edition {event.edition} of Regimen's rules from here on",
}
