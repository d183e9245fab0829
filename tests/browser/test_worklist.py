"""The worklist in a browser: by keyboard, by two people at once, live, at a desk, on a phone and on paper."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from domain import facts as f
from domain.clinic_time import add_working_days, clinic_day
from domain.waits import WaitKind
from readmodel.people import save_patient
from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot
from tests.console.clinicians import a_course_at
from tests.console.kit import a_console
from tests.kit.answers import People, denied
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.people import AMY, NINA
from tests.kit.world import World, a_world

pytestmark = pytest.mark.browser
ROW_MAX = 44
"""Two lines of a cell, in pixels."""
HOSTILE = '<img src=x onerror="alert(1)"> \u202eمحمد 🙂 ' + "Wolfeschlegelsteinhausenbergerdorff" * 6


@pytest_asyncio.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Give a clinic in which nobody else has courses: the list shows its first fifty tasks, the most urgent first."""
    async with a_world(tmp_path_factory.mktemp("worklist") / "state") as world, world.worker():
        yield world


@pytest_asyncio.fixture(scope="module")
async def console(world: World) -> AsyncIterator[str]:
    """Give the address of its console."""
    async with a_console(world) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def courses(world: World) -> list[CourseUnderTest]:
    """Return four courses at different moments; with some more, the list has something of all columns."""
    running = [await CourseUnderTest.start(world) for _ in range(4)]
    await running[0].until(WaitKind.READINESS)
    await running[1].until(WaitKind.SAFETY_CALL)
    for each in running[2:]:
        await each.until(WaitKind.SUBMIT_PACKET)
    odd = running[3].patient.model_copy(update={"name": HOSTILE})
    await save_patient(world.pool, odd, by="amy.ops", at=datetime.now(UTC))
    await a_course_at(world, WaitKind.DENIAL, people=People({WaitKind.PAYER_ANSWER: denied}))
    await a_course_at(world, WaitKind.RESPONSE_CHECK)
    await (await a_course_at(world, WaitKind.GOALS)).tell(NINA, f.Take(), task="goals:intake")
    return running


def row_of(page: Page, course: CourseUnderTest) -> str:
    return f'tr[data-row^="{course.course_id}/"]'


async def hears_nothing(page: Page) -> None:
    """Have the page stay as it was opened, whatever others do."""
    await page.add_init_script("window.EventSource = class { addEventListener() {} close() {} }")


async def only(page: Page, course: CourseUnderTest) -> None:
    """Narrow the list to one patient."""
    await page.locator("#text").fill(course.patient.record_number)
    await page.locator("#text").press("Enter")
    await expect(page.locator("tr[data-row]")).to_have_count(1)


async def go_to(page: Page, row: str) -> None:
    """Move down with `j` until the row is reached."""
    for _ in range(60):
        await page.keyboard.press("j")
        if await page.locator(f"{row}.at").count():
            return
    raise AssertionError("j never came to the row")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_list_is_readable_and_whole_at_a_desk_and_on_a_phone(
    chromium: Browser, console: str, courses: list[CourseUnderTest], size: ViewportSize, *, dark: bool
) -> None:
    async with a_person(chromium, console, "amy.ops", size=size, dark=dark) as page:
        await page.goto("/worklist?view=all")
        await expect(page.locator(row_of(page, courses[0]))).to_be_visible()
        await expect(page.locator("#live")).to_have_text(re.compile("live"))
        await no_violations(page)
        await shot(page, f"worklist-{size['width']}-{'dark' if dark else 'light'}")
        rows = await page.locator("tr[data-row]").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect()).map(({ top, height }) => [top, height])"
        )
        first, highest = rows[0][0], max(height for _, height in rows)
        if size == DESK:
            await page.locator('[data-label="Due"] > :last-child').first.evaluate(
                "(one) => { one.outerHTML = '<strong class=late>1152 days late</strong>'; }"
            )
            assert highest <= ROW_MAX
            for column in ("Due", "Authorization left"):
                cut = await page.locator(f'[data-label="{column}"]').evaluate_all(
                    "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)"
                )
                assert cut == [], column
            assert (size["height"] - first) / highest >= 14, "so many tasks are seen at once"
        else:
            assert first <= size["height"] / 3, "the first task is seen at once"
        await expect(page.locator(".bulk")).to_be_hidden()
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, "nothing stands beyond the right edge"


