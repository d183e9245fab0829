from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.console.kit import Quiet, a_console
from tests.kit.world import World, a_world


@pytest_asyncio.fixture(scope="session")
async def console(world: World) -> AsyncIterator[str]:
    """Give the address of the console of the stack that all whole-course tests share."""
    async with a_console(world) as url:
        yield url


@pytest_asyncio.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[Quiet]:
    """Give a clinic of its own to a test that looks at the first screen of a list."""
    async with a_world(tmp_path / "state") as world, world.worker(), a_console(world) as url:
        yield Quiet(world=world, url=url)
