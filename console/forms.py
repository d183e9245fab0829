"""Forms made from the facts that a course takes: one input a field, with what is expected beside it.

What comes back is read by the reader of the command line, so that a value means the same in both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from console.labels import fault_said, label_of
from domain.story.words import in_words
from office.errors import BadInput, WrongField
from office.fields import A_LIST, Unreadable, choices_of, is_of, meaning_of, read_count

Input = Literal["text", "number", "date", "datetime-local", "yes-no", "choice", "lines"]
INPUTS: tuple[tuple[type, Input], ...] = (
    (bool, "yes-no"),
    (int, "number"),
    (float, "number"),
    (datetime, "datetime-local"),
    (date, "date"),
)
LONG = frozenset({"note", "reason", "words", "text", "why", "result", "goals"})
"""Fields in which people write sentences."""


OF_CODES = ("one of", "code of", "codes of", "id of", "user id of")
"""How descriptions begin that say where a code is found: on a page it is chosen by its words."""
SITES = "sites."
"""What the names of inputs for sites begin with: one a muscle."""


@dataclass(frozen=True)
class Field:
    """One input of a form: its name, what it means, what may be chosen, what stands in it, and what is wrong with it."""

    name: str
    label: str
    input: Input
    expected: str
    required: bool
    choices: tuple[str, ...] = ()
    value: str = ""
    fault: str = ""
    names: Mapping[str, str] = field(default_factory=dict)  # what choices are called that are ids


def fields_of(
    model: type[BaseModel],
    *,
    typed: Mapping[str, str] | None = None,
    faults: Iterable[WrongField] = (),
    leave_out: Collection[str] = (),
    path: str = "",
) -> tuple[Field, ...]:
    """Return the inputs of a fact's form, with what was `typed` and what is wrong with it.

    `path`: where the model stands in a larger one, such as `patient.contact.`; names begin with it.
    """
    inner = {one.field.removeprefix(path): one for one in faults if one.field.startswith(path)}
    wrong = {name.partition("[")[0].partition(".")[0]: one for name, one in inner.items()}
    return tuple(
        Field(
            name=path + name,
            label=label_of(name, model.__name__),
            input=_input(name, field.annotation),
            expected=_hint(field),
            required=field.is_required(),
            choices=choices_of(field.annotation),
            value=(typed or {}).get(path + name, _default(field)),
            fault=_fault(wrong.get(name)),
        )
        for name, field in model.model_fields.items()
        if name not in leave_out and not (name == "kind" and len(choices_of(field.annotation)) == 1)
    )


def _hint(of: FieldInfo) -> str:
    """Return what stands beside an input: how lists are written, and nothing that select and date say by themselves."""
    said = of.description or ""
    if said.startswith(OF_CODES):
        return ""
    return said or (A_LIST if meaning_of(of) == A_LIST else "")


def _input(name: str, annotation: Any) -> Input:
    if choices_of(annotation):
        return "choice"
    for kind, shown in INPUTS:
        if is_of(annotation, kind):
            return shown
    return "lines" if name in LONG else "text"


def _default(field: Any) -> str:
    value = field.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) and not field.is_required() else ""


def _fault(wrong: WrongField | None) -> str:
    return "" if wrong is None else fault_said(wrong)


def sites_in(typed: Mapping[str, str], *, empty: str = "") -> dict[str, int]:
    """Return the sites that were typed, by muscle; an empty input is read as `empty`. Raises `BadInput`."""
    sites: dict[str, int] = {}
    for name, value in typed.items():
        if name.startswith(SITES):
            muscle = name.removeprefix(SITES)
            try:
                sites[muscle] = read_count(value or empty)
            except Unreadable:
                expected = "a whole number of sites"
                fault = WrongField(field=name, problem="cannot be read", expected=expected)
                raise BadInput(f"{in_words(muscle)}: expected {expected}", [fault]) from None
    return sites
