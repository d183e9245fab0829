"""What screens and lists read. Every list reckons with the course's own time: the real now and its `ahead`."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import field_validator

from domain.clinic import Clinic
from domain.people import Role
from domain.record import Record
from domain.waits import KINDS, Attempt, WaitKind
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_row, one_value
from readmodel.sql import query

LIMIT = 500
"""More rows than anybody reads; lists say when they were cut."""


class NoSuchCourse(Exception):
    """No course has this id."""


class AmbiguousCourse(Exception):
    """More than one course's id begins so."""


class CourseRow(Record):
    """A course as lists show it. `now` is the course's own time."""

    course_id: str
    workflow_id: str
    patient_id: str
    patient_name: str | None
    record_number: str | None
    number: int
    protocol_id: str
    protocol_version: str
    payer_id: str | None
    coverage_kind: str
    clinician: str
    phase: str
    outcome: str | None
    outcome_reason: str | None
    started_on: date
    ended_on: date | None
    closed_on: date | None
    sample: bool
    sessions_given: int
    last_session_on: date | None
    next_session: int | None
    appointment_id: str | None
    appointment_starts_at: datetime | None
    appointment_status: str | None
    appointment_injector: str | None
    authorization_number: str | None
    authorization_until_on: date | None
    planned_units: int | None
    waiting: str
    waiting_for: tuple[str, ...]
    next_due_at: datetime | None
    ahead: timedelta
    now: datetime

    @property
    def is_overdue(self) -> bool:
        """Whether something that the course waits for is past due."""
        return self.next_due_at is not None and self.next_due_at < self.now


