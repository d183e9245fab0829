"""The visit: a time is found and made ready; on the day the session is cleared and given, or it is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from activities.diary import DiaryActivities, ReadDiary
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
    AppointmentUnwanted,
    BookingRefused,
    LastMonthCounted,
    MoveRefused,
)
from domain.last_month import last_month_of, last_months_to_count
from domain.moving import QUIET_FROM_EDITION, is_taken_back_unheard, moved_from
from domain.plan import dates_from_last_dose, last_look_on, look_for_from, readiness_due, readiness_on
from domain.planner import warnings_of
from domain.ready import is_settled, may_confirm, missing_for_confirmation
from domain.session import Appointment, AppointmentStatus, Unsettled, Whose
from domain.visits import must_decide, not_given, passed_on
from domain.waits import WaitKind
from workflows.desk import Desk, Moot, SaidNo

ONE_DAY = timedelta(days=1)
DECIDE_WORKING_DAYS = 2


class Visit:
    """The next session's visit, from finding a time to its result."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # Until the day

    async def reach_the_day(self) -> None:
        """Find a time, then wait for its day, or until a session is told of that took place otherwise."""
        number = self._desk.course.next_session
        while self._desk.course.next_session == number:
            appointment = self._desk.course.appointment
            if appointment is None:
                await self._decide_on_missed_visits()
                await self._book()
            elif self._desk.today >= self._day(appointment):
                return
            else:
                due = self._desk.morning(self._day(appointment))
                await self._desk.wait(WaitKind.SESSION_DAY, self._subject, due=due, moot=_is_not(appointment))

    async def _decide_on_missed_visits(self) -> None:
        """Have a clinician decide how to go on where too many visits were missed; till then no time is looked for."""
        while must_decide(self._desk.course):
            course = self._desk.course
            due = self._desk.morning(add_working_days(self._desk.today, DECIDE_WORKING_DAYS, course.clinic))
            context = {str(reason): str(count) for reason, count in not_given(course).items()}
            await self._desk.wait(WaitKind.MISSED_VISITS, self._subject, due=due, context=context, moot=_may_book)

    async def _book(self) -> None:
        """Have scheduling book the first time from the recommended day on, or the one a person asked for."""
        course = self._desk.course
        if course.booking_refused is not None and course.booking_wish is None:
            due = self._desk.morning(add_working_days(self._desk.today, 1, course.clinic))
            context = {"reason": course.booking_refused}
            given = _is_given(course.next_session)
            await self._desk.wait(WaitKind.BOOKING, self._subject, due=due, moot=given, context=context)
            return
        wanted = self._wanted(course.booking_wish)
        try:
            slot = await self._desk.do(SchedulingActivities.book_session, wanted, what="book-session")
        except SaidNo as no:
            if self._desk.course.appointment is None:
                self._desk.happened(BookingRefused(reason=no.reason))
            return
        if self._desk.course.appointment is not None:  # the move that was under way came first, with the same slot
            return
        booked = self._appointment(slot)
        if not self._is_still_wanted(wanted.for_session, booked):
            self._desk.happened(AppointmentUnwanted(appointment=booked, reason="a session was told of meanwhile"))
            return
        self._desk.happened(AppointmentBooked(appointment=booked))
        self._give_up_if_stopped(booked)

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

    def _is_still_wanted(self, for_session: int, booked: Appointment) -> bool:
        """Whether the time that scheduling has found is still one for the next session, whatever was told meanwhile."""
        dates = dates_from_last_dose(self._desk.course)
        is_next = for_session == self._desk.course.next_session
        return is_next and (dates is None or self._day(booked) >= dates.earliest_on)

    def _is_booked(self, slot: BookedSlot) -> bool:
        booked = self._desk.course.appointment
        return booked is not None and booked.id == slot.appointment_id

    def _still_takes(self, moved: Appointment, *, instead_of: Appointment, for_session: int) -> bool:
        """Whether the course takes the other time: its visit is still to come, or did not take place meanwhile."""
        course = self._desk.course
        if course.appointment is not None:
            return course.appointment.number == instead_of.number
        return course.is_under_way and self._is_still_wanted(for_session, moved)

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
            course = self._desk.course
            if course.move_wish is not None or not course.is_under_way:
                self._desk.happened(MoveRefused(reason=no.reason))
            return
        if self._is_booked(slot):  # the visit did not take place meanwhile, and this slot was booked for it
            return
        moved = self._appointment(slot)
        if not self._still_takes(moved, instead_of=appointment, for_session=wanted.booking.for_session):
            self._desk.happened(AppointmentUnwanted(appointment=moved, reason="a session was told of meanwhile"))
            return
        unheard = wish.undo and is_taken_back_unheard(appointment, self._desk.now)
        if self._desk.course.edition >= QUIET_FROM_EDITION and not unheard:
            moved = moved.model_copy(update={"moved": moved_from(appointment, self._desk.now)})
        self._desk.happened(
            AppointmentMoved(from_appointment=appointment.number, appointment=moved, reason=reason, unheard=unheard)
        )
        self._give_up_if_stopped(moved)

    def _give_up_if_stopped(self, booked: Appointment) -> None:
        """Cancel what scheduling has just booked, if the course ended or was held meanwhile."""
        course = self._desk.course
        if not course.is_under_way:
            reason = "the course is held" if course.is_held else "the course ended"
            self._desk.happened(AppointmentCancelled(appointment=booked.number, reason=reason))

    def give_up(self, closed: str) -> None:
        """Give up the appointment that the clinic's calendar no longer allows; the next time lies after its day."""
        appointment = self._desk.course.appointment
        assert appointment is not None, "an appointment cannot be kept"
        self._desk.happened(
            AppointmentCancelled(
                appointment=appointment.number,
                reason=closed,
                not_before=self._day(appointment) + ONE_DAY,
                whose=Whose.CLINIC,
            )
        )

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
            due = readiness_due(course, self._desk.now)
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

    async def give(self) -> None:
        """Have the session cleared and its result recorded."""
        await self._count_last_months()
        course = self._desk.course
        appointment = course.appointment
        if appointment is None or (course.edition >= 2 and self._desk.today < self._day(appointment)):
            return
        if course.clearance is None and passed_on(course, self._desk.today) is None:
            context = {"note": "; ".join(warnings)} if (warnings := warnings_of(course)) else None
            await self._desk.wait(
                WaitKind.CLEARANCE,
                self._subject,
                due=appointment.ends_at,
                moot=_or(_is_not(appointment), self._has_months_to_count),
                ends=self._desk.morning(self._day(appointment) + ONE_DAY) if course.edition >= 2 else None,
                context=context,
            )
        if self._desk.course.clearance is not None:
            due = max(self._end_of_day(appointment), self._desk.now + timedelta(hours=1))
            await self._desk.wait(WaitKind.SESSION_RESULT, self._subject, due=due, moot=_is_not(appointment))
        elif passed_on(self._desk.course, self._desk.today) is not None:
            due = self._desk.morning(add_working_days(self._desk.today, 1, course.clinic))
            await self._desk.wait(WaitKind.RESULT_MISSING, self._subject, due=due, moot=_is_not(appointment))

    async def _count_last_months(self) -> None:
        """Count the last month of each cycle that has one, before the session that follows it is cleared."""
        wanted = last_months_to_count(self._desk.course, self._desk.today)
        if not wanted or self._desk.course.clearance is not None:
            return
        diary = ReadDiary(
            patient_id=self._desk.course.patient_id, first_on=wanted[0].given_on, last_on=self._desk.today - ONE_DAY
        )
        read = await self._desk.do(DiaryActivities.read_diary, diary, what="read-diary-for-last-month")
        today = self._desk.today
        for session in last_months_to_count(self._desk.course, today):  # as a correction may have left them meanwhile
            if session.given_on >= diary.first_on:
                month = last_month_of(self._desk.course, session, read.days, today=today)
                self._desk.happened(LastMonthCounted(month=month))

    def _has_months_to_count(self, course: Course) -> bool:
        """Whether a correction took away what was counted before the session: it is counted anew."""
        return bool(last_months_to_count(course, self._desk.today))

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


def _may_book(course: Course) -> bool:
    return not must_decide(course)


def _is_given(number: int) -> Moot:
    """Return whether the session was told of meanwhile: it took place without an appointment."""
    return lambda course: course.next_session != number


def _or(one: Moot, other: Moot) -> Moot:
    return lambda course: one(course) or other(course)


def _looked(course: Course) -> bool:
    return course.readiness is not None
