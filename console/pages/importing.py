"""Pages: many courses from a CSV file, with a dry run first, a verdict per row and live progress."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from console import imports
from console.access.guard import only
from console.access.table import Act
from console.imports import FILE_MAX, SHOWN_MAX, begin, jobs_of, mine, without_work_left
from console.page import page
from console.world import World, world_of
from office.errors import BadInput
from office.import_columns import COLUMNS
from office.importing import (
    refused_file,
)
from readmodel.access import SignedIn

Importer = Annotated[SignedIn, Depends(only(Act.IMPORT_COURSES))]
Reached = Annotated[World, Depends(world_of)]

CHOOSE = "choose a CSV file first"

router = APIRouter(lifespan=without_work_left)


@router.get("/import")
async def show(request: Request, who: Importer, world: Reached) -> Response:
    """Ask for a file, and show which ones are under way."""
    return _page(request, who, world)


@router.post("/import")
async def upload(request: Request, who: Importer, world: Reached) -> Response:
    """Take a file and begin its dry run."""
    form = await request.form()
    try:
        name, raw = await _file_of(form)
        job = await begin(world, who, name, raw, sample=form.get("sample") == "yes")
    except BadInput as wrong:
        return _page(request, who, world, wrong=wrong)
    return RedirectResponse(f"/import/{job.job_id}", status_code=303)


@router.get("/import/{job_id}")
async def job_page(request: Request, who: Importer, job_id: str) -> Response:
    """Show a file: how far it is, a verdict for each row, and what can be done."""
    return page(request, "importing_job.html", job=mine(who, job_id), shown_max=SHOWN_MAX)


@router.get("/import/{job_id}/progress")
async def progress(request: Request, who: Importer, job_id: str) -> Response:
    """Return the part of the page that changes while a file is under way."""
    return page(request, "importing_progress.html", job=mine(who, job_id), shown_max=SHOWN_MAX)


@router.post("/import/{job_id}/start")
async def start(who: Importer, world: Reached, job_id: str) -> Response:
    """Start the courses of a file that was tried. Asked twice, it is done once."""
    await imports.start(world, who, mine(who, job_id))
    return RedirectResponse(f"/import/{job_id}", status_code=303)


@router.get("/import/{job_id}/refused.csv")
async def refused(who: Importer, job_id: str) -> Response:
    """Return the rows that were refused, each with its reason: put right it can be sent again as it is."""
    job = mine(who, job_id)
    return Response(
        "\ufeff" + refused_file(job.rows, job.header),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="refused-{job.at:%Y-%m-%d}.csv"'},
    )


@router.get("/import-columns.csv")
async def columns(who: Importer) -> Response:  # noqa: ARG001 - the guard
    """Return an empty file with all columns."""
    return Response(
        ",".join(COLUMNS) + "\n",
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="patients.csv"'},
    )


async def _file_of(form: FormData) -> tuple[str, bytes]:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadInput(CHOOSE)
    raw = await file.read(FILE_MAX + 1)
    await file.close()
    if not file.filename:
        raise BadInput(CHOOSE)
    return file.filename, raw


def _page(request: Request, who: SignedIn, world: World, *, wrong: BadInput | None = None) -> Response:
    return page(
        request,
        "importing.html",
        status=200 if wrong is None else 422,
        jobs=jobs_of(who),
        file_max=FILE_MAX,
        wrong=wrong,
        may_sample=world.reach.settings.fast_forward,
    )
