"""Pages: the end of a clinic day: each session recorded or missed, one after another, and each record signed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import only
from console.access.table import Act
from console.acting import Tells, do, signing, told_once
from console.labels import failure_said
from console.opened import Opened, opened
from console.page import page
from console.refusals import done_of, status_of
from console.world import Reached, World
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.dose import VialOpened
from domain.session import NotGivenReason
from domain.story.words import in_words
from domain.waits import WaitKind
from office.clinic_day import planned_vials, visits_on
from office.errors import BadInput, CommandFailed, NotFound, WrongField
from office.fields import Unreadable, day_written, read_day, read_fact
from office.fields import faults_of as faults_of_model
from office.finding import clock_of
from readmodel.access import SignedIn, put_looks
from readmodel.calendar import booked_around
from readmodel.people import users

router = APIRouter()
Sees = Annotated[SignedIn, Depends(only(Act.RECORD_DAY))]
Records = Sees
Signs = Annotated[SignedIn, Depends(only(Act.SIGN_RECORD))]

LOT, EXPIRES = "lot.", "expires."


@router.get("/day")
async def day(request: Request, world: Reached, who: Sees, on: str = "today") -> Response:
    """Show a clinic day on one page."""
    clock = await clock_of(world.call(who.user_id))
    try:
        shown = read_day(on, clock)
    except Unreadable as problem:
        raise BadInput(
            f"on: expected {problem}", [WrongField(field="on", problem="cannot be read", expected=str(problem))]
        ) from None
    pool = await world.reach.pool()
    visits = await visits_on(pool, shown)
    await put_looks(pool, who.user_id, {visit.row.course_id for visit in visits}, what="clinic day")
    return page(
        request,
        "clinic_day.html",
        zone=clock.zone,
        on=shown,
        today=clock.today,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        visits=visits,
        day_link=lambda on: f"/day?on={on}",
        around=None if visits else await booked_around(pool, shown, shown),
        counted=Counter(visit.state for visit in visits),
        typed={},
        failed="",
        **await _words(world),
    )


@router.post("/day/{course_id}/given")
async def given(request: Request, world: Reached, who: Records, course_id: str) -> Response:
    """Record the session as it was planned, with its vials."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        fact = f.SessionResult(vials=_vials(form, seen.course), given_on=_on(form, seen))
        task = next((wait.id for wait in seen.course.waits_of(WaitKind.SESSION_RESULT)), None)
        await do(world, who, seen.row, fact, request_id=request_id, task=task)

    return await _told(request, world, who, course_id, tell)


@router.post("/day/{course_id}/not-given")
async def not_given(request: Request, world: Reached, who: Records, course_id: str) -> Response:
    """Record that the visit gave no drug: missed, unless another reason is chosen."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        fact = read_fact(f.NotGiven, [("reason", str(form.get("reason") or "no_show"))], {}, seen.clock)
        await do(world, who, seen.row, fact, request_id=request_id)

    return await _told(request, world, who, course_id, tell)


@router.post("/day/{course_id}/sign")
async def sign(request: Request, world: Reached, who: Signs, course_id: str) -> Response:
    """Sign the record of the day's session: its injector does, nobody else."""
    return await _told(request, world, who, course_id, signing(world, who))


async def _told(request: Request, world: World, who: SignedIn, course_id: str, tell: Tells) -> Response:
    """Tell the course what one row says, and answer with that row as it stands then."""
    form = await request.form()
    seen = await opened(world, who, course_id, what="clinic day")
    on, failed = _on(form, seen), await told_once(seen, form, tell)
    if request.headers.get("hx-request"):
        return await _row(request, world, form, on=on, zone=seen.zone, failed=failed)
    if failed is not None:
        raise failed
    return RedirectResponse(f"/day?on={on.isoformat()}", status_code=303)


async def _row(
    request: Request, world: World, form: FormData, *, on: date, zone: str, failed: CommandFailed | None
) -> Response:
    visits = await visits_on(await world.reach.pool(), on)
    visit = next((one for one in visits if one.row.appointment_id == form.get("appointment")), None)
    if visit is None:
        raise NotFound("there is no such appointment on this day")
    return page(
        request,
        "clinic_day_told.html",
        status=status_of(failed),
        zone=zone,
        visit=visit,
        on=on,
        counted=Counter(one.state for one in visits),
        typed={} if failed is None else {name: value for name, value in form.items() if isinstance(value, str)},
        failed="" if failed is None else f"{done_of(failed, 'Nothing was recorded:')} {failure_said(failed)}",
        **await _words(world),
    )


async def _words(world: World) -> dict[str, Any]:
    people = await users(await world.reach.pool())
    return {"names": {one.user_id: one.name for one in people}, "reasons": list(NotGivenReason)}


def _on(form: FormData, seen: Opened) -> date:
    """Return the day that the page shows; without it the day of the appointment."""
    try:
        return day_written(str(form.get("on")))
    except ValueError:
        booked = seen.course.appointment
        return seen.today if booked is None else clinic_day(booked.starts_at, seen.zone)


def _vials(form: FormData, course: Course) -> tuple[VialOpened, ...]:
    """Return the vials of the planned dose with what was typed. Raises `BadInput`."""
    return tuple(_vial(form, place, size) for place, size in enumerate(planned_vials(course)))


def _vial(form: FormData, place: int, size: int) -> VialOpened:
    lot, expires = (str(form.get(f"{name}{place}") or "").strip() for name in (LOT, EXPIRES))
    if not lot:
        raise BadInput("lot: expected what stands on the vial")
    try:
        return VialOpened.model_validate({"size_units": size, "lot": lot, "expires_on": expires})
    except ValidationError as error:
        raise BadInput("; ".join(_faults(error))) from None


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in faults_of_model(error, VialOpened):
        yield f"{in_words(fault.field)}: expected {fault.expected}"
