"""Telling a course what has happened, or asking something of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import NOTHING, only
from console.access.table import Act
from console.acting import actor
from console.api.facts import CorrectionTold, CoverageChangedTold, Foretelling, Telling, as_told
from console.api.seeing import Reached, Seen
from console.api.writing import Write, writes
from domain import facts as f
from domain.changes import fold
from domain.record import Edge, Record
from office.appointments import scheduling_answered
from office.call import Call
from office.corrections import correction_of, foreseen_of, values_of
from office.direct import DIRECT_FIELDS, tell_direct
from office.errors import NotFound, WrongField, wrong_fields
from office.finding import clinic_of, events_of, folded
from office.names import names_of
from office.outcome import outcome_of
from office.sending import tell
from office.telling import advice_of, asks_before, prepared
from readmodel.access import SignedIn
from readmodel.lookups import CourseRow

router = APIRouter(tags=["courses"])


class Happened(BaseModel):
    """One course event that followed."""

    event: int
    kind: str
    said: str


class Written(BaseModel):
    """What came of a write."""

    course_id: str
    event: int | None = Field(description="the event that it became; null: it went to the clinic's own records")
    request_id: str
    happened: list[Happened]
    follows: list[str] = Field(description="what this means for the course, in words")
    phase: str
    waiting: str
    advice: str | None = Field(default=None, description="with a red flag: what to tell the patient now")
    etag: str | None = Field(default=None, description="of a task: its version now")


class ForeseenItem(Record):
    """What would come of a fact."""

    said: str = Field(description="what would be recorded; of a correction both values")
    follows: tuple[str, ...] = Field(description="what it would mean for the course, in words")
    cannot_be_taken_back: bool
    advice: str | None = Field(description="with a red flag: what to tell the patient at once")


@router.post("/courses/{course_id}/facts", response_model=Written)
async def tell_fact(write: Annotated[Write, Depends(writes(Act.TELL_COURSE))], row: Seen, telling: Telling) -> Response:
    """Tell a course a fact of any kind. 409: the course refused, with its reason; nothing changed."""
    return await write.once(lambda: told(write, row, telling.fact, task=telling.task, deviation=telling.deviation))


@router.post("/courses/{course_id}/facts/preview")
async def preview_fact(
    who: Annotated[SignedIn, Depends(only(Act.TELL_COURSE))], row: Seen, world: Reached, telling: Foretelling
) -> ForeseenItem:
    """Say what would be recorded and what would follow, before a fact is told. Nothing is written.

    409: the course would refuse it, with its reason.
    """
    call = world.call(who.user_id)
    journal = await events_of(call, row)
    course = fold(journal, course_id=row.course_id, patient_id=row.patient_id)
    sent = as_told(telling.fact, course.clinic.zone)
    if isinstance(sent, CoverageChangedTold):  # whose number with the payer it is, is written, and changes nothing here
        sent = sent.model_copy(update={"member_id": None})
    fact = await _fact(call, row, sent)
    request = f.Request(
        request_id=call.request_id, by=actor(who), fact=fact, task=telling.task, deviation=telling.deviation
    )
    seen = foreseen_of(course, journal, request, row, names=await names_of(await call.reach.pool()))
    return ForeseenItem(
        said=seen.said,
        follows=seen.follows,
        cannot_be_taken_back=asks_before(fact, course) is not None,
        advice=advice_of(fact, course),
    )


async def told(
    write: Write, row: CourseRow, sent: BaseModel, *, task: str | None = None, deviation: str | None = None
) -> dict[str, Any]:
    """Tell what was sent, and return what came of it. Raises what `office.errors` names."""
    call = write.call
    fact = as_told(sent, (await clinic_of(call)).zone)
    if isinstance(fact, tuple(DIRECT_FIELDS.values())):
        return await _told_directly(write, row, cast("Edge", fact))
    known = await _fact(call, row, fact)
    number = await tell(call, row, known, task=task, by=actor(write.who), deviation=deviation)
    if isinstance(known, f.Book | f.Move):
        await scheduling_answered(call, row, number)
    advice = advice_of(known, await folded(call, row)) if getattr(known, "red_flags", ()) else None
    return {**await outcome_of(call, row, number), "advice": advice}


async def _fact(call: Call, row: CourseRow, sent: BaseModel) -> f.Fact:
    """Return what was sent as the course takes it."""
    if isinstance(sent, CorrectionTold):
        return await _correction(call, row, sent)
    member = None
    if isinstance(sent, CoverageChangedTold):
        values = dict(sent)
        member = values.pop("member_id")
        sent = f.CoverageChanged(**values)
    return await prepared(call, row, cast("f.Fact", sent), member=member)


async def _correction(call: Call, row: CourseRow, sent: CorrectionTold) -> f.Fact:
    journal = await events_of(call, row)
    event = next((one for one in journal if one.number == sent.event), None)
    if event is None:
        raise NotFound(NOTHING)
    if not isinstance(sent.values, values_of(event)):
        fault = WrongField(field="fact.values.of", problem="is of another kind of event", expected=event.kind)
        raise wrong_fields([fault])
    return await correction_of(call, event, sent.values, sent.reason)


async def _told_directly(write: Write, row: CourseRow, fact: Edge) -> dict[str, Any]:
    text, data = await tell_direct(write.call, row, fact)
    event: Mapping[str, Any] = data
    return {
        "course_id": row.course_id,
        "event": event.get("event"),
        "request_id": write.request_id,
        "happened": [],
        "follows": text.splitlines(),
        "phase": row.phase,
        "waiting": row.waiting,
        "advice": None,
    }
