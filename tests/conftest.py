from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.kit.world import World, a_world


@pytest_asyncio.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Give one real stack, with its clinic and a worker in this process, to all tests that leave it running."""
    async with a_world(tmp_path_factory.mktemp("world") / "state") as world, world.worker():
        yield world
