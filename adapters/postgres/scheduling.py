"""The clinic's own scheduling. That nothing overlaps is the database's doing, whoever books at the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

import asyncpg

from activities.failures import Conflict, Refused, Unavailable
from activities.scheduling import (
    AppointmentState,
    BookedSlot,
    BookSession,
    ChangeAppointment,
    ChangedAppointment,
    FindSlots,
    MoveSession,
    Slot,
    SlotNotFound,
    TimeNotFree,
)
from adapters.postgres.calendar import Calendar
from domain.clinic_time import clinic_day
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Connection, Pool
from readmodel.sql import query

LOOK_DAYS = 14
"""How much of the calendar is read at once."""

HORIZON = timedelta(days=183)
"""How far ahead the clinic plans when nobody says until when."""

RACES_MAX = 25
"""How often others may take a slot between our finding it and booking it."""

NEXT: dict[AppointmentState, frozenset[AppointmentState]] = {
    AppointmentState.TENTATIVE: frozenset(AppointmentState) - {AppointmentState.TENTATIVE},
    AppointmentState.CONFIRMED: frozenset(
        {AppointmentState.CANCELLED, AppointmentState.FULFILLED, AppointmentState.NOSHOW}
    ),
    AppointmentState.NOSHOW: frozenset({AppointmentState.FULFILLED}),  # the patient came after all
    AppointmentState.FULFILLED: frozenset(),
    AppointmentState.CANCELLED: frozenset(),
}
assert NEXT.keys() == set(AppointmentState), "every state says what can follow"


class _TakenMeanwhile(Exception):
    """Somebody else booked the slot that we had found. The transaction is rolled back and we look again."""


class _AppointmentRow(Record):
    appointment_id: str
    course_id: str
    for_session: int
    starts_at: datetime
    ends_at: datetime
    injector: str
    room: str

    def booked(self) -> BookedSlot:
        return BookedSlot.model_validate(self.model_dump(exclude={"course_id", "for_session"}))


class PostgresScheduling:
    """Appointments in our own tables."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find_slots(self, wanted: FindSlots) -> tuple[Slot, ...]:
        """Return the first free times."""
        with told_as_outages():
            async with self._pool.acquire() as connection:
                return await _free_slots(connection, wanted)

    async def book_session(self, wanted: BookSession) -> BookedSlot:
        """Book; a key that has booked before gets the same appointment again, whatever it asks for now."""
        return await self._book(wanted, None)

    async def move_session(self, wanted: MoveSession) -> BookedSlot:
        """Book the new time and free the old one in one transaction."""
        return await self._book(wanted.booking, wanted)

    async def _book(self, wanted: BookSession, move: MoveSession | None) -> BookedSlot:
        with told_as_outages():
            for _ in range(RACES_MAX):
                try:
                    async with self._pool.acquire() as connection, connection.transaction():
                        return await _book_once(connection, wanted, move)
                except (_TakenMeanwhile, asyncpg.DeadlockDetectedError):
                    continue
        raise Unavailable("too many book at this moment; it is tried again")

    async def change_appointment(self, change: ChangeAppointment) -> ChangedAppointment:
        """Bring the appointment into the state, once per key."""
        with told_as_outages():
            async with self._pool.acquire() as connection, connection.transaction():
                state = await _change_once(connection, change)
        return ChangedAppointment(appointment_id=change.appointment_id, state=state)


async def _book_once(connection: Connection, wanted: BookSession, move: MoveSession | None) -> BookedSlot:
    if (before := await _row(connection, "appointment_by_key", wanted.key)) is not None:
        if (before.course_id, before.for_session) != (wanted.course_id, wanted.for_session):
            raise Conflict(f"key {wanted.key} has booked session {before.for_session} of course {before.course_id}")
        return before.booked()
    if move is not None:
        await _free_for_move(connection, move)
    slot = await _slot_for(connection, wanted)
    booked = await _row(
        connection,
        "book_appointment",
        wanted.key,
        wanted.model_dump_json(),
        wanted.course_id,
        wanted.for_session,
        slot.injector,
        slot.room,
        slot.starts_at,
        slot.ends_at,
        move.appointment_id if move else None,
        wanted.asked_at,
    )
    if booked is None:
        raise _TakenMeanwhile
    return booked.booked()


