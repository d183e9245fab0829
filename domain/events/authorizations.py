"""Authorizations and ways of payment that have changed."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from domain.coverage import ApprovalAnswer, Authorization, AuthorizationRequest, Coverage, SessionCoverage
from domain.denial import Denial
from domain.eligibility import PayerVerdict
from domain.events.common import CourseEvent
from domain.hold import LapseAnswer
from domain.payer import DrugSource, PayerPolicy, PlaceOfService
from domain.record import Record


class PaidAnew(Record):
    """What pays for a session that was given before the change was told."""

    session: int
    coverage: SessionCoverage


class AuthorizationAmended(CourseEvent):
    """The payer has changed an authorization: as it stands now. `answers` is our request for it, if there was one."""

    kind: Literal["authorization_amended"] = "authorization_amended"
    authorization: Authorization
    answers: int | None = None
    reason: str | None = None
    paid_otherwise: tuple[int, ...] = ()  # sessions that it covers now and patient or clinic paid for: a biller's case


class AuthorizationWithdrawn(CourseEvent):
    """The payer took an authorization back. `uncovers`: nothing pays for the next appointment any more."""

    kind: Literal["authorization_withdrawn"] = "authorization_withdrawn"
    request: int
    from_on: date
    reason: str
    paid_anew: tuple[PaidAnew, ...] = ()
    cleared: SessionCoverage | None = None  # what pays for the session just cleared
    uncovers: bool = False


class ApprovalAnswered(CourseEvent):
    """An approval that differs from what is needed was accepted or contested."""

    kind: Literal["approval_answered"] = "approval_answered"
    request: int
    answer: ApprovalAnswer
    reason: str | None = None
    drug_source: DrugSource | None = None  # taken over
    place_of_service: PlaceOfService | None = None  # taken over
    denial: Denial | None = None  # a contest: what may follow, and until when


class RequestClosed(CourseEvent):
    """No answer to a request is waited for any more."""

    kind: Literal["request_closed"] = "request_closed"
    request: int
    reason: str


class UnpaidUnitsAccepted(CourseEvent):
    """Billing accepts that units of a session may stay unpaid."""

    kind: Literal["unpaid_units_accepted"] = "unpaid_units_accepted"
    session: int
    units: int
    reason: str


class CoverageChanged(CourseEvent):
    """Another coverage holds from a day on. `uncovers`: nothing pays for the next appointment any more."""

    kind: Literal["coverage_changed"] = "coverage_changed"
    from_on: date
    coverage: Coverage
    policy: PayerPolicy | None
    reason: str
    keeps_authorizations: bool = False
    keeps_request: bool = False  # the payer before is still asked: the next session is before the change
    payer_verdict: PayerVerdict | None = None
    paid_anew: tuple[PaidAnew, ...] = ()
    cleared: SessionCoverage | None = None  # what pays for the session just cleared
    uncovers: bool = False


class TransitionAnswered(CourseEvent):
    """A payer granted a transition period, or refused it. `asked` stands for it among the requests."""

    kind: Literal["transition_answered"] = "transition_answered"
    request: int
    granted: bool
    asked: AuthorizationRequest | None = None
    authorization: Authorization | None = None
    reason: str | None = None
    paid_otherwise: tuple[int, ...] = ()  # sessions that it covers and patient or clinic paid for: a biller's case


class LapseDealtWith(CourseEvent):
    """Somebody said what becomes of an authorization, or a request, while the course is held. `asks`: for an extension."""

    kind: Literal["lapse_dealt_with"] = "lapse_dealt_with"
    request: int
    answer: LapseAnswer
    asks: AuthorizationRequest | None = None
    note: str | None = None


AuthorizationsEvent: TypeAlias = (
    AuthorizationAmended
    | AuthorizationWithdrawn
    | ApprovalAnswered
    | RequestClosed
    | UnpaidUnitsAccepted
    | CoverageChanged
    | TransitionAnswered
    | LapseDealtWith
)
