"""What waits for a clinician, and the journals behind it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from domain.people import Role
from domain.waits import KINDS
from readmodel.lookups import TaskRow
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows
from readmodel.sql import query
from readmodel.worklist import FIRST

OF_CLINICIANS = tuple(kind for kind, about in KINDS.items() if about.role is Role.CLINICIAN)
OF_THE_VISIT = tuple(kind for kind in OF_CLINICIANS if KINDS[kind].of_visit)


async def clinicians_tasks(pool: Pool, *, now: datetime, clinician: str | None, limit: int) -> list[TaskRow]:
    """Return the tasks of a clinician, or of any, most urgent first."""
    return await all_rows(
        pool,
        TaskRow,
        "clinicians_tasks",
        now,
        [kind.value for kind in OF_CLINICIANS],
        [kind.value for kind in FIRST],
        [kind.value for kind in OF_THE_VISIT],
        clinician,
        limit,
    )


async def journals_of(pool: Pool, course_ids: Collection[str]) -> Mapping[str, list[dict[str, Any]]]:
    """Return the journals of several courses as they were written, oldest first."""
    found: dict[str, list[dict[str, Any]]] = {course_id: [] for course_id in course_ids}
    with told_as_outages():
        rows = await pool.fetch(query("journals"), list(found))
    for row in rows:
        found[row["course_id"]].append(json.loads(row["data"]))
    return found
