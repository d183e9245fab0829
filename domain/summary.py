"""What lists show of a course: one flat row, computed from the record."""

from __future__ import annotations

from datetime import date, datetime

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Authorization, Left, left
from domain.plan import coverage_of
from domain.record import Record, Refusal
from domain.response import ResponseAnswer
from domain.sentences import waiting_sentence
from domain.visits import missed


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
    last_dose_on: date | None = None  # whoever gave it
    trial_session: int | None = None  # the next session's number in the trial; None: it is none of the trial
    trial_of: int | None = None
    authorization_sessions_left: int | None = None
    authorization_units_left: int | None = None
    missed_visits: int | None = None  # for the next session, since a clinician last decided about them
    outside_authorization: bool | None = None  # the appointment lies where no authorization pays for it


def summary_of(course: Course) -> CourseSummary:
    """Return the row that lists show for `course`."""
    appointment, session = course.appointment, course.last_session
    authorization = _current(course)
    rest = _left(course, authorization)
    trial = _next_trial_session(course)
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
        last_dose_on=max(course.doses_on, default=None),
        trial_session=trial,
        trial_of=None if trial is None else course.protocol.response.trial_sessions_max.value,
        authorization_sessions_left=None if rest is None else max(0, rest.sessions),
        authorization_units_left=None if rest is None or rest.units is None else max(0, rest.units),
        missed_visits=missed(course) if course.is_open else 0,
        outside_authorization=_is_outside_authorization(course),
    )


def _current(course: Course) -> Authorization | None:
    """Return the authorization that lists show: the last one not expired."""
    live = [one for one in course.authorizations if one.expired_on is None and one.stopped_on is None]
    return live[-1] if live else None


def _left(course: Course, authorization: Authorization | None) -> Left | None:
    if authorization is None:
        return None
    return left(authorization, course.sessions, drug_code=course.protocol.billing.drug_code.value)


def _next_trial_session(course: Course) -> int | None:
    """Return which session of the trial the next one is; None once a response was found, or the trial is used up."""
    went_on = course.went_on_elsewhere or any(one.answer is ResponseAnswer.CONTINUE for one in course.trial_checks)
    number = course.trial_sessions + 1
    if not course.is_open or went_on or number > course.protocol.response.trial_sessions_max.value:
        return None
    return number


def _is_outside_authorization(course: Course) -> bool:
    """Whether a time is booked on a day on which a payer must agree, and nothing pays for it."""
    if course.appointment is None or not course.is_open:
        return False
    on = clinic_day(course.appointment.starts_at, course.clinic.zone)
    return course.covered_on(on).needs_authorization and isinstance(coverage_of(course, on), Refusal)
