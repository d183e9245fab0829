"""Messages to the patient: which, when, and which of those still queued are withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from domain import events as e
from domain.clinic_time import clinic_day, instant_of
from domain.moving import QUIET_FROM_EDITION, quiet_until
from domain.record import Record
from domain.session import AppointmentStatus

if TYPE_CHECKING:
    from domain.course import Course
    from domain.hold import Hold
    from domain.session import Appointment

PROMPTS_AHEAD_DAYS = 182
"""How far ahead diary prompts are written: longer than any cycle that still has a session to come."""
PROMPT_AT = time(9)
EXPECTED_FROM_EDITION = 2
"""Courses that an earlier release began remind of confirmed appointments only."""
GONE_AT_THE_END = ("welcome/", "appointment_", "reminder/", "diary_prompt/", "diary_prompt_held/")
"""Beginnings of what is withdrawn when the course ends, if still queued. Aftercare belongs to the safety watch."""

RED_FLAG_ADVICE = "red_flag_advice"
"""The message that answers a red flag which came by a channel that nobody may be reading."""


class Message(Record):
    """A row of the outbox. Its key is course, kind and occurrence, so that it is sent at most once. No names."""

    key: str
    kind: str
    send_at: datetime
    parameters: dict[str, str] = Field(default_factory=dict)
    gone: bool | None = None  # in a batch: a later event has withdrawn it; None: as the batch's prefixes say (0.1)


class Post(Record):
    """What one event means for the outbox: new rows, and the keys of those to withdraw if still queued."""

    messages: tuple[Message, ...] = ()
    withdrawn: tuple[str, ...] = ()  # prefixes of keys


def together(posts: Iterable[Post]) -> Post:
    """Return what several events, one after another, mean for the outbox: of each key what the last of them says.

    An event withdraws what was queued before it, and then queues its own.
    """
    messages: dict[str, Message] = {}
    withdrawn: dict[str, None] = {}
    for post in posts:
        for key in [key for key in messages if key.startswith(post.withdrawn)]:
            messages[key] = messages[key].model_copy(update={"gone": True})
        withdrawn |= dict.fromkeys(post.withdrawn)
        messages |= {message.key: message.model_copy(update={"gone": False}) for message in post.messages}
    return Post(messages=tuple(messages.values()), withdrawn=tuple(withdrawn))


def post_of(event: e.CourseEvent, course: Course) -> Post:  # noqa: C901, PLR0911, PLR0912 - one table, a row per kind of event
    """Return what the outbox is told when `event` has happened to `course` (which has it already)."""
    at = event.at
    assert at is not None, "an event is stamped before it is posted"
    match event:
        case _ if course.is_deceased and not isinstance(event, e.CourseEnded):
            return Post()  # nothing goes to a patient who has died
        case e.AppointmentBooked() | e.AppointmentMoved() | e.AppointmentCancelled() if not course.is_under_way:
            return Post()  # booked while the course ended or was held, and given up at once: nobody heard of it
        case e.CourseStarted():
            return Post(messages=(_message(course, "welcome", "1", at), *_prompts(course, at)))
        case e.AppointmentBooked(appointment=appointment):
            return Post(messages=(_about(course, "appointment_planned", appointment, at),))
        case e.AppointmentConfirmed():
            assert course.appointment is not None
            return _confirmed(course, course.appointment, at)
        case e.KeptUnready() if course.edition >= EXPECTED_FROM_EDITION:
            return _expected(course, at)
        case e.AppointmentMoved(appointment=appointment):
            told = _about(course, "appointment_moved", appointment, quiet_until(appointment, at))
            return Post(
                messages=() if event.unheard else (told,),
                withdrawn=_queued_for(course, event.from_appointment),
            )
        case e.AppointmentCancelled(appointment=number):
            message = _message(course, "appointment_cancelled", str(number), at)
            return Post(messages=(message,), withdrawn=_queued_for(course, number))
        case e.SessionNotGiven(visit=visit, hold=hold):
            gone = _queued_for(course, visit.appointment)
            post = Post() if hold is None else _held(course, hold, at)
            return post.model_copy(update={"withdrawn": (*gone, *post.withdrawn)})
        case e.RecordCorrected(gives_up=number) if number is not None:
            off = _message(course, "appointment_cancelled", str(number), at)
            return Post(messages=(off,), withdrawn=_queued_for(course, number))
        case e.SessionGiven():
            return _after_session(event, course, at)
        case e.AdverseEventRecorded(adverse_event=told) if told.red_flags and told.channel == "message":
            advice = {"advice": course.protocol.safety.red_flag_advice.value}
            return Post(messages=(_message(course, RED_FLAG_ADVICE, str(told.number), at, **advice),))
        case e.HoldBegun(hold=hold) | e.ResponseAnswered(hold=hold) if hold is not None:
            return _held(course, hold, at)
        case e.HoldEnded():
            return Post(messages=_prompts(course, at), withdrawn=(f"{course.course_id}/diary_prompt_held/",))
        case e.CourseEnded(outcome=e.Outcome.DECEASED):
            return Post(withdrawn=(f"{course.course_id}/",))
        case e.CourseEnded(outcome=outcome):
            return Post(
                messages=_closing(course, outcome, event.number, at),
                withdrawn=tuple(f"{course.course_id}/{kind}" for kind in GONE_AT_THE_END),
            )
        case e.CourseReopened() if not course.is_open:
            return Post(messages=_taken_back(course, at))
        case e.CourseReopened():
            prompts = _prompts_held(course, at) if course.is_held else _prompts(course, at)
            return Post(
                messages=(*prompts, *_taken_back(course, at)),
                withdrawn=tuple(f"{course.course_id}/{kind}/" for kind in ("closing", "alternatives")),
            )
        case _:
            return Post()


def _after_session(event: e.SessionGiven, course: Course, at: datetime) -> Post:
    """Return aftercare and diary prompts; and that an appointment is off, which a session of another day made void."""
    prompts = _prompts(course, at) if course.is_under_way else ()
    told = (_message(course, "aftercare", str(event.session.number), at), *prompts)
    if event.gives_up is None:
        return Post(messages=told)
    gone = _message(course, "appointment_cancelled", str(event.gives_up), at)
    return Post(messages=(*told, gone), withdrawn=_queued_for(course, event.gives_up))


def _closing(course: Course, outcome: e.Outcome, occurrence: int, at: datetime) -> tuple[Message, ...]:
    """Return the last words to a patient whose course has ended; alternatives for whom it did not help."""
    kinds = ("closing", "alternatives") if outcome in {e.Outcome.DISCONTINUED, e.Outcome.DECLINED} else ("closing",)
    given = {"alternatives": "; ".join(course.protocol.end.alternatives.value)}
    return tuple(_message(course, kind, str(occurrence), at, **given) for kind in kinds)


def _taken_back(course: Course, at: datetime) -> tuple[Message, ...]:
    """Return what a death typed by mistake withdrew and what still makes sense: sent once, as before, if it was not.

    The aftercare of a session whose watch runs again; of a course that had ended before, its last words.
    """
    if course.endings_before[-1].outcome is not e.Outcome.DECEASED:
        return ()
    watched = (session for session in course.sessions if session.watch_ended is None)
    aftercare = tuple(_message(course, "aftercare", str(session.number), at) for session in watched)
    before = course.ending
    if before is None or before.event is None:
        return aftercare
    return (*aftercare, *_closing(course, before.outcome, before.event, at))


def _message(course: Course, kind: str, occurrence: str, at: datetime, **parameters: str) -> Message:
    return Message(key=f"{course.course_id}/{kind}/{occurrence}", kind=kind, send_at=at, parameters=parameters)


def _about(course: Course, kind: str, appointment: Appointment, at: datetime, occurrence: str = "") -> Message:
    """Return a message about an appointment; the template writes its time in the clinic's zone."""
    starts = {"starts_at": appointment.starts_at.isoformat(), "zone": course.clinic.zone}
    return _message(course, kind, f"{appointment.number}/{occurrence}", at, **starts)


