"""Pages: the calendar by day, week and month; booking, moving with its consequences shown first, undo, cancelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from activities.scheduling import Slot
from console.access.guard import only
from console.access.table import Act, may
from console.acting import actor, request_id_of
from console.page import page
from console.refusals import done_of, status_of
from console.world import World, world_of
from domain import facts as f
from domain.clinic import Clinic
from domain.clinic_time import clinic_clock, clinic_day, instant_of, is_working_day
from domain.course import Course
from domain.ready import missing_for_confirmation
from domain.session import Whose
from domain.waits import WaitKind
from office.appointments import scheduling_answered
from office.booking import clock_of_day, effects, may_have_a_time, offer, slot_at, taken_back, undo_of
from office.call import Call
from office.errors import BadInput, CommandFailed, CourseRefused, NotFound, NotReachable
from office.fields import Clock, Unreadable, day_written, read_time
from office.finding import clinic_of, folded, wrong
from office.names import brief_names
from office.sending import settle, tell
from readmodel import lookups
from readmodel.access import SignedIn, put_listed, put_look
from readmodel.calendar import (
    AppointmentRow,
    Place,
    appointments_between,
    booked_around,
    names_of_places,
    rooms_and_injectors,
    to_book,
)
from readmodel.lookups import CourseRow

router = APIRouter()
Looker = Annotated[SignedIn, Depends(only(Act.SEE_CALENDAR))]
Booker = Annotated[SignedIn, Depends(only(Act.BOOK))]
Reached = Annotated[World, Depends(world_of)]
ONE_DAY = timedelta(days=1)
SHOWN_IN_MONTH = 4
WEEK = 7
NOTHING_DONE = {
    "undo": "The move could not be taken back; the appointment stands as shown",
    "cancel": "Nothing was cancelled",
}
STANDS = "stands"
"""The field by which a form says which appointment its page has shown."""


class View(StrEnum):
    """How much of the calendar is shown."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Shown:
    """One day as the calendar shows it."""

    on: date
    closed: str
    rows: tuple[AppointmentRow, ...]
    is_in_month: bool = True


