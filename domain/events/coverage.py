"""Who pays: requests, decisions, authorizations, agreements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from domain.coverage import Authorization, AuthorizationRequest, Decision, SelfPayAgreement
from domain.denial import Denial
from domain.events.common import CourseEvent


class AuthorizationRequested(CourseEvent):
    """A request to the payer is to be submitted."""

    kind: Literal["authorization_requested"] = "authorization_requested"
    request: AuthorizationRequest


class PacketSubmitted(CourseEvent):
    """The request has gone to the payer."""

    kind: Literal["packet_submitted"] = "packet_submitted"
    request: int
    submitted_on: date
    reference: str | None
    answer_due_on: date
    reason: str | None = None  # why it was sent although the diary does not show the response


class PayerChased(CourseEvent):
    """The payer was asked; `due` is when the course asks again."""

    kind: Literal["payer_chased"] = "payer_chased"
    request: int
    result: str
    again_on: date
    due: datetime


class AuthorizationDecided(CourseEvent):
    """The payer's decision."""

    kind: Literal["authorization_decided"] = "authorization_decided"
    request: int
    decision: Decision
    authorization: Authorization | None
    reason: str | None = None
    denial: Denial | None = None  # with what may follow and until when; None: a denial ended the course (edition 1)
    paid_otherwise: tuple[int, ...] = ()  # sessions in its window that patient or clinic paid for: a biller's case


class AuthorizationExpired(CourseEvent):
    """The last covered day has passed. Nobody tells us: it is our own timer."""

    kind: Literal["authorization_expired"] = "authorization_expired"
    request: int


class SelfPayAgreed(CourseEvent):
    """The patient agreed in writing to pay further sessions."""

    kind: Literal["self_pay_agreed"] = "self_pay_agreed"
    agreement: SelfPayAgreement


CoverageEvent: TypeAlias = (
    AuthorizationRequested | PacketSubmitted | PayerChased | AuthorizationDecided | AuthorizationExpired | SelfPayAgreed
)