class TaskRow(Record):
    """An open wait with the patient it is about. Its task id outside the course is `<course id>/<wait id>`."""

    course_id: str
    wait_id: str
    kind: WaitKind
    subject: str
    since: datetime
    due: datetime
    raised: int
    owner: str | None
    attempts: tuple[Attempt, ...]
    context: dict[str, str]
    patient_name: str | None
    record_number: str | None
    phone: str | None
    clinician: str
    now: datetime

    @field_validator("attempts", "context", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    @property
    def task_id(self) -> str:
        """Return how the task is named outside its course."""
        return f"{self.course_id}/{self.wait_id}"

    @property
    def title(self) -> str:
        """Return what is to be done."""
        return KINDS[self.kind].title

    @property
    def role(self) -> Role | None:
        """Return whose task it is; None: nobody's, a date or an answer is waited for."""
        return KINDS[self.kind].role

    @property
    def is_overdue(self) -> bool:
        """Whether its due time has passed."""
        return self.due < self.now


class ReceiptRow(Record):
    """The event that a request became."""

    number: int
    kind: str


class DayRow(Record):
    """One appointment of a clinic day. `is_current`: the course knows it as its appointment."""

    appointment_id: str
    course_id: str
    for_session: int
    injector: str
    room: str
    room_name: str
    starts_at: datetime
    ends_at: datetime
    state: str
    patient_name: str | None
    record_number: str | None
    birth_date: date | None
    phone: str | None
    phase: str | None
    coverage_kind: str | None
    payer_id: str | None
    authorization_number: str | None
    authorization_until_on: date | None
    planned_units: int | None
    is_current: bool
    waiting_for: tuple[str, ...]
    waiting: str | None


class MessageRow(Record):
    """A message of the outbox."""

    key: str
    course_id: str
    kind: str
    parameters: dict[str, str]
    send_at: datetime
    status: str
    reason: str | None
    channel: str | None
    tries: int
    next_try_at: datetime | None
    sent_at: datetime | None

    @field_validator("parameters", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class BillLine(Record):
    """One line of a claim."""

    code: str
    quantity: int
    modifiers: tuple[str, ...]
    ndc: str | None


class BillRemittance(Record):
    """What a payer said or paid."""

    state: str
    on: date
    amount_cents: int
    reason_codes: tuple[str, ...]
    reference: str | None
    recorded_at: datetime
    appeal_by: date | None = None
    records_by: date | None = None


class BillStep(Record):
    """What we did about a claim."""

    kind: str
    on: date
    by: str
    note: str
    level: int | None
    level_name: str | None
    last_day: date | None
    reference: str | None
    recorded_at: datetime
    amount_cents: int | None = None


class BillRow(Record):
    """A claim or an invoice with what came back."""

    billed_id: str
    kind: str  # claim, invoice
    number: str
    session: int
    payer_id: str | None
    service_on: date
    amount_cents: int | None
    state: str
    paid_cents: int
    reference: str | None
    filed_at: datetime
    frequency: str | None = None  # 1, 7 or 8; none of an invoice
    replaces: str | None = None
    lines: tuple[BillLine, ...]
    remittances: tuple[BillRemittance, ...]
    steps: tuple[BillStep, ...] = ()

    @field_validator("lines", "remittances", "steps", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


async def courses(
    pool: Pool,
    *,
    now: datetime,
    phase: str | None = None,
    waiting_for: str | None = None,
    payer_id: str | None = None,
    clinician: str | None = None,
    patient_id: str | None = None,
    protocol_id: str | None = None,
    only_open: bool = False,
    limit: int = LIMIT,
) -> list[CourseRow]:
    """Return courses, open ones first, those first that are due first."""
    wanted = (phase, waiting_for, payer_id, clinician, patient_id, protocol_id, only_open, limit)
    return await all_rows(pool, CourseRow, "courses", now, *wanted)


async def courses_with_lot(pool: Pool, lot: str, *, now: datetime) -> list[CourseRow]:
    """Return the courses whose journal names a lot, in lower case; what was corrected since is for the caller to see."""
    with told_as_outages():
        found = await pool.fetch(query("courses_with_lot"), json.dumps(lot, ensure_ascii=False))
    return [await course(pool, row["course_id"], now=now) for row in found]


async def course(pool: Pool, id_or_beginning: str, *, now: datetime) -> CourseRow:
    """Return the course with this id, or the only one whose id begins so. Raises `NoSuchCourse`, `AmbiguousCourse`."""
    rows = await all_rows(pool, CourseRow, "courses_by_id", now, id_or_beginning)
    if not rows or not id_or_beginning:
        raise NoSuchCourse(f"no course has the id {id_or_beginning}")
    if rows[0].course_id != id_or_beginning and len(rows) > 1:
        some = ", ".join(row.course_id for row in rows)
        raise AmbiguousCourse(f"more than one course begins with {id_or_beginning}: {some}")
    return rows[0]


async def open_course(pool: Pool, *, patient_id: str, protocol_id: str, now: datetime) -> CourseRow | None:
    """Return the course that is open for a patient under a protocol."""
    rows = await courses(pool, now=now, patient_id=patient_id, protocol_id=protocol_id, only_open=True, limit=1)
    return rows[0] if rows else None


async def tasks(
    pool: Pool,
    *,
    now: datetime,
    role: Role | None = None,
    course_id: str | None = None,
    owner: str | None = None,
    limit: int = LIMIT,
) -> list[TaskRow]:
    """Return open tasks, most urgent first."""
    kinds = [kind.value for kind, about in KINDS.items() if about.role is not None and role in (None, about.role)]
    return await all_rows(pool, TaskRow, "tasks", now, kinds, course_id, owner, limit)


async def waits_of(pool: Pool, course_id: str, *, now: datetime) -> list[TaskRow]:
    """Return all that a course waits for, tasks and dates alike, the next due first."""
    return await all_rows(pool, TaskRow, "tasks", now, [kind.value for kind in WaitKind], course_id, None, LIMIT)


async def events_of(pool: Pool, course_id: str) -> list[dict[str, Any]]:
    """Return the journal of a course as it was written, oldest first."""
    with told_as_outages():
        rows = await pool.fetch(query("events_of_course"), course_id)
    return [json.loads(row["data"]) for row in rows]


async def receipt_of(pool: Pool, course_id: str, request_id: str) -> ReceiptRow | None:
    """Return what became of a request, also after the end and beyond the course's own ledger."""
    return await one_row(pool, ReceiptRow, "receipt", course_id, request_id)


async def day_sheet(pool: Pool, on: date) -> list[DayRow]:
    """Return the appointments of a clinic day, earliest first."""
    return await all_rows(pool, DayRow, "day_sheet", on)


async def messages(
    pool: Pool, *, course_id: str | None = None, statuses: Collection[str] | None = None, limit: int = LIMIT
) -> list[MessageRow]:
    """Return messages, oldest first."""
    wanted = None if statuses is None else list(statuses)
    return await all_rows(pool, MessageRow, "messages", course_id, wanted, limit)


async def bills_of(pool: Pool, course_id: str) -> list[BillRow]:
    """Return claims and invoices of a course, by session."""
    return await all_rows(pool, BillRow, "bills_of_course", course_id)


async def clinic(pool: Pool) -> Clinic | None:
    """Return the clinic, or None where it was never loaded."""
    settings = await one_value(pool, "clinic")
    return None if settings is None else Clinic.model_validate_json(str(settings))


async def set_ahead(pool: Pool, course_id: str, ahead: timedelta) -> None:
    """Note how far a course's time was moved ahead (embedded stack only)."""
    with told_as_outages():
        await pool.execute(query("set_ahead"), course_id, ahead)
