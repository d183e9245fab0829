"""What was told against a rule, and what is seen to because of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, field_validator

from domain.dose import Dose, VialOpened
from domain.payer import Counts
from domain.record import Edge
from domain.session import NotGivenReason


class DeviationReviewed(Edge):
    """A clinician has looked at a deviation."""

    kind: Literal["deviation-reviewed"] = "deviation-reviewed"
    deviation: int | None = Field(default=None, description="number of its event; default: the task's")
    note: str = Field(min_length=1, description="what was found, and what is done about it")


IN_ERROR = Field(default=False, description="it never happened to this patient: typed on the wrong course")


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
    entered_in_error: bool = IN_ERROR


class AuthorizationValues(Edge):
    """What an authorization should have said."""

    of: Literal["authorization_decided"] = "authorization_decided"
    number: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    sessions: int | None = Field(default=None, ge=1)
    units: int | None = Field(default=None, ge=1, description="drug units in all")
    counts: Counts | None = None


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


Values: TypeAlias = SessionValues | VisitValues | AuthorizationValues | GoalsValues | PacketValues | AdverseEventValues


class Correction(Edge):
    """A recorded fact was told wrongly. The event is named by its number in the journal, with who recorded it when."""

    kind: Literal["correction"] = "correction"
    event: int = Field(description="its number in the journal")
    subject: int | None = Field(
        default=None, description="the session, request, adverse event or appointment it is about"
    )
    recorded_by: str
    recorded_on: date
    values: Annotated[Values, Field(discriminator="of")]
    reason: str = Field(min_length=1)


class ToldAnew(Edge):
    """The patient was told anew what a message had told wrongly."""

    kind: Literal["told-anew"] = "told-anew"
    how: str = Field(min_length=1)


TellingFact: TypeAlias = DeviationReviewed | Correction | ToldAnew
