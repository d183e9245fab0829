"""What a course waited for in a month, day by day: the answer to "why did this patient get no session in March?"."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain import events as e
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.plan import dates_of_next
from domain.sentences import waiting_sentence
from domain.story.words import day_in_words, in_words, of_wait, time_in_words
from domain.waits import KINDS, Wait, WaitKind
from office.history import Step
from office.words import times

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """Days on which a course waited for the same things. `first` is what held it up, `beside` ran along."""

    first_on: date
    last_on: date
    standing: str  # held, or ended
    first: str
    beside: tuple[str, ...]

    @property
    def days(self) -> int:
        """Return how many days it lasted."""
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True)
class Month:
    """The answer for one month."""

    first_on: date
    last_on: date
    answer: tuple[str, ...]
    spells: tuple[Spell, ...]


def month_of(steps: Sequence[Step], month: date, *, now: datetime) -> Month:
    """Return what the course waited for in the month that begins on the day `month`, by its clinic's days."""
    zone = steps[-1].course.clinic.zone
    last_on = month.replace(day=monthrange(month.year, month.month)[1])
    today, begun_on = clinic_day(now, zone), steps[0].course.started_on
    closed_on = steps[-1].course.closed_on
    until = min(last_on, today, closed_on or last_on)
    since = max(month, begun_on)
    spells: tuple[Spell, ...] = ()
    if since <= until:
        spells = tuple(_spells(steps, since, until, zone))
    return Month(
        first_on=month,
        last_on=last_on,
        answer=tuple(_answer(steps, month, last_on, today=today, zone=zone)),
        spells=spells,
    )


def _spells(steps: Sequence[Step], since: date, until: date, zone: str) -> Iterator[Spell]:
    """Yield runs of days at whose end the course waited for the same."""
    first_on, last_on, latest = since, since, None
    for day, course in _days(steps, since, until, zone):
        if latest is not None and _same(latest) != _same(course):
            yield _spell(latest, first_on, last_on, zone)
            first_on = day
        latest, last_on = course, day
    if latest is not None:
        yield _spell(latest, first_on, last_on, zone)


def _days(steps: Sequence[Step], since: date, until: date, zone: str) -> Iterator[tuple[date, Course]]:
    """Yield each day with the course as it stood at its end."""
    position, course, day = 0, steps[0].course, since
    while day <= until:
        while position < len(steps) and _on(steps[position], zone) <= day:
            course = steps[position].course
            position += 1
        yield day, course
        day += ONE_DAY


def _on(step: Step, zone: str) -> date:
    assert step.event.at is not None, "what has happened is stamped"
    return clinic_day(step.event.at, zone)


def _same(course: Course) -> tuple[bool, bool, frozenset[str]]:
    return course.is_open, course.is_held, frozenset(wait.id for wait in course.waits)


def _urgency(wait: Wait) -> tuple[bool, bool, datetime, str]:
    """Return the order in which waits are named, as `domain.sentences` has it: a person's tasks first."""
    return not wait.is_task, wait.kind is WaitKind.AUTHORIZATION_ENDS, wait.due, wait.id


def _spell(course: Course, first_on: date, last_on: date, zone: str) -> Spell:
    waits = sorted(course.waits, key=_urgency)
    said = [wait_in_words(wait, zone) for wait in waits]
    standing = ""
    if course.is_held and course.hold is not None:
        standing = f"Held for {in_words(course.hold.reason)} since {day_in_words(course.hold.since)}"
    elif not course.is_open:
        standing = "The course had ended"
    return Spell(
        first_on=first_on,
        last_on=last_on,
        standing=standing,
        first=said[0] if said else "nothing: the course was at work, or closed",
        beside=tuple(said[1:]),
    )


def wait_in_words(wait: Wait, zone: str) -> str:
    """Return what was waited for, for whom, since when and until when."""
    kind = KINDS[wait.kind]
    since, due = clinic_day(wait.since, zone), clinic_day(wait.due, zone)
    if not wait.is_task:
        return f"{kind.title} on {day_in_words(due)} ({in_words(wait.subject)})"
    late = f", raised {times(wait.raised)}" if wait.raised else ""
    return (
        f"waited for {kind.waits_for}: {of_wait(wait.id)}, since {day_in_words(since)}, due {day_in_words(due)}{late}"
    )


def _answer(steps: Sequence[Step], month: date, last_on: date, *, today: date, zone: str) -> Iterator[str]:
    named = f"{month:%B %Y}"
    course = steps[-1].course
    if last_on < course.started_on:
        yield f"The course began only on {day_in_words(course.started_on)}."
        return
    if month > today:
        yield f"{named} has not come yet for this course."
        return
    given = [session for session in course.sessions if month <= session.given_on <= last_on]
    for session in given:
        yield f"Session {session.number} was given on {day_in_words(session.given_on)}."
    if not given:
        yield f"No session was given in {named}."
    yield from _visits(steps, month, last_on, zone)
    then = _standing_at(steps, min(last_on, today), zone)
    if then is not None and not given:
        yield from _outlook(then, min(last_on, today), zone)


def _visits(steps: Sequence[Step], month: date, last_on: date, zone: str) -> Iterator[str]:
    """Yield what became of the times that were booked for a day of the month."""
    for step in steps:
        event, before = step.event, step.before
        if isinstance(event, e.SessionNotGiven) and month <= event.visit.on <= last_on:
            why = f" ({event.visit.note})" if event.visit.note else ""
            yield f"The visit on {day_in_words(event.visit.on)} gave no drug: {in_words(event.visit.reason)}{why}."
        elif isinstance(event, e.AppointmentMoved | e.AppointmentCancelled) and before is not None:
            lost = before.appointment
            if lost is None or not month <= clinic_day(lost.starts_at, zone) <= last_on:
                continue
            what = "was cancelled"
            if isinstance(event, e.AppointmentMoved):
                what = f"was moved to {time_in_words(event.appointment.starts_at, zone)}"
            yield f"The time on {time_in_words(lost.starts_at, zone)} {what}: {event.reason}."


def _standing_at(steps: Sequence[Step], on: date, zone: str) -> Course | None:
    standing = None
    for step in steps:
        if _on(step, zone) > on:
            break
        standing = step.course
    return standing


def _outlook(course: Course, on: date, zone: str) -> Iterator[str]:
    """Yield when the next session could be given, as things stood on a day."""
    if course.ending is not None:
        yield f"The course had ended on {day_in_words(course.ending.on)}: {in_words(course.ending.outcome)}, {course.ending.reason}."
        return
    if course.is_held and course.hold is not None:
        yield f"On {day_in_words(on)} the course was held for {in_words(course.hold.reason)}."
        return
    if course.sessions:
        last = course.sessions[-1]
        yield f"The last session before was session {last.number} on {day_in_words(last.given_on)}."
    dates = dates_of_next(course, on)
    if dates.earliest_on > on:
        yield (
            f"By the interval, session {course.next_session} could be given from {day_in_words(dates.earliest_on)} "
            f"({dates.reason})."
        )
    else:
        yield f"The interval between doses did not stand in the way of session {course.next_session}."
    if course.appointment is not None:
        yield f"It was booked for {time_in_words(course.appointment.starts_at, zone)} ({course.appointment.status})."
    yield f"As things stood on {day_in_words(on)}: {waiting_sentence(course)}."
