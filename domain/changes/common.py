"""What all changes share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeAlias

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Authorization
from domain.deviation import Deviation
from domain.hold import Hold, HoldEnd
from domain.session import Session, Unsettled
from domain.waits import KINDS, Wait

TOLD_IN_FROM_EDITION = 2

Changes: TypeAlias = dict[str, Any]
"""Fields of the course and their new values."""

Change: TypeAlias = Callable[[Course, Any], Changes]
"""What an event changes: given the course without the task that the event answered, and the event."""


def nothing(_: Course, __: Any) -> Changes:
    """Return no changes: it was asked or tried only."""
    return {}


def with_row(rows: tuple[Any, ...], key: int | str, **changes: Any) -> tuple[Any, ...]:
    """Return `rows` with `changes` made to the one with this number, request or id."""
    return tuple(row.model_copy(update=changes) if key_of(row) == key else row for row in rows)


def key_of(row: Any) -> int | str:
    """Return what names a row: an authorization by its request, a wait by its id, all others by number."""
    if isinstance(row, Authorization):
        return row.request
    return row.id if isinstance(row, Wait) else row.number


def no_appointment(course: Course, to: str | None = None, reason: str = "") -> dict[str, Any]:
    """Return the changes that leave no appointment and nothing that hung on it; scheduling is still to be told `to`."""
    gone = ("appointment", "booking_wish", "booking_refused", "move_wish", "earlier", "look_from", "readiness")
    changes: dict[str, Any] = dict.fromkeys((*gone, "kept_unready", "clearance"))
    changes["waits"] = tuple(wait for wait in course.waits if not KINDS[wait.kind].of_visit)
    if course.appointment is not None and to is not None:
        told = Unsettled.model_validate({"appointment_id": course.appointment.id, "to": to, "reason": reason})
        changes["unsettled"] = (*course.unsettled, told)
    return changes


def told_in(course: Course, number: int) -> dict[str, int]:
    """Return the event that told something, as the record keeps it so that a correction finds it. 0.1 kept none."""
    return {"told_in": number} if course.edition >= TOLD_IN_FROM_EDITION else {}


def deviated(course: Course, number: int, deviation: Deviation | None) -> Changes:
    """Return the changes of a deviation that came with the event of this number."""
    if deviation is None:
        return {}
    return {"deviations": (*course.deviations, deviation.model_copy(update={"number": number}))}


def with_session(course: Course, number: int, **changes: Any) -> Changes:
    """Return the changes made to the session with this number, also where it was entered in error."""
    if course.session(number) is not None:
        return {"sessions": with_row(course.sessions, number, **changes)}
    return {"sessions_in_error": with_row(course.sessions_in_error, number, **changes)}


def in_order(sessions: tuple[Session, ...]) -> tuple[Session, ...]:
    """Return sessions by their days: one told late stands before what was given after it."""
    return tuple(sorted(sessions, key=lambda session: (session.given_on, session.number)))


def day_after(course: Course) -> date | None:
    """Return the day after the appointment: the time that the patient gave up is not to be found again."""
    if course.appointment is None:
        return None
    return clinic_day(course.appointment.starts_at, course.clinic.zone) + timedelta(days=1)


def held(course: Course, hold: Hold, on: date | None) -> Changes:
    """Return what a hold changes: the appointment is free, only what goes on is waited for, a hold before is replaced."""
    gone = no_appointment(course, "cancelled", "the course is held")
    going_on = tuple(wait for wait in gone["waits"] if KINDS[wait.kind].outlives_end or KINDS[wait.kind].in_hold)
    before = course.holds
    if course.hold is not None:
        before = with_row(before, course.hold.number, ended_on=on, ended=HoldEnd.REPLACED)
        going_on = tuple(wait for wait in going_on if wait.subject != f"hold-{len(before)}")
    return gone | {"waits": going_on, "holds": (*before, hold)}
