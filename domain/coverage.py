"""Who pays for a session: an authorization, none needed, or self-pay; and what an authorization has left."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.payer import Counts, DrugSource, PlaceOfService
from domain.record import Record


class CoverageKind(StrEnum):
    """How a session is paid for."""

    AUTHORIZATION = "authorization"
    NOT_NEEDED = "not_needed"
    SELF_PAY = "self_pay"


class SelfPayAgreement(Record):
    """The patient agreed in writing to pay."""

    signed_on: date
    amount_cents: int  # per session, in cents of US dollars
    sessions: int


class NotNeeded(Record):
    """Somebody said that no authorization is needed. Who and when is part of the record."""

    said_by: str
    said_on: date


class Coverage(Record):
    """The patient's way of payment."""

    kind: CoverageKind
    payer_id: str | None = None
    place_of_service: PlaceOfService = PlaceOfService.OFFICE
    drug_source: DrugSource = DrugSource.CLINIC_STOCK
    self_pay: SelfPayAgreement | None = None
    not_needed: NotNeeded | None = None


class Purpose(StrEnum):
    """Why a payer is asked."""

    INITIAL = "initial"
    RENEWAL = "renewal"
    EXTENSION = "extension"


class Decision(StrEnum):
    """What the payer answered."""

    APPROVED = "approved"
    DENIED = "denied"


class AuthorizationRequest(Record):
    """What we ask a payer for. `number` counts the requests of one course from 1."""

    number: int
    purpose: Purpose
    for_session: int
    opened_on: date
    sessions: int
    units_per_session: int  # units of the vials that the planned dose opens (COURSE 2, rule 2)
    planned_units: int
    policy_version: str
    submitted_on: date | None = None
    reference: str | None = None
    answer_due_on: date | None = None
    decided_on: date | None = None
    decision: Decision | None = None
    denial_reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the payer has not answered yet."""
        return self.decided_on is None


class Per(StrEnum):
    """What a line's quantity is for."""

    SESSION = "session"
    ALL = "all"


class AuthorizationLine(Record):
    """One granted line: a code and how much of it."""

    code: str
    quantity: int
    per: Per = Per.ALL
    counts: Counts = Counts.UNKNOWN


class Authorization(Record):
    """What a payer has granted. Both days of the window are covered."""

    request: int
    number: str
    from_on: date
    until_on: date
    sessions: int
    lines: tuple[AuthorizationLine, ...] = ()
    expired_on: date | None = None


class SessionCoverage(Record):
    """What pays for one session, and what it uses up."""

    kind: CoverageKind
    payer_id: str | None = None
    authorization: int | None = None  # the request's number
    authorization_number: str | None = None
    counted_units: int = 0
