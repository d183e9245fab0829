"""What concerns the course as a whole."""

from __future__ import annotations

from typing import Literal, TypeAlias

from domain.clinic import Clinic
from domain.events.common import CourseEvent


class ClinicChanged(CourseEvent):
    """The clinic's settings have changed."""

    kind: Literal["clinic_changed"] = "clinic_changed"
    clinic: Clinic


class MessageUndelivered(CourseEvent):
    """A message did not reach the patient, or nobody knows whether it did."""

    kind: Literal["message_undelivered"] = "message_undelivered"
    key: str
    message: str
    status: str


class ReachedOtherwise(CourseEvent):
    """The patient was told in another way what these messages say; none named, all of them."""

    kind: Literal["reached_otherwise"] = "reached_otherwise"
    how: str
    messages: tuple[str, ...] = ()


class RollOverAsked(CourseEvent):
    """Somebody wants the course to go on in a new run."""

    kind: Literal["roll_over_asked"] = "roll_over_asked"


class EditionChanged(CourseEvent):
    """A new run goes by the rules of a newer edition of Regimen."""

    kind: Literal["edition_changed"] = "edition_changed"
    edition: int


WholeCourseEvent: TypeAlias = EditionChanged | ClinicChanged | MessageUndelivered | ReachedOtherwise | RollOverAsked