@dataclass(frozen=True)
class Filter:
    """What the address says: the whole view."""

    view: View
    on: date
    injector: str = ""
    room: str = ""

    def to(self, **changes: Any) -> str:
        """Return the address with something changed."""
        values = {"view": self.view, "on": self.on, "injector": self.injector, "room": self.room} | changes
        return "/calendar?" + urlencode({name: str(value) for name, value in values.items() if value})

    @property
    def first_on(self) -> date:
        """Return the first day shown."""
        if self.view is View.DAY:
            return self.on
        first = self.on.replace(day=1) if self.view is View.MONTH else self.on
        return first - timedelta(days=first.weekday())

    @property
    def last_on(self) -> date:
        """Return the last day shown."""
        if self.view is View.DAY:
            return self.on
        if self.view is View.WEEK:
            return self.first_on + timedelta(days=WEEK - 1)
        last = (self.on.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
        return last + timedelta(days=WEEK - 1 - last.weekday())

    @property
    def before(self) -> date:
        """Return a day of the view before."""
        return self.on.replace(day=1) - ONE_DAY if self.view is View.MONTH else self.on - self._step

    @property
    def behind(self) -> date:
        """Return a day of the view after."""
        return self.last_on.replace(day=1) if self._ends_beyond else self.on + self._step

    @property
    def _ends_beyond(self) -> bool:
        return self.view is View.MONTH and self.last_on.month != self.on.month

    @property
    def _step(self) -> timedelta:
        if self.view is View.MONTH:
            return (self.last_on + ONE_DAY) - self.on
        return ONE_DAY if self.view is View.DAY else timedelta(days=WEEK)


@router.get("/calendar")
async def show(request: Request, who: Looker, world: Reached) -> Response:
    """Show who comes when, to whom and where."""
    call = world.call(who.user_id)
    clinic, pool = await clinic_of(call), await call.reach.pool()
    today = clinic_day(datetime.now(UTC), clinic.zone)
    seen = _seen(request, today)
    injector, room = seen.injector, seen.room
    places, names = await rooms_and_injectors(pool), await names_of_places(pool)
    rows = await appointments_between(pool, seen.first_on, seen.last_on, injector=injector or None, room=room or None)
    around = None
    if not rows:
        around = await booked_around(pool, seen.first_on, seen.last_on, injector=injector or None, room=room or None)
    days = tuple(_days(seen, clinic, rows))
    without = await to_book(pool, now=datetime.now(UTC))
    await put_listed(
        pool, who.user_id, [*(row.course_id for row in rows), *(task.course_id for task in without)], what="calendar"
    )
    return page(
        request,
        f"calendar_{seen.view}.html",
        zone=clinic.zone,
        seen=seen,
        views=tuple(View),
        today=today,
        days=days,
        around=around,
        day_link=lambda on: seen.to(on=on),
        weeks=tuple(days[n : n + WEEK] for n in range(0, len(days), WEEK)),
        times=tuple(_times(clinic, days[0])) if seen.view is View.DAY else (),
        injectors=[one for one in places if one.kind == "injector"],
        rooms=[one for one in places if one.kind == "room"],
        columns=_columns(places, rows, injector, names),
        names=names,
        clock=lambda at: clock_of_day(at, clinic.zone),
        shown_in_month=SHOWN_IN_MONTH,
        to_book=without,
    )


def _seen(request: Request, today: date) -> Filter:
    """Return the view that the address says; what it says wrongly is left out."""
    asked = request.query_params
    view = asked.get("view", "")
    return Filter(
        view=View(view) if view in set(View) else View.WEEK,
        on=_day(asked.get("on", "")) or today,
        injector=asked.get("injector", ""),
        room=asked.get("room", ""),
    )


def _day(text: str) -> date | None:
    try:
        return day_written(text)
    except ValueError:
        return None


def _days(seen: Filter, clinic: Clinic, rows: list[AppointmentRow]) -> Iterator[Shown]:
    of_day: dict[date, list[AppointmentRow]] = {}
    for row in rows:
        of_day.setdefault(clinic_day(row.starts_at, clinic.zone), []).append(row)
    on = seen.first_on
    while on <= seen.last_on:
        yield Shown(
            on=on,
            closed="" if is_working_day(on, clinic) else _why_closed(on, clinic),
            rows=tuple(of_day.get(on, ())),
            is_in_month=on.month == seen.on.month or seen.view is not View.MONTH,
        )
        on += ONE_DAY


def _why_closed(on: date, clinic: Clinic) -> str:
    if on in clinic.holidays:
        return "holiday"
    reasons = (one.reason for one in clinic.closures if one.is_of_clinic and one.holds(on))
    return next(reasons, "closed")


def _times(clinic: Clinic, day: Shown) -> Iterator[datetime]:
    """Yield when a session can begin on a day, and when one begins all the same."""
    found = {row.starts_at for row in day.rows}
    for hours in clinic.opening_hours:
        if hours.weekday == day.on.isoweekday() and not day.closed:
            at, closes = (instant_of(day.on, local, clinic.zone) for local in (hours.opens, hours.closes))
            while at < closes:
                found.add(at)
                at += timedelta(minutes=clinic.slot_minutes)
    yield from sorted(found)


def _columns(places: list[Place], rows: list[AppointmentRow], injector: str, names: dict[str, str]) -> list[Place]:
    """Return the injectors of a day's columns: those who work here, and whoever has an appointment."""
    known = {one.id: one for one in places if one.kind == "injector"}
    for row in rows:
        known.setdefault(
            row.injector, Place(kind="injector", id=row.injector, name=names.get(row.injector, row.injector))
        )
    return [one for one in known.values() if injector in ("", one.id)]


# One course's appointment


@router.get("/calendar/courses/{course_id}")
async def appointment(request: Request, who: Looker, world: Reached, course_id: str) -> Response:
    """Show a course's appointment, the times on offer, and what else moves with the one that is looked at."""
    return await _appointment_page(request, who, world, course_id)


@router.post("/calendar/courses/{course_id}")
async def change(request: Request, who: Booker, world: Reached, course_id: str) -> Response:
    """Book, move or cancel. What is refused is told on the page, with what was typed."""
    form = await request.form()
    typed = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    try:
        did = await _ask(world, who, course_id, typed, request_id_of(form))
    except (BadInput, CourseRefused, NotReachable) as failed:
        return await _appointment_page(request, who, world, course_id, typed=typed, failed=failed)
    return RedirectResponse(f"/calendar/courses/{course_id}?{urlencode({'did': did})}", status_code=303)


async def _ask(world: World, who: SignedIn, course_id: str, typed: dict[str, str], request_id: str) -> str:
    """Tell the course what was asked and wait for scheduling. Return what was done, also where this form was sent before."""
    call = world.call(who.user_id, request_id)
    row = await _row(world, course_id)
    do, reason = typed.get("do", ""), typed.get("reason", "")
    known = await lookups.receipt_of(await call.reach.pool(), course_id, request_id)
    if known is not None:
        return await _answered(call, row, do, known.number)
    course = await folded(call, row)
    _see_unchanged(course, typed.get(STANDS))
    if do in {"move", "cancel"} and not reason:
        raise wrong("reason", "say why: it stands in the course's history")
    fact: f.Fact
    task = None
    match do:
        case "book":
            fact = f.Book(starts_at=_at(typed, row, course), injector=typed.get("with") or None)
            task = next((wait.id for wait in course.waits_of(WaitKind.BOOKING)), None)
        case "move":
            fact = f.Move(starts_at=_at(typed, row, course), injector=typed.get("with") or None, reason=reason)
        case "undo":
            fact = taken_back(course, row.now)
        case "cancel":
            fact = _cancel(typed, reason)
        case _:
            raise BadInput("choose what to do")
    return await _answered(call, row, do, await tell(call, row, fact, task=task, by=actor(who)))


async def _answered(call: Call, row: CourseRow, do: str, number: int) -> str:
    """Wait for what comes of it, and return what was done. Raises `CourseRefused` where scheduling says no."""
    if do == "cancel":
        await settle(call, row)
    else:
        await scheduling_answered(call, row, number)
    return do


def _see_unchanged(course: Course, shown: str | None) -> None:
    """Let pass only what is asked about the appointment that the page has shown. Raises `CourseRefused`."""
    if shown is None:
        raise BadInput("this form does not say which appointment it is about; open the page anew")
    if shown != _stands(course):
        raise CourseRefused("somebody has changed it since you opened this page; look, and ask again")


def _stands(course: Course) -> str:
    """Return which appointment stands: 0, none does."""
    return "0" if course.appointment is None else str(course.appointment.number)


def _at(typed: dict[str, str], row: CourseRow, course: Course) -> datetime:
    try:
        return read_time(typed.get("at", ""), Clock(now=row.now, zone=course.clinic.zone))
    except Unreadable as problem:
        raise wrong("at", f"the time: expected {problem}") from None


def _cancel(typed: dict[str, str], reason: str) -> f.Cancel:
    whose = typed.get("whose", "")
    if whose not in set(Whose):
        raise wrong("whose", "say whose wish it is: the patient's visits are counted")
    given = typed.get("not_before", "")
    if given and _day(given) is None:
        raise wrong("not_before", "expected a day like 2026-01-31")
    return f.Cancel(reason=reason, whose=Whose(whose), not_before=_day(given))


async def _appointment_page(
    request: Request,
    who: SignedIn,
    world: World,
    course_id: str,
    *,
    typed: dict[str, str] | None = None,
    failed: CommandFailed | None = None,
) -> Response:
    call = world.call(who.user_id)
    row, pool = await _row(world, course_id), await call.reach.pool()
    await put_look(pool, who.user_id, row.course_id, what="appointment")
    course = await folded(call, row)
    asked = dict(request.query_params) | (typed or {})
    now, injector = row.now, asked.get("injector", "")
    offered = None
    if may_have_a_time(course):
        offered = await offer(
            pool,
            course,
            now=now,
            first_on=_day(asked.get("from", "")),
            injector=injector or None,
            uncovered_too=asked.get("uncovered") == "yes",
        )
    chosen = await _chosen(world, course, row, asked) if offered is not None else None
    places, names = await rooms_and_injectors(pool), await names_of_places(pool)
    return page(
        request,
        "calendar_course.html",
        status=409 if isinstance(failed, CourseRefused) else status_of(failed),
        zone=course.clinic.zone,
        row=row,
        course=course,
        stands=_stands(course),
        missing=() if course.appointment is None else missing_for_confirmation(course),
        booked_on=None if course.appointment is None else clinic_day(course.appointment.starts_at, course.clinic.zone),
        offered=offered,
        chosen=chosen,
        chosen_at=_local(chosen, course) if chosen is not None else asked.get("at", ""),
        effects=() if chosen is None else effects(course, chosen, now, names),
        gone=bool(asked.get("at")) and chosen is None and failed is None,
        undo=undo_of(course, now),
        may_book=may(who.role, Act.BOOK),
        typed=asked,
        failed=failed,
        done=""
        if failed is None
        else done_of(failed, NOTHING_DONE.get(asked.get("do", ""), "The appointment stands as it was")),
        fault_of={one.field: one.problem for one in failed.fields} if failed is not None else {},
        did=asked.get("did", "") if failed is None else "",
        injectors=[one for one in places if one.kind == "injector"],
        names=names,
        brief=brief_names((one.id for one in places if one.kind == "injector"), names),
        whose=tuple(Whose),
        clock=lambda at: clock_of_day(at, course.clinic.zone),
        local=lambda slot: _local(slot, course),
        link=lambda **changes: _link(course_id, asked, **changes),
        step=timedelta(days=WEEK),
    )


async def _chosen(world: World, course: Course, row: CourseRow, asked: dict[str, str]) -> Slot | None:
    if not asked.get("at") or asked.get("do") in {"undo", "cancel"}:
        return None
    try:
        at = read_time(asked["at"], Clock(now=row.now, zone=course.clinic.zone))
    except Unreadable:
        return None
    return await slot_at(await world.reach.pool(), course, at, asked.get("with") or None)


def _local(slot: Slot, course: Course) -> str:
    return f"{clinic_clock(slot.starts_at, course.clinic.zone):%Y-%m-%dT%H:%M}"


def _link(course_id: str, asked: dict[str, str], **changes: Any) -> str:
    """Return the address of this page with something changed."""
    kept = {name: asked[name] for name in ("from", "injector", "uncovered", "at", "with") if asked.get(name)}
    values = kept | {name.rstrip("_"): value for name, value in changes.items()}
    return f"/calendar/courses/{course_id}?" + urlencode({name: str(one) for name, one in values.items() if one})


async def _row(world: World, course_id: str) -> CourseRow:
    """Return the course with exactly this id."""
    try:
        row = await lookups.course(await world.reach.pool(), course_id, now=datetime.now(UTC))
    except (lookups.NoSuchCourse, lookups.AmbiguousCourse):
        raise NotFound("there is no such page") from None
    if row.course_id != course_id:
        raise NotFound("there is no such page")
    return row
