"""What is wrong with the form of something written, field by field, without repeating what was written."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from domain.record import Record


class Fault(Record):
    """What is wrong with one field: its path, such as `treatments[1].days`, and what was expected."""

    field: str
    problem: str
    expected: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.field or 'the intake'}: {self.problem}; expected {self.expected}"


EXPECTED: dict[str, str] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "control_characters": "text without line breaks and other control characters",
    "date_from_datetime_inexact": "a day like 2026-01-31, without a time",
    "date_from_datetime_parsing": "a day like 2026-01-31",
    "date_parsing": "a day like 2026-01-31",
    "date_type": "a day like 2026-01-31",
    "finite_number": "a number",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "model_attributes_type": "an object with named fields",
    "model_type": "an object with named fields",
    "string_pattern_mismatch": "a two-letter language such as en",
    "string_too_short": "some text",
    "string_type": "text in quotes",
    "string_unicode": "text",
    "tuple_type": "a list in brackets",
}
"""What was expected, by pydantic's type of error. What is not listed takes pydantic's own words, without the value."""

LIMITS: dict[str, str] = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "string_too_long": "at most {max_length} characters",
    "too_long": "at most {max_length} entries",
    "enum": "one of {expected}",
}


def fault_of_form(error: Any, root: type[BaseModel]) -> Fault:
    """Turn one of pydantic's errors into a fault in plain words."""
    location: tuple[int | str, ...] = error["loc"]
    kind: str = error["type"]
    if kind == "missing":
        return Fault(field=_path(location), problem="is missing", expected=_description(location, root))
    if kind == "extra_forbidden":
        return _unknown_field(location, root)
    expected = EXPECTED.get(kind)
    if expected is None and kind in LIMITS:
        expected = LIMITS[kind].format(**error.get("ctx", {}))
    problem = "cannot be read"
    if kind == "string_too_long":
        problem = f"is longer than {error['ctx']['max_length']} characters"
    return Fault(field=_path(location), problem=problem, expected=expected or "another value")


def _path(location: Iterable[int | str]) -> str:
    """Return a path such as `treatments[1].days`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _model_at(location: Iterable[int | str], root: type[BaseModel]) -> type[BaseModel] | None:
    """Return the model whose field the last part of a location names."""
    model: type[BaseModel] | None = root
    for part in list(location)[:-1]:
        if isinstance(part, str) and model is not None:
            field = model.model_fields.get(part)
            model = None if field is None else _model_in(field.annotation)
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model in an annotation such as `Guardian | None` or `tuple[TreatmentIntake, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := _model_in(inner)) is not None), None)


def _description(location: tuple[int | str, ...], root: type[BaseModel]) -> str:
    model = _model_at(location, root)
    field = None if model is None else model.model_fields.get(str(location[-1]))
    if field is None:
        return "a value"
    described = field.description
    if described is None:
        inner = _model_in(field.annotation)
        described = "true or false" if inner is None else f"an object with {', '.join(inner.model_fields)}"
    return f"{described}, such as {field.examples[0]}" if field.examples else described


def _unknown_field(location: tuple[int | str, ...], root: type[BaseModel]) -> Fault:
    model = _model_at(location, root)
    known = [] if model is None else list(model.model_fields)
    close = get_close_matches(str(location[-1]).casefold(), known, n=1)
    problem = f"no such field, did you mean {close[0]}?" if close else "no such field"
    return Fault(field=_path(location), problem=problem, expected=f"one of {', '.join(known)}")
