"""The visit: its time, its readiness, its clearance and its result."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from domain.deviation import Deviation
from domain.dose import Dose
from domain.events.common import CourseEvent
from domain.hold import Hold
from domain.session import (
    AdverseEvent,
    Appointment,
    Clearance,
    EarlierWish,
    FreeTime,
    MissedVisits,
    Readiness,
    Session,
    VisitNotGiven,
    Whose,
)


class DosePlanned(CourseEvent):
    """A clinician planned another dose for the next session."""

    kind: Literal["dose_planned"] = "dose_planned"
    dose: Dose
    before_units: int


class AppointmentBooked(CourseEvent):
    """A time is booked."""

    kind: Literal["appointment_booked"] = "appointment_booked"
    appointment: Appointment


class AppointmentConfirmed(CourseEvent):
    """Coverage, drug and response check allow it: the patient may count on it."""

    kind: Literal["appointment_confirmed"] = "appointment_confirmed"
    appointment: int


class AppointmentMoved(CourseEvent):
    """The session has another time; the old one is free again."""

    kind: Literal["appointment_moved"] = "appointment_moved"
    from_appointment: int
    appointment: Appointment
    reason: str
    unheard: bool = False  # taken back before the patient was told of the other time


class MoveAsked(CourseEvent):
    """Somebody wants another time; scheduling is asked for it."""

    kind: Literal["move_asked"] = "move_asked"
    starts_at: datetime
    injector: str | None
    reason: str
    undo: bool = False


class MoveRefused(CourseEvent):
    """Scheduling has no such time; the appointment stays as it was."""

    kind: Literal["move_refused"] = "move_refused"
    reason: str


class EarlierWanted(CourseEvent):
    """An earlier time is looked for from now on."""

    kind: Literal["earlier_wanted"] = "earlier_wanted"
    wish: EarlierWish


class EarlierLooked(CourseEvent):
    """Scheduling was asked for an earlier time. `look_at` is when it is asked next; an offer waits for its answer."""

    kind: Literal["earlier_looked"] = "earlier_looked"
    offer: FreeTime | None = None
    look_at: datetime
    lapsed: bool = False  # the offer before was not answered by its day


class EarlierAnswered(CourseEvent):
    """The patient takes the earlier time, or not."""

    kind: Literal["earlier_answered"] = "earlier_answered"
    offer: FreeTime
    day: date
    takes: bool
    reason: str


class EarlierGivenUp(CourseEvent):
    """No earlier time is looked for any more; the appointment stays as it is."""

    kind: Literal["earlier_given_up"] = "earlier_given_up"
    reason: str


class BookingAsked(CourseEvent):
    """Somebody names the time that scheduling is to book."""

    kind: Literal["booking_asked"] = "booking_asked"
    starts_at: datetime
    injector: str | None


class BookingRefused(CourseEvent):
    """Scheduling cannot book; a person must find a time."""

    kind: Literal["booking_refused"] = "booking_refused"
    reason: str


class AppointmentCancelled(CourseEvent):
    """The appointment is given up."""

    kind: Literal["appointment_cancelled"] = "appointment_cancelled"
    appointment: int
    reason: str
    not_before: date | None = None
    whose: Whose | None = None


class AppointmentUnwanted(CourseEvent):
    """Scheduling found a time that is none for the next session any more: it is given back, and nobody was told."""

    kind: Literal["appointment_unwanted"] = "appointment_unwanted"
    appointment: Appointment
    reason: str


class AppointmentSettled(CourseEvent):
    """Scheduling knows what became of an appointment."""

    kind: Literal["appointment_settled"] = "appointment_settled"
    appointment_id: str


class ReadinessLooked(CourseEvent):
    """Operations looked before the session."""

    kind: Literal["readiness_looked"] = "readiness_looked"
    readiness: Readiness


class KeptUnready(CourseEvent):
    """The appointment stays although something is missing."""

    kind: Literal["kept_unready"] = "kept_unready"
    appointment: int
    missing: tuple[str, ...]
    reason: str


class SessionCleared(CourseEvent):
    """The clinician's yes on the day."""

    kind: Literal["session_cleared"] = "session_cleared"
    clearance: Clearance


class SessionGiven(CourseEvent):
    """Drug was given."""

    kind: Literal["session_given"] = "session_given"
    session: Session
    adverse_event: AdverseEvent | None = None  # why it was given in part
    deviation: Deviation | None = None
    gives_up: int | None = None  # the appointment of another day, which is not kept any more


class SessionCompleted(CourseEvent):
    """The rest of a session given in part was given on the same day: it is the same session, as it is now."""

    kind: Literal["session_completed"] = "session_completed"
    session: Session
    note: str | None = None


class SessionNotGiven(CourseEvent):
    """The visit gave no drug and takes no number."""

    kind: Literal["session_not_given"] = "session_not_given"
    visit: VisitNotGiven
    hold: Hold | None = None  # what the pre-session check found lets the course stand still


class MissedVisitsDecided(CourseEvent):
    """A clinician decided how to go on after missed visits."""

    kind: Literal["missed_visits_decided"] = "missed_visits_decided"
    decided: MissedVisits


VisitEvent: TypeAlias = (
    DosePlanned
    | AppointmentBooked
    | AppointmentConfirmed
    | AppointmentMoved
    | MoveAsked
    | MoveRefused
    | EarlierWanted
    | EarlierLooked
    | EarlierAnswered
    | EarlierGivenUp
    | BookingAsked
    | BookingRefused
    | AppointmentCancelled
    | AppointmentSettled
    | AppointmentUnwanted
    | ReadinessLooked
    | KeptUnready
    | SessionCleared
    | SessionGiven
    | SessionCompleted
    | SessionNotGiven
    | MissedVisitsDecided
)
