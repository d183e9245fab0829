"""Reports, and what is found by something else than a patient: deviations and corrections, claims reopened."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Query
from pydantic import Field

from console.access.guard import NOTHING, only
from console.access.table import Act
from console.api.courses import CourseItem
from console.api.facts import Day
from console.api.paging import Name, Page
from console.api.seeing import Reached
from domain.record import Edge, Record
from office.errors import NotFound
from office.finding import clock_of
from office.found import found_by
from office.measures import count_for
from office.reports import REPORTS, WEEKS_MAX, wanted
from readmodel.access import SignedIn, put_listed, put_looks
from readmodel.finding import ReopenedClaim, reopened_claims
from readmodel.measures import IrregularRow, irregular

router = APIRouter()
Reader = Annotated[SignedIn, Depends(only(Act.SEE_REPORTS))]
SECONDS_BEFORE, SECONDS_AFTER, LIMIT = 0.7, 60.0, 500
LEFT = Field(description="courses that have moved and are still to be counted; ask again in a minute")


class ReportItem(Record):
    """A report as a table. The first `words` columns are words, the others numbers."""

    name: str
    title: str
    definition: str
    columns: list[str]
    words: int
    note: str = Field(description="what should be known before the rows are read, or nothing")
    rows: list[list[Any]]
    left: int = LEFT


class Irregular(Record):
    """Deviations and corrections, the latest first, at most 500."""

    items: list[IrregularRow]
    left: int = LEFT


class Finding(Edge):
    """What is known of a patient. It is sent in the body, so that no address names anybody."""

    text: str = Field(
        min_length=1,
        max_length=200,
        description="a part of name, record number, telephone number or e-mail; an authorization's whole number; "
        "the beginning of a course's id",
    )


class FoundItem(Record):
    """A patient with the courses, the latest begun first."""

    patient_id: str
    name: str
    record_number: str
    birth_date: date
    courses: list[CourseItem]


class FoundItems(Record):
    """What was found."""

    patients: list[FoundItem]
    authorized: list[CourseItem] = Field(description="courses that have or had an authorization of this number")
    begun: list[CourseItem] = Field(description="courses whose id begins so")


@router.get("/reports", tags=["reports"])
async def list_reports(who: Reader) -> Page[str]:  # noqa: ARG001 - the guard
    """List the names of the reports."""
    return Page(items=list(REPORTS), next=None)


@router.get("/reports/{name}", tags=["reports"])
async def show_report(
    who: Reader,
    world: Reached,
    later: BackgroundTasks,
    name: str,
    *,
    since: Annotated[Day | None, Query(description="of courses begun from this day on")] = None,
    until: Annotated[Day | None, Query(description="of courses begun up to this day")] = None,
    payer: Name | None = None,
    first: Annotated[
        Day | None,
        Query(
            description="the first day of the weeks ahead; default: today, or where nothing is planned in these weeks the first week with a session"
        ),
    ] = None,
    weeks: Annotated[int, Query(ge=1, le=WEEKS_MAX)] = 12,
) -> ReportItem:
    """Show a report. Courses that have moved are counted first, as far as that goes at once, the others afterwards."""
    if name not in REPORTS:
        raise NotFound(NOTHING)
    pool, today = await world.reach.pool(), (await clock_of(world.call(who.user_id))).today
    left = await count_for(pool, SECONDS_BEFORE)
    asked = wanted(since=since, until=until, payer_id=payer, first_on=first, today=today, count=weeks)
    made = await REPORTS[name](pool, asked)
    if left:
        later.add_task(count_for, pool, SECONDS_AFTER)
    return ReportItem(
        name=made.name,
        title=made.title,
        definition=made.definition,
        columns=list(made.columns),
        words=made.words,
        note=made.note,
        rows=[list(row) for row in made.rows],
        left=left,
    )


@router.post("/patients/find", tags=["find"])
async def find_patients(
    who: Annotated[SignedIn, Depends(only(Act.SEE_COURSE))],
    world: Reached,
    finding: Finding,
) -> FoundItems:
    """Find patients with their courses. Nothing is changed, so it takes no Idempotency-Key; each is a look at the courses."""
    pool = await world.reach.pool()
    found = await found_by(pool, finding.text, now=datetime.now(UTC))
    looked = {course.course_id for one in found.patients for course in one.courses}
    looked |= {course.course_id for course in (*found.authorized, *found.begun)}
    await put_looks(pool, who.user_id, looked, what="api: found patients")
    return FoundItems(
        patients=[
            FoundItem(
                **one.patient.model_dump(include={"patient_id", "name", "record_number", "birth_date"}),
                courses=[CourseItem.model_validate(row) for row in one.courses],
            )
            for one in found.patients
        ],
        authorized=[CourseItem.model_validate(row) for row in found.authorized],
        begun=[CourseItem.model_validate(row) for row in found.begun],
    )


@router.get("/deviations-and-corrections", tags=["find"])
async def list_irregular(
    who: Annotated[SignedIn, Depends(only(Act.FIND_IRREGULAR))],
    world: Reached,
    *,
    kind: Literal["deviation", "correction"] | None = None,
    since: Day | None = None,
) -> Irregular:
    """List deviations and corrections of all courses."""
    pool = await world.reach.pool()
    left = await count_for(pool, SECONDS_BEFORE)
    found = await irregular(pool, what=kind, since=since, limit=LIMIT)
    await put_listed(pool, who.user_id, (one.course_id for one in found), what="api deviations and corrections")
    return Irregular(items=found, left=left)


@router.get("/claims/reopened", tags=["claims"])
async def list_reopened(
    who: Annotated[SignedIn, Depends(only(Act.FIND_REOPENED))],
    world: Reached,
    payer: Name | None = None,
) -> Page[ReopenedClaim]:
    """List claims that a payer reviewed after payment, or whose money it took back, the latest first, at most 500."""
    pool = await world.reach.pool()
    found = await reopened_claims(pool, payer_id=payer, limit=LIMIT)
    await put_listed(pool, who.user_id, (one.course_id for one in found), what="api claims reopened")
    return Page(items=found, next=None)
