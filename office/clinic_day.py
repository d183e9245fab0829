"""The end of a clinic day: what became of each appointment, and what is still to be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.course import Course
from domain.dose import Dose, vials_for
from domain.plan import dose_of
from domain.ready import missing_for_confirmation
from domain.session import Session, VisitNotGiven
from domain.waits import WaitKind
from office.finding import folded_of
from readmodel.lookups import DayRow, day_sheet
from readmodel.pool import Pool


class VisitState(StrEnum):
    """What became of an appointment, as far as the day has gone."""

    TO_CLEAR = "to-clear"
    TO_RECORD = "to-record"
    TO_TELL = "to-tell"
    TO_SIGN = "to-sign"
    SIGNED = "signed"
    MISSED = "missed"
    TO_COME = "to-come"
    GONE = "gone"


@dataclass(frozen=True)
class Visit:
    """One appointment of the day: what became of it, and what is still to be done about it."""

    row: DayRow
    course: Course | None
    state: VisitState
    session: Session | None = None
    not_given: VisitNotGiven | None = None

    @property
    def dose(self) -> Dose | None:
        """Return the dose given, or the one planned."""
        if self.session is not None:
            return self.session.dose
        return None if self.course is None else dose_of(self.course)

    @property
    def vials(self) -> tuple[int, ...]:
        """Return the sizes of the vials that the planned dose opens."""
        return () if self.course is None else planned_vials(self.course)

    @property
    def trial_sessions(self) -> int | None:
        """Return how many sessions try it, where this is one of them."""
        if self.course is None:
            return None
        most = self.course.protocol.response.trial_sessions_max.value
        return most if self.row.for_session <= most else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what keeps the appointment from being confirmed."""
        if self.course is None or self.state not in {VisitState.TO_COME, VisitState.TO_CLEAR}:
            return ()
        return tuple(one.what for one in missing_for_confirmation(self.course))


def planned_vials(course: Course) -> tuple[int, ...]:
    """Return the sizes of the vials that the planned dose opens, largest first."""
    return vials_for(dose_of(course).units, protocol=course.protocol)


def visit_of(row: DayRow, course: Course | None, on: date) -> Visit:
    """Return what became of an appointment, by the course's record."""
    if course is None:
        return Visit(row=row, course=None, state=VisitState.GONE)
    given = next((one for one in course.sessions if one.number == row.for_session and one.given_on == on), None)
    if given is not None:
        state = VisitState.SIGNED if given.signed_by else VisitState.TO_SIGN
        return Visit(row=row, course=course, session=given, state=state)
    if row.is_current and course.appointment is not None:
        return Visit(row=row, course=course, state=_state_of_booked(course))
    visits = (one for one in course.visits_not_given if one.for_session == row.for_session and one.on == on)
    not_given = next(visits, None)
    state = VisitState.GONE if not_given is None else VisitState.MISSED
    return Visit(row=row, course=course, not_given=not_given, state=state)


def _state_of_booked(course: Course) -> VisitState:
    if course.waits_of(WaitKind.SESSION_RESULT):
        return VisitState.TO_RECORD
    if course.waits_of(WaitKind.RESULT_MISSING):
        return VisitState.TO_TELL
    return VisitState.TO_CLEAR if course.waits_of(WaitKind.CLEARANCE) else VisitState.TO_COME


async def visits_on(pool: Pool, on: date) -> list[Visit]:
    """Return the appointments of a day, earliest first."""
    rows = await day_sheet(pool, on)
    courses = await folded_of(pool, {row.course_id for row in rows})
    return [visit_of(row, courses.get(row.course_id), on) for row in rows]
