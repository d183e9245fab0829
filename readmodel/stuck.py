"""What does not go on, as the read model sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.record import Record
from domain.waits import KINDS, AtDue, WaitKind
from readmodel.pool import Pool
from readmodel.rows import all_rows

TASKS = [kind.value for kind, about in KINDS.items() if about.role is not None and about.at_due is not AtDue.END]

LOOKED_AT_ONCE = [kind.value for kind, about in KINDS.items() if about.at_due is AtDue.HAND_ON]
"""Kinds that stay open after their due time while the course goes on beside them: it does not look again."""


class StuckWait(Record):
    """Something that is waited for beyond its time. `in_all` so many are there of its kind."""

    course_id: str
    wait_id: str
    kind: WaitKind
    subject: str
    since: datetime
    due: datetime
    raised: int
    owner: str | None
    now: datetime
    in_all: int


class StuckCause(Record):
    """One kind of wait beyond its time. `oldest` is by the clock of its course."""

    kind: WaitKind
    subject: str
    waits: int
    courses: int
    oldest: datetime


class StuckCourse(Record):
    """A course that should have moved: it `overslept`, is `at_work` for too long, or its journal is in `conflict`.

    Or one of its bills that is `unbilled`; the workflow is the bill's then.
    """

    course_id: str
    workflow_id: str
    why: str
    since: datetime
    in_all: int


class Owner(Record):
    """Whose a workflow is."""

    course_id: str
    workflow_id: str


class Conflict(Record):
    """One event that was written twice with other content."""

    course_id: str
    number: int
    seen_at: datetime
    times: int
    had_kind: str | None
    got_kind: str | None
    got_by: str | None


class StuckMessages(Record):
    """Messages of one kind that should have gone out."""

    kind: str
    messages: int
    oldest: datetime


async def causes(pool: Pool, *, now: datetime) -> list[StuckCause]:
    """Return what is waited for beyond its time, by cause."""
    return await all_rows(pool, StuckCause, "stuck_causes", now, TASKS)


async def waits(pool: Pool, *, now: datetime, kind: str | None = None, limit: int = 200) -> list[StuckWait]:
    """Return what is waited for beyond its time, the longest first."""
    return await all_rows(pool, StuckWait, "stuck_waits", now, TASKS, kind, limit)


async def courses(pool: Pool, *, now: datetime, patience: timedelta, limit: int) -> list[StuckCourse]:
    """Return courses that should have moved and did not, the longest first."""
    return await all_rows(pool, StuckCourse, "stuck_courses", now, patience, limit, LOOKED_AT_ONCE)


async def bills(pool: Pool, *, now: datetime, patience: timedelta, limit: int) -> list[StuckCourse]:
    """Return claims and invoices of the last 60 days that were handed to billing and are not there."""
    return await all_rows(pool, StuckCourse, "stuck_bills", now, patience, limit)


async def courses_of(pool: Pool, workflow_ids: Sequence[str]) -> dict[str, str]:
    """Return whose these workflows are: the course's own, or its claims'. What is nobody's is left out."""
    return {one.workflow_id: one.course_id for one in await all_rows(pool, Owner, "courses_of_workflows", workflow_ids)}


async def conflicts(pool: Pool, *, limit: int = 100) -> list[Conflict]:
    """Return conflicts of journals, the latest first."""
    return await all_rows(pool, Conflict, "conflicts", limit)


async def messages(pool: Pool, *, now: datetime, patience: timedelta) -> list[StuckMessages]:
    """Return messages that should have gone out."""
    return await all_rows(pool, StuckMessages, "messages_stuck", now, patience)
