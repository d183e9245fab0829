"""Waits and tasks."""

from __future__ import annotations

from domain import events as e
from domain.changes.common import Change, Changes, with_row
from domain.course import Course
from domain.people import COURSE
from domain.waits import KINDS, Attempt


def _opened(course: Course, event: e.WaitOpened) -> Changes:
    return {"waits": (*course.waits, event.wait)}


def _raised(course: Course, event: e.WaitRaised) -> Changes:
    raised = course.wait(event.wait)
    times = raised.raised + 1 if raised else 1
    return {"waits": with_row(course.waits, event.wait, look_at=event.look_at, raised=times)}


def _escalated(course: Course, event: e.TaskEscalated) -> Changes:
    late = course.wait(event.wait)
    assert event.on is not None, "an event is stamped before it changes a course"
    said = Attempt(on=event.on, by=COURSE, result="nobody answered in time; who is on call has it now")
    attempts, times = (late.attempts, late.raised + 1) if late else ((), 1)
    changed: Changes = {"look_at": event.look_at, "raised": times, "owner": event.to, "attempts": (*attempts, said)}
    return {"waits": with_row(course.waits, event.wait, **changed)}


def _gone(course: Course, event: e.WaitClosed | e.TriedAgain) -> Changes:
    return {"waits": tuple(wait for wait in course.waits if wait.id != event.wait)}


def _taken(course: Course, event: e.TaskTaken) -> Changes:
    return {"waits": with_row(course.waits, event.wait, owner=event.owner)}


def _released(course: Course, event: e.TaskReleased) -> Changes:
    return {"waits": with_row(course.waits, event.wait, owner=None)}


def _attempted(course: Course, event: e.TaskAttempted) -> Changes:
    tried = course.wait(event.wait)
    attempts = (*tried.attempts, event.attempt) if tried else (event.attempt,)
    changes: Changes = {"waits": with_row(course.waits, event.wait, attempts=attempts)}
    if tried is not None and KINDS[tried.kind].to_patient:
        changes["attempts"] = (*course.attempts, event.attempt)
    return changes


def _deadline_moved(course: Course, event: e.DeadlineMoved) -> Changes:
    if event.look_at is not None:
        back: Changes = {"due": event.due, "look_at": event.look_at, "moved_from": None}
        return {"waits": with_row(course.waits, event.wait, **back)}
    moved = course.wait(event.wait)
    before = None if moved is None else (moved.due, moved.look_at)
    return {"waits": with_row(course.waits, event.wait, due=event.due, look_at=event.due, moved_from=before)}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.WaitOpened: _opened,
    e.WaitRaised: _raised,
    e.TaskEscalated: _escalated,
    e.WaitClosed: _gone,
    e.TaskTaken: _taken,
    e.TaskReleased: _released,
    e.TaskAttempted: _attempted,
    e.DeadlineMoved: _deadline_moved,
    e.TriedAgain: _gone,
}
