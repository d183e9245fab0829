"""Pages: finding patients, sessions by lot, deviations and corrections, claims that were reopened.

What people type about a patient is sent in a form and never stands in an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console.access.guard import only
from console.access.table import Act, may
from console.csv_out import csv_file
from console.page import page
from console.world import World, world_of
from office.errors import BadInput, NotFound
from office.fields import day_written
from office.found import found_by
from office.lots import OfLot, sessions_of_lot
from office.measures import count_for
from readmodel import finding
from readmodel.access import SignedIn, put_listed, put_looks
from readmodel.measures import IrregularRow, irregular
from readmodel.people import users

router = APIRouter()

Reached = Annotated[World, Depends(world_of)]
Finder = Annotated[SignedIn, Depends(only(Act.SEE_COURSE))]

LIMIT = 500
SECONDS_TO_COUNT = 1.0
TEXT_MAX = 200
KINDS_OF_FINDING = {
    "patients": ("Patients", Act.SEE_COURSE),
    "lot": ("Sessions by lot", Act.FIND_LOT),
    "irregular": ("Deviations and corrections", Act.FIND_IRREGULAR),
    "reopened": ("Claims reopened", Act.FIND_REOPENED),
}
IRREGULAR_COLUMNS = (
    "what", "on", "patient", "number", "course", "event", "session", "said", "reason", "by", "reviewed by",
)  # fmt: skip
LOT_COLUMNS = (
    "patient",
    "number",
    "contact",
    "course",
    "session",
    "given",
    "units",
    "lot",
    "expires",
    "adverse events",
)


def _shown(request: Request, who: SignedIn, what: str, **context: Any) -> Response:
    kinds = [(name, title) for name, (title, act) in KINDS_OF_FINDING.items() if may(who.role, act)]
    given: dict[str, Any] = {"kinds": kinds, "what": what, "text": "", "found": None}
    return page(request, f"find_{what}.html", **(given | context))


@dataclass(frozen=True)
class Asked:
    """What is to be found, as the address says it: nothing of it is a patient's."""

    what: str = "patients"
    lot: str = ""
    kind: str = ""
    since: str = ""
    payer: str = ""


@router.get("/find")
async def find(request: Request, who: Finder, world: Reached, asked: Annotated[Asked, Depends()]) -> Response:
    """Show what can be found; of what is no patient's own, also what was found."""
    what = asked.what
    if what not in KINDS_OF_FINDING or not may(who.role, KINDS_OF_FINDING[what][1]):
        raise NotFound("there is no such page")
    pool = await world.reach.pool()
    if what == "lot":
        found = await _of_lot(world, who, asked.lot) if asked.lot.strip() else None
        return _shown(request, who, what, lot=asked.lot, found=found)
    if what == "irregular":
        rows, left = await _irregular(world, asked.kind, asked.since)
        await put_listed(pool, who.user_id, (one.course_id for one in rows), what="deviations and corrections")
        names = {user.user_id: user.name for user in await users(pool)}
        return _shown(request, who, what, found=rows, left=left, asked=asked, names=names, limit=LIMIT)
    if what == "reopened":
        claims = await finding.reopened_claims(pool, payer_id=asked.payer or None, limit=LIMIT)
        await put_listed(pool, who.user_id, (one.course_id for one in claims), what="claims reopened")
        return _shown(request, who, what, found=claims)
    return _shown(request, who, what)


@router.post("/find")
async def find_patient(
    request: Request, who: Finder, world: Reached, text: Annotated[str, Form(max_length=TEXT_MAX)] = ""
) -> Response:
    """Find patients by a part of name, record number, telephone number or e-mail, or by an authorization's number."""
    wanted = text.strip()
    if not wanted:
        return _shown(request, who, "patients")
    pool = await world.reach.pool()
    found = await found_by(pool, wanted, now=datetime.now(UTC))
    looked = {course.course_id for one in found.patients for course in one.courses}
    looked |= {course.course_id for course in (*found.authorized, *found.begun)}
    await put_looks(pool, who.user_id, looked, what="found patients")  # with birth date and telephone number
    context: dict[str, Any] = {
        "text": text,
        "found": [(one.patient, one.courses) for one in found.patients],
        "authorized": found.authorized,
        "begun": found.begun,
    }
    if request.headers.get("hx-request"):
        return page(request, "find_patients_found.html", **context)
    return _shown(request, who, "patients", **context)


async def _of_lot(world: World, who: SignedIn, lot: str) -> list[OfLot]:
    """Return the sessions of a lot. It shows how to reach each patient: each is looked at."""
    found = await sessions_of_lot(world.call(who.user_id), lot)
    looked = {one.course_id for one in found}
    await put_looks(await world.reach.pool(), who.user_id, looked, what="sessions by lot")
    return found


async def _irregular(world: World, kind: str, since: str) -> tuple[list[IrregularRow], int]:
    if kind not in {"", "deviation", "correction"}:
        raise BadInput("kind: expected deviation or correction")
    pool = await world.reach.pool()
    left = await count_for(pool, SECONDS_TO_COUNT)
    return await irregular(pool, what=kind or None, since=_day(since), limit=LIMIT), left


def _day(text: str) -> date | None:
    try:
        return day_written(text) if text else None
    except ValueError:
        raise BadInput("since: expected a day such as 2026-03-01") from None


@router.get("/find/irregular.csv")
async def irregular_csv(
    who: Annotated[SignedIn, Depends(only(Act.FIND_IRREGULAR))],
    world: Reached,
    kind: str = "",
    since: str = "",
) -> Response:
    """Return deviations and corrections as a file."""
    rows, _ = await _irregular(world, kind, since)
    named = (one.course_id for one in rows)
    await put_listed(await world.reach.pool(), who.user_id, named, what="deviations and corrections as a file")
    cells = (
        (
            one.what, one.on_day, one.patient_name, one.record_number, one.course_id, one.number, one.session, one.said,
            one.reason, one.by_user, one.reviewed_by,
        )
        for one in rows
    )  # fmt: skip
    return csv_file("deviations-and-corrections", IRREGULAR_COLUMNS, cells)


@router.get("/find/lot.csv")
async def lot_csv(who: Annotated[SignedIn, Depends(only(Act.FIND_LOT))], world: Reached, lot: str) -> Response:
    """Return the sessions of a lot as a file."""
    cells = (
        (
            one.patient, one.record_number, one.contact, one.course_id, one.session, one.given_on, one.units, one.lot,
            one.expires_on, "; ".join(one.adverse_events),
        )
        for one in await _of_lot(world, who, lot)
    )  # fmt: skip
    return csv_file("sessions-of-lot", LOT_COLUMNS, cells)
