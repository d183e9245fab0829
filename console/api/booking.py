"""Times for a course: those on offer, what else moves with one, and taking a move back. Facts book, move and cancel."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field

from activities.scheduling import Slot
from console.access.guard import only
from console.access.table import Act
from console.acting import actor
from console.api.facts import Day, as_told
from console.api.paging import Name
from console.api.seeing import Reached, Seen
from console.api.telling import Written
from console.api.writing import Write, writes
from domain import facts as f
from domain.record import Record
from domain.session import Appointment
from office.appointments import scheduling_answered
from office.booking import Effect, Offer, Undo, effects, may_have_a_time, offer, slot_at, taken_back, undo_of
from office.errors import CourseRefused
from office.finding import clinic_of, folded
from office.outcome import outcome_of
from office.sending import tell
from readmodel.access import SignedIn
from readmodel.calendar import Place, names_of_places, rooms_and_injectors

router = APIRouter(tags=["appointments"])
Looker = Annotated[SignedIn, Depends(only(Act.SEE_CALENDAR))]
Booking = Annotated[Write, Depends(writes(Act.BOOK))]
COURSE = "/courses/{course_id}/appointment"


class ClinicItem(Record):
    """When the clinic is open and closed, its rooms and its injectors."""

    clinic: dict[str, Any] = Field(
        description="time zone, opening hours by its clock, holidays, closures, and its own rules"
    )
    places: list[Place]


class AppointmentItem(Record):
    """A course's appointment, whether another time can be asked for, and its last move."""

    appointment: Appointment | None
    may_have_a_time: bool
    undo: Undo | None


class Foreseeing(f.Book):
    """A time that is looked at; by the clinic's clock where it names no zone."""


class Moves(Record):
    """A free time and all that it changes: the visit, who pays, what is said, and what follows."""

    slot: Slot
    effects: list[Effect]


@router.get("/clinic")
async def show_clinic(who: Looker, world: Reached) -> ClinicItem:
    """Show the clinic as it is set up: what a calendar is drawn by."""
    places = await rooms_and_injectors(await world.reach.pool())
    clinic = await clinic_of(world.call(who.user_id))
    return ClinicItem(clinic=clinic.model_dump(mode="json"), places=places)


@router.get(COURSE)
async def show_appointment(who: Looker, row: Seen, world: Reached) -> AppointmentItem:
    """Show a course's appointment, and whether its last move can be taken back still."""
    course = await folded(world.call(who.user_id), row)
    return AppointmentItem(
        appointment=course.appointment, may_have_a_time=may_have_a_time(course), undo=undo_of(course, row.now)
    )


@router.get("/courses/{course_id}/slots")
async def list_slots(
    who: Looker,
    row: Seen,
    world: Reached,
    *,
    first: Day | None = None,
    injector: Name | None = None,
    uncovered: bool = False,
) -> Offer:
    """List the free times of a week that the course may have: cut by interval, coverage, hours and what is taken.

    `uncovered` also lists days that the authorization does not cover. 409: the course may have no other time now.
    """
    course = await _bookable(who, row, world)
    pool = await world.reach.pool()
    return await offer(pool, course, now=row.now, first_on=first, injector=injector, uncovered_too=uncovered)


async def _bookable(who: SignedIn, row: Seen, world: Reached) -> Any:
    course = await folded(world.call(who.user_id), row)
    if not may_have_a_time(course):
        raise CourseRefused("as the course stands no other time can be asked for")
    return course


@router.post(f"{COURSE}/preview")
async def preview_appointment(who: Looker, row: Seen, world: Reached, looked_at: Foreseeing) -> Moves:
    """Say what else moves with a time, before it is booked or moved to. Nothing is written. 409: it is not free."""
    course: Any = await _bookable(who, row, world)
    told: Any = as_told(looked_at, course.clinic.zone, where="")
    pool = await world.reach.pool()
    slot = await slot_at(pool, course, told.starts_at, told.injector)
    if slot is None:
        raise CourseRefused("this time is not free")
    return Moves(slot=slot, effects=list(effects(course, slot, row.now, await names_of_places(pool))))


@router.post(f"{COURSE}/undo", response_model=Written)
async def undo_move(write: Booking, row: Seen) -> Response:
    """Take the last move back, within ten minutes. 409: nothing can be taken back, with the reason."""

    async def work() -> dict[str, Any]:
        call = write.call
        fact = taken_back(await folded(call, row), row.now)
        number = await tell(call, row, fact, by=actor(write.who))
        await scheduling_answered(call, row, number)
        return await outcome_of(call, row, number)

    return await write.once(work)
