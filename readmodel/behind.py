"""Courses that do not know the clinic's settings as they are now."""

from __future__ import annotations

from domain.clinic import Clinic
from domain.record import Record
from readmodel.pool import Pool
from readmodel.rows import all_rows


class CourseBehind(Record):
    """A course to be told."""

    course_id: str
    workflow_id: str


async def courses_of_other_clinic(pool: Pool, clinic: Clinic) -> list[CourseBehind]:
    """Return the open courses that reckon with other settings."""
    return await all_rows(pool, CourseBehind, "courses_of_other_clinic", clinic.model_dump_json())
