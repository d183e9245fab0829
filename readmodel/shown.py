"""What an installation is set to, and what it has sent."""

from __future__ import annotations

from datetime import datetime

from domain.people import User
from domain.record import Record
from readmodel.pool import Pool
from readmodel.rows import all_rows


class ListedUser(User):
    """A user of the list; one who is not active may act no more."""

    active: bool


class KindOfMessage(Record):
    """How many messages of one kind are in one state."""

    kind: str
    status: str
    messages: int
    latest: datetime


class SentMessage(Record):
    """A message without its words: those are about a patient."""

    key: str
    course_id: str
    kind: str
    send_at: datetime
    status: str
    reason: str | None
    channel: str | None
    tries: int
    sent_at: datetime | None


async def all_users(pool: Pool) -> list[ListedUser]:
    """Return everybody who may act or once might."""
    return await all_rows(pool, ListedUser, "all_users")


async def messages_by_kind(pool: Pool) -> list[KindOfMessage]:
    """Return how many messages there are, by kind and state."""
    return await all_rows(pool, KindOfMessage, "messages_by_kind")


async def latest_messages(
    pool: Pool, *, kind: str | None = None, status: str | None = None, limit: int = 200
) -> list[SentMessage]:
    """Return messages whose time has come, or those queued where they are asked for, the latest first."""
    return await all_rows(pool, SentMessage, "latest_messages", kind, status, limit)
