"""The course page and the forms that answer and tell, in a browser: seen, by keyboard, and without violations."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize, expect

from domain import facts as f
from domain.diary import DiaryDay
from domain.waits import WaitKind
from readmodel.lookups import set_ahead
from tests.browser.kit import DESK, PHONE, SHOTS, a_person, no_violations, shot
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.diaries import RESPONDS_AT_ONCE, Diary
from tests.kit.people import AMY
from tests.kit.world import World

pytestmark = pytest.mark.browser
TOO_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
    [document.body, ...document.querySelectorAll("body *")].filter((one) => one === document.body || one.getBoundingClientRect().right > document.documentElement.clientWidth
        && (one.className === "unseen" || !one.closest(".scroll, .strip"))).map((one) => one.outerHTML.slice(0, 120))"""
HOSTILE = '<b>bold</b> <script>alert("x")</script> \u202eright to left \U0001f600 ' + "long" * 2500


def with_gaps(diary: Diary) -> Diary:
    """Return the same diary without each ninth day of a month."""

    def day(on: date, given_on: tuple[date, ...]) -> DiaryDay | None:
        return None if on.day == 9 else diary(on, given_on)

    return day


async def in_its_time(course: CourseUnderTest) -> None:
    await set_ahead(course.world.pool, course.course_id, await course.now() - datetime.now(UTC))


@pytest_asyncio.fixture(scope="session")
async def course(world: World) -> CourseUnderTest:
    """Give a course with two sessions and an open response check."""
    course = await CourseUnderTest.start(world, diary=with_gaps(RESPONDS_AT_ONCE))
    await course.until(WaitKind.SAFETY_CALL)
    await course.tell(AMY, f.AdverseEventTold(note=HOSTILE, effect="neck_pain"))
    await course.until(WaitKind.RESPONSE_CHECK)
    await in_its_time(course)
    return course


FOLDED = """(all) => all.filter((one) => !one.checkVisibility({ contentVisibilityAuto: true }) ||
    [...one.children].some((inner) => inner.matches(":not(summary)") && !inner.checkVisibility({ contentVisibilityAuto: true })))
    .map((one) => one.innerText.slice(0, 60))"""


async def test_what_is_folded_on_the_screen_is_printed_whole(
    chromium: Browser, console: str, course: CourseUnderTest
) -> None:
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto(f"/courses/{course.course_id}")
        folded = page.locator("details.paper, details.long")
        on_screen = await folded.evaluate_all(FOLDED)
        await page.emulate_media(media="print")
        on_paper = await folded.evaluate_all(FOLDED)
        await shot(page, "course-print")

    assert len(on_screen) > 2
    assert on_paper == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_course_page_is_seen_without_violations_and_does_not_break(
    chromium: Browser, console: str, course: CourseUnderTest, size: ViewportSize, *, dark: bool
) -> None:
    name = f"{size['width']}-{'dark' if dark else 'light'}"
    async with a_person(chromium, console, "dr.lee", size=size, dark=dark) as page:
        await page.goto(f"/courses/{course.course_id}")
        await expect(page.locator("#waiting")).to_contain_text("Waits for a clinician")
        await expect(page.locator("svg.course-strip .planned").first).to_be_visible()
        halo = page.locator("svg.course-strip .baseline text, svg.course-strip .count text, svg.course-strip .soft")
        drawn = await halo.evaluate_all("(all) => all.map((one) => getComputedStyle(one).paintOrder)")
        assert {one.partition(" ")[0] for one in drawn} == {"stroke"}, "lines stop at labels"
        wide = await page.evaluate(TOO_WIDE)
        assert not wide, f"the page itself is not scrolled sideways: {wide}"
        await no_violations(page)
        await shot(page, f"course-{name}")
        await page.screenshot(path=SHOTS / f"course-{name}-first.png")
        await page.goto(f"/courses/{course.course_id}/tell")
        await no_violations(page)
        await shot(page, f"course-tell-{name}")
        await page.goto(f"/courses/{course.course_id}/tell/adverse-event")
        await no_violations(page)
        await shot(page, f"course-adverse-event-{name}")


async def test_a_task_is_opened_and_answered_without_the_mouse(chromium: Browser, console: str, world: World) -> None:
    started = await CourseUnderTest.start(world)
    await started.until(WaitKind.GOALS)
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto(f"/courses/{started.course_id}")
        await page.keyboard.press("a")
        await expect(page.get_by_role("heading", name="Set goals and record consent")).to_be_visible()
        await no_violations(page)
        await shot(page, "course-task")
        await page.get_by_label("Goals").focus()
        await page.keyboard.type("half the headache days")
        await page.keyboard.press("Tab")
        await page.get_by_role("button", name="Answer").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status", name="What came of it")).to_contain_text("half the headache days")
        await shot(page, "course-told")


async def test_what_cannot_be_taken_back_is_looked_at_first_and_the_back_button_ends_nothing_twice(
    chromium: Browser, console: str, world: World
) -> None:
    started = await CourseUnderTest.start(world)
    await started.until(WaitKind.GOALS)
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto(f"/courses/{started.course_id}/tell/withdraw")
        await page.get_by_label("Reason").fill("moves away")
        await page.get_by_role("button", name="Tell it").click()
        await expect(page.get_by_role("heading", name="Look before it is done")).to_be_visible()
        await no_violations(page)
        await shot(page, "course-look-first")
        await page.get_by_role("button", name="Do it").click()
        await expect(page.locator(".course-head")).to_contain_text("withdrawn")
        await page.go_back()
        await expect(page.get_by_text("as the course stands it takes no withdraw")).to_be_visible()
    ended = [event for event in await started.journal() if getattr(event, "kind", "") == "course_ended"]

    assert len(ended) == 1


async def test_red_flags_show_what_to_tell_the_patient_while_they_are_ticked(
    chromium: Browser, console: str, course: CourseUnderTest
) -> None:
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto(f"/courses/{course.course_id}/tell/adverse-event")
        advice = page.get_by_text("Tell the patient now")
        await expect(advice).to_be_hidden()
        await page.get_by_label("trouble swallowing").check()
        await expect(advice).to_be_visible()
        await shot(page, "course-red-flag")


async def test_packet_and_dossier_are_documents_with_their_style(
    chromium: Browser, console: str, course: CourseUnderTest
) -> None:
    async with a_person(chromium, console, "amy.ops") as page:
        for document, said in (
            ("packet", "Request for prior authorization"),
            ("dossier", "Course of treatment so far"),
        ):
            await page.goto(f"/courses/{course.course_id}/{document}")
            await expect(page.get_by_role("heading", level=1)).to_contain_text(said.split()[0])
            await no_violations(page)
            await shot(page, f"course-{document}")
