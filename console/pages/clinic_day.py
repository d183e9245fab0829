"""Pages: the end of a clinic day: each session recorded or missed, one after another, and each record signed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import only
from console.access.table import Act
from console.acting import do, request_id_of
from console.opened import Opened, opened
from console.page import page
from console.world import Reached, World
from domain import facts as f
from domain.changes import fold
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.dose import Dose, VialOpened, vials_for
from domain.events import parse_event
from domain.plan import dose_of, missing_for_confirmation
from domain.session import NotGivenReason, Session, VisitNotGiven
from domain.story.words import in_words
from domain.waits import WaitKind
from office.errors import BadInput, CommandFailed, CourseRefused, NotFound, WrongField
from office.fields import Unreadable, read_day, read_fact
from office.fields import faults_of as faults_of_model
from office.finding import clock_of
from readmodel.access import SignedIn
from readmodel.calendar import booked_around
from readmodel.clinicians import journals_of
from readmodel.lookups import DayRow, day_sheet
from readmodel.people import users

router = APIRouter()
Sees = Annotated[SignedIn, Depends(only(Act.RECORD_DAY))]
Records = Sees
Signs = Annotated[SignedIn, Depends(only(Act.SIGN_RECORD))]

LOT, EXPIRES = "lot.", "expires."


@dataclass(frozen=True)
class Visit:
    """One appointment of the day: what became of it, and what is still to be done about it."""

    row: DayRow
    course: Course | None
    state: str  # to-clear, to-record, to-sign, signed, missed, to-come, gone
    session: Session | None = None
    not_given: VisitNotGiven | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def dose(self) -> Dose | None:
        """Return the dose given, or the one planned."""
        if self.session is not None:
            return self.session.dose
        return None if self.course is None else dose_of(self.course)

    @property
    def vials(self) -> tuple[int, ...]:
        """Return the sizes of the vials that the planned dose opens."""
        if self.course is None or self.dose is None:
            return ()
        return vials_for(self.dose.units, protocol=self.course.protocol)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what keeps the appointment from being confirmed."""
        if self.course is None or self.state not in {"to-come", "to-clear"}:
            return ()
        return tuple(one.what for one in missing_for_confirmation(self.course))


def visit_of(row: DayRow, course: Course | None, on: date) -> Visit:
    """Return what became of an appointment, by the course's record."""
    if course is None:
        return Visit(row=row, course=None, state="gone")
    given = next(
        (one for one in course.sessions if one.number == row.for_session and one.given_on == on),
        None,
    )
    if given is not None:
        return Visit(row=row, course=course, session=given, state="signed" if given.signed_by else "to-sign")
    if row.is_current and course.appointment is not None:
        kinds = {wait.kind for wait in course.waits}
        if WaitKind.SESSION_RESULT in kinds:
            return Visit(row=row, course=course, state="to-record")
        return Visit(row=row, course=course, state="to-clear" if WaitKind.CLEARANCE in kinds else "to-come")
    visits = (one for one in course.visits_not_given if one.for_session == row.for_session and one.on == on)
    not_given = next(visits, None)
    return Visit(row=row, course=course, not_given=not_given, state="gone" if not_given is None else "missed")


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
    visits = await _visits(world, shown)
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
        around=None if visits else await booked_around(await world.reach.pool(), shown, shown),
        counted=Counter(visit.state for visit in visits),
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

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        number = str(form.get("session") or "")
        fact = f.RecordSigned(session=int(number) if number.isdigit() else None)
        await do(world, who, seen.row, fact, request_id=request_id)

    return await _told(request, world, who, course_id, tell)


async def _told(
    request: Request,
    world: World,
    who: SignedIn,
    course_id: str,
    tell: Callable[[Opened, FormData, str], Awaitable[None]],
) -> Response:
    """Tell the course what one row says, and answer with that row as it stands then."""
    form = await request.form()
    seen = await opened(world, who, course_id, what="clinic day")
    request_id, failed = request_id_of(form), None
    on = _on(form, seen)
    if seen.course.receipt(request_id) is None:
        try:
            await tell(seen, form, request_id)
        except (BadInput, CourseRefused) as refused:
            failed = refused
    if not request.headers.get("hx-request"):
        if failed is not None:
            raise failed
        return RedirectResponse(f"/day?on={on.isoformat()}", status_code=303)
    return await _row(request, world, form, on=on, failed=failed)


async def _row(request: Request, world: World, form: FormData, *, on: date, failed: CommandFailed | None) -> Response:
    appointment = form.get("appointment")
    visits = await _visits(world, on, only_appointment=str(appointment))
    if not visits:
        raise NotFound("there is no such appointment on this day")
    typed = {name: value for name, value in form.items() if isinstance(value, str)} if failed else {}
    visit = visits[0]
    shown = Visit(
        row=visit.row,
        course=visit.course,
        state=visit.state,
        session=visit.session,
        not_given=visit.not_given,
        typed=typed,
        failed="" if failed is None else failed.message,
    )
    zone = (await clock_of(world.call(request.state.who.user_id))).zone
    return page(
        request,
        "clinic_day_row.html",
        status=200 if failed is None else 422,
        zone=zone,
        visit=shown,
        on=on,
        **await _words(world),
    )


async def _words(world: World) -> dict[str, Any]:
    people = await users(await world.reach.pool())
    return {"names": {one.user_id: one.name for one in people}, "reasons": list(NotGivenReason)}


async def _visits(world: World, on: date, *, only_appointment: str | None = None) -> list[Visit]:
    pool = await world.reach.pool()
    rows = [row for row in await day_sheet(pool, on) if only_appointment in {None, row.appointment_id}]
    journals = await journals_of(pool, {row.course_id for row in rows})
    courses = {
        course_id: fold([parse_event(data) for data in events], course_id=course_id, patient_id="")
        for course_id, events in journals.items()
        if events
    }
    return [visit_of(row, courses.get(row.course_id), on) for row in rows]


def _on(form: FormData, seen: Opened) -> date:
    """Return the day that the page shows; without it the day of the appointment."""
    try:
        return date.fromisoformat(str(form.get("on")))
    except ValueError:
        booked = seen.course.appointment
        return seen.today if booked is None else clinic_day(booked.starts_at, seen.zone)


def _vials(form: FormData, course: Course) -> tuple[VialOpened, ...]:
    """Return the vials of the planned dose with what was typed. Raises `BadInput`."""
    sizes = vials_for(dose_of(course).units, protocol=course.protocol)
    return tuple(_vial(form, place, size) for place, size in enumerate(sizes))


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
