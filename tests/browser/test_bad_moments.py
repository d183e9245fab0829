"""Bad moments: the back button, a double click, a page gone stale, a sign-in that expired, a connection that is lost."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.response import ResponseAnswer
from domain.waits import WaitKind
from tests.browser.kit import EXPECTED_ERRORS, NO_CONNECTION, a_person, no_violations, shot, signs_in
from tests.console.clinicians import a_course_at
from tests.console.intakes import a_form
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.diaries import RESPONDS_AT_ONCE
from tests.kit.people import NINA
from tests.kit.world import World

pytestmark = pytest.mark.browser
GOALS = "half the headache days; back to work"
LOST = EXPECTED_ERRORS + NO_CONNECTION


async def at_goals(world: World) -> CourseUnderTest:
    return await a_course_at(world, WaitKind.GOALS)


async def goals_typed(page: Page, course: CourseUnderTest) -> None:
    await page.goto(f"/courses/{course.course_id}")
    await page.keyboard.press("a")
    await page.wait_for_url("**/tasks/**")
    await page.get_by_label("Goals").fill(GOALS)


async def answers(page: Page) -> None:
    await page.get_by_role("button", name="Answer").click()


async def told_of(course: CourseUnderTest, kind: str) -> int:
    """Return how often the course was told this."""
    return sum(getattr(event, "kind", "") == kind for event in await course.journal())


async def signs_in_in_a_new_tab(page: Page, user_id: str) -> None:
    """Follow what the page offers, sign in there, and come back."""
    async with page.context.expect_page() as opening:
        await page.locator("#told").get_by_role("link", name="Sign in in a new tab").click()
    tab = await opening.value
    await signs_in(tab, user_id)
    await tab.close()


async def expire(world: World, user_id: str) -> None:
    await world.pool.execute("delete from sign_in where user_id = $1", user_id)


async def test_the_back_button_after_an_answer_shows_who_answered_and_takes_no_second(
    chromium: Browser, console: str, world: World
) -> None:
    course = await at_goals(world)
    async with a_person(chromium, console, "dr.lee") as page:
        await goals_typed(page, course)
        await answers(page)
        await expect(page.get_by_role("status", name="What came of it")).to_be_visible()
        await page.go_back()
        if await page.get_by_role("button", name="Answer").count():  # kept by the browser as it was
            await answers(page)
        await expect(page.locator("main")).to_contain_text("half the headache days")
        await no_violations(page)

    assert await told_of(course, "goals_set") == 1


async def test_the_back_button_after_a_start_starts_nobody_twice(chromium: Browser, console: str, world: World) -> None:
    form = a_form()
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto("/start")
        for name in [one for one in form if one.startswith("treatments") and one.endswith("drug")]:
            await page.get_by_role("button", name="Add treatment").click()
            await expect(page.locator(f'[name="{name}"]')).to_be_focused()
        await typed(page, form)
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url(re.compile(r"/courses/[0-9a-f]{32}$"))
        await page.go_back()
        await page.get_by_role("button", name="Start the course").click()
        await expect(page.locator(".problem, .course-head").first).to_be_visible()

    number = form["patient.record_number"]
    started = await world.pool.fetchval(
        "select count(*) from course join patient using (patient_id) where record_number = $1", number
    )
    assert started == 1


async def test_a_double_click_answers_once_on_a_form_in_place_and_on_one_that_leaves_its_page(
    chromium: Browser, console: str, world: World
) -> None:
    course = await at_goals(world)
    async with a_person(chromium, console, "dr.lee") as page:
        await goals_typed(page, course)
        await page.get_by_role("button", name="Answer").dblclick()
        await expect(page.get_by_role("status", name="What came of it")).to_be_visible()
    checked = await a_course_at(world, WaitKind.RESPONSE_CHECK)
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto(f"/courses/{checked.course_id}/check")
        await page.keyboard.press("1")
        await page.get_by_role("button", name="Send").dblclick()
        await expect(page.get_by_text("answered by Dr. Jordan Lee")).to_be_visible()

    assert await told_of(course, "goals_set") == 1
    assert len((await checked.course()).checks) == 1


async def test_a_stale_page_says_who_was_faster_and_keeps_the_words_in_sight(
    chromium: Browser, console: str, world: World
) -> None:
    course = await at_goals(world)
    wait = (await course.course()).waits_of(WaitKind.GOALS)[0]
    async with a_person(chromium, console, "dr.lee") as page:
        await goals_typed(page, course)
        signed = clinic_day(await course.now(), world.clinic.zone)
        await course.tell(NINA, f.Goals(goals=("fewer days in bed",), consent_signed_on=signed), task=wait.id)
        await answers(page)
        gone = page.locator("#asking")
        await expect(gone).to_contain_text("Nina Novak, nurse practitioner, clinician, was faster")
        await expect(gone).to_contain_text("fewer days in bed")
        await expect(gone).to_contain_text("back to work")
        await no_violations(page)
        await shot(page, "bad-stale")

    assert await told_of(course, "goals_set") == 1


async def test_a_stale_check_is_answered_by_nobody_twice(chromium: Browser, console: str, world: World) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=RESPONDS_AT_ONCE)
    wait = (await course.course()).waits_of(WaitKind.RESPONSE_CHECK)[0]
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto(f"/courses/{course.course_id}/check")
        await course.tell(NINA, f.Response(answer=ResponseAnswer.CONTINUE), task=wait.id)
        await page.keyboard.press("3")
        await page.keyboard.type("the patient wants to stop")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("answered meanwhile")
        await expect(page.get_by_text("answered by Nina Novak")).to_be_visible()
        await no_violations(page)

    assert [check.answer for check in (await course.course()).checks] == ["continue"]


async def test_what_was_typed_outlives_an_expired_sign_in_on_a_form_in_place(
    chromium: Browser, console: str, world: World
) -> None:
    course = await at_goals(world)
    async with a_person(chromium, console, "nina.np") as page:
        await goals_typed(page, course)
        await expire(world, "nina.np")
        await answers(page)
        await expect(page.locator("#told")).to_contain_text("not signed in any more; nothing was done")
        await expect(page.get_by_label("Goals")).to_have_value(GOALS)
        await no_violations(page)
        await shot(page, "bad-expired")
        await signs_in_in_a_new_tab(page, "nina.np")
        await answers(page)
        await expect(page.get_by_role("status", name="What came of it")).to_contain_text("back to work")

    assert await told_of(course, "goals_set") == 1


async def test_what_was_typed_outlives_an_expired_sign_in_on_a_form_that_leaves_its_page(
    chromium: Browser, console: str, world: World
) -> None:
    form = a_form()
    async with a_person(chromium, console, "otto.ops") as page:
        await page.goto("/start")
        few = {name: value for name, value in form.items() if name.startswith("patient")}
        await typed(page, few)
        await expire(world, "otto.ops")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#told")).to_contain_text("not signed in any more; nothing was done")
        await expect(page.locator('[name="patient.name"]')).to_have_value(form["patient.name"])
        await signs_in_in_a_new_tab(page, "otto.ops")
        await page.get_by_role("button", name="Start the course").click()
        await expect(page.locator(".problem strong").first).to_contain_text("Nothing was started")
        await expect(page.locator('[name="patient.name"]')).to_have_value(form["patient.name"])


async def test_nobody_sends_what_another_has_typed_in_the_same_browser(
    chromium: Browser, console: str, world: World
) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=RESPONDS_AT_ONCE)
    async with a_person(chromium, console, "dr.khan") as page:
        await page.goto(f"/courses/{course.course_id}/check")
        await page.keyboard.press("1")
        tab = await page.context.new_page()
        await signs_in(tab, "dr.lee")
        await tab.close()
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#told")).to_contain_text("opened by somebody else")
        await expect(page.get_by_role("radio", name="1 Continue")).to_be_checked()

    assert not (await course.course()).checks


async def test_without_a_connection_what_was_typed_stays_and_sent_again_takes_effect_once(
    chromium: Browser, console: str, world: World
) -> None:
    at_a_task, at_a_check = await at_goals(world), await a_course_at(world, WaitKind.RESPONSE_CHECK)
    async with a_person(chromium, console, "dr.lee", errors_expected=LOST) as page:
        await goals_typed(page, at_a_task)
        await without_a_connection(page, "Goals", "Answer")
        await page.goto(f"/courses/{at_a_check.course_id}/check")
        await page.keyboard.press("2")
        await page.keyboard.type(GOALS)
        await without_a_connection(page, "Reason (where", "Send")

    assert await told_of(at_a_task, "goals_set") == 1
    assert [check.reason for check in (await at_a_check.course()).checks] == [GOALS]


async def without_a_connection(page: Page, label: str, button: str) -> None:
    """Send a form that stays in place or leaves its page, first without and then with a connection."""
    await page.context.set_offline(True)
    await page.get_by_role("button", name=button).click()
    await expect(page.locator("#told")).to_contain_text("The connection is lost")
    await expect(page.get_by_label(label)).to_have_value(GOALS)
    await page.context.set_offline(False)
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("status").filter(has_text="back to work")).to_be_visible()


async def test_an_answer_that_was_lost_on_its_way_back_is_not_given_twice(
    chromium: Browser, console: str, world: World
) -> None:
    course = await at_goals(world)

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    async with a_person(chromium, console, "dr.lee", errors_expected=LOST) as page:
        await goals_typed(page, course)
        await page.route("**/tasks/*", lose, times=1)
        await answers(page)
        await expect(page.locator("#told")).to_contain_text("Send it again: it takes effect once")
        await answers(page)
        await expect(page.get_by_role("status", name="What came of it")).to_contain_text("back to work")

    assert await told_of(course, "goals_set") == 1


async def typed(page: Page, form: dict[str, str]) -> None:
    for name, value in form.items():
        field = page.locator(f'#intake [name="{name}"]').first
        if name == "request_id":
            continue
        if await field.evaluate("(field) => field.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)
