"""What a payer has granted, or is asked for, and would lapse while a course is held for a pregnancy.

It is dealt with when the hold begins, not when it ends: by then the authorization is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from domain.asking_payer import lapse_in_words
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import Authorization, AuthorizationRequest, Purpose, left
from domain.hold import Hold, HoldReason, LapseAnswer
from domain.plan import dose_of, opened_of
from domain.record import Record

ASKED_FROM_EDITION = 2
"""Courses that an earlier release began are asked nothing of the kind."""


OF_AN_AUTHORIZATION = (LapseAnswer.KEEP, LapseAnswer.EXTEND, LapseAnswer.GIVE_BACK)
OF_A_REQUEST = (LapseAnswer.KEEP, LapseAnswer.WITHDRAW)


class Lapse(Record):
    """What would lapse, in words, and what may be answered. `request`: the number of the request that it was, or is."""

    request: int
    said: str
    answers: tuple[LapseAnswer, ...]


def lapses_of(course: Course) -> tuple[Lapse, ...]:
    """Return what nobody has dealt with yet since it was decided that the course stands still for a pregnancy."""
    hold = course.hold
    if hold is None or not course.is_held or course.edition < ASKED_FROM_EDITION:
        return ()
    if hold.reason is not HoldReason.PREGNANCY or not hold.is_decided:
        return ()
    return tuple(one for one in _lapses(course, hold) if one.request not in hold.dealt_with)


def _lapses(course: Course, hold: Hold) -> Iterator[Lapse]:
    drug, review = course.protocol.billing.drug_code.value, f"the hold is reviewed on {day_in_words(hold.review_on)}"
    for granted in course.authorizations:
        rest = left(granted, course.sessions, drug_code=drug)
        if granted.expired_on is None and granted.stopped_on is None and rest.sessions > 0:
            said = f"{granted.name}: {lapse_in_words(rest)} on {day_in_words(granted.until_on)}; {review}"
            yield Lapse(request=granted.request, said=said, answers=OF_AN_AUTHORIZATION)
    if (asked := course.open_request) is not None:
        where = "to be sent" if asked.submitted_on is None else "with the payer"
        said = f"request {asked.number} for session {asked.for_session} is {where}; {review}"
        yield Lapse(request=asked.number, said=said, answers=OF_A_REQUEST)


def extension_in_hold(
    course: Course, granted: Authorization, *, until_on: date, reference: str | None, reason: str | None, today: date
) -> AuthorizationRequest | None:
    """Return the request for a later last day as it was sent today, or None: its payer has no policy on file."""
    policy = course.policy_of(granted.payer_id)
    if policy is None:
        return None
    rest = left(granted, course.sessions, drug_code=course.protocol.billing.drug_code.value)
    return AuthorizationRequest(
        number=len(course.requests) + 1,
        purpose=Purpose.EXTENSION,
        for_session=course.next_session,
        opened_on=today,
        sessions=rest.sessions,
        units_per_session=opened_of(course),
        planned_units=dose_of(course).units,
        policy_version=policy.version,
        submitted_on=today,
        reference=reference,
        answer_due_on=today + timedelta(days=policy.timing.answer_days.value),
        payer_id=granted.payer_id,
        amends=granted.request,
        until_on=until_on,
        reason=reason,
    )
