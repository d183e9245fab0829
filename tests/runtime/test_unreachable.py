"""A server that is not there is named, with where it was looked for, and never with a password."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from runtime.database import open_pool, wait_for_database
from runtime.embedded import EmbeddedStack
from runtime.embedded.ports import any_free_port
from runtime.payloads import KeyRing
from runtime.settings import Settings
from runtime.temporal import connect
from runtime.unreachable import Unreachable


def settings_for(temporal_address: str, *, namespace: str = "default") -> Settings:
    return Settings(
        temporal_address=temporal_address,
        temporal_namespace=namespace,
        database_url="",
        payload_keys=KeyRing.generate(),
    )


async def test_a_temporal_that_is_not_there_is_named() -> None:
    address = f"127.0.0.1:{any_free_port()}"

    with pytest.raises(Unreachable, match=f"Temporal at {address} cannot be reached"):
        await connect(settings_for(address))


async def test_a_temporal_that_accepts_and_never_answers_is_given_up_in_time() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(60), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(Unreachable, match="no answer within 1 s"):
        await connect(settings_for(f"127.0.0.1:{port}"), patience=timedelta(seconds=1))

    server.close()


async def test_a_namespace_that_is_not_there_is_named(embedded: EmbeddedStack) -> None:
    address = embedded.settings().temporal_address

    with pytest.raises(Unreachable, match="it has no namespace 'elsewhere'"):
        await connect(settings_for(address, namespace="elsewhere"))


async def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    port = any_free_port()

    with pytest.raises(Unreachable) as outage:
        await open_pool(f"postgresql://regimen:tiger@127.0.0.1:{port}/regimen")

    assert f"127.0.0.1:{port}/regimen" in str(outage.value)
    assert "tiger" not in str(outage.value)


async def test_a_wrong_password_and_a_missing_database_are_told_apart(embedded: EmbeddedStack) -> None:
    url = embedded.settings().database_url
    user, _, rest = url.removeprefix("postgresql://").partition("@")

    with pytest.raises(Unreachable, match="refused our user or password"):
        await open_pool(f"postgresql://regimen:wrong@{rest}")
    with pytest.raises(Unreachable, match="no database of that name"):
        await open_pool(f"postgresql://{user}@{rest}-2")


async def test_a_worker_waits_until_the_database_comes(embedded: EmbeddedStack) -> None:
    await embedded.stop_postgres()
    waiting = asyncio.create_task(wait_for_database(embedded.settings().database_url))

    await embedded.start_postgres()

    pool = await waiting
    assert await pool.fetchval("select 1") == 1
    await pool.close()


@pytest.mark.long
async def test_a_statement_that_hangs_is_given_up_before_an_activity_would_be(embedded: EmbeddedStack) -> None:
    pool = await open_pool(embedded.settings().database_url)

    with pytest.raises((TimeoutError, asyncpg.QueryCanceledError)):
        await pool.execute("select pg_sleep(30)")

    await pool.close()
