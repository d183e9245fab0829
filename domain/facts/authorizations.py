"""Authorizations and ways of payment that change: amended, withdrawn, accepted, followed by another payer's."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.coverage import ApprovalAnswer, CoverageKind
from domain.hold import LapseAnswer
from domain.payer import DrugSource, PayerPolicy, PlaceOfService
from domain.record import Edge


class AuthorizationAmended(Edge):
    """The payer has changed an authorization, or told its number. What is left out stays."""

    kind: Literal["authorization-amended"] = "authorization-amended"
    request: int | None = Field(default=None, description="the request it was granted for; default: the last one's")
    number: str | None = Field(default=None, min_length=1, description="the payer's authorization number")
    until_on: date | None = Field(default=None, description="last covered day")
    sessions: int | None = Field(default=None, ge=1, description="sessions in all")
    units: int | None = Field(default=None, ge=1, description="drug units in all, or for each session as before")
    reason: str | None = Field(default=None, description="why, or the payer's reference")


class AuthorizationWithdrawn(Edge):
    """The payer takes an authorization back; later sessions are not covered by it."""

    kind: Literal["authorization-withdrawn"] = "authorization-withdrawn"
    request: int | None = Field(default=None, description="the request it was granted for; default: the last one's")
    from_on: date = Field(description="first day that is no longer covered")
    reason: str = Field(min_length=1, description="the payer's reason")


class ApprovalAnswered(Edge):
    """An approval differs from what is needed: it is accepted as it is, or contested."""

    kind: Literal["approval-answered"] = "approval-answered"
    request: int | None = Field(default=None, description="the request it was granted for")
    answer: ApprovalAnswer
    reason: str | None = Field(default=None, description="needed to contest; it goes to the payer")


class UnpaidUnitsAccepted(Edge):
    """Units of the next session may stay unpaid, and that is accepted. An amendment is told as authorization-amended."""

    kind: Literal["unpaid-units"] = "unpaid-units"
    reason: str = Field(min_length=1, description="why it is accepted")


class CoverageChanged(Edge):
    """Who pays changes on a day, which may be over: sessions from that day on are paid by the new coverage."""

    kind: Literal["coverage-changed"] = "coverage-changed"
    from_on: date = Field(description="first day of the new coverage")
    pays: CoverageKind = Field(
        description="how sessions are paid for from then on; the clinic's risk is taken of one session, at-clinics-risk"
    )
    payer_id: str | None = Field(default=None, description="id of the payer's policy; default: as before")
    place_of_service: PlaceOfService | None = Field(default=None, description="default: as before")
    drug_source: DrugSource | None = Field(default=None, description="default: as before")
    said_by: str | None = Field(default=None, description="for not_needed: who said so, with the reference")
    said_on: date | None = Field(default=None, description="for not_needed: the day it was said")
    signed_on: date | None = Field(default=None, description="for self_pay: the day of the written agreement")
    signed_by: Literal["patient", "guardian"] = Field(
        default="patient", description="for self_pay: who answers for a minor signs for him"
    )
    amount_cents: int | None = Field(default=None, ge=0, description="for self_pay: per session, in cents")
    sessions: int | None = Field(default=None, ge=1, description="for self_pay: sessions from the day of signing on")
    form: str | None = Field(
        default=None, description="for self_pay: the form that the payer before demands, if it does"
    )
    keeps_authorizations: bool = Field(
        default=False, description="yes: the same payer's authorizations go on, as on a new plan year"
    )
    reason: str = Field(min_length=1, description="how it became known")
    policy: PayerPolicy | None = Field(default=None, description="the payer's policy; looked up by its id")


class TransitionAnswered(Edge):
    """A payer who follows another has answered for the transition period that it was asked for."""

    kind: Literal["transition-answered"] = "transition-answered"
    request: int | None = Field(default=None, description="the request it was asked with; default: the last such one")
    granted: bool
    until_on: date | None = Field(default=None, description="last covered day; needed where it is granted")
    from_on: date | None = Field(default=None, description="first covered day; default: the new coverage's first day")
    sessions: int | None = Field(default=None, ge=1, description="default: as many as were asked for")
    number: str | None = Field(default=None, min_length=1, description="the payer's number for it, if it gave one")
    reason: str | None = Field(default=None, description="why it is refused, or the payer's words")


class LapseAnswered(Edge):
    """What becomes of an authorization, or of a request to the payer, while the course is held for a pregnancy."""

    kind: Literal["lapse-answered"] = "lapse-answered"
    request: int | None = Field(default=None, description="number of the request; default: the task's")
    answer: LapseAnswer = Field(
        description="extend: a later last day was asked for; give_back: the payer was told that it is not needed"
    )
    until_on: date | None = Field(default=None, description="for extend: the last day that was asked for")
    reference: str | None = Field(default=None, description="the payer's reference")
    note: str | None = None


AuthorizationsFact: TypeAlias = (
    AuthorizationAmended
    | AuthorizationWithdrawn
    | ApprovalAnswered
    | UnpaidUnitsAccepted
    | CoverageChanged
    | TransitionAnswered
    | LapseAnswered
)
