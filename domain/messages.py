"""Messages to the patient: which, when, and which of those still queued are withdrawn."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from domain import events as e
from domain.clinic_time import clinic_day, instant_of
from domain.record import Record

if TYPE_CHECKING:
    from domain.course import Course
    from domain.session import Appointment

PROMPTS_AHEAD_DAYS = 182
"""How far ahead diary prompts are written: longer than any cycle that still has a session to come."""
PROMPT_AT = time(9)
GONE_AT_THE_END = ("welcome/", "appointment_", "reminder/", "diary_prompt/")
"""Beginnings of what is withdrawn when the course ends, if still queued. Aftercare belongs to the safety watch."""


class Message(Record):
    """A row of the outbox. Its key is course, kind and occurrence, so that it is sent at most once. No names."""

    key: str
    kind: str
    send_at: datetime
    parameters: dict[str, str] = Field(default_factory=dict)


class Post(Record):
    """What one event means for the outbox: new rows, and the keys of those to withdraw if still queued."""

    messages: tuple[Message, ...] = ()
    withdrawn: tuple[str, ...] = ()  # prefixes of keys


def post_of(event: e.CourseEvent, course: Course) -> Post:  # noqa: C901, PLR0911 - one table, a row per kind of event
    """Return what the outbox is told when `event` has happened to `course` (which has it already)."""
    at = event.at
    assert at is not None, "an event is stamped before it is posted"
    match event:
        case e.AppointmentBooked() | e.AppointmentMoved() | e.AppointmentCancelled() if not course.is_open:
            return Post()  # booked while the course ended, and given up at once: the patient never heard of it
        case e.CourseStarted():
            return Post(messages=(_message(course, "welcome", "1", at), *_prompts(course, at)))
        case e.AppointmentBooked(appointment=appointment):
            return Post(messages=(_about(course, "appointment_planned", appointment, at),))
        case e.AppointmentConfirmed():
            assert course.appointment is not None
            confirmed = course.appointment
            return Post(
                messages=(_about(course, "appointment_confirmed", confirmed, at), *_reminders(course, confirmed, at))
            )
        case e.AppointmentMoved(appointment=appointment):
            return Post(
                messages=(_about(course, "appointment_moved", appointment, at),),
                withdrawn=_queued_for(course, event.from_appointment),
            )
        case e.AppointmentCancelled(appointment=number):
            message = _message(course, "appointment_cancelled", str(number), at)
            return Post(messages=(message,), withdrawn=_queued_for(course, number))
        case e.SessionNotGiven(visit=visit):
            return Post(withdrawn=_queued_for(course, visit.appointment))
        case e.SessionGiven(session=session):
            return Post(messages=(_message(course, "aftercare", str(session.number), at), *_prompts(course, at)))
        case e.CourseEnded(outcome=e.Outcome.DECEASED):
            return Post(withdrawn=(f"{course.course_id}/",))
        case e.CourseEnded(outcome=outcome):
            kinds = (
                ("closing", "alternatives") if outcome in {e.Outcome.DISCONTINUED, e.Outcome.DECLINED} else ("closing",)
            )
            given = {"alternatives": "; ".join(course.protocol.end.alternatives.value)}
            return Post(
                messages=tuple(_message(course, kind, str(event.number), at, **given) for kind in kinds),
                withdrawn=tuple(f"{course.course_id}/{kind}" for kind in GONE_AT_THE_END),
            )
        case e.CourseReopened():
            return Post(
                messages=_prompts(course, at),
                withdrawn=tuple(f"{course.course_id}/{kind}/" for kind in ("closing", "alternatives")),
            )
        case _:
            return Post()


def _message(course: Course, kind: str, occurrence: str, at: datetime, **parameters: str) -> Message:
    return Message(key=f"{course.course_id}/{kind}/{occurrence}", kind=kind, send_at=at, parameters=parameters)


def _about(course: Course, kind: str, appointment: Appointment, at: datetime, occurrence: str = "") -> Message:
    """Return a message about an appointment; the template writes its time in the clinic's zone."""
    starts = {"starts_at": appointment.starts_at.isoformat(), "zone": course.clinic.zone}
    return _message(course, kind, f"{appointment.number}/{occurrence}", at, **starts)


def _reminders(course: Course, appointment: Appointment, at: datetime) -> tuple[Message, ...]:
    """Return the reminders that still lie ahead, one per hour of the clinic's list."""
    times = ((hours, appointment.starts_at - timedelta(hours=hours)) for hours in course.clinic.reminder_hours)
    return tuple(_about(course, "reminder", appointment, when, f"{hours}h") for hours, when in times if when > at)


def _prompts(course: Course, at: datetime) -> tuple[Message, ...]:
    """Return the diary prompts ahead. They keep to the weekday of the course's start, so that none is doubled."""
    every, zone = course.clinic.diary_prompt_every_days, course.clinic.zone
    assert course.started_on is not None
    gone = (clinic_day(at, zone) - course.started_on).days
    days = (course.started_on + timedelta(days=n) for n in range(gone + 1, gone + PROMPTS_AHEAD_DAYS) if n % every == 0)
    return tuple(
        _message(course, "diary_prompt", day.isoformat(), instant_of(day, PROMPT_AT, zone), phone=course.clinic.phone)
        for day in days
    )


def _queued_for(course: Course, appointment: int) -> tuple[str, ...]:
    kinds = ("reminder", "appointment_planned", "appointment_confirmed")
    return tuple(f"{course.course_id}/{kind}/{appointment}/" for kind in kinds)
