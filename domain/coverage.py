"""Who pays for a session: an authorization, none needed, or self-pay; and what an authorization has left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.payer import Counts, DrugSource, PlaceOfService
from domain.record import Record, Refusal

if TYPE_CHECKING:
    from domain.session import Session  # a session names its coverage, so the import goes the other way


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
    units_per_session: int  # units of the vials that the planned dose opens (docs/rules.md, "Units")
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
    unpaid_units: int = 0  # opened beyond what is left: perhaps not paid, billing decides
    amount_cents: int | None = None  # what the patient who pays had agreed to on that day


class Left(Record):
    """What an authorization has left. `units` is None where it has no line for the drug.

    Where it is unknown what the payer counts, `units` reckons with what was billed, the smaller of both readings.
    """

    sessions: int
    units: int | None
    until_on: date


class Holding(Record):
    """An authorization that covers a session. `unpaid_units` are opened, and perhaps not paid: billing decides."""

    request: int
    counted_units: int
    unpaid_units: int


def need(dose_units: int, opened: int, counts: Counts) -> int:
    """Return the units that a planned session takes from an authorization, by what its payer counts.

    Unknown is booked as billed.
    """
    return dose_units if counts is Counts.GIVEN else opened


def counted(given_units: int, opened_units: int, counts: Counts) -> int:
    """Return the units that a given session has used up, by what its payer counts. Unknown is booked as billed."""
    return need(given_units, opened_units, counts)


def used(authorization: Authorization, sessions: Iterable[Session]) -> tuple[int, int]:
    """Return the sessions and units that were booked against an authorization."""
    booked = [session for session in sessions if session.coverage.authorization == authorization.request]
    return len(booked), sum(session.coverage.counted_units for session in booked)


def left(authorization: Authorization, sessions: Iterable[Session], *, drug_code: str) -> Left:
    """Return what an authorization has left after `sessions`.

    A line per session does not carry over: each session has its whole quantity.
    """
    sessions_used, units_used = used(authorization, sessions)
    line = _line(authorization, drug_code)
    units = None if line is None else line.quantity
    if line is not None and line.per is Per.ALL:
        units = line.quantity - units_used
    return Left(sessions=authorization.sessions - sessions_used, units=units, until_on=authorization.until_on)


def _line(authorization: Authorization, code: str) -> AuthorizationLine | None:
    return next((line for line in authorization.lines if line.code == code), None)


def holds(
    authorization: Authorization,
    *,
    on: date,
    planned_units: int,
    opened_units: int,
    sessions: Iterable[Session],
    drug_code: str,
) -> Refusal | Holding:
    """Return whether an authorization covers a session on the day `on`, and how much of it may stay unpaid.

    Refused outside the window, without sessions left, and when more units are planned than are left. Where it is
    unknown what the payer counts, only a shortage under both readings refuses. Opened units beyond what is left do
    not refuse: they are waste that may not be paid.
    """
    given = tuple(sessions)
    name = f"authorization {authorization.number}"
    if not authorization.from_on <= on <= authorization.until_on:
        window = f"{authorization.from_on.isoformat()} to {authorization.until_on.isoformat()}"
        return Refusal(reason=f"{name} covers {window}, not {on.isoformat()}")
    if authorization.expired_on is not None and on >= authorization.expired_on:
        return Refusal(reason=f"{name} ended on {authorization.expired_on.isoformat()}")
    rest = left(authorization, given, drug_code=drug_code)
    if rest.sessions <= 0:
        return Refusal(reason=f"{name} has no session left of {authorization.sessions}")
    line = _line(authorization, drug_code)
    if line is None or rest.units is None:
        return Holding(request=authorization.request, counted_units=0, unpaid_units=0)
    most = _units_left_at_most(authorization, line, given, rest.units)
    if planned_units > most:
        short = planned_units - most
        return Refusal(
            reason=f"{name} has {max(0, most)} units left and {planned_units} are planned: {short} short, "
            "ask for an amendment or a renewal"
        )
    takes = need(planned_units, opened_units, line.counts)
    return Holding(request=authorization.request, counted_units=takes, unpaid_units=max(0, takes - max(0, rest.units)))


def _units_left_at_most(
    authorization: Authorization, line: AuthorizationLine, sessions: Iterable[Session], booked_left: int
) -> int:
    """Return the units left by the reading that is best for the patient: an unknown count never refuses by itself."""
    if line.counts is not Counts.UNKNOWN or line.per is Per.SESSION:
        return booked_left
    given = sum(session.dose.units for session in sessions if session.coverage.authorization == authorization.request)
    return max(booked_left, line.quantity - given)


def coverage_on(
    *,
    on: date,
    planned_units: int,
    opened_units: int,
    coverage: Coverage,
    authorizations: Iterable[Authorization],
    sessions: Iterable[Session],
    drug_code: str,
) -> SessionCoverage | Refusal:
    """Return what pays for a session on the day `on`, or why nothing does.

    Of several authorizations that hold, the one that ends first is used up first.
    """
    if coverage.kind is CoverageKind.SELF_PAY:
        return _self_pay_on(on, coverage, sessions)
    if coverage.kind is CoverageKind.NOT_NEEDED:
        return _not_needed_on(on, coverage)
    given, refused = tuple(sessions), Refusal(reason="no authorization has been granted")
    for authorization in sorted(authorizations, key=lambda one: (one.until_on, one.request)):
        held = holds(
            authorization,
            on=on,
            planned_units=planned_units,
            opened_units=opened_units,
            sessions=given,
            drug_code=drug_code,
        )
        if isinstance(held, Holding):
            return SessionCoverage(
                kind=coverage.kind,
                payer_id=coverage.payer_id,
                authorization=authorization.request,
                authorization_number=authorization.number,
                counted_units=held.counted_units,
                unpaid_units=held.unpaid_units,
            )
        refused = held
    return refused


def _self_pay_on(on: date, coverage: Coverage, sessions: Iterable[Session]) -> SessionCoverage | Refusal:
    agreement = coverage.self_pay
    if agreement is None:
        return Refusal(reason="the patient has not agreed in writing to pay")
    if agreement.signed_on > on:
        return Refusal(reason=f"the patient's agreement to pay is signed on {agreement.signed_on.isoformat()}, later")
    paid = sum(
        session.coverage.kind is CoverageKind.SELF_PAY and session.given_on >= agreement.signed_on
        for session in sessions
    )
    if paid >= agreement.sessions:
        return Refusal(reason=f"the patient agreed to pay {agreement.sessions} sessions and {paid} were given")
    return SessionCoverage(kind=coverage.kind, amount_cents=agreement.amount_cents)


def _not_needed_on(on: date, coverage: Coverage) -> SessionCoverage | Refusal:
    if coverage.not_needed is None:
        return Refusal(reason="nobody has said that no authorization is needed: record who and when")
    if coverage.not_needed.said_on > on:
        return Refusal(reason=f"that none is needed was said on {coverage.not_needed.said_on.isoformat()}, later")
    return SessionCoverage(kind=coverage.kind, payer_id=coverage.payer_id)


def covers_planned_session(
    *,
    on: date,
    planned_units: int,
    opened_units: int,
    authorizations: Iterable[Authorization],
    sessions: Iterable[Session],
    drug_code: str,
) -> bool:
    """Whether one of the authorizations holds for the planned session. If not, a renewal is needed."""
    given = tuple(sessions)
    return any(
        isinstance(
            holds(
                authorization,
                on=on,
                planned_units=planned_units,
                opened_units=opened_units,
                sessions=given,
                drug_code=drug_code,
            ),
            Holding,
        )
        for authorization in authorizations
    )


def last_covered_day(*, authorizations: Iterable[Authorization]) -> date | None:
    """Return the last day that any authorization covers, or None when none has been granted.

    An authorization that ended early covers to the day before.
    """
    return max((_last_day(authorization) for authorization in authorizations), default=None)


def _last_day(authorization: Authorization) -> date:
    if authorization.expired_on is None:
        return authorization.until_on
    return min(authorization.until_on, authorization.expired_on - timedelta(days=1))
