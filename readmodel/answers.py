"""Answers given to API writes by their sender's key, so that a write repeated is answered and not done again."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import one_row, one_value
from readmodel.sql import query

LEFT_AFTER = timedelta(minutes=1)
"""No write takes that long: who began it is no more."""
KEPT = timedelta(days=7)


class Given(Record):
    """What stands under a key. No status: still at work."""

    request_hash: bytes
    status: int | None
    body: str | None


async def take_key(pool: Pool, user_id: str, key: str, request_hash: bytes, *, now: datetime) -> bool:
    """Begin a write under its sender's key. Returns False where the key is known; then `given` says what stands there."""
    return await one_value(pool, "take_api_key", user_id, key, request_hash, now, LEFT_AFTER) is not None


async def given(pool: Pool, user_id: str, key: str) -> Given | None:
    """Return what stands under a key."""
    return await one_row(pool, Given, "api_answer", user_id, key)


async def put_answer(pool: Pool, user_id: str, key: str, *, status: int, body: str) -> None:
    """Note the answer to a write."""
    with told_as_outages():
        await pool.execute(query("put_api_answer"), user_id, key, status, body)


async def forget_key(pool: Pool, user_id: str, key: str, *, now: datetime) -> None:
    """Let a key be used again: its write changed nothing."""
    with told_as_outages():
        await pool.execute(query("forget_api_key"), user_id, key, now - KEPT)
