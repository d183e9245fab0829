"""The visit: its time, its readiness, its clearance and its result."""

from __future__ import annotations

from domain import events as e
from domain.changes.common import Change, Changes, day_after, deviated, held, in_order, no_appointment, with_row
from domain.clinic_time import clinic_day
from domain.course import Course, EndingDue, Wish
from domain.session import (
    Appointment,
    AppointmentStatus,
    EarlierWish,
    NotGivenReason,
    Unsettled,
    VisitNotGiven,
    WatchEnd,
    Whose,
)
from domain.waits import Wait, WaitKind

CANCELLED_BY = {
    Whose.PATIENT: NotGivenReason.CANCELLED_BY_PATIENT,
    Whose.CLINIC: NotGivenReason.CANCELLED_BY_CLINIC,
}
WAITING_LIST = {WaitKind.EARLIER_DAY, WaitKind.EARLIER_TIME}
GETTING_READY = {WaitKind.READINESS_DAY, WaitKind.READINESS, WaitKind.LAST_LOOK_DAY, WaitKind.NOT_READY}


def _dose_planned(_: Course, event: e.DosePlanned) -> Changes:
    return {"planned_dose": event.dose}


def _new_appointment(course: Course, event: e.AppointmentBooked | e.AppointmentMoved) -> Changes:
    made = {"appointment": event.appointment, "appointments_made": course.appointments_made + 1}
    return no_appointment(course) | made | {"earlier": _still_too_late(course, event.appointment)}


def _still_too_late(course: Course, booked: Appointment) -> EarlierWish | None:
    """Return the wish for an earlier time where the new one is not early enough either."""
    wish, day = course.earlier, clinic_day(booked.starts_at, course.clinic.zone)
    if wish is None or day <= wish.until_on:
        return None
    return wish.model_copy(update={"offer": None})


def _earlier_wanted(course: Course, event: e.EarlierWanted) -> Changes:
    return {"earlier": event.wish, "waits": _without_earlier(course)}


def _without_earlier(course: Course) -> tuple[Wait, ...]:
    return tuple(wait for wait in course.waits if wait.kind not in WAITING_LIST)


def _earlier_looked(course: Course, event: e.EarlierLooked) -> Changes:
    wish = course.earlier
    assert wish is not None, "it was looked for"
    looked: Changes = {"offer": event.offer, "offers": wish.offers + (event.offer is not None)}
    if not event.lapsed:
        looked["looked_on"] = event.on
    next_day = (wait.id for wait in course.waits if wait.kind is WaitKind.EARLIER_DAY)
    waits = with_row(course.waits, next(next_day, ""), due=event.look_at, look_at=event.look_at)
    if event.offer is not None:
        waits = _without_earlier(course)
    return {"earlier": wish.model_copy(update=looked), "waits": waits}


def _earlier_answered(course: Course, event: e.EarlierAnswered) -> Changes:
    wish = course.earlier
    assert wish is not None, "what is answered was looked for"
    if event.takes:
        offer = event.offer
        return {
            "earlier": wish.model_copy(update={"offer": None}),
            "move_wish": Wish(starts_at=offer.starts_at, injector=offer.injector, reason=event.reason),
        }
    return {"earlier": wish.model_copy(update={"offer": None, "declined": (*wish.declined, event.day)})}


def _earlier_given_up(course: Course, _: e.EarlierGivenUp) -> Changes:
    return {"earlier": None, "waits": _without_earlier(course)}


def _confirmed(course: Course, _: e.AppointmentConfirmed) -> Changes:
    assert course.appointment is not None
    changes: Changes = {"appointment": course.appointment.model_copy(update={"status": AppointmentStatus.CONFIRMED})}
    if course.edition >= 2:  # what was missing may have come between two runs: then nobody waits for it any more
        changes["waits"] = tuple(wait for wait in course.waits if wait.kind not in GETTING_READY)
    return changes


def _cancelled(course: Course, event: e.AppointmentCancelled) -> Changes:
    gone = no_appointment(course, "cancelled", event.reason) | {"look_from": event.not_before}
    if event.whose is None:
        return gone
    assert event.on is not None
    visit = VisitNotGiven(
        appointment=event.appointment,
        for_session=course.next_session,
        on=event.on,
        reason=CANCELLED_BY[event.whose],
        note=event.reason,
    )
    return gone | {"visits_not_given": (*course.visits_not_given, visit)}


