"""The journal and the read model, written together: one statement, one round trip."""

from __future__ import annotations

import re
from datetime import timedelta

import asyncpg
import structlog

from activities.failures import Unavailable
from activities.journal import JournalBatch
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.sql import query

log = structlog.stdlib.get_logger(__name__)

CONFLICT_AGAIN_IN = timedelta(seconds=30)
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class JournalConflict(Unavailable):
    """The journal holds something else under these numbers, or lacks what came before.

    It is retried, because the course has already changed and must not lose what it knows; it ends when a person
    has repaired the one or the other (docs/operating.md).
    """


class Written(Record):
    """What became of a batch."""

    different: int
    missing: bool
    effective: bool


class JournalStore:
    """The journal in PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, batch: JournalBatch) -> None:
        """Write all of `batch`, or raise `Unavailable` or `JournalConflict`. A second time it changes nothing."""
        with told_as_outages():
            written = await self._write(_storable(batch.model_dump_json()))
        if written is None or written.different or written.missing:
            course_id, number = batch.summary.course_id, batch.summary.number
            log.error(
                "journal.conflicted", course_id=course_id, number=number, missing=bool(written and written.missing)
            )
            raise JournalConflict(
                f"the journal of course {course_id} does not agree with events up to {number}; a person must look",
                again_in=CONFLICT_AGAIN_IN,
            )

    async def _write(self, batch: str) -> Written | None:
        """Return what became of the batch; None where a request id stands under another number."""
        for _ in range(2):
            try:
                row = await self._pool.fetchrow(query("write_journal"), batch)
            except asyncpg.UniqueViolationError:
                continue  # Somebody wrote the same at this moment. Now it can be seen, and compared.
            return Written.model_validate(dict(row or {}))
        return None


def _storable(document: str) -> str:
    """Return the JSON with each NUL shown as U+FFFD: PostgreSQL stores none, and the journal must never stand still."""
    return NUL.sub(r"\1\\ufffd", document)
