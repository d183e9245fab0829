"""Appointments, readiness, clearance, and what the visit gave."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day, day_in_words, time_in_words
from domain.course import Course
from domain.decide import given
from domain.decide.common import Asked, Decide, Decided, hold_of
from domain.dose import dose_of_sites, faults_of_dose, planned_dose, plus, sites_of
from domain.hold import HoldReason
from domain.moving import undo_until
from domain.planner import warnings_of
from domain.ready import missing_for_clearance, missing_for_confirmation
from domain.record import Refusal
from domain.session import (
    Appointment,
    Clearance,
    MissedVisits,
    NotGivenReason,
    Readiness,
    VisitNotGiven,
    Whose,
)
from domain.visits import missed_in_all, must_decide, passed_on

PREGNANCY = "pregnancy"
"""The item of the protocol's pre-session check that, as the same word told by telephone, is a clinician's decision."""
HELD_AT_THE_CHECK_FROM_EDITION = 2
WHOSE_FROM_EDITION = 2
"""Courses that an earlier release began may have a visit cancelled without a word whose wish it was: it is not counted."""
BEING_MOVED = Refusal(reason="the appointment is being moved; ask again when scheduling has answered")
"""Scheduling may have freed the old time and taken the new one: until it answers nobody knows which visit is meant."""


def _has_passed(asked: Asked) -> Refusal | None:
    """Return that the appointment's day is over and nobody has said what became of the visit, or None."""
    day = passed_on(asked.course, asked.today)
    if day is None:
        return None
    return Refusal(
        reason=f"the appointment was on {day_in_words(day)}, which has passed: say what became of it (not-given), so that it is "
        "counted, and the next time can be moved; a session given that day or today is told as a deviation"
    )


def _earliest(course: Course, starts_at: datetime) -> Refusal | None:
    """Return why a session may not be booked at `starts_at`, or None. Asking is refused, always (docs/rules.md)."""
    day = clinic_day(starts_at, course.clinic.zone)
    dates = plan.dates_for_day(course, day)
    if dates is not None and day < dates.earliest_on:
        return Refusal(reason=f"starts_at: the earliest day is {day_in_words(dates.earliest_on)}: {dates.reason}")
    return None


def dose_planned(asked: Asked) -> Decided:
    """The next dose, within what the protocol allows. What it means for coverage and vials follows from it."""
    fact, course = asked.fact_as(f.DosePlanned), asked.course
    if not course.goals:
        return Refusal(reason="the first dose is planned with the goals")
    if course.clearance is not None:
        return Refusal(reason="the session is cleared for its dose; record what was given")
    if fact.dose is not None and fact.extra_sites:
        return Refusal(reason="extra_sites: expected extra sites or a dose, not both")
    dose = fact.dose or dose_of_sites(
        plus(sites_of(planned_dose(course.protocol)), fact.extra_sites), protocol=course.protocol, reason=None
    )
    dose = dose.model_copy(update={"reason": fact.reason})
    if faults := faults_of_dose(dose, protocol=course.protocol):
        return Refusal(reason="dose: " + "; ".join(faults))
    before = plan.dose_of(course)
    if sites_of(dose) == sites_of(before):
        return Refusal(reason=f"dose: {before.units} units in these sites are planned already")
    return e.DosePlanned(dose=dose, before_units=before.units)


def _not_to_be_booked(course: Course) -> str:
    if course.appointment is not None:
        return "it is booked; move it"
    if must_decide(course):
        return "a clinician decides first how to go on after the missed visits"
    return "no appointment is to be booked now"


def booking_asked(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Book)
    if asked.task is None or asked.course.booking_wish is not None:
        return Refusal(reason=_not_to_be_booked(asked.course))
    if fact.starts_at <= asked.now:
        return Refusal(reason="starts_at: expected a time that lies ahead")
    return _earliest(asked.course, fact.starts_at) or e.BookingAsked(starts_at=fact.starts_at, injector=fact.injector)


def move_asked(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Move)
    if asked.course.appointment is None or asked.course.clearance is not None or asked.course.move_wish is not None:
        return Refusal(reason="no appointment can be moved now")
    if (passed := _has_passed(asked)) is not None:
        return passed
    if fact.starts_at <= asked.now:
        return Refusal(reason="starts_at: expected a time that lies ahead")
    if fact.undo and (refused := _not_taken_back(asked.course.appointment, fact, asked)) is not None:
        return refused
    wish = e.MoveAsked(starts_at=fact.starts_at, injector=fact.injector, reason=fact.reason, undo=fact.undo)
    return _earliest(asked.course, fact.starts_at) or wish


def _not_taken_back(appointment: Appointment, fact: f.Move, asked: Asked) -> Refusal | None:
    """Return why the last move cannot be taken back, or None."""
    moved, until = appointment.moved, undo_until(appointment)
    if moved is None or until is None:
        return Refusal(reason="undo: nothing has moved this appointment that could be taken back")
    if asked.now >= until:
        return Refusal(reason="undo: ten minutes have passed since the move; move the appointment anew")
    if fact.starts_at != moved.starts_at:
        before = time_in_words(moved.starts_at, asked.course.clinic.zone)
        return Refusal(reason=f"starts_at: expected the time before the move, {before}")
    return None


