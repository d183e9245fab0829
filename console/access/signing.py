"""Signing in and out: by OpenID Connect, or on the embedded stack as a sample user with one click."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from console.access import session
from console.access.guard import NOTHING, ForeignForm, Who, address_of, is_csrf_of
from console.access.limits import PerMinute
from console.access.provider import Provider, SignInFailed
from console.page import page
from console.settings import ConsoleSettings
from console.world import World, world_of
from office.errors import NotFound
from readmodel import access
from readmodel.lookups import clinic
from readmodel.people import user, users

log = structlog.stdlib.get_logger(__name__)

router = APIRouter(include_in_schema=False)
Reached = Annotated[World, Depends(world_of)]
AT_THE_PROVIDER = timedelta(minutes=10)
"""How long somebody may take there."""
CALLBACK = "/sign-in/callback"


def safe_path(request: Request) -> str:
    """Return where the person was, for the way back after signing in; never another site."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return quote(path, safe="")


def _local(path: str) -> str:
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


@router.get("/sign-in")
async def sign_in(request: Request, world: Reached, then: str = "/") -> Response:
    """Show how to sign in."""
    people = await users(await world.reach.pool()) if world.sample_sign_in else []
    return page(request, "sign_in.html", people=people, then=_local(then), provider=world.settings.provider)


@router.post("/sign-in/sample")
async def sign_in_as_sample(
    request: Request, world: Reached, user_id: Annotated[str, Form()], then: Annotated[str, Form()] = "/"
) -> Response:
    """Sign in as a user of the list. Only where nothing real can be reached."""
    if not world.sample_sign_in:
        raise NotFound(NOTHING)
    known = await user(await world.reach.pool(), user_id)
    if known is None:
        failures: PerMinute = request.app.state.failures
        await failures.pass_or_raise("sign-in", address_of(request))
        raise NotFound("there is no such user")
    return await _signed_in(request, world, known.user_id, then)


@router.get("/sign-in/provider")
async def sign_in_at_provider(request: Request, world: Reached, then: str = "/") -> Response:
    """Send a person to the provider. Cookie and database each keep a part of what he must come back with."""
    provider = await _provider(request)
    url, state, begun = await provider.begin(_local(then))
    pool, now = await world.reach.pool(), datetime.now(UTC)
    await access.put_sign_in_begun(pool, session.hash_of(state), begun, now=now, lasts=AT_THE_PROVIDER)
    response = RedirectResponse(url, status_code=303)
    response.set_cookie(
        _state_cookie(world.settings),
        state,
        max_age=int(AT_THE_PROVIDER.total_seconds()),
        httponly=True,
        secure=world.settings.is_secure,
        samesite="lax",
        path="/",
    )
    return response


@router.get(CALLBACK)
async def back_from_provider(request: Request, world: Reached, state: str = "", code: str = "") -> Response:
    """Take a person back from the provider, in the browser that he left with, once."""
    provider = await _provider(request)
    try:
        named, back_to = await _named(request, world, provider, state, code)
    except SignInFailed as failed:
        log.warning("sign_in.failed", reason=str(failed))
        response: Response = _not_signed_in(request, "The sign-in did not come to its end. Please begin again.")
    else:
        known = await user(await world.reach.pool(), named)
        if known is not None:
            response = await _signed_in(request, world, known.user_id, back_to)
        else:
            log.warning("sign_in.no_such_user")
            said = "You were signed in by the provider, but may not use Regimen with this account. An admin can help."
            response = _not_signed_in(request, said)
    response.delete_cookie(
        _state_cookie(world.settings), path="/", secure=world.settings.is_secure, httponly=True, samesite="lax"
    )
    return response


async def _named(request: Request, world: World, provider: Provider, state: str, code: str) -> tuple[str, str]:
    kept = request.cookies.get(_state_cookie(world.settings), "")
    if not state or not hmac.compare_digest(kept.encode(), state.encode()):
        raise SignInFailed("another state, or none")
    pool = await world.reach.pool()
    begun = await access.take_sign_in_begun(pool, session.hash_of(state), now=datetime.now(UTC))
    if begun is None:
        raise SignInFailed("a state that was used, or is too old")
    if not code:
        raise SignInFailed("the provider said no")
    return await provider.who(code, begun), begun.back_to


async def _signed_in(request: Request, world: World, user_id: str, then: str) -> Response:
    response = RedirectResponse(_local(then), status_code=303)
    pool = await world.reach.pool()
    await session.forget(request, world.settings, pool)
    await session.begin(request, response, world.settings, pool, user_id)
    return response


async def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound(NOTHING)
    sign_ins: PerMinute = request.app.state.sign_ins
    await sign_ins.pass_or_raise(address_of(request))
    return provider


def _not_signed_in(request: Request, said: str) -> Response:
    return page(request, "problem.html", status=403, title="You are not signed in", said=said, fields=())


def _state_cookie(settings: ConsoleSettings) -> str:
    return "__Host-regimen-sign-in" if settings.is_secure else "regimen-sign-in"


@router.get("/sign-in/now")
async def now(request: Request, who: Who) -> Response:
    """Say nothing where a form would be taken; else what a page shows beside the form, which stays as it was typed."""
    if not is_csrf_of(who, request.headers.get("x-csrf-token")):
        raise ForeignForm
    return Response(status_code=204)


@router.post("/sign-out")
async def sign_out(request: Request, who: Who, world: Reached) -> Response:  # noqa: ARG001 - the guard looks at the form
    """Sign out."""
    response = RedirectResponse("/sign-in", status_code=303)
    await session.end(request, response, world.settings, await world.reach.pool())
    return response


@router.get("/settings/sign-ins")
async def sign_ins(request: Request, who: Who, world: Reached) -> Response:
    """Show where one is signed in."""
    pool = await world.reach.pool()
    places = await session.places_of(request, world.settings, pool, who.user_id)
    return page(request, "sign_ins.html", places=places, zone=await _zone(world))


@router.post("/sign-out/everywhere")
async def sign_out_everywhere(request: Request, who: Who, world: Reached) -> Response:
    """Sign out in all browsers: one was lost, or left open."""
    pool = await world.reach.pool()
    await access.sign_out_everywhere(pool, who.user_id)
    response = RedirectResponse("/sign-in", status_code=303)
    await session.end(request, response, world.settings, pool)
    return response


async def _zone(world: World) -> str:
    known = await clinic(await world.reach.pool())
    return "UTC" if known is None else known.zone
