"""A person at a browser: signed in, with a window of some size, whose pages must be without script errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.async_api import Browser, ConsoleMessage, Page, Response, ViewportSize, expect

CHROMIUM_SWITCHES = (
    "--no-sandbox",  # the tests' browser shows our own pages only; as root, Chromium knows no other way
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
SHOTS = Path(__file__).parents[2] / ".regimen" / "shots"
EXPECTED_ERRORS = ("status of 4", "Response Status Error Code 4", "htmx:sendAbort", "htmx:afterRequest")
"""A refused request stands in the browser's console too; what a page shows of it, the test looks at.
A request that was under way when the page was left is given up, which htmx tells there as well."""
PATIENCE_MS = 30_000
"""So long a page is waited for: a machine that is busy with other tests takes more than Playwright's five seconds."""
expect.set_options(timeout=PATIENCE_MS)
NO_CONNECTION = ("net::ERR_", "htmx:sendError")
"""What the console says besides where a test takes the connection away."""


@asynccontextmanager
async def a_person(
    chromium: Browser,
    console: str,
    user_id: str,
    *,
    size: ViewportSize | None = None,
    dark: bool = False,
    errors_expected: tuple[str, ...] = EXPECTED_ERRORS,
    **context: Any,
) -> AsyncIterator[Page]:
    """Sign a sample user in with one click.

    A script error, a breach of the content security policy, a failure of the server and a style or script that is not
    there fail the test, on whatever page they are.
    """
    window = await chromium.new_context(
        viewport=size or DESK, color_scheme="dark" if dark else "light", base_url=console, **context
    )
    errors: list[str] = []

    def noted(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(known in message.text for known in errors_expected):
            errors.append(message.text)

    def answered(response: Response) -> None:
        if response.status >= (400 if "/static/" in response.url else 500):
            errors.append(f"{response.status} {response.url}")

    window.on("weberror", lambda failed: errors.append(str(failed.error)))
    window.on("console", noted)
    window.on("response", answered)
    page = await window.new_page()
    await signs_in(page, user_id)
    try:
        yield page
    finally:  # a page that stays open listens, and keeps the console from stopping
        await window.close()
    assert not errors, f"pages failed: {errors}"


async def signs_in(page: Page, user_id: str) -> None:
    """Click on a sample user, on the page that offers them."""
    await page.goto("/sign-in")
    await page.locator(f'form:has(input[value="{user_id}"]) button').click()
    await expect(page.locator(".who button")).to_be_attached()  # on a phone it is in the menu
    await page.wait_for_load_state()  # from then on it hears keys


async def no_violations(page: Page) -> None:
    """Fail with what axe finds wrong on this page."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def shot(page: Page, name: str) -> Path:
    """Take a picture of the whole page, to be looked at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = SHOTS / f"{name}.png"
    await page.screenshot(path=path, full_page=True)
    return path
