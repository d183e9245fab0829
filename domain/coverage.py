"""Who pays for a session: an authorization, none needed, or self-pay; and what an authorization has left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from domain.clinic_time import day_in_words
from domain.payer import Counts, DrugSource, PayerPolicy, PlaceOfService
from domain.record import Record, Refusal

if TYPE_CHECKING:
    from domain.session import Session  # a session names its coverage, so the import goes the other way


class CoverageKind(StrEnum):
    """How a session is paid for."""

    AUTHORIZATION = "authorization"
    NOT_NEEDED = "not_needed"
    SELF_PAY = "self_pay"
    CLINICS_RISK = "clinics_risk"  # of one session only: the clinic took the risk by name, the patient is not billed


class SelfPayAgreement(Record):
    """The patient agreed in writing to pay."""

    signed_on: date
    amount_cents: int  # per session, in cents of US dollars
    sessions: int
    form: str | None = None  # the form that the payer demands, where it demands one
    signed_by: Literal["patient", "guardian"] | None = None  # None: 0.1 did not ask
    confirmed_by: str | None = None  # of an insured patient: the biller who says that she may be charged
    from_session: int | None = None  # the first session that it pays for; None: those from the day of signing on
    told_in: int | None = None  # the event that told it; None: the intake did, or 0.1


class ClinicsRisk(Record):
    """Somebody took the risk for one session by name: it is given without coverage and the patient is not billed."""

    session: int
    by: str
    on: date
    reason: str


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

    @property
    def is_unsaid(self) -> bool:
        """Whether nobody has said yet that none is needed, or signed to pay: after a long hold that is settled anew."""
        said = {CoverageKind.NOT_NEEDED: self.not_needed, CoverageKind.SELF_PAY: self.self_pay}
        return self.kind in said and said[self.kind] is None


class CoveragePeriod(Record):
    """A way of payment that another has followed. `until_on` is its last day."""

    until_on: date
    coverage: Coverage
    policy: PayerPolicy | None = None
    told_on: date | None = None  # when it became known that another follows
    told_in: int | None = None  # the event that told it; None: it cannot be taken back


class Purpose(StrEnum):
    """Why a payer is asked."""

    INITIAL = "initial"
    RENEWAL = "renewal"
    EXTENSION = "extension"  # of the same authorization's last day
    AMENDMENT = "amendment"  # of the same authorization's units
    CONTINUATION = "continuation"  # another payer or clinic goes on with what a first one began
    PEER_TO_PEER = "peer_to_peer"
    APPEAL = "appeal"
    TRANSITION = "transition"  # what a payer granted for the time until it has decided on a continuation


class Decision(StrEnum):
    """What the payer answered."""

    APPROVED = "approved"
    DENIED = "denied"


class Transition(Record):
    """A transition period that a payer is asked for: the sessions that were planned under the payer before it."""

    sessions: int
    until_on: date
    payer_before: str
    granted: bool | None = None  # None: not answered yet
    answered_on: date | None = None


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
    of_request: int | None = None  # the request whose denial this one follows
    level: int | None = None  # of an appeal, counted from 1
    last_on: date | None = None  # the payer's last day for it: unsent on the day after, it lapses
    answer_days: int | None = None  # the payer's time to answer, where it differs from its usual one
    lapsed_on: date | None = None
    payer_id: str | None = None  # None: the only payer there has been
    amends: int | None = None  # the request whose authorization is to be extended or amended
    until_on: date | None = None  # the last day that is asked for, of an extension
    reason: str | None = None  # why it is asked, in words that may go to the payer
    transition: Transition | None = None  # asked for with it, of a payer who follows another
    closed_on: date | None = None  # no answer is waited for any more
    closed_because: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether an answer of the payer is waited for."""
        return self.decided_on is None and self.lapsed_on is None and self.closed_on is None


