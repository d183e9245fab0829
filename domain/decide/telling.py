"""What is told against a rule: a deviation, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day, day_in_words
from domain.course import Course
from domain.coverage import SessionCoverage, counted
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.deviation import IF_IT_HAPPENED, Broken, Deviation
from domain.dose import Dose, VialUse, rules_broken_by_dose, rules_broken_by_vials
from domain.facts import Request
from domain.people import Role
from domain.ready import missing_for_clearance
from domain.record import Refusal
from domain.session import Session
from domain.timing import interval_days

MAY_DEVIATE = frozenset({"session-given", "correction"})
"""What tells of something that has happened. Booking and clearing ask, and obey the rules without exception."""


def may_deviate(request: Request) -> Refusal | None:
    """Return why the request may not be told as a deviation, or None."""
    if request.deviation is None:
        return None
    if request.fact.kind not in MAY_DEVIATE:
        return Refusal(
            reason=f"`{request.fact.kind}` is never a deviation: only what has happened is told against a rule"
        )
    if request.by.role is not Role.CLINICIAN:
        return Refusal(reason=f"a deviation is for a clinician to record; your role is {request.by.role}")
    if not request.deviation.strip():
        return Refusal(reason="deviation: expected the reason")
    return None


def against(asked: Asked, broken: Iterable[Broken], *, session: int | None = None) -> Deviation | Refusal | None:
    """Return the deviation that breaking these rules makes; a refusal when nobody has said why; None without any."""
    rules = tuple(broken)
    if not rules:
        return None
    if asked.request.deviation is None:
        said = "; ".join(f"{one.rule}: {one.why}" for one in rules)
        return Refusal(reason=f"{said}; {IF_IT_HAPPENED}")
    return Deviation(broken=rules, reason=asked.request.deviation, by=asked.by.user_id, session=session)


def broken_by_session(course: Course, *, given_on: date, dose: Dose, vials: tuple[VialUse, ...]) -> Iterator[Broken]:
    """Yield every rule that a session given on this day with this dose breaks.

    What the clearance of the day has looked at already, it has looked at; but for the interval: another dose may have
    become known since.
    """
    if course.ending is not None:
        yield Broken(
            rule="ended", why=f"the course has ended: {course.ending.outcome} on {day_in_words(course.ending.on)}"
        )
    if course.is_held and course.hold is not None and given_on >= course.hold.since:
        yield Broken(
            rule="hold", why=f"the course is held since {day_in_words(course.hold.since)}: {course.hold.reason}"
        )
    cleared = course.clearance is not None and course.clearance.cleared_on == given_on
    bigger = course.model_copy(update={"planned_dose": dose})
    if not cleared:
        yield from _broken_without_clearance(course, given_on)
    yield from _too_close(course, given_on)
    yield from beyond_the_year(course, given_on, coverage_of_given(course, given_on, dose=dose, vials=vials))
    if not cleared or dose.units > plan.dose_of(course).units:
        covered = plan.coverage_of(bigger, given_on)
        if isinstance(covered, Refusal):
            yield Broken(rule="coverage", why=covered.reason)
    for why in rules_broken_by_dose(dose, protocol=course.protocol):
        yield Broken(rule="dose", why=why)
    for why in rules_broken_by_vials(vials, given_on=given_on, protocol=course.protocol):
        yield Broken(rule="drug", why=why)


def _too_close(course: Course, given_on: date) -> Iterator[Broken]:
    if (other := plan.too_close_to(course, given_on)) is not None:
        days = interval_days(protocol=course.protocol, policy=course.covered_on(given_on).policy)
        yield Broken(
            rule="interval",
            why=f"{abs((given_on - other).days)} days from the dose of {day_in_words(other)}, expected {days}",
        )


def beyond_the_year(course: Course, given_on: date, covered: SessionCoverage) -> Iterator[Broken]:
    """Yield that a payer is to pay more sessions than its year has room for."""
    if covered.payer_id is not None and (why := plan.beyond_payers_year(course, given_on)) is not None:
        yield Broken(rule="sessions a year", why=why)


def _broken_without_clearance(course: Course, given_on: date) -> Iterator[Broken]:
    why = "the session has not been cleared; drug may be given only after that"
    if course.clearance is not None:
        why = f"given_at: expected a time on {day_in_words(course.clearance.cleared_on)}, the day it was cleared"
    yield Broken(rule="clearance", why=why)
    booked = course.appointment
    if booked is None or clinic_day(booked.starts_at, course.clinic.zone) != given_on:
        yield Broken(rule="appointment", why=f"no appointment is booked for {day_in_words(given_on)}")
    seen_to = {"interval", "dose", "coverage"}  # looked at for this very day and dose
    missing = missing_for_clearance(course, given_on)
    yield from (Broken(rule=one.what, why=one.why) for one in missing if one.what not in seen_to)


def coverage_of_given(
    course: Course, given_on: date, *, dose: Dose, vials: tuple[VialUse, ...], session: int | None = None
) -> SessionCoverage:
    """Return what a session comes under: the coverage it was cleared with, that of its day, or as much as there is.

    `session` is its number where it was given before; default: it is the next one.
    """
    cleared, bigger = course.clearance, course.model_copy(update={"planned_dose": dose})
    if cleared is not None and cleared.cleared_on == given_on and dose.units <= plan.dose_of(course).units:
        covered = cleared.coverage
    else:
        found = plan.coverage_of(bigger, given_on, for_session=session)
        covered = plan.coverage_at_best_of(bigger, given_on) if isinstance(found, Refusal) else found
    opened = sum(vial.size_units for vial in vials)
    counted_units = counted_of(course, covered.authorization, dose.units, opened)
    return covered.model_copy(update={"counted_units": counted_units})


def without(course: Course, session: Session) -> Course:
    """Return the course without this session and whatever is under way, so that the session can be judged by its day."""
    others = tuple(one for one in course.sessions if one.number != session.number)
    return course.model_copy(update={"sessions": others, "clearance": None, "appointment": None})


def counted_of(course: Course, authorization: int | None, given: int, opened: int) -> int:
    """Return the units that the session uses up, by what its payer counts."""
    drug = course.protocol.billing.drug_code.value
    for granted in course.authorizations:
        if granted.request == authorization:
            line = next((line for line in granted.lines if line.code == drug), None)
            return 0 if line is None else counted(given_units=given, opened_units=opened, counts=line.counts)
    return 0


def deviation_reviewed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.DeviationReviewed)
    number = fact.deviation or subject_number(asked.task)
    found = next((one for one in asked.course.deviations if one.number == number), None)
    if found is None or found.reviewed_by is not None:
        return Refusal(reason="deviation: no such deviation waits to be looked at")
    return e.DeviationReviewed(deviation=found.number, note=fact.note)


DECISIONS: dict[str, Decide] = {
    "deviation-reviewed": deviation_reviewed,
}
TOLD_AFTER_THE_END = frozenset({"session-given", "deviation-reviewed"})
