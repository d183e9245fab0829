"""Lists that are open hear that something changed: one listening connection a process, however many pages are open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog

from office.errors import NotReachable
from office.reach import Reach

CHANNEL = "regimen_lists"
LISTEN_AGAIN_SECONDS = 2.0
"""A connection that is lost is opened again; then everybody looks, since something may have been missed."""

log = structlog.stdlib.get_logger(__name__)


class Changes:
    """Tells who listens that the read model has changed, never what. Listens only while somebody does."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._heard: set[asyncio.Event] = set()
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def heard(self) -> AsyncIterator[asyncio.Event]:
        """Yield what is set at each change. Whoever has seen it clears it."""
        mine = asyncio.Event()
        self._heard.add(mine)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            yield mine
        finally:
            self._heard.discard(mine)
            if not self._heard and self._listening is not None:
                listening, self._listening = self._listening, None
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening

    async def _listen(self) -> None:
        while True:
            try:
                await self._until_lost()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, NotReachable) as problem:
                log.warning("changes.lost", reason=type(problem).__name__)
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    async def _until_lost(self) -> None:
        lost = asyncio.Event()
        pool = await self._reach.pool()
        async with pool.acquire() as connection:
            connection.add_termination_listener(lambda *_: lost.set())
            await connection.add_listener(CHANNEL, self._tell)
            try:
                self._tell()  # what changed before is seen by whoever looks now
                await lost.wait()
            finally:
                with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
                    await connection.remove_listener(CHANNEL, self._tell)

    def _tell(self, *_: Any) -> None:
        for one in self._heard:
            one.set()
