"""Before courses begin: what an intake would come to, and many courses from a file with a dry run first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from console import imports
from console.access.guard import only
from console.access.table import Act
from console.api.paging import Page, Paged
from console.api.problems import Wrong
from console.api.seeing import Reached
from console.api.writing import Write, writes
from console.imports import Job
from domain.eligibility import PayerVerdict, ProtocolVerdict
from domain.record import Edge, Record
from office.errors import WrongField
from office.import_columns import COLUMNS
from office.importing import Row
from office.preview import Calendar, preview
from office.starting import front_of
from readmodel.access import SignedIn

router = APIRouter()
Importer = Annotated[SignedIn, Depends(only(Act.IMPORT_COURSES))]
Importing = Annotated[Write, Depends(writes(Act.IMPORT_COURSES))]


class Foreshown(Record):
    """What an intake would come to, as far as it can be read. Without `faults` and `open_course` it would start."""

    missing: list[Wrong] = Field(description="what has still to be told")
    wrong: list[Wrong] = Field(description="what cannot be taken as it was told")
    open_course: str | None = Field(description="the course that is open for this patient and protocol")
    other_patient: bool = Field(description="the record number is of somebody born on another day")
    verdict: ProtocolVerdict | None
    payer: PayerVerdict | None
    payer_name: str | None
    calendar: Calendar | None


class File(Edge):
    """A file of intakes, one a row."""

    name: str = Field(min_length=1, max_length=200)
    csv: str = Field(min_length=1, description="the file's text, with the columns of `GET /imports/columns`")
    sample: bool = Field(default=False, description="embedded stack only: the courses' time may be moved")


class ImportItem(Record):
    """A file on its way: `trying`, `tried`, `starting`, `done`. It is kept in memory for 12 hours at most."""

    import_id: str
    name: str
    at: datetime
    stage: str
    sample: bool
    rows: int
    through: int = Field(description="rows that are through in this stage")
    counts: dict[str, int] = Field(description="how many rows have each verdict")
    refused: int
    failed: str = Field(description="what stopped it; empty: nothing")


class ImportRow(Record):
    """A row of a file and what became of it."""

    line: int
    verdict: str
    course_id: str | None
    why: str
    errors: list[Wrong]


@router.post("/courses/preview", tags=["courses"])
async def preview_course(
    who: Annotated[SignedIn, Depends(only(Act.START_COURSE))],
    world: Reached,
    intake: Annotated[dict[str, Any], Body(description="an intake, also one that is not whole yet")],
    *,
    sample: Annotated[bool, Query(description="embedded stack only")] = False,
) -> Foreshown:
    """Say what an intake would come to: both verdicts, what is missing, an open course, the dates ahead. Nothing is written."""
    said = await preview(await front_of(world.call(who.user_id), sample=sample), intake)
    return Foreshown(
        missing=[_wrong(one) for one in said.missing],
        wrong=[_wrong(one) for one in said.wrong],
        open_course=None if said.open_course is None else said.open_course.course_id,
        other_patient=said.other_patient,
        verdict=said.verdict,
        payer=said.payer,
        payer_name=said.payer_name,
        calendar=said.calendar,
    )


def _wrong(one: WrongField) -> Wrong:
    return Wrong(field=one.field, problem=one.problem, expected=one.expected)


def _item(job: Job) -> ImportItem:
    return ImportItem(
        import_id=job.job_id,
        name=job.name,
        at=job.at,
        stage=job.stage,
        sample=job.sample,
        rows=len(job.rows),
        through=job.done,
        counts=job.counts,
        refused=job.refused,
        failed=job.failed,
    )


def _row(row: Row) -> ImportRow:
    errors = [_wrong(one) for one in row.fields]
    return ImportRow(line=row.line, verdict=row.verdict, course_id=row.course_id, why=row.why, errors=errors)


@router.post("/imports", status_code=202, response_model=ImportItem, tags=["imports"])
async def try_file(write: Importing, file: File) -> Response:
    """Take a file and begin its dry run: nothing is started yet."""

    async def work() -> dict[str, Any]:
        job = await imports.begin(write.world, write.who, file.name, file.csv.encode(), sample=file.sample)
        return _item(job).model_dump()

    return await write.once(work, status=202, location=lambda told: f"/api/v1/imports/{told['import_id']}")


@router.get("/imports", tags=["imports"])
async def list_imports(who: Importer) -> Page[ImportItem]:
    """List your files, the latest first."""
    return Page(items=[_item(job) for job in imports.jobs_of(who)], next=None)


@router.get("/imports/columns", tags=["imports"])
async def list_columns(who: Importer) -> Page[str]:  # noqa: ARG001 - the guard
    """List the columns that a file may have."""
    return Page(items=list(COLUMNS), next=None)


@router.get("/imports/{import_id}", tags=["imports"])
async def show_import(who: Importer, import_id: str) -> ImportItem:
    """Show how far a file is."""
    return _item(imports.mine(who, import_id))


@router.get("/imports/{import_id}/rows", tags=["imports"])
async def list_rows(
    who: Importer, page: Paged, import_id: str, *, refused: Annotated[bool | None, Query()] = None
) -> Page[ImportRow]:
    """List the verdicts of a file's rows, by line."""
    after = page.after(int)
    since = 0 if after is None else after[0]
    found = [
        row
        for row in imports.mine(who, import_id).rows
        if row.line > since and (refused is None or row.is_refused == refused)
    ]
    return page.page(found[: page.rows], _row, lambda row: (row.line,))


@router.post("/imports/{import_id}/start", status_code=202, response_model=ImportItem, tags=["imports"])
async def start_import(write: Importing, import_id: str) -> Response:
    """Start the courses of a file that was tried. Asked twice, it is done once."""

    async def work() -> dict[str, Any]:
        job = imports.mine(write.who, import_id)
        await imports.start(write.world, write.who, job)
        return _item(job).model_dump()

    return await write.once(work, status=202)