async def test_views_filters_and_the_menu_open_on_a_phone_and_stay_open(
    chromium: Browser, console: str, courses: list[CourseUnderTest]
) -> None:
    async with a_person(chromium, console, "amy.ops", size=PHONE) as page:
        await page.goto("/worklist?view=all")
        await expect(page.locator("#views")).to_be_hidden()
        await expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
        assert await page.locator("header.top").evaluate("(one) => one.offsetHeight") <= 48
        for folded in ("View: Everything open", "Filters", "Menu"):
            await page.get_by_text(folded).click()
        await expect(page.locator("#views")).to_be_visible()
        await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        await no_violations(page)
        await shot(page, "worklist-390-open")
        await only(page, courses[2])
        await expect(page.locator(row_of(page, courses[2]))).to_be_visible()
        await page.locator("tbody input[name=row]").first.check()
        await page.get_by_text("Selected: 1").click()
        await expect(page.locator("#bulk-take")).to_be_visible()
        await no_violations(page)


async def test_it_prints_without_what_is_only_for_the_screen(
    chromium: Browser, console: str, courses: list[CourseUnderTest]
) -> None:
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/worklist?view=all")
        await page.emulate_media(media="print")
        await expect(page.locator(row_of(page, courses[0]))).to_be_visible()
        for hidden in (".views", ".bulk", "#filters", "[data-take]"):
            await expect(page.locator(hidden).first).to_be_hidden()
        await shot(page, "worklist-print")


async def test_a_task_is_taken_selected_and_given_back_without_the_mouse(
    chromium: Browser, console: str, courses: list[CourseUnderTest]
) -> None:
    course = courses[2]
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/worklist?view=authorizations&role=operations")
        row = row_of(page, course)
        await go_to(page, row)
        await page.keyboard.press("t")
        await expect(page.locator(".done .said")).to_have_text("you have it now")
        await expect(page.locator(f"{row}.at")).to_be_visible()
        await expect(page.locator(f"{row} .owner")).to_contain_text("Amy Alvarez")
        await page.keyboard.press("x")
        await expect(page.locator(f"{row} input[name=row]")).to_be_checked()
        await expect(page.locator("#bulk-take")).to_have_text("Take 1")
        await shot(page, "worklist-taken")
        await page.keyboard.press("r")
        await expect(page.locator(".done .said")).to_have_text("given back")
        await page.keyboard.press("u")
        await expect(page.locator(".done .said")).to_have_text("as it was before")
        await expect(page.locator(f"{row} .owner")).to_contain_text("Amy Alvarez")
        await page.keyboard.press("r")
        await expect(page.locator(f"{row} [data-take]")).to_be_visible()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("take the row's task")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(f"/courses/{course.course_id}/tasks/"))


async def test_two_people_take_one_task_and_the_second_is_told_who_was_faster(
    chromium: Browser, console: str, courses: list[CourseUnderTest]
) -> None:
    course = courses[2]
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(a_person(chromium, console, user)) for user in ("amy.ops", "otto.ops")]
        for page in pages:
            await hears_nothing(page)
            await page.goto("/worklist?view=authorizations")
        first, second = pages
        await first.locator(f"{row_of(first, course)} [data-take]").click()
        await expect(first.locator(".done .said")).to_have_text("you have it now")
        await second.locator(f"{row_of(second, course)} [data-take]").click()
        await expect(second.locator(".done .said")).to_have_text(
            re.compile(
                r"Amy Alvarez has taken it already\. Amy Alvarez took it (just now|\d+ seconds? ago) \(\d\d:\d\d\)"
            )
        )
        await shot(second, "worklist-too-late")
        await first.locator(f"{row_of(first, course)} [data-release]").click()
        await expect(first.locator(".done .said")).to_have_text("given back")


