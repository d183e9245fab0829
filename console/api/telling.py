"""Telling a course what has happened, or asking something of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import NOTHING
from console.access.table import Act
from console.acting import actor
from console.api.facts import CorrectionTold, CoverageChangedTold, Telling, as_told
from console.api.seeing import Seen
from console.api.writing import Write, writes
from domain import facts as f
from domain.record import Edge
from office.appointments import scheduling_answered
from office.corrections import correction_of, values_of
from office.direct import DIRECT_FIELDS, tell_direct
from office.errors import NotFound, WrongField, wrong_fields
from office.finding import clinic_of, events_of, folded
from office.outcome import outcome_of
from office.sending import tell
from office.telling import advice_of, prepared
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


@router.post("/courses/{course_id}/facts", response_model=Written)
async def tell_fact(write: Annotated[Write, Depends(writes(Act.TELL_COURSE))], row: Seen, telling: Telling) -> Response:
    """Tell a course a fact of any kind. 409: the course refused, with its reason; nothing changed."""
    return await write.once(lambda: told(write, row, telling.fact, task=telling.task, deviation=telling.deviation))


async def told(
    write: Write, row: CourseRow, sent: BaseModel, *, task: str | None = None, deviation: str | None = None
) -> dict[str, Any]:
    """Tell what was sent, and return what came of it. Raises what `office.errors` names."""
    call = write.call
    fact = as_told(sent, (await clinic_of(call)).zone)
    if isinstance(fact, tuple(DIRECT_FIELDS.values())):
        return await _told_directly(write, row, cast("Edge", fact))
    known = await _fact(write, row, fact)
    number = await tell(call, row, known, task=task, by=actor(write.who), deviation=deviation)
    if isinstance(known, f.Book | f.Move):
        await scheduling_answered(call, row, number)
    advice = advice_of(known, await folded(call, row)) if getattr(known, "red_flags", ()) else None
    return {**await outcome_of(call, row, number), "advice": advice}


async def _fact(write: Write, row: CourseRow, sent: BaseModel) -> f.Fact:
    """Return what was sent as the course takes it."""
    if isinstance(sent, CorrectionTold):
        return await _correction(write, row, sent)
    member = None
    if isinstance(sent, CoverageChangedTold):
        values = dict(sent)
        member = values.pop("member_id")
        sent = f.CoverageChanged(**values)
    return await prepared(write.call, row, cast("f.Fact", sent), member=member)


async def _correction(write: Write, row: CourseRow, sent: CorrectionTold) -> f.Fact:
    journal = await events_of(write.call, row)
    event = next((one for one in journal if one.number == sent.event), None)
    if event is None:
        raise NotFound(NOTHING)
    if not isinstance(sent.values, values_of(event)):
        fault = WrongField(field="fact.values.of", problem="is of another kind of event", expected=event.kind)
        raise wrong_fields([fault])
    return await correction_of(write.call, event, sent.values, sent.reason)


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
