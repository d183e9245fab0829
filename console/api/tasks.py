"""Tasks: lists, taking and giving back, handing on, tries, deadlines, answers. Each task says its version as ETag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import NOTHING, only
from console.access.table import Act
from console.api.facts import Answering
from console.api.paging import Name, Page, Paged
from console.api.seeing import Reached, Seen
from console.api.telling import Written, told
from console.api.writing import IfMatch, Write, see_unchanged, writes
from domain import facts as f
from domain.course import Course
from domain.people import Role
from domain.record import Edge
from domain.waits import KINDS, Attempt, WaitKind, Way
from office.errors import NotFound, WrongField, wrong_fields
from office.finding import folded, folded_of
from office.names import names_of
from office.prepared import Prepared, prepared_for
from office.seen import seen_of
from office.tasks import see_assignee, task_data
from readmodel import paged
from readmodel.access import SignedIn, put_listed
from readmodel.lookups import CourseRow, TaskRow, waits_of
from readmodel.pool import Pool

router = APIRouter(tags=["tasks"])
TASK_KINDS = tuple(kind for kind in WaitKind if KINDS[kind].role is not None)


class AnsweredBy(BaseModel):
    """A kind of fact that answers a task, with its fields."""

    kind: str
    needs: list[str]
    fields: list[str]


class TaskItem(BaseModel):
    """An open task. `etag` is its version: send it as If-Match with what you do about it."""

    task: str = Field(description="its id: the course's and the wait's")
    course_id: str
    wait_id: str
    kind: WaitKind
    subject: str
    title: str
    role: Role | None
    licensed: bool
    since: datetime
    due: datetime
    overdue: bool
    raised: int
    owner: str | None
    attempts: list[Attempt]
    context: dict[str, str]
    patient: str | None
    record_number: str | None
    answered_by: list[AnsweredBy]
    prepared: Prepared = Field(description="what is known about it, and what is advised; empty where nobody advises")
    etag: str = Field(
        description="of what stands in it and of what an answer rests on: of a response check its counts and who pays"
    )


class AssigningTo(Edge):
    """To whom a task is given."""

    to: str = Field(min_length=1, max_length=100, description="a user of the list, in the task's role")


class Trying(Edge):
    """One try to reach someone about a task."""

    result: str = Field(min_length=1, max_length=2000)
    again_on: date | None = None
    how: Way | None = Field(default=None, description="default: call")


class MovingDeadline(Edge):
    """A running deadline of ours is moved."""

    due_on: date
    reason: str = Field(min_length=1, max_length=2000)


def item_of(row: TaskRow, course: Course | None, names: Mapping[str, str]) -> TaskItem:
    """Return a task as programs see it: with its answer half prepared, and its version."""
    ready = prepared_for(course, row.wait_id, row.now, names=names)
    return TaskItem.model_validate({**task_data(row), "prepared": ready, "etag": etag_of(row, course)})


def etag_of(row: TaskRow, course: Course | None) -> str:
    """Return the version of a task: what stands in it and what its answer rests on, not when it was read."""
    stands = jsonable_encoder(
        row.model_dump(
            include={"course_id", "wait_id", "since", "due", "raised", "owner", "attempts", "context", "subject"}
        )
    )
    wait = None if course is None else course.wait(row.wait_id)
    shown = "" if course is None or wait is None else seen_of(course, wait).mark
    return f'"{hashlib.sha256(json.dumps([stands, shown], sort_keys=True).encode()).hexdigest()[:20]}"'


@router.get("/tasks")
async def list_tasks(
    page: Paged,
    who: Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))],
    world: Reached,
    *,
    role: Role | None = None,
    kind: Annotated[list[WaitKind] | None, Query(max_length=100)] = None,
    course: Name | None = None,
    owner: Name | None = None,
    unowned: bool | None = None,
    payer: Name | None = None,
    overdue: bool | None = None,
) -> Page[TaskItem]:
    """List open tasks, those first that are due first, each with its answer half prepared."""
    kinds = [one for one in kind or TASK_KINDS if KINDS[one].role is not None and role in (None, KINDS[one].role)]
    pool = await world.reach.pool()
    rows = await paged.tasks_page(
        pool,
        now=datetime.now(UTC),
        kinds=kinds,
        course_id=course,
        owner=owner,
        unowned=unowned,
        payer_id=payer,
        overdue=overdue,
        after=page.after(datetime.fromisoformat, str, str),
        limit=page.rows,
    )
    listed = {row.course_id for row in rows[: page.limit]}
    await put_listed(pool, who.user_id, listed, what="api tasks")
    courses = await folded_of(pool, listed)
    names = await names_of(pool)
    return page.page(
        rows,
        lambda row: item_of(row, courses.get(row.course_id), names),
        lambda row: (row.due, row.course_id, row.wait_id),
    )


@router.get("/courses/{course_id}/tasks")
async def tasks_of_course(row: Seen, world: Reached) -> Page[TaskItem]:
    """List the open tasks of a course, each with its answer half prepared."""
    pool = await world.reach.pool()
    waits, names = await waits_of(pool, row.course_id, now=datetime.now(UTC)), await names_of(pool)
    course = await folded(world.call(), row)
    return Page(items=[item_of(wait, course, names) for wait in waits if wait.role is not None], next=None)


@router.get("/courses/{course_id}/tasks/{wait_id}")
async def show_task(row: Seen, wait_id: str, world: Reached, response: Response) -> TaskItem:
    """Show an open task. One that is done is not there any more: the journal says what came of it."""
    pool = await world.reach.pool()
    task = await _open(pool, row, wait_id)
    item = item_of(task, await folded(world.call(), row), await names_of(pool))
    response.headers["ETag"] = item.etag
    return item


async def _open(pool: Pool, row: CourseRow, wait_id: str) -> TaskRow:
    waits = await waits_of(pool, row.course_id, now=datetime.now(UTC))
    found = next((wait for wait in waits if wait.wait_id == wait_id and wait.role is not None), None)
    if found is None:
        raise NotFound(NOTHING)
    return found


class AboutTask:
    """A write about one open task, which its sender has read."""

    def __init__(self, write: Write, row: CourseRow, wait_id: str, if_match: str | None) -> None:
        self.write, self.row, self.wait_id, self._if_match = write, row, wait_id, if_match

    async def task(self) -> TaskRow:
        """Return the task as it is. Raises `NotFound`, `ChangedSince`."""
        pool = await self.write.world.reach.pool()
        task = await _open(pool, self.row, self.wait_id)
        item = item_of(task, await folded(self.write.call, self.row), await names_of(pool))
        see_unchanged(self._if_match, item.etag, item.model_dump())
        return task

    async def tell(self, fact: BaseModel, *, deviation: str | None = None) -> dict[str, Any]:
        """Tell the course, and return what came of it with the task's version now."""
        came = await told(self.write, self.row, fact, task=self.wait_id, deviation=deviation)
        waits = await waits_of(await self.write.world.reach.pool(), self.row.course_id, now=datetime.now(UTC))
        now = next((wait for wait in waits if wait.wait_id == self.wait_id), None)
        etag = None if now is None else etag_of(now, await folded(self.write.call, self.row))
        return came | {"etag": etag}

    async def simply(self, fact: BaseModel) -> Response:
        """Tell a fact that needs no more than the task."""

        async def work() -> dict[str, Any]:
            await self.task()
            return await self.tell(fact)

        return await self.write.once(work)


