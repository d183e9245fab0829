"""Booking and moving appointments with open eyes: the times on offer, and what else moves with one of them.

The rules are the course's own and scheduling's own: nothing here decides what they would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from activities.scheduling import FindSlots, Slot
from adapters.postgres.scheduling import PostgresScheduling
from domain import events as e
from domain import facts as f
from domain import plan
from domain.changes import after
from domain.clinic_time import clinic_clock, clinic_day
from domain.course import Course
from domain.coverage import SessionCoverage
from domain.follows import what_follows
from domain.messages import reminders_of
from domain.moving import undo_until
from domain.planner import Expected, forecast, looked_at_before, notices
from domain.record import Refusal
from domain.session import Appointment, AppointmentStatus
from domain.story.words import day_in_words, time_in_words
from domain.timing import SessionDates
from domain.waits import KINDS, WaitKind
from office.errors import CourseRefused
from readmodel.pool import Pool

OFFERED_DAYS = 7
SLOTS_MAX = 1000
"""More than a week of one clinic has."""
VISIT = frozenset({WaitKind.SESSION_DAY, WaitKind.CLEARANCE})


@dataclass(frozen=True)
class Day:
    """The times on offer on one day. `uncovered`: why nothing would pay for the session on it yet; empty: it is paid."""

    on: date
    slots: tuple[Slot, ...]
    uncovered: str


@dataclass(frozen=True)
class Offer:
    """A week of times. `cut_days` are not shown, because the authorization that the course has does not cover them."""

    dates: SessionDates
    first_on: date
    last_on: date
    days: tuple[Day, ...]
    cut_days: tuple[date, ...]
    why_cut: str


@dataclass(frozen=True)
class Effect:
    """One thing that a time changes. `is_risk`: somebody should think twice."""

    what: str
    before: str
    after: str
    is_risk: bool = False


async def offer(
    pool: Pool, course: Course, *, now: datetime, first_on: date | None, injector: str | None, uncovered_too: bool
) -> Offer:
    """Return the free times of a week that the course may have: by interval, coverage, hours and what is taken."""
    today = clinic_day(now, course.clinic.zone)
    dates = plan.dates_of_next(course, today)
    begins = max(first_on or plan.look_for_from(course, today), dates.earliest_on, today)
    ends = begins + timedelta(days=OFFERED_DAYS - 1)
    search = FindSlots(
        not_before=max(now + timedelta(minutes=1), plan.morning_of(course, begins)),
        not_after=plan.morning_of(course, ends + timedelta(days=1)),
        minutes=course.clinic.slot_minutes,
        injector=injector,
        limit=SLOTS_MAX,
    )
    found: dict[date, list[Slot]] = {}
    for slot in await PostgresScheduling(pool).find_slots(search):
        found.setdefault(clinic_day(slot.starts_at, course.clinic.zone), []).append(slot)
    days = [Day(on=on, slots=tuple(slots), uncovered=_uncovered(course, on)) for on, slots in sorted(found.items())]
    cuts = [day for day in days if day.uncovered and _has_coverage(course) and not uncovered_too]
    return Offer(
        dates=dates,
        first_on=begins,
        last_on=ends,
        days=tuple(day for day in days if day not in cuts),
        cut_days=tuple(day.on for day in cuts),
        why_cut=cuts[0].uncovered if cuts else "",
    )


def _has_coverage(course: Course) -> bool:
    """Whether the payer has agreed to anything yet: before that every time is booked in the hope of it."""
    return not course.needs_authorization or bool(course.authorizations)


def _uncovered(course: Course, on: date) -> str:
    covered = plan.coverage_of(course, on)
    return covered.reason if isinstance(covered, Refusal) else ""


async def slot_at(pool: Pool, course: Course, starts_at: datetime, injector: str | None) -> Slot | None:
    """Return the free time that begins then; None where there is none."""
    wanted = FindSlots(
        not_before=starts_at, not_after=starts_at, minutes=course.clinic.slot_minutes, injector=injector, limit=1
    )
    found = await PostgresScheduling(pool).find_slots(wanted)
    return found[0] if found else None


def with_slot(course: Course, slot: Slot, now: datetime) -> Course:
    """Return the course as it would be with this time booked, or its appointment moved to it."""
    made = Appointment(
        number=course.appointments_made + 1,
        id="-",
        for_session=course.next_session,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        injector=slot.injector,
        room=slot.room,
        status=AppointmentStatus.TENTATIVE,
    )
    stamp = {"number": course.number + 1, "at": now, "on": clinic_day(now, course.clinic.zone)}
    event: e.CourseEvent
    if course.appointment is None:
        event = e.AppointmentBooked(appointment=made)
    else:
        event = e.AppointmentMoved(from_appointment=course.appointment.number, appointment=made, reason="-")
    return after(course, event.model_copy(update=stamp))


def effects(course: Course, slot: Slot, now: datetime, names: Mapping[str, str]) -> tuple[Effect, ...]:
    """Return what a time changes: the session's own day first, then what pays, what is said, and all that follows.

    `names`: how people are called, by their ids.
    """
    moved = with_slot(course, slot, now)
    return (
        _own(course, moved, names),
        _paid(course, moved, now),
        _reminded(course, moved, now),
        *_said(course, moved, now),
        *_later(course, moved, now),
    )


def _own(course: Course, moved: Course, names: Mapping[str, str]) -> Effect:
    def said(appointment: Appointment | None) -> str:
        if appointment is None:
            return "not booked"
        at, injector = time_in_words(appointment.starts_at, course.clinic.zone), appointment.injector
        return f"{at}, {names.get(injector, injector)}, {appointment.status}"

    return Effect(f"Session {course.next_session}", said(course.appointment), said(moved.appointment))


def _paid(course: Course, moved: Course, now: datetime) -> Effect:
    today = clinic_day(now, course.clinic.zone)

    def said(one: Course) -> str:
        covered = plan.coverage_of(one, plan.planned_on(one, today))
        if isinstance(covered, Refusal):
            return f"not covered: {covered.reason}"
        return _payer(covered)

    before, then = said(course), said(moved)
    return Effect("Who pays", before, then, is_risk=then.startswith("not covered") and _has_coverage(moved))


def _payer(covered: SessionCoverage) -> str:
    if covered.authorization is None:
        return str(covered.kind).replace("_", " ")
    return f"authorization {covered.authorization_number or 'without its number yet'}"


def _reminded(course: Course, moved: Course, now: datetime) -> Effect:
    def said(one: Course) -> str:
        if one.appointment is None:
            return "none"
        reminders = reminders_of(one, one.appointment, now)
        days = [day_in_words(clinic_day(message.send_at, one.clinic.zone)) for message in reminders]
        return ", ".join(days) or "none: it is too soon"

    return Effect("Reminders, once confirmed", said(course), said(moved))


def _said(course: Course, moved: Course, now: datetime) -> list[Effect]:
    """Return in sentences what is late, not covered or lapses with the new time and did not before."""
    today = clinic_day(now, course.clinic.zone)
    told = e.BookingAsked(starts_at=now, injector=None, at=now, on=today)
    before = {*what_follows(told, course), *notices(course, today)}
    new = [one for one in (*what_follows(told, moved), *notices(moved, today)) if one not in before]
    return [Effect("Mind", "", one, is_risk=True) for one in new]


def _later(course: Course, moved: Course, now: datetime) -> list[Effect]:
    """Return what the planner expects at another time than before; hours matter for nothing but the visit itself."""
    zone = course.clinic.zone
    own = f"session-{course.next_session}"
    before, then = _expected(course, now), _expected(moved, now)
    found = []
    for wait in sorted(before.keys() | then.keys(), key=lambda wait: (then.get(wait) or before[wait]).at):
        one, other = before.get(wait), then.get(wait)
        kind, subject = (other or one).kind, wait.partition(":")[2]  # type: ignore[union-attr] # it is in one of both
        if kind in VISIT and subject.startswith(own):
            continue
        was, will = (None if it is None else clinic_day(it.at, zone) for it in (one, other))
        if was != will:
            title = f"{KINDS[kind].title} ({subject.replace('-', ' ')})"
            found.append(Effect(title, _day(was), _day(will)))
    return found


def _expected(course: Course, now: datetime) -> dict[str, Expected]:
    """Return what the course waits for from now on, by wait: with the look before the visit, without days that are over.

    What is open because such a day has come would otherwise seem to fall away with another time.
    """
    found = {one.wait: one for one in forecast(course, now) if one.open or one.at > now}
    look = looked_at_before(course, now)
    return found if look is None else {look.wait: look} | found


def _day(on: date | None) -> str:
    return "-" if on is None else f"{on:%a} {day_in_words(on)}"


@dataclass(frozen=True)
class Undo:
    """The last move of an appointment, and whether it can be taken back still."""

    starts_at: datetime
    injector: str
    until: datetime
    is_possible: bool


def undo_of(course: Course, now: datetime) -> Undo | None:
    """Return the last move of the course's appointment; None where nobody moved it."""
    appointment = course.appointment
    if appointment is None or appointment.moved is None or (until := undo_until(appointment)) is None:
        return None
    possible = now < until and course.move_wish is None and course.clearance is None
    moved = appointment.moved
    return Undo(starts_at=moved.starts_at, injector=moved.injector, until=until, is_possible=possible)


def taken_back(course: Course, now: datetime) -> f.Move:
    """Return what takes the last move back. Raises `CourseRefused` where nobody moved the appointment."""
    last = undo_of(course, now)
    if last is None:
        raise CourseRefused("nothing has moved this appointment that could be taken back")
    return f.Move(starts_at=last.starts_at, injector=last.injector, reason="the move is taken back", undo=True)


def may_have_a_time(course: Course) -> bool:
    """Whether another time can be asked for: something is booked and not begun, or a person is to book."""
    if not course.is_under_way or course.clearance is not None or course.move_wish is not None:
        return False
    return course.appointment is not None or bool(course.waits_of(WaitKind.BOOKING))


def clock_of_day(at: datetime, zone: str) -> str:
    """Return the time of day by the clinic's clock."""
    return f"{clinic_clock(at, zone):%H:%M}"
