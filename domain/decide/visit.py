"""Appointments, readiness, clearance, and what the visit gave."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import (
    counted,
)
from domain.decide.common import Asked, Decided
from domain.dose import faults_of_dose, faults_of_vials, vials_used
from domain.record import Refusal
from domain.session import (
    Clearance,
    NotGivenReason,
    Readiness,
    Session,
    VisitNotGiven,
)

BEING_MOVED = Refusal(reason="the appointment is being moved; ask again when scheduling has answered")
"""Scheduling may have freed the old time and taken the new one: until it answers nobody knows which visit is meant."""


def _earliest(course: Course, starts_at: datetime) -> Refusal | None:
    """Return why a session may not be booked at `starts_at`, or None. Asking is refused, always (docs/rules.md)."""
    dates = plan.dates_from_last_dose(course)
    day = clinic_day(starts_at, course.clinic.zone)
    if dates is not None and day < dates.earliest_on:
        return Refusal(reason=f"starts_at: the earliest day is {dates.earliest_on}: {dates.reason}")
    return None


def booking_asked(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Book)
    if asked.task is None or asked.course.booking_wish is not None:
        return Refusal(
            reason="no appointment is to be booked now" if asked.course.appointment is None else "it is booked; move it"
        )
    if fact.starts_at <= asked.now:
        return Refusal(reason="starts_at: expected a time that lies ahead")
    return _earliest(asked.course, fact.starts_at) or e.BookingAsked(starts_at=fact.starts_at, injector=fact.injector)


def move_asked(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Move)
    if asked.course.appointment is None or asked.course.clearance is not None or asked.course.move_wish is not None:
        return Refusal(reason="no appointment can be moved now")
    if fact.starts_at <= asked.now:
        return Refusal(reason="starts_at: expected a time that lies ahead")
    wish = e.MoveAsked(starts_at=fact.starts_at, injector=fact.injector, reason=fact.reason)
    return _earliest(asked.course, fact.starts_at) or wish


def cancelled(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Cancel)
    if asked.course.appointment is None or asked.course.clearance is not None:
        return Refusal(reason="no appointment can be cancelled now")
    if asked.course.move_wish is not None:
        return BEING_MOVED
    # The freed time must not be found again at once: without a wish the search begins the day after.
    day_after = clinic_day(asked.course.appointment.starts_at, asked.course.clinic.zone) + timedelta(days=1)
    return e.AppointmentCancelled(
        appointment=asked.course.appointment.number, reason=fact.reason, not_before=fact.not_before or day_after
    )


def readiness_looked(asked: Asked) -> Decided:
    if asked.course.appointment is None:
        return Refusal(reason="no session is booked")
    looked = Readiness(
        appointment=asked.course.appointment.number,
        drug_on_hand=asked.fact_as(f.ReadinessLook).drug_on_hand,
        looked_on=asked.today,
    )
    return e.ReadinessLooked(readiness=looked)


def keep_unready(asked: Asked) -> Decided:
    if asked.task is None or asked.course.appointment is None:
        return Refusal(reason="no appointment waits for this decision")
    missing = tuple(one.what for one in plan.missing_for_confirmation(asked.course))
    reason = asked.fact_as(f.NotReadyDecision).reason
    return e.KeptUnready(appointment=asked.course.appointment.number, missing=missing, reason=reason)


def clearance_asked(asked: Asked) -> Decided:
    fact, appointment = asked.fact_as(f.PreSessionCheck), asked.course.appointment
    if asked.task is None or appointment is None:
        return Refusal(reason="no session waits for clearance")
    if asked.course.move_wish is not None:
        return BEING_MOVED
    items = asked.course.protocol.safety.pre_session_check.value
    if unknown := sorted({*fact.positive, *fact.overrides} - items.keys()):
        return Refusal(reason=f"positive: unknown item {', '.join(unknown)}; expected {', '.join(items)}")
    stopping = [item for item in fact.positive if not fact.overrides.get(item)]
    if stopping or not fact.clear:
        note = fact.note or "; ".join(items[item] for item in stopping) or None
        return _turned_away(asked.course, asked, NotGivenReason.TURNED_AWAY, note)
    if missing := plan.missing_for_clearance(asked.course, asked.today):
        return Refusal(reason="; ".join(f"{one.what}: {one.why}" for one in missing))
    covered = plan.coverage_of(asked.course, asked.today)
    assert not isinstance(covered, Refusal), "coverage is part of what may be missing"
    cleared = Clearance(
        appointment=appointment.number,
        cleared_on=asked.today,
        by=asked.by.user_id,
        coverage=covered,
        overrides={item: fact.overrides[item] for item in fact.positive},
    )
    return e.SessionCleared(clearance=cleared)


def _turned_away(course: Course, asked: Asked, reason: NotGivenReason, note: str | None) -> e.SessionNotGiven:
    assert course.appointment is not None, "a visit has an appointment"
    visit = VisitNotGiven(
        appointment=course.appointment.number,
        for_session=course.next_session,
        on=asked.today,
        reason=reason,
        note=note,
    )
    return e.SessionNotGiven(visit=visit)


def session_given(asked: Asked) -> Decided:
    fact, appointment, clearance = asked.fact_as(f.SessionResult), asked.course.appointment, asked.course.clearance
    if appointment is None or clearance is None:
        return Refusal(reason="the session has not been cleared; drug may be given only after that")
    given_at = fact.given_at or asked.now
    given_on = clinic_day(given_at, asked.course.clinic.zone)
    if given_at > asked.now or given_on != clearance.cleared_on:
        return Refusal(reason=f"given_at: expected a time on {clearance.cleared_on}, the day it was cleared, not ahead")
    dose = fact.dose or plan.dose_of(asked.course)
    vials = vials_used(dose.units, fact.vials, protocol=asked.course.protocol)
    faults = (
        *faults_of_dose(dose, protocol=asked.course.protocol),
        *faults_of_vials(vials, dose=dose, given_on=given_on, protocol=asked.course.protocol),
    )
    if faults:
        return Refusal(reason="; ".join(faults))
    bigger = asked.course.model_copy(update={"planned_dose": dose})
    covered = (
        plan.coverage_of(bigger, given_on) if dose.units > plan.dose_of(asked.course).units else clearance.coverage
    )
    if isinstance(covered, Refusal):
        return covered
    injector = fact.injector or appointment.injector
    opened = sum(vial.size_units for vial in vials)
    used = covered.model_copy(
        update={"counted_units": _counted(asked.course, covered.authorization, dose.units, opened)}
    )
    signed = asked.by.user_id == injector
    session = Session(
        number=asked.course.next_session,
        id=f"{asked.course.course_id}/session-{asked.course.next_session}",
        given_on=given_on,
        given_at=given_at,
        recorded_by=asked.by.user_id,
        injector=injector,
        dose=dose,
        vials=vials,
        in_part=fact.in_part,
        reactions=fact.reactions,
        coverage=used,
        signed_by=injector if signed else None,
        signed_on=asked.today if signed else None,
        is_trial=dose.units >= asked.course.protocol.dose.trial_units_min.value,
    )
    return e.SessionGiven(session=session)


def _counted(course: Course, authorization: int | None, given: int, opened: int) -> int:
    """Return the units that the session uses up, by what its payer counts."""
    drug = course.protocol.billing.drug_code.value
    for granted in course.authorizations:
        if granted.request == authorization:
            line = next((line for line in granted.lines if line.code == drug), None)
            return 0 if line is None else counted(given_units=given, opened_units=opened, counts=line.counts)
    return 0


def not_given(asked: Asked) -> Decided:
    fact = asked.fact_as(f.NotGiven)
    if asked.course.appointment is None:
        return Refusal(reason="no visit is booked")
    if asked.course.move_wish is not None:
        return BEING_MOVED
    if fact.reason is NotGivenReason.NO_SHOW and asked.now < asked.course.appointment.starts_at:
        return Refusal(reason="reason: nobody has missed an appointment that lies ahead; cancel it")
    return _turned_away(asked.course, asked, fact.reason, fact.note)
