"""What an event told: the number of the thing that it is about. A correction names it."""

from __future__ import annotations

from domain import events as e
from domain.events import CourseEvent


def subject_of(told: CourseEvent) -> int | None:
    """Return the number of the session, visit, adverse event, wearing-off or request that an event is about."""
    match told:
        case e.SafetyWatchEnded():
            return told.session
        case e.ResponseAnswered():
            return told.check.session
        case _:
            pass
    for name, number in (
        ("session", "number"),
        ("visit", "appointment"),
        ("adverse_event", "number"),
        ("wearing_off", "number"),
    ):
        about = getattr(told, name, None)
        if about is not None:
            return int(getattr(about, number))
    return getattr(told, "request", None)


def watch_of(told: CourseEvent) -> int | None:
    """Return the session whose safety call told an adverse event, or None."""
    return told.ends_watch_of if isinstance(told, e.AdverseEventRecorded) else None
