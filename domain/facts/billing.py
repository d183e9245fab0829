"""The session's record and its bill."""

from __future__ import annotations

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


BillingFact: TypeAlias = RecordSigned | BillingRefused | BilledByHand
