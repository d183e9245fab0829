"""Pages: the worklist, its views and what is done to several tasks at once."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import Who, only
from console.access.table import Act, may
from console.acting import actor, request_id_of
from console.page import page
from console.world import World, world_of
from domain.clinic import Clinic
from domain.clinic_time import clinic_clock
from domain.people import Role
from domain.waits import KINDS
from office.at_tasks import Chosen, Doing, Done, Undo, Verb, do_to_each, undo_each
from office.errors import BadInput, CommandFailed, NotFound
from office.fields import day_written
from office.finding import clinic_of, wrong
from office.spreadsheets import cell
from office.worklist import BY_ID, COLUMNS, TASKS, VIEWS, Filters, Line, line_of
from readmodel import worklist as rows
from readmodel.access import SignedIn, put_listed
from readmodel.people import find_patients, users
from readmodel.worklist import COUNT_MAX, LONG_AGO, Place

router = APIRouter(prefix="/worklist")
log = structlog.stdlib.get_logger(__name__)
Reached = Annotated[World, Depends(world_of)]
Exporter = Annotated[SignedIn, Depends(only(Act.EXPORT))]
Keeper = Annotated[SignedIn, Depends(only(Act.SAVE_VIEW))]

PAGE, FILE_MAX = 50, 5000
TEXT_MAX, NAME_MAX = 100, 60
STREAM_SECONDS, LOOK_AGAIN_SECONDS, TOGETHER_SECONDS = 600, 60, 0.5
"""A stream ends and is opened anew, so that who was signed out hears no more; what becomes overdue shows each minute."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a page was asked for: filters, where it begins, and the text that stands in no address."""

    filters: Filters
    after: Place | None = None
    text: str = ""


@router.get("")
async def worklist(request: Request, who: Who, world: Reached) -> Response:
    """Show what needs a person, most urgent first. Without a choice: the tasks of one's own role."""
    if not request.url.query and who.role is not Role.ADMIN:
        return RedirectResponse(f"/worklist?role={who.role}", status_code=303)
    return await _page(request, who, world, _asked(request))


@router.post("")
async def of_patient(request: Request, who: Who, world: Reached) -> Response:
    """Show the tasks of patients whose name, number or contact has a text. It comes by POST: addresses name nobody."""
    return await _page(request, who, world, _asked(request, await request.form()))


@router.post("/act")
async def act(request: Request, who: Who, world: Reached) -> Response:
    """Take, give back, hand on or move the due date of what is selected, or of the one row whose button was used."""
    form = await request.form()
    asked = _asked(request, form)
    try:
        chosen, doing = _chosen(form), _doing(form)
        done = await do_to_each(world.call(who.user_id, request_id_of(form)), actor(who), chosen, doing)
    except BadInput as fault:
        return await _page(request, who, world, asked, typed=form, fault=fault)
    return await _page(request, who, world, asked, done=done)


@router.post("/undo")
async def undo(request: Request, who: Who, world: Reached) -> Response:
    """Take back what was just done."""
    form = await request.form()
    undos = [_undo(str(one)) for one in form.getlist("undo")]
    done = await undo_each(world.call(who.user_id, request_id_of(form)), actor(who), undos)
    return await _page(request, who, world, _asked(request, form), done=done)


@router.get("/changes")
async def changes(who: Who, world: Reached) -> Response:  # noqa: ARG001 - the guard
    """Tell an open page that something has changed, by server-sent events."""
    return EventSourceResponse(_told(world), ping=15)


@router.post("/export")
async def export(request: Request, who: Exporter, world: Reached) -> Response:
    """Return what is on screen as a file for a spreadsheet."""
    asked = _asked(request, await request.form())
    clinic, names = await _clinic_and_names(world)
    now = datetime.now(UTC)
    wanted = await _wanted(world, who, asked, clinic)
    pool = await world.reach.pool()
    found = await rows.worklist(pool, wanted, now=now, limit=FILE_MAX + 1)
    left_out, found = len(found) > FILE_MAX, found[:FILE_MAX]
    await put_listed(pool, who.user_id, (row.place.course_id for row in found), what="worklist as a file")
    name = BY_ID[asked.filters.view].name
    log.info("worklist.exported", by=who.user_id, view=asked.filters.view, rows=len(found))
    local = clinic_clock(now, clinic.zone)
    return Response(
        _csv(
            f"{name} ({_narrowed(asked)})",
            f"{local:%Y-%m-%d %H:%M %Z}",
            f"the first {FILE_MAX} rows of more" if left_out else f"{len(found)} rows",
            lines=[line_of(row, clinic, names) for row in found],
        ),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="worklist-{asked.filters.view}-{local:%Y-%m-%d-%H%M}.csv"'
        },
    )