def about(act: Act) -> Any:
    """Return what makes a request a write about a task of somebody who may do this."""

    async def about_task(
        *,
        write: Write = Depends(writes(act)),
        row: Seen,
        wait_id: str,
        if_match: IfMatch = None,
    ) -> AboutTask:
        return AboutTask(write, row, wait_id, if_match)

    return about_task


Worked = Annotated[AboutTask, Depends(about(Act.TELL_COURSE))]
Given = Annotated[AboutTask, Depends(about(Act.ASSIGN_OTHERS))]
TASK = "/courses/{course_id}/tasks/{wait_id}"


@router.post(f"{TASK}/take", response_model=Written)
async def take(asked: Worked) -> Response:
    """Take a task: you do it. 409: somebody was faster, who is named."""
    return await asked.simply(f.Take())


@router.post(f"{TASK}/release", response_model=Written)
async def release(asked: Worked) -> Response:
    """Give a task back: anybody may take it."""
    return await asked.simply(f.Release())


@router.post(f"{TASK}/assign", response_model=Written)
async def assign(asked: Given, to: AssigningTo) -> Response:
    """Give a task to somebody."""

    async def work() -> dict[str, Any]:
        task = await asked.task()
        user = await see_assignee(asked.write.call, task.kind, to.to, field="to")
        return await asked.tell(f.Assign(to=user.user_id))

    return await asked.write.once(work)


@router.post(f"{TASK}/attempts", response_model=Written)
async def attempt(asked: Worked, tried: Trying) -> Response:
    """Record a try to reach someone about a task."""
    return await asked.simply(f.AttemptMade(**tried.model_dump()))


@router.post(f"{TASK}/deadline", response_model=Written)
async def move_deadline(asked: Worked, moved: MovingDeadline) -> Response:
    """Move a running deadline of ours to the morning of a day. Others' deadlines are never moved."""
    return await asked.simply(f.MoveDeadline(**moved.model_dump()))


@router.post(f"{TASK}/answer", response_model=Written)
async def answer(asked: Worked, answering: Answering) -> Response:
    """Answer a task with a fact of one of the kinds that answer it."""

    async def work() -> dict[str, Any]:
        task = await asked.task()
        kinds, kind = KINDS[task.kind].answered_by, getattr(answering.fact, "kind", "")
        if kind not in kinds:
            expected = f"one of {', '.join(kinds)}"
            raise wrong_fields([WrongField(field="fact.kind", problem="does not answer this task", expected=expected)])
        return await asked.tell(answering.fact, deviation=answering.deviation)

    return await asked.write.once(work)
