"""The visit: a time is found and made ready; on the day the session is cleared and given, or it is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from activities.scheduling import (
    AppointmentState,
    BookedSlot,
    BookSession,
    ChangeAppointment,
    MoveSession,
    SchedulingActivities,
)
from domain.clinic_time import add_working_days, clinic_day
from domain.course import Course, Wish
from domain.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    AppointmentSettled,
    BookingRefused,
    MoveRefused,
)
from domain.plan import last_look_on, look_for_from, may_confirm, missing_for_confirmation, readiness_on
from domain.session import Appointment, AppointmentStatus, Unsettled
from domain.waits import WaitKind
from workflows.desk import Desk, Moot, SaidNo

ONE_DAY = timedelta(days=1)


class Visit:
    """The next session's visit, from finding a time to its result."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # Until the day

    async def reach_the_day(self) -> None:
        """Find a time, then wait for its day."""
        while True:
            appointment = self._desk.course.appointment
            if appointment is None:
                await self._book()
            elif self._desk.today >= self._day(appointment):
                return
            else:
                due = self._desk.morning(self._day(appointment))
                await self._desk.wait(WaitKind.SESSION_DAY, self._subject, due=due, moot=_is_not(appointment))

    async def _book(self) -> None:
        """Have scheduling book the first time from the recommended day on, or the one a person asked for."""
        course = self._desk.course
        if course.booking_refused is not None and course.booking_wish is None:
            due = self._desk.morning(add_working_days(self._desk.today, 1, course.clinic))
            context = {"reason": course.booking_refused}
            await self._desk.wait(WaitKind.BOOKING, self._subject, due=due, context=context)
            return
        wanted = self._wanted(course.booking_wish)
        try:
            slot = await self._desk.do(SchedulingActivities.book_session, wanted, what="book-session")
        except SaidNo as no:
            self._desk.happened(BookingRefused(reason=no.reason))
            return
        booked = self._appointment(slot)
        self._desk.happened(AppointmentBooked(appointment=booked))
        if not self._desk.course.is_open:  # it ended while scheduling was booking
            self._desk.happened(AppointmentCancelled(appointment=booked.number, reason="the course ended"))

    def _wanted(self, wish: Wish | None) -> BookSession:
        course = self._desk.course
        looked_for_from = look_for_from(course, self._desk.today + ONE_DAY)
        number = course.appointments_made + 1
        return BookSession(
            course_id=course.course_id,
            key=f"{course.course_id}/appointment-{number}",
            for_session=course.next_session,
            not_before=self._desk.morning(looked_for_from),
            minutes=course.clinic.slot_minutes,
            injector=wish.injector if wish else None,
            starts_at=wish.starts_at if wish else None,
            asked_at=self._desk.now,
        )

    def _appointment(self, slot: BookedSlot) -> Appointment:
        return Appointment(
            number=self._desk.course.appointments_made + 1,
            id=slot.appointment_id,
            for_session=self._desk.course.next_session,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            injector=slot.injector,
            room=slot.room,
            status=AppointmentStatus.TENTATIVE,
        )

    async def move(self) -> None:
        """Have scheduling move the appointment to the time that was asked for."""
        appointment, wish = self._desk.course.appointment, self._desk.course.move_wish
        if appointment is None or wish is None:
            return
        reason = wish.reason or ""
        wanted = MoveSession(appointment_id=appointment.id, reason=reason, booking=self._wanted(wish))
        try:
            slot = await self._desk.do(SchedulingActivities.move_session, wanted, what="move-session")
        except SaidNo as no:
            self._desk.happened(MoveRefused(reason=no.reason))
            return
        moved = self._appointment(slot)
        self._desk.happened(AppointmentMoved(from_appointment=appointment.number, appointment=moved, reason=reason))
        if not self._desk.course.is_open:
            self._desk.happened(AppointmentCancelled(appointment=moved.number, reason="the course ended"))

    async def get_ready(self) -> None:
        """Look at date, coverage, drug and response check before the day; what is missing at last becomes a task."""
        appointment = self._desk.course.appointment
        if appointment is None:
            return
        gone, course = _is_not(appointment), self._desk.course
        last_look = self._desk.morning(last_look_on(course))
        if course.readiness is None:
            first_look = self._desk.morning(readiness_on(course))
            await self._desk.wait(WaitKind.READINESS_DAY, self._subject, due=first_look, moot=_or(gone, _looked))
            due = max(last_look, self._desk.now + timedelta(hours=4))
            await self._desk.wait(WaitKind.READINESS, self._subject, due=due, moot=_or(gone, _looked))
        settled = _or(gone, is_settled)
        await self._desk.wait(WaitKind.LAST_LOOK_DAY, self._subject, due=last_look, moot=settled)
        if not settled(self._desk.course):
            due = self._desk.morning(self._day(appointment))
            missing = {one.what: one.why for one in missing_for_confirmation(self._desk.course)}
            await self._desk.wait(WaitKind.NOT_READY, self._subject, due=due, moot=settled, context=missing)

    async def confirm(self) -> None:
        """Confirm the tentative appointment, since coverage, drug and response check allow it."""
        appointment = self._desk.course.appointment
        if appointment is None or not may_confirm(self._desk.course):
            return
        refused = await self._change(appointment.id, AppointmentState.CONFIRMED, "coverage, drug and check allow it")
        course = self._desk.course
        if course.appointment is None or course.appointment.id != appointment.id:
            return
        if refused is not None and course.clearance is None:  # scheduling has given it up: a person finds a time
            self._desk.happened(AppointmentCancelled(appointment=appointment.number, reason=refused))
            self._desk.happened(BookingRefused(reason=refused))
        else:
            self._desk.happened(AppointmentConfirmed(appointment=appointment.number))

    async def settle(self, told: Unsettled) -> None:
        """Tell scheduling what became of an appointment. Where it knows it as something else, its word counts."""
        await self._change(told.appointment_id, AppointmentState(told.to), told.reason)
        self._desk.happened(AppointmentSettled(appointment_id=told.appointment_id))

    async def _change(self, appointment_id: str, to: AppointmentState, reason: str) -> str | None:
        """Bring the appointment into a state in scheduling too. Return its reason where it says no."""
        change = ChangeAppointment(
            appointment_id=appointment_id, key=f"{appointment_id}/{to}", to=to, reason=reason, at=self._desk.now
        )
        try:
            await self._desk.do(
                SchedulingActivities.change_appointment, change, what=f"appointment-{to}", outlives_end=True
            )
        except SaidNo as no:
            return no.reason
        return None

    # On the day

    async def give(self) -> bool:
        """Have the session cleared and its result recorded. Return whether drug was given."""
        course = self._desk.course
        appointment, number = course.appointment, course.next_session
        if appointment is None:
            return False
        if course.clearance is None:
            await self._desk.wait(WaitKind.CLEARANCE, self._subject, due=appointment.ends_at, moot=_is_not(appointment))
        if self._desk.course.clearance is not None:
            due = max(self._end_of_day(appointment), self._desk.now + timedelta(hours=1))
            await self._desk.wait(WaitKind.SESSION_RESULT, self._subject, due=due, moot=_is_not(appointment))
        return len(self._desk.course.sessions) >= number

    def _end_of_day(self, appointment: Appointment) -> datetime:
        return self._desk.morning(self._day(appointment)) + timedelta(hours=12)

    def _day(self, appointment: Appointment) -> date:
        return clinic_day(appointment.starts_at, self._desk.course.clinic.zone)

    @property
    def _subject(self) -> str:
        """Return what the visit's waits are about: the session, and which try it is."""
        number = self._desk.course.next_session
        missed = sum(visit.for_session == number for visit in self._desk.course.visits_not_given)
        return f"session-{number}" + (f"-visit-{missed + 1}" if missed else "")


def _is_not(appointment: Appointment) -> Moot:
    """Return whether the course has given up this appointment, or has another."""
    return lambda course: course.appointment is None or course.appointment.number != appointment.number


def _or(one: Moot, other: Moot) -> Moot:
    return lambda course: one(course) or other(course)


def _looked(course: Course) -> bool:
    return course.readiness is not None


def is_settled(course: Course) -> bool:
    """Whether the appointment stands: confirmed, or kept although something is missing."""
    if course.appointment is None or course.kept_unready == course.appointment.number:
        return True
    return course.appointment.status is AppointmentStatus.CONFIRMED or may_confirm(course)