@router.post("/views")
async def keep_view(request: Request, who: Keeper, world: Reached) -> Response:
    """Keep what is on screen as a view, by name."""
    form = await request.form()
    name, asked = str(form.get("name") or "").strip(), _asked(request, form)
    shared = form.get("shared") is not None and may(who.role, Act.SHARE_VIEW)
    if not name or len(name) > NAME_MAX:
        fault = wrong("name", f"name the view, in at most {NAME_MAX} characters")
        return await _page(request, who, world, asked, typed=form, fault=fault)
    await rows.put_view(
        await world.reach.pool(), who.user_id, name, asked.filters.query(), shared=shared, now=datetime.now(UTC)
    )
    return RedirectResponse(f"/worklist?{asked.filters.query()}", status_code=303)


@router.post("/views/drop")
async def drop_view(request: Request, who: Keeper, world: Reached) -> Response:
    """Forget a view of one's own."""
    view = str((await request.form()).get("view_id") or "")
    if not view.isdecimal() or len(view) > 18:
        raise NotFound("there is no such view")
    await rows.drop_view(await world.reach.pool(), who.user_id, int(view))
    return RedirectResponse(f"/worklist?{request.url.query}", status_code=303)


async def _told(world: World) -> AsyncIterator[ServerSentEvent]:
    ends = asyncio.get_running_loop().time() + STREAM_SECONDS
    async with world.changes.heard() as heard:
        while asyncio.get_running_loop().time() < ends:
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), LOOK_AGAIN_SECONDS)
            heard.clear()
            yield ServerSentEvent(event="changed", data="look")
            await asyncio.sleep(TOGETHER_SECONDS)


def _asked(request: Request, form: FormData | None = None) -> Shown:
    given = dict(request.query_params)
    text = "" if form is None else str(form.get("text") or "").strip()[:TEXT_MAX]
    return Shown(filters=Filters.read(given.items()), after=_place(given.get("after", "")), text=text)


def _place(text: str) -> Place | None:
    """Return where a page begins; an address that makes no sense begins at the top."""
    at, _, rest = text.partition("~")
    course_id, _, wait_id = rest.partition("~")
    if not course_id:
        return None
    try:
        return Place(at=LONG_AGO if at == "-" else datetime.fromisoformat(at), course_id=course_id, wait_id=wait_id)
    except ValueError:
        return None


def _place_in_words(place: Place) -> str:
    at = "-" if place.at <= LONG_AGO else place.at.isoformat()
    return f"{at}~{place.course_id}~{place.wait_id}"


async def _clinic_and_names(world: World) -> tuple[Clinic, dict[str, str]]:
    pool = await world.reach.pool()
    return await clinic_of(world.call("")), {one.user_id: one.name for one in await users(pool)}


async def _wanted(world: World, who: SignedIn, asked: Shown, clinic: Clinic) -> rows.Wanted:
    course_ids = None
    if asked.text:
        found = await find_patients(await world.reach.pool(), asked.text)
        course_ids = tuple(course_id for one in found for course_id in one.course_ids)
    return asked.filters.wanted(who.user_id, clinic, course_ids)


