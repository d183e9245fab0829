"""A real PostgreSQL for tests: one server per run, one database per test, copied from a migrated one."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from readmodel.migrate import migrate
from readmodel.pool import Pool
from runtime.embedded import EmbeddedStack

NUMBERS = itertools.count(1)
TEMPLATE = "regimen_template"


class Server:
    """One PostgreSQL with a migrated database to copy."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, database: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{database}"))

    async def prepare(self) -> None:
        await self._run(f"create database {TEMPLATE}")
        await migrate(self.url(TEMPLATE))

    async def create(self, template: str = TEMPLATE) -> str:
        """Return the URL of a new database."""
        name = f"test_{next(NUMBERS)}"
        await self._run(f"create database {name} template {template}")
        return self.url(name)

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def a_server(state: Path) -> AsyncIterator[Server]:
    async with EmbeddedStack(
        state, synchronous="normal", usual_ports=False, only=["postgres"], throw_away=True
    ) as stack:
        assert stack.postgres
        server = Server(stack.postgres.url)
        await server.prepare()
        yield server


@asynccontextmanager
async def a_pool(url: str, *, max_size: int = 10) -> AsyncIterator[Pool]:
    pool = await asyncpg.create_pool(url, min_size=1, max_size=max_size, server_settings={"timezone": "UTC"})
    try:
        yield pool
    finally:
        await pool.close()
