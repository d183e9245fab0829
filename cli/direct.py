"""What is told to the clinic's own records, as commands take it: from FIELD=VALUE, a JSON file, or a CSV of days."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable, Sequence

import click

from cli.command import Answer, Call, said
from cli.json_files import from_file
from domain.diary import DiaryDay
from office.direct import DIRECT_FIELDS, MAY_TELL, SHOWN_FAULTS, DiaryFields, day_of, enter_days, tell_direct
from office.errors import BadInput, WrongField, wrong_fields
from office.fields import Clock, read_fact
from office.finding import actor_of, clock_of
from readmodel.lookups import CourseRow

Pairs = Sequence[tuple[str, str]]
Direct = Callable[[Call, CourseRow, Pairs, str | None, str | None], Awaitable[Answer]]
OF_NOW = frozenset({"contact-changed"})
"""This has no day of its own."""


def _direct(kind: str) -> Direct:
    """Return what tells a kind with its fields."""

    async def tell(call: Call, course: CourseRow, pairs: Pairs, file: str | None, on: str | None) -> Answer:
        await actor_of(call, *MAY_TELL[kind])
        if on is not None and kind in OF_NOW:
            raise BadInput(f"{kind} has no day of its own: it counts as of now")
        fields = [*pairs, ("on", on)] if on is not None else [*pairs]
        told = read_fact(DIRECT_FIELDS[kind], fields, from_file(file), await clock_of(call, course))
        return said(*await tell_direct(call, course, told))

    return tell


async def diary(call: Call, course: CourseRow, pairs: Pairs, file: str | None, on: str | None) -> Answer:
    """Enter one diary day, or all those of a CSV file."""
    if not (file and file.endswith(".csv")):
        return await _direct("diary")(call, course, pairs, file, on)
    await actor_of(call, *MAY_TELL["diary"])
    return said(*await enter_days(call, course, _days_of_file(file, await clock_of(call, course))))


def _days_of_file(path: str, clock: Clock) -> list[DiaryDay]:
    """Return the days of a CSV file with the columns of `DiaryFields`; empty cells are left out."""
    try:
        with click.open_file(path, encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"{path}: cannot be read: {type(problem).__name__}") from None
    days, faults = [], []
    for line, row in enumerate(rows, start=2):
        pairs = [
            (str(name).strip().replace("-", "_"), value.strip())
            for name, value in row.items()
            if value and value.strip()
        ]
        try:
            told = read_fact(DiaryFields, pairs, {}, clock)
        except BadInput as wrong:
            faults += [
                WrongField(field=f"line {line}, {one.field}", problem=one.problem, expected=one.expected)
                for one in wrong.fields
            ]
            continue
        days.append(day_of(told))
    if faults:
        raise wrong_fields(faults[:SHOWN_FAULTS], what=f"{path}: nothing was entered")
    if not days:
        raise BadInput(f"{path}: has no days; expected the columns {', '.join(DiaryDay.model_fields)}")
    return days


DIRECT: dict[str, Direct] = {kind: _direct(kind) for kind in DIRECT_FIELDS} | {"diary": diary}
