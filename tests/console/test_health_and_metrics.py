"""What is told to those who watch the console: whether it lives, whether people can work, and figures."""

from __future__ import annotations

from unittest.mock import patch

import httpx

from tests.console.kit import a_console, signed_in
from tests.kit.world import World


async def test_the_console_says_that_it_lives_and_is_ready(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        live, ready = await http.get("/health/live"), await http.get("/health/ready")

    assert live.json() == {"status": "alive"}
    assert ready.status_code == httpx.codes.OK
    assert ready.json()["checks"] == {"database": "ready", "temporal": "ready", "worker": "ready"}


async def test_the_console_is_not_ready_while_no_worker_asks_for_its_work_and_names_it(world: World) -> None:
    with patch.dict("os.environ", {"REGIMEN_TASK_QUEUE": "a-queue-that-nobody-asks"}):
        async with a_console(world) as url, httpx.AsyncClient(base_url=url) as http:
            ready, live = await http.get("/health/ready"), await http.get("/health/live")

    assert ready.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert ready.json()["checks"] == {"database": "ready", "temporal": "ready", "worker": "not ready"}
    assert live.status_code == httpx.codes.OK


async def test_figures_count_requests_by_the_pattern_of_their_address_and_open_tasks_by_kind(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        await amy.get("/find?text=Somebody")
        figures = (await amy.get("/metrics")).text

    assert 'regimen_http_requests_total{method="GET",route="/find",status="200"}' in figures
    assert 'regimen_open_tasks{kind="goals"}' in figures
    assert 'regimen_overdue_tasks{kind="goals"}' in figures
    assert 'regimen_oldest_wait_seconds{kind="payer-answer"}' in figures
    assert 'regimen_messages{status="queued"}' in figures
    assert "regimen_database_up 1.0" in figures
    assert "Somebody" not in figures


async def test_figures_are_for_this_machine_only_also_behind_a_proxy_that_runs_on_it(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        direct = await http.get("/metrics")
        passed_on = await http.get("/metrics", headers={"x-forwarded-for": "203.0.113.7"})
        hidden = await http.get("/metrics", headers={"via": "1.1 proxy"})

    assert direct.status_code == httpx.codes.OK
    assert passed_on.status_code == hidden.status_code == httpx.codes.NOT_FOUND


async def test_with_a_token_figures_are_for_who_has_it_from_wherever(world: World) -> None:
    async with a_console(world, metrics_token="secret") as url, httpx.AsyncClient(base_url=url) as http:
        without = await http.get("/metrics")
        other = await http.get("/metrics", headers={"authorization": "Bearer guessed"})
        right = await http.get("/metrics", headers={"authorization": "Bearer secret", "x-forwarded-for": "203.0.113.7"})

    assert without.status_code == other.status_code == httpx.codes.NOT_FOUND
    assert right.status_code == httpx.codes.OK
