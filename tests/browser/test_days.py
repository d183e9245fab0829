"""The days of the three people who use Regimen, each from the first page to the last, in a clinic of its own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from temporalio.exceptions import ApplicationError

from domain.clinic_time import clinic_day
from domain.session import Appointment
from domain.waits import WaitKind
from office.measures import count_for
from runtime.time_travel import fast_forward
from tests.browser.kit import a_person, no_violations, shot
from tests.browser.started import StartedOnAPage
from tests.console.clinicians import a_course_at, tell_the_time
from tests.console.intakes import a_form
from tests.console.kit import a_console
from tests.kit.answers import People
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.diaries import NEVER_RESPONDS, RESPONDS_AT_ONCE
from tests.kit.faults import Faults, unavailable
from tests.kit.world import World, a_world

pytestmark = pytest.mark.browser
ONE_DAY = timedelta(days=1)
UNANSWERED = People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None})
"""Nobody answers for the payer, and the coordinator of these days chases it herself."""


@dataclass
class Scheduling(Faults):
    """The clinic's scheduling, on its bad days: it has no time, or does not answer."""

    is_full: bool = False
    is_away: bool = False

    async def before(self, name: str) -> None:
        if name == "book_session" and self.is_full:
            raise ApplicationError("no free time in the next weeks", type="Refused", non_retryable=True)
        if name == "book_session" and self.is_away:
            raise unavailable(name)


@dataclass(frozen=True)
class ADay:
    """A clinic in which nobody else has courses: its console, and how its scheduling fares."""

    world: World
    url: str
    scheduling: Scheduling


@pytest_asyncio.fixture(scope="module")
async def clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ADay]:
    """Give one clinic to the three days."""
    scheduling = Scheduling()
    state = tmp_path_factory.mktemp("days") / "state"
    async with a_world(state) as world, world.worker(interceptors=[scheduling]), a_console(world) as url:
        yield ADay(world=world, url=url, scheduling=scheduling)


async def opens_row(page: Page, opens: str) -> None:
    """Go down with `j` until the row that leads there is reached, and open it."""
    for _ in range(40):
        await page.keyboard.press("j")
        if await page.locator(f'tr.at a[data-open][href*="{opens}"]').count():
            await page.keyboard.press("Enter")
            await page.wait_for_url(re.compile(re.escape(opens)))
            return
    raise AssertionError(f"j never came to {opens}")


async def booked(course: CourseUnderTest) -> Appointment:
    appointment = (await course.course()).appointment
    assert appointment is not None
    return appointment


async def test_a_coordinator_starts_chases_books_and_after_a_missed_visit_books_again(
    chromium: Browser, clinic: ADay
) -> None:
    async with a_person(chromium, clinic.url, "amy.ops") as page:
        course = await starts(page, clinic.world)
        await course.until(WaitKind.SUBMIT_PACKET)  # a clinician has set the goals meanwhile
        await tell_the_time(course)
        await submits(page, course)
        await course.until(WaitKind.CHASE_PAYER, UNANSWERED)
        await tell_the_time(course)
        await chases(page, course)
        clinic.scheduling.is_full = True
        await records_the_answer(page, course)
        await course.until(WaitKind.BOOKING)
        clinic.scheduling.is_full = False
        await tell_the_time(course)
        await books(page, course)
        first = await booked(course)
        await course.until(WaitKind.CLEARANCE)
        await course.pass_until(first.ends_at + timedelta(hours=1))
        await tell_the_time(course)
        await marks_missed(page, course, first)
        await course.settle()
        await moves(page, course)
        await expect(page.locator(".stands strong")).to_be_visible()

        again = await booked(course)
        assert (again.number, again.for_session) > (first.number, 1)
        await page.keyboard.press("/")
        await page.keyboard.type(course.patient.record_number)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("cell", name=course.patient.name)).to_be_visible()

    stood = await course.check()
    assert [visit.reason for visit in stood.visits_not_given] == ["no_show"]


async def starts(page: Page, world: World) -> StartedOnAPage:
    """Type a patient's intake, with the verdict beside it, and start without the mouse."""
    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await page.wait_for_url("**/start")
    form, verdict = a_form(), page.locator("#verdict")
    await expect(verdict).to_contain_text("Birth date and diagnosis are needed first")
    for name, value in form.items():
        await types(page, name, value)
        if name == "diagnosis":
            await expect(verdict.locator(".verdict").first).to_have_text("needs information")
    await expect(verdict.locator(".verdict").first).to_have_text("eligible")
    await expect(verdict).to_contain_text("The course can be started")
    await no_violations(page)
    await shot(page, "day-start")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(re.compile(r"/courses/[0-9a-f]{32}$"))
    await expect(page.locator("#waiting")).to_contain_text("Waits for")
    return await StartedOnAPage.of(world, page.url.rpartition("/")[2])


