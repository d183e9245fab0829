"""What lists show of a course: one flat row, computed from the record."""

from __future__ import annotations

from datetime import date, datetime

from domain.course import Course
from domain.coverage import Authorization
from domain.record import Record
from domain.sentences import waiting_sentence


class CourseSummary(Record):
    """The read model's row of a course."""

    course_id: str
    patient_id: str
    number: int  # of the last event it reflects
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
    appointment_id: str | None
    appointment_starts_at: datetime | None
    appointment_status: str | None
    appointment_injector: str | None
    authorization_number: str | None
    authorization_until_on: date | None
    planned_units: int | None
    waiting: str  # the sentence: what it waits for, since when, until when, what then
    waiting_for: tuple[str, ...]  # kinds of the open waits
    next_due_at: datetime | None


def summary_of(course: Course) -> CourseSummary:
    """Return the row that lists show for `course`."""
    appointment, session = course.appointment, course.last_session
    authorization = _current(course)
    return CourseSummary(
        course_id=course.course_id,
        patient_id=course.patient_id,
        number=course.number,
        protocol_id=course.protocol.id,
        protocol_version=course.protocol.version,
        payer_id=course.coverage.payer_id,
        coverage_kind=course.coverage.kind,
        clinician=course.clinician,
        phase=course.phase,
        outcome=course.ending.outcome if course.ending else None,
        outcome_reason=course.ending.reason if course.ending else None,
        started_on=course.started_on,
        ended_on=course.ending.on if course.ending else None,
        closed_on=course.closed_on,
        sample=course.sample,
        sessions_given=len(course.sessions),
        last_session_on=session.given_on if session else None,
        next_session=course.next_session if course.is_open else None,
        appointment_id=appointment.id if appointment else None,
        appointment_starts_at=appointment.starts_at if appointment else None,
        appointment_status=appointment.status if appointment else None,
        appointment_injector=appointment.injector if appointment else None,
        authorization_number=authorization.number if authorization else None,
        authorization_until_on=authorization.until_on if authorization else None,
        planned_units=course.planned_dose.units if course.planned_dose else None,
        waiting=waiting_sentence(course),
        waiting_for=tuple(sorted({wait.kind for wait in course.waits})),
        next_due_at=min((wait.due for wait in course.waits), default=None),
    )


def _current(course: Course) -> Authorization | None:
    """Return the authorization that lists show: the last one not expired."""
    live = [granted for granted in course.authorizations if granted.expired_on is None]
    return live[-1] if live else None
