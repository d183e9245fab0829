"""Pages: what is stuck, by cause, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import only
from console.access.table import Act
from console.acting import actor, request_id_of
from console.page import page
from console.world import World, world_of
from office.at_tasks import Chosen, Doing, Done, Verb, do_to_each
from office.errors import BadInput
from office.fields import day_written
from office.finding import clinic_of, wrong
from office.stuck import ASSIGN, DEADLINE, RETRY, what_is_stuck
from readmodel.access import SignedIn
from readmodel.people import users

router = APIRouter()

Reached = Annotated[World, Depends(world_of)]
Reader = Annotated[SignedIn, Depends(only(Act.SEE_STUCK))]
Repairer = Annotated[SignedIn, Depends(only(Act.REPAIR))]

VERBS = {RETRY: Verb.RETRY, DEADLINE: Verb.DEADLINE, ASSIGN: Verb.ASSIGN}


@dataclass(frozen=True)
class Typed:
    """What was typed into the form, shown again where it is wrong."""

    act: str = ""
    to: str = ""
    due_on: str = ""
    reason: str = ""
    rows: tuple[str, ...] = ()


NOTHING = Typed()


@router.get("/stuck")
async def stuck(request: Request, who: Reader, world: Reached, cause: str = "") -> Response:
    """Show what does not go on: all causes, and the rows of one of them."""
    return await _page(request, who, world, cause)


@router.post("/stuck")
async def repair(request: Request, who: Repairer, world: Reached) -> Response:
    """Retry now, change the deadline, or hand to a person, one or many; each row says what became of it."""
    form = await request.form()
    typed, cause = _typed(form), str(form.get("cause") or "")
    try:
        if typed.act not in {str(verb) for verb in VERBS.values()}:
            raise wrong("act", "choose what to do")
        doing = Doing(verb=Verb(typed.act), to=typed.to or None, due_on=_day(typed.due_on), reason=typed.reason or None)
        chosen = [Chosen(task=task, owner=owner) for task, _, owner in (row.partition("|") for row in typed.rows)]
        done = await do_to_each(world.call(who.user_id, request_id_of(form)), actor(who), chosen, doing)
    except BadInput as fault:
        return await _page(request, who, world, cause, typed=typed, fault=fault)
    return await _page(request, who, world, cause, done=done)


def _typed(form: FormData) -> Typed:
    given = {name: str(form.get(name) or "").strip() for name in ("act", "to", "due_on", "reason")}
    return Typed(**given, rows=tuple(str(row) for row in form.getlist("row")))


def _day(text: str) -> date | None:
    try:
        return day_written(text) if text else None
    except ValueError:
        raise wrong("due_on", "expected a day such as 2026-03-05") from None


async def _page(
    request: Request,
    who: SignedIn,
    world: World,
    cause: str,
    *,
    typed: Typed = NOTHING,
    fault: BadInput | None = None,
    done: list[Done] | None = None,
) -> Response:
    call = world.call(who.user_id)
    found = await what_is_stuck(call)
    shown = next((one for one in found.causes if one.key == cause), None)
    if shown is None and not cause:
        shown = next((one for one in found.causes if found.rows_of(one.key)), None)
    people = await users(await world.reach.pool())
    context: dict[str, Any] = {
        "zone": (await clinic_of(call)).zone,
        "found": found,
        "cause": cause,
        "shown": shown,
        "rows": [] if shown is None else found.rows_of(shown.key),
        "verbs": [(can, str(VERBS[can])) for can in (() if shown is None else shown.can)],
        "people": people,
        "names": {one.user_id: one.name for one in people},
        "typed": typed,
        "fault": fault,
        "done": done,
    }
    return page(request, "stuck.html", status=422 if fault else 200, **context)
