"""Reads one TOML file into a record, or says which file is wrong, where in it and why."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)

NONE = "none"
"""TOML has no null: a value that may be left open is written as this word."""


class WrongFile(Exception):
    """A file cannot be used. The text names the file, the place in it, and what was expected."""


def read_model(file: Path, model: type[Model]) -> Model:
    """Return the file as `model`. Types are strict: `"84"` is no number. Raises WrongFile with every fault."""
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongFile(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFile(f"{file}: no TOML: {error}") from error
    try:
        return model.model_validate_json(json.dumps(_without_none(written), default=_iso), strict=True, extra="forbid")
    except ValidationError as error:
        faults = [_fault(one) for one in error.errors(include_url=False)]
        raise WrongFile("\n".join(f"{file}: {fault}" for fault in faults)) from error


def _without_none(written: Any) -> Any:
    if isinstance(written, dict):
        return {
            key: None if key == "value" and value == NONE else _without_none(value) for key, value in written.items()
        }
    if isinstance(written, list):
        return [_without_none(one) for one in written]
    return written


def _iso(written: object) -> str:
    assert isinstance(written, date | datetime | time), "TOML has no other types that JSON lacks"
    return written.isoformat()


def _fault(error: Any) -> str:
    """Return a fault as `dose.units_planned.value: ...`."""
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{path}: is missing"
    if error["type"] == "extra_forbidden":
        return f"{path}: no such key"
    said: str = error["msg"].removeprefix("Input should be ")
    return f"{path}: expected {said}" if said != error["msg"] else f"{path}: {said}"


def versions_of(folder: Path, model: type[Model]) -> dict[str, Model]:
    """Return every version in a folder, oldest first. A file is named as its version, its folder as its id."""
    if not folder.is_dir():
        raise WrongFile(f"{folder}: no such folder")
    versions: dict[str, Model] = {}
    for file in sorted(folder.glob("*.toml"), key=lambda file: version_order(file.stem)):
        read: Any = read_model(file, model)
        for key, named in (("id", folder.name), ("version", file.stem)):
            if getattr(read, key) != named:
                raise WrongFile(f"{file}: {key}: is {getattr(read, key)!r}, expected {named!r} as the path says")
        versions[read.version] = read
    if not versions:
        raise WrongFile(f"{folder}: has no version: expected a file such as 2026-1.toml")
    return versions


def version_order(version: str) -> tuple[tuple[int, str], ...]:
    """Return what versions are sorted by: 2026-10 comes after 2026-9."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[-.]", version))


def folders_in(root: Path) -> list[Path]:
    """Return the folders of a root, one for each id."""
    if not root.is_dir():
        raise WrongFile(f"{root}: no such folder")
    return sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith((".", "_")))
