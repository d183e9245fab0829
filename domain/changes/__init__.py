"""How a course changes: it is the fold of its events, and `after` is the only way to change it.

One module a subject, each with a table of what its events change.
"""

from __future__ import annotations

from typing import get_args

from domain import events as e
from domain.changes import (
    admission,
    authorizations,
    billing,
    claims,
    coverage,
    denial,
    response,
    safety,
    standing,
    tasks,
    telling,
    visit,
    whole_course,
)
from domain.changes.common import Change, Changes, nothing
from domain.course import Course
from domain.facts import Receipt
from domain.session import NotGivenReason, WatchEnd, Whose

LEDGER = 200
"""Receipts kept in the record. Older doubles are answered from the journal, which keeps every request id."""

CHANGES: dict[type[e.CourseEvent], Change] = {
    **admission.CHANGES,
    **authorizations.CHANGES,
    **billing.CHANGES,
    **claims.CHANGES,
    **coverage.CHANGES,
    **denial.CHANGES,
    **response.CHANGES,
    **safety.CHANGES,
    **standing.CHANGES,
    **tasks.CHANGES,
    **telling.CHANGES,
    **visit.CHANGES,
    **whole_course.CHANGES,
}
assert CHANGES.keys() == set(get_args(e.AnyEvent)), "every kind of event says what it changes"


def born(event: e.CourseStarted, *, course_id: str, patient_id: str) -> Course:
    """Return the course whose first event is `event`. Ids are no part of the fold: they never change."""
    assert event.on is not None, "an event is stamped before it happens"
    return Course(
        course_id=course_id,
        patient_id=patient_id,
        started_on=event.on,
        protocol=event.protocol,
        policy=event.policy,
        clinic=event.clinic,
        clinician=event.clinician,
        sample=event.sample,
        edition=event.edition,
        earlier_course=event.earlier_course,
        history=event.history,
        coverage=event.coverage,
        number=event.number,
        ledger=_receipts((), event),
    )


def fold(events: list[e.AnyEvent | e.UnknownEvent], *, course_id: str, patient_id: str) -> Course:
    """Return the course that these events make, oldest first; the first is `course_started`."""
    first, *rest = events
    assert isinstance(first, e.CourseStarted), "a journal begins with course_started"
    course = born(first, course_id=course_id, patient_id=patient_id)
    for event in rest:
        course = after(course, event)
    return course


def after(course: Course, event: e.CourseEvent) -> Course:
    """Return the course after `event` has happened. The read model is the same fold."""
    assert event.number == course.number + 1, f"event {event.number} after {course.number}"
    changes: Changes = {"waits": tuple(wait for wait in course.waits if wait.id != event.task)}
    changed = course.model_copy(update=changes)
    change = CHANGES.get(type(event), nothing)  # a kind of a newer version is kept in the journal
    changes |= change(changed, event)
    if course.attempts and _reaches_the_patient(course, event):
        changes["attempts"] = ()
    return course.model_copy(
        update=changes | {"number": event.number, "ledger": _receipts(course.ledger, event)},
    )


SPOKEN_TO = (
    e.ReachedOtherwise,
    e.GoalsSet,
    e.OwnConsentSigned,
    e.SessionCleared,
    e.SessionGiven,
    e.DiaryGapsAsked,
    e.WeekRecalled,
    e.EarlierAnswered,
    e.ToldAnew,
)
"""What nobody can tell without having spoken to the patient."""


def _reaches_the_patient(course: Course, event: e.CourseEvent) -> bool:
    """Whether the patient was spoken to: attempts to reach her before count no more."""
    match event:
        case e.SafetyWatchEnded(how=how):
            return how in {WatchEnd.REACHED, WatchEnd.REFUSED}
        case e.AdverseEventRecorded(ends_watch_of=session):
            return session is not None
        case e.AppointmentCancelled(whose=whose):
            return whose is Whose.PATIENT
        case e.SessionNotGiven(visit=visit):
            return visit.reason in {NotGivenReason.CANCELLED_BY_PATIENT, NotGivenReason.TURNED_AWAY}
        case e.CourseReopened():
            return course.ending is not None and course.ending.outcome is e.Outcome.LOST
        case _:
            return isinstance(event, SPOKEN_TO)


def _receipts(ledger: tuple[Receipt, ...], event: e.CourseEvent) -> tuple[Receipt, ...]:
    if event.request_id is None:
        return ledger
    return (*ledger, Receipt(request_id=event.request_id, number=event.number))[-LEDGER:]
