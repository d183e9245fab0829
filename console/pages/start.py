"""Pages: starting one course, with the verdict while typing."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from console.access.guard import only
from console.access.table import Act
from console.acting import OURS, request_id_of
from console.forms import Field, fields_of
from console.page import page
from console.world import World, world_of
from domain import intake as i
from domain.history import DRUG_CLASSES
from office.errors import BadInput, NotFound, NotReachable, WrongField
from office.import_columns import SEPARATOR, faults_of_header, intake_of
from office.names import payer_names
from office.preview import preview
from office.starting import AlreadyOpen, Front, front_of
from readmodel import lookups
from readmodel.access import SignedIn

router = APIRouter()
Starter = Annotated[SignedIn, Depends(only(Act.START_COURSE))]
Reached = Annotated[World, Depends(world_of)]

LISTS: dict[str, tuple[type[BaseModel], str]] = {
    "treatments": (i.TreatmentIntake, "treatment"),
    "earlier_doses": (i.EarlierDoseIntake, "earlier dose"),
    "checks_elsewhere": (i.CheckElsewhereIntake, "check elsewhere"),
}
"""The lists of the form: of what, and what one entry is called."""
ENTRY = re.compile(r"(treatments|earlier_doses|checks_elsewhere)\[(\d{1,3})\]\.(\w+)")
OPTIONAL = ("patient.guardian.", "coverage.self_pay.", "coverage.not_needed.", "counts.")
"""Parts that are there only if something is typed into them: their inputs begin empty."""
DIARY_MAX = 200_000
"""More characters of a diary than its thousand days can have."""
NOT_OF_AN_INTAKE = OURS | {"diary", "diary_file", "sample", "list"}


@dataclass(frozen=True)
class Entry:
    """One entry of a list of the form."""

    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Typed:
    """What stands in the form: by the intake's paths, and the diary as text."""

    values: Mapping[str, str]
    diary: str
    sample: bool

    @property
    def intake(self) -> dict[str, Any]:
        """Return the intake that it says, as JSON would say it."""
        known = {name for name in self.values if not faults_of_header([name])}
        said = intake_of({name: value for name, value in self.values.items() if name in known})
        return said | ({"diary": _diary_of(self.diary)} if self.diary.strip() else {})

    def number_of(self, list_name: str) -> int:
        """Return how many entries of a list the form shows."""
        found = (ENTRY.fullmatch(name) for name in self.values)
        return max((int(one[2]) + 1 for one in found if one and one[1] == list_name), default=0)


@router.get("/start")
async def show(request: Request, who: Starter, world: Reached) -> Response:
    """Show an empty form."""
    front = await front_of(world.call(who.user_id), sample=False)
    return _page(request, world, front, Typed(values={}, diary="", sample=False))


@router.post("/start/verdict")
async def verdict(request: Request, who: Starter, world: Reached) -> Response:
    """Show what the form as it stands would come to. Nothing is written."""
    typed = await _typed(await request.form())
    front = await front_of(world.call(who.user_id), sample=typed.sample)
    said = await preview(front, typed.intake)
    return page(request, "start_verdict.html", said=said, zone=front.clinic.zone)


@router.post("/start/row")
async def row(request: Request, who: Starter, world: Reached) -> Response:
    """Return another entry of a list."""
    form = await request.form()
    name = str(form.get("list"))
    if name not in LISTS:
        raise NotFound("there is no such list")
    typed = await _typed(form)
    front = await front_of(world.call(who.user_id), sample=False)
    entry = _entry(front, name, typed.number_of(name), typed, ())
    return page(request, "start_row.html", entry=entry, called=LISTS[name][1])


@router.post("/start/diary")
async def diary(request: Request, who: Starter) -> Response:  # noqa: ARG001 - the guard
    """Return the diary's text from a file, so that the form keeps it."""
    typed = await _typed(await request.form())
    return page(request, "start_diary.html", diary=typed.diary, days=_days_of(typed.diary), fault="")


