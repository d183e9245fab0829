"""Pages: the record of a session: the check before it, sites, units, vials, and what else became of the visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import Who, only
from console.access.table import Act
from console.acting import Tells, do, signing, told_once
from console.charts.sites import sites as picture_of
from console.forms import sites_in
from console.labels import plain
from console.opened import Opened, opened
from console.page import page
from console.refusals import done_of, faults_of, status_of
from console.world import Reached, World, world_of
from domain import facts as f
from domain import plan
from domain.care import effects_of
from domain.course import Course
from domain.deviation import with_the_way
from domain.dose import (
    VialOpened,
    sites_of,
)
from domain.session import NotGivenReason, Session
from domain.story.words import in_words
from domain.waits import WaitKind
from office.clinic_day import planned_vials
from office.errors import BadInput, CommandFailed, WrongField
from office.fields import faults_of as faults_of_model
from office.fields import read_fact
from office.session_record import reckon, sheet_of, waited_for
from readmodel.access import SignedIn
from readmodel.calendar import names_of_places
from readmodel.people import users

router = APIRouter()
Records = Annotated[SignedIn, Depends(only(Act.RECORD_DAY))]
Signs = Annotated[SignedIn, Depends(only(Act.SIGN_RECORD))]

LOT, SIZE, EXPIRES, WHY = "lot.", "size.", "expires.", "why."
"""What names of inputs begin with: one a vial, one an item of the check before the session."""
PLAIN = ("given_at", "injector", "in_part", "why", "patient_left", "harmless", "counts_as_trial")
"""Fields of the result that are read as they are typed."""
SPARE_VIALS = 1
"""Rows for vials beyond those that the planned dose opens."""


@router.get("/courses/{course_id}/session")
async def session(request: Request, world: Reached, who: Who, course_id: str) -> Response:
    """Show the session that is due, with what is to be recorded; else the last one."""
    return await _shown(request, await opened(world, who, course_id, what="session"))


@router.post("/courses/{course_id}/session/reckon")
async def reckoned(request: Request, world: Reached, who: Records, course_id: str) -> Response:
    """Return picture, units and waste of what is typed so far. Nothing is recorded."""
    typed = _typed(await request.form())
    seen = await opened(world, who, course_id, what="session")
    try:
        context = _picture(seen, sites_in(typed, empty="0"), _vials_typed(typed))
    except BadInput:
        context = _picture(seen, sites_of(plan.dose_of(seen.course)), ())
    return page(request, "session_reckoned.html", **context)


@router.post("/courses/{course_id}/session/clearance")
async def clear(request: Request, world: Reached, who: Signs, course_id: str) -> Response:
    """Clear the session, or turn the patient away."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        typed = _typed(form)
        positive = tuple(str(item) for item in form.getlist("positive"))
        overrides = {item: why for item in positive if (why := typed.get(WHY + item))}
        clear = typed.get("clear") == "yes"
        if clear and (bare := [item for item in positive if item not in overrides]):
            items = seen.course.protocol.safety.pre_session_check.value
            faults = [
                WrongField(field=WHY + item, problem="say why the session is given all the same", expected="")
                for item in bare
            ]
            raise BadInput(
                f"{items.get(bare[0], bare[0])} Say why the session is given all the same, or turn away.", faults
            )
        fact = f.PreSessionCheck(clear=clear, positive=positive, overrides=overrides, note=typed.get("note") or None)
        await do(world, who, seen.row, fact, request_id=request_id, task=_task(seen, WaitKind.CLEARANCE))

    return await _told(request, world, who, course_id, tell)


@router.post("/courses/{course_id}/session/given")
async def given(request: Request, world: Reached, who: Records, course_id: str) -> Response:
    """Record what was given."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        typed = _typed(form)
        fact = _result_of(seen, form)
        await do(
            world,
            who,
            seen.row,
            fact,
            request_id=request_id,
            task=_task(seen, WaitKind.SESSION_RESULT),
            deviation=typed.get("deviation") or None,
        )

    return await _told(request, world, who, course_id, tell)


@router.post("/courses/{course_id}/session/not-given")
async def not_given(request: Request, world: Reached, who: Records, course_id: str) -> Response:
    """Record that the visit gave no drug, and why."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        typed = _typed(form)
        pairs = [(name, typed[name]) for name in ("reason", "note", "lost_because") if typed.get(name)]
        vials = _vials_typed({name: typed.get(f"lost_{name}", "") for name in (SIZE, LOT, EXPIRES)})
        lost = {"lost_vials": [vial.model_dump() for vial in vials]} if vials else {}
        fact = read_fact(f.NotGiven, pairs, lost, seen.clock)
        await do(world, who, seen.row, fact, request_id=request_id, task=_task(seen, WaitKind.SESSION_RESULT))

    return await _told(request, world, who, course_id, tell)


