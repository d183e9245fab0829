"""What is found by something else than a patient: courses by an authorization's number, claims that a payer reopened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from domain.record import Record
from readmodel.lookups import CourseRow
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows
from readmodel.sql import query


class ReopenedClaim(Record):
    """A claim that a payer reviewed after payment (`reopened`), or whose money it took back (`taken_back`)."""

    claim_id: str
    course_id: str
    session: int
    payer_id: str
    service_on: date
    control_number: str
    state: str
    paid_cents: int
    told: str
    told_on: date
    amount_cents: int
    reason_codes: tuple[str, ...]
    reference: str | None
    records_by: date | None
    appeal_by: date | None
    patient_name: str | None
    record_number: str | None


async def courses_in(pool: Pool, course_ids: Collection[str], *, now: datetime) -> list[CourseRow]:
    """Return these courses, the latest begun first."""
    return await all_rows(pool, CourseRow, "courses_in", now, list(course_ids)) if course_ids else []


async def courses_by_authorization(pool: Pool, number: str, *, now: datetime) -> list[CourseRow]:
    """Return the courses that have or had an authorization of this number; upper and lower case are one."""
    with told_as_outages():
        rows = await pool.fetch(query("find_by_authorization"), number.strip())
    return await courses_in(pool, [row["course_id"] for row in rows], now=now)


async def courses_by_book(pool: Pool, book: str, version: str, *, now: datetime, limit: int) -> list[CourseRow]:
    """Return courses that go or went by a version of a protocol or policy."""
    with told_as_outages():
        rows = await pool.fetch(query("courses_by_book"), book, version, limit)
    return await courses_in(pool, [row["course_id"] for row in rows], now=now)


async def courses_by_beginning(pool: Pool, text: str, *, now: datetime) -> list[CourseRow]:
    """Return at most five courses whose id begins so."""
    return await all_rows(pool, CourseRow, "courses_by_id", now, text)


async def reopened_claims(pool: Pool, *, payer_id: str | None = None, limit: int = 500) -> list[ReopenedClaim]:
    """Return claims that a payer looked at again, the latest first."""
    return await all_rows(pool, ReopenedClaim, "claims_reopened", payer_id, limit)
