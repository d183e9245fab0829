"""Scheduling: finding, booking, moving and cancelling the time of a session.

Shaped by FHIR R4: a `Slot` is a free time of an injector, an appointment joins course, injector and room.
FHIR's words for our states: tentative is `proposed`, confirmed is `booked`; the others are the same.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from temporalio import activity

from activities.failures import Refused, tell_failures
from domain.record import Record


class AppointmentState(StrEnum):
    """Where an appointment stands. Only the first two lie ahead."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"


class SlotNotFound(Refused):
    """No free time in the window that was asked for."""


class TimeNotFree(Refused):
    """The time wished for is taken, closed or outside hours."""


class FindSlots(Record):
    """Free times from `not_before`, earliest first."""

    not_before: datetime
    not_after: datetime | None = None  # a slot may start at this moment, not later; None: as far as the clinic plans
    minutes: int
    injector: str | None = None  # user id
    limit: int = 20
    not_on: tuple[date, ...] = ()  # the clinic's days to leave out


class Slot(Record):
    """A free time of one injector, with a room that is free then."""

    starts_at: datetime
    ends_at: datetime
    injector: str
    room: str


class BookSession(Record):
    """Book the first free time from `not_before`, or exactly `starts_at` where somebody wished for it.

    The same key books once: it gets the first appointment again, also when it asks for another time by now.
    """

    course_id: str
    key: str
    for_session: int
    not_before: datetime
    not_after: datetime | None = None
    minutes: int
    injector: str | None = None
    starts_at: datetime | None = None
    asked_at: datetime


class BookedSlot(Record):
    """What was booked. A new appointment is tentative."""

    appointment_id: str
    starts_at: datetime
    ends_at: datetime
    injector: str
    room: str


class MoveSession(Record):
    """Book a new time and free the old one, both or neither. The booking's key counts."""

    appointment_id: str
    reason: str
    booking: BookSession


class ChangeAppointment(Record):
    """Bring an appointment into another state. The same key changes once."""

    appointment_id: str
    key: str
    to: AppointmentState
    reason: str = ""
    at: datetime


class ChangedAppointment(Record):
    """Where the appointment stands after the change."""

    appointment_id: str
    state: AppointmentState


class Scheduling(Protocol):
    """The clinic's scheduling.

    Raises `Unavailable`, `SlotNotFound`, `TimeNotFree`, `Refused` (no such appointment, or it cannot become that),
    `Conflict` (the key was used for something else).
    """

    async def find_slots(self, wanted: FindSlots) -> tuple[Slot, ...]: ...

    async def book_session(self, wanted: BookSession) -> BookedSlot: ...

    async def move_session(self, wanted: MoveSession) -> BookedSlot: ...

    async def change_appointment(self, change: ChangeAppointment) -> ChangedAppointment: ...


class SchedulingActivities:
    """What a course asks of scheduling."""

    def __init__(self, scheduling: Scheduling) -> None:
        self._scheduling = scheduling

    @activity.defn
    @tell_failures
    async def find_slots(self, wanted: FindSlots) -> tuple[Slot, ...]:
        return await self._scheduling.find_slots(wanted)

    @activity.defn
    @tell_failures
    async def book_session(self, wanted: BookSession) -> BookedSlot:
        return await self._scheduling.book_session(wanted)

    @activity.defn
    @tell_failures
    async def move_session(self, wanted: MoveSession) -> BookedSlot:
        return await self._scheduling.move_session(wanted)

    @activity.defn
    @tell_failures
    async def change_appointment(self, change: ChangeAppointment) -> ChangedAppointment:
        return await self._scheduling.change_appointment(change)
