"""Every log line is one JSON document without a patient in it."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog

from runtime.environment import SettingsError
from runtime.logs import configure_logging


class Logged(io.StringIO):
    def line(self) -> dict[str, Any]:
        [line] = self.getvalue().splitlines()
        document: dict[str, Any] = json.loads(line)
        return document


@pytest.fixture
def logged() -> Iterator[Logged]:
    root, hook, stream = logging.getLogger(), sys.excepthook, Logged()
    before = (root.handlers, root.level)
    configure_logging("INFO", stream=stream)
    yield stream
    root.handlers, root.level = before
    sys.excepthook = hook
    structlog.reset_defaults()


def raise_with_a_patient() -> None:
    raise ValueError("Ada Lovelace was born on 1815-12-10")


def test_structlog_writes_its_facts_as_keys(logged: Logged) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)

    structlog.stdlib.get_logger("adapters").info("session.booked", course_id=UUID(int=7), starts_at=at)

    line = logged.line()
    assert (line["event"], line["level"], line["logger"]) == ("session.booked", "info", "adapters")
    assert line["course_id"] == "00000000-0000-0000-0000-000000000007"
    assert line["starts_at"] == "2026-03-02T00:00:00+00:00"


def test_the_standard_library_writes_the_same_way(logged: Logged) -> None:
    logging.getLogger("temporalio.workflow").info("course.paused", extra={"reason": "pregnancy"})

    line = logged.line()
    assert (line["event"], line["reason"]) == ("course.paused", "pregnancy")


@pytest.mark.parametrize("through", ["structlog", "logging"])
def test_of_an_exception_the_type_and_the_place_are_logged_but_not_its_words(logged: Logged, through: str) -> None:
    log = structlog.stdlib.get_logger("x") if through == "structlog" else logging.getLogger("x")
    try:
        try:
            raise_with_a_patient()
        except ValueError as problem:
            raise RuntimeError("for Ada") from problem
    except RuntimeError:
        log.exception("delivery.failed")

    line = logged.line()
    assert "Ada" not in json.dumps(line)
    assert [error["type"] for error in line["error"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert line["error"][1]["frames"][-1].endswith(":raise_with_a_patient")


def test_an_exception_of_our_own_that_quotes_nothing_keeps_its_message(logged: Logged) -> None:
    try:
        raise SettingsError("REGIMEN_STATE", "expected a folder")
    except SettingsError:
        logging.getLogger("x").exception("start.refused")

    assert logged.line()["error"][0]["message"] == "REGIMEN_STATE: expected a folder"


def test_what_asyncio_puts_on_further_lines_is_dropped(logged: Logged) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('Ada Lovelace')")

    assert logged.line()["event"] == "Task exception was never retrieved"


def test_an_unknown_object_shows_only_its_type(logged: Logged) -> None:
    structlog.stdlib.get_logger("x").info("course.read", course=SettingsError("Ada", "Ada"))

    assert logged.line()["course"] == "<SettingsError>"


def test_a_crash_is_logged_the_same_way(logged: Logged) -> None:
    try:
        raise_with_a_patient()
    except ValueError as problem:
        sys.excepthook(ValueError, problem, None)

    line = logged.line()
    assert line["event"] == "process.crashed"
    assert "Ada" not in json.dumps(line)
