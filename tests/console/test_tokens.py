"""Tokens of integrations: made by an admin, shown once, good until revoked."""

from __future__ import annotations

import re

from tests.console.kit import signed_in
from tests.kit.world import World


async def test_an_admin_makes_a_token_which_is_shown_once_and_kept_nowhere(console: str, world: World) -> None:
    async with signed_in(console, "ada.admin") as ada:
        made = await ada.post("/settings/tokens", {"name": "scheduling export", "user_id": "amy.ops"})
        again = await ada.get("/settings/tokens")
    token = re.search(r"rgm_[\w-]{40,}", made.text)
    kept = await world.pool.fetch("select api_token::text as row from api_token")

    assert token
    assert token[0] not in again.text
    assert "scheduling export" in again.text
    assert all(token[0] not in row["row"] for row in kept)


async def test_a_form_that_is_wrong_keeps_what_was_typed_and_names_the_field(console: str) -> None:
    async with signed_in(console, "ada.admin") as ada:
        wrong = await ada.post("/settings/tokens", {"name": "lab results", "user_id": "nobody", "until_on": "tomorrow"})
        unknown = await ada.post("/settings/tokens", {"name": "lab results", "user_id": "nobody"})
        twice = [await ada.post("/settings/tokens", {"name": "lab", "user_id": "amy.ops"}) for _ in range(2)]

    assert wrong.status_code == unknown.status_code == twice[1].status_code == 422
    assert 'value="lab results"' in unknown.text
    assert "no user of this id who may act" in unknown.text
    assert "a day like" in wrong.text
    assert "choose another name" in twice[1].text


async def test_only_an_admin_is_led_to_the_tokens(console: str) -> None:
    async with signed_in(console, "ada.admin") as ada, signed_in(console, "amy.ops") as amy:
        shown = [(await one.get("/settings?what=users")).text for one in (ada, amy)]

    assert ["/settings/tokens" in one for one in shown] == [True, False]
