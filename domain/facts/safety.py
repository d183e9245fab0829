"""The safety watch and what happens to the patient."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias

from pydantic import Field, field_validator

from domain.record import Edge


class SafetyCall(Edge):
    """The call after a session."""

    kind: Literal["safety-call"] = "safety-call"
    session: int | None = None
    result: Literal["reached", "refused"] = Field(description="without an answer a try is logged instead")
    red_flags: tuple[str, ...] = Field(default=(), description="codes of the protocol's red flags")
    note: str = ""

    @field_validator("red_flags", mode="before")
    @classmethod
    def _one_flag_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class AdverseEventTold(Edge):
    """Something happened to the patient."""

    kind: Literal["adverse-event"] = "adverse-event"
    red_flags: tuple[str, ...] = ()
    note: str = Field(min_length=1)
    effect: str | None = Field(default=None, description="code of the protocol's effects, such as ptosis")
    onset_on: date | None = Field(default=None, description="the day it began")
    session: int | None = Field(default=None, description="default: the last session before it began")
    serious: bool = Field(default=False, description="death, danger to life, hospital, lasting harm")
    channel: Literal["phone", "visit", "message"] = Field(
        default="phone", description="how it was told; a message is answered at once where it holds a red flag"
    )

    @field_validator("red_flags", mode="before")
    @classmethod
    def _one_flag_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class RedFlagReview(Edge):
    """A clinician has looked at a red flag, and lifts the stop or keeps it."""

    kind: Literal["red-flag-reviewed"] = "red-flag-reviewed"
    adverse_event: int | None = None
    lift: bool
    note: str = Field(min_length=1)
    report: bool | None = Field(default=None, description="of a serious event: whether it is reported")


class AdverseEventReview(Edge):
    """A clinician has looked at an adverse event that is no red flag, and asked for the red flags."""

    kind: Literal["adverse-event-reviewed"] = "adverse-event-reviewed"
    adverse_event: int | None = None
    asked: tuple[str, ...] = Field(default=(), description="codes of the red flags that were asked for")
    red_flags: tuple[str, ...] = Field(default=(), description="those of them that are there")
    report: bool | None = Field(default=None, description="of a serious event: whether it is reported")
    again_on: date | None = Field(default=None, description="when to look again; default: as the protocol says")
    note: str = Field(min_length=1)

    @field_validator("asked", "red_flags", mode="before")
    @classmethod
    def _one_flag_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class AdverseEventEnd(Edge):
    """An adverse event is over."""

    kind: Literal["adverse-event-ended"] = "adverse-event-ended"
    adverse_event: int | None = None
    ended_on: date | None = Field(default=None, description="default: today")
    note: str = ""


class SitesReview(Edge):
    """A clinician has looked at the planned sites after an adverse event."""

    kind: Literal["sites-reviewed"] = "sites-reviewed"
    adverse_event: int | None = None
    note: str = Field(min_length=1, description="what is injected otherwise, or why nothing is")


SafetyFact: TypeAlias = (
    SafetyCall | AdverseEventTold | RedFlagReview | AdverseEventReview | AdverseEventEnd | SitesReview
)
