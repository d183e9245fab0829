"""What people type, found: a course by the beginning of its id, a task by its id, a user by his."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from domain.changes import fold
from domain.clinic import Clinic
from domain.course import Course
from domain.events import AnyEvent, UnknownEvent, WaitOpened, parse_event
from domain.people import Actor, Role, User
from domain.waits import WaitKind
from office.call import Call
from office.errors import BadInput, CourseRefused, NotFound, WrongField
from office.fields import Clock
from readmodel import lookups
from readmodel.clinicians import journals_of
from readmodel.lookups import CourseRow
from readmodel.people import users
from readmodel.pool import Pool

PREFIX_MIN = 4


@dataclass(frozen=True)
class Task:
    """A task of a course: the wait's id there, and its kind."""

    course: CourseRow
    wait_id: str
    kind: WaitKind


async def course_named(call: Call, text: str) -> CourseRow:
    """Return the course whose id begins with `text`."""
    wanted = text.strip().lower()
    if len(wanted) < PREFIX_MIN:
        raise wrong("course", f"expected a course id, or at least its first {PREFIX_MIN} characters")
    try:
        return await lookups.course(await call.reach.pool(), wanted, now=datetime.now(UTC))
    except lookups.NoSuchCourse:
        raise NotFound(f"no course {text}; `starter.py list` and `find` show them") from None
    except lookups.AmbiguousCourse as problem:
        raise wrong("course", str(problem)) from None


async def events_of(call: Call, course: CourseRow) -> list[AnyEvent | UnknownEvent]:
    """Return the course's journal, oldest first."""
    return [parse_event(data) for data in await lookups.events_of(await call.reach.pool(), course.course_id)]


async def folded(call: Call, row: CourseRow) -> Course:
    """Return the course as its journal makes it, open or closed, with or without a worker."""
    return fold(await events_of(call, row), course_id=row.course_id, patient_id=row.patient_id)


async def folded_of(pool: Pool, course_ids: Collection[str]) -> Mapping[str, Course]:
    """Return several courses as their journals make them, by id, without whose they are; not one without a journal."""
    courses = {}
    for course_id, events in (await journals_of(pool, course_ids)).items():
        if events:
            courses[course_id] = fold([parse_event(data) for data in events], course_id=course_id, patient_id="")
        await asyncio.sleep(0)  # a long list lets others be answered between two courses
    return courses


async def task_named(call: Call, text: str) -> Task:
    """Return the task `COURSE/WAIT`; both may be shortened as long as they are clear."""
    course_text, slash, wait_text = text.partition("/")
    if not slash or not wait_text:
        raise wrong("task", "expected a task such as 6f3c.../goals:intake; `starter.py tasks` shows them")
    course = await course_named(call, course_text)
    waits = await lookups.waits_of(await call.reach.pool(), course.course_id, now=datetime.now(UTC))
    found = [wait for wait in waits if wait.wait_id == wait_text]
    found = found or [wait for wait in waits if wait.role and wait.wait_id.startswith(wait_text)]
    if len(found) > 1:
        ids = ", ".join(wait.wait_id for wait in found)
        raise wrong("task", f"{wait_text} is the beginning of more than one task: {ids}")
    if found:
        return Task(course=course, wait_id=found[0].wait_id, kind=found[0].kind)
    return await _closed_task(call, course, wait_text)


async def _closed_task(call: Call, course: CourseRow, wait_id: str) -> Task:
    """Return a task that was open once: the course itself says that it is no longer."""
    opened = [event.wait for event in await events_of(call, course) if isinstance(event, WaitOpened)]
    kind = next((wait.kind for wait in opened if wait.id == wait_id), None)
    if kind is None:
        raise NotFound(f"no task {wait_id} in course {course.course_id}; `starter.py tasks` shows what is open")
    return Task(course=course, wait_id=wait_id, kind=kind)


async def user_named(call: Call, text: str, *, field: str) -> User:
    """Return a user of the list."""
    known = {user.user_id: user for user in await users(await call.reach.pool())}
    if not known:
        raise wrong(field, "no users are loaded yet; `starter.py users load FILE.toml --by ADMIN` loads them")
    if text not in known:
        close = get_close_matches(text, known, n=1)
        raise wrong(field, f"no user {text}" + (f"; did you mean {close[0]}?" if close else "; see `starter.py users`"))
    return known[text]


async def actor_of(call: Call, *roles: Role) -> Actor:
    """Return who calls, as a request carries him; with `roles`, only if he has one of them."""
    if not call.by:
        raise wrong("by", "say who does this: --by USER, or set REGIMEN_BY")
    user = await user_named(call, call.by, field="by")
    if roles and user.role not in roles:
        raise CourseRefused(f"this is for {' or '.join(sorted(roles))}; your role is {user.role}")
    return Actor(user_id=user.user_id, role=user.role, may_inject=user.may_inject)


async def clinic_of(call: Call) -> Clinic:
    """Return the clinic as it is set up."""
    clinic = await lookups.clinic(await call.reach.pool())
    if clinic is None:
        raise BadInput("no clinic is set up yet; `starter.py clinic load FILE.toml --by ADMIN` does it")
    return clinic


async def clock_of(call: Call, course: CourseRow | None = None) -> Clock:
    """Return what time it is for a course, at its clinic."""
    clinic = await clinic_of(call)
    return Clock(now=datetime.now(UTC) if course is None else course.now, zone=clinic.zone)


def wrong(field: str, message: str) -> BadInput:
    """Return the error about one argument or option."""
    return BadInput(message, [WrongField(field=field, problem=message, expected="")])
