"""The console against the stack that all whole-course tests share: served on a port of its own, asked by httpx."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpx

from console.app import console_app
from console.settings import ConsoleSettings
from runtime.codec_endpoint import serving
from runtime.embedded.ports import any_free_port
from tests.kit.world import World


@dataclass(frozen=True)
class Quiet:
    """A clinic in which nobody else has courses, and the address of its console."""

    world: World
    url: str


@asynccontextmanager
async def a_console(world: World, **settings: Any) -> AsyncIterator[str]:
    """Serve the console of a world and yield its address."""
    port = any_free_port()
    url = f"http://127.0.0.1:{port}"
    told: dict[str, Any] = {"host": "127.0.0.1", "port": port, "url": url} | settings
    app = console_app(ConsoleSettings(**told))
    with patch.dict("os.environ", world.stack.environment()):
        async with app.router.lifespan_context(app), serving(app, port=port):
            yield url


@dataclass
class Person:
    """Somebody who is signed in, without a browser: for what a page or an endpoint answers."""

    user_id: str
    http: httpx.AsyncClient
    pages: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        """Send a form as a page of ours would."""
        return await self.http.post(path, data={"csrf": await self.csrf()} | data)

    async def csrf(self) -> str:
        shown = await self.http.get("/find")
        found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert found, f"{self.user_id} is shown a page: {shown.status_code}"
        return found[1]


@asynccontextmanager
async def signed_in(url: str, user_id: str) -> AsyncIterator[Person]:
    """Sign a sample user in."""
    async with httpx.AsyncClient(base_url=url, follow_redirects=True, timeout=30) as http:
        answer = await http.post("/sign-in/sample", data={"user_id": user_id, "then": "/static/icon.svg"})
        assert answer.status_code == httpx.codes.OK, answer.text
        yield Person(user_id=user_id, http=http)


__all__ = ["Person", "Quiet", "a_console", "signed_in"]
