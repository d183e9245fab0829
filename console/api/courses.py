"""Courses: lists, where one stands, what has happened, what is expected; and starting one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from console.access.guard import only
from console.access.table import Act
from console.api.paging import Name, Page, Paged
from console.api.seeing import Reached, Seen
from console.api.writing import Write, writes
from domain.intake import Intake
from domain.people import Role
from domain.planner import forecast
from domain.story import story_of
from domain.waits import WaitKind
from office.errors import wrong_fields
from office.finding import clinic_of, events_of, folded
from office.names import names_of
from office.starting import AlreadyOpen, Front, front_of, workflow_id_of
from office.view import view_of, wait_data
from readmodel import paged
from readmodel.access import SignedIn, put_listed
from readmodel.lookups import BillRow, bills_of, messages
from readmodel.people import patient

router = APIRouter(tags=["courses"])


class CourseItem(BaseModel):
    """A course as lists show it. `now` is the course's own time."""

    model_config = ConfigDict(from_attributes=True)

    course_id: str
    patient_id: str
    patient_name: str | None
    record_number: str | None
    protocol_id: str
    protocol_version: str
    payer_id: str | None
    coverage_kind: str
    clinician: str
    phase: str
    outcome: str | None
    outcome_reason: str | None
    started_on: date
    ended_on: date | None
    closed_on: date | None
    sample: bool
    sessions_given: int
    last_session_on: date | None
    next_session: int | None
    appointment_starts_at: datetime | None
    appointment_status: str | None
    appointment_injector: str | None
    authorization_number: str | None
    authorization_until_on: date | None
    planned_units: int | None
    waiting: str = Field(description="what it waits for, as a sentence")
    waiting_for: list[str]
    next_due_at: datetime | None
    now: datetime


class CourseView(BaseModel):
    """Where a course stands: all of `starter.py show --json`, of which only the first fields are named here."""

    model_config = ConfigDict(extra="allow")

    course_id: str
    patient_id: str
    record_number: str | None
    phase: str
    clock: datetime
    waiting: str
    events: int = Field(description="how many events the journal has")


class JournalLine(BaseModel):
    """One course event, in plain words."""

    event: int
    kind: str
    at: datetime | None
    on: date | None
    by: str
    name: str | None
    role: Role | None
    task: str | None
    said: str


class WaitItem(BaseModel):
    """Something that a course waits for."""

    id: str
    kind: WaitKind
    subject: str
    title: str
    waits_for: str
    role: Role | None
    since: datetime
    due: datetime
    look_at: datetime
    then: Any
    context: dict[str, str]


class Expectation(BaseModel):
    """Something that is expected to happen."""

    model_config = ConfigDict(extra="allow")

    at: datetime
    said: str
    open: bool


class Started(BaseModel):
    """The course that has begun."""

    course_id: str
    workflow_id: str
    already: bool = Field(description="it had begun by the same key before")


@router.get("/courses")
async def list_courses(
    page: Paged,
    who: Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))],
    world: Reached,
    *,
    phase: Name | None = None,
    waiting_for: WaitKind | None = None,
    payer: Name | None = None,
    clinician: Name | None = None,
    protocol: Name | None = None,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
) -> Page[CourseItem]:
    """List courses, the last begun first."""
    pool = await world.reach.pool()
    rows = await paged.courses_page(
        pool,
        now=datetime.now(UTC),
        phase=phase,
        waiting_for=waiting_for,
        payer_id=payer,
        clinician=clinician,
        protocol_id=protocol,
        is_open=is_open,
        after=page.after(date.fromisoformat, str),
        limit=page.rows,
    )
    await put_listed(pool, who.user_id, (row.course_id for row in rows[: page.limit]), what="api courses")
    return page.page(rows, CourseItem.model_validate, lambda row: (row.started_on, row.course_id))


@router.post("/courses", status_code=201, response_model=Started)
async def start_course(
    write: Annotated[Write, Depends(writes(Act.START_COURSE))],
    intake: Intake,
    *,
    sample: Annotated[bool, Query(description="embedded stack only: its time may be moved")] = False,
) -> Response:
    """Start a course. Everything is checked first, and nothing is half-started. 409: one is open, which is named."""
    course_id = uuid4().hex if write.key is None else uuid5(NAMESPACE_URL, write.request_id).hex

    async def start() -> dict[str, Any]:
        front = await front_of(write.call, sample=sample)
        return await _started(front, intake, await write.request.json(), course_id)

    return await write.once(start, status=201, location=lambda told: f"/api/v1/courses/{told['course_id']}")


async def _started(front: Front, intake: Intake, sent: Any, course_id: str) -> dict[str, Any]:
    checked = await front.check(sent)
    if not isinstance(checked, Intake):
        raise wrong_fields(checked, what="nothing was started")
    try:
        begin = await front.prepare(intake, course_id=course_id)
        await front.start_and_settle(begin)
    except AlreadyOpen as there:
        if there.course is None or there.course.course_id != course_id:
            raise there.told() from None
        return {"course_id": course_id, "workflow_id": there.course.workflow_id, "already": True}
    return {"course_id": course_id, "workflow_id": workflow_id_of(begin), "already": False}


@router.get("/courses/{course_id}")
async def show_course(row: Seen, world: Reached) -> CourseView:
    """Show where a course stands, open or closed, with or without a worker."""
    course, pool = await folded(world.call(), row), await world.reach.pool()
    view = view_of(
        course,
        now=row.now,
        bills=await bills_of(pool, row.course_id),
        messages=await messages(pool, course_id=row.course_id),
    )
    known = await patient(pool, row.patient_id)
    return CourseView.model_validate(view | {"record_number": None if known is None else known.record_number})


@router.get("/courses/{course_id}/journal")
async def show_journal(row: Seen, world: Reached, page: Paged) -> Page[JournalLine]:
    """Tell what has happened to a course, oldest first."""
    after = page.after(int)
    call, pool = world.call(), await world.reach.pool()
    zone, names = (await clinic_of(call)).zone, await names_of(pool)
    since = 0 if after is None else after[0]
    events = [one for one in await events_of(call, row) if one.number > since][: page.rows]
    return page.page(
        events,
        lambda one: JournalLine(
            event=one.number,
            kind=one.kind,
            at=one.at,
            on=one.on,
            by=one.by,
            name=names.get(one.by),
            role=one.role,
            task=one.task,
            said=story_of(one, zone=zone, names=names),
        ),
        lambda one: (one.number,),
    )


@router.get("/courses/{course_id}/waits")
async def show_waits(row: Seen, world: Reached) -> Page[WaitItem]:
    """List all that a course waits for: tasks, answers of others, and dates."""
    course = await folded(world.call(), row)
    waits = sorted(course.waits, key=lambda wait: (wait.due, wait.id))
    return Page(items=[WaitItem.model_validate(wait_data(wait)) for wait in waits], next=None)


@router.get("/courses/{course_id}/plan")
async def show_plan(row: Seen, world: Reached) -> Page[Expectation]:
    """Show what is expected to happen when, if everybody answers in time."""
    expected = forecast(await folded(world.call(), row), row.now)
    return Page(items=[Expectation.model_validate(one.model_dump()) for one in expected], next=None)


@router.get("/courses/{course_id}/claims")
async def show_claims(row: Seen, world: Reached) -> Page[BillRow]:
    """List claims and invoices of a course with what came back, by session."""
    return Page(items=await bills_of(await world.reach.pool(), row.course_id), next=None)
