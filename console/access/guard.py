"""What stands before every page: who is signed in, may he do this, and does the form come from our own page."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from console.access.limits import PerMinute
from console.access.session import hash_of, who_is
from console.access.table import Act, may
from console.world import World, world_of
from office.errors import BadInput, NotFound, WrongField
from readmodel.access import SignedIn
from readmodel.tokens import by_token

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
API = "/api/"
NUL = "\x00"
NOTHING = "there is no such page"
"""What is said of a thing that is not there, and of one that the person may not know of."""


class NotSignedIn(Exception):
    """Nobody is signed in, or no longer. What was typed is kept by the page and can be sent again."""


class ForeignForm(Exception):
    """The form does not come from a page that this person was shown."""


async def signed_in(request: Request, world: Annotated[World, Depends(world_of)]) -> SignedIn:
    """Return who is signed in. Raises `NotSignedIn`, or `ForeignForm` for a write that no page of ours sent.

    The API is also open to tokens of integrations. They come in a header that no other site can send, so need no CSRF.
    """
    if request.url.path.startswith(API) and "authorization" in request.headers:
        integration = await _by_token(request, world)
        request.state.who = integration
        return integration
    who = await who_is(request, world.settings, await world.reach.pool())
    if who is None:
        raise NotSignedIn
    if request.method in UNSAFE and not await _is_ours(request, who):
        raise ForeignForm
    request.state.who = who
    if not request.url.path.startswith(API):  # of the API each field has its own schema
        await _see_text(request)
    return who


Who = Annotated[SignedIn, Depends(signed_in)]


def only(act: Act) -> Callable[..., Awaitable[SignedIn]]:
    """Return what lets only those pass who may do this. To others the page looks as if it were not there."""

    async def passes(who: Who) -> SignedIn:
        if not may(who.role, act):
            raise NotFound(NOTHING)
        return who

    passes.__dict__["act"] = act
    return passes


async def _by_token(request: Request, world: World) -> SignedIn:
    kind, _, token = request.headers["authorization"].partition(" ")
    who = None
    if kind.casefold() == "bearer" and token.strip():
        who = await by_token(await world.reach.pool(), hash_of(token.strip()), now=datetime.now(UTC))
    if who is None:
        failures: PerMinute = request.app.state.failures
        await failures.pass_or_raise("token", address_of(request))
        raise NotSignedIn
    return who


async def _see_text(request: Request) -> None:
    """Refuse the one character that PostgreSQL cannot keep, wherever somebody has pasted it. Raises `BadInput`."""
    typed = [*request.query_params.multi_items()]
    if request.method in UNSAFE:
        typed += [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    for name, value in typed:
        if NUL in name + value:
            fault = WrongField(field=name.replace(NUL, ""), problem="cannot be kept", expected="text without NUL")
            raise BadInput(str(fault), [fault])


def address_of(request: Request) -> str:
    """Return where a request comes from, as the proxy that may stand before us says."""
    return request.client.host if request.client else "?"


async def _is_ours(request: Request, who: SignedIn) -> bool:
    given: Any = request.headers.get("x-csrf-token")
    if given is None:
        given = (await request.form()).get("csrf")
    return is_csrf_of(who, given)


def is_csrf_of(who: SignedIn, given: object) -> bool:
    """Whether a form's token is the one that this person's pages carry."""
    return isinstance(given, str) and hmac.compare_digest(given.encode(), who.csrf.encode())
