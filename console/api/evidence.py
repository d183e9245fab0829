"""What speaks for a response: the diary, the evidence, and what each answer to an open check leads to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from console.api.facts import Day
from console.api.paging import Page
from console.api.records import see_range
from console.api.seeing import Reached, Seen
from domain.clinic_time import clinic_day
from domain.diary import DiaryDay
from domain.response import ResponseEvidence
from office.evidence import before_treatment, evidence_as_of
from office.finding import folded
from office.leads_to import LeadsTo, answers_of
from readmodel.diary import read_diary

router = APIRouter(tags=["courses"])
DIARY_DAYS = 28


class Evidence(BaseModel):
    """What speaks for a response, as frozen with the open check, else as of today."""

    course_id: str
    as_of: date
    open_check: bool
    evidence: ResponseEvidence | None
    before_treatment: dict[str, Any] | None = Field(description="before any session: what the diary has so far")
    answers: list[LeadsTo] = Field(
        description="every answer to the open check: what it needs, what follows, or why it is refused; none: no open one"
    )


@router.get("/courses/{course_id}/evidence")
async def show_evidence(
    row: Seen,
    world: Reached,
    *,
    anew: Annotated[bool, Query(description="count the diary as of today, also while a check is open")] = False,
) -> Evidence:
    """Show the response evidence: counts before percentages, gaps by bounds, both verdicts with their reasons.

    `answers` says of an open check what each answer leads to, by what was frozen with it.
    """
    call, course = world.call(), await folded(world.call(), row)
    today = clinic_day(row.now, course.clinic.zone)
    frozen = None if anew else course.evidence
    found = frozen or await evidence_as_of(call, course, today)
    return Evidence(
        course_id=row.course_id,
        as_of=today if found is None else found.gathered_on,
        open_check=frozen is not None,
        evidence=found,
        before_treatment=await before_treatment(call, course, today) if found is None else None,
        answers=list(answers_of(course, row.now)),
    )


@router.get("/courses/{course_id}/diary")
async def show_diary(
    row: Seen,
    world: Reached,
    *,
    first: Annotated[Day | None, Query(description="default: 28 days up to the last")] = None,
    last: Annotated[Day | None, Query(description="at most a year later; default: today")] = None,
) -> Page[DiaryDay]:
    """List the days that the patient recorded, oldest first. A day without an entry is no day without headache."""
    call = world.call()
    until = last or clinic_day(row.now, (await folded(call, row)).clinic.zone)
    since = first or until - timedelta(days=DIARY_DAYS - 1)
    see_range(since, until)
    days = await read_diary(await world.reach.pool(), row.patient_id, first_on=since, last_on=until)
    return Page(items=list(days), next=None)
