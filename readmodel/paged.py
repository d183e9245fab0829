"""Lists in pages, for programs: each page begins after the last row of the one before, whatever was added meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from domain.record import Record
from domain.waits import WaitKind
from readmodel.lookups import CourseRow, TaskRow
from readmodel.pool import Pool
from readmodel.rows import all_rows


class AppointmentRow(Record):
    """An appointment as lists show it."""

    appointment_id: str
    course_id: str
    for_session: int
    injector: str
    room: str
    starts_at: datetime
    ends_at: datetime
    state: str
    reason: str
    moved_from: str | None
    patient_name: str | None
    record_number: str | None


class SentRow(Record):
    """A message as lists show it: what it says stays between clinic and patient."""

    key: str
    course_id: str
    kind: str
    send_at: datetime
    status: str
    reason: str | None
    channel: str | None
    tries: int
    next_try_at: datetime | None
    sent_at: datetime | None


class ClaimRow(Record):
    """A claim as lists show it."""

    claim_id: str
    control_number: str
    replaces: str | None
    frequency: str
    course_id: str
    session: int
    payer_id: str
    place_of_service: str
    service_on: date
    diagnoses: tuple[str, ...]
    authorization_number: str | None
    injector: str
    amount_cents: int | None
    state: str
    paid_cents: int
    reference: str | None
    filed_at: datetime
    changed_at: datetime


async def courses_page(
    pool: Pool,
    *,
    now: datetime,
    phase: str | None,
    waiting_for: str | None,
    payer_id: str | None,
    clinician: str | None,
    protocol_id: str | None,
    is_open: bool | None,
    after: tuple[date, str] | None,
    limit: int,
) -> list[CourseRow]:
    """Return courses, the last begun first."""
    begun_on, course_id = after or (None, None)
    wanted = (phase, waiting_for, payer_id, clinician, protocol_id, is_open, begun_on, course_id, limit)
    return await all_rows(pool, CourseRow, "api_courses", now, *wanted)


async def tasks_page(
    pool: Pool,
    *,
    now: datetime,
    kinds: Collection[WaitKind],
    course_id: str | None,
    owner: str | None,
    unowned: bool | None,
    payer_id: str | None,
    overdue: bool | None,
    after: tuple[datetime, str, str] | None,
    limit: int,
) -> list[TaskRow]:
    """Return open waits, those first that are due first."""
    wanted = ([kind.value for kind in kinds], course_id, owner, unowned, payer_id, overdue)
    return await all_rows(pool, TaskRow, "api_tasks", now, *wanted, *(after or (None, None, None)), limit)


async def appointments_page(
    pool: Pool,
    *,
    first_on: date,
    last_on: date,
    injector: str | None,
    room: str | None,
    state: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[AppointmentRow]:
    """Return appointments of some days, earliest first."""
    wanted = (first_on, last_on, injector, room, state, *(after or (None, None)), limit)
    return await all_rows(pool, AppointmentRow, "api_appointments", *wanted)


async def messages_page(
    pool: Pool, *, course_id: str | None, status: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[SentRow]:
    """Return messages, oldest first."""
    return await all_rows(pool, SentRow, "api_messages", course_id, status, *(after or (None, None)), limit)


async def claims_page(
    pool: Pool, *, state: str | None, payer_id: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[ClaimRow]:
    """Return claims, the last filed first."""
    return await all_rows(pool, ClaimRow, "api_claims", state, payer_id, *(after or (None, None)), limit)
