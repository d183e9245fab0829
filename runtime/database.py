"""The pool of connections to PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg
import structlog

from runtime.unreachable import Unreachable

__all__ = ["ConnectionPool", "Unreachable", "open_pool", "place_of", "wait_for_database"]

CONNECT_SECONDS = 3.0
COMMAND_SECONDS = 4.0
"""Both stay under the 5 s that a journal activity has, so that it fails with the database's reason."""

ConnectionPool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

_OUTAGES = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError)

log = structlog.stdlib.get_logger(__name__)


def place_of(database_url: str) -> str:
    """Return host, port and name of a database without user and password, to name it in messages."""
    parts = urlsplit(database_url)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"


async def open_pool(database_url: str, *, min_size: int = 1, max_size: int = 10) -> ConnectionPool:
    """Open a pool or raise `Unreachable` after a few seconds."""
    try:
        return await asyncpg.create_pool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings={"application_name": "regimen", "timezone": "UTC"},
        )
    except (*_OUTAGES, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as problem:
        raise Unreachable("the database", place_of(database_url), _reason(problem)) from problem


def _reason(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError):
        return f"no answer within {CONNECT_SECONDS:.0f} s"
    if isinstance(problem, asyncpg.InvalidAuthorizationSpecificationError):
        return "it refused our user or password"
    if isinstance(problem, asyncpg.InvalidCatalogNameError):
        return "there is no database of that name"
    return type(problem).__name__


async def wait_for_database(database_url: str, *, max_size: int = 10) -> ConnectionPool:
    """Open a pool, however long the database takes to come. For workers; people get `open_pool`'s error."""
    pause = timedelta(seconds=0.5)
    while True:
        try:
            return await open_pool(database_url, max_size=max_size)
        except Unreachable as outage:
            log.warning("database.awaited", where=outage.where, again_in_seconds=pause.total_seconds())
        await asyncio.sleep(pause.total_seconds())
        pause = min(pause * 2, timedelta(seconds=15))
