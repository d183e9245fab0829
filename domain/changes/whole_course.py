"""What concerns the course as a whole."""

from __future__ import annotations

from domain import events as e
from domain.changes.common import Change, Changes, nothing
from domain.course import Course


def _clinic_changed(_: Course, event: e.ClinicChanged) -> Changes:
    return {"clinic": event.clinic}


def _undelivered(course: Course, event: e.MessageUndelivered) -> Changes:
    return {"undelivered": (*course.undelivered, event.message)}


def _reached_otherwise(course: Course, event: e.ReachedOtherwise) -> Changes:
    return {"undelivered": tuple(one for one in course.undelivered if event.messages and one not in event.messages)}


def _edition_changed(_: Course, event: e.EditionChanged) -> Changes:
    return {"edition": event.edition}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.ClinicChanged: _clinic_changed,
    e.MessageUndelivered: _undelivered,
    e.ReachedOtherwise: _reached_otherwise,
    e.RollOverAsked: nothing,
    e.EditionChanged: _edition_changed,
}
