"""What a new course takes over from earlier ones of the same patient: doses, what they did, and treatments tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from domain.course import Course
from domain.history import ClinicalHistory, CountSource, EarlierCourse, EarlierDose


def as_earlier(course: Course) -> EarlierCourse:
    """Return an ended course as a later one remembers it."""
    assert course.ending is not None, "only an ended course is an earlier one"
    check = course.checks[-1] if course.checks else None
    doses = (
        EarlierDose(given_on=session.given_on, units=session.dose.units, source=CountSource.EARLIER_RECORD)
        for session in course.sessions
    )
    return EarlierCourse(
        course_id=course.course_id,
        started_on=course.started_on,
        ended_on=course.ending.on,
        outcome=course.ending.outcome.value,
        reason=course.ending.reason,
        doses=tuple(doses),
        verdict=None if check is None else check.evidence.verdict.value,
        verdict_reason=None if check is None else check.evidence.verdict_reason,
        payers=dict(Counter(session.coverage.payer_id for session in course.sessions if session.coverage.payer_id)),
    )


def with_earlier(history: ClinicalHistory, courses: Iterable[Course]) -> ClinicalHistory:
    """Return the history with earlier courses, oldest first, and the treatments that were tried before them.

    The interval counts from the last dose that each of them knew of, given here or elsewhere, whether the intake states
    it or not. What the intake says of a drug goes before what was known.
    """
    before = sorted((course for course in courses if course.ending is not None), key=lambda one: one.started_on)
    if not before:
        return history
    named = {treatment.drug.strip().casefold() for treatment in history.treatments}
    taken_over = {
        treatment.drug.strip().casefold(): treatment
        for course in before
        for treatment in course.history.treatments
        if treatment.drug.strip().casefold() not in named
    }
    stated = {dose.given_on for dose in history.earlier_doses}
    last_ones = {day: course.course_id for course in before for day in course.doses_on[-1:]}
    known = (
        EarlierDose(given_on=day, source=CountSource.EARLIER_RECORD, of_course=course_id)
        for day, course_id in sorted(last_ones.items())
        if day not in stated
    )
    return history.model_copy(
        update={
            "earlier_courses": tuple(as_earlier(course) for course in before),
            "treatments": (*history.treatments, *taken_over.values()),
            "earlier_doses": (*history.earlier_doses, *known),
        }
    )
