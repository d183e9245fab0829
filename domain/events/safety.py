"""The safety watch and what happens to the patient."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from domain.events.common import CourseEvent
from domain.session import (
    AdverseEvent,
    WatchEnd,
)


class SafetyWatchEnded(CourseEvent):
    """The safety watch of one session is over."""

    kind: Literal["safety_watch_ended"] = "safety_watch_ended"
    session: int
    how: WatchEnd
    note: str = ""


class AdverseEventRecorded(CourseEvent):
    """Something happened to the patient."""

    kind: Literal["adverse_event_recorded"] = "adverse_event_recorded"
    adverse_event: AdverseEvent
    ends_watch_of: int | None = None  # the session whose safety call told it


class RedFlagReviewed(CourseEvent):
    """A clinician looked at a red flag."""

    kind: Literal["red_flag_reviewed"] = "red_flag_reviewed"
    adverse_event: int
    lift: bool
    note: str
    reported: bool | None = None


class AdverseEventReviewed(CourseEvent):
    """A clinician looked at an adverse event, asked for red flags, and found some or none."""

    kind: Literal["adverse_event_reviewed"] = "adverse_event_reviewed"
    adverse_event: int
    asked: tuple[str, ...]
    red_flags: tuple[str, ...]
    reported: bool | None
    look_again_on: date
    note: str


class AdverseEventEnded(CourseEvent):
    """An adverse event is over."""

    kind: Literal["adverse_event_ended"] = "adverse_event_ended"
    adverse_event: int
    ended_on: date
    note: str


class SitesReviewed(CourseEvent):
    """A clinician looked at the planned sites after an adverse event."""

    kind: Literal["sites_reviewed"] = "sites_reviewed"
    adverse_event: int
    note: str


SafetyEvent: TypeAlias = (
    SafetyWatchEnded | AdverseEventRecorded | RedFlagReviewed | AdverseEventReviewed | AdverseEventEnded | SitesReviewed
)
