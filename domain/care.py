"""What the patient's own turns ask of a course: adverse events, and the rest between two sessions.

Questions to a course, like `plan`; the workflow waits by them, decisions and screens ask them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from domain.besides import WearingOff
from domain.course import Course
from domain.eligibility import ADULT_YEARS, age_on
from domain.messages import RED_FLAG_ADVICE
from domain.payer import PayerPolicy
from domain.protocol import AdverseEffect, ScoreRange, TreatmentProtocol
from domain.response import ResponseAnswer, ResponseCheck, ResponseEvidence, Verdict
from domain.session import AdverseEvent

URGENT_HOURS, REVIEW_WORKING_DAYS, FOLLOW_UP_DAYS, WEARING_OFF_WORKING_DAYS = 4, 2, 14, 3
GAPS_FROM_DAY, GAPS_MISSING_MIN = 14, 3
CALL_WITHIN = timedelta(minutes=15)
"""Until then somebody has called where red-flag advice could not be sent; from then on it is for who is on call."""
BRIDGES = {"none": "nothing until the next session", "other": "something else"}
"""For protocol versions that have no such numbers of their own; the newest has them with their marks."""


def effects_of(protocol: TreatmentProtocol) -> Mapping[str, AdverseEffect]:
    """Return the effects that have a code; earlier versions of a protocol have none."""
    return {} if protocol.safety.effects is None else protocol.safety.effects.value


def advice_unsaid(course: Course) -> bool:
    """Whether the advice on a red flag was not sent, so that somebody must call at once."""
    return course.edition >= 2 and RED_FLAG_ADVICE in course.undelivered


def others_undelivered(course: Course) -> tuple[str, ...]:
    """Return the kinds of undelivered messages that somebody tells the patient in his own time."""
    return tuple(one for one in course.undelivered if course.edition < 2 or one != RED_FLAG_ADVICE)


def urgent_review_hours(protocol: TreatmentProtocol) -> int:
    """Return within how many hours, elapsed and also at night, a clinician looks at a red flag or a serious event."""
    rule = protocol.safety.urgent_review_hours
    return URGENT_HOURS if rule is None else rule.value


def review_working_days(protocol: TreatmentProtocol) -> int:
    """Return within how many working days a clinician looks at an effect that asks for red flags."""
    rule = protocol.safety.effect_review_working_days
    return REVIEW_WORKING_DAYS if rule is None else rule.value


def follow_up_days(protocol: TreatmentProtocol) -> int:
    """Return after how many days an adverse event that is not over is looked at again."""
    rule = protocol.safety.effect_follow_up_days
    return FOLLOW_UP_DAYS if rule is None else rule.value


def asks_of(event: AdverseEvent, protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return the red flags that a clinician asks for because of this event."""
    effect = effects_of(protocol).get(event.effect or "")
    return () if effect is None else effect.asks


def effects_to_review(course: Course) -> tuple[AdverseEvent, ...]:
    """Return the adverse events that a clinician looks at until they are over; red flags have their own task.

    An effect that asks for red flags, until it is over; a serious event, until it is decided whether it is reported.
    """
    return tuple(
        event
        for event in course.adverse_events
        if event.ended_on is None
        and not event.stops
        and (asks_of(event, course.protocol) or (event.serious and event.reported is None))
    )


def sites_to_review(course: Course) -> tuple[AdverseEvent, ...]:
    """Return the adverse events after the last session for which the planned sites are looked at before the next."""
    effects = effects_of(course.protocol)
    return tuple(
        event
        for event in course.adverse_events
        if event.sites_reviewed_on is None
        and event.after_session == course.last_number
        and event.effect is not None
        and event.effect in effects
        and effects[event.effect].sites
    )


# Of age


def is_minor(course: Course, on: date) -> bool:
    """Whether the patient is not of age on the day `on`: of each consent and each session, not of the intake."""
    return age_on(course.history, on) < ADULT_YEARS


def comes_of_age_on(course: Course) -> date | None:
    """Return the day on which the course is told that its patient is of age; None: he is, or has been told."""
    return None if course.edition < 2 or course.came_of_age_on is not None else course.history.comes_of_age_on


