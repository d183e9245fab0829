"""Before treatment: intake, eligibility, goals."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias

from pydantic import Field, field_validator

from domain.dose import Dose
from domain.eligibility import AgainstVerdict, Payment
from domain.history import CountSource
from domain.record import Edge


class EligibilityDecision(Edge):
    """A clinician decides where the protocol's verdict is not a plain yes."""

    kind: Literal["eligibility-decision"] = "eligibility-decision"
    decision: Literal["go_on", "decline", "assess_again"]
    reason: str | None = Field(
        default=None, description="in words; this or a coded reason is needed to go on against the verdict"
    )
    coded_reason: AgainstVerdict | None = Field(
        default=None, description="why the course goes on against the verdict; none and a reason in words: other"
    )
    patient_informed: bool = Field(
        default=False, description="the patient knows that it is off-label or may not be paid"
    )
    patient_informed_on: date | None = Field(default=None, description="the day of that talk; default: today")
    payment: Payment | None = Field(
        default=None, description="how it is paid, as settled with the patient; default: as the coverage says"
    )
    headache_days: int | None = Field(default=None, ge=0, le=31, description="corrected count, to assess again")
    migraine_days: int | None = Field(default=None, ge=0, le=31)
    period_days: int | None = Field(default=None, ge=1, le=31)
    source: CountSource | None = None
    months_with_headache: int | None = Field(default=None, ge=0)


class Goals(Edge):
    """Realistic goals, consent, and the dose planned for the first session."""

    kind: Literal["goals"] = "goals"
    goals: tuple[str, ...] = Field(min_length=1, description="what patient and clinician want to reach")
    consent_signed_on: date
    dose: Dose | None = Field(default=None, description="default: the protocol's dose")
    consented_by: Literal["patient", "guardian"] = Field(
        default="patient", description="who answers for a minor consents in his place"
    )
    assent: bool = Field(default=False, description="a minor agrees as well")

    @field_validator("goals", mode="before")
    @classmethod
    def _one_goal_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class OwnConsent(Edge):
    """A patient who came of age during the course consents himself."""

    kind: Literal["own-consent"] = "own-consent"
    signed_on: date


class DoseElsewhere(Edge):
    """Toxin was given elsewhere. It counts for the interval always, for the trial when a record shows a full dose."""

    kind: Literal["dose-elsewhere"] = "dose-elsewhere"
    given_on: date
    units: int | None = Field(default=None, gt=0, description="units, if known")
    source: CountSource = Field(description="where this is known from")
    product: Literal["onabotulinumtoxin_a", "other"] = "onabotulinumtoxin_a"


AdmissionFact: TypeAlias = EligibilityDecision | Goals | OwnConsent | DoseElsewhere
