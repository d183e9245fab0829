"""Several tasks at once, each with its own result: take, give back, hand on, move the due date, undo; and what is stuck."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field

from console.access.guard import only
from console.access.table import Act
from console.acting import actor
from console.api.facts import Day
from console.api.paging import Name
from console.api.seeing import COURSE_ID, Reached
from console.api.tasks import etag_of
from console.api.writing import Write, writes
from domain.record import Edge, Record
from office.at_tasks import MOST, Chosen, Doing, Done, Undo, Verb, do_to_each, undo_each
from office.errors import WrongField, wrong_fields
from office.finding import folded_of
from office.stuck import Cause, Row, what_is_stuck
from readmodel.access import SignedIn
from readmodel.lookups import TaskRow, waits_of

router = APIRouter()
GONE = "there is no such task open"
CHANGED = "it has changed since you read it"
REASON_MAX = 2000


class OneTask(Edge):
    """A task, and the version that its sender has read: one that has changed since is left as it is."""

    task: str = Field(min_length=3, max_length=300, description="its id: `task` of the lists")
    etag: str | None = Field(
        default=None, max_length=100, description="`etag` of the task; default: whatever it is now"
    )


class Several(Edge):
    """Tasks to which the same is done."""

    tasks: list[OneTask] = Field(min_length=1, max_length=MOST)


class GivingSeveral(Several):
    """Tasks to be given to somebody."""

    to: str = Field(min_length=1, max_length=100, description="a user of the list, in the tasks' role")


class MovingSeveral(Several):
    """Tasks of which the due date is moved."""

    due_on: Day
    reason: str = Field(min_length=1, max_length=REASON_MAX)


class UndoItem(Edge):
    """What takes one of them back, as its result had it."""

    task: str = Field(min_length=3, max_length=300)
    verb: Literal["take", "release", "assign", "deadline"]
    before: str = Field(max_length=100)
    since: str = Field(max_length=100)


class Undoing(Edge):
    """What is to be taken back."""

    undo: list[UndoItem] = Field(min_length=1, max_length=MOST)


class Result(Record):
    """What became of one task. `undo` takes it back; null: nothing was done, or it cannot be taken back."""

    task: str
    title: str | None
    ok: bool
    said: str
    undo: UndoItem | None
    etag: str | None = Field(description="its version now; null: it is open no more")


class Results(Record):
    """What became of each, in the order in which they were sent."""

    done: int = Field(description="how many of them were done")
    results: list[Result]


class _Named(Protocol):
    @property
    def task(self) -> str: ...


class _Asked:
    """The tasks of a write as they stand. `stuck`: of all that courses wait for, not only what people do."""

    def __init__(self, write: Write, named: Sequence[_Named], *, stuck: bool = False) -> None:
        self._write, self._named, self._stuck = write, named, stuck

    async def etags(self, rows: Mapping[str, TaskRow]) -> Mapping[str, str]:
        """Return the versions of those that are open, by their whole ids."""
        courses = await folded_of(await self._write.world.reach.pool(), {row.course_id for row in rows.values()})
        return {task: etag_of(row, courses.get(row.course_id)) for task, row in rows.items()}

    async def rows(self) -> Mapping[str, TaskRow]:
        """Return those that are open, by their whole ids."""
        pool, wanted = await self._write.world.reach.pool(), {one.task for one in self._named}
        courses = {task.partition("/")[0] for task in wanted}
        rows = [
            row
            for course_id in sorted(courses)
            if COURSE_ID.fullmatch(course_id)
            for row in await waits_of(pool, course_id, now=datetime.now(UTC))
        ]
        return {row.task_id: row for row in rows if row.task_id in wanted and (self._stuck or row.role is not None)}

    async def answer(self, undone: Mapping[str, str], doing: Awaitable[list[Done]] | None) -> dict[str, Any]:
        """Return the answer: what was left undone and why, and what was done."""
        done = {one.task: one for one in ([] if doing is None else await doing)}
        etags = await self.etags(await self.rows())
        results = [
            _result(one.task, done.get(one.task), undone.get(one.task, ""), etags.get(one.task)) for one in self._named
        ]
        return {"done": sum(one["ok"] for one in results), "results": results}


def _result(task: str, done: Done | None, undone: str, etag: str | None) -> dict[str, Any]:
    if done is None:
        return {"task": task, "title": None, "ok": False, "said": undone, "undo": None, "etag": etag}
    undo = None if done.undo is None else asdict(done.undo)
    return {"task": task, "title": done.title, "ok": done.ok, "said": done.said, "undo": undo, "etag": etag}


async def _done(write: Write, several: Several, doing: Doing, *, stuck: bool = False) -> Response:
    """Do the same to each task as it was read; one that cannot be done stops no other."""
    see_each_once(several.tasks, "tasks")

    async def work() -> dict[str, Any]:
        asked = _Asked(write, several.tasks, stuck=stuck)
        rows, chosen, undone = await asked.rows(), [], {}
        etags = await asked.etags(rows) if any(one.etag is not None for one in several.tasks) else {}
        for one in several.tasks:
            row = rows.get(one.task)
            if row is None:
                undone[one.task] = GONE
            elif one.etag is not None and one.etag != etags[one.task]:
                undone[one.task] = CHANGED
            else:
                chosen.append(Chosen(task=one.task, owner=row.owner or ""))
        to_each = do_to_each(write.call, actor(write.who), chosen, doing) if chosen else None
        return await asked.answer(undone, to_each)

    return await write.once(work)


def see_each_once(named: Sequence[_Named], field: str) -> None:
    """Refuse a list that names a task twice: the second would undo or repeat the first."""
    seen: set[str] = set()
    for number, one in enumerate(named):
        if one.task in seen:
            raise wrong_fields([WrongField(f"{field}[{number}].task", "was named before", "each task once")])
        seen.add(one.task)


Working = Annotated[Write, Depends(writes(Act.TELL_COURSE))]
Giving = Annotated[Write, Depends(writes(Act.ASSIGN_OTHERS))]
Repairing = Annotated[Write, Depends(writes(Act.REPAIR))]


@router.post("/tasks/take", response_model=Results, tags=["tasks"])
async def take_several(write: Working, several: Several) -> Response:
    """Take several tasks. Of one that somebody else has, the result says who was faster."""
    return await _done(write, several, Doing(verb=Verb.TAKE))


@router.post("/tasks/release", response_model=Results, tags=["tasks"])
async def release_several(write: Working, several: Several) -> Response:
    """Give several tasks back."""
    return await _done(write, several, Doing(verb=Verb.RELEASE))


@router.post("/tasks/assign", response_model=Results, tags=["tasks"])
async def assign_several(write: Giving, giving: GivingSeveral) -> Response:
    """Give several tasks to somebody."""
    return await _done(write, giving, Doing(verb=Verb.ASSIGN, to=giving.to))


@router.post("/tasks/deadline", response_model=Results, tags=["tasks"])
async def move_several(write: Working, moving: MovingSeveral) -> Response:
    """Move the due date of several tasks. Others' deadlines are never moved."""
    return await _done(write, moving, _moving(moving))


