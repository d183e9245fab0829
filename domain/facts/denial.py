"""What follows a payer's no or not yet: the step chosen, what is waited for, who pays meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.denial import DenialStep
from domain.history import TrialOutcome
from domain.payer import DrugSource, PlaceOfService
from domain.record import Edge


class DenialStepChosen(Edge):
    """Choose what follows a denial. A patient who pays is told by `self-pay-agreed`."""

    kind: Literal["denial-step"] = "denial-step"
    step: DenialStep
    until_on: date | None = Field(
        default=None, description="with wait: when to ask how it goes; default: by the policy"
    )
    drug_source: DrugSource | None = Field(default=None, description="with send_anew: another source of the drug")
    place_of_service: PlaceOfService | None = Field(default=None, description="with send_anew: another place")
    note: str | None = Field(default=None, description="why; needed to stop")


class AskPayer(Edge):
    """Ask the payer although its criteria are not met, with a clinician's letter; or again, where its yes falls short."""

    kind: Literal["ask-payer"] = "ask-payer"
    reason: str = Field(min_length=1)
    letter_by: str | None = Field(
        default=None, min_length=1, description="user id of the clinician who signs the letter; needed for an exception"
    )


class TrialTold(Edge):
    """How a treatment that the payer asks for goes, or went, or how many diary days there are."""

    kind: Literal["trial-told"] = "trial-told"
    drug: str | None = None
    drug_class: str | None = Field(default=None, description="needed for a drug that is not on record")
    outcome: TrialOutcome | None = None
    days: int | None = Field(default=None, ge=0, le=3650, description="how long it has been taken")
    dose_mg: float | None = Field(default=None, gt=0)
    diary_days: int | None = Field(default=None, ge=0, le=1000, description="days of diary there are now")
    ask_again_on: date | None = Field(default=None, description="when to ask again; default: as the policy says")
    note: str | None = None


class SelfPayConfirmed(Edge):
    """A biller says whether this insured patient may be charged."""

    kind: Literal["self-pay-confirmed"] = "self-pay-confirmed"
    may_be_charged: bool
    reason: str = Field(min_length=1, description="why, such as the kind of denial or the form she signed")


class MoreTimeGranted(Edge):
    """The payer itself granted more time. Nobody else moves its last days."""

    kind: Literal["more-time-granted"] = "more-time-granted"
    step: Literal[DenialStep.PEER_TO_PEER, DenialStep.APPEAL]
    last_on: date
    reference: str = Field(min_length=1, description="the payer's reference, or who said so")


class AtClinicsRisk(Edge):
    """Take the risk for one session by name: it is given without coverage, and the patient is not billed."""

    kind: Literal["at-clinics-risk"] = "at-clinics-risk"
    session: int | None = Field(default=None, ge=1, description="default: the next one")
    reason: str = Field(min_length=1)


DenialFact: TypeAlias = DenialStepChosen | AskPayer | TrialTold | SelfPayConfirmed | MoreTimeGranted | AtClinicsRisk