async def types(page: Page, name: str, value: str) -> None:
    """Type a field of an intake; the first field of another treatment adds it."""
    if name == "request_id":
        return
    field = page.locator(f'[name="{name}"]')
    if name.endswith("].drug"):
        await page.get_by_role("button", name="Add treatment").click()
        await expect(field).to_be_focused()
    if await field.evaluate("(field) => field.tagName") == "SELECT":
        await field.select_option(value)
    else:
        await field.fill(value)


async def submits(page: Page, course: CourseUnderTest) -> None:
    """Take the packet's task in the worklist and say that it went out."""
    await page.keyboard.press("g")
    await page.keyboard.press("w")
    await page.wait_for_url("**/worklist**")
    mine = page.locator('[data-count="mine"]')
    await expect(mine).to_have_text("0")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.locator("#bulk-take")).to_have_text("Take 1")
    await page.keyboard.press("t")
    await expect(page.locator(".done .said")).to_have_text("you have it now")
    await expect(mine).to_have_text("1")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("next and previous row")
    await page.keyboard.press("Escape")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(f"{course.course_id}/tasks/"))
    await page.get_by_label("Reference").fill("fax 12")
    await answered(page, "fax 12")


async def answered(page: Page, said: str) -> None:
    """Send the form of a task; the course's page says what came of it."""
    await page.get_by_role("button", name="Answer").click()
    await expect(page.get_by_role("status", name="What came of it")).to_contain_text(said)


async def chases(page: Page, course: CourseUnderTest) -> None:
    """Ask the payer where its decision is, and say when to ask again."""
    await page.goto("/worklist?view=authorizations")
    await opens_row(page, f"{course.course_id}/tasks/chase-payer")
    await page.get_by_label("Result").fill("in review, a nurse looks at it")
    again = clinic_day(await course.now(), course.world.clinic.zone) + 3 * ONE_DAY
    await page.get_by_label("Again on").fill(again.isoformat())
    await no_violations(page)
    await answered(page, "in review, a nurse looks at it")


async def records_the_answer(page: Page, course: CourseUnderTest) -> None:
    """Record that the payer approves what it usually does."""
    await course.settle()
    [wait] = (await course.course()).waits_of(WaitKind.PAYER_ANSWER)
    await page.goto(f"/courses/{course.course_id}/tasks/{wait.id}")
    await page.get_by_label("Decision").select_option("approved")
    await page.get_by_label("Number", exact=False).first.fill("A-77")
    await no_violations(page)
    await shot(page, "day-authorization")
    await answered(page, "A-77")


async def books(page: Page, course: CourseUnderTest) -> None:
    """Find a time where scheduling had none, from the course's page."""
    await page.goto("/worklist?view=to-book")
    await expect(page.locator('[data-count="to-book"]')).to_have_text("1")
    await page.goto(f"/courses/{course.course_id}")
    await expect(page.locator("#waiting")).to_contain_text("find a time for the session")
    await page.keyboard.press("b")
    await page.wait_for_url(f"**/calendar/courses/{course.course_id}")
    await page.locator(".offered a").first.click()
    await expect(page.locator(".effects")).to_be_visible()
    await no_violations(page)
    await page.get_by_role("button", name="Book").click()
    await expect(page.get_by_role("status").first).to_have_text("Booked.")
    await expect(page.locator(".stands strong")).to_be_visible()


async def marks_missed(page: Page, course: CourseUnderTest, missed: Appointment) -> None:
    """Mark the patient as missed on the day's page, by one key."""
    day = clinic_day(missed.starts_at, course.world.clinic.zone)
    await page.goto(f"/day?on={day}")
    await page.keyboard.press("j")
    await page.keyboard.press("m")
    await expect(page.locator("tr[data-state='missed']")).to_have_count(1)
    await no_violations(page)
    await page.goto("/worklist?view=missed")
    await expect(page.locator('[data-count="missed"]')).to_have_text("1")
    await expect(page.locator('[data-count="to-book"]')).to_have_text("0")