def _unwanted(course: Course, event: e.AppointmentUnwanted) -> Changes:
    told = Unsettled(appointment_id=event.appointment.id, to="cancelled", reason=event.reason)
    return {
        "appointments_made": course.appointments_made + 1,
        "unsettled": (*course.unsettled, told),
        "booking_wish": None,
    }


def _scheduling_knows(course: Course, event: e.AppointmentSettled) -> Changes:
    return {"unsettled": tuple(one for one in course.unsettled if one.appointment_id != event.appointment_id)}


def _booking_asked(_: Course, event: e.BookingAsked) -> Changes:
    return {"booking_wish": Wish(starts_at=event.starts_at, injector=event.injector), "booking_refused": None}


def _booking_refused(_: Course, event: e.BookingRefused) -> Changes:
    return {"booking_wish": None, "booking_refused": event.reason}


def _move_asked(_: Course, event: e.MoveAsked) -> Changes:
    return {"move_wish": Wish(starts_at=event.starts_at, injector=event.injector, reason=event.reason, undo=event.undo)}


def _move_refused(_: Course, __: e.MoveRefused) -> Changes:
    return {"move_wish": None}


def _looked(_: Course, event: e.ReadinessLooked) -> Changes:
    return {"readiness": event.readiness}


def _kept(_: Course, event: e.KeptUnready) -> Changes:
    return {"kept_unready": event.appointment}


def _cleared(_: Course, event: e.SessionCleared) -> Changes:
    return {"clearance": event.clearance}


def _given(course: Course, event: e.SessionGiven) -> Changes:
    session = event.session
    if course.is_deceased:  # told later: nobody is left to be watched
        session = session.model_copy(update={"watch_ended": WatchEnd.DECEASED})
    given: Changes = {
        "sessions": in_order((*course.sessions, session)),
        "evidence": None,
        "evidence_is_stale": False,
        **deviated(course, event.number, event.deviation),
    }
    if event.adverse_event is not None:
        given["adverse_events"] = (*course.adverse_events, event.adverse_event)
    if event.gives_up is not None:
        return no_appointment(course, "cancelled", "the session was given on another day") | given
    return no_appointment(course, "fulfilled") | given


def _completed(course: Course, event: e.SessionCompleted) -> Changes:
    number = event.session.number
    return {"sessions": tuple(event.session if one.number == number else one for one in course.sessions)}


def _still_wished(course: Course, event: e.SessionNotGiven) -> Wish | None:
    """Return the time that scheduling was being asked for when the visit did not take place, if it lies ahead."""
    wish = course.move_wish
    return wish if wish is not None and event.at is not None and wish.starts_at > event.at else None


def _not_given(course: Course, event: e.SessionNotGiven) -> Changes:
    to = "noshow" if event.visit.reason is NotGivenReason.NO_SHOW else "cancelled"
    missed = {"visits_not_given": (*course.visits_not_given, event.visit), "look_from": day_after(course)}
    wished = {"booking_wish": _still_wished(course, event)}
    changes = no_appointment(course, to, event.visit.reason) | missed | wished
    if event.hold is None:
        return changes
    return changes | held(course.model_copy(update=changes), event.hold, event.on)


def _missed_visits(course: Course, event: e.MissedVisitsDecided) -> Changes:
    decided = event.decided
    outcome = e.Outcome.DISCONTINUED if course.sessions else e.Outcome.DECLINED
    ending = EndingDue(outcome=outcome, reason="missed_visits", note=decided.reason)
    return {
        "missed_visits": (*course.missed_visits, decided),
        "ending_due": ending if decided.decision == "end" else None,
    }


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.DosePlanned: _dose_planned,
    e.AppointmentBooked: _new_appointment,
    e.AppointmentMoved: _new_appointment,
    e.AppointmentConfirmed: _confirmed,
    e.AppointmentCancelled: _cancelled,
    e.AppointmentSettled: _scheduling_knows,
    e.AppointmentUnwanted: _unwanted,
    e.EarlierWanted: _earlier_wanted,
    e.EarlierLooked: _earlier_looked,
    e.EarlierAnswered: _earlier_answered,
    e.EarlierGivenUp: _earlier_given_up,
    e.BookingAsked: _booking_asked,
    e.BookingRefused: _booking_refused,
    e.MoveAsked: _move_asked,
    e.MoveRefused: _move_refused,
    e.ReadinessLooked: _looked,
    e.KeptUnready: _kept,
    e.SessionCleared: _cleared,
    e.SessionGiven: _given,
    e.SessionCompleted: _completed,
    e.SessionNotGiven: _not_given,
    e.MissedVisitsDecided: _missed_visits,
}