class ApprovalAnswer(StrEnum):
    """What we say to an approval that differs from what is needed."""

    ACCEPT = "accept"
    CONTEST = "contest"


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
    number: str  # empty: granted by telephone, the number is still to come
    from_on: date
    until_on: date
    sessions: int
    lines: tuple[AuthorizationLine, ...] = ()
    expired_on: date | None = None
    payer_id: str | None = None  # None: the only payer there has been
    stopped_on: date | None = None  # withdrawn or followed by another coverage: the first day without it
    stopped_because: str | None = None
    stopped_in: int | None = None  # the event that told it
    differs: tuple[str, ...] = ()  # from what is needed, in words
    answer: ApprovalAnswer | None = None  # to what differs; None: nobody has answered yet
    drug_source: DrugSource | None = None  # granted for this one only
    place_of_service: PlaceOfService | None = None  # granted for this one only
    conditions: str | None = None  # in the payer's words
    is_transition: bool = False  # for the time until its payer has decided: it is neither extended nor renewed

    @property
    def name(self) -> str:
        """Return what people call it."""
        return f"authorization {self.number}" if self.number else "the authorization whose number is still to come"

    @property
    def waits_for_answer(self) -> bool:
        """Whether somebody must accept or contest what differs from what is needed."""
        ended = self.stopped_on is not None or self.expired_on is not None
        return bool(self.differs) and self.answer is None and not ended

    @property
    def only_for(self) -> str | None:
        """Return the drug source or place that it is granted for only, while nobody has accepted that."""
        if self.answer is ApprovalAnswer.ACCEPT:
            return None
        only = [str(one) for one in (self.drug_source, self.place_of_service) if one is not None]
        return " and ".join(only).replace("_", " ") or None


class SessionCoverage(Record):
    """What pays for one session, and what it uses up."""

    kind: CoverageKind
    payer_id: str | None = None
    authorization: int | None = None  # the request's number
    authorization_number: str | None = None
    counted_units: int = 0
    unpaid_units: int = 0  # opened beyond what is left: perhaps not paid, billing decides
    uncovered: str | None = None  # why nothing pays, where coverage was told after the session or its clearance
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
    if (closed := _closed_to(authorization, on)) is not None:
        return closed
    given, name = tuple(sessions), authorization.name
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


def _closed_to(authorization: Authorization, on: date) -> Refusal | None:
    """Return why an authorization covers nothing on the day `on`, whatever it has left."""
    name = authorization.name
    if not authorization.from_on <= on <= authorization.until_on:
        window = f"{day_in_words(authorization.from_on)} to {day_in_words(authorization.until_on)}"
        return Refusal(reason=f"{name} covers {window}, not {day_in_words(on)}")
    if authorization.expired_on is not None and on >= authorization.expired_on:
        return Refusal(reason=f"{name} ended on {day_in_words(authorization.expired_on)}")
    if authorization.stopped_on is not None and on >= authorization.stopped_on:
        return Refusal(
            reason=f"{name} ended on {day_in_words(authorization.stopped_on)}: {authorization.stopped_because}"
        )
    if authorization.only_for is not None:
        return Refusal(reason=f"{name} is for {authorization.only_for} only: accept or contest that first")
    return None


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
    granted = granted_by(coverage.payer_id, authorizations)
    for authorization in sorted(granted, key=lambda one: (one.until_on, one.request)):
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
                authorization_number=authorization.number or None,
                counted_units=held.counted_units,
                unpaid_units=held.unpaid_units,
            )
        refused = held
    return refused


def coverage_at_best(
    *,
    on: date,
    planned_units: int,
    opened_units: int,
    coverage: Coverage,
    authorizations: Iterable[Authorization],
    sessions: Iterable[Session],
    drug_code: str,
) -> SessionCoverage:
    """Return what a session given on the day `on` comes under although nothing covers it.

    That is an authorization whose window has the day and a session left, with the units it lacks as unpaid; else none.
    """
    none = SessionCoverage(kind=coverage.kind, payer_id=coverage.payer_id)
    if coverage.kind is not CoverageKind.AUTHORIZATION:
        return none
    given = tuple(sessions)
    for authorization in sorted(
        granted_by(coverage.payer_id, authorizations), key=lambda one: (one.until_on, one.request)
    ):
        rest = left(authorization, given, drug_code=drug_code)
        if not authorization.from_on <= on <= last_day(authorization) or rest.sessions <= 0:
            continue
        line = _line(authorization, drug_code)
        counts = Counts.UNKNOWN if line is None else line.counts
        lacking = need(planned_units, opened_units, counts) - max(0, rest.units or 0)
        return none.model_copy(
            update={
                "authorization": authorization.request,
                "authorization_number": authorization.number or None,
                "unpaid_units": 0 if line is None else max(0, lacking),
            }
        )
    return none


