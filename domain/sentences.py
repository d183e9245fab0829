"""A course in plain words: what it waits for. Made from the wait records, so always true."""

from __future__ import annotations

from datetime import datetime

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.waits import KINDS, Wait, WaitKind


def waiting_sentence(course: Course) -> str:
    """Return what the course waits for, since when, until when, and what happens next.

    A person's task comes first, the earliest due leading; then the calendar.
    """
    if course.is_held:
        return _held(course)
    if not course.waits:
        return "closed" if course.closed_on else "nothing: the course is at work"
    first = min(course.waits, key=_urgency)
    others = len(course.waits) - 1
    return _sentence(first, course.clinic.zone) + (f" (and {others} more)" if others else "") + _earlier(course)


def _earlier(course: Course) -> str:
    """Return until when an earlier time is looked for, beside whatever else is waited for; an offer is a task."""
    wish = course.earlier
    return (
        "" if wish is None or wish.offer is not None else f". An earlier time by {wish.until_on:%d %b %Y} is looked for"
    )


def leading_wait(course: Course) -> Wait | None:
    """Return the wait that the sentence is about: the most urgent task, else the next day; None where nothing is awaited."""
    waits = [wait for wait in course.waits if wait.is_task or not course.is_held]
    return min(waits, key=_urgency, default=None)


def _held(course: Course) -> str:
    """Return since when the course is held, why, and when that is looked at; then a person's most urgent task."""
    hold = course.hold
    assert hold is not None, "a held course has a hold"
    said = f"Held since {hold.since:%d %b %Y} for {hold.reason.replace('_', ' ')}; review on {hold.review_on:%d %b %Y}"
    tasks = sorted((wait for wait in course.waits if wait.is_task), key=_urgency)
    if not tasks:
        return said
    return f"{said}. {_sentence(tasks[0], course.clinic.zone)}" + (f" (and {len(tasks) - 1} more)" if tasks[1:] else "")


def _urgency(wait: Wait) -> tuple[bool, bool, datetime, str]:
    """Return the order in which waits are named. An authorization's end is news only when nothing else is awaited."""
    return not wait.is_task, wait.kind is WaitKind.AUTHORIZATION_ENDS, wait.due, wait.id


def _sentence(wait: Wait, zone: str) -> str:
    kind = KINDS[wait.kind]
    since, due = clinic_day(wait.since, zone), clinic_day(wait.due, zone)
    if not wait.is_task:
        return f"{kind.title} on {due:%d %b %Y}: then {kind.next_step}"
    return f"Waits for {kind.waits_for} since {since:%d %b %Y}: {kind.title.lower()} by {due:%d %b %Y}; else {kind.next_step}"
