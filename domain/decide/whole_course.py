"""Withdrawal, reopening, and what concerns the course as a whole."""

from __future__ import annotations

from domain import events as e
from domain import facts as f
from domain.course import reopening_ends
from domain.decide.common import Asked, Decided
from domain.record import Refusal


def withdrawn(asked: Asked) -> Decided:
    reason = asked.fact_as(f.Withdrawal).reason
    return e.CourseEnded(outcome=e.Outcome.WITHDRAWN, reason="patients_wish", note=reason)


def reopened(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Reopen)
    if asked.course.is_open:
        return Refusal(reason="the course is open")
    if asked.now >= reopening_ends(asked.course):
        return Refusal(
            reason=f"the course could be reopened until {reopening_ends(asked.course):%d %b %Y}; start a new one"
        )
    return e.CourseReopened(reason=fact.reason, agreed_by=fact.agreed_by)


def diary_entered(asked: Asked) -> Decided:
    fact = asked.fact_as(f.DiaryEntered)
    return e.DiaryEntered(first_on=fact.first_on, last_on=fact.last_on, days=fact.days)


def clinic_changed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.ClinicChanged)
    if fact.clinic.id != asked.course.clinic.id:
        return Refusal(reason="clinic: this course is of another clinic")
    return e.ClinicChanged(clinic=fact.clinic)


def message_undelivered(asked: Asked) -> Decided:
    fact = asked.fact_as(f.MessageUndelivered)
    return e.MessageUndelivered(key=fact.key, message=fact.message, status=fact.status)


def reached_otherwise(asked: Asked) -> Decided:
    if not asked.course.undelivered:
        return Refusal(reason="no message is known to be undelivered")
    return e.ReachedOtherwise(how=asked.fact_as(f.ReachedOtherwise).how)


def roll_over_asked(asked: Asked) -> Decided:  # noqa: ARG001 - anybody with the right may ask, at any time
    return e.RollOverAsked()