def paid_otherwise_on(
    *,
    on: date,
    for_session: int,
    coverage: Coverage,
    sessions: Iterable[Session],
    risks: Iterable[ClinicsRisk],
) -> SessionCoverage | None:
    """Return what pays for a session that no payer covers: the patient as agreed, or the clinic at its own risk.

    An insured patient's agreement holds once a biller has confirmed that she may be charged.
    """
    agreement = coverage.self_pay
    if coverage.kind is CoverageKind.AUTHORIZATION and agreement is not None and agreement.confirmed_by is not None:
        paid = _self_pay_on(on, coverage, sessions)
        if isinstance(paid, SessionCoverage):
            return paid
    if any(risk.session == for_session and risk.on <= on for risk in risks):
        return SessionCoverage(kind=CoverageKind.CLINICS_RISK)
    return None


def agreed_sessions_left(agreement: SelfPayAgreement, sessions: Iterable[Session]) -> int:
    """Return how many of the sessions that the patient agreed to pay have not been given.

    What had been given when it was told does not count, not even on the day of signing: an agreement signed at the
    check-out is for the sessions to come.
    """
    paid = sum(
        session.coverage.kind is CoverageKind.SELF_PAY
        and session.given_on >= agreement.signed_on
        and session.number >= (agreement.from_session or session.number)
        for session in sessions
    )
    return agreement.sessions - paid


def granted_by(payer_id: str | None, authorizations: Iterable[Authorization]) -> tuple[Authorization, ...]:
    """Return the authorizations of one payer; those of before a second one came name none and are the first's."""
    return tuple(one for one in authorizations if one.payer_id in {None, payer_id})


def _self_pay_on(on: date, coverage: Coverage, sessions: Iterable[Session]) -> SessionCoverage | Refusal:
    agreement = coverage.self_pay
    if agreement is None:
        return Refusal(reason="the patient has not agreed in writing to pay")
    if agreement.signed_on > on:
        return Refusal(reason=f"the patient's agreement to pay is signed on {day_in_words(agreement.signed_on)}, later")
    rest = agreed_sessions_left(agreement, sessions)
    if rest <= 0:
        paid = agreement.sessions - rest
        return Refusal(reason=f"the patient agreed to pay {agreement.sessions} sessions and {paid} were given")
    return SessionCoverage(kind=CoverageKind.SELF_PAY, amount_cents=agreement.amount_cents)


def _not_needed_on(on: date, coverage: Coverage) -> SessionCoverage | Refusal:
    if coverage.not_needed is None:
        return Refusal(reason="nobody has said that no authorization is needed: record who and when")
    if coverage.not_needed.said_on > on:
        return Refusal(reason=f"that none is needed was said on {day_in_words(coverage.not_needed.said_on)}, later")
    return SessionCoverage(kind=coverage.kind, payer_id=coverage.payer_id)


def last_covered_day(*, authorizations: Iterable[Authorization]) -> date | None:
    """Return the last day that any authorization covers, or None when none has been granted.

    An authorization that ended early covers to the day before.
    """
    return max((last_day(authorization) for authorization in authorizations), default=None)


def last_day(authorization: Authorization) -> date:
    """Return the last day that an authorization covers."""
    ended = (day for day in (authorization.expired_on, authorization.stopped_on) if day is not None)
    return min((authorization.until_on, *(day - timedelta(days=1) for day in ended)))
