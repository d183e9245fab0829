"""Signing in, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_sample_user_signs_in_and_out_with_one_click(
    chromium: Browser, console: str, size: ViewportSize, *, dark: bool
) -> None:
    async with a_person(chromium, console, "amy.ops", size=size, dark=dark) as page:
        await page.goto("/find")
        await no_violations(page)
        await shot(page, f"find-{size['width']}-{'dark' if dark else 'light'}")
        if size == PHONE:
            await page.get_by_text("Menu", exact=True).click()
            await no_violations(page)
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in to Regimen")).to_be_visible()
        await no_violations(page)


async def test_slash_goes_to_the_search_and_a_question_mark_shows_the_keys(chromium: Browser, console: str) -> None:
    async with a_person(chromium, console, "amy.ops") as page:
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("/")
        await expect(page.locator("#search")).to_be_focused()
