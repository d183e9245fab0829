"""Signing in and out, and what stands before every page."""

from __future__ import annotations

from unittest.mock import patch

import httpx

from console.app import BODY_MAX
from tests.console.kit import signed_in
from tests.kit.world import World


async def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_where_he_was(console: str) -> None:
    async with httpx.AsyncClient(base_url=console, follow_redirects=True) as http:
        asked = await http.get("/worklist?view=mine")
        back = await http.post("/sign-in/sample", data={"user_id": "amy.ops", "then": asked.url.params["then"]})

    assert asked.url.path == "/sign-in"
    assert back.url.path == "/worklist"
    assert back.url.params["view"] == "mine"


async def test_nobody_is_led_to_another_site_by_signing_in(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
            answer = await http.post("/sign-in/sample", data={"user_id": "amy.ops", "then": elsewhere})
            assert answer.headers["location"] == "/"


async def test_a_form_that_no_page_of_ours_sent_does_nothing(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.http.post("/sign-out", data={"csrf": "guessed"})
        still = await amy.get("/find")

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "Amy Alvarez" in still.text


async def test_a_token_is_worth_nothing_after_signing_out(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        cookies = dict(amy.http.cookies)
        await amy.post("/sign-out", {})
        async with httpx.AsyncClient(base_url=console, cookies=cookies) as http:
            answer = await http.get("/worklist")

    assert answer.status_code == httpx.codes.SEE_OTHER
    assert answer.headers["location"].startswith("/sign-in")


async def test_pages_are_kept_out_of_caches_and_of_other_sites(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.get("/find")

    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


async def test_an_answer_that_says_that_regimen_failed_is_protected_like_any_other(console: str) -> None:
    bug = patch("console.pages.find.found_by", side_effect=RuntimeError("Quintessa"))
    also = patch("console.api.reports.found_by", side_effect=RuntimeError("Quintessa"))
    async with signed_in(console, "amy.ops") as amy:
        form = {"csrf": await amy.csrf(), "text": "Quintessa"}
        token = {"x-csrf-token": form["csrf"]}
        with bug, also:
            whole = await amy.http.post("/find", data=form)
            part = await amy.http.post("/find", data=form, headers={"hx-request": "true"})
            told = await amy.http.post("/api/v1/patients/find", json={"text": "Quintessa"}, headers=token)

    for answer in (whole, part, told):
        assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
        assert "Quintessa" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert ("<html" in whole.text, "<html" in part.text) == (True, False)
    assert "ratelimit-remaining" in told.headers


async def test_a_session_ends_when_nobody_was_there_for_two_hours_and_after_a_day_whoever_was(
    console: str, world: World
) -> None:
    idle = "update sign_in set seen_at = seen_at - interval '2 hours 1 second' where user_id = 'otto.ops'"
    at_its_end = "update sign_in set ends_at = now() where user_id = 'otto.ops'"
    for change in (idle, at_its_end):
        async with signed_in(console, "otto.ops") as otto:
            assert (await otto.get("/find")).url.path == "/find"
            await world.pool.execute(change)
            assert (await otto.get("/find")).url.path == "/sign-in"


async def test_who_signs_out_everywhere_is_signed_out_in_all_browsers_and_nobody_else_is(console: str) -> None:
    async with (
        signed_in(console, "otto.ops") as here,
        signed_in(console, "otto.ops") as there,
        signed_in(console, "amy.ops") as amy,
    ):
        shown = await here.get("/settings/sign-ins")
        await here.post("/sign-out/everywhere", {})
        after = [(await one.get("/find")).url.path for one in (here, there, amy)]

    assert shown.text.count("this browser") == 1
    assert after == ["/sign-in", "/sign-in", "/find"]


async def test_signing_in_anew_leaves_no_token_behind_in_the_same_browser(console: str) -> None:
    async with signed_in(console, "otto.ops") as otto:
        before = dict(otto.http.cookies)
        await otto.http.post("/sign-in/sample", data={"user_id": "amy.ops"})
        async with httpx.AsyncClient(base_url=console, cookies=before) as http:
            answer = await http.get("/worklist")

    assert answer.headers["location"].startswith("/sign-in")


async def test_the_character_that_the_database_cannot_keep_is_named_wherever_it_is_typed(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        answers = [
            await amy.get("/worklist?payer=a%00b"),
            await amy.get("/calendar?room=%00"),
            await amy.post("/find", {"text": "Quin\x00tessa"}),
            await amy.post("/worklist/views", {"name": "mine\x00"}),
        ]

    for answer in answers:
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert "expected text without NUL" in answer.text


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(console: str) -> None:
    large = b"a" * (BODY_MAX + 1)
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.http.post("/sign-in/sample", content=large)
        told = await amy.http.post("/api/v1/imports", content=large, headers={"content-type": "application/json"})

    for refused in (answer, told):
        assert refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert "At most 9 MB can be sent at once; split the file." in answer.text
    assert told.json()["type"] == "urn:regimen:problem:too_large"
