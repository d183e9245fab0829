"""The outbox: what is due is taken, checked, put in words, and sent at most once."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from pydantic import field_validator

from activities.failures import Unavailable
from activities.messages import Delivered, DeliverMessages, MessageTrouble
from adapters.smtp.mailer import Mail, MailDeferred, MailRefused, MailUnknown
from adapters.templates import NoWords, Text, render
from domain.messages import RED_FLAG_ADVICE
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_row
from readmodel.sql import query

log = structlog.stdlib.get_logger(__name__)

TAKEN_AT_MOST = timedelta(minutes=5)
"""Longer than the activity may run (2 minutes): what was taken before that was taken by a sender that is dead."""

ROUND_SECONDS = 60.0
"""A round ends then, well before the activity's time is up; what is left is sent in the next."""

TROUBLE_MAX = 100
"""What one round reports at most; the next round reports the rest."""

TRIES_MAX = 10
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=6)


class Mailer(Protocol):
    """Sends mail; `adapters.smtp` is one."""

    async def send(self, mail: Mail) -> None: ...


class _Lost(Record):
    """A message that somebody took and never finished."""

    key: str
    course_id: str
    kind: str


class _Taken(_Lost):
    """A message that we took, with whom it goes to."""

    parameters: dict[str, str]
    send_at: datetime
    tries: int
    status: str
    stop: str | None
    patient_name: str | None
    language: str | None
    to_name: str | None
    email: str | None
    phone: str | None
    preferred_channel: str | None
    clinic_name: str | None
    clinic_phone: str | None
    zone: str | None

    @field_validator("parameters", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class _Waiting(Record):
    waiting: int
    oldest_at: datetime | None


class _Result(Record):
    """What became of one message: its new status, why, and by which channel."""

    status: str
    reason: str | None = None
    channel: str | None = None


class PostgresOutbox:
    """The outbox in our own table. Without a mailer messages are kept and shown."""

    def __init__(self, pool: Pool, mailer: Mailer | None = None) -> None:
        self._pool = pool
        self._mailer = mailer

    async def deliver(self, wanted: DeliverMessages) -> Delivered:
        """Send what is due. Raises `Unavailable` when PostgreSQL or the mail server is not there."""
        lost = await all_rows(self._pool, _Lost, "mark_unknown", wanted.now - TAKEN_AT_MOST)
        round_ = _Round(unknown=len(lost))
        ends = time.monotonic() + ROUND_SECONDS
        while round_.goes_on(wanted.limit) and time.monotonic() < ends:
            taken = await one_row(self._pool, _Taken, "take_message", wanted.now)
            if taken is None:
                break
            round_.counts[await self._handle(taken, round_, wanted.now)] += 1
        waiting = await one_row(self._pool, _Waiting, "messages_waiting", wanted.now)
        assert waiting is not None, "a count has a row"
        trouble = await all_rows(self._pool, MessageTrouble, "report_trouble", wanted.now, TROUBLE_MAX)
        return round_.told(waiting, trouble)

    async def _handle(self, taken: _Taken, round_: _Round, now: datetime) -> str:
        """Have one message sent, or not, and return its status then."""
        if taken.stop is not None:  # who took it has withdrawn or failed it in the same statement
            return taken.status
        tries = taken.tries
        try:
            result = _without_sending(taken, has_mailer=self._mailer is not None) or await self._send(taken)
        except Unavailable as no_server:
            round_.outage = str(no_server)
            result, tries = _Result(status="queued", reason=round_.outage), tries - 1  # no fault of this message
        next_try_at: datetime | None = None
        if result.status == "queued" and tries >= TRIES_MAX:
            result = result.model_copy(update={"status": "failed"})
        elif result.status == "queued":
            next_try_at = now + min(FIRST_PAUSE * 2 ** max(tries - 1, 0), LONGEST_PAUSE)
        sent_at = now if result.status == "sent" else None
        row = (taken.key, result.status, result.reason, result.channel, sent_at, next_try_at, tries)
        with told_as_outages():
            await self._pool.execute(query("finish_message"), *row)
        log.info("message.handled", key=taken.key, status=result.status, channel=result.channel)
        return result.status

    async def _send(self, taken: _Taken) -> _Result:
        assert self._mailer is not None, "without a mailer it is kept"
        try:
            text = _in_words(taken)
        except NoWords as missing:
            log.error("message.without_words", kind=taken.kind, reason=str(missing))  # noqa: TRY400 - the reason says it all
            return _Result(status="failed", reason=str(missing), channel="email")
        return await _sent(self._mailer, taken, text)


class _Round:
    """What became of the messages of one round."""

    def __init__(self, *, unknown: int) -> None:
        self.outage: str | None = None
        self.counts = Counter({"unknown": unknown})

    def goes_on(self, limit: int) -> bool:
        return self.outage is None and self.counts.total() < limit

    def told(self, waiting: _Waiting, trouble: list[MessageTrouble]) -> Delivered:
        return Delivered(
            sent=self.counts["sent"],
            kept=self.counts["kept"],
            failed=self.counts["failed"],
            unknown=self.counts["unknown"],
            withdrawn=self.counts["withdrawn"],
            again=self.counts["queued"],
            waiting=waiting.waiting,
            oldest_at=waiting.oldest_at,
            trouble=tuple(trouble),
            outage=self.outage,
        )


def _without_sending(taken: _Taken, *, has_mailer: bool) -> _Result | None:
    """Return what becomes of a message that no mail can be made of; None where one can."""
    if taken.to_name is None or taken.patient_name is None:
        return _Result(status="failed", reason="the patient is not in the database")
    if taken.preferred_channel != "email":
        kept = "failed" if taken.kind == RED_FLAG_ADVICE else "kept"  # nobody reads it: the course has somebody call
        return _Result(status=kept, reason="nothing sends by this channel yet", channel=taken.preferred_channel)
    if not taken.email:
        return _Result(status="failed", reason="there is no e-mail address", channel="email")
    return None if has_mailer else _Result(status="kept", reason="no mail server is set", channel="email")


def _in_words(taken: _Taken) -> Text:
    return render(
        taken.kind,
        language=taken.language or "en",
        to_name=taken.to_name or "",
        patient_name=taken.patient_name or "",
        clinic_name=taken.clinic_name or "",
        clinic_phone=taken.clinic_phone or "",
        zone=taken.zone or "UTC",
        parameters=taken.parameters,
    )


async def _sent(mailer: Mailer, taken: _Taken, text: Text) -> _Result:
    """Send it and return what is known of it then."""
    to_name, to_address = taken.to_name or "", taken.email or ""
    mail = Mail(key=taken.key, to_name=to_name, to_address=to_address, subject=text.subject, body=text.body)
    try:
        await mailer.send(mail)
    except MailRefused as no:
        return _Result(status="failed", reason=str(no), channel="email")
    except MailDeferred as not_now:
        return _Result(status="queued", reason=str(not_now), channel="email")
    except MailUnknown as nobody_knows:
        return _Result(status="unknown", reason=str(nobody_knows), channel="email")
    return _Result(status="sent", channel="email")
