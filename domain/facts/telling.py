"""What was told against a rule, and what is seen to because of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, field_validator

from domain.denial import DenialCode
from domain.dose import Dose, VialOpened
from domain.history import DRUG_CLASSES, CountSource
from domain.payer import Counts
from domain.record import Edge
from domain.session import NotGivenReason


class DeviationReviewed(Edge):
    """A clinician has looked at a deviation."""

    kind: Literal["deviation-reviewed"] = "deviation-reviewed"
    deviation: int | None = Field(default=None, description="number of its event; default: the task's")
    note: str = Field(min_length=1, description="what was found, and what is done about it")


IN_ERROR = Field(default=False, description="it never happened to this patient: typed on the wrong course")
BY_MISTAKE = Field(default=False, description="recorded by mistake: it is undone")


class SessionValues(Edge):
    """What a session's record should have said. What is not named stays as it is."""

    of: Literal["session_given"] = "session_given"
    given_on: date | None = Field(default=None, description="the day it was given")
    given_at: datetime | None = None
    vials: tuple[VialOpened, ...] | None = Field(
        default=None, min_length=1, description="all opened vials: size:lot:expiry, e.g. 200:C7461:2027-06-30"
    )
    dose: Dose | None = None
    injector: str | None = None
    in_part: bool | None = None
    reactions: tuple[str, ...] | None = None
    trial: bool | None = Field(default=None, description="a clinician says whether it was a trial session")
    entered_in_error: bool = IN_ERROR


class VisitValues(Edge):
    """What the record of a visit without drug should have said."""

    of: Literal["session_not_given"] = "session_not_given"
    reason: NotGivenReason | None = None
    on: date | None = None
    note: str | None = None
    lost_vials: tuple[VialOpened, ...] | None = Field(default=None, description="vials opened and not given")
    lost_because: str | None = Field(default=None, min_length=1, description="why they were opened and not given")
    entered_in_error: bool = IN_ERROR


class AuthorizationValues(Edge):
    """What a payer's decision should have said: an authorization, or a denial."""

    of: Literal["authorization_decided"] = "authorization_decided"
    number: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    sessions: int | None = Field(default=None, ge=1)
    units: int | None = Field(default=None, ge=1, description="drug units in all")
    counts: Counts | None = None
    reason: str | None = Field(default=None, min_length=1, description="of a denial: in the payer's words or code")
    denial_code: DenialCode | None = Field(default=None, description="of a denial: why, as a code")
    letter_on: date | None = Field(default=None, description="of a denial: the letter's day, from which days count")
    peer_to_peer_until: date | None = Field(default=None, description="of a denial: as the letter says")
    appeal_until: date | None = Field(default=None, description="of a denial: as the letter says")
    entered_in_error: bool = Field(
        default=False, description="the payer has not said so: its answer is waited for as before, and told anew"
    )


class GoalsValues(Edge):
    """What the record of goals and consent should have said."""

    of: Literal["goals_set"] = "goals_set"
    goals: tuple[str, ...] | None = Field(default=None, min_length=1)
    consent_signed_on: date | None = None

    @field_validator("goals", mode="before")
    @classmethod
    def _one_goal_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class PacketValues(Edge):
    """What was said of a request that went to the payer."""

    of: Literal["packet_submitted"] = "packet_submitted"
    submitted_on: date | None = None
    reference: str | None = None


class AdverseEventValues(Edge):
    """What the record of an adverse event should have said."""

    of: Literal["adverse_event_recorded"] = "adverse_event_recorded"
    onset_on: date | None = None
    note: str | None = Field(default=None, min_length=1)
    red_flags: tuple[str, ...] | None = None
    entered_in_error: bool = IN_ERROR

    @field_validator("red_flags", mode="before")
    @classmethod
    def _one_flag_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class SafetyCallValues(Edge):
    """What the record of a safety call should have said. In error: the patient was not reached, and is called again."""

    of: Literal["safety_watch_ended"] = "safety_watch_ended"
    result: Literal["reached", "refused"] | None = None
    entered_in_error: bool = BY_MISTAKE


class DoseElsewhereValues(Edge):
    """What was told of a dose given elsewhere."""

    of: Literal["dose_elsewhere_told"] = "dose_elsewhere_told"
    given_on: date | None = None
    units: int | None = Field(default=None, gt=0)
    source: CountSource | None = None
    product: Literal["onabotulinumtoxin_a", "other"] | None = None
    entered_in_error: bool = BY_MISTAKE


