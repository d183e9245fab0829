"""Billing: claims to payers, invoices to patients, and what came back.

Shaped by X12: a claim is an 837P (CLM with its service lines), a status is a 277CA acknowledgement or an 835 remittance.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from temporalio import activity

from activities.failures import tell_failures
from domain.claim_denials import ClaimStep
from domain.claims import Claim
from domain.denial_reasons import DenialReason, DenialReasons
from domain.record import Record


class ClaimState(StrEnum):
    """Where a claim or invoice stands. Denied claims may be paid later, after an appeal."""

    FILED = "filed"
    ACCEPTED = "accepted"
    PAID = "paid"
    DENIED = "denied"
    APPEALED = "appealed"
    REOPENED = "reopened"  # the payer reviews what it paid
    TAKEN_BACK = "taken_back"  # the payer has its money back, in whole or in part
    WRITTEN_OFF = "written_off"
    PATIENT_BILLED = "patient_billed"
    REPLACED = "replaced"  # another claim took its place
    VOIDED = "voided"
    REFUSED = "refused"  # billing never took it; a person must


class FileClaim(Record):
    """File an original claim. The same key files once; a session has one original claim."""

    key: str
    claim: Claim
    filed_at: datetime


class FiledClaim(Record):
    """The claim as billing knows it. The control number comes back in every answer of the payer (CLM01)."""

    claim_id: str
    control_number: str
    state: ClaimState


class IssueInvoice(Record):
    """Bill a session to a patient who pays. The same key bills once."""

    key: str
    claim: Claim
    issued_at: datetime


class IssuedInvoice(Record):
    """The invoice as billing knows it."""

    invoice_id: str
    number: str
    amount_cents: int


class ClaimStatus(Record):
    """What the payer said about a claim: accepted (277CA), paid or denied (835). The same key is recorded once.

    After payment also: that it reviews what it paid, or takes it back (an 835 with a reversal).
    """

    key: str
    claim_id: str
    state: ClaimState
    on: date
    amount_cents: int = 0
    reason_codes: tuple[str, ...] = ()  # CARC, as `CO-50`
    reference: str | None = None  # the payer's own number of the claim, or of the payment
    recorded_at: datetime
    appeal_by: date | None = None  # the last day to appeal, where the payer's letter says one
    records_by: date | None = None  # the last day for records that the payer asks for


class RecordStep(Record):
    """Something we did about a claim, or learnt. The same key is recorded once."""

    step: ClaimStep
    recorded_at: datetime


class RecordedStatus(Record):
    """Where the claim stands now. A late `accepted` does not take back a `paid`."""

    claim_id: str
    state: ClaimState
    paid_cents: int
    reasons: tuple[DenialReason, ...] = ()  # what is known of the codes


class Billing(Protocol):
    """The clinic's billing.

    Raises `Unavailable`, `Refused` (no such claim, or the session was billed before under another key),
    `Conflict` (the key was used for something else).
    """

    async def file_claim(self, wanted: FileClaim) -> FiledClaim: ...

    async def issue_invoice(self, wanted: IssueInvoice) -> IssuedInvoice: ...

    async def record_claim_status(self, status: ClaimStatus) -> RecordedStatus: ...

    async def record_claim_step(self, wanted: RecordStep) -> RecordedStatus: ...


class BillingActivities:
    """What a claim asks of billing. `reasons` are the payers' codes in words."""

    def __init__(self, billing: Billing, reasons: DenialReasons | None = None) -> None:
        self._billing = billing
        self._reasons = reasons or DenialReasons()

    @activity.defn
    @tell_failures
    async def file_claim(self, wanted: FileClaim) -> FiledClaim:
        return await self._billing.file_claim(wanted)

    @activity.defn
    @tell_failures
    async def issue_invoice(self, wanted: IssueInvoice) -> IssuedInvoice:
        return await self._billing.issue_invoice(wanted)

    @activity.defn
    @tell_failures
    async def record_claim_status(self, status: ClaimStatus) -> RecordedStatus:
        recorded = await self._billing.record_claim_status(status)
        return recorded.model_copy(update={"reasons": self._reasons.of(status.reason_codes)})

    @activity.defn
    @tell_failures
    async def record_claim_step(self, wanted: RecordStep) -> RecordedStatus:
        return await self._billing.record_claim_step(wanted)
