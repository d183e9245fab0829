"""What concerns the course as a whole."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from domain.clinic import Clinic
from domain.record import Edge


class MessageUndelivered(Edge):
    """A message was refused for good, or nobody knows whether it arrived. It is not sent again."""

    kind: Literal["message-undelivered"] = "message-undelivered"
    key: str
    message: str = Field(description="the kind of message")
    status: Literal["failed", "unknown"]


class ReachedOtherwise(Edge):
    """The patient was told what the undelivered messages say."""

    kind: Literal["reached-otherwise"] = "reached-otherwise"
    how: str = Field(min_length=1, description="by telephone, at the visit, ...")


class ClinicChanged(Edge):
    """The clinic's settings have changed; the course reckons with the new ones."""

    kind: Literal["clinic-changed"] = "clinic-changed"
    clinic: Clinic


class RollOver(Edge):
    """Continue in a new run now, on the current version of the code. Nothing else changes."""

    kind: Literal["roll-over"] = "roll-over"


WholeCourseFact: TypeAlias = MessageUndelivered | ReachedOtherwise | ClinicChanged | RollOver
