"""The diary's table. It is written directly: a patient's daily entry is no course event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import TypeAdapter

from domain.diary import DiaryDay
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows
from readmodel.sql import query

_DAYS = TypeAdapter(list[DiaryDay])


async def read_diary(pool: Pool, patient_id: str, *, first_on: date, last_on: date) -> tuple[DiaryDay, ...]:
    """Return the recorded days between two days, both included, oldest first."""
    return tuple(await all_rows(pool, DiaryDay, "read_diary", patient_id, first_on, last_on))


async def write_diary(
    pool: Pool, patient_id: str, days: Iterable[DiaryDay], *, by: str, at: datetime, source: str
) -> int:
    """Enter days and return how many were new or changed. Of two entries for one day the later counts."""
    last = {day.on: day for day in days}
    with told_as_outages():
        rows = await pool.fetch(
            query("write_diary"), patient_id, _DAYS.dump_json(list(last.values())).decode(), by, at, source
        )
    return len(rows)
