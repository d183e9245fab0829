"""The clinic's calendar as screens show it: appointments of some days, where and by whom, and what is still to book."""

from __future__ import annotations

from datetime import date, datetime

from domain.record import Record
from domain.waits import WaitKind
from readmodel.lookups import LIMIT, TaskRow
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_row


class AppointmentRow(Record):
    """One appointment. `is_current`: the course knows it as its appointment."""

    appointment_id: str
    course_id: str
    for_session: int
    injector: str
    room: str
    starts_at: datetime
    ends_at: datetime
    state: str
    patient_name: str | None
    record_number: str | None
    is_current: bool
    after_authorization: bool | None
    """Whether it lies after the end of the authorization that the course has; None: it has none."""


class Around(Record):
    """The nearest days with an appointment before and after some days; None: there is none."""

    before_on: date | None = None
    next_on: date | None = None


class Place(Record):
    """An injector or a room."""

    kind: str
    id: str
    name: str


async def appointments_between(
    pool: Pool, first_on: date, last_on: date, *, injector: str | None = None, room: str | None = None
) -> list[AppointmentRow]:
    """Return the appointments of some clinic days, earliest first."""
    return await all_rows(pool, AppointmentRow, "appointments_between", first_on, last_on, injector, room)


async def booked_around(
    pool: Pool, first_on: date, last_on: date, *, injector: str | None = None, room: str | None = None
) -> Around:
    """Return the nearest days before and after some clinic days on which somebody comes."""
    return await one_row(pool, Around, "booked_around", first_on, last_on, injector, room) or Around()


async def rooms_and_injectors(pool: Pool) -> list[Place]:
    """Return where sessions are given and by whom."""
    return await all_rows(pool, Place, "rooms_and_injectors")


async def names_of_places(pool: Pool) -> dict[str, str]:
    """Return how rooms and people are called, by their ids, also those that are not active any more."""
    return {one.id: one.name for one in await all_rows(pool, Place, "names_of_places")}


async def to_book(pool: Pool, *, now: datetime) -> list[TaskRow]:
    """Return the courses for which scheduling found no time, so that a person books, most urgent first."""
    return await all_rows(pool, TaskRow, "tasks", now, [WaitKind.BOOKING.value], None, None, LIMIT)