@router.post("/courses/{course_id}/session/completed")
async def completed(request: Request, world: Reached, who: Records, course_id: str) -> Response:
    """Record that the rest of a session given in part was given on the same day, from the opened vial."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        fact = f.SessionCompleted(session=seen.course.last_number, note=_typed(form).get("note") or None)
        await do(world, who, seen.row, fact, request_id=request_id)

    return await _told(request, world, who, course_id, tell)


@router.post("/courses/{course_id}/session/sign")
async def sign(request: Request, world: Reached, who: Signs, course_id: str) -> Response:
    """Sign the record of a session: its injector does, nobody else."""
    return await _told(request, world, who, course_id, signing(world, who))


async def _told(request: Request, world: World, who: SignedIn, course_id: str, tell: Tells) -> Response:
    """Tell the course what a form says; show the form again, with what was typed, where it cannot be."""
    form = await request.form()
    seen = await opened(world, who, course_id, what="session")
    failed = await told_once(seen, form, tell)
    if failed is not None:
        return await _shown(request, seen, typed=_typed(form), failed=failed)
    return RedirectResponse(f"/courses/{course_id}/session", status_code=303)


def _typed(form: FormData) -> dict[str, str]:
    """Return what was typed; of a name that comes more than once, all values, separated by commas."""
    typed: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            typed[name] = f"{typed[name]}, {value.strip()}" if name in typed else value.strip()
    return typed


def _task(seen: Opened, kind: WaitKind) -> str | None:
    wait = waited_for(seen.course, kind)
    return None if wait is None else wait.id


def _vials_typed(typed: Mapping[str, str]) -> tuple[VialOpened, ...]:
    """Return the vials that were typed, in their order; a row with neither lot nor expiry is none."""
    vials, faults = [], []
    for name in typed:
        place = name.removeprefix(LOT)
        lot, expires = typed.get(LOT + place, ""), typed.get(EXPIRES + place, "")
        if not name.startswith(LOT) or not (lot or expires):
            continue
        try:
            size = typed.get(SIZE + place, "")
            vials.append(VialOpened.model_validate({"size_units": size, "lot": lot, "expires_on": expires}))
        except ValidationError as error:
            faults += [
                WrongField(field=f"vial.{place}", problem=f"{in_words(one.field)} {one.problem}", expected=one.expected)
                for one in faults_of_model(error, VialOpened)
            ]
    if faults:
        raise BadInput(f"vial: {faults[0].problem}", faults)
    return tuple(vials)


def _result_of(seen: Opened, form: FormData) -> f.SessionResult:
    """Return what was given, as typed: sites only where they are other than planned. Raises `BadInput`."""
    typed = _typed(form)
    sites, vials = sites_in(typed, empty="0"), _vials_typed(typed)
    if not vials:
        fault = WrongField(field="vial.0", problem="lot and expiry are missing", expected="what stands on the vial")
        raise BadInput("vials: name the lot and expiry of what was opened", [fault])
    planned = sites_of(plan.dose_of(seen.course))
    other = any(planned.get(name, 0) != count for name, count in sites.items())
    told = [*form.getlist("reactions"), typed.get("reaction", "")]
    reactions = [str(one).strip() for one in told if str(one).strip()]
    whole: dict[str, Any] = {"vials": [vial.model_dump() for vial in vials], "reactions": reactions}
    if other:
        whole["sites"] = {name: count for name, count in sites.items() if count}
    pairs = [(name, typed[name]) for name in PLAIN if typed.get(name)]
    return read_fact(f.SessionResult, pairs, whole, seen.clock)


async def _shown(
    request: Request, seen: Opened, *, typed: Mapping[str, str] | None = None, failed: CommandFailed | None = None
) -> Response:
    course, typed = seen.course, typed or {}
    people = await users(await world_of(request).reach.pool())
    sheet = sheet_of(course, seen.now)
    try:
        sites = sites_in(typed, empty="0") or sites_of(plan.dose_of(course))
        vials = _vials_typed(typed)
    except BadInput:
        sites, vials = sites_of(plan.dose_of(course)), ()
    effects = effects_of(course.protocol).values()
    return page(
        request,
        "session_record.html",
        status=status_of(failed),
        zone=seen.zone,
        row=seen.row,
        course=course,
        today=seen.today,
        sheet=sheet,
        questions=course.protocol.safety.pre_session_check.value,
        effects=[effect.words for effect in effects],
        reasons=list(NotGivenReason),
        injectors=[one for one in people if one.may_inject],
        names=await names_of_places(await world_of(request).reach.pool()),
        muscles=course.protocol.dose.muscles.value,
        vials=list(_vial_rows(course, typed)),
        sizes=[vial.size_units for vial in course.protocol.dose.vials.value],
        typed=typed,
        failed=failed,
        done="" if failed is None else done_of(failed, "Nothing was recorded."),
        said="" if failed is None else with_the_way(plain(failed.message), ", below"),
        faults={} if failed is None else {one.field: one for one in faults_of(failed)},
        recorded=[_recorded(course, one) for one in sheet.recorded],
        **_picture(seen, sites, vials),
    )


def _picture(seen: Opened, sites: Mapping[str, int], vials: tuple[VialOpened, ...]) -> dict[str, Any]:
    course = seen.course
    planned = sites_of(plan.dose_of(course))
    return {
        "sites": dict(sites),
        "planned": plan.dose_of(course),
        "picture": picture_of(course.protocol.dose.muscles.value, planned, sites),
        "reckoned": reckon(course, sites, vials, on=seen.today),
    }


def _vial_rows(course: Course, typed: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the rows for vials: those that the planned dose opens, and one to spare."""
    opens = planned_vials(course)
    smallest = min(vial.size_units for vial in course.protocol.dose.vials.value)
    for place, size in enumerate((*opens, *[smallest] * SPARE_VIALS)):
        yield {
            "size": typed.get(f"{SIZE}{place}", str(size)),
            "lot": typed.get(f"{LOT}{place}", ""),
            "expires": typed.get(f"{EXPIRES}{place}", ""),
            "fault": f"vial.{place}",
            "spare": "yes" if place >= len(opens) else "",
        }


def _recorded(course: Course, recorded: Session) -> dict[str, Any]:
    given = sites_of(recorded.dose)
    planned = sites_of(plan.dose_of(course)) if recorded.in_part else given
    muscles = course.protocol.dose.muscles.value
    return {"session": recorded, "picture": picture_of(muscles, planned, given)}
