"""Who pays: requests, decisions, authorizations, agreements."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.coverage import Decision, Per
from domain.denial import DenialCode
from domain.payer import Counts, DrugSource, PlaceOfService
from domain.record import Edge


class PacketSubmitted(Edge):
    """The authorization request has gone to the payer."""

    kind: Literal["packet-submitted"] = "packet-submitted"
    submitted_on: date | None = Field(default=None, description="default: today")
    reference: str | None = Field(default=None, description="the payer's reference for the request")
    reason: str | None = Field(
        default=None, min_length=1, description="why it is sent although the diary does not show the response"
    )


class PayerChased(Edge):
    """Somebody asked the payer where the decision is."""

    kind: Literal["payer-chased"] = "payer-chased"
    result: str = Field(min_length=1, description="what the payer said")
    again_on: date = Field(description="when to ask again if nothing comes")


class AuthorizationDecision(Edge):
    """The payer's decision, as it was received."""

    kind: Literal["authorization-decision"] = "authorization-decision"
    request: int | None = Field(default=None, description="number of the request; default: the open one")
    decision: Decision
    number: str | None = Field(default=None, description="the payer's authorization number")
    from_on: date | None = Field(default=None, description="first covered day")
    until_on: date | None = Field(default=None, description="last covered day")
    sessions: int | None = Field(default=None, ge=1)
    units: int | None = Field(default=None, ge=1, description="drug units in all; with per=session for each session")
    per: Per | None = Field(default=None, description="what the units are for; default: all sessions together")
    counts: Counts | None = Field(default=None, description="what the payer counts; default: its policy")
    reason: str | None = Field(default=None, description="why denied, in the payer's words or code")
    denial_code: DenialCode | None = Field(default=None, description="why denied, as a code; default: other")
    letter_on: date | None = Field(
        default=None, description="the denial letter's day, from which days count; default: today"
    )
    peer_to_peer_until: date | None = Field(default=None, description="as the letter says; default: by the policy")
    appeal_until: date | None = Field(default=None, description="as the letter says; default: by the policy")
    number_follows: bool = Field(default=False, description="yes: granted by telephone, the number is still to come")
    drug_source: DrugSource | None = Field(default=None, description="granted for this source of the drug only")
    place_of_service: PlaceOfService | None = Field(default=None, description="granted for this place only")
    conditions: str | None = Field(default=None, min_length=1, description="other conditions, in the payer's words")


class SelfPayAgreed(Edge):
    """The patient agrees in writing to pay further sessions. Replaces the agreement before."""

    kind: Literal["self-pay-agreed"] = "self-pay-agreed"
    signed_on: date
    amount_cents: int = Field(ge=0, description="per session, in cents")
    sessions: int = Field(ge=1, description="sessions from the day of signing on")
    signed_by: Literal["patient", "guardian"] = Field(
        default="patient", description="who answers for a minor signs for him"
    )
    form: str | None = Field(default=None, description="the form that the payer demands, where it demands one")


CoverageFact: TypeAlias = PacketSubmitted | PayerChased | AuthorizationDecision | SelfPayAgreed
