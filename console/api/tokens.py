"""Tokens of integrations, for an admin's own programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field

from console.access import tokens as making
from console.access.guard import only
from console.access.table import Act
from console.access.tokens import TokenWanted
from console.api.paging import Page
from console.api.seeing import Reached
from readmodel import tokens as kept
from readmodel.access import SignedIn
from readmodel.tokens import Token

router = APIRouter(tags=["tokens"])
Manager = Annotated[SignedIn, Depends(only(Act.MANAGE_TOKENS))]


class NewToken(Token):
    """A token that was just made: the only time that it is shown."""

    token: str = Field(description="send it as `Authorization: Bearer TOKEN`")


@router.get("/tokens")
async def list_tokens(who: Manager, world: Reached) -> Page[Token]:  # noqa: ARG001 - the guard
    """List tokens, those that are good first. What a token is nobody can say any more."""
    return Page(items=await kept.tokens(await world.reach.pool()), next=None)


@router.post("/tokens", status_code=201)
async def make_token(who: Manager, world: Reached, wanted: TokenWanted) -> NewToken:
    """Make a token. It takes no Idempotency-Key, since no answer that holds it is kept: its name makes it once.

    409: a token is, or was, named so.
    """
    token, made = await making.make(world, who, wanted)
    return NewToken.model_validate(made.model_dump() | {"token": token})


@router.delete("/tokens/{name}", status_code=204)
async def revoke_token(who: Manager, world: Reached, name: str) -> Response:  # noqa: ARG001 - the guard
    """Revoke a token. Revoked twice it is revoked."""
    await making.revoke(world, name)
    return Response(status_code=204)