async def _row(connection: Connection, name: str, *parameters: object) -> _AppointmentRow | None:
    row = await connection.fetchrow(query(name), *parameters)
    return _AppointmentRow.model_validate(dict(row)) if row else None


async def _free_for_move(connection: Connection, move: MoveSession) -> None:
    await _change_once(
        connection,
        ChangeAppointment(
            appointment_id=move.appointment_id,
            key=f"{move.booking.key}/moved-from",
            to=AppointmentState.CANCELLED,
            reason=f"moved: {move.reason}",
            at=move.booking.asked_at,
        ),
    )


async def _slot_for(connection: Connection, wanted: BookSession) -> Slot:
    if wanted.starts_at is not None:
        return await _slot_wished_for(connection, wanted, wanted.starts_at)
    search = FindSlots(
        not_before=wanted.not_before,
        not_after=wanted.not_after,
        minutes=wanted.minutes,
        injector=wanted.injector,
        limit=1,
    )
    found = await _free_slots(connection, search)
    if not found:
        until = wanted.not_after or wanted.not_before + HORIZON
        whose = f" of {wanted.injector}" if wanted.injector else ""
        raise SlotNotFound(f"no free time{whose} from {wanted.not_before:%Y-%m-%d} to {until:%Y-%m-%d}")
    return found[0]


async def _slot_wished_for(connection: Connection, wanted: BookSession, starts_at: datetime) -> Slot:
    """Return the slot at the time wished for. Whether the course allows that day is the course's to say."""
    calendar = await _calendar(connection, starts_at - timedelta(days=1), starts_at + timedelta(days=1))
    slot = calendar.slot_at(starts_at, minutes=wanted.minutes, injector=wanted.injector)
    if isinstance(slot, str):
        raise TimeNotFree(slot)
    return slot


async def _free_slots(connection: Connection, wanted: FindSlots) -> tuple[Slot, ...]:
    until = wanted.not_after or wanted.not_before + HORIZON
    found: list[Slot] = []
    begins = wanted.not_before
    while begins <= until and len(found) < wanted.limit:
        # A day more on both sides: the window's days are the clinic's, and who is busy counts by the day.
        ends = min(begins + timedelta(days=LOOK_DAYS), until)
        calendar = await _calendar(connection, begins - timedelta(days=1), ends + timedelta(days=2))
        free = calendar.free_slots(not_before=begins, not_after=ends, minutes=wanted.minutes, injector=wanted.injector)
        slots = (slot for slot in free if clinic_day(slot.starts_at, calendar.zone) not in wanted.not_on)
        found += islice(slots, wanted.limit - len(found))
        begins = ends + timedelta(microseconds=1)
    return tuple(found)


async def _calendar(connection: Connection, begins: datetime, ends: datetime) -> Calendar:
    document = await connection.fetchval(query("calendar"), begins, ends)
    if document is None:
        raise Refused("the clinic is not set up: load its file with `starter.py clinic load FILE.toml`")
    return Calendar.model_validate_json(document)


async def _change_once(connection: Connection, change: ChangeAppointment) -> AppointmentState:
    now = await connection.fetchval(query("lock_appointment"), change.appointment_id)
    if now is None:
        raise Refused(f"there is no appointment {change.appointment_id}")
    before = await connection.fetchrow(query("change_by_key"), change.key)
    if before is not None:
        if (before["appointment_id"], before["state"]) != (change.appointment_id, change.to):
            raise Conflict(f"key {change.key} has made appointment {before['appointment_id']} {before['state']}")
        return AppointmentState(before["state"])
    state = AppointmentState(now)
    if state is not change.to:
        if change.to not in NEXT[state]:
            raise Refused(f"the appointment is {state} and cannot become {change.to}")
        parameters = (change.key, change.appointment_id, change.model_dump_json(), change.to, change.reason, change.at)
        await connection.execute(query("change_appointment"), *parameters)
    return change.to
