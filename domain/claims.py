"""What is billed for one session: a claim to a payer, or an invoice to the patient."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Literal

from domain.coverage import Coverage, CoverageKind
from domain.payer import DrugSource, PayerPolicy, PlaceOfService
from domain.protocol import TreatmentProtocol
from domain.record import Record, Refusal
from domain.session import Session

WASTED = "JW"
"""The modifier of a line for drug that was opened and discarded. Source: sources.md [20]."""

NOTHING_WASTED = "JZ"
"""The modifier of the drug's line when nothing was discarded. Source: sources.md [20]."""


NO_MODIFIER = "none"
"""What a coder says where a session given in part needs no modifier."""

NUMBER_TO_COME = "the authorization has no number yet: the claim waits for it"
A_CODER_DECIDES = "given in part: a coder decides the modifier"


class Frequency(StrEnum):
    """Which of a session's claims it is, as payers read it (CLM05-3).

    Source: codes of the 837P; general knowledge, not in the sources read (U).
    """

    ORIGINAL = "1"
    REPLACEMENT = "7"
    VOID = "8"


class ClaimLine(Record):
    """One line: a code, how much of it, its modifiers, and the vial it came from. The charge is the biller's."""

    code: str
    quantity: int
    modifiers: tuple[str, ...] = ()
    ndc: str | None = None


class Claim(Record):
    """The bill for one session. Its id is the session's, so that a second one is a double."""

    id: str
    kind: Literal["claim", "invoice"]
    course_id: str
    session: int
    payer_id: str | None
    place_of_service: PlaceOfService
    service_on: date
    injector: str  # user id: who rendered the service
    diagnoses: tuple[str, ...] = ()
    authorization_number: str | None = None
    lines: tuple[ClaimLine, ...] = ()
    amount_cents: int | None = None  # of an invoice, in cents of US dollars
    frequency: Frequency = Frequency.ORIGINAL
    replaces: str | None = None  # the claim whose place it takes, or that it voids


def claim_for(
    session: Session,
    *,
    course_id: str,
    coverage: Coverage,
    policy: PayerPolicy | None,
    diagnosis: str,
    protocol: TreatmentProtocol,
    authorization_number: str | None = None,
) -> Claim | Refusal:
    """Return the claim or invoice for a session, or why none may be made.

    `coverage` and `policy` are those of the session's day; `authorization_number` is the one that came later than the
    session. Without a policy waste lines are billed. Whether a session given in part needs a modifier on its procedure
    a coder says (`Session.procedure_modifier`).

    Source: one procedure per session, sources.md [19]; drug and waste lines, sources.md [20].
    """
    if session.signed_on is None:
        return Refusal(reason=f"the record of session {session.number} is not signed")
    if session.dose.units <= 0:
        return Refusal(reason=f"nothing was given in session {session.number}: there is nothing to bill")
    if session.coverage.kind is CoverageKind.SELF_PAY:
        return _invoice(session, course_id=course_id, coverage=coverage)
    if session.coverage.kind is CoverageKind.CLINICS_RISK:
        return Refusal(reason="given at the clinic's risk: the patient is not billed; settle whether a payer is")
    payer_id = session.coverage.payer_id or coverage.payer_id
    number = session.claim_number or session.coverage.authorization_number or authorization_number
    if (missing := _missing(session, payer_id, diagnosis, _diagnoses(policy, protocol), number)) is not None:
        return missing
    modifiers = () if session.procedure_modifier is None else (session.procedure_modifier,)
    return Claim(
        id=f"{session.id}/claim",
        kind="claim",
        course_id=course_id,
        session=session.number,
        payer_id=payer_id,
        place_of_service=coverage.place_of_service,
        service_on=session.given_on,
        injector=session.injector,
        diagnoses=(diagnosis,),
        authorization_number=number,
        lines=(
            ClaimLine(code=protocol.billing.procedure_code.value, quantity=1, modifiers=modifiers),
            *_drug_lines(session, coverage=coverage, policy=policy, code=protocol.billing.drug_code.value),
        ),
    )


def _invoice(session: Session, *, course_id: str, coverage: Coverage) -> Claim | Refusal:
    """Return the invoice over the amount agreed for the session's day; a later agreement changes it no more."""
    agreed = session.coverage.amount_cents
    if agreed is None and coverage.self_pay is not None:
        agreed = coverage.self_pay.amount_cents
    if agreed is None:
        return Refusal(reason="the patient has not agreed in writing to pay")
    return Claim(
        id=f"{session.id}/invoice",
        kind="invoice",
        course_id=course_id,
        session=session.number,
        payer_id=None,
        place_of_service=coverage.place_of_service,
        service_on=session.given_on,
        injector=session.injector,
        amount_cents=agreed,
    )


def _diagnoses(policy: PayerPolicy | None, protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return the codes that may be billed: the payer's list where it has one, else the protocol's."""
    payers = () if policy is None else policy.billing.diagnoses.value
    return payers or protocol.billing.diagnoses.value


def _missing(
    session: Session, payer_id: str | None, diagnosis: str, billable: tuple[str, ...], number: str | None
) -> Refusal | None:
    if payer_id is None:
        return Refusal(reason="no payer is on record for the session's day")
    if session.coverage.kind is CoverageKind.AUTHORIZATION and not number:
        return Refusal(reason=NUMBER_TO_COME)
    if diagnosis not in billable:
        return Refusal(reason=f"the diagnosis is none that this payer is billed with; expected {', '.join(billable)}")
    return None


def _drug_lines(session: Session, *, coverage: Coverage, policy: PayerPolicy | None, code: str) -> Iterable[ClaimLine]:
    """Return the lines for the drug, vials of one NDC together: given units first, then waste.

    A specialty pharmacy bills the drug itself. A payer that takes no waste lines is billed what was given.
    """
    if coverage.drug_source is DrugSource.SPECIALTY_PHARMACY:
        return
    takes_waste = policy is None or policy.billing.takes_waste_lines.value
    given_modifiers = (NOTHING_WASTED,) if takes_waste and not session.wasted_units else ()
    for ndc in dict.fromkeys(vial.ndc for vial in session.vials):
        vials = [vial for vial in session.vials if vial.ndc == ndc]
        given = sum(vial.given_units for vial in vials)
        wasted = sum(vial.wasted_units for vial in vials)
        if given:
            yield ClaimLine(code=code, quantity=given, modifiers=given_modifiers, ndc=ndc)
        if wasted and takes_waste:
            yield ClaimLine(code=code, quantity=wasted, modifiers=(WASTED,), ndc=ndc)
