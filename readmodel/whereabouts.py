"""Where a course runs, and what wakes a course or a claim that runs no more."""

from __future__ import annotations

from datetime import datetime

from activities.claims import OpenClaim
from domain.changes import fold
from domain.claims import Claim
from domain.course import Course
from domain.events import parse_event
from readmodel.lookups import events_of
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import one_value
from readmodel.sql import query


async def workflow_id_of(pool: Pool, course_id: str) -> str | None:
    """Return the id of the workflow that a course runs as, or None for an unknown course. Raises `Unavailable`."""
    found = await one_value(pool, "workflow_of_course", course_id)
    return None if found is None else str(found)


async def asleep(pool: Pool, course_id: str) -> Course:
    """Return the course as its journal has it: one that was closed wakes with it."""
    events = [parse_event(event) for event in await events_of(pool, course_id)]
    with told_as_outages():
        patient_id = await pool.fetchval(query("patient_of_course"), course_id)
    return fold(events, course_id=course_id, patient_id=patient_id)


async def opened_before(pool: Pool, billed_id: str, now: datetime) -> OpenClaim | None:
    """Return a claim or invoice as billing knows it, to wake it; None where billing has none."""
    with told_as_outages():
        row = await pool.fetchrow(query("bill_by_id"), billed_id)
    if row is None:
        return None
    claim = Claim.model_validate_json(row["content"])
    return OpenClaim(claim=claim, now=now, left_at=row["state"], woken=True)
