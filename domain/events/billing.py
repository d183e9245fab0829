"""The session's record and its bill."""

from __future__ import annotations

from datetime import date
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
    amount_cents: int | None = None  # of an invoice to the patient
    outdated: bool = False  # while it was being handed over, the record changed again


class BillingImpossible(CourseEvent):
    """No claim can be made for a session, with the reason."""

    kind: Literal["billing_impossible"] = "billing_impossible"
    session: int
    reason: str
    unbilled: bool = False  # billing never took it: an invoice is none


class BilledByHand(CourseEvent):
    """Somebody billed the session, or settled that it is not billed."""

    kind: Literal["billed_by_hand"] = "billed_by_hand"
    session: int
    how: str


class InvoicePaid(CourseEvent):
    """The patient has paid an invoice, or a part of it. `due_on`: when the rest is due."""

    kind: Literal["invoice_paid"] = "invoice_paid"
    session: int
    claim_id: str
    amount_cents: int
    paid_on: date
    left_cents: int
    due_on: date
    told_by_billing: bool = False  # billing knows it already


class InvoiceWrittenOff(CourseEvent):
    """What is left of an invoice is not waited for any more."""

    kind: Literal["invoice_written_off"] = "invoice_written_off"
    session: int
    claim_id: str
    left_cents: int
    reason: str


BillingEvent: TypeAlias = (
    RecordSigned | ClaimOpened | BillingImpossible | BilledByHand | InvoicePaid | InvoiceWrittenOff
)
