"""Moving an appointment, and taking that back: for ten minutes the patient hears nothing of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.session import Appointment, Moved

QUIET_FROM_EDITION = 2
"""Courses that an earlier release began tell the patient of a move at once."""

UNDO_FOR = timedelta(minutes=10)
"""So long a move can be taken back."""

QUIET_FOR = timedelta(minutes=12)
"""So long the patient is not told of it: scheduling may take a moment for the way back."""

SURELY_UNTOLD_FOR = timedelta(minutes=11)
"""Until then no message of the move can have gone out."""


def undo_until(appointment: Appointment) -> datetime | None:
    """Return until when the last move of an appointment can be taken back; None where none moved it."""
    return None if appointment.moved is None else appointment.moved.at + UNDO_FOR


def quiet_until(appointment: Appointment, at: datetime) -> datetime:
    """Return when at the earliest the patient is told anything about an appointment, from `at` on."""
    return at if appointment.moved is None else max(at, appointment.moved.at + QUIET_FOR)


def moved_from(before: Appointment, at: datetime) -> Moved:
    """Return where an appointment stood that is moved now."""
    known = before.moved is None or before.moved.at + QUIET_FOR <= at
    return Moved(at=at, starts_at=before.starts_at, injector=before.injector, is_known=known)


def is_taken_back_unheard(before: Appointment, at: datetime) -> bool:
    """Whether moving back now leaves the patient with what he was told: the time before, and nothing since."""
    moved = before.moved
    return moved is not None and moved.is_known and at < moved.at + SURELY_UNTOLD_FOR
