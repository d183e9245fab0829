from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import settings

from tests.kit.world import World, a_world

# No timed assertions: a busy machine makes no example wrong. Everything else as Hypothesis has it here or in CI.
settings.register_profile("untimed", parent=settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")


@pytest_asyncio.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Give one real stack, with its clinic and a worker in this process, to all tests that leave it running."""
    async with a_world(tmp_path_factory.mktemp("world") / "state") as world, world.worker():
        yield world
