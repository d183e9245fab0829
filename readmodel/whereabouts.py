"""Where a course runs."""

from __future__ import annotations

from readmodel.pool import Pool
from readmodel.rows import one_value


async def workflow_id_of(pool: Pool, course_id: str) -> str | None:
    """Return the id of the workflow that a course runs as, or None for an unknown course. Raises `Unavailable`."""
    found = await one_value(pool, "workflow_of_course", course_id)
    return None if found is None else str(found)
