"""The diary in our own table."""

from __future__ import annotations

from activities.diary import DiaryRead, ReadDiary
from readmodel.diary import read_diary
from readmodel.pool import Pool


class PostgresDiary:
    """The diary as a course reads it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read_diary(self, wanted: ReadDiary) -> DiaryRead:
        """Return the recorded days."""
        days = await read_diary(self._pool, wanted.patient_id, first_on=wanted.first_on, last_on=wanted.last_on)
        return DiaryRead(days=days)
