"""JSON files that people name on the command line."""

from __future__ import annotations

import json
from typing import Any

import click

from office.errors import BadInput


def from_file(path: str | None) -> dict[str, Any]:
    """Return the fields of a JSON file; of none, none."""
    if path is None:
        return {}
    read = read_json(path)
    if not isinstance(read, dict):
        raise BadInput(f"{path}: expected a JSON object with named fields")
    return {name.replace("-", "_"): value for name, value in read.items()}


def read_json(path: str) -> Any:
    """Return what a JSON file holds; `-` is stdin."""
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read: {problem.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        where = (
            f" at line {problem.lineno}, column {problem.colno}" if isinstance(problem, json.JSONDecodeError) else ""
        )
        raise BadInput(f"{path}: is no JSON{where}") from None
