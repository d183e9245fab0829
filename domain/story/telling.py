"""What was told against a rule, and what is seen to because of it."""

from __future__ import annotations

from domain import events as e
from domain.story.words import Tell, against_rules, because, in_words


def _corrected(event: e.RecordCorrected, _: str) -> str:
    said = "; ".join(f"{in_words(one.field)}: {one.before} -> {one.after}" for one in event.changes)
    told = f"Event {event.corrects} ({in_words(event.of)}) is corrected: {said}{because(event.reason)}"
    if event.entered_in_error:
        told = f"Event {event.corrects} ({in_words(event.of)}) was ENTERED IN ERROR{because(event.reason)}"
    return told + against_rules(event.deviation)


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.DeviationReviewed: lambda event, _: f"The deviation of event {event.deviation} was looked at: {event.note}",
    e.RecordCorrected: _corrected,
    e.ToldAnew: lambda event, _: f"The patient was told anew: {event.how}",
}
