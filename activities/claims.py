"""Opening a session's claim: it lives on its own, longer than the course."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.failures import tell_failures
from domain.claim_denials import ClaimStep
from domain.claims import Claim
from domain.record import Record


class OpenClaim(Record):
    """Open the claim (or the invoice) of one session. The same claim id opens once."""

    claim: Claim
    now: datetime  # by the course's clock: the claim's clock begins there
    left_at: str | None = None  # the state in which an earlier run of the claim left off
    woken: bool = False  # it was over, and wakes to be told something


class KeepStep(Record):
    """Have a claim keep what was done about it, also when it is over. The same step is kept once."""

    step: ClaimStep
    now: datetime  # by the course's clock


class Claims(Protocol):
    """Where claims live. Raises `Unavailable`, and `Refused` where billing has no such claim."""

    async def open_claim(self, wanted: OpenClaim) -> None: ...

    async def keep_step(self, wanted: KeepStep) -> None: ...


class ClaimActivities:
    """What a course asks of claims."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    @activity.defn
    @tell_failures
    async def open_claim(self, wanted: OpenClaim) -> None:
        await self._claims.open_claim(wanted)

    @activity.defn
    @tell_failures
    async def keep_step(self, wanted: KeepStep) -> None:
        await self._claims.keep_step(wanted)
