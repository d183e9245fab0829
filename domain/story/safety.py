"""The safety watch and what happens to the patient."""

from __future__ import annotations

from domain import events as e
from domain.story.words import (
    Tell,
    because,
    day_in_words,
    in_words,
)


def _adverse(event: e.AdverseEventRecorded, _: str) -> str:
    told = event.adverse_event
    what = f", {in_words(told.effect)}" if told.effect else ""
    serious = ", SERIOUS" if told.serious else ""
    began = f", began on {day_in_words(told.onset_on)}" if told.onset_on else ""
    by = ", told by a message" if told.channel == "message" else ""
    return f"Adverse event {told.number}{what}{serious}{began}{by}{because(told.note)}{flags_in_words(told.red_flags)}"


def flags_in_words(flags: tuple[str, ...]) -> str:
    return f"; RED FLAG: {', '.join(in_words(flag) for flag in flags)}" if flags else ""


def _adverse_reviewed(event: e.AdverseEventReviewed, _: str) -> str:
    asked = f"; asked for {', '.join(in_words(flag) for flag in event.asked)}" if event.asked else ""
    found = flags_in_words(event.red_flags) or ("; none is there" if event.asked else "")
    again = f"; look again on {day_in_words(event.look_again_on)}"
    return (
        f"A clinician looked at adverse event {event.adverse_event}: {event.note}{asked}{found}"
        f"{_reported(reported=event.reported)}{again}"
    )


def _reported(*, reported: bool | None) -> str:
    return {True: "; it is reported", False: "; it is not reported", None: ""}[reported]


def _reviewed(event: e.RedFlagReviewed, _: str) -> str:
    verdict = "and lifted the stop" if event.lift else "and keeps the stop"
    return f"A clinician looked at adverse event {event.adverse_event} {verdict}: {event.note}{_reported(reported=event.reported)}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.SafetyWatchEnded: lambda event, _: (
        f"The safety watch after session {event.session} is over: {in_words(event.how)}{because(event.note)}"
    ),
    e.AdverseEventRecorded: _adverse,
    e.RedFlagReviewed: _reviewed,
    e.AdverseEventReviewed: _adverse_reviewed,
    e.AdverseEventEnded: lambda event, _: (
        f"Adverse event {event.adverse_event} was over on {day_in_words(event.ended_on)}{because(event.note)}"
    ),
    e.SitesReviewed: lambda event, _: (
        f"The planned sites were looked at because of adverse event {event.adverse_event}: {event.note}"
    ),
}
