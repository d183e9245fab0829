"""The clinic day: what became of each appointment; a session's record, and what is to be recorded, reckoned first."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from console.access.guard import only
from console.access.table import Act
from console.api.facts import Day, see_in_bounds
from console.api.seeing import Reached, Seen
from domain.clinic_time import clinic_day
from domain.dose import Dose, VialOpened, VialUse, sites_of
from domain.plan import dose_of
from domain.ready import Missing
from domain.record import Edge, Record
from domain.session import Appointment, Clearance, Session, VisitNotGiven
from office.clinic_day import Visit, VisitState, planned_vials, visits_on
from office.finding import clock_of, folded
from office.session_record import reckon, sheet_of
from readmodel.access import SignedIn, put_looks
from readmodel.calendar import Around, booked_around
from readmodel.lookups import DayRow

router = APIRouter(tags=["clinic day"])
Recorder = Annotated[SignedIn, Depends(only(Act.RECORD_DAY))]
SESSION = "/courses/{course_id}/session"
MOST_SITES, MOST_MUSCLES, MOST_VIALS = 1000, 100, 50
"""More than any dose has; the protocol's own most is named as a fault."""


class GivenItem(Record):
    """The record of a session as the day shows it; `GET /courses/{course_id}/session` has it whole until it is signed."""

    injector: str
    in_part: bool
    vials: tuple[VialUse, ...]
    signed_by: str | None
    signed_on: date | None


class VisitItem(Record):
    """An appointment of the day: what became of it, and what is still to be done about it."""

    appointment_id: str
    course_id: str
    patient: str | None
    record_number: str | None
    for_session: int
    trial_sessions: int | None = Field(description="how many sessions try it; null: this one is none of them")
    starts_at: datetime
    ends_at: datetime
    injector: str
    room: str
    room_name: str
    booked: str = Field(description="the appointment's own state")
    coverage_kind: str | None
    payer_id: str | None
    authorization_number: str | None
    authorization_until_on: date | None
    state: VisitState = Field(
        description="to-come; to-clear: a clinician is to clear it; to-record: cleared, and nobody has said what was "
        "given; to-tell: the day is over, and nobody has said whether the patient was there; to-sign: the injector is to sign the record; signed; missed: no drug was given; gone: moved or cancelled"
    )
    dose: Dose | None = Field(description="given, or else planned")
    vials: tuple[int, ...] = Field(description="sizes of the vials that the planned dose opens")
    missing: tuple[str, ...] = Field(description="what keeps the appointment from being confirmed")
    given: GivenItem | None
    not_given: VisitNotGiven | None


OF_THE_ROW = VisitItem.model_fields.keys() & DayRow.model_fields.keys() - {"state"}
"""What stands in the row of the list as it is answered; its `state` is the appointment's, not the visit's."""


class DayItem(Record):
    """A clinic day, earliest appointment first. `counts`: how many are in each state."""

    on: date
    zone: str
    around: Around
    counts: dict[VisitState, int]
    visits: list[VisitItem]


class SessionItem(Record):
    """The session that is due, or the last one.

    While `due`, `task` is what `POST .../tasks/{wait_id}/answer` answers: with `clearance`, then `session-given`.
    """

    due: VisitState | None = Field(description="to-clear or to-record; null: no session is due")
    task: str | None
    next_session: int
    appointment: Appointment | None
    planned: Dose
    vials: tuple[int, ...] = Field(description="sizes of the vials that the planned dose opens")
    questions: dict[str, str] = Field(description="of the check before the session, by item; yes is a finding")
    missing: tuple[Missing, ...] = Field(description="what forbids to clear it today")
    warnings: tuple[str, ...] = Field(description="what is to be known; they forbid nothing")
    last_month: str | None = Field(description="the last 28 days before it, counted on its day; null: none were")
    clearance: Clearance | None
    recorded: tuple[Session, ...] = Field(
        description="records that wait for their signature; else, while none is due, the last one"
    )
    may_be_completed: bool = Field(description="the rest of the last session, given in part, may be given today still")


