"""Pages of sign-in and tokens, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_an_admin_makes_a_token_reads_it_once_and_revokes_it(
    chromium: Browser, console: str, size: ViewportSize, *, dark: bool
) -> None:
    name = f"export-{size['width']}-{'dark' if dark else 'light'}"
    async with a_person(chromium, console, "ada.admin", size=size, dark=dark) as page:
        await page.goto("/settings/tokens")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("User").fill("nobody")
        await page.get_by_role("button", name="Make it").click()
        await expect(page.get_by_label("Name")).to_have_value(name)
        await expect(page.get_by_role("alert").first).to_contain_text("no user of this id")
        await no_violations(page)
        await page.get_by_label("User").fill("amy.ops")
        await page.get_by_role("button", name="Make it").click()
        await expect(page.get_by_text("rgm_")).to_be_visible()
        await no_violations(page)
        await shot(page, f"tokens-{size['width']}-{'dark' if dark else 'light'}")
        await page.get_by_role("button", name=f"Revoke {name}").click()
        await expect(page.locator("tr", has_text=name)).to_contain_text("revoked")
        await expect(page.get_by_text("rgm_")).not_to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_where_one_is_signed_in_is_shown_and_ended_everywhere(
    chromium: Browser, console: str, size: ViewportSize
) -> None:
    async with a_person(chromium, console, "nina.np", size=size) as page:
        await page.goto("/settings/sign-ins")
        await expect(page.get_by_role("row", name="this browser")).to_be_visible()
        await no_violations(page)
        await shot(page, f"sign-ins-{size['width']}")
        await page.get_by_role("button", name="Sign out everywhere").click()
        await expect(page.get_by_role("heading", name="Sign in to Regimen")).to_be_visible()