async def moves(page: Page, course: CourseUnderTest) -> None:
    """Move what the course booked anew to a time that suits the patient."""
    await tell_the_time(course)
    await page.goto(f"/courses/{course.course_id}")
    await expect(page.get_by_role("region", name="Visits without drug")).to_contain_text("no show")
    await page.keyboard.press("b")
    await page.wait_for_url(f"**/calendar/courses/{course.course_id}")
    await page.keyboard.press("n")
    await page.wait_for_url("**from=**")
    await page.locator(".offered a").first.click()
    await page.get_by_label("Why it moves").fill("after school only")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("Moved.")
    await no_violations(page)
    await shot(page, "day-moved")


async def test_a_clinician_sets_goals_treats_and_answers_one_plain_check_and_one_that_ends_a_course(
    chromium: Browser, clinic: ADay
) -> None:
    world = clinic.world
    plain = await a_course_at(world, WaitKind.GOALS, diary=RESPONDS_AT_ONCE)
    failing = await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=NEVER_RESPONDS)
    async with a_person(chromium, clinic.url, "dr.lee") as page:
        await page.wait_for_url("**/tasks")
        await opens_row(page, f"{plain.course_id}/tasks/goals")
        await page.get_by_label("Goals").fill("half the headache days, fewer days in bed")
        await page.get_by_role("button", name="Answer").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status", name="What came of it")).to_contain_text("fewer days in bed")
        await plain.until(WaitKind.CLEARANCE)
        await tell_the_time(plain)
    await treats(chromium, clinic, plain)
    await plain.until(WaitKind.RESPONSE_CHECK)
    await tell_the_time(plain)
    async with a_person(chromium, clinic.url, "dr.lee") as page:
        await page.goto("/tasks?kind=response-check")
        await opens_row(page, f"/courses/{plain.course_id}/check")
        for key in ("1", "Enter"):  # j, enter, 1, enter: four keys from the list
            await page.keyboard.press(key)
        await expect(page.get_by_text("answered by Dr. Jordan Lee")).to_be_visible()
        await page.wait_for_load_state()  # from then on it hears keys
        await page.keyboard.press("n")
        await page.wait_for_url("**/tasks")
        await opens_row(page, f"/courses/{failing.course_id}/check")
        await no_violations(page)
        await page.keyboard.press("3")
        await page.keyboard.type("no day less after two sessions, and she wants to stop")
        await shot(page, "day-discontinue")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("answered by Dr. Jordan Lee")).to_be_visible()
        await page.goto(f"/courses/{failing.course_id}")
        await expect(page.locator(".course-head")).to_contain_text("discontinued")
        await no_violations(page)

    [answer] = (await failing.check()).checks
    assert (answer.answer, answer.reason) == ("discontinue", "no day less after two sessions, and she wants to stop")
    assert [(check.answer, check.reason) for check in (await plain.check()).checks] == [("continue", None)]


async def treats(chromium: Browser, clinic: ADay, course: CourseUnderTest) -> None:
    """Clear the session and record it by keys, with one site more than planned, as the one who injects."""
    injector = (await booked(course)).injector
    async with a_person(chromium, clinic.url, injector) as page:
        await page.goto(f"/courses/{course.course_id}/session")
        await no_violations(page)
        await page.keyboard.press("c")
        await expect(page.get_by_label("Lot of vial 1")).to_be_focused()
        await page.keyboard.type("C7461")
        await page.get_by_label("Expiry of vial 1").fill("2040-06-30")
        planned = await page.locator("circle.site.given").count()
        await page.get_by_role("spinbutton", name="trapezius").fill("7")
        await page.get_by_label("Why other sites").fill("pain in the shoulders")
        await expect(page.locator("circle.site.given, circle.site.extra")).to_have_count(planned + 1)
        await shot(page, "day-session")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Record of session 1")).to_contain_text("160 units in 32 sites")
        await no_violations(page)
    [session] = (await course.course()).sessions
    assert (session.dose.units, session.signed_by) == (160, injector)


@pytest_asyncio.fixture(scope="module")
async def inspected(clinic: ADay) -> tuple[CourseUnderTest, CourseUnderTest, CourseUnderTest]:
    """Return a course kept waiting by its payer, one that scheduling does not answer, and one that was treated."""
    world = clinic.world
    waiting = await a_course_at(world, WaitKind.PAYER_ANSWER)
    await waiting.pass_days(42)
    unanswered = await a_course_at(world, WaitKind.PAYER_ANSWER)
    clinic.scheduling.is_away = True
    while not (await unanswered.course()).waits_of(WaitKind.OUTSIDE):
        await approves(unanswered)
        await fast_forward(world.client, unanswered.workflow_id, timedelta(minutes=1))
    treated = await a_treated_course(clinic)
    for course in (waiting, unanswered, treated):
        await tell_the_time(course)
    return waiting, unanswered, treated


