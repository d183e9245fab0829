"""Corrections: an event that names what it corrects. Both values stay."""

from __future__ import annotations

from datetime import date

from domain.record import Record


class Changed(Record):
    """One field of a record: what it said, and what it says now."""

    field: str
    before: str
    after: str


class CorrectionMade(Record):
    """A correction as the course keeps it. `corrects` is the number of the event that it names."""

    number: int
    corrects: int
    of: str  # the kind of that event
    subject: int | None = None  # the session, request, adverse event or appointment that it is about
    changes: tuple[Changed, ...]
    reason: str
    by: str
    on: date
