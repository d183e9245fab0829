"""How a course may be ended by people: each outcome with its coded reasons and who may say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from domain.course import Course
from domain.events.common import Outcome
from domain.people import Role

END_REASONS: Mapping[Outcome, Mapping[str, str]] = {
    Outcome.COMPLETED: {
        "goal_reached": "what patient and clinician wanted is reached",
        "episodic": "the migraine has become episodic",
    },
    Outcome.DISCONTINUED: {
        "clinicians_decision": "a clinician's decision",
        "adverse_event": "because of an adverse event",
        "pregnancy": "because of a pregnancy",
        "missed_visits": "too many visits were missed",
        "authorization_denied": "the payer will not pay",
    },
    Outcome.DECLINED: {
        "patients_decision": "the patient decided against it before session 1",
        "clinicians_decision": "a clinician decided against it before session 1",
        "not_eligible": "not eligible",
        "missed_visits": "too many visits were missed before session 1",
        "authorization_denied": "the payer will not pay",
    },
    Outcome.TRANSFERRED: {
        "moved_away": "the patient moved away",
        "other_clinic": "another clinic goes on",
        "insurance": "the insurance names another clinic",
    },
    Outcome.LOST: {"no_answer": "the patient could not be reached"},
}
"""Withdrawal (`withdraw`) and death (`death`) are told as what they are; `no_response` is the answer to a check."""

MAY_END: Mapping[Outcome, frozenset[Role]] = {
    Outcome.COMPLETED: frozenset({Role.CLINICIAN}),
    Outcome.DISCONTINUED: frozenset({Role.CLINICIAN}),
    Outcome.DECLINED: frozenset({Role.CLINICIAN}),
    Outcome.TRANSFERRED: frozenset({Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN}),
    Outcome.LOST: frozenset({Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN}),
}
assert END_REASONS.keys() == MAY_END.keys(), "every outcome has its reasons and its roles"


def outcome_of_stopping(course: Course) -> Outcome:
    """Return how a course ends that stops after a denial: declined before session 1, discontinued after it."""
    return Outcome.DISCONTINUED if course.sessions else Outcome.DECLINED


def attempts_missing(course: Course) -> dict[str, int]:
    """Return by which ways, and how often, the patient must still be tried before the course ends as lost.

    Source: the protocol's `end.lost_after_attempts`; a protocol without it asks for none.
    """
    rule = course.protocol.end.lost_after_attempts
    tried: Counter[str] = Counter(attempt.way for attempt in course.attempts)
    asked = {} if rule is None else rule.value
    return {way: number - tried[way] for way, number in asked.items() if tried[way] < number}