async def a_treated_course(clinic: ADay) -> CourseUnderTest:
    clinic.scheduling.is_away = False
    treated = await a_course_at(clinic.world, WaitKind.SAFETY_CALL)
    clinic.scheduling.is_away = True
    return treated


async def approves(course: CourseUnderTest) -> None:
    stood, now = await course.course(), await course.now()
    for wait in stood.waits_of(WaitKind.PAYER_ANSWER):
        answer = People().answer(stood, wait, now)
        assert answer is not None
        await course.tell(*answer, task=wait.id)


async def test_an_admin_says_why_there_was_no_session_mends_what_is_stuck_and_finds_what_is_asked_for(
    chromium: Browser, clinic: ADay, inspected: tuple[CourseUnderTest, CourseUnderTest, CourseUnderTest]
) -> None:
    waiting, unanswered, treated = inspected
    async with a_person(chromium, clinic.url, "ada.admin") as page:
        await why_no_session(page, waiting)
        clinic.scheduling.is_away = False
        await retries(page, unanswered)
        await eventually(unanswered.course, lambda course: course.appointment is not None)
        await count_for(clinic.world.pool, 60)
        await reads_a_report(page)
        await finds_the_lot(page, treated)
        await sees_who_looked(page, treated)

    await unanswered.check()


async def why_no_session(page: Page, course: CourseUnderTest) -> None:
    """Find the patient, ask about last month, and open what Temporal keeps behind a line."""
    await page.keyboard.press("/")
    await page.keyboard.type(course.patient.record_number)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("cell", name=course.patient.name)).to_be_visible()
    await opens_row(page, f"/courses/{course.course_id}")
    await page.keyboard.press("h")
    await page.wait_for_url("**/history")
    month = clinic_day(await course.now(), course.world.clinic.zone).replace(day=1) - ONE_DAY
    await page.get_by_label("Month").select_option(f"{month:%Y-%m}")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_text(f"No session was given in {month:%B %Y}")).to_be_visible()
    await expect(page.get_by_text("waited for the payer").first).to_be_visible()
    await no_violations(page)
    await shot(page, "day-history")
    await page.goto(f"/courses/{course.course_id}/history?kind=goals_set")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("workflow execution update accepted")).to_be_visible()
    await no_violations(page)


async def retries(page: Page, course: CourseUnderTest) -> None:
    """Have the course ask scheduling again, now that it answers."""
    await page.get_by_role("link", name="Stuck", exact=True).click()
    await page.get_by_role("link", name="A system does not answer: book session").click()
    await expect(page.get_by_role("link", name=course.course_id[:8]).first).to_be_visible()
    await no_violations(page)
    await shot(page, "day-stuck")
    await page.keyboard.press("a")
    await page.get_by_label("retry now").check()
    await page.get_by_role("button", name="Do it").click()
    await expect(page.get_by_text("1 of 1 done")).to_be_visible()


async def reads_a_report(page: Page) -> None:
    """Open the reports, and save one: its file says what its table says."""
    await page.get_by_role("link", name="Reports", exact=True).click()
    await page.wait_for_url("**/reports")
    section = page.locator("section[aria-labelledby]").filter(has=page.locator("table")).first
    shown = await section.locator("tbody tr").count()
    async with page.expect_download() as saving:
        await section.get_by_role("link", name="CSV").click()
    header, *rows = await rows_of(await (await saving.value).path())
    assert len(header) == await section.locator("thead th").count()
    assert len(rows) == shown
    await no_violations(page)


async def rows_of(path: Path) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))) if row]


async def finds_the_lot(page: Page, course: CourseUnderTest) -> None:
    """Find whom a lot was given to."""
    await page.get_by_role("link", name="Find", exact=True).click()
    await page.get_by_role("link", name="lot").click()
    await page.get_by_label("Lot of a vial").fill("C7461")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=course.patient.name)).to_be_visible()
    await no_violations(page)


async def sees_who_looked(page: Page, course: CourseUnderTest) -> None:
    """Look up who looked at a patient: this admin just did."""
    await page.goto(f"/settings?what=looks&course={course.course_id}")
    looks: Any = page.get_by_role("row").filter(has_text="Ada Abara").filter(has_text=course.patient.name)
    await expect(looks.first).to_be_visible()
    await no_violations(page)
    await shot(page, "day-looks")
