"""The safety watch and what happens to the patient."""

from __future__ import annotations

from domain import events as e
from domain.changes.common import Change, Changes, with_row
from domain.course import Course
from domain.session import WatchEnd


def _watch_ended(course: Course, event: e.SafetyWatchEnded) -> Changes:
    return {"sessions": with_row(course.sessions, event.session, watch_ended=event.how)}


def _adverse_event(course: Course, event: e.AdverseEventRecorded) -> Changes:
    told: Changes = {"adverse_events": (*course.adverse_events, event.adverse_event)}
    if event.ends_watch_of is not None:
        told["sessions"] = with_row(course.sessions, event.ends_watch_of, watch_ended=WatchEnd.REACHED)
    return told


def _reviewed(course: Course, event: e.RedFlagReviewed) -> Changes:
    seen: Changes = {"reviewed_by": event.by, "reviewed_on": event.on, "lifted": event.lift}
    if event.reported is not None:
        seen["reported"] = event.reported
    return {"adverse_events": with_row(course.adverse_events, event.adverse_event, **seen)}


def _adverse_event_reviewed(course: Course, event: e.AdverseEventReviewed) -> Changes:
    before = next(one for one in course.adverse_events if one.number == event.adverse_event)
    seen: Changes = {
        "reviewed_by": event.by,
        "reviewed_on": event.on,
        "asked": _both(before.asked, event.asked),
        "look_again_on": event.look_again_on,
    }
    if event.reported is not None:
        seen["reported"] = event.reported
    if event.red_flags:
        seen |= {"red_flags": _both(before.red_flags, event.red_flags), "lifted": False, "reviewed_on": None}
    return {"adverse_events": with_row(course.adverse_events, event.adverse_event, **seen)}


def _both(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    return (*before, *(one for one in now if one not in before))


def _ended(course: Course, event: e.AdverseEventEnded) -> Changes:
    return {"adverse_events": with_row(course.adverse_events, event.adverse_event, ended_on=event.ended_on)}


def _sites_reviewed(course: Course, event: e.SitesReviewed) -> Changes:
    return {"adverse_events": with_row(course.adverse_events, event.adverse_event, sites_reviewed_on=event.on)}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.SafetyWatchEnded: _watch_ended,
    e.AdverseEventRecorded: _adverse_event,
    e.RedFlagReviewed: _reviewed,
    e.AdverseEventReviewed: _adverse_event_reviewed,
    e.AdverseEventEnded: _ended,
    e.SitesReviewed: _sites_reviewed,
}
