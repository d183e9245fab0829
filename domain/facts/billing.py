"""The session's record and its bill."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.record import Edge


class RecordSigned(Edge):
    """The injector signs the record of a session."""

    kind: Literal["record-signed"] = "record-signed"
    session: int | None = None


class BillingRefused(Edge):
    """Billing will not take the bill of a session."""

    kind: Literal["billing-refused"] = "billing-refused"
    session: int
    reason: str


class BilledByHand(Edge):
    """Somebody billed the session, or settled that it is not billed."""

    kind: Literal["billed-by-hand"] = "billed-by-hand"
    session: int | None = None
    how: str = Field(min_length=1)


class InvoicePayment(Edge):
    """What the patient has paid of an invoice: all that is left, or an instalment; or it is written off."""

    kind: Literal["invoice-payment"] = "invoice-payment"
    session: int | None = Field(default=None, description="default: the task's")
    what: Literal["paid", "instalment", "written_off"]
    amount_cents: int | None = Field(default=None, ge=1, description="of an instalment; paid: all that is left")
    on: date | None = Field(default=None, description="the day of the payment; default: today")
    next_on: date | None = Field(
        default=None, description="of an instalment: when the next one is due; default: by the clinic's days"
    )
    reason: str | None = Field(default=None, min_length=1, description="why it is written off")


BillingFact: TypeAlias = RecordSigned | BillingRefused | BilledByHand | InvoicePayment
