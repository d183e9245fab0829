"""Where a deviation could be told, each door says how it is told there."""

from __future__ import annotations

import json

import pytest

from cli.main import _tell
from console.api.problems import problem
from domain.deviation import IF_IT_HAPPENED
from office.errors import CourseRefused

REFUSED = CourseRefused(f"interval: 60 days; {IF_IT_HAPPENED}")


def test_the_command_line_names_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(REFUSED, as_json=False)

    assert capsys.readouterr().err.strip().endswith("tells it as a deviation with --deviation REASON")


def test_the_api_names_the_field_of_its_body() -> None:
    said = json.loads(bytes(problem(409, "refused", REFUSED.message).body))

    assert said["detail"].endswith("tells it as a deviation: send `deviation` with the reason")


def test_another_refusal_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(CourseRefused("the course is held"), as_json=False)

    assert capsys.readouterr().err == "error: the course is held\n"
