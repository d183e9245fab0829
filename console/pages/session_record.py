"""Pages: the record of a session: the check before it, sites, units, vials, and what else became of the visit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import Who, only
from console.access.table import Act
from console.acting import do, request_id_of
from console.charts.sites import sites as picture_of
from console.opened import Opened, opened
from console.page import page
from console.refusals import faults_of
from console.world import Reached, World, world_of
from domain import facts as f
from domain import plan
from domain.care import effects_of
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.dose import (
    Dose,
    VialOpened,
    VialUse,
    dose_of_sites,
    rules_broken_by_dose,
    rules_broken_by_vials,
    sites_of,
    slips_of_vials,
    vials_for,
    vials_used,
)
from domain.planner import warnings_of
from domain.session import NotGivenReason, Session
from domain.story.words import in_words
from domain.waits import Wait, WaitKind
from office.errors import BadInput, CommandFailed, CourseRefused, WrongField
from office.fields import faults_of as faults_of_model
from office.fields import read_fact
from readmodel.access import SignedIn
from readmodel.people import users

router = APIRouter()
Records = Annotated[SignedIn, Depends(only(Act.RECORD_DAY))]
Signs = Annotated[SignedIn, Depends(only(Act.SIGN_RECORD))]

SITES, LOT, SIZE, EXPIRES, WHY = "sites.", "lot.", "size.", "expires.", "why."
"""What names of inputs begin with: one a muscle, one a vial, one an item of the check before the session."""
PLAIN = ("given_at", "injector", "in_part", "why", "patient_left", "harmless", "counts_as_trial")
"""Fields of the result that are read as they are typed."""
SPARE_VIALS = 1
"""Rows for vials beyond those that the planned dose opens."""


@dataclass(frozen=True)
class Reckoned:
    """What was typed, reckoned by the domain's rules: the dose, each vial's share, and what is wrong with it."""

    dose: Dose
    vials: tuple[VialUse, ...]
    advised: tuple[int, ...]
    faults: tuple[str, ...]

    @property
    def opened(self) -> int:
        """Return the units of the opened vials; as long as none is named, of those to be opened."""
        return sum(vial.size_units for vial in self.vials) or sum(self.advised)

    @property
    def wasted(self) -> int:
        """Return what is opened and not given."""
        return self.opened - self.dose.units


def reckon(course: Course, sites: Mapping[str, int], vials: tuple[VialOpened, ...], *, on: date) -> Reckoned:
    """Return the dose in these sites with its vials: given and wasted make up what was opened."""
    protocol = course.protocol
    dose = dose_of_sites(sites, protocol=protocol, reason=plan.dose_of(course).reason)
    used = vials_used(dose.units, vials, protocol=protocol)
    faults = list(rules_broken_by_dose(dose, protocol=protocol))
    if vials:
        faults += slips_of_vials(used, dose=dose, protocol=protocol)
        faults += rules_broken_by_vials(used, given_on=on, protocol=protocol)
    return Reckoned(dose=dose, vials=used, advised=vials_for(dose.units, protocol=protocol), faults=tuple(faults))


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
        context = _picture(seen, _sites_typed(typed), _vials_typed(typed))
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
        pairs = [(name, value) for name, value in _typed(form).items() if name in {"reason", "note"} and value]
        fact = read_fact(f.NotGiven, pairs, {}, seen.clock)
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

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        number = _typed(form).get("session", "")
        fact = f.RecordSigned(session=int(number) if number.isdigit() else None)
        await do(world, who, seen.row, fact, request_id=request_id)

    return await _told(request, world, who, course_id, tell)


async def _told(
    request: Request,
    world: World,
    who: SignedIn,
    course_id: str,
    tell: Callable[[Opened, FormData, str], Awaitable[None]],
) -> Response:
    """Tell the course what a form says; show the form again, with what was typed, where it cannot be."""
    form = await request.form()
    seen = await opened(world, who, course_id, what="session")
    request_id = request_id_of(form)
    if seen.course.receipt(request_id) is None:
        try:
            await tell(seen, form, request_id)
        except (BadInput, CourseRefused) as failed:
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
    wait = _wait(seen.course, kind)
    return None if wait is None else wait.id


def _wait(course: Course, kind: WaitKind) -> Wait | None:
    return next(iter(course.waits_of(kind)), None)


def _sites_typed(typed: Mapping[str, str]) -> dict[str, int]:
    sites = {name.removeprefix(SITES): value for name, value in typed.items() if name.startswith(SITES)}
    if wrong := [name for name, value in sites.items() if value and not value.isdigit()]:
        fault = WrongField(field=SITES + wrong[0], problem="cannot be read", expected="a whole number of sites")
        raise BadInput(f"{in_words(wrong[0])}: expected a whole number of sites", [fault])
    return {name: int(value or 0) for name, value in sites.items()}


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
    sites, vials = _sites_typed(typed), _vials_typed(typed)
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
    clearance, result = _wait(course, WaitKind.CLEARANCE), _wait(course, WaitKind.SESSION_RESULT)
    due = clearance or result
    try:
        sites = _sites_typed(typed) or sites_of(plan.dose_of(course))
        vials = _vials_typed(typed)
    except BadInput:
        sites, vials = sites_of(plan.dose_of(course)), ()
    effects = effects_of(course.protocol).values()
    return page(
        request,
        "session_record.html",
        status=200 if failed is None else 422,
        zone=seen.zone,
        row=seen.row,
        course=course,
        today=seen.today,
        clearance=clearance,
        result=result,
        due=due,
        missing=plan.missing_for_clearance(course, seen.today) if clearance else (),
        warnings=warnings_of(course) if course.appointment else (),
        questions=course.protocol.safety.pre_session_check.value,
        effects=[effect.words for effect in effects],
        reasons=list(NotGivenReason),
        injectors=[one for one in people if one.may_inject],
        names={one.user_id: one.name for one in people},
        muscles=course.protocol.dose.muscles.value,
        vials=list(_vial_rows(course, typed)),
        sizes=[vial.size_units for vial in course.protocol.dose.vials.value],
        typed=typed,
        failed=failed,
        said="" if failed is None else failed.message.replace("with --deviation REASON", "as a deviation, below"),
        faults={} if failed is None else {one.field: one for one in faults_of(failed)},
        recorded=[_recorded(course, one) for one in _to_show(course)],
        may_complete=_may_complete(seen),
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
    opens = vials_for(plan.dose_of(course).units, protocol=course.protocol)
    smallest = min(vial.size_units for vial in course.protocol.dose.vials.value)
    for place, size in enumerate((*opens, *[smallest] * SPARE_VIALS)):
        yield {
            "size": typed.get(f"{SIZE}{place}", str(size)),
            "lot": typed.get(f"{LOT}{place}", ""),
            "expires": typed.get(f"{EXPIRES}{place}", ""),
            "fault": f"vial.{place}",
            "spare": "yes" if place >= len(opens) else "",
        }


def _to_show(course: Course) -> tuple[Session, ...]:
    """Return the sessions whose records are shown: those that wait for a signature, else the last one."""
    unsigned = tuple(one for one in course.sessions if one.signed_by is None)
    return unsigned or course.sessions[-1:]


def _recorded(course: Course, recorded: Session) -> dict[str, Any]:
    given = sites_of(recorded.dose)
    planned = sites_of(plan.dose_of(course)) if recorded.in_part else given
    muscles = course.protocol.dose.muscles.value
    return {"session": recorded, "picture": picture_of(muscles, planned, given)}


def _may_complete(seen: Opened) -> bool:
    """Whether the rest of a session given in part can still be given today."""
    last = seen.course.last_session
    return (
        last is not None and last.in_part and clinic_day(seen.now, seen.zone) == last.given_on and seen.course.is_open
    )