def needs_own_consent(course: Course, on: date) -> bool:
    """Whether a guardian had consented for a patient who is of age on the day `on` and has not consented himself."""
    return course.consented_by == "guardian" and course.own_consent_on is None and not is_minor(course, on)


# Between two sessions


def bridges_of(protocol: TreatmentProtocol) -> Mapping[str, str]:
    """Return what can be done until the next session when the effect wears off."""
    return BRIDGES if protocol.response.bridges is None else protocol.response.bridges.value


def wearing_off_working_days(protocol: TreatmentProtocol) -> int:
    """Return within how many working days a clinician answers that the effect wears off."""
    rule = protocol.response.wearing_off_working_days
    return WEARING_OFF_WORKING_DAYS if rule is None else rule.value


def wearing_off_to_answer(course: Course) -> tuple[WearingOff, ...]:
    """Return what wore off after the last session and waits for a clinician: a bridge or none, never a session earlier."""
    return tuple(
        one
        for one in course.besides.wearing_off
        if one.answered_on is None and one.session == course.last_number and course.is_open
    )


def gaps_from_day(protocol: TreatmentProtocol) -> int:
    """Return after how many days of the check's window somebody looks for days without an entry."""
    rule = protocol.response.gaps_asked_from_day
    return GAPS_FROM_DAY if rule is None else rule.value


def gaps_missing_min(protocol: TreatmentProtocol) -> int:
    """Return how many days without an entry are so many that the patient is asked for them."""
    rule = protocol.response.gaps_missing_min
    return GAPS_MISSING_MIN if rule is None else rule.value


def scores_of(protocol: TreatmentProtocol) -> Mapping[str, ScoreRange]:
    """Return the questionnaires whose scores can be recorded."""
    return {} if protocol.response.scores is None else protocol.response.scores.value


def last_answer(course: Course) -> ResponseCheck | None:
    """Return the last answer to a response check that was given for good."""
    final = (check for check in reversed(course.checks) if check.answer is not ResponseAnswer.ASK_AGAIN)
    return next(final, None)


def says_response(check: ResponseCheck) -> bool:
    """Whether a response check says that the treatment works: the diary shows it, or a clinician attested it."""
    return check.evidence.verdict is Verdict.RESPONSE or check.basis is not None


def has_responded(course: Course) -> bool:
    """Whether a response check has said response, here or in the record of the clinic whose doses count here."""
    return any(says_response(check) for check in course.checks) or course.went_on_elsewhere


def what_it_means(answer: ResponseAnswer, *, evidence: ResponseEvidence, policy: PayerPolicy | None) -> str | None:
    """Return what going on means for coverage where the payer's rule is not met; None where it is, or nobody asks.

    The clinic's rule may be met by severity alone; then only the payer disagrees, which needs no reason.
    """
    if policy is None or evidence.payer_met is not False:
        return None
    if answer not in {ResponseAnswer.CONTINUE, ResponseAnswer.ONE_MORE}:
        return None
    return (
        f"{policy.name}'s rule is not met: the renewal is likely to be denied; send HIT-6, MIDAS, hours, severe days "
        "and a letter with it, or agree on self-pay"
    )


def taper_to_ask(course: Course) -> ResponseCheck | None:
    """Return the check after which a clinician is asked whether other preventives are tapered, or None.

    After each response that the course went on with, not before: other preventives stay until the benefit is noted.
    Somebody who takes none is asked again only when one was started since.
    """
    check = last_answer(course)
    if course.edition < 2 or not course.is_open or check is None or check.answer is not ResponseAnswer.CONTINUE:
        return None
    if not says_response(check) or any(one.session == check.session for one in course.tapers):
        return None
    last = course.tapers[-1] if course.tapers else None
    if last is not None and last.answer == "none_taken" and not _started_since(course, last.answered_on):
        return None
    return check


def _started_since(course: Course, on: date) -> bool:
    changes = course.besides.medications
    return any(one.change == "started" and one.preventive and one.on >= on for one in changes)
