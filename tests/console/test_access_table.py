"""The access table, cell by cell, by asking the running app; and that no route stands open by mistake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from console.access.table import MAY, Act
from domain.people import Role
from tests.console.kit import Person, signed_in
from tests.console.routes import Route, all_routes

OPEN = {
    "/health/live": "whoever starts and stops it asks",
    "/health/ready": "as before",
    "/metrics": "guards itself: this machine or a token",
    "/sign-in": "nobody is signed in there yet",
    "/sign-in/callback": "as before",
    "/sign-in/provider": "as before",
    "/sign-in/sample": "as before",
    "/static": "styles and scripts, no data",
    "/api/v1/openapi.json": "says what the API takes, no data",
}
"""The only routes without a guard, and why."""

CELLS: dict[str, str] = {
    #                        operations, clinician, billing, admin
    "SEE_WORKLIST": "yes yes yes yes",
    "SEE_COURSE": "yes yes yes yes",
    "SEE_HISTORY": "yes yes yes yes",
    "SEE_TEMPORAL": "no no no yes",
    "SEE_CALENDAR": "yes yes yes yes",
    "SEE_REPORTS": "no yes no yes",
    "SEE_STUCK": "no no no yes",
    "SEE_SETTINGS": "yes yes yes yes",
    "SEE_LOOKS": "no no no yes",
    "FIND_LOT": "no yes no yes",
    "FIND_IRREGULAR": "no yes no yes",
    "FIND_REOPENED": "no no yes yes",
    "TELL_COURSE": "yes yes yes yes",
    "START_COURSE": "yes yes no yes",
    "IMPORT_COURSES": "yes no no yes",
    "BOOK": "yes yes no no",
    "RECORD_DAY": "yes yes no no",
    "ANSWER_CHECK": "no yes no no",
    "SIGN_RECORD": "no yes no no",
    "EXPORT": "yes yes yes yes",
    "SAVE_VIEW": "yes yes yes yes",
    "SHARE_VIEW": "yes no no yes",
    "ASSIGN_OTHERS": "yes yes yes yes",
    "REPAIR": "no no no yes",
    "MANAGE_TOKENS": "no no no yes",
}
ROLES = (Role.OPERATIONS, Role.CLINICIAN, Role.BILLING, Role.ADMIN)
WHO = {
    Role.OPERATIONS: "amy.ops",
    Role.CLINICIAN: "dr.lee",
    Role.BILLING: "ben.billing",
    Role.ADMIN: "ada.admin",
}
ROUTES = all_routes()
ACTED = [route for route in ROUTES if route.act is not None]


@pytest_asyncio.fixture(scope="module")
async def people(console: str) -> AsyncIterator[dict[Role, Person]]:
    async with AsyncExitStack() as stack:
        yield {role: await stack.enter_async_context(signed_in(console, user)) for role, user in WHO.items()}


@pytest.mark.parametrize("act", CELLS)
def test_the_table_says_what_was_agreed(act: str) -> None:
    assert {role: may == "yes" for role, may in zip(ROLES, CELLS[act].split(), strict=True)} == {
        role: role in MAY[Act[act]] for role in ROLES
    }


def test_every_act_was_agreed() -> None:
    assert {act.name for act in Act} == set(CELLS)


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: f"{one.method} {one.path}")
def test_every_route_has_a_guard_or_a_reason_to_have_none(route: Route) -> None:
    assert route.is_guarded or route.path in OPEN


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ACTED, ids=lambda one: f"{one.method} {one.path}")
async def test_who_may_not_gets_the_very_answer_of_a_page_that_is_not_there(
    people: dict[Role, Person], route: Route, role: Role
) -> None:
    assert route.act is not None
    person = people[role]
    if role in MAY[route.act]:
        if route.method == "GET" and "{" not in route.path:
            answer = await person.get(route.path)
            assert answer.status_code != httpx.codes.NOT_FOUND
        return
    asked = await _ask(person, route.method, _path_of(route))
    absent = await _ask(person, route.method, _absent(_path_of(route)))
    assert asked.status_code == httpx.codes.NOT_FOUND
    assert (asked.content, _told(asked)) == (absent.content, _told(absent))


def _path_of(route: Route) -> str:
    return "/".join("1" if part.startswith("{") else part for part in route.path.split("/"))


def _absent(path: str) -> str:
    """Return a path beside it that no route takes."""
    if path.startswith("/api/v1/"):
        return path.replace("/api/v1/", "/api/v1/nothing-of-the-kind/")
    return f"{path}-nothing-of-the-kind"  # the menu marks where in the console it is


async def _ask(person: Person, method: str, path: str) -> httpx.Response:
    if method == "GET":
        return await person.http.get(path)
    csrf = {"x-csrf-token": await person.csrf()}
    if path.startswith("/api/"):
        return await person.http.request(method, path, headers=csrf, json={})
    return await person.http.request(method, path, headers=csrf)


def _told(answer: httpx.Response) -> dict[str, str]:
    """Return the headers, but for what counts requests and tells the time."""
    return {name: value for name, value in answer.headers.items() if not name.startswith(("ratelimit", "date"))}


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: f"{one.method} {one.path}")
async def test_who_is_not_signed_in_is_shown_nothing(console: str, route: Route) -> None:
    if not route.is_guarded:
        return
    path = "/".join("1" if part.startswith("{") else part for part in route.path.split("/"))
    async with httpx.AsyncClient(base_url=console) as http:
        json: dict[str, str] | None = {} if path.startswith("/api/") and route.method != "GET" else None
        answer = await http.request(route.method, path, json=json)
    if route.method == "GET" and not path.startswith("/api/"):
        assert answer.status_code == httpx.codes.SEE_OTHER
        assert answer.headers["location"].startswith("/sign-in?then=")
    else:
        assert answer.status_code == httpx.codes.UNAUTHORIZED
