"""Pages in a real browser, Debian's Chromium, against the console of the stack that all whole-course tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.kit import CHROMIUM_SWITCHES
from tests.console.kit import a_console
from tests.kit.world import World

WAYS = ("chromium", "chromium-browser", "google-chrome")


@pytest_asyncio.fixture(scope="session")
async def console(world: World) -> AsyncIterator[str]:
    """Give the address of the console."""
    async with a_console(world) as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Give the browser that `make test-browser` installs, or the one that REGIMEN_CHROMIUM names."""
    path = os.environ.get("REGIMEN_CHROMIUM") or next(filter(None, map(shutil.which, WAYS)), None)
    if path is None:
        pytest.fail("no Chromium: `make test-browser` installs Debian's; elsewhere set REGIMEN_CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_SWITCHES))
        yield browser
        await browser.close()
