"""A clinician's day in a browser: the check on one screen and by keys, the session's record, the end of clinic."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.diary import DiaryDay
from domain.response import ResponseAnswer
from domain.waits import WaitKind
from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot
from tests.console.clinicians import a_course_at, tell_the_time
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.days import a_monday_of_its_own
from tests.kit.diaries import RESPONDS_AT_ONCE, SEVERITY_ONLY
from tests.kit.people import AMY, DR_LEE
from tests.kit.world import World

pytestmark = pytest.mark.browser
LOOKS = [(DESK, False), (DESK, True), (PHONE, False), (PHONE, True)]
IDS = ["desk-light", "desk-dark", "phone-light", "phone-dark"]


async def height_of(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollHeight"))


async def hidden_at_the_side(page: Page) -> list[str]:
    """Return the parts whose right edge has to be scrolled to."""
    names: list[str] = await page.locator(".scroll").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth)"
        ".map((one) => `${one.ariaLabel}: ${one.scrollWidth} in ${one.clientWidth}`)"
    )
    return names


def with_gaps(on: date, given_on: tuple[date, ...]) -> DiaryDay | None:
    """Return days of which every fourth is missing: each count has two bounds."""
    return SEVERITY_ONLY(on, given_on) if on.day % 4 else None


async def goes_on(course: CourseUnderTest) -> int:
    """Answer the open check with one more session, then to go on; return after which session the next one is open."""
    stood = await course.course()
    [wait] = stood.waits_of(WaitKind.RESPONSE_CHECK)
    assert stood.evidence is not None
    answer = ResponseAnswer.ONE_MORE if stood.evidence.session == 2 else ResponseAnswer.CONTINUE
    attested = answer is ResponseAnswer.CONTINUE and stood.evidence.verdict == "undetermined"
    going_on = f.Response(answer=answer, reason="she works again", basis="patients_statement" if attested else None)
    await course.tell(DR_LEE, going_on, task=wait.id)
    await course.until(WaitKind.RESPONSE_CHECK)
    await tell_the_time(course)
    evidence = (await course.course()).evidence
    assert evidence is not None
    return evidence.session


async def hostile(course: CourseUnderTest) -> None:
    """Have everything told that a check shows, in words that would break a page that trusts them."""
    note = "<script>alert(1)</script> 😀 \u202eright to left\u202c " + "long" * 700
    for effect in ("ptosis", "neck_pain", "other"):
        await course.tell(AMY, f.AdverseEventTold(note=note, effect=effect))
    await course.tell(AMY, f.WearingOffTold(week=10, note=note))
    for drug in ("topiramate", "erenumab", "<b>propranolol</b>" * 20):
        change = f.MedicationChanged(drug=drug, drug_class="cgrp", change="started", elsewhere=True, note=note)
        await course.tell(AMY, change)
    for instrument, value in (("hit_6", 66), ("midas", 41), ("hit_6", 58)):
        await course.tell(AMY, f.ScoreRecorded(instrument=instrument, value=value))
    await course.world.pool.execute(
        "update patient set name = $2 where patient_id = $1", course.patient.patient_id, f"<i>Zoë</i> \u202e{'x' * 300}"
    )
    await course.until(WaitKind.RESPONSE_CHECK)
    await tell_the_time(course)


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
async def test_the_check_fits_on_one_screen_at_a_desk(
    chromium: Browser, console: str, world: World, size: ViewportSize, *, dark: bool
) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=SEVERITY_ONLY)
    await hostile(course)
    async with a_person(chromium, console, "dr.lee", size=size, dark=dark) as page:
        await page.goto(f"/courses/{course.course_id}/check")
        await shot(page, f"check-{size['width']}-{'dark' if dark else 'light'}")
        await no_violations(page)
        for expected in ("HIT-6", "MIDAS", "a drooping eyelid", "wore off in week 10"):
            await expect(page.get_by_text(expected).first).to_be_attached()
        width = await page.evaluate("document.documentElement.scrollWidth")
        if size == DESK:
            assert await height_of(page) <= DESK["height"]
            assert await hidden_at_the_side(page) == []
        assert width <= size["width"]


async def test_the_newest_columns_of_every_later_check_are_on_that_screen_too(
    chromium: Browser, console: str, world: World
) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=with_gaps)
    async with a_person(chromium, console, "dr.lee") as page:
        session = 2
        for more in (True, True, False):  # after sessions 2, 3 and a later one
            await page.goto(f"/courses/{course.course_id}/check")
            await shot(page, f"check-after-session-{session}")
            await expect(page.get_by_text(re.compile(f"^S{session} m2"))).to_be_visible()
            assert await hidden_at_the_side(page) == []
            assert await height_of(page) <= DESK["height"]
            await no_violations(page)
            session = await goes_on(course) if more else session
    assert session > 3


async def test_a_plain_check_is_answered_with_two_keys(chromium: Browser, console: str, world: World) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=RESPONDS_AT_ONCE)
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto(f"/courses/{course.course_id}/check")
        for key in ("1", "Enter"):
            await page.keyboard.press(key)
        await expect(page.get_by_text("answered by Dr. Jordan Lee")).to_be_visible()

    assert [check.answer for check in (await course.course()).checks] == ["continue"]


async def test_from_the_list_to_the_sent_answer_are_five_keys(chromium: Browser, console: str, world: World) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=RESPONDS_AT_ONCE)
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto("/tasks?kind=response-check")
        opens = f"/courses/{course.course_id}/check"
        place = await page.locator("tr[data-row] a[data-open]").evaluate_all(
            "(all, opens) => all.findIndex((one) => one.getAttribute('href') === opens)", opens
        )
        for _ in range(place):  # whoever answers the tests' other checks first does not press these
            await page.keyboard.press("j")
        keys = ["j", "Enter", "1", "Enter"]
        for key in keys[:2]:
            await page.keyboard.press(key)
        await page.wait_for_url(f"**{opens}")
        for key in keys[2:]:
            await page.keyboard.press(key)
        await expect(page.get_by_text("answered by Dr. Jordan Lee")).to_be_visible()

    assert len(keys) <= 5
    assert [check.answer for check in (await course.course()).checks] == ["continue"]


async def test_an_answer_that_needs_a_reason_takes_the_typist_to_it(
    chromium: Browser, console: str, world: World
) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=RESPONDS_AT_ONCE)
    async with a_person(chromium, console, "dr.lee") as page:
        await page.goto(f"/courses/{course.course_id}/check")
        await page.keyboard.press("2")
        await expect(page.get_by_label("Reason")).to_be_focused()
        await page.keyboard.type("1 more, she asks for it")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("answered by Dr. Jordan Lee")).to_be_visible()

    [check] = (await course.course()).checks
    assert (check.answer, check.reason) == ("one_more", "1 more, she asks for it")


BROKEN_NAMES = """() => {
  document.querySelectorAll("td.known").forEach((one) => { one.textContent = "a response is noted ".repeat(20); });
  const names = [...document.querySelectorAll("td.patient bdi")];
  names.forEach((one) => { one.textContent = "Wilhelmina Fernspindle"; });
  return names.filter((name) => {
    const text = name.firstChild, place = document.createRange();
    return name.innerText.split(/\\s+/).filter((word) => word.length < 15).some((word) => {
        const from = name.innerText.indexOf(word);
        place.setStart(text, from);
        place.setEnd(text, from + word.length);
        return place.getClientRects().length > 1;
    });
  }).map((name) => name.innerText);
}"""
"""Names of which a word goes on in the next line, beside tasks of which much is known."""


@pytest.mark.parametrize(("size", "dark"), LOOKS, ids=IDS)
async def test_every_page_of_a_clinician_is_readable_by_all(
    chromium: Browser, console: str, world: World, size: ViewportSize, *, dark: bool
) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    booked = (await course.course()).appointment
    assert booked is not None
    day = clinic_day(booked.starts_at, world.clinic.zone).isoformat()
    pages = {"tasks": "/tasks?of=any", "session": f"/courses/{course.course_id}/session", "day": f"/day?on={day}"}
    async with a_person(chromium, console, "dr.lee", size=size, dark=dark) as page:
        for name, path in pages.items():
            await page.goto(path)
            await shot(page, f"{name}-{size['width']}-{'dark' if dark else 'light'}")
            await no_violations(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
            assert await page.evaluate(BROKEN_NAMES) == [], name


async def test_a_session_is_cleared_and_recorded_by_keys_and_the_picture_follows(
    chromium: Browser, console: str, world: World
) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    booked = (await course.course()).appointment
    assert booked is not None
    async with a_person(chromium, console, booked.injector) as page:
        await page.goto(f"/courses/{course.course_id}/session")
        await page.keyboard.press("c")
        await expect(page.get_by_label("Lot of vial 1")).to_be_focused()
        await page.get_by_role("spinbutton", name="trapezius").fill("8")
        await page.get_by_role("spinbutton", name="trapezius").blur()
        await expect(page.locator("circle.site.extra")).to_have_count(2)
        await expect(page.locator(".sums")).to_contain_text("165 units in 33 sites")
        await page.locator("circle.site.extra").first.click()
        await expect(page.locator(".sums")).to_contain_text("160 units in 32 sites")
        await page.get_by_label("Lot of vial 1").fill("C7461")
        await page.get_by_label("Expiry of vial 1").fill("2040-06-30")
        await page.get_by_label("Why other sites").fill("pain in the shoulders")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Record of session 1")).to_contain_text("160 units in 32 sites")

    [session] = (await course.course()).sessions
    assert (session.dose.units, session.vials[0].wasted_units, session.signed_by) == (160, 40, booked.injector)


async def _three_on_a_day_that_is_over(world: World) -> tuple[list[CourseUnderTest], str, set[str]]:
    """Return three courses whose visits on one clinic day are to be told, that day and who was to inject."""
    begins_at = a_monday_of_its_own(world.clinic)
    courses = [await a_course_at(world, WaitKind.SESSION_RESULT, at=begins_at) for _ in range(3)]
    for course in courses:  # who has not come by now has missed it
        await course.pass_on(timedelta(hours=10))
        await tell_the_time(course)
    booked = [one for course in courses if (one := (await course.course()).appointment)]
    [day] = {clinic_day(one.starts_at, world.clinic.zone).isoformat() for one in booked}
    return courses, day, {one.injector for one in booked}


async def test_a_clinic_day_is_ended_without_the_mouse(chromium: Browser, console: str, world: World) -> None:
    courses, day, injectors = await _three_on_a_day_that_is_over(world)
    async with a_person(chromium, console, "amy.ops") as page:
        await page.goto(f"/day?on={day}")
        rows = page.locator('tr[data-state="to-record"]')
        before = await rows.count()
        unsigned = await page.locator('tr[data-state="to-sign"]').count()
        counts = page.locator("#sum")
        await expect(counts).to_contain_text(f"{before} to record · {unsigned} to sign")
        lot = rows.first.get_by_label("200 U lot")
        await expect(rows.first).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("Escape")
        for key in ("j", "k", "e"):
            await page.keyboard.press(key)
        await expect(lot).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(rows.first).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(lot).to_be_focused()
        await expect(lot).to_have_value("")
        await page.keyboard.type("C7461")
        await page.keyboard.press("Tab")
        await page.keyboard.type("06302040")
        await page.keyboard.press("Enter")
        for left in range(before - 1, 1, -1):  # the same lot stands in the next row already
            await expect(rows).to_have_count(left)
            await expect(counts).to_contain_text(f"{left} to record · {unsigned + before - left} to sign")
            await expect(page.locator("tr.at[data-state='to-record'] [data-act]")).to_be_focused()
            await page.keyboard.press("Enter")
        await expect(rows).to_have_count(1)
        await expect(page.locator("tr.at[data-state='to-record'] [data-act]")).to_be_focused()
        await page.keyboard.press("m")
        await expect(rows).to_have_count(0)
        await expect(page.locator("tr[data-state='missed']")).to_have_count(1)
    for injector in injectors:
        async with a_person(chromium, console, injector) as page:
            await page.goto(f"/day?on={day}")
            to_sign = page.locator("[data-sign]")
            for left in range(await to_sign.count(), 0, -1):
                await expect(to_sign).to_have_count(left)
                await expect(page.locator("tr.at [data-sign]")).to_be_focused()
                await page.keyboard.press("Enter")
            await expect(to_sign).to_have_count(0)

    given = [session for course in courses for session in (await course.course()).sessions]
    missed = [visit for course in courses for visit in (await course.course()).visits_not_given]
    assert (len(given), [visit.reason for visit in missed]) == (2, ["no_show"])
    assert {(one.recorded_by, one.dose.units) for one in given} == {("amy.ops", 155)}
    assert [one.signed_by for one in given] == [one.injector for one in given]
