"""Looks up courses: by what people type, their journal, what they wait for, their messages and claims."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from domain.clinic import Clinic
from domain.course import Course, fold
from domain.events import AnyEvent, UnknownEvent, parse_event
from domain.record import Record
from domain.waits import Attempt, WaitKind
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.sql import query


class CourseRow(Record):
    """A course as commands need it: where its workflow is, and how far its time is ahead."""

    course_id: str
    workflow_id: str
    patient_id: str
    number: int
    protocol_id: str
    phase: str
    outcome: str | None
    started_on: date
    ended_on: date | None
    closed_on: date | None
    sample: bool
    waiting: str
    waiting_for: tuple[str, ...]
    ahead: timedelta


class ListedCourse(Record):
    """A course in a list. The name is for people's eyes and stands in no id and no log."""

    course_id: str
    patient_id: str
    name: str | None
    record_number: str | None
    protocol_id: str
    phase: str
    outcome: str | None
    payer_id: str | None
    coverage_kind: str
    clinician: str
    sessions_given: int
    next_session: int | None
    last_session_on: date | None
    started_on: date
    ended_on: date | None
    appointment_starts_at: datetime | None
    appointment_status: str | None
    authorization_number: str | None
    authorization_until_on: date | None
    waiting: str
    waiting_for: tuple[str, ...]
    next_due_at: datetime | None
    ahead: timedelta
    sample: bool


class OpenWait(Record):
    """A wait of some course."""

    course_id: str
    wait_id: str
    kind: WaitKind
    subject: str
    since: datetime
    due: datetime
    look_at: datetime
    raised: int
    owner: str | None
    attempts: tuple[Attempt, ...]
    context: dict[str, str]
    name: str | None
    record_number: str | None
    payer_id: str | None
    last_session_on: date | None
    ahead: timedelta


class FoundPatient(Record):
    """A patient who was looked for, with one of his courses."""

    patient_id: str
    name: str
    record_number: str
    birth_date: date
    phone: str | None
    email: str | None
    course_id: str | None
    protocol_id: str | None
    phase: str | None
    outcome: str | None
    started_on: date | None
    waiting: str | None


class DayEntry(Record):
    """An appointment of a clinic day."""

    course_id: str
    appointment_starts_at: datetime
    name: str | None
    record_number: str | None


class OutboxMessage(Record):
    """A message to the patient, and what became of it."""

    key: str
    kind: str
    parameters: dict[str, str]
    send_at: datetime
    status: str
    reason: str | None
    channel: str | None
    sent_at: datetime | None


class Billed(Record):
    """The claim or invoice of one session, as billing knows it."""

    claim_id: str
    session: int
    kind: str
    number: str
    state: str
    amount_cents: int
    paid_cents: int
    changed_at: datetime


async def _rows(pool: Pool, name: str, *arguments: Any) -> list[dict[str, Any]]:
    with told_as_outages():
        return [dict(row) for row in await pool.fetch(query(name), *arguments)]


async def courses_by_prefix(pool: Pool, prefix: str) -> list[CourseRow]:
    """Return courses whose id begins with `prefix`; no more than six."""
    return [CourseRow.model_validate(row) for row in await _rows(pool, "courses_by_prefix", prefix)]


async def courses_of_patient(pool: Pool, patient_id: str, protocol_id: str) -> list[CourseRow]:
    """Return the patient's courses under a protocol, latest first."""
    return [CourseRow.model_validate(row) for row in await _rows(pool, "courses_of_patient", patient_id, protocol_id)]


async def journal_of(pool: Pool, course_id: str, *, after: int = 0) -> list[AnyEvent | UnknownEvent]:
    """Return what has happened to a course since its event `after`, oldest first."""
    return [parse_event(json.loads(row["data"])) for row in await _rows(pool, "journal_of", course_id, after)]


async def course_of(pool: Pool, row: CourseRow) -> Course:
    """Return the course as its journal makes it."""
    return fold(await journal_of(pool, row.course_id), course_id=row.course_id, patient_id=row.patient_id)


async def event_of_request(pool: Pool, course_id: str, request_id: str) -> int | None:
    """Return the number of the event that a request became, or None."""
    rows = await _rows(pool, "event_of_request", course_id, request_id)
    return int(rows[0]["number"]) if rows else None


async def list_courses(
    pool: Pool, *, phase: str | None, waiting_for: str | None, payer: str | None, limit: int
) -> list[ListedCourse]:
    """Return courses, open ones first, what is due soonest leading."""
    rows = await _rows(pool, "course_list", phase, waiting_for, payer, limit)
    return [ListedCourse.model_validate(row) for row in rows]


async def patients_found(pool: Pool, text: str) -> list[FoundPatient]:
    """Return patients by a part of name, number or contact, a row per course."""
    return [FoundPatient.model_validate(row) for row in await _rows(pool, "patients_found", text)]


async def open_waits(
    pool: Pool, kinds: Sequence[WaitKind], *, course_id: str | None = None, limit: int = 500
) -> list[OpenWait]:
    """Return what courses wait for, most urgent first."""
    rows = await _rows(pool, "open_waits", [kind.value for kind in kinds], course_id, limit)
    return [OpenWait.model_validate(row | _parsed(row, "attempts", "context")) for row in rows]


async def courses_between(pool: Pool, start: datetime, end: datetime) -> list[DayEntry]:
    """Return the appointments from `start` to before `end`."""
    return [DayEntry.model_validate(row) for row in await _rows(pool, "courses_between", start, end)]


async def messages_of(pool: Pool, course_id: str) -> list[OutboxMessage]:
    """Return a course's messages by their time."""
    rows = await _rows(pool, "messages_of", course_id)
    return [OutboxMessage.model_validate(row | _parsed(row, "parameters")) for row in rows]


async def claims_of(pool: Pool, course_id: str) -> list[Billed]:
    """Return the claims and invoices of a course."""
    return [Billed.model_validate(row) for row in await _rows(pool, "claims_of", course_id)]


async def courses_written(pool: Pool, course_ids: Sequence[str]) -> set[str]:
    """Return which of the courses have begun their journal."""
    return {row["course_id"] for row in await _rows(pool, "courses_written", list(course_ids))}


async def put_ahead(pool: Pool, course_id: str, ahead: timedelta) -> None:
    """Record how far a course's time is ahead."""
    with told_as_outages():
        await pool.execute(query("put_ahead"), course_id, ahead)


async def clinic_settings(pool: Pool) -> Clinic | None:
    """Return the clinic as it is set up, or None."""
    rows = await _rows(pool, "clinic_settings")
    return Clinic.model_validate_json(rows[0]["settings"]) if rows else None


def _parsed(row: dict[str, Any], *columns: str) -> dict[str, Any]:
    return {column: json.loads(row[column]) for column in columns}
