"""What all events share."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from domain.people import COURSE, Role
from domain.record import Record


class Outcome(StrEnum):
    """How a course ended."""

    COMPLETED = "completed"
    DISCONTINUED = "discontinued"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    LOST = "lost_to_follow_up"
    DECEASED = "deceased"


class CourseEvent(Record):
    """A fact that has happened. Number, time, day and author are stamped when it happens."""

    number: int = 0
    at: datetime | None = None
    on: date | None = None  # the clinic's day
    by: str = COURSE
    role: Role | None = None
    request_id: str | None = None
    task: str | None = None  # the wait that it answers
