"""The visit: its time, its readiness, its clearance and its result."""

from __future__ import annotations

from collections.abc import Iterable

from domain import events as e
from domain.dose import VialOpened, VialUse
from domain.session import Appointment, Session
from domain.story.words import (
    Tell,
    against_rules,
    because,
    day_in_words,
    dose_in_words,
    in_words,
    time_in_words,
)


def _appointment(appointment: Appointment, zone: str) -> str:
    return f"{time_in_words(appointment.starts_at, zone)} with {appointment.injector}, {appointment.room}"


def _vials(vials: Iterable[VialOpened | VialUse]) -> str:
    return ", ".join(f"{vial.size_units} units of lot {vial.lot}" for vial in vials)


def _given(session: Session, zone: str) -> str:
    part = " in part" if session.in_part else ""
    vials = _vials(session.vials)
    reactions = f"; reactions: {', '.join(session.reactions)}" if session.reactions else ""
    stopped = f"; stopped{because(session.why_in_part)}" if session.why_in_part else ""
    left = f"; the patient left: {session.patient_left}" if session.patient_left else ""
    trial = f"; counts as a trial session, says {session.trial_said_by}" if session.trial_said_by else ""
    return (
        f"Session {session.number} was given{part} by {session.injector} at {time_in_words(session.given_at, zone)}: "
        f"{dose_in_words(session.dose)}; opened {vials}; wasted {session.wasted_units}{reactions}{stopped}{left}{trial}"
    )


def _with_event(event: e.SessionGiven, zone: str) -> str:
    happened = event.adverse_event
    told = _given(event.session, zone) + (f"; adverse event {happened.number} is recorded" if happened else "")
    return told + against_rules(event.deviation)


def _completed(event: e.SessionCompleted, zone: str) -> str:
    session = event.session
    assert session.completed_at is not None, "that is what has happened"
    part = ", still in part" if session.in_part else ""
    return (
        f"Session {session.number} was completed at {time_in_words(session.completed_at, zone)}: "
        f"{dose_in_words(session.dose)} in all{part}; wasted {session.wasted_units}{because(event.note)}"
    )


def _not_given(event: e.SessionNotGiven, _: str) -> str:
    visit = event.visit
    on, hold = day_in_words(visit.on), event.hold
    held = "" if hold is None else f"; the course is held for {in_words(hold.reason)}, a clinician decides"
    lost = f"; opened and lost: {_vials(visit.lost_vials)}{because(visit.lost_because)}" if visit.lost_vials else ""
    return (
        f"Session {visit.for_session} was not given on {on}: {in_words(visit.reason)}{because(visit.note)}{lost}{held}"
    )


def _cancelled(event: e.AppointmentCancelled, _: str) -> str:
    later = f"; not before {day_in_words(event.not_before)}" if event.not_before else ""
    whose = f" by the {event.whose}" if event.whose else ""
    return f"The appointment was cancelled{whose}: {event.reason}{later}"


def _earlier_looked(event: e.EarlierLooked, zone: str) -> str:
    if event.offer is not None:
        at = time_in_words(event.offer.starts_at, zone)
        return f"An earlier time is free: {at} with {event.offer.injector}; the patient is asked"
    if event.lapsed:
        return "Nobody has asked the patient by that day: the earlier time is over, another is looked for"
    return "No earlier time is free; it is looked for again"


def _missed(event: e.MissedVisitsDecided, _: str) -> str:
    decided = event.decided
    how = "another time is looked for" if decided.decision == "go_on" else "the course ends"
    coded = "" if decided.coded_reason == "other" else f"{in_words(decided.coded_reason)}; "
    return f"A clinician decided after {decided.missed} missed visits for session {decided.for_session}: {how}{because(coded + decided.reason)}"


def _dose_planned(event: e.DosePlanned, _: str) -> str:
    dose = event.dose
    return f"The next dose is {dose_in_words(dose)} (before: {event.before_units} units){because(dose.reason)}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.DosePlanned: _dose_planned,
    e.AppointmentBooked: lambda event, zone: (
        f"Session {event.appointment.for_session} is booked for {_appointment(event.appointment, zone)}, tentatively"
    ),
    e.AppointmentConfirmed: lambda *_: "The appointment is confirmed",
    e.AppointmentMoved: lambda event, zone: (
        f"The session moved to {_appointment(event.appointment, zone)}{because(event.reason)}"
    ),
    e.MoveAsked: lambda event, zone: (
        f"Asked to move the session to {time_in_words(event.starts_at, zone)}: {event.reason}"
    ),
    e.MoveRefused: lambda event, _: f"The session could not be moved: {event.reason}",
    e.EarlierWanted: lambda event, _: (
        f"An earlier time by {day_in_words(event.wish.until_on)} is wanted: it is looked for each working day's morning"
    ),
    e.EarlierLooked: _earlier_looked,
    e.EarlierAnswered: lambda event, zone: (
        f"The patient {'takes' if event.takes else 'does not take'} {time_in_words(event.offer.starts_at, zone)}"
        f"{because(event.reason)}"
    ),
    e.EarlierGivenUp: lambda event, _: f"No earlier time is looked for any more: {event.reason}",
    e.BookingAsked: lambda event, zone: f"Asked to book {time_in_words(event.starts_at, zone)}",
    e.BookingRefused: lambda event, _: f"No time could be booked: {event.reason}",
    e.AppointmentCancelled: _cancelled,
    e.AppointmentSettled: lambda *_: "Scheduling knows what became of the appointment",
    e.AppointmentUnwanted: lambda event, _: f"A time that scheduling found is given back: {event.reason}",
    e.ReadinessLooked: lambda event, _: f"The drug is {'there' if event.readiness.drug_on_hand else 'NOT there'}",
    e.KeptUnready: lambda event, _: (
        f"The appointment is kept although {', '.join(event.missing) or 'something'} is missing: {event.reason}"
    ),
    e.SessionCleared: lambda event, _: (
        f"The session of {day_in_words(event.clearance.cleared_on)} was cleared"
        + "".join(f"; {in_words(item)}: {why}" for item, why in event.clearance.overrides.items())
        + "".join(f"; note: {warning}" for warning in event.clearance.warnings)
    ),
    e.SessionGiven: _with_event,
    e.SessionCompleted: _completed,
    e.SessionNotGiven: _not_given,
    e.MissedVisitsDecided: _missed,
}
