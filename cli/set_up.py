"""Brings real servers to this version before workers start: `python -m cli.set_up`. Can be repeated."""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg
from temporalio.client import Client
from temporalio.service import RPCError

from readmodel.migrate import migrate
from runtime.database import place_of
from runtime.environment import Environment, SettingsError
from runtime.namespace import ensure_namespace
from runtime.unreachable import Unreachable


async def set_up(database_url: str, temporal_address: str, namespace: str) -> None:
    """Apply the migrations and prepare the namespace. Needs no payload keys: it reads no course."""
    try:
        applied = await migrate(database_url)
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError) as problem:
        raise Unreachable("the database", place_of(database_url), type(problem).__name__) from problem
    for name in applied:
        sys.stdout.write(f"migrated {name}\n")
    try:
        await ensure_namespace(await Client.connect(temporal_address, namespace=namespace))
    except (RuntimeError, RPCError) as problem:
        raise Unreachable("Temporal", temporal_address, type(problem).__name__) from problem
    sys.stdout.write(f"namespace {namespace} is ready\n")


def main() -> int:
    env = Environment(os.environ)
    try:
        database_url = env.url("REGIMEN_DATABASE_URL", schemes=("postgresql", "postgres"))
        address = env.text("REGIMEN_TEMPORAL_ADDRESS")
        if not database_url:
            raise SettingsError("REGIMEN_DATABASE_URL", "is not set")  # noqa: TRY301 - one place for the answer
        if not address:
            raise SettingsError("REGIMEN_TEMPORAL_ADDRESS", "is not set")  # noqa: TRY301 - as above
        asyncio.run(set_up(database_url, address, env.text("REGIMEN_TEMPORAL_NAMESPACE") or "default"))
    except SettingsError as problem:
        sys.stderr.write(f"regimen: {problem}\n")
        return 2
    except Unreachable as outage:
        sys.stderr.write(f"regimen: {outage}\n")
        return 69
    return 0


if __name__ == "__main__":
    sys.exit(main())
