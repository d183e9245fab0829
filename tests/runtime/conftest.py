from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runtime.embedded import EmbeddedStack


@pytest_asyncio.fixture(scope="session")
async def embedded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStack]:
    """Give a real stack of both servers for the tests that leave it as they found it."""
    state = tmp_path_factory.mktemp("stack") / "state"
    async with EmbeddedStack(state, synchronous="normal", usual_ports=False, web_ui=False, throw_away=True) as stack:
        yield stack
