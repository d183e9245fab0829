"""Rules of the house that no type checker knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from temporalio.common import SearchAttributeKey

from adapters.files.policies import load_policies
from adapters.files.protocols import load_protocols
from domain import events as e
from domain import facts as f
from domain.record import Edge, Sourced
from runtime.temporal import SEARCH_ATTRIBUTES
from workflows import signs

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "domain").rglob("*.py"))
WORKFLOWS = sorted((ROOT / "workflows").glob("*.py"))
CODE = sorted(path for path in ROOT.glob("*/**/*.py") if not path.relative_to(ROOT).parts[0].startswith("."))

OF_THE_DESK = {"desk.py", "claim.py", "delivery.py"}
"""The desk, and the workflows without one. Phases get a desk and nothing else."""
STARTS_WORK = ("execute_", "start_activity", "start_local", "create_task", "ensure_future", "TaskGroup", "gather")
CHANCE_AND_CLOCK = {"random", "secrets", "uuid", "time", "os"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "time_ns", "perf_counter"}


def attributes_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every dotted name that a module uses, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.lineno, f"{ast.unparse(node.value)}.{node.attr}"


def imports_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what a module imports, as module or module.name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_only_the_desk_starts_work_beside_or_outside(path: Path) -> None:
    used = [(line, name) for line, name in attributes_in(path) if name.startswith(("workflow.", "asyncio."))]
    starts = [f"{path.name}:{line} {name}" for line, name in used if name.split(".")[1].startswith(STARTS_WORK)]

    assert not starts or path.name in OF_THE_DESK
    assert ("asyncio" in {name for _, name in imports_in(path)}) is (path.name == "desk.py")


@pytest.mark.parametrize("path", [*RULES, *WORKFLOWS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_rule_and_no_workflow_asks_a_clock_or_rolls_dice(path: Path) -> None:
    asked = [
        f"{path.name}:{line} {name}"
        for line, name in attributes_in(path)
        if name.rpartition(".")[2] in CLOCKS and name.split(".")[-2] in {"datetime", "date", "time"}
    ]
    asked += [f"{path.name}:{line} {name}" for line, name in imports_in(path) if name.split(".")[0] in CHANCE_AND_CLOCK]

    assert asked == []


@pytest.mark.parametrize(
    "path",
    [one for one in WORKFLOWS if one.stem not in {"desk", "course", "claim", "delivery", "signs"}],
    ids=lambda path: path.stem,
)
def test_a_phase_knows_the_desk_and_not_temporal(path: Path) -> None:
    imported = {name for _, name in imports_in(path) if name.startswith("temporalio")}

    assert imported == set()


def sourced(value: Any, path: str = "") -> Iterator[tuple[str, Sourced[Any]]]:
    """Yield every number with a source below `value`, with the path to it."""
    if isinstance(value, Sourced):
        yield path, value
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from sourced(one, f"{path}.{number}")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from sourced(getattr(value, name), f"{path}.{name}".strip("."))


def _rule_books() -> list[Any]:
    protocols, policies = load_protocols(ROOT / "protocols"), load_policies(ROOT / "payers")
    return [*protocols.values(), *policies.values()]


@pytest.mark.parametrize("book", _rule_books(), ids=lambda book: book.id)
def test_every_number_of_a_protocol_or_policy_names_its_source(book: Any) -> None:
    found = list(sourced(book))

    assert len(found) >= 15
    assert [path for path, one in found if len(one.source.strip()) < 5] == []


@pytest.mark.parametrize("book", _rule_books(), ids=lambda book: book.id)
def test_no_number_of_a_protocol_or_policy_stands_without_a_source(book: Any) -> None:
    bare = [
        f"{section}.{name}"
        for section, value in book
        if isinstance(value, BaseModel)
        for name, one in value
        if isinstance(one, int | float) and not isinstance(one, bool)
    ]

    assert bare == []


def test_the_search_attributes_that_workflows_set_are_those_that_are_registered() -> None:
    types = {"Keyword": "KEYWORD", "KeywordList": "KEYWORD_LIST", "Datetime": "DATETIME", "Int": "INT"}
    keys = [value for value in vars(signs).values() if isinstance(value, SearchAttributeKey)]

    assert {key.name: key.indexed_value_type.name for key in keys} == {
        name: types[kind] for name, kind in SEARCH_ATTRIBUTES.items()
    }


def test_sql_stores_have_room_for_them() -> None:
    kinds = list(SEARCH_ATTRIBUTES.values())

    assert kinds.count("Keyword") <= 10
    assert all(kinds.count(kind) <= 3 for kind in set(kinds) - {"Keyword"})


def test_facts_refuse_what_they_do_not_know_and_events_keep_it() -> None:
    facts = [one for one in vars(f).values() if isinstance(one, type) and issubclass(one, Edge) and one is not Edge]
    events = [one for one in vars(e).values() if isinstance(one, type) and issubclass(one, e.CourseEvent)]

    assert {one.__name__ for one in facts if one.model_config.get("extra") != "forbid"} == set()
    assert {one.__name__ for one in events if one.model_config.get("extra") != "allow"} == set()


def test_every_event_has_a_kind_of_its_own_in_the_past_tense_of_its_name() -> None:
    kinds = [one.model_fields["kind"].default for one in e.AnyEvent.__args__]

    assert len(kinds) == len(set(kinds))
    for one in e.AnyEvent.__args__:
        snake = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in one.__name__).strip("_")
        assert one.model_fields["kind"].default == snake


def test_no_file_of_the_project_grows_beyond_reading() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in [*RULES, *WORKFLOWS]}

    assert {str(path): length for path, length in lengths.items() if length > 600} == {}


SILENCED = re.compile(r"# (?:noqa|type: ignore)\b.*")
WITH_ITS_REASON = re.compile(r"# (?:noqa: [A-Z0-9, ]+ -|type: ignore\[[a-z, -]+\]  ?#) \S+.*")


def test_each_check_that_is_silenced_has_its_reason_beside_it() -> None:
    lines = [
        (f"{path.relative_to(ROOT)}:{number}", silenced.group())
        for path in CODE
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if path != Path(__file__) and (silenced := SILENCED.search(line)) is not None
    ]

    assert lines, "they are found"
    assert {where: said for where, said in lines if not WITH_ITS_REASON.fullmatch(said)} == {}
