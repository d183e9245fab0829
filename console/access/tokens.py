"""Tokens of integrations: made, listed and revoked by an admin. What is made is shown once; only its hash is kept."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import Field
from starlette.responses import Response

from console.access.guard import NOTHING, only
from console.access.session import hash_of
from console.access.table import Act
from console.acting import pairs_of
from console.forms import fields_of
from console.page import page
from console.world import World, world_of
from domain.clinic_time import instant_of
from domain.record import Edge
from office.errors import AlreadyThere, BadInput, CommandFailed, NotFound, WrongField
from office.fields import Clock, read_fact
from office.finding import clock_of
from readmodel import tokens as kept
from readmodel.access import SignedIn
from readmodel.people import user

router = APIRouter(include_in_schema=False)
Manager = Annotated[SignedIn, Depends(only(Act.MANAGE_TOKENS))]
Reached = Annotated[World, Depends(world_of)]
PREFIX = "rgm_"
"""So that a token which went where it should not is recognised."""
LASTS = timedelta(days=365)
NAME = r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$"


class TokenWanted(Edge):
    """A token for an integration."""

    name: str = Field(
        min_length=1, max_length=80, pattern=NAME, description="what uses it, such as `scheduling-export`"
    )
    user_id: str = Field(min_length=1, description="the user of the list that it acts as, with this user's role")
    until_on: date | None = Field(default=None, description="its last day; default: a year from now")


async def make(world: World, by: SignedIn, wanted: TokenWanted) -> tuple[str, kept.Token]:
    """Return a new token, which nobody can read again, and how lists show it. Raises `BadInput`, `AlreadyThere`."""
    pool, clock = await world.reach.pool(), await clock_of(world.call(by.user_id))
    if await user(pool, wanted.user_id) is None:
        said = "no user of this id who may act"
        raise BadInput(f"user_id: {said}", [WrongField(field="user_id", problem=said, expected="a user of the list")])
    last = wanted.until_on or clock.today + LASTS
    if not clock.today <= last <= clock.today + 10 * LASTS:
        fault = WrongField(field="until_on", problem="too early or too late", expected="a day within ten years")
        raise BadInput(str(fault), [fault])
    token = PREFIX + secrets.token_urlsafe(32)
    made = await kept.put_token(
        pool,
        hash_of(token),
        name=wanted.name,
        user_id=wanted.user_id,
        made_by=by.user_id,
        now=datetime.now(UTC),
        ends_at=instant_of(last + timedelta(days=1), time.min, clock.zone),
    )
    if made is None:
        raise AlreadyThere(f"a token is, or was, named {wanted.name}; choose another name")
    return token, made


async def revoke(world: World, name: str) -> None:
    """Let a token be good for nothing. Raises `NotFound`."""
    if not await kept.revoke(await world.reach.pool(), name, now=datetime.now(UTC)):
        raise NotFound(NOTHING)


@router.get("/settings/tokens")
async def show_tokens(request: Request, who: Manager, world: Reached) -> Response:  # noqa: ARG001 - the guard
    """Show the tokens of integrations."""
    return await _page(request, world)


@router.post("/settings/tokens")
async def make_token(request: Request, who: Manager, world: Reached) -> Response:
    """Make a token and show it, once."""
    typed = pairs_of(await request.form())
    clock: Clock = await clock_of(world.call(who.user_id))
    try:
        token, made = await make(world, who, read_fact(TokenWanted, typed, {}, clock))
    except (BadInput, AlreadyThere) as wrong:
        return await _page(request, world, typed=dict(typed), wrong=wrong)
    return await _page(request, world, token=token, made=made)


@router.post("/settings/tokens/{name}/revoke")
async def revoke_token(who: Manager, world: Reached, name: str) -> Response:  # noqa: ARG001 - the guard
    """Revoke a token."""
    await revoke(world, name)
    return RedirectResponse("/settings/tokens", status_code=303)


async def _page(
    request: Request,
    world: World,
    *,
    token: str = "",
    made: kept.Token | None = None,
    typed: dict[str, str] | None = None,
    wrong: CommandFailed | None = None,
) -> Response:
    clock = await clock_of(world.call())
    faults = [] if wrong is None else wrong.fields or [WrongField(field="name", problem=wrong.message, expected="")]
    return page(
        request,
        "tokens.html",
        status=200 if wrong is None else 422,
        tokens=await kept.tokens(await world.reach.pool()),
        fields=fields_of(TokenWanted, typed=typed, faults=faults),
        token=token,
        made=made,
        now=clock.now,
        zone=clock.zone,
    )
