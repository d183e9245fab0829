"""The journal and the read model, written in one transaction by one activity."""

from __future__ import annotations

from typing import Protocol

from pydantic import SerializeAsAny
from temporalio import activity

from activities.failures import tell_failures
from domain.events import CourseEvent
from domain.messages import Message
from domain.record import Record
from domain.summary import CourseSummary
from domain.waits import Wait


class JournalBatch(Record):
    """What has happened since the last write, with what lists show of the course now.

    Written again, it changes nothing: events are known by course and number, messages by key.
    """

    workflow_id: str
    summary: CourseSummary
    events: tuple[SerializeAsAny[CourseEvent], ...]
    waits: tuple[Wait, ...]
    messages: tuple[Message, ...] = ()
    withdrawn: tuple[str, ...] = ()  # prefixes of message keys; those still queued are withdrawn


class Journal(Protocol):
    """Where courses are written down."""

    async def write(self, batch: JournalBatch) -> None:
        """Write all of `batch` or nothing. The same number with other content raises `Conflict`."""


class JournalActivities:
    """The one activity between a course and its journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @activity.defn
    @tell_failures
    async def write_journal(self, batch: JournalBatch) -> None:
        """Write a batch."""
        await self._journal.write(batch)
