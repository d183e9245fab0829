from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from readmodel.pool import Pool
from tests.readmodel.databases import Server, a_pool, a_server


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with a_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
async def pool(server: Server) -> AsyncIterator[Pool]:
    async with a_pool(await server.create()) as pool:
        yield pool
