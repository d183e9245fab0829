"""What concerns the course as a whole."""

from __future__ import annotations

from domain import events as e
from domain import facts as f
from domain.decide.common import Asked, Decide, Decided
from domain.record import Refusal


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


DECISIONS: dict[str, Decide] = {
    "roll-over": roll_over_asked,
    "clinic-changed": clinic_changed,
    "message-undelivered": message_undelivered,
    "reached-otherwise": reached_otherwise,
}
TOLD_AFTER_THE_END = frozenset({"roll-over", "clinic-changed", "message-undelivered", "reached-otherwise"})
