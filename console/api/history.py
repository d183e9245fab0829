"""The story of a course in plain words: by kind, person and month, with the rules and Temporal's history behind a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from temporalio.service import RPCError

from console.access.guard import NOTHING, only
from console.access.table import Act
from console.api.paging import Name, Page, Paged
from console.api.seeing import Reached, Seen
from domain.record import Record
from office.errors import NotFound, NotReachable
from office.finding import events_of
from office.history import Line, RuleBook, Step, is_asked_for, line_of, rules_behind, steps_of
from office.names import names_of
from office.raw import Behind, behind, web_ui_of
from office.waited import Month, month_of
from readmodel.access import SignedIn

router = APIRouter(tags=["history"])
Reader = Annotated[SignedIn, Depends(only(Act.SEE_HISTORY))]
Inspector = Annotated[SignedIn, Depends(only(Act.SEE_TEMPORAL))]
Number = Annotated[int, Path(ge=1, le=10**6, description="of the event in the journal")]
MonthName = Annotated[str, Path(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", examples=["2026-03"])]
HISTORY = "/courses/{course_id}/history"


@dataclass(frozen=True)
class StoryLine(Line):
    """One line of the story: who, what, when, why, with the rules and their versions."""


class EventItem(Record):
    """One event whole, with the parts of the rule books by which it was decided."""

    line: StoryLine
    told: dict[str, Any]
    rules: list[RuleBook]


class BehindItem(Record):
    """What Temporal keeps of the making of an event, decoded; null: nothing any more."""

    behind: Behind | None
    web_ui: str | None


async def _steps(world: Reached, row: Seen) -> tuple[tuple[Step, ...], dict[str, str]]:
    journal: Any = await events_of(world.call(), row)
    names = await names_of(await world.reach.pool())
    return steps_of(journal, course_id=row.course_id, patient_id=row.patient_id), names


def _line(step: Step, names: dict[str, str]) -> StoryLine:
    return StoryLine(**vars(line_of(step, zone=step.course.clinic.zone, names=names)))


def _step(steps: Sequence[Step], number: int) -> Step:
    if number > len(steps):
        raise NotFound(NOTHING)
    return steps[number - 1]


@router.get(HISTORY)
async def show_history(
    who: Reader,  # noqa: ARG001 - the guard
    row: Seen,
    world: Reached,
    page: Paged,
    *,
    kind: Annotated[Name | None, Query(description="of an event, or what it is about")] = None,
    person: Name | None = None,
    month: Annotated[str | None, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$")] = None,
    waits: Annotated[bool, Query(description="also what the course does by itself")] = False,
) -> Page[StoryLine]:
    """Tell what has happened to a course, oldest first."""
    after = page.after(int)
    steps, names = await _steps(world, row)
    first_on = None if month is None else date.fromisoformat(f"{month}-01")
    found = [
        step
        for step in steps[0 if after is None else max(0, after[0]) :]
        if is_asked_for(step, kind=kind or "", person=person or "", first_on=first_on, waits=waits)
    ]
    return page.page(found[: page.rows], lambda step: _line(step, names), lambda step: (step.event.number,))


@router.get(HISTORY + "/months/{month}")
async def show_month(who: Reader, row: Seen, world: Reached, month: MonthName) -> Month:  # noqa: ARG001 - the guard
    """Say what a course waited for in a month, and why it had no session in it."""
    steps, _ = await _steps(world, row)
    return month_of(steps, date.fromisoformat(f"{month}-01"), now=row.now)


@router.get(HISTORY + "/{number}")
async def show_event(who: Reader, row: Seen, world: Reached, number: Number) -> EventItem:  # noqa: ARG001 - the guard
    """Show one event whole, with the rules behind it."""
    steps, names = await _steps(world, row)
    step = _step(steps, number)
    told = step.event.model_dump(mode="json", exclude_none=True)
    return EventItem(line=_line(step, names), told=told, rules=list(rules_behind(step)))


@router.get(HISTORY + "/{number}/temporal")
async def show_behind(
    who: Inspector,  # noqa: ARG001 - the guard
    row: Seen,
    world: Reached,
    number: Number,
) -> BehindItem:
    """Show Temporal's history events behind one event, decoded, with the address of the run in its Web UI."""
    steps, _ = await _steps(world, row)
    event = _step(steps, number).event
    try:
        client = await world.reach.client()
        found = await behind(
            client, row.workflow_id, row.course_id, number=number, request_id=event.request_id, at=event.at
        )
    except RPCError as error:
        raise NotReachable(f"Temporal did not answer: {error.status.name}") from None
    return BehindItem(behind=found, web_ui=None if found is None else web_ui_of(world.reach, found))