def _confirmed(course: Course, appointment: Appointment, at: datetime) -> Post:
    """Return what a confirmed appointment means. Confirmed before, the patient has heard all of it."""
    if appointment.unconfirmed_on is not None:
        return Post()
    kept = course.kept_unready == appointment.number and course.edition >= EXPECTED_FROM_EDITION
    quiet = quiet_until(appointment, at)
    # Behind the word that it has moved: both go at the same moment, in the order of their time.
    when = quiet if quiet == at else quiet + timedelta(seconds=1)
    told = _about(course, "appointment_confirmed", appointment, when)
    return Post(messages=(told, *(() if kept else reminders_of(course, appointment, at))))


def reminders_of(course: Course, appointment: Appointment, at: datetime) -> tuple[Message, ...]:
    """Return the reminders of an appointment that still lie ahead, one per hour of the clinic's list."""
    times = ((hours, appointment.starts_at - timedelta(hours=hours)) for hours in course.clinic.reminder_hours)
    heard = quiet_until(appointment, at)
    return tuple(_about(course, "reminder", appointment, when, f"{hours}h") for hours, when in times if when > heard)


def _expected(course: Course, at: datetime) -> Post:
    """Return the reminders of an appointment that is kept: who is expected is reminded, and not told "confirmed"."""
    kept = course.appointment
    if kept is None or kept.status is AppointmentStatus.CONFIRMED or kept.unconfirmed_on is not None:
        return Post()  # reminded already, as it was confirmed
    return Post(messages=reminders_of(course, kept, at))