@router.post("/start")
async def start(request: Request, who: Starter, world: Reached) -> Response:
    """Start the course. The same form starts it once."""
    form = await request.form()
    course_id = _course_id_of(who, request_id_of(form))
    typed = await _typed(form, renumbered=True)
    if await _is_there(world, course_id):
        return RedirectResponse(f"/courses/{course_id}", status_code=303)
    front = await front_of(world.call(who.user_id), sample=typed.sample)
    checked = await front.check(typed.intake)
    if not isinstance(checked, i.Intake):
        return _page(request, world, front, typed, faults=checked, status=422)
    try:
        begin = await front.prepare(checked, course_id=course_id)
        await front.start_and_settle(begin)
    except AlreadyOpen as there:
        if there.course is None or there.course.course_id != course_id:
            return _page(request, world, front, typed, there=there, status=409)
    except BadInput as wrong:
        return _page(request, world, front, typed, faults=wrong.fields, status=422)
    except NotReachable as away:
        return _page(request, world, front, typed, away=away, request_id=request_id_of(form), status=503)
    return RedirectResponse(f"/courses/{course_id}", status_code=303)


def _course_id_of(who: SignedIn, request_id: str) -> str:
    """Return the course's id: the form's own, so that a second click finds the course of the first."""
    return hashlib.sha256(f"{who.user_id}/{request_id}".encode()).hexdigest()[:32]


async def _is_there(world: World, course_id: str) -> bool:
    try:
        await lookups.course(await world.reach.pool(), course_id, now=datetime.now(UTC))
    except lookups.NoSuchCourse:
        return False
    return True


def _page(
    request: Request,
    world: World,
    front: Front,
    typed: Typed,
    *,
    faults: Iterable[WrongField] = (),
    there: AlreadyOpen | None = None,
    away: NotReachable | None = None,
    request_id: str | None = None,
    status: int = 200,
) -> Response:
    wrong = tuple(faults)
    codes = front.protocols[_protocol_of(front, typed)].eligibility.contraindications.value
    return page(
        request,
        "start.html",
        status=status,
        zone=front.clinic.zone,
        typed=typed,
        parts=_parts(front, typed, wrong),
        lists={
            name: tuple(_entry(front, name, number, typed, wrong) for number in range(typed.number_of(name)))
            for name in LISTS
        },
        called={name: called for name, (_, called) in LISTS.items()},
        contraindications=codes,
        ticked=set(typed.values.get("contraindications", "").split(SEPARATOR)),
        opened={part: any(name.startswith(part) for name in typed.values) for part in OPTIONAL},
        faults=wrong,
        days=_days_of(typed.diary),
        diary_fault=next((str(one) for one in wrong if one.field.startswith("diary")), ""),
        there=there,
        away=away,
        request_id=request_id or str(uuid4()),
        may_sample=world.reach.settings.fast_forward,
    )


def _protocol_of(front: Front, typed: Typed) -> str:
    named = typed.values.get("protocol", "")
    return named if named in front.protocols else next(iter(front.protocols))


def _parts(front: Front, typed: Typed, faults: tuple[WrongField, ...]) -> dict[str, tuple[Field, ...]]:
    """Return the inputs of each part of the intake."""

    def of(model: type[BaseModel], path: str, *leave_out: str) -> tuple[Field, ...]:
        empty = {path + name: "" for name in model.model_fields} if path in OPTIONAL else {}
        made = fields_of(model, typed=empty | dict(typed.values), faults=faults, leave_out=leave_out, path=path)
        return tuple(_chosen(front, one, path in OPTIONAL) for one in made)

    lists = ("patient", "coverage", "counts", "contraindications", "diary", *LISTS)
    return {
        "patient": of(i.PatientIntake, "patient.", "contact", "guardian"),
        "contact": of(i.Contact, "patient.contact."),
        "guardian": of(i.Guardian, "patient.guardian.", "contact"),
        "guardian_contact": tuple(
            replace(one, value=typed.values.get(one.name, "")) for one in of(i.Contact, "patient.guardian.contact.")
        ),
        "course": of(i.Intake, "", *lists),
        "coverage": of(i.CoverageIntake, "coverage.", "self_pay", "not_needed"),
        "self_pay": of(i.SelfPayIntake, "coverage.self_pay."),
        "not_needed": of(i.NotNeededIntake, "coverage.not_needed."),
        "counts": of(i.CountsIntake, "counts."),
    }


