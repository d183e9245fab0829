"""Writes: each once in effect by its sender's key, and none upon something that has changed since it was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response

from console.access.guard import only
from console.access.table import Act
from console.api.problems import ChangedSince, OtherWrite, StillAtWork
from console.world import World, world_of
from office.call import Call
from readmodel.access import SignedIn
from readmodel.answers import forget_key, given, put_answer, take_key

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=64,
        pattern=r"^[!-~]+$",
        description="sent again with the same key and body, a write is answered again and not done again",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=400, description="the ETag that was read; 412 when the task has changed since"),
]


@dataclass(frozen=True)
class Write:
    """One write as it was sent."""

    request: Request
    world: World
    who: SignedIn
    key: str | None
    request_id: str

    @property
    def call(self) -> Call:
        """Return the call that takes effect once."""
        return self.world.call(self.who.user_id, self.request_id)

    async def once(
        self,
        work: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        status: int = 200,
        location: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> Response:
        """Do the work, or answer as it was answered. What fails has changed nothing, and may be sent again as it is."""
        if self.key is None:
            return _answer(status, jsonable_encoder(await work()), location)
        pool, user_id, asked_for = await self.world.reach.pool(), self.who.user_id, await self._hash()
        if not await take_key(pool, user_id, self.key, asked_for, now=datetime.now(UTC)):
            return await self._again(asked_for, location)
        try:
            body = jsonable_encoder(await work())
        except BaseException:
            await forget_key(pool, user_id, self.key, now=datetime.now(UTC))
            raise
        await put_answer(pool, user_id, self.key, status=status, body=json.dumps(body))
        return _answer(status, body, location)

    async def _again(self, asked_for: bytes, location: Callable[[Mapping[str, Any]], str] | None) -> Response:
        known = await given(await self.world.reach.pool(), self.who.user_id, self.key or "")
        if known is None:
            raise StillAtWork("it has just failed; send it again")
        if known.request_hash != asked_for:
            raise OtherWrite("this key was used for another request; take a new key for each write")
        if known.status is None or known.body is None:
            raise StillAtWork("send it again in a moment: it is answered then")
        answer = _answer(known.status, json.loads(known.body), location)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer

    async def _hash(self) -> bytes:
        parts = (self.request.method, self.request.url.path, self.request.url.query)
        return hashlib.sha256("\n".join(parts).encode() + b"\n" + await self.request.body()).digest()


def _answer(status: int, body: Any, location: Callable[[Mapping[str, Any]], str] | None) -> Response:
    headers = {} if location is None else {"Location": location(body)}
    if body.get("etag"):
        headers["ETag"] = body["etag"]
    return JSONResponse(body, status_code=status, headers=headers)


def writes(act: Act) -> Callable[..., Awaitable[Write]]:
    """Return what makes a request a write of somebody who may do this."""

    async def write(
        request: Request,
        world: Annotated[World, Depends(world_of)],
        who: SignedIn = Depends(only(act)),
        key: Key = None,
    ) -> Write:
        # Keys of two senders may be the same: what reaches the course is the key with who sent it.
        request_id = str(uuid4()) if key is None else f"api:{who.user_id}:{key}"
        return Write(request=request, world=world, who=who, key=key, request_id=request_id)

    return write


def see_unchanged(if_match: str | None, etag: str, current: Mapping[str, Any]) -> None:
    """Let a write pass only upon what its sender has read. Raises `ChangedSince`."""
    if if_match is None or if_match.strip() == "*":
        return
    if etag not in {one.strip() for one in if_match.split(",")}:
        raise ChangedSince(current, etag)
