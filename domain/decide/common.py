"""What all decisions share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from domain.course import Course
from domain.events import CourseEvent
from domain.facts import Request
from domain.hold import Hold, HoldReason, stopped_by
from domain.people import Actor, Role
from domain.record import Refusal
from domain.waits import Wait

Fact = TypeVar("Fact")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a decision looks at: the course, the request, the open task it is about, and the course's now."""

    course: Course
    request: Request
    task: Wait | None
    now: datetime
    today: date  # the clinic's

    @property
    def by(self) -> Actor:
        """Return who asks."""
        return self.request.by

    def fact_as(self, kind: type[Fact]) -> Fact:
        """Return the request's fact, which the table of decisions has matched with its kind."""
        assert isinstance(self.request.fact, kind), "the table of decisions names the kind"
        return self.request.fact


Decided: TypeAlias = CourseEvent | Refusal
Decide: TypeAlias = Callable[[Asked], Decided]


def subject_number(task: Wait | None) -> int | None:
    """Return the number that a wait's subject ends with: of a session, a request or an adverse event."""
    if task is None:
        return None
    tail = task.subject.rsplit("-", 1)[-1]
    return int(tail) if tail.isdigit() else None


def no_clinician(asked: Asked, field: str, user_id: str | None) -> Refusal | None:
    """Return why the clinician named in this field cannot be one, as far as the course knows: it knows who asks only.

    0.1 took any name.
    """
    if asked.course.edition < 2 or user_id != asked.by.user_id or asked.by.role is Role.CLINICIAN:
        return None
    return Refusal(reason=f"{field}: expected a clinician; your role is {asked.by.role}")


def hold_of(
    asked: Asked, reason: HoldReason, *, review_on: date, note: str | None, expected_on: date | None = None
) -> Hold:
    """Return the hold that begins now; it gives up the appointment, and a hold before it."""
    course = asked.course
    return Hold(
        number=len(course.holds) + 1,
        reason=reason,
        note=note,
        since=asked.today if course.hold is None else course.hold.since,
        review_on=review_on,
        stops=stopped_by(reason),
        by=asked.by.user_id,
        freed=None if course.appointment is None else course.appointment.number,
        expected_on=expected_on,
        is_decided=review_on > asked.today,
    )
