"""The columns of an import: the intake's fields by their paths, lists numbered from 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from domain.intake import Intake
from office.errors import WrongField

LISTS_SHOWN = {"treatments": 3, "earlier_doses": 1, "diary": 0}
"""So many of each list stand in the template; a file may have more: treatments[3].drug and so on."""
PART = re.compile(r"([a-z_]+)(?:\[(\d{1,3})\])?")
SEPARATOR = ";"


def _columns(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        inner, many = _inner(field.annotation)
        if inner is None:
            meaning = field.description or ""
            yield path + name, f"{meaning}, separated by {SEPARATOR}" if many else meaning
        elif many:
            for number in range(LISTS_SHOWN.get(name, 1)):
                yield from _columns(inner, f"{path}{name}[{number}].")
        else:
            yield from _columns(inner, f"{path}{name}.")


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model in an annotation such as `Guardian | None`, and whether it is a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    many = get_origin(annotation) is tuple
    for inner in get_args(annotation):
        if inner in {NoneType, Ellipsis}:
            continue
        model, inner_many = _inner(inner)
        if model is not None or inner_many:
            return model, many or inner_many
    return None, many


COLUMNS: Mapping[str, str] = dict(_columns(Intake))


def faults_of_header(header: Iterable[str]) -> list[WrongField]:
    """Return the columns that no intake has, each with what was perhaps meant, and those that are there twice."""
    known = {_unnumbered(column) for column in COLUMNS} | {_unnumbered(column) for column in _diary_columns()}
    faults: list[WrongField] = []
    seen: set[str] = set()
    for column in header:
        if column in seen:
            faults.append(WrongField(field=column, problem="is there twice", expected="each column once"))
        seen.add(column)
        if _unnumbered(column) not in known:
            close = get_close_matches(column, COLUMNS, n=1)
            expected = f"{close[0]}, did you mean that?" if close else "a column of the empty file of an import"
            faults.append(WrongField(field=column or "(empty)", problem="no such column", expected=expected))
    return faults


def _diary_columns() -> Iterator[str]:
    inner, _ = _inner(Intake.model_fields["diary"].annotation)
    assert inner is not None, "a diary is made of days"
    return (f"diary[0].{name}" for name in inner.model_fields)


def _unnumbered(column: str) -> str:
    return re.sub(r"\[\d+\]", "[]", column)


def intake_of(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the intake that a row says, as JSON would say it. Empty cells are left out."""
    intake: dict[str, Any] = {}
    for column, cell in row.items():
        if cell and cell.strip():
            _put(intake, column.split("."), cell.strip())
    read: dict[str, Any] = _as_lists(intake)
    return read


def _put(into: dict[str, Any], path: list[str], cell: str) -> None:
    found = PART.fullmatch(path[0])
    assert found is not None, "the header was checked"
    name, number = found.groups()
    if number is not None:
        into = into.setdefault(name, {})
        name = int(number)
    if len(path) > 1:
        _put(into.setdefault(name, {}), path[1:], cell)
    elif _is_many(name):
        into[name] = [part.strip() for part in cell.split(SEPARATOR) if part.strip()]
    else:
        into[name] = cell


def _is_many(name: str | int) -> bool:
    return name == "contraindications"


def _as_lists(value: Any) -> Any:
    """Return numbered parts as lists, in their order and without gaps."""
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(name, int) for name in value):
        return [_as_lists(value[number]) for number in sorted(value)]
    return {name: _as_lists(inner) for name, inner in value.items()}
