"""An intake as the form of `/start` sends it, and as a row of an import: both by the intake's paths."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.cli.front_door import an_intake


def a_form(**changes: str) -> dict[str, str]:
    """Return the form of a new patient who is eligible; `changes` by the intake's paths, an empty one leaves out."""
    values = {"request_id": uuid4().hex} | dict(flat(an_intake())) | changes
    return {name: value for name, value in values.items() if value}


def flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Return the leaves of an intake by their paths."""
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in flat(inner, f"{path}.{name}".lstrip("."))]
    if isinstance(value, list):
        return [pair for number, inner in enumerate(value) for pair in flat(inner, f"{path}[{number}]")]
    return [(path, "yes" if value is True else "no" if value is False else str(value))]
