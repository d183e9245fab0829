"""What was told against a rule, and what is seen to because of it."""

from __future__ import annotations

import re
from datetime import date, datetime

from domain import events as e
from domain.story.words import (
    Tell,
    against_rules,
    because,
    covered_after_all_in_words,
    day_in_words,
    in_words,
    time_in_words,
)

A_VIAL = re.compile(r"(\d+):([^:,;\s][^:,;]*):(\d{4}-\d\d-\d\d)(?::(\w+))?")
"""A vial, as it is typed and as a correction keeps it: size, lot, expiry and perhaps the drug code."""
A_DAY = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+\+00:00)?")
"""A day or an instant, as a correction keeps what was told."""
A_CODE = re.compile(r"[a-z]+(_[a-z]+)+")


def value_in_words(value: object, zone: str) -> str:
    """Return a value that a correction keeps, with its days and times written out, and a code in words."""
    if A_CODE.fullmatch(str(value)):
        return in_words(str(value))
    said = A_VIAL.sub(lambda found: f"{found[1]} units of lot {found[2]}, expires {found[3]}", str(value))
    return A_DAY.sub(lambda found: _read(found[0], zone), said)


def _corrected(event: e.RecordCorrected, zone: str) -> str:
    said = "; ".join(
        f"{in_words(one.field)}: {value_in_words(one.before, zone)} -> {value_in_words(one.after, zone)}"
        for one in event.changes
    )
    told = f"Event {event.corrects} ({in_words(event.of)}) is corrected: {said}{because(event.reason)}"
    if event.entered_in_error:
        told = f"Event {event.corrects} ({in_words(event.of)}) was ENTERED IN ERROR{because(event.reason)}"
    return told + covered_after_all_in_words(event.paid_otherwise) + against_rules(event.deviation)


def _read(written: str, zone: str) -> str:
    """Return a day or an instant that a machine has written, in words; anything else as it stands."""
    try:
        if "T" in written:
            return time_in_words(datetime.fromisoformat(written), zone)
        return day_in_words(date.fromisoformat(written))
    except ValueError:
        return written


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.DeviationReviewed: lambda event, _: f"The deviation of event {event.deviation} was looked at: {event.note}",
    e.RecordCorrected: _corrected,
    e.ToldAnew: lambda event, _: f"The patient was told anew: {event.how}",
}