def _prompts(course: Course, at: datetime) -> tuple[Message, ...]:
    """Return the diary prompts ahead. They keep to the weekday of the course's start, so that none is doubled."""
    return _every(course, "diary_prompt", course.clinic.diary_prompt_every_days, course.started_on, at)


def _prompts_held(course: Course, at: datetime) -> tuple[Message, ...]:
    """Return the sparse diary prompts of the hold ahead; none where its reason leaves the patient alone."""
    hold = course.hold
    if hold is None or not hold.asks_for_diary:
        return ()
    return _every(course, "diary_prompt_held", course.clinic.diary_prompt_every_days_held, hold.since, at)


def _every(course: Course, kind: str, days: int, since: date, at: datetime) -> tuple[Message, ...]:
    """Return a message for every so many days from `since` on, of those that lie ahead of `at`."""
    zone = course.clinic.zone
    gone = (clinic_day(at, zone) - since).days
    ahead = (since + timedelta(days=n) for n in range(gone + 1, gone + PROMPTS_AHEAD_DAYS) if n % days == 0)
    return tuple(
        _message(course, kind, day.isoformat(), instant_of(day, PROMPT_AT, zone), phone=course.clinic.phone)
        for day in ahead
    )


def _held(course: Course, hold: Hold, at: datetime) -> Post:
    """Return that the appointment is cancelled, if there was one; the diary is asked for seldom or not at all."""
    prompts = _prompts_held(course, at)
    kinds = ("diary_prompt", "reminder") if hold.asks_for_diary else ("diary_prompt", "reminder", "diary_prompt_held")
    gone = tuple(f"{course.course_id}/{kind}/" for kind in kinds)
    if hold.freed is None:
        return Post(messages=prompts, withdrawn=gone)
    cancelled = _message(course, "appointment_cancelled", str(hold.freed), at)
    return Post(messages=(cancelled, *prompts), withdrawn=(*gone, *_queued_for(course, hold.freed)))


def _queued_for(course: Course, appointment: int) -> tuple[str, ...]:
    """Return what is withdrawn of an appointment that is no more, if still queued."""
    kinds: tuple[str, ...] = ("reminder", "appointment_planned", "appointment_confirmed")
    if course.edition >= QUIET_FROM_EDITION:
        kinds = (*kinds, "appointment_moved")
    return tuple(f"{course.course_id}/{kind}/{appointment}/" for kind in kinds)
