"""What concerns the course as a whole."""

from __future__ import annotations

from domain import events as e
from domain import facts as f
from domain.decide.common import Asked, Decide, Decided
from domain.messages import RED_FLAG_ADVICE
from domain.record import Refusal
from domain.waits import WaitKind


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
    told = asked.course.undelivered
    if asked.course.edition >= 2 and asked.task is not None:  # who told of an appointment has not said the advice
        advice = asked.task.kind is WaitKind.CALL_AT_ONCE
        told = tuple(one for one in told if (one == RED_FLAG_ADVICE) is advice)
    return e.ReachedOtherwise(how=asked.fact_as(f.ReachedOtherwise).how, messages=tuple(dict.fromkeys(told)))


def roll_over_asked(asked: Asked) -> Decided:  # noqa: ARG001 - anybody with the right may ask, at any time
    return e.RollOverAsked()


DECISIONS: dict[str, Decide] = {
    "roll-over": roll_over_asked,
    "clinic-changed": clinic_changed,
    "message-undelivered": message_undelivered,
    "reached-otherwise": reached_otherwise,
}
TOLD_AFTER_THE_END = frozenset({"roll-over", "clinic-changed", "message-undelivered", "reached-otherwise"})