async def _page(
    request: Request,
    who: SignedIn,
    world: World,
    asked: Shown,
    *,
    done: Sequence[Done] = (),
    typed: FormData | None = None,
    fault: CommandFailed | None = None,
) -> Response:
    pool, now = await world.reach.pool(), datetime.now(UTC)
    clinic, names = await _clinic_and_names(world)
    wanted = await _wanted(world, who, asked, clinic)
    found = await rows.worklist(pool, wanted, now=now, after=asked.after, limit=PAGE + 1)
    lines = [line_of(row, clinic, names) for row in found[:PAGE]]
    await put_listed(pool, who.user_id, (row.place.course_id for row in found[:PAGE]), what="worklist")
    saved = await rows.saved_views(pool, who.user_id)
    kept = [(one, Filters.read(one.query)) for one in saved]
    narrowed = [asked.filters.in_view(view.id) for view in VIEWS]
    choices = [one.wanted(who.user_id, clinic) for one in (*narrowed, *(filters for _, filters in kept))]
    many = [_count(one) for one in await rows.counts(pool, choices, now=now)]
    people = [one for one in await users(pool) if one.role is not Role.ADMIN]
    return page(
        request,
        "worklist.html",
        status=200 if fault is None else 422,
        zone=clinic.zone,
        names=names,
        now=now,
        filters=asked.filters,
        view=BY_ID[asked.filters.view],
        text=asked.text,
        query=request.url.query,
        views=list(zip(VIEWS, narrowed, many, strict=False)),
        saved=[(one, filters, count) for (one, filters), count in zip(kept, many[len(VIEWS) :], strict=True)],
        lines=lines,
        total=many[list(BY_ID).index(asked.filters.view)] if not asked.text else None,
        next=_place_in_words(found[PAGE - 1].place) if len(found) > PAGE else "",
        is_first=asked.after is None,
        choices=await rows.choices(pool),
        kinds=[(kind.value, KINDS[kind].title) for kind in TASKS],
        roles=[role.value for role in Role if role is not Role.SYSTEM and role is not Role.ADMIN],
        people=people,
        done=done,
        undos=[_undo_in_words(one.undo) for one in done if one.undo is not None],
        typed={} if typed is None else {name: str(value) for name, value in typed.items()},
        selected=set() if typed is None else {str(one).partition("|")[0] for one in typed.getlist("row")},
        fault=fault,
    )


def _count(number: int) -> str:
    return f"{COUNT_MAX - 1}+" if number >= COUNT_MAX else str(number)


def _chosen(form: FormData) -> list[Chosen]:
    """Return the one row whose button was used, or all that are selected, each with who had it when it was shown."""
    one = str(form.get("one") or "").partition(" ")[2]
    marked = [one] if one else [str(each) for each in form.getlist("row")]
    return [Chosen(task=task, owner=owner) for task, _, owner in (each.partition("|") for each in marked)]


def _doing(form: FormData) -> Doing:
    verb = str(form.get("one") or form.get("act") or "").partition(" ")[0]
    if verb not in set(Verb):
        raise wrong("act", "choose what to do")
    due = str(form.get("due_on") or "").strip()
    try:
        due_on = day_written(due) if due else None
    except ValueError:
        raise wrong("due_on", "expected a day such as 2026-03-05") from None
    to, reason = str(form.get("to") or "") or None, str(form.get("reason") or "").strip() or None
    return Doing(verb=Verb(verb), to=to, due_on=due_on, reason=reason)


def _undo_in_words(one: Undo) -> str:
    return f"{one.task}|{one.verb}|{one.before}|{one.since}"


def _undo(text: str) -> Undo:
    parts = text.split("|")
    if len(parts) != 4 or parts[1] not in set(Verb):
        raise BadInput("this undo makes no sense; open the page anew")
    task, verb, before, since = parts
    if verb == Verb.DEADLINE:
        try:
            date.fromisoformat(before)
        except ValueError:
            raise BadInput("this undo makes no sense; open the page anew") from None
    return Undo(task=task, verb=Verb(verb), before=before, since=since)


def _narrowed(asked: Shown) -> str:
    given = asked.filters
    parts = [one for one in (given.role, given.payer, given.clinician, given.kind) if one]
    return ", ".join([*parts, *(["some patients"] if asked.text else [])]) or "all"


def _csv(*head: str, lines: Sequence[Line]) -> bytes:
    """Return a file that spreadsheets open as it is: marked as UTF-8, and without a cell that is a formula."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow([cell(one) for one in head])
    write.writerow([column for column, _ in COLUMNS])
    write.writerows([cell(_yes(getattr(line, field))) for _, field in COLUMNS] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def _yes(value: object) -> object:
    return ("yes" if value else "") if isinstance(value, bool) else value
