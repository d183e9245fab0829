"""The API against its own OpenAPI document, by Schemathesis: data that fits and data that does not, on real courses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

from console.api.described import document_of
from console.app import console_app
from console.settings import ConsoleSettings
from tests.console.kit import a_console
from tests.console.programs import Program, a_program
from tests.kit.world import World

PATIENCE_SECONDS = 60
NO_LIMIT = 1_000_000
FOR_ADMINS = frozenset({"tokens", "imports", "stuck"})
"""What a clinician may not know of, by the beginning of its address."""
NEVER = frozenset(
    {
        "ensure_resource_availability",  # this and the next two look at several requests in their order
        "use_after_free",
        "object_level_authorization",
        "positive_data_acceptance",  # what fits the schema may still break a rule: 422 then names the field
    }
)
"""Checks that are left out, and why."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda one: one.value)
async def test_every_address_does_what_the_document_says(world: World, mode: GenerationMode) -> None:
    await _ask_everything(world, mode, examples=5)


@pytest.mark.long
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda one: one.value)
async def test_every_address_does_what_the_document_says_however_long_it_is_asked(
    world: World, mode: GenerationMode
) -> None:
    await _ask_everything(world, mode, examples=12)


def test_a_refusal_and_a_version_that_is_not_the_last_are_documented_where_they_can_be_answered() -> None:
    document = document_of(console_app(ConsoleSettings(host="127.0.0.1", port=1, url="http://127.0.0.1:1")))
    said = {
        f"{method} {path.removeprefix('/api/v1')}": (
            operation["responses"].keys(),
            {one["name"] for one in operation.get("parameters", ())},
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }

    assert {one for one, (answers, _) in said.items() if "412" in answers} == {
        one for one, (_, takes) in said.items() if "If-Match" in takes
    }
    refuses = {one for one, (answers, takes) in said.items() if "409" in answers and "Idempotency-Key" not in takes}
    assert refuses == {
        "get /courses/{course_id}/slots",
        "post /courses/{course_id}/appointment/preview",
        "post /courses/{course_id}/facts/preview",
        "post /tokens",
    }


async def _ask_everything(world: World, mode: GenerationMode, *, examples: int) -> None:
    document = document_of(console_app(ConsoleSettings(host="127.0.0.1", port=1, url="http://127.0.0.1:1")))
    schema = schemathesis.openapi.from_dict(document)
    faults: list[str] = []
    async with (
        a_console(world, api_requests_per_minute=NO_LIMIT, failures_per_minute=NO_LIMIT) as url,
        a_program(url, "dr.lee") as lee,
        a_program(url, "ada.admin") as ada,
    ):
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), "the document can be read"
            operation = found.ok()
            who = ada if operation.path.split("/")[3] in FOR_ADMINS else lee
            place = await _place(lee) if "{course_id}" in operation.path and mode is GenerationMode.POSITIVE else {}
            asking = _asking(operation, mode, url, who=who, place=place, examples=examples)
            try:
                await asyncio.to_thread(asking)
            except BaseException as fault:  # noqa: BLE001 - all addresses are asked before the test says no
                faults.append(f"{operation.label}: {_said(fault)}")
    assert not faults, "\n\n".join(faults)


async def _place(lee: Program) -> dict[str, str]:
    """Return the ids of a course of its own, with a task that is open."""
    course_id = await lee.a_course()
    tasks = (await lee.get(f"/courses/{course_id}/tasks")).json()["items"]
    return {"course_id": course_id, "wait_id": tasks[0]["wait_id"]}


def _asking(
    operation: Any, mode: GenerationMode, url: str, *, who: Program, place: dict[str, str], examples: int
) -> Callable[[], None]:
    """Return what asks one address, to be run beside the console that answers."""
    checks = [check for name, check in _checks().items() if name not in NEVER]
    headers = {"Authorization": who.http.headers["authorization"]}
    session = requests.Session()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        for name, real in place.items():
            if name in case.path_parameters:
                case.path_parameters[name] = real
        case.call_and_validate(base_url=url, session=session, headers=headers, checks=checks, timeout=PATIENCE_SECONDS)

    def all_of_it() -> None:
        with session:
            ask()

    return all_of_it


def _checks() -> dict[str, Any]:
    return {check.__name__: check for check in CHECKS.get_all()}


def _said(fault: BaseException) -> str:
    inner = getattr(fault, "exceptions", None)
    return "\n".join(map(_said, inner)) if inner else f"{type(fault).__name__}: {fault}"