def _moving(moving: MovingSeveral) -> Doing:
    return Doing(verb=Verb.DEADLINE, due_on=moving.due_on, reason=moving.reason)


@router.post("/tasks/undo", response_model=Results, tags=["tasks"])
async def undo_several(write: Working, undoing: Undoing) -> Response:
    """Take back what was done, unless somebody has done something else to it since."""
    see_each_once(undoing.undo, "undo")
    undos = [_undo(number, one) for number, one in enumerate(undoing.undo)]

    async def work() -> dict[str, Any]:
        asked = _Asked(write, undoing.undo, stuck=True)
        rows = await asked.rows()
        there = [one for one in undos if one.task in rows]
        undone = {one.task: GONE for one in undos if one.task not in rows}
        return await asked.answer(undone, undo_each(write.call, actor(write.who), there) if there else None)

    return await write.once(work)


def _undo(number: int, one: UndoItem) -> Undo:
    if one.verb == "deadline":
        try:
            date.fromisoformat(one.before)
        except ValueError:
            raise wrong_fields([WrongField(f"undo[{number}].before", "is no day", "as the result had it")]) from None
    return Undo(task=one.task, verb=Verb(one.verb), before=one.before, since=one.since)


# What is stuck


class StuckItem(Record):
    """All that does not go on, by cause, and the rows at hand. No patient's data is in it."""

    causes: list[Cause]
    rows: list[Row] = Field(
        description="of one cause where it was named; `task` names what can be done something about"
    )
    workers: list[str] = Field(description="who is at work")


@router.get("/stuck", tags=["stuck"])
async def show_stuck(
    who: Annotated[SignedIn, Depends(only(Act.SEE_STUCK))], world: Reached, cause: Name | None = None
) -> StuckItem:
    """Show what is stuck, grouped by cause, with the error in words and what can be done."""
    found = await what_is_stuck(world.call(who.user_id))
    rows = found.rows if cause is None else found.rows_of(cause)
    return StuckItem(causes=list(found.causes), rows=list(rows), workers=list(found.workers))


@router.post("/stuck/retry", response_model=Results, tags=["stuck"])
async def retry_stuck(write: Repairing, several: Several) -> Response:
    """Retry now what waits for a system that does not answer, one or many."""
    return await _done(write, several, Doing(verb=Verb.RETRY), stuck=True)


@router.post("/stuck/assign", response_model=Results, tags=["stuck"])
async def hand_over_stuck(write: Repairing, giving: GivingSeveral) -> Response:
    """Hand what is stuck to a person, one or many."""
    return await _done(write, giving, Doing(verb=Verb.ASSIGN, to=giving.to), stuck=True)


@router.post("/stuck/deadline", response_model=Results, tags=["stuck"])
async def move_stuck(write: Repairing, moving: MovingSeveral) -> Response:
    """Change the deadline of what is stuck, one or many, with a reason."""
    return await _done(write, moving, _moving(moving), stuck=True)
