"""Which courses have begun their journal: an import is done when all have."""

from __future__ import annotations

from collections.abc import Collection

from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.sql import query


async def courses_begun(pool: Pool, course_ids: Collection[str]) -> set[str]:
    """Return which of these courses are in the read model."""
    with told_as_outages():
        rows = await pool.fetch(query("courses_begun"), list(course_ids))
    return {row["course_id"] for row in rows}