def _entry(front: Front, name: str, number: int, typed: Typed, faults: tuple[WrongField, ...]) -> Entry:
    model, _ = LISTS[name]
    path = f"{name}[{number}]."
    empty = {path + field: "" for field in model.model_fields}
    made = fields_of(model, typed=empty | dict(typed.values), faults=faults, path=path)
    return Entry(number=number, fields=tuple(_chosen(front, one, optional=True) for one in made))


def _titles(front: Front) -> dict[str, str]:
    return {name: one.title for name, one in front.protocols.items()}


def _chosen(front: Front, field: Field, optional: bool = False) -> Field:  # noqa: FBT001, FBT002 - one meaning
    """Return the input with what may be chosen where the clinic's own lists say it, not the model."""
    name = field.name.rpartition(".")[2]
    choices: dict[str, tuple[str, ...]] = {
        "clinician": tuple(sorted(front.clinicians)),
        "protocol": tuple(front.protocols),
        "payer_id": tuple(front.policies),
        "drug_class": DRUG_CLASSES,
    }
    if name in choices:
        only_one = choices[name][0] if len(choices[name]) == 1 and not optional else ""
        names = {"clinician": front.clinicians, "protocol": _titles(front), "payer_id": payer_names()}.get(name, {})
        field = replace(field, input="choice", choices=choices[name], value=field.value or only_one, names=names)
    # The browser must not ask for what may be left out as a whole; the server names what is missing.
    return replace(field, required=False) if optional else field


async def _typed(form: FormData, *, renumbered: bool = False) -> Typed:
    """Return what stands in the form; of lists only entries in which something is typed, numbered without gaps."""
    values: dict[str, str] = {}
    for name, value in form.multi_items():
        if name in NOT_OF_AN_INTAKE or not isinstance(value, str):
            continue
        if name == "contraindications" and value.strip():
            before = values.get(name)
            values[name] = f"{before}{SEPARATOR}{value.strip()}" if before else value.strip()
        elif name != "contraindications" and (value.strip() or ENTRY.fullmatch(name)):
            values[name] = value.strip()
    text = form.get("diary")
    written = text if isinstance(text, str) else ""
    if isinstance(file := form.get("diary_file"), UploadFile):
        if file.filename:
            written = (await file.read(DIARY_MAX + 1)).decode("utf-8-sig", errors="replace")
        await file.close()
    return Typed(
        values=_renumbered(values) if renumbered else values,
        diary=written[:DIARY_MAX],
        sample=form.get("sample") == "yes",
    )


def _renumbered(values: Mapping[str, str]) -> dict[str, str]:
    filled: dict[str, list[int]] = {}
    for name, value in values.items():
        if value and (found := ENTRY.fullmatch(name)):
            numbers = filled.setdefault(found[1], [])
            if int(found[2]) not in numbers:
                numbers.append(int(found[2]))
    kept: dict[str, str] = {}
    for name, value in values.items():
        found = ENTRY.fullmatch(name)
        if found is None:
            kept[name] = value
        elif int(found[2]) in (numbers := filled.get(found[1], [])):
            kept[f"{found[1]}[{sorted(numbers).index(int(found[2]))}].{found[3]}"] = value
    return kept


def _diary_of(text: str) -> list[dict[str, str]]:
    """Return the days of a diary's CSV, as JSON would say them; what is wrong with one, the intake's own check names."""
    reader = csv.DictReader(io.StringIO(text.strip(), newline=""))
    try:
        return [
            {
                (name or "").strip(): value.strip()
                for name, value in day.items()
                if isinstance(value, str) and value.strip()
            }
            for day in reader
            if any(isinstance(value, str) and value.strip() for value in day.values())
        ]
    except csv.Error:
        return [{"on": "?"}]


def _days_of(text: str) -> int:
    return len(_diary_of(text)) if text.strip() else 0
