"""Pages: the story of a course, and Temporal history behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from temporalio.service import RPCError

from console.access.guard import only
from console.access.table import Act, may
from console.labels import failure_said
from console.page import page
from console.world import World, world_of
from domain.clinic_time import clinic_day
from domain.people import COURSE
from office.errors import BadInput, CommandFailed, NotFound
from office.finding import clinic_of, course_named, events_of
from office.history import SUBJECTS, Line, Step, is_asked_for, line_of, rules_behind, steps_of, subject_of
from office.names import names_of
from office.raw import behind, web_ui_of
from office.waited import Month, month_of
from readmodel.access import SignedIn, put_look
from readmodel.lookups import CourseRow

router = APIRouter()

Reached = Annotated[World, Depends(world_of)]
Reader = Annotated[SignedIn, Depends(only(Act.SEE_HISTORY))]
Inspector = Annotated[SignedIn, Depends(only(Act.SEE_TEMPORAL))]

STAMPS = frozenset({"kind", "number", "at", "on", "by", "role", "request_id", "task"})
RULE_BOOKS = frozenset({"protocol", "policy", "clinic"})
"""Whole rule books stand in `course_started`; the page shows the parts that decided something."""


@dataclass(frozen=True)
class Asked:
    """What of the story is asked for: all of it is in the address."""

    kind: str = ""
    person: str = ""
    waits: str = ""
    month: str = ""
    open: int = 0

    def address(self, course_id: str, **changes: Any) -> str:
        """Return the address of this view, changed."""
        given = {name: value for name, value in (vars(self) | changes).items() if value}
        return f"/courses/{course_id}/history" + (f"?{urlencode(given)}" if given else "")

    @property
    def first_on(self) -> date | None:
        """Return the first day of the month. Raises `BadInput`."""
        if not self.month:
            return None
        if re.fullmatch(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", self.month) is None:
            raise BadInput("month: expected year and month, such as 2026-03")
        return date.fromisoformat(f"{self.month}-01")

    def takes(self, step: Step) -> bool:
        """Whether an event is part of what is asked for."""
        return is_asked_for(step, kind=self.kind, person=self.person, first_on=self.first_on, waits=bool(self.waits))


async def the_course(world: World, who: SignedIn, course_id: str) -> CourseRow:
    """Return the course with exactly this id. Raises `NotFound`."""
    try:
        row = await course_named(world.call(who.user_id), course_id)
    except BadInput:
        raise NotFound("there is no such page") from None
    if row.course_id != course_id:
        raise NotFound("there is no such page")
    return row


@router.get("/courses/{course_id}/history")
async def history(
    request: Request,
    who: Reader,
    world: Reached,
    course_id: str,
    asked: Annotated[Asked, Depends()],
) -> Response:
    """Tell what has happened to a course; given a month, also what it waited for in it."""
    row = await the_course(world, who, course_id)
    call, pool = world.call(who.user_id), await world.reach.pool()
    await put_look(pool, who.user_id, course_id, what="history")
    zone = (await clinic_of(call)).zone
    names = await names_of(pool)
    steps = steps_of(await events_of(call, row), course_id=course_id, patient_id=row.patient_id)
    first_on = asked.first_on
    lines = [line_of(step, zone=zone, names=names) for step in steps if asked.takes(step)]
    return page(
        request,
        "history.html",
        zone=zone,
        row=row,
        course=steps[-1].course,
        asked=asked,
        lines=lines,
        of_all=len(steps),
        kinds=list(_kinds(steps)),
        subjects=SUBJECTS,
        people=_people(steps, names),
        month=None if first_on is None else month_of(steps, first_on, now=row.now),
        months=_months(steps, row, zone),
        opened=_opened(steps, asked, row, who),
    )


def _kinds(steps: Sequence[Step]) -> Iterator[tuple[str, list[str]]]:
    """Yield the subjects with the kinds of events that this course has."""
    for subject in SUBJECTS:
        kinds = sorted({step.event.kind for step in steps if subject_of(step.event) == subject})
        if kinds:
            yield subject, kinds


def _people(steps: Sequence[Step], names: dict[str, str]) -> list[tuple[str, str]]:
    found = {step.event.by for step in steps}
    known = {one: names.get(one, one) for one in found - {COURSE}}
    return [(COURSE, "the course itself"), *sorted(known.items(), key=lambda one: one[1])]


def _months(steps: Sequence[Step], row: CourseRow, zone: str) -> list[str]:
    """Return the months from the course's beginning to now, or to its end."""
    last = row.closed_on or clinic_day(row.now, zone)
    at, found = steps[0].course.started_on.replace(day=1), []
    while at <= last:
        found.append(f"{at:%Y-%m}")
        at = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
    return found


def _opened(steps: Sequence[Step], asked: Asked, row: CourseRow, who: SignedIn) -> dict[str, Any] | None:
    if not 1 <= asked.open <= len(steps):
        return None
    return _event(steps[asked.open - 1], row, who)


def _event(step: Step, row: CourseRow, who: SignedIn) -> dict[str, Any]:
    """Return what is shown of one event when its line is opened."""
    event = step.event
    hidden = STAMPS | (RULE_BOOKS if event.kind == "course_started" else frozenset())
    told = event.model_dump(mode="json", exclude_none=True, exclude=set(hidden))
    fields = [(name, _pretty(value), isinstance(value, dict | list)) for name, value in told.items()]
    return {
        "course_id": row.course_id,
        "number": event.number,
        "kind": event.kind,
        "request_id": event.request_id,
        "fields": fields,
        "books": list(rules_behind(step)),
        "sees_temporal": may(who.role, Act.SEE_TEMPORAL),
    }


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)


async def _step(world: World, who: SignedIn, row: CourseRow, number: int) -> Step:
    steps = steps_of(await events_of(world.call(who.user_id), row), course_id=row.course_id, patient_id=row.patient_id)
    if not 1 <= number <= len(steps):
        raise NotFound("there is no such page")
    return steps[number - 1]


@router.get("/courses/{course_id}/history/{number}")
async def one_event(request: Request, who: Reader, world: Reached, course_id: str, number: int) -> Response:
    """Show one event whole, with the rules behind it: a part of the page."""
    row = await the_course(world, who, course_id)
    await put_look(await world.reach.pool(), who.user_id, course_id, what="history")
    step = await _step(world, who, row, number)
    return page(request, "history_event.html", opened=_event(step, row, who))


@router.get("/courses/{course_id}/history/{number}/temporal")
async def behind_event(request: Request, who: Inspector, world: Reached, course_id: str, number: int) -> Response:
    """Show the history events of Temporal behind one event, decrypted: a part of the page."""
    row = await the_course(world, who, course_id)
    pool = await world.reach.pool()
    await put_look(pool, who.user_id, course_id, what="temporal history")
    event = (await _step(world, who, row, number)).event
    found, trouble = None, ""
    try:
        client = await world.reach.client()
        found = await behind(
            client, row.workflow_id, course_id, number=number, request_id=event.request_id, at=event.at
        )
    except RPCError as error:
        trouble = f"Temporal did not answer: {error.status.name}"
    except CommandFailed as failed:
        trouble = failure_said(failed)
    return page(
        request,
        "history_temporal.html",
        number=number,
        found=found,
        events=[one | {"details": _pretty(one["details"])} for one in (found.events if found else ())],
        trouble=trouble,
        ui=None if found is None else web_ui_of(world.reach, found),
    )


__all__ = ["Line", "Month", "router", "the_course"]
