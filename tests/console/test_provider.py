"""Signing in by OpenID Connect, at a real provider from a package."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest_asyncio

from console.access.session import hash_of
from console.settings import OpenIdConnect
from runtime.embedded.ports import any_free_port
from tests.console.kit import a_console
from tests.kit.world import World

USERS = ("amy.ops", "nobody.known")
SAID = "may not use Regimen with this account"


@asynccontextmanager
async def a_provider(port: int) -> AsyncIterator[str]:
    """Run the provider as a program of its own: a user signs in there by typing his subject."""
    claims = [
        json.dumps({"sub": f"sub-{user}", "preferred_username": user, "email": f"{user}@clinic.example"})
        for user in USERS
    ]
    told = [part for claim in claims for part in ("--user-claims", claim)]
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        *told,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url) as http:
            while program.returncode is None:
                try:
                    await http.get("/.well-known/openid-configuration")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        program.terminate()
        await program.wait()


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[str]:
    async with a_provider(any_free_port()) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def guarded(world: World, provider: str) -> AsyncIterator[str]:
    """Give the address of a console whose people are signed in by the provider."""
    told = OpenIdConnect(issuer=provider, client_id="regimen", client_secret="secret")
    async with a_console(world, provider=told, sign_ins_per_minute=1000) as url:
        yield url


async def _back(http: httpx.AsyncClient, sub: str, then: str = "/find") -> str:
    """Go to the provider, sign in there, and return the address that leads back."""
    sent = await http.get("/sign-in/provider", params={"then": then})
    assert sent.status_code == httpx.codes.SEE_OTHER, sent.text
    at_provider = await http.post(sent.headers["location"], data={"sub": sub})
    return str(at_provider.headers["location"])


async def test_a_user_of_the_list_is_signed_in_and_comes_back_to_where_he_was(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as http:
        answer = await http.get(await _back(http, "sub-amy.ops", then="/find"))
        shown = await http.get(answer.headers["location"])

    assert answer.headers["location"] == "/find"
    assert "Amy Alvarez" in shown.text


async def test_what_is_asked_of_the_provider_is_code_with_pkce_state_and_nonce(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as http:
        sent = await http.get("/sign-in/provider")

    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{guarded}/sign-in/callback"]
    assert asked["state"][0]
    assert asked["nonce"][0]
    assert "openid" in asked["scope"][0]


async def test_unknown_and_inactive_users_are_told_so_in_the_same_words(guarded: str, world: World) -> None:
    answers = []
    async with httpx.AsyncClient(base_url=guarded) as http:
        answers.append(await http.get(await _back(http, "sub-nobody.known")))
        await world.pool.execute("update app_user set active = false where user_id = 'amy.ops'")
        try:
            answers.append(await http.get(await _back(http, "sub-amy.ops")))
        finally:
            await world.pool.execute("update app_user set active = true where user_id = 'amy.ops'")

    assert [one.status_code for one in answers] == [403, 403]
    assert answers[0].text == answers[1].text
    assert SAID in answers[0].text


async def test_another_browser_cannot_finish_a_sign_in(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as his, httpx.AsyncClient(base_url=guarded) as hers:
        back = await _back(his, "sub-amy.ops")
        answer = await hers.get(back)

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "regimen" not in hers.cookies


async def test_a_sign_in_comes_back_once(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as http:
        back = await _back(http, "sub-amy.ops")
        state = dict(http.cookies)
        first = await http.get(back)
        for name, value in state.items():
            http.cookies.set(name, value, domain="127.0.0.1")
        second = await http.get(back)

    assert first.status_code == httpx.codes.SEE_OTHER
    assert second.status_code == httpx.codes.FORBIDDEN


async def test_an_id_token_of_another_sign_in_is_refused(guarded: str, world: World) -> None:
    async with httpx.AsyncClient(base_url=guarded) as http:
        back = await _back(http, "sub-amy.ops")
        state = parse_qs(urlsplit(back).query)["state"][0]
        await world.pool.execute("update sign_in_begun set nonce = 'another' where state_hash = $1", hash_of(state))
        answer = await http.get(back)

    assert answer.status_code == httpx.codes.FORBIDDEN


async def test_a_sign_in_that_took_too_long_begins_again(guarded: str, world: World) -> None:
    async with httpx.AsyncClient(base_url=guarded) as http:
        back = await _back(http, "sub-amy.ops")
        await world.pool.execute("update sign_in_begun set ends_at = $1", datetime.now(UTC) - timedelta(seconds=1))
        answer = await http.get(back)

    assert answer.status_code == httpx.codes.FORBIDDEN


async def test_the_providers_keys_may_change(world: World) -> None:
    """The provider starts anew at its address with another key, as one that rotates them would."""
    port_of_both = any_free_port()

    async def sign_in_once(url: str) -> int:
        async with httpx.AsyncClient(base_url=url) as http:
            return (await http.get(await _back(http, "sub-amy.ops"))).status_code

    told = OpenIdConnect(issuer=f"http://127.0.0.1:{port_of_both}", client_id="regimen", client_secret="secret")
    async with a_console(world, provider=told) as url:
        for _ in range(2):
            async with a_provider(port_of_both):
                assert await sign_in_once(url) == httpx.codes.SEE_OTHER


async def test_a_provider_that_does_not_answer_is_an_outage_and_no_stack_trace(world: World) -> None:
    told = OpenIdConnect(issuer=f"http://127.0.0.1:{any_free_port()}", client_id="regimen", client_secret="secret")
    async with a_console(world, provider=told) as url, httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/sign-in/provider")

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


async def test_nobody_tries_to_sign_in_without_end(world: World, provider: str) -> None:
    told = OpenIdConnect(issuer=provider, client_id="regimen", client_secret="secret")
    async with a_console(world, provider=told, sign_ins_per_minute=2) as url, httpx.AsyncClient(base_url=url) as http:
        answers = [await http.get("/sign-in/callback") for _ in range(6)]

    assert answers[-1].status_code == httpx.codes.TOO_MANY_REQUESTS
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_no_sample_user_is_signed_in_where_a_provider_is_set_up(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as http:
        answer = await http.post("/sign-in/sample", data={"user_id": "ada.admin"})

    assert answer.status_code == httpx.codes.NOT_FOUND


async def test_cookies_are_bound_to_the_host_where_people_come_by_https(world: World, provider: str) -> None:
    told = OpenIdConnect(issuer=provider, client_id="regimen", client_secret="secret")
    behind_a_proxy = a_console(world, provider=told, url="https://regimen.clinic.example")
    async with behind_a_proxy as url, httpx.AsyncClient(base_url=url) as http:
        sent = await http.get("/sign-in/provider")

    cookie = sent.headers["set-cookie"]
    assert cookie.startswith("__Host-regimen-sign-in=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