class ResponseValues(Edge):
    """What the answer to a response check should have said. Another answer: this one in error, and the check anew."""

    of: Literal["response_answered"] = "response_answered"
    reason: str | None = Field(default=None, min_length=1)
    entered_in_error: bool = Field(
        default=False, description="recorded by mistake: the check opens again and is answered anew"
    )


class SelfPayValues(Edge):
    """What the patient's agreement to pay says."""

    of: Literal["self_pay_agreed"] = "self_pay_agreed"
    signed_on: date | None = None
    amount_cents: int | None = Field(default=None, ge=0, description="per session, in cents")
    sessions: int | None = Field(default=None, ge=1)
    form: str | None = None
    entered_in_error: bool = BY_MISTAKE


class WearingOffValues(Edge):
    """What was told of the effect that wears off."""

    of: Literal["wearing_off_recorded"] = "wearing_off_recorded"
    week: int | None = Field(default=None, ge=1, le=52)
    note: str | None = None
    entered_in_error: bool = BY_MISTAKE


class MedicationValues(Edge):
    """What was told of another drug."""

    of: Literal["medication_changed"] = "medication_changed"
    drug: str | None = Field(default=None, min_length=1)
    drug_class: str | None = Field(default=None, description=f"one of: {', '.join(DRUG_CLASSES)}")
    change: Literal["started", "stopped", "changed", "tapering"] | None = None
    on: date | None = None
    preventive: bool | None = None
    elsewhere: bool | None = None
    dose_mg: float | None = Field(default=None, gt=0)
    note: str | None = None
    entered_in_error: bool = BY_MISTAKE


class ScoreValues(Edge):
    """What a questionnaire's score should have been."""

    of: Literal["score_recorded"] = "score_recorded"
    value: int | None = Field(default=None, ge=0)
    on: date | None = None
    entered_in_error: bool = BY_MISTAKE


class EarlierDoseSaid(Edge):
    """A dose before the course, as the intake should have said it."""

    given_on: date
    units: int | None = Field(default=None, gt=0)
    source: CountSource
    product: Literal["onabotulinumtoxin_a", "other"] = "onabotulinumtoxin_a"


class IntakeValues(Edge):
    """What the intake should have said."""

    of: Literal["course_started"] = "course_started"
    diagnosis: str | None = Field(default=None, min_length=1, description="ICD-10-CM, such as G43.709")
    earlier_doses: tuple[EarlierDoseSaid, ...] | None = Field(
        default=None, description="all doses that the intake knew: day:units:source, or none"
    )


class CoverageChangedValues(Edge):
    """That another coverage follows was told wrongly: it is undone, and what is right told anew."""

    of: Literal["coverage_changed"] = "coverage_changed"
    entered_in_error: bool = Field(
        default=False, description="who paid before pays on, by what was granted then; what is right is told anew"
    )


class WithdrawalValues(Edge):
    """That a payer withdrew an authorization was told wrongly: it is undone, and what is right told anew."""

    of: Literal["authorization_withdrawn"] = "authorization_withdrawn"
    entered_in_error: bool = Field(
        default=False, description="the payer has not withdrawn it: it covers again what lies in its window"
    )


Values: TypeAlias = (
    SessionValues
    | VisitValues
    | AuthorizationValues
    | GoalsValues
    | PacketValues
    | AdverseEventValues
    | SafetyCallValues
    | DoseElsewhereValues
    | ResponseValues
    | SelfPayValues
    | WearingOffValues
    | MedicationValues
    | ScoreValues
    | IntakeValues
    | CoverageChangedValues
    | WithdrawalValues
)


class Correction(Edge):
    """A recorded fact was told wrongly. The event is named by its number in the journal, with who recorded it when."""

    kind: Literal["correction"] = "correction"
    event: int = Field(description="its number in the journal")
    subject: int | None = Field(
        default=None, description="the session, request, adverse event or appointment it is about"
    )
    watch_of: int | None = Field(default=None, description="the session whose safety call told it, of an adverse event")
    recorded_by: str
    recorded_on: date
    values: Annotated[Values, Field(discriminator="of")]
    reason: str = Field(min_length=1)


class ToldAnew(Edge):
    """The patient was told anew what a message had told wrongly."""

    kind: Literal["told-anew"] = "told-anew"
    how: str = Field(min_length=1)


TellingFact: TypeAlias = DeviationReviewed | Correction | ToldAnew
