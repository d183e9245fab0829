"""One course, opened for a page: its row, its journal and their fold. Every opening is a look that is recorded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from console.world import World
from domain.changes import fold
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.events import AnyEvent, UnknownEvent
from office.call import Call
from office.errors import BadInput, NotFound
from office.fields import Clock
from office.finding import course_named, events_of
from readmodel.access import SignedIn, put_look
from readmodel.lookups import CourseRow

NO_COURSE = "there is no such course"


@dataclass(frozen=True)
class Opened:
    """A course as its journal makes it now."""

    row: CourseRow
    journal: tuple[AnyEvent | UnknownEvent, ...]
    course: Course

    @property
    def now(self) -> datetime:
        """Return the course's own time."""
        return self.row.now

    @property
    def today(self) -> date:
        """Return the course's own day at its clinic."""
        return clinic_day(self.now, self.zone)

    @property
    def zone(self) -> str:
        """Return where its clinic is."""
        return self.course.clinic.zone

    @property
    def clock(self) -> Clock:
        """Return what `today` and `now` mean in its forms."""
        return Clock(now=self.now, zone=self.zone)

    @property
    def path(self) -> str:
        """Return where the course's page is."""
        return f"/courses/{self.row.course_id}"


async def opened(world: World, who: SignedIn, course_id: str, *, what: str) -> Opened:
    """Return a course by its whole id, and note who looked. Raises `NotFound`."""
    call = world.call(who.user_id)
    row = await row_of(call, course_id)
    noted = put_look(await call.reach.pool(), who.user_id, row.course_id, what=what)
    about, _ = await asyncio.gather(as_it_is(call, row), noted)
    return about


async def row_of(call: Call, course_id: str) -> CourseRow:
    """Return the row of a course by its whole id. Raises `NotFound`: what begins alike is nobody's business."""
    try:
        row = await course_named(call, course_id)
    except (NotFound, BadInput):
        raise NotFound(NO_COURSE) from None
    if row.course_id != course_id:
        raise NotFound(NO_COURSE)
    return row


async def as_it_is(call: Call, row: CourseRow) -> Opened:
    """Return a course of which the row is known."""
    journal = await events_of(call, row)
    return Opened(
        row=row,
        journal=tuple(journal),
        course=fold(journal, course_id=row.course_id, patient_id=row.patient_id),
    )
