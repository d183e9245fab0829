"""The session's record and its bill."""

from __future__ import annotations

from typing import Literal, TypeAlias

from domain.claims import Frequency
from domain.events.common import CourseEvent


class RecordSigned(CourseEvent):
    """The injector signed the record of a session."""

    kind: Literal["record_signed"] = "record_signed"
    session: int


class ClaimOpened(CourseEvent):
    """The session's claim or invoice has been handed to billing."""

    kind: Literal["claim_opened"] = "claim_opened"
    session: int
    claim_id: str
    replaces: str | None = None  # the claim before, whose place it takes or which it voids
    frequency: Frequency = Frequency.ORIGINAL
    payer_id: str | None = None
    outdated: bool = False  # while it was being handed over, the record changed again


class BillingImpossible(CourseEvent):
    """No claim can be made for a session, with the reason."""

    kind: Literal["billing_impossible"] = "billing_impossible"
    session: int
    reason: str


class BilledByHand(CourseEvent):
    """Somebody billed the session, or settled that it is not billed."""

    kind: Literal["billed_by_hand"] = "billed_by_hand"
    session: int
    how: str


BillingEvent: TypeAlias = RecordSigned | ClaimOpened | BillingImpossible | BilledByHand
