"""Every page that the app has a route for: accessible, as wide as its window, and without errors in the browser."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize

from domain.waits import WaitKind
from tests.browser.kit import DESK, PHONE, a_person, no_violations, shot
from tests.console.clinicians import a_course_at
from tests.console.intakes import a_form
from tests.console.routes import all_routes
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.world import World

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Visit:
    """Who looks at a route's page, and with which query."""

    user_id: str = "ada.admin"
    query: str = ""


PAGES = {
    "/": Visit("amy.ops"),
    "/sign-in": Visit(),
    "/worklist": Visit("amy.ops", "view=all"),
    "/tasks": Visit("dr.lee", "of=any"),
    "/start": Visit("amy.ops"),
    "/import": Visit("amy.ops"),
    "/import/{job_id}": Visit("amy.ops"),
    "/calendar": Visit("amy.ops"),
    "/calendar/courses/{course_id}": Visit("amy.ops"),
    "/day": Visit("dr.lee", "on={day}"),
    "/courses/{course_id}": Visit("dr.lee"),
    "/courses/{course_id}/check": Visit("dr.lee"),
    "/courses/{course_id}/correct/{number}": Visit("dr.lee"),
    "/courses/{course_id}/dossier": Visit("dr.lee"),
    "/courses/{course_id}/history": Visit(query="waits=1&open={number}"),
    "/courses/{course_id}/packet": Visit("amy.ops"),
    "/courses/{course_id}/session": Visit("dr.lee"),
    "/courses/{course_id}/tasks/{wait_id}": Visit("dr.lee"),
    "/courses/{course_id}/tell": Visit("dr.lee"),
    "/courses/{course_id}/tell/{kind}": Visit("amy.ops"),
    "/stuck": Visit(),
    "/reports": Visit(),
    "/find": Visit(),
    "/settings": Visit(query="what=protocols"),
    "/settings/tokens": Visit(),
    "/settings/sign-ins": Visit(),
}
NO_PAGES = {
    "/courses/{course_id}/history/{number}": "a part of the history, looked at there",
    "/courses/{course_id}/history/{number}/temporal": "as before",
    "/find/irregular.csv": "a file",
    "/find/lot.csv": "a file",
    "/import-columns.csv": "a file",
    "/import/{job_id}/progress": "a part of the import",
    "/import/{job_id}/refused.csv": "a file",
    "/reports/{name}.csv": "a file",
    "/worklist/changes": "a stream of events",
    "/sign-in/now": "says nothing, or what stands beside a form",
    "/sign-in/provider": "leads to the provider",
    "/sign-in/callback": "leads back from there",
    "/health/live": "for programs",
    "/health/ready": "for programs",
    "/metrics": "for programs",
}


def test_no_page_of_the_app_is_forgotten_here() -> None:
    shown = {
        route.path
        for route in all_routes()
        if route.method == "GET" and not route.path.startswith(("/api/", "/static"))
    }

    assert shown == PAGES.keys() | NO_PAGES.keys()


@pytest_asyncio.fixture(scope="module")
async def course(world: World) -> CourseUnderTest:
    """Give a course with two sessions and an open check: something stands on each of its pages."""
    return await a_course_at(world, WaitKind.RESPONSE_CHECK)


async def names_of(course: CourseUnderTest) -> dict[str, str]:
    stood = await course.course()
    [wait] = stood.waits_of(WaitKind.RESPONSE_CHECK)
    told = next(one.number for one in await course.journal() if getattr(one, "kind", "") == "session_given")
    return {
        "course_id": course.course_id,
        "wait_id": wait.id,
        "number": str(told),
        "kind": "adverse-event",
        "day": stood.sessions[-1].given_on.isoformat(),
    }


async def an_import(page: Page) -> str:
    """Try a file with one good and one bad row; return the id of the job."""
    rows = a_form(), a_form(**{"counts.headache_days": "40"})
    header = [name for name in rows[0] if name != "request_id"]
    file = "\n".join([",".join(header), *(",".join(one[name] for name in header) for one in rows)])
    await page.goto("/import")
    await page.set_input_files("#file", {"name": "some.csv", "mimeType": "text/csv", "buffer": file.encode()})
    await page.get_by_role("button", name="See what would happen").click()
    await page.wait_for_url("**/import/*")
    return page.url.rpartition("/")[2].partition("?")[0]


@pytest.mark.parametrize(("size", "dark"), [(DESK, False), (PHONE, True)], ids=["desk by day", "phone by night"])
async def test_every_page_is_accessible_fits_its_window_and_has_no_errors(
    chromium: Browser, console: str, course: CourseUnderTest, size: ViewportSize, *, dark: bool
) -> None:
    names = await names_of(course)
    for user_id in sorted({visit.user_id for visit in PAGES.values()}):
        async with a_person(chromium, console, user_id, size=size, dark=dark) as page:
            if user_id == PAGES["/import/{job_id}"].user_id:
                names["job_id"] = await an_import(page)
            for path in [path for path, visit in PAGES.items() if visit.user_id == user_id]:
                await page.goto(f"{path}?{PAGES[path].query}".format(**names))
                await fits(page, f"{path}-{'dark' if dark else 'light'}")


async def test_every_form_that_a_course_takes_is_accessible_and_fits_a_phone(
    chromium: Browser, console: str, course: CourseUnderTest
) -> None:
    async with a_person(chromium, console, "dr.lee", size=PHONE) as page:
        await page.goto(f"/courses/{course.course_id}/tell")
        forms = await page.locator(f'main a[href^="/courses/{course.course_id}/tell/"]').evaluate_all(
            "(all) => all.map((one) => one.getAttribute('href'))"
        )
        assert len(forms) > 10
        for form in forms:
            await page.goto(form)
            await fits(page, f"form-{form.rpartition('/')[2]}")


async def fits(page: Page, name: str) -> None:
    """Fail where axe finds something, or where the page itself must be scrolled sideways."""
    await no_violations(page)
    await shot(page, "every-" + name.strip("/").replace("/", "-").replace("{", "").replace("}", ""))
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{name} is {wide} wide in a window of {window}"
    header = page.locator("header.top")
    assert await header.count() == 0 or await header.evaluate("(one) => one.offsetHeight") <= 48, f"one line on {name}"