async def test_a_count_changes_on_an_open_page_when_somebody_else_acts(
    chromium: Browser, console: str, courses: list[CourseUnderTest]
) -> None:
    course = courses[2]
    wait = (await course.course()).waits_of(WaitKind.SUBMIT_PACKET)[0]
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/worklist?view=authorizations")
        await expect(page.locator("#live")).to_have_text(re.compile("· live"))
        mine = page.locator('[data-count="mine"]')
        before = int(await mine.inner_text())
        await course.tell(AMY, f.Take(), task=wait.id)
        await expect(mine).to_have_text(str(before + 1))
        await expect(page.locator(f"{row_of(page, course)} .owner")).to_contain_text("Amy Alvarez")
        # While rows are selected only the counts change: nothing moves under the hand.
        await page.locator(f"{row_of(page, course)} input[name=row]").check()
        await course.tell(AMY, f.Release(), task=wait.id)
        await expect(mine).to_have_text(str(before))
        await expect(page.locator(f"{row_of(page, course)} input[name=row]")).to_be_checked()


async def test_several_get_a_new_due_day_and_it_is_undone(
    chromium: Browser, console: str, courses: list[CourseUnderTest], world: World
) -> None:
    later = add_working_days(clinic_day(datetime.now(UTC), world.clinic.zone), 9, world.clinic)
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/worklist?view=authorizations")
        for course in courses[2:]:
            await page.locator(f"{row_of(page, course)} input[name=row]").check()
        await page.locator("#due_on").fill(later.isoformat())
        await page.get_by_role("button", name="Move due date").click()
        await expect(page.locator("[data-problem]")).to_contain_text("say why it moves")
        await expect(page.locator("#due_on")).to_have_value(later.isoformat())
        await expect(page.locator("tbody input[name=row]:checked")).to_have_count(2)
        await page.locator("#reason").fill("the payer's portal is down")
        await page.locator("#reason").press("Enter")
        await expect(page.locator(".done .said")).to_have_text([re.compile("due on")] * 2)
        await shot(page, "worklist-moved")
        await page.get_by_role("button", name="Undo all 2").click()
        await expect(page.locator(".done li.good")).to_have_count(2)
        await expect(page.locator(".done .said").first).to_have_text(re.compile("again"))


async def test_hostile_names_are_text_and_the_search_stands_in_no_address(
    chromium: Browser, console: str, courses: list[CourseUnderTest]
) -> None:
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/worklist?view=all")
        await only(page, courses[3])
        await expect(page.locator(".patient a")).to_contain_text("<img src=x")
        assert courses[3].patient.record_number not in page.url
        await page.reload()
        await shot(page, "worklist-hostile")
        async with page.expect_download() as file:
            await page.get_by_role("button", name="Save as CSV").click()
        assert re.fullmatch(r"worklist-all-\d{4}-\d\d-\d\d-\d{4}\.csv", (await file.value).suggested_filename)


async def test_an_expired_sign_in_says_that_nothing_was_done(
    chromium: Browser, console: str, courses: list[CourseUnderTest], world: World
) -> None:
    async with a_person(chromium, console, "otto.ops") as page:
        await hears_nothing(page)
        await page.goto("/worklist?view=authorizations")
        await world.pool.execute("delete from sign_in where user_id = 'otto.ops'")
        await page.locator(f"{row_of(page, courses[2])} [data-take]").click()
        await expect(page.locator("#told")).to_contain_text("not signed in any more")
        await page.goto("/sign-in")
        await page.locator('form:has(input[value="otto.ops"]) button').click()
        await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