class Reckoning(Edge):
    """What was given, as far as it is known."""

    sites: dict[str, Annotated[int, Field(ge=0, le=MOST_SITES)]] | None = Field(
        default=None, max_length=MOST_MUSCLES, description="by muscle, others had none; default: as planned"
    )
    vials: tuple[VialOpened, ...] = Field(default=(), max_length=MOST_VIALS, description="in the order of their use")
    given_on: Day | None = Field(default=None, description="by which a lot may have expired; default: today")


class ReckonedItem(Record):
    """What it comes to: given and wasted make up what was opened."""

    planned: Dose
    dose: Dose
    units: int
    sites: int
    vials: tuple[VialUse, ...] = Field(description="each with its share")
    vials_advised: tuple[int, ...] = Field(description="sizes of the vials to open, least waste first")
    opened_units: int = Field(description="of the vials named; while none is, of those advised")
    wasted_units: int
    faults: tuple[str, ...] = Field(description="the rules that it breaks, and what does not add up")


@router.get("/day")
async def show_day(who: Recorder, world: Reached, on: Day | None = None) -> DayItem:
    """Show a clinic day, today's by default: what became of each appointment, and what is still to be done."""
    clock = await clock_of(world.call(who.user_id))
    shown = on or clock.today
    pool = await world.reach.pool()
    visits = await visits_on(pool, shown)
    await put_looks(pool, who.user_id, {visit.row.course_id for visit in visits}, what="api: clinic day")
    return DayItem(
        on=shown,
        zone=clock.zone,
        around=await booked_around(pool, shown, shown),
        counts=Counter(visit.state for visit in visits),
        visits=[_item(visit) for visit in visits],
    )


def _item(visit: Visit) -> VisitItem:
    row, session = visit.row, visit.session
    return VisitItem(
        **row.model_dump(include=OF_THE_ROW),
        patient=row.patient_name,
        booked=row.state,
        state=visit.state,
        trial_sessions=visit.trial_sessions,
        dose=visit.dose,
        vials=visit.vials,
        missing=visit.missing,
        given=None if session is None else GivenItem(**session.model_dump(include={*GivenItem.model_fields})),
        not_given=visit.not_given,
    )


@router.get(SESSION)
async def show_session(row: Seen, world: Reached) -> SessionItem:
    """Show the session that is due, with what is to be known before it; else the last one."""
    course = await folded(world.call(), row)
    sheet = sheet_of(course, row.now)
    to_do = VisitState.TO_CLEAR if sheet.clearance else VisitState.TO_RECORD
    return SessionItem(
        due=None if sheet.due is None else to_do,
        task=None if sheet.due is None else sheet.due.id,
        next_session=course.next_session,
        appointment=course.appointment,
        planned=dose_of(course),
        vials=planned_vials(course),
        questions=course.protocol.safety.pre_session_check.value,
        missing=sheet.missing,
        warnings=sheet.warnings,
        last_month=sheet.last_month,
        clearance=course.clearance,
        recorded=sheet.recorded,
        may_be_completed=sheet.may_be_completed,
    )


@router.post(f"{SESSION}/reckon")
async def reckon_session(
    who: Recorder,  # noqa: ARG001 - the guard
    row: Seen,
    world: Reached,
    reckoning: Reckoning,
) -> ReckonedItem:
    """Reckon what was given before it is recorded: dose, each vial's share, waste, faults. Nothing is written."""
    see_in_bounds(reckoning.model_dump())
    course = await folded(world.call(), row)
    planned, zone = dose_of(course), course.clinic.zone
    sites = sites_of(planned) if reckoning.sites is None else reckoning.sites
    found = reckon(course, sites, reckoning.vials, on=reckoning.given_on or clinic_day(row.now, zone))
    return ReckonedItem(
        planned=planned,
        dose=found.dose,
        units=found.dose.units,
        sites=found.dose.sites,
        vials=found.vials,
        vials_advised=found.advised,
        opened_units=found.opened,
        wasted_units=found.wasted,
        faults=found.faults,
    )