def cancelled(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Cancel)
    if asked.course.appointment is None or asked.course.clearance is not None:
        return Refusal(reason="no appointment can be cancelled now")
    if asked.course.move_wish is not None:
        return BEING_MOVED
    if (passed := _has_passed(asked)) is not None:
        return passed
    if fact.whose is None and asked.course.edition >= WHOSE_FROM_EDITION:
        return Refusal(
            reason=f"whose: expected {' or '.join(Whose)}: whose wish it is; the patient's visits are counted"
        )
    # The freed time must not be found again at once: without a wish the search begins the day after.
    day_after = clinic_day(asked.course.appointment.starts_at, asked.course.clinic.zone) + timedelta(days=1)
    return e.AppointmentCancelled(
        appointment=asked.course.appointment.number,
        reason=fact.reason,
        not_before=fact.not_before or day_after,
        whose=fact.whose,
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
    missing = tuple(one.what for one in missing_for_confirmation(asked.course))
    reason = asked.fact_as(f.NotReadyDecision).reason
    return e.KeptUnready(appointment=asked.course.appointment.number, missing=missing, reason=reason)


def _not_to_be_cleared(asked: Asked) -> Refusal | None:
    """Return why nothing is cleared now, or None. A session is cleared on the day of its appointment."""
    if (passed := _has_passed(asked)) is not None:
        return passed
    if asked.task is None or asked.course.appointment is None:
        return Refusal(reason="no session waits for clearance")
    return None if asked.course.move_wish is None else BEING_MOVED


def clearance_asked(asked: Asked) -> Decided:
    fact, appointment = asked.fact_as(f.PreSessionCheck), asked.course.appointment
    if (refused := _not_to_be_cleared(asked)) is not None:
        return refused
    assert appointment is not None, "it waits for clearance"
    items = asked.course.protocol.safety.pre_session_check.value
    if unknown := sorted({*fact.positive, *fact.overrides} - items.keys()):
        return Refusal(reason=f"positive: unknown item {', '.join(unknown)}; expected {', '.join(items)}")
    stopping = [item for item in fact.positive if not fact.overrides.get(item)]
    if stopping or not fact.clear:
        return _stopped(asked, stopping, fact.note or "; ".join(items[item] for item in stopping) or None)
    if missing := missing_for_clearance(asked.course, asked.today):
        return Refusal(reason="; ".join(f"{one.what}: {one.why}" for one in missing))
    covered = plan.coverage_of(asked.course, asked.today)
    assert not isinstance(covered, Refusal), "coverage is part of what may be missing"
    cleared = Clearance(
        appointment=appointment.number,
        cleared_on=asked.today,
        by=asked.by.user_id,
        coverage=covered,
        overrides={item: fact.overrides[item] for item in fact.positive},
        warnings=warnings_of(asked.course),
    )
    return e.SessionCleared(clearance=cleared)


def _stopped(asked: Asked, items: list[str], note: str | None) -> e.SessionNotGiven:
    """Return that the patient is turned away. For a pregnancy the course is held, and what follows is a decision."""
    away = _turned_away(asked.course, asked, NotGivenReason.TURNED_AWAY, note)
    if PREGNANCY not in items or asked.course.edition < HELD_AT_THE_CHECK_FROM_EDITION:
        return away
    hold = hold_of(asked, HoldReason.PREGNANCY, review_on=asked.today, note="told at the pre-session check")
    return away.model_copy(update={"hold": hold.model_copy(update={"freed": None})})  # the visit was kept


def _turned_away(course: Course, asked: Asked, reason: NotGivenReason, note: str | None) -> e.SessionNotGiven:
    assert course.appointment is not None, "a visit has an appointment"
    visit = VisitNotGiven(
        appointment=course.appointment.number,
        for_session=course.next_session,
        on=passed_on(course, asked.today) or asked.today,
        reason=reason,
        note=note,
    )
    return e.SessionNotGiven(visit=visit)


def not_given(asked: Asked) -> Decided:
    fact = asked.fact_as(f.NotGiven)
    if asked.course.appointment is None:
        return Refusal(reason="no visit is booked")
    if fact.reason is NotGivenReason.NO_SHOW and asked.now < asked.course.appointment.starts_at:
        return Refusal(reason="reason: nobody has missed an appointment that lies ahead; cancel it")
    if fact.lost_vials and fact.lost_because is None:
        return Refusal(reason="lost_because: why the vials were opened and not given")
    if fact.lost_because is not None and not fact.lost_vials:
        return Refusal(reason="lost_vials: expected the vials that were opened and not given")
    away = _turned_away(asked.course, asked, fact.reason, fact.note)
    lost = {"lost_vials": fact.lost_vials, "lost_because": fact.lost_because}
    return away.model_copy(update={"visit": away.visit.model_copy(update=lost)})


def missed_visits_decided(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.MissedVisitsDecision), asked.course
    if asked.task is None or not must_decide(course):  # it may have been settled in this very moment
        return Refusal(reason="no decision on missed visits is open")
    decided = MissedVisits(
        for_session=course.next_session,
        missed=missed_in_all(course),
        decision=fact.decision,
        coded_reason=fact.coded_reason,
        reason=fact.reason,
        by=asked.by.user_id,
        on=asked.today,
    )
    return e.MissedVisitsDecided(decided=decided)


DECISIONS: dict[str, Decide] = {
    "dose-planned": dose_planned,
    "book": booking_asked,
    "move": move_asked,
    "cancel": cancelled,
    "readiness": readiness_looked,
    "not-ready": keep_unready,
    "clearance": clearance_asked,
    **given.DECISIONS,
    "not-given": not_given,
    "missed-visits": missed_visits_decided,
}
