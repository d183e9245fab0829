"""The diary: what the patient reported, day by day. It is no course event; it is read when evidence is needed."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from temporalio import activity

from activities.failures import tell_failures
from domain.diary import DiaryDay
from domain.record import Record


class ReadDiary(Record):
    """The days from `first_on` to `last_on`, both included."""

    patient_id: str
    first_on: date
    last_on: date


class DiaryRead(Record):
    """The recorded days, oldest first. A day that is missing was not recorded."""

    days: tuple[DiaryDay, ...]


class Diary(Protocol):
    """Where the diary is kept. Raises `Unavailable`."""

    async def read_diary(self, wanted: ReadDiary) -> DiaryRead: ...


class DiaryActivities:
    """What a course asks of the diary."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    @activity.defn
    @tell_failures
    async def read_diary(self, wanted: ReadDiary) -> DiaryRead:
        return await self._diary.read_diary(wanted)
