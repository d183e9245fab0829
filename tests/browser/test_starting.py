"""Starting patients and booking them, at a desk and on a phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from domain.clinic_time import clinic_day
from domain.waits import WaitKind
from readmodel.lookups import set_ahead
from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot
from tests.console.intakes import a_form
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.days import a_monday_of_its_own
from tests.kit.world import World

pytestmark = pytest.mark.browser
LOOKS = pytest.mark.parametrize(
    ("size", "dark"),
    [(DESK, False), (DESK, True), (PHONE, False), (PHONE, True)],
    ids=["desk", "dark", "phone", "night"],
)


async def test_a_patient_is_started_with_the_verdict_appearing_while_typing(chromium: Browser, console: str) -> None:
    form = a_form()
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/start")
        verdict = page.locator("#verdict")
        await expect(verdict).to_contain_text("Birth date and diagnosis are needed first")
        await no_violations(page)
        await typed(page, form, "patient.birth_date", "diagnosis", "protocol")
        await expect(verdict.locator(".verdict").first).to_have_text("needs information")
        await typed(page, form, *[name for name in form if name.startswith(("counts", "months", "coverage"))])
        await page.get_by_role("button", name="Add treatment").click()
        await expect(page.locator('[name="treatments[0].drug"]')).to_be_focused()
        await typed(page, form, *[name for name in form if name.startswith("treatments[0]")])
        await page.get_by_role("button", name="Add treatment").click()
        await expect(page.locator('[name="treatments[1].drug"]')).to_be_focused()
        await typed(page, form, *[name for name in form if name.startswith("treatments[1]")])
        await expect(verdict.locator(".verdict").first).to_have_text("eligible")
        await expect(verdict).to_contain_text("(session 2)")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".problem strong")).to_have_text("Nothing was started: 3 fields need another look")
        await expect(page.locator('[name="treatments[1].drug"]')).to_have_value("propranolol")
        await typed(page, form, *[name for name in form if name.startswith("patient")], "clinician")
        await expect(verdict).to_contain_text("The course can be started")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url(re.compile(r"/courses/[0-9a-f]{32}$"))


async def test_a_duplicate_is_shown_while_typing(chromium: Browser, console: str) -> None:
    form = a_form()
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/start")
        csrf = await page.locator('#intake [name="csrf"]').get_attribute("value")
        await page.request.post("/start", form={**form, "csrf": csrf or ""})
        await page.reload()
        await typed(page, form, "patient.record_number", "protocol")
        await expect(page.locator("#verdict .problem")).to_contain_text("already open")


@LOOKS
async def test_the_page_of_a_start_looks_well(
    chromium: Browser, console: str, size: ViewportSize, *, dark: bool
) -> None:
    async with a_person(chromium, console, "amy.ops", size=size, dark=dark) as page:
        form = a_form(**{"counts.headache_days": "40", "patient.name": "مريم " + "x" * 190})
        await page.goto("/start")
        await typed(page, form, *[name for name in form if not name.startswith(("treatments", "request"))])
        await page.get_by_role("button", name="Start the course").click()
        await expect(page.locator(".problem strong")).to_contain_text("Nothing was started")
        await expect(page.locator("#verdict .verdict").first).to_have_text("needs information")
        await no_violations(page)
        await shot(page, f"start-{size['width']}-{'dark' if dark else 'light'}")


@LOOKS
async def test_a_file_is_tried_and_started(chromium: Browser, console: str, size: ViewportSize, *, dark: bool) -> None:
    good, bad = a_form(), a_form(**{"counts.headache_days": "40"})
    header = [name for name in good if name != "request_id"]
    file = "\n".join([",".join(header), *(",".join(one[name] for name in header) for one in (good, bad))])
    async with a_person(chromium, console, "amy.ops", size=size, dark=dark) as page:
        await page.goto("/import")
        await no_violations(page)
        await page.set_input_files("#file", {"name": "patients.csv", "mimeType": "text/csv", "buffer": file.encode()})
        await page.get_by_role("button", name="See what would happen").click()
        await expect(page.get_by_role("status").first).to_contain_text("1 would start")
        await page.reload()
        await no_violations(page)
        await shot(page, f"import-{size['width']}-{'dark' if dark else 'light'}")
        await page.get_by_role("button", name="Start 1 course").click()
        await expect(page.get_by_role("status").first).to_contain_text("1 started")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="File of the 1 refused").click()
        assert (await download.value).suggested_filename.startswith("refused-")


async def typed(page: Page, form: dict[str, str], *names: str) -> None:
    """Type fields of a form, as a person does."""
    for name in names:
        field = page.locator(f'[name="{name}"]')
        if await field.evaluate("(field) => field.tagName") == "SELECT":
            await field.select_option(form[name])
        else:
            await field.fill(form[name])


async def test_a_session_is_moved_with_its_consequences_shown_and_taken_back(
    chromium: Browser, console: str, world: World
) -> None:
    course_id, on = await a_booked_course(world)
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto(f"/calendar?view=day&on={on}")
        await page.keyboard.press("W")
        await page.wait_for_url("**view=week**")
        await page.locator(f'a[href="/calendar/courses/{course_id}"]').click()
        await page.wait_for_url(f"**/calendar/courses/{course_id}")
        before = await page.locator(".stands strong").inner_text()
        await page.keyboard.press("n")
        await page.wait_for_url("**from=**")
        await page.locator(".offered a").first.click()
        effects = page.locator(".effects")
        await expect(effects).to_contain_text("(session 3)")
        await no_violations(page)
        await page.get_by_label("Why it moves").fill("the patient travels")
        await page.get_by_role("button", name="Move to").click()
        await expect(page.get_by_role("status").first).to_have_text("Moved.")
        await expect(page.locator(".stands strong")).not_to_have_text(before)
        await no_violations(page)
        await page.wait_for_load_state()  # from then on it hears keys
        await page.keyboard.press("u")
        await expect(page.get_by_role("status").first).to_contain_text("Taken back")
        await expect(page.locator(".stands strong")).to_have_text(before)


@LOOKS
async def test_the_calendar_looks_well(
    chromium: Browser, console: str, world: World, size: ViewportSize, *, dark: bool
) -> None:
    course_id, on = await a_booked_course(world)
    name = f"{size['width']}-{'dark' if dark else 'light'}"
    async with a_person(chromium, console, "amy.ops", size=size, dark=dark) as page:
        for view, day in (("day", on), ("week", on), ("month", on), ("month", beginning_on_a_thursday(on))):
            await page.goto(f"/calendar?view={view}&on={day}")
            await no_violations(page)
            await shot(page, f"calendar-{view}-{name}")
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), view
        await page.goto(f"/calendar/courses/{course_id}?from={on + timedelta(days=7)}")
        await page.locator(".offered a").first.click()
        await expect(page.locator(".effects")).to_be_visible()
        await no_violations(page)
        await shot(page, f"calendar-move-{name}")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def beginning_on_a_thursday(since: date) -> date:
    """Return the first day of a month whose calendar begins with working days of the month before."""
    days = (since.replace(day=1) + timedelta(days=number) for number in range(400))
    return next(day for day in days if day.day == 1 and day.isoweekday() == 4)


async def a_booked_course(world: World) -> tuple[str, date]:
    """Start a course, have its first session given, and return it with the day for which the second is booked."""
    course = await CourseUnderTest.start(world, at=a_monday_of_its_own(world.clinic))
    await course.until(WaitKind.SAFETY_CALL)
    await set_ahead(world.pool, course.course_id, await course.now() - datetime.now(UTC))
    booked = (await course.course()).appointment
    assert booked is not None
    return course.course_id, clinic_day(booked.starts_at, world.clinic.zone)
