"""An admin's day: what is stuck, why a patient got no session in a month, what the numbers say, who looked at whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize, expect

from domain.clinic_time import clinic_day
from domain.waits import WaitKind
from office.measures import count_for
from readmodel.lookups import set_ahead
from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.diaries import RESPONDS_AT_ONCE
from tests.kit.world import World

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(scope="module")
async def courses(world: World) -> tuple[CourseUnderTest, CourseUnderTest]:
    """Return a course that has waited for its payer for six weeks, and one at its first response check."""
    waiting = await CourseUnderTest.start(world)
    await waiting.until(WaitKind.PAYER_ANSWER)
    await waiting.pass_days(42)
    under_way = await CourseUnderTest.start(world, diary=RESPONDS_AT_ONCE)
    await under_way.until(WaitKind.RESPONSE_CHECK)
    for one in (waiting, under_way):
        await set_ahead(world.pool, one.course_id, await one.now() - datetime.now(UTC))
    await count_for(world.pool, 60)
    return waiting, under_way


async def test_an_admin_sees_what_is_stuck_hands_it_on_and_finds_out_why(
    chromium: Browser, console: str, world: World, courses: tuple[CourseUnderTest, CourseUnderTest]
) -> None:
    waiting, _ = courses
    async with a_person(chromium, console, "ada.admin") as page:
        await expect(page.get_by_role("heading", name="What is stuck")).to_be_visible()
        await page.get_by_role("link", name="Overdue: Ask the payer where the decision is").click()
        await page.get_by_label(f"Select course {waiting.course_id[:8]}", exact=False).check()
        await page.get_by_label("hand to a person").check()
        await page.get_by_label("to", exact=True).select_option("amy.ops")
        await no_violations(page)
        await page.get_by_role("button", name="Do it").click()
        await expect(page.get_by_text("1 of 1 done")).to_be_visible()
        await no_violations(page)
        await shot(page, "stuck-done")

        await page.get_by_role("link", name=waiting.course_id[:8]).first.click()
        await expect(page.get_by_role("heading", name="History")).to_be_visible()
        month = clinic_day(await waiting.now(), world.clinic.zone).replace(day=1) - timedelta(days=1)
        await page.get_by_label("Month").select_option(f"{month:%Y-%m}")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text(f"No session was given in {month:%B %Y}")).to_be_visible()
        await expect(page.get_by_text("waited for the payer").first).to_be_visible()
        await no_violations(page)
        assert waiting.patient.name not in page.url


async def test_a_line_of_the_story_opens_the_history_events_behind_it_and_its_address_does_too(
    chromium: Browser, console: str, courses: tuple[CourseUnderTest, CourseUnderTest]
) -> None:
    _, under_way = courses
    async with a_person(chromium, console, "ada.admin") as page:
        await page.goto(f"/courses/{under_way.course_id}/history?kind=goals_set")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("workflow execution update accepted")).to_be_visible()
        await no_violations(page)
        await page.reload()
        await expect(page.get_by_text("workflow execution update accepted")).to_be_visible()
        await page.get_by_role("button", name="Close").click()
        await expect(page.get_by_text("workflow execution update accepted")).to_have_count(0)


async def test_a_patient_is_found_from_any_page_by_the_keyboard_and_stands_in_no_address(
    chromium: Browser, console: str, courses: tuple[CourseUnderTest, CourseUnderTest]
) -> None:
    waiting, _ = courses
    async with a_person(chromium, console, "ada.admin") as page:
        await page.goto("/reports")
        await page.keyboard.press("/")
        await page.keyboard.type(waiting.patient.record_number)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("cell", name=waiting.patient.name)).to_be_visible()
        assert page.url == f"{console}/find"
        await no_violations(page)
        await page.get_by_label("Name, record number").fill("nobody of this name")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Nobody was found")).to_be_visible()
        assert page.url == f"{console}/find"


PAGES = {
    "stuck": "/stuck",
    "history": "/courses/{course}/history",
    "history-waits": "/courses/{waiting}/history?waits=1",
    "month": "/courses/{waiting}/history?month={month}",
    "reports": "/reports?weeks=26",
    "find": "/find",
    "find-lot": "/find?what=lot&lot=C7461",
    "find-irregular": "/find?what=irregular",
    "find-reopened": "/find?what=reopened",
    "settings-protocols": "/settings",
    "settings-payers": "/settings?what=payers",
    "settings-messages": "/settings?what=messages",
    "settings-users": "/settings?what=users",
    "settings-looks": "/settings?what=looks",
}


@pytest.mark.parametrize(("size", "dark"), [(DESK, False), (DESK, True), (PHONE, False), (PHONE, True)])
async def test_each_page_is_accessible_and_fits_light_and_dark_wide_and_narrow(
    chromium: Browser,
    console: str,
    world: World,
    courses: tuple[CourseUnderTest, CourseUnderTest],
    size: ViewportSize,
    *,
    dark: bool,
) -> None:
    waiting, under_way = courses
    month = clinic_day(await waiting.now(), world.clinic.zone).replace(day=1) - timedelta(days=1)
    names = {"course": under_way.course_id, "waiting": waiting.course_id, "month": f"{month:%Y-%m}"}
    async with a_person(chromium, console, "ada.admin", size=size, dark=dark) as page:
        for name, path in PAGES.items():
            await page.goto(path.format(**names))
            await no_violations(page)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{name} is {wide} wide"
            if name == "month":
                beside = await page.locator('[data-label="Beside it"]:visible').evaluate_all(
                    "(all) => all.map((one) => one.clientWidth)"
                )
                assert beside
                assert min(beside) >= 200, "a sentence has room there"
            await shot(page, f"{name}-{size['width']}-{'dark' if dark else 'light'}")
