"""What a payer says about a claim, as people tell it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, field_validator

from domain.record import Edge


class ClaimStatusFields(Edge):
    """What the payer said about the claim of a session: also after payment, when it reviews or takes its money back."""

    kind: Literal["claim-status"] = "claim-status"
    session: int = Field(ge=1, description="number of the session")
    status: Literal["accepted", "paid", "denied", "reopened", "taken_back"] = Field(
        description="reopened: the payer reviews what it paid; taken_back: it has its money back"
    )
    on: date | None = Field(default=None, description="the payer's day; default: today")
    amount: Decimal | None = Field(default=None, ge=0, decimal_places=2, description="paid or taken back, in dollars")
    reason: tuple[str, ...] = Field(default=(), description="codes such as CO-50")
    reference: str | None = Field(default=None, description="the payer's own number")
    claim: str | None = Field(
        default=None, description="number of the claim, where the session has more than one; default: the last"
    )
    appeal_by: date | None = Field(
        default=None, description="last day to appeal, as the payer's letter says; default: by its policy"
    )
    records_by: date | None = Field(default=None, description="last day for the records that the payer asks for")

    @field_validator("reason", mode="before")
    @classmethod
    def _one_code_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value
