"""Telling a course what another part of Regimen has learnt."""

from __future__ import annotations

from typing import Protocol

from temporalio import activity

from activities.failures import tell_failures
from domain.facts import Request
from domain.record import Record


class TellCourse(Record):
    """A request for one course. Its request id makes it take effect once."""

    course_id: str
    request: Request


class Courses(Protocol):
    """Where courses run; one that is closed wakes. Raises `Unavailable`, and `Refused` where the course says no."""

    async def tell(self, told: TellCourse) -> None: ...


class CourseActivities:
    """What other workflows ask of courses."""

    def __init__(self, courses: Courses) -> None:
        self._courses = courses

    @activity.defn
    @tell_failures
    async def tell_course(self, told: TellCourse) -> None:
        await self._courses.tell(told)
