"""Messages: sending what lies in the outbox. Which messages there are, `domain.messages` says."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.failures import tell_failures
from domain.record import Record


class DeliverMessages(Record):
    """Send what is due at `now`, at most `limit` messages. A course's own `ahead` is added to `now`."""

    now: datetime
    limit: int = 100


class MessageTrouble(Record):
    """A message a person should know about: refused for good, or sent with an unknown result."""

    key: str
    course_id: str
    kind: str
    status: str  # failed, unknown


class Delivered(Record):
    """What became of the due messages. `waiting` and `oldest_at` are about those due and still queued.

    `trouble` is reported in one round, and again when that round is retried with the same `now`.
    """

    sent: int = 0
    kept: int = 0
    failed: int = 0
    unknown: int = 0
    withdrawn: int = 0
    again: int = 0  # put back after a temporary failure
    waiting: int = 0
    oldest_at: datetime | None = None
    trouble: tuple[MessageTrouble, ...] = ()
    outage: str | None = None  # the mail server was not there; the round ended early


class Outbox(Protocol):
    """The outbox with its senders. Each message goes out at most once. Raises `Unavailable`."""

    async def deliver(self, wanted: DeliverMessages) -> Delivered: ...


class MessageActivities:
    """What the delivery asks of the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    @activity.defn
    @tell_failures
    async def deliver_messages(self, wanted: DeliverMessages) -> Delivered:
        return await self._outbox.deliver(wanted)
