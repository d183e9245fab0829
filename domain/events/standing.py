"""Whether the course goes on: endings, reopening, closing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from domain.events.common import CourseEvent, Outcome
from domain.hold import Hold
from domain.waits import Attempt


class CourseEnded(CourseEvent):
    """The course is over, with its outcome and coded reason."""

    kind: Literal["course_ended"] = "course_ended"
    outcome: Outcome
    reason: str
    note: str | None = None
    died_on: date | None = None


class CourseReopened(CourseEvent):
    """The course goes on after all."""

    kind: Literal["course_reopened"] = "course_reopened"
    reason: str
    agreed_by: str


class CourseClosed(CourseEvent):
    """Nothing is left to do; the course can no longer be reopened."""

    kind: Literal["course_closed"] = "course_closed"


class HoldBegun(CourseEvent):
    """The course stands still. A hold before it is replaced."""

    kind: Literal["hold_begun"] = "hold_begun"
    hold: Hold


class HoldProlonged(CourseEvent):
    """The hold was reviewed and goes on until a later review. `due` is when the course then looks at it."""

    kind: Literal["hold_prolonged"] = "hold_prolonged"
    hold: int
    review_on: date
    due: datetime
    note: str | None = None


class HoldEnded(CourseEvent):
    """The course goes on. `anew`: what is settled anew, since the hold was longer than the protocol allows."""

    kind: Literal["hold_ended"] = "hold_ended"
    hold: int
    reason: str
    anew: tuple[str, ...] = ()


class GapTooLong(CourseEvent):
    """Nothing was given since a day for longer than the protocol allows. `anew`: what is settled anew, as after a hold."""

    kind: Literal["gap_too_long"] = "gap_too_long"
    since: date
    anew: tuple[str, ...]


class DeathReviewed(CourseEvent):
    """A clinician looked at a death within weeks of a session."""

    kind: Literal["death_reviewed"] = "death_reviewed"
    related: str
    reported: bool
    note: str


class PatientHandedOver(CourseEvent):
    """A transferred patient's dossier went on, and the open authorization was seen to."""

    kind: Literal["patient_handed_over"] = "patient_handed_over"
    dossier_to: str | None = None  # None: the patient wanted none
    consent_signed_on: date | None
    authorization: str


class ContactTried(CourseEvent):
    """Somebody tried to reach the patient."""

    kind: Literal["contact_tried"] = "contact_tried"
    attempt: Attempt
    reached: bool


StandingEvent: TypeAlias = (
    CourseEnded
    | CourseReopened
    | CourseClosed
    | HoldBegun
    | HoldProlonged
    | HoldEnded
    | GapTooLong
    | DeathReviewed
    | PatientHandedOver
    | ContactTried
)
