"""Whether the course goes on: endings, reopening, closing."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.hold import HoldReason
from domain.record import Edge
from domain.waits import Way


class Withdrawal(Edge):
    """The patient no longer wants the course."""

    kind: Literal["withdraw"] = "withdraw"
    reason: str = Field(min_length=1)


class Reopen(Edge):
    """An ended course goes on."""

    kind: Literal["reopen"] = "reopen"
    reason: str = Field(min_length=1)
    agreed_by: str = Field(description="user id of the clinician who agreed")


class HoldAsked(Edge):
    """The course shall stand still until its review; of a course that is held: until a later one."""

    kind: Literal["hold"] = "hold"
    until: date = Field(description="when it is looked at again")
    reason: HoldReason | None = Field(default=None, description="needed where the course is not held yet")
    note: str | None = None


class Resume(Edge):
    """A held course goes on."""

    kind: Literal["resume"] = "resume"
    reason: str = Field(min_length=1)
    patient_informed: bool = Field(default=False, description="needed to go on with a pregnant patient")


class Pregnancy(Edge):
    """The patient is pregnant: booking stops at once, and a clinician decides."""

    kind: Literal["pregnancy"] = "pregnancy"
    expected_on: date | None = Field(default=None, description="the expected day of birth")
    note: str | None = None


class End(Edge):
    """The course ends with this outcome; withdrawal and death have facts of their own."""

    kind: Literal["end"] = "end"
    outcome: Literal["completed", "discontinued", "declined", "transferred", "lost_to_follow_up"]
    reason: str = Field(min_length=1, description="one of the outcome's coded reasons")
    note: str | None = None


class Death(Edge):
    """The patient has died. Everything to the patient stops at once."""

    kind: Literal["death"] = "death"
    died_on: date | None = Field(default=None, description="if known")
    note: str = Field(min_length=1, description="who told it, and how")


class DeathReview(Edge):
    """A clinician has looked at a death within weeks of a session."""

    kind: Literal["death-reviewed"] = "death-reviewed"
    related: Literal["no", "possible", "unknown"] = Field(description="to the injection")
    report: bool = Field(description="it is reported as a serious adverse event")
    note: str = Field(min_length=1)


class HandedOver(Edge):
    """A transferred patient's papers went on, with consent; the open authorization was seen to."""

    kind: Literal["handed-over"] = "handed-over"
    dossier_to: str | None = Field(
        default=None, min_length=1, description="which clinic has the dossier; left out: the patient wanted none"
    )
    consent_signed_on: date | None = Field(
        default=None, description="the patient's consent to send it, needed with dossier_to"
    )
    authorization: Literal["closed", "handed_over", "none"] = Field(description="what became of the open one")


class ContactAttempt(Edge):
    """Somebody tried to reach the patient, about no task in particular, or reached her."""

    kind: Literal["contact-attempt"] = "contact-attempt"
    how: Way = Way.CALL
    result: str = Field(min_length=1)
    reached: bool = Field(default=False, description="she answered: the attempts before count no more")
    again_on: date | None = None


StandingFact: TypeAlias = (
    Withdrawal | Reopen | HoldAsked | Resume | Pregnancy | End | Death | DeathReview | HandedOver | ContactAttempt
)
