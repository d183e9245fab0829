"""How ids, days and times are shown to people."""

from __future__ import annotations

from datetime import date, datetime

from domain.clinic_time import clinic_clock

SHORT_ID = 8
"""So many characters of a course id are shown: enough to type, and clear among thousands of courses."""


def short(course_id: str) -> str:
    """Return as much of a course id as people type."""
    return course_id[:SHORT_ID]


def times(count: int) -> str:
    """Return how often something was, as people say it."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def day(on: date | None) -> str:
    """Return a day for a table, or a dash."""
    return "-" if on is None else f"{on:%d %b %Y}"


def moment(at: datetime | None, zone: str) -> str:
    """Return an instant by the clinic's clock, or a dash."""
    return "-" if at is None else f"{clinic_clock(at, zone):%a %d %b %Y %H:%M}"
