"""FIELD=VALUE as people type it, read into a fact, or every field that cannot be taken.

Faults name the field and what was expected and never repeat the value: it may be about a patient.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from domain.clinic_time import clinic_clock, instant_of
from domain.dose import VialOpened
from domain.facts import EarlierDoseSaid
from domain.form import EXPECTED, LIMITS
from office.errors import WrongField, wrong_fields

Model = TypeVar("Model", bound=BaseModel)

TRUE, FALSE = frozenset({"yes", "true", "y", "1"}), frozenset({"no", "false", "n", "0"})
A_DAY = "a day like 2026-01-31, today, today+7 or today-7"
A_TIME = "a time like 2026-01-31T09:30, now, or with an offset"
A_COUNT = "a whole number"
COUNT_DIGITS_MAX = 7
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
"""No fact of a course has a day outside; what reckons from a day would leave the calendar."""
A_LIST = "a list, separated by commas"
A_VIAL = "vials as size:lot:expiry, such as 200:C7461:2027-06-30"
A_DOSE = "doses as day:units:source, such as 2025-11-03:155:earlier_record, with :other for another toxin; or none"


@dataclass(frozen=True)
class Clock:
    """What time it is for a course, and where its clinic is: values such as `today` mean these."""

    now: datetime
    zone: str

    @property
    def today(self) -> date:
        """Return the clinic's day."""
        return clinic_clock(self.now, self.zone).date()


class Unreadable(Exception):
    """A value cannot be read. The text says what was expected."""


def split(pairs: Iterable[str]) -> list[tuple[str, str]]:
    """Return FIELD=VALUE pairs in their order; names may be written with hyphens."""
    found, wrong = [], []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if equals and name.strip():
            found.append((name.strip().replace("-", "_"), value.strip()))
        else:
            wrong.append(WrongField(field=name.strip() or "?", problem="has no value", expected="FIELD=VALUE"))
    if wrong:
        raise wrong_fields(wrong)
    return found


def read_fact(model: type[Model], pairs: Sequence[tuple[str, str]], given: Mapping[str, Any], clock: Clock) -> Model:
    """Return the fact that FIELD=VALUE pairs and a file make; a pair goes before the file. Raises `BadInput`."""
    typed = {name for name, _ in pairs}
    written = [
        (name, value) for name, value in given.items() if isinstance(value, str) and name not in typed | {"kind"}
    ]
    values: dict[str, Any] = {name: value for name, value in given.items() if not isinstance(value, str)}
    read, faults = _read_pairs(model, [*written, *pairs], clock)
    try:
        fact = model.model_validate(values | read)
    except ValidationError as error:
        for fault in faults_of(error, model):
            faults.setdefault(fault.field, fault)
        raise wrong_fields(faults.values()) from None
    if faults:
        raise wrong_fields(faults.values())
    return fact


def _read_pairs(
    model: type[BaseModel], pairs: Iterable[tuple[str, str]], clock: Clock
) -> tuple[dict[str, Any], dict[str, WrongField]]:
    """Return what the pairs say, and what cannot be read of it. A list or a mapping may be given in parts."""
    read: dict[str, Any] = {}
    faults: dict[str, WrongField] = {}
    for name, text in pairs:
        field = model.model_fields.get(name)
        if field is None or name == "kind":
            faults[name] = _unknown(name, model)
            continue
        try:
            value = read_value(text, field.annotation, clock)
            read[name] = _joined(read[name], value) if name in read else value
        except Unreadable as problem:
            faults[name] = WrongField(field=name, problem="cannot be read", expected=str(problem))
    return read, faults


def _joined(before: Any, value: Any) -> Any:
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *value]
    if isinstance(before, dict) and isinstance(value, dict):
        return before | value
    raise Unreadable("one value, not two")


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[WrongField]:
    """Return pydantic's errors in plain words."""
    faults = []
    for one in error.errors(include_url=False, include_input=False):
        location, kind = one["loc"], one["type"]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
        if kind == "missing":
            faults.append(WrongField(field=path, problem="is missing", expected=_meaning(location, model)))
        elif kind == "extra_forbidden" and len(location) == 1:
            faults.append(_unknown(str(location[0]), model))
        elif kind == "extra_forbidden":
            faults.append(WrongField(field=path, problem="no such field", expected="one that is known"))
        elif kind == "string_too_long":
            most = f"{one['ctx']['max_length']} characters"
            faults.append(WrongField(field=path, problem=f"is longer than {most}", expected=f"at most {most}"))
        else:
            faults.append(WrongField(field=path, problem="cannot be read", expected=expected_in_words(one)))
    named = {fault.field for fault in faults}
    return [
        fault
        for fault in faults
        if not any(other.startswith((f"{fault.field}[", f"{fault.field}.")) for other in named)
    ]


def expected_in_words(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return f"one of {context['expected']}"
    if kind in {"date_from_datetime_parsing", "date_parsing", "date_type"}:
        return A_DAY
    if kind in {"datetime_parsing", "datetime_from_date_parsing", "datetime_type"}:
        return A_TIME
    known = EXPECTED.get(kind) or (LIMITS[kind].format(**context) if kind in LIMITS else None)
    if known is None and kind == "too_short":
        return f"at least {context['min_length']}"
    return known or "another value"


def _meaning(location: Sequence[int | str], model: type[BaseModel]) -> str:
    field = model.model_fields.get(str(location[0])) if len(location) == 1 else None
    return "a value" if field is None else meaning_of(field)


def meaning_of(field: FieldInfo) -> str:
    """Return what a field wants, in words."""
    described = [field.description] if field.description else []
    choices = choices_of(field.annotation)
    if choices:
        described.append(f"one of {', '.join(choices)}")
    return "; ".join(described) or _type_in_words(field.annotation)


def _type_in_words(annotation: Any) -> str:
    kind = _without_none(annotation)
    if kind in TYPES:
        return TYPES[kind]
    return A_LIST if get_origin(kind) is tuple else "a value"


TYPES: dict[Any, str] = {
    bool: "yes or no",
    int: "a whole number",
    float: "a number",
    date: A_DAY,
    datetime: A_TIME,
    str: "some text",
}


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the values of a closed set; of anything else none."""
    kind = _without_none(annotation)
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(member.value) for member in kind)
    return ()


def _unknown(name: str, model: type[BaseModel]) -> WrongField:
    known = [field for field in model.model_fields if field != "kind"]
    close = get_close_matches(name.casefold(), known, n=1)
    if close:
        expected = f"{close[0]}, did you mean that?"
    else:
        expected = f"one of {', '.join(known)}" if known else "no fields at all"
    return WrongField(field=name, problem="no such field", expected=expected)


def _without_none(annotation: Any) -> Any:
    """Return the annotation without `| None`."""
    if get_origin(annotation) in {Union, UnionType}:
        return next(one for one in get_args(annotation) if one is not NoneType)
    return annotation


def read_value(text: str, annotation: Any, clock: Clock) -> Any:
    """Return a typed value as the field's type wants it. Raises `Unreadable`."""
    kind = _without_none(annotation)
    if kind is str:
        return text
    if text[:1] in {"{", "["}:
        return _json(text)
    if kind in READERS:
        return READERS[kind](text, clock)
    if get_origin(kind) is tuple:
        return _many(text, get_args(kind)[0], clock)
    if get_origin(kind) is dict:
        return _counted(text) if get_args(kind)[1] is int else _named(text)
    return _plain(text, kind)


def _plain(text: str, kind: Any) -> Any:
    """Return a choice as it is spelt, a number as pydantic will read it, and of a record its JSON."""
    if choices := choices_of(kind):
        return next((choice for choice in choices if choice == text.casefold().replace("-", "_")), text)
    return _json(text) if isinstance(kind, type) and issubclass(kind, BaseModel) else text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise Unreadable("a value in JSON, such as [...] or {...}") from None


def _many(text: str, of: Any, clock: Clock) -> list[Any]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if of is EarlierDoseSaid:
        return [] if text.casefold() == "none" else [_dose(part, clock) for part in parts]
    return [_vial(part, clock) for part in parts] if of is VialOpened else parts


def _dose(text: str, clock: Clock) -> dict[str, Any]:
    """Return a dose given elsewhere of `day:units:source`, without units where they are not known."""
    day, *others = text.split(":")
    if len(others) not in {2, 3} or (others[0] and not others[0].isdigit()) or others[2:] not in ([], ["other"]):
        raise Unreadable(A_DOSE)
    product = {"product": "other"} if others[2:] else {}
    return {"given_on": read_day(day, clock), "units": others[0] or None, "source": others[1]} | product


def _vial(text: str, clock: Clock) -> dict[str, Any]:
    """Return a vial of `size:lot:expiry`, or with its NDC as the fourth part."""
    size, colon, rest = text.partition(":")
    lot, *others = rest.split(":")
    if not colon or not size.isdigit() or len(others) not in {1, 2}:
        raise Unreadable(A_VIAL)
    ndc = {"ndc": others[1]} if len(others) > 1 else {}
    return {"size_units": size, "lot": lot, "expires_on": read_day(others[0], clock)} | ndc


def _named(text: str) -> dict[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise Unreadable("name:text, such as infection:seen and far from the sites")
    return {name.strip(): value.strip()}


def _counted(text: str) -> dict[str, str]:
    """Return names with their numbers, separated by commas; whether they are numbers is pydantic's to say."""
    pairs = [part.partition(":") for part in text.split(",") if part.strip()]
    if not pairs or not all(name.strip() and colon and number.strip().isdigit() for name, colon, number in pairs):
        raise Unreadable("name:number, separated by commas, such as corrugator:2,procerus:1")
    return {name.strip(): number.strip() for name, _, number in pairs}


def read_yes(text: str, _: Clock) -> bool:
    """Return a yes or no."""
    word = text.casefold()
    if word not in TRUE | FALSE:
        raise Unreadable("yes or no")
    return word in TRUE


def read_day(text: str, clock: Clock) -> date:
    """Return a day; `today` is the course's."""
    word = text.casefold()
    try:
        return day_in_bounds(_from_today(word, clock.today)) if word.startswith("today") else day_written(text)
    except (ValueError, OverflowError):  # the calendar has an end
        raise Unreadable(A_DAY) from None


def _from_today(word: str, today: date) -> date:
    shift = word.removeprefix("today").replace(" ", "") or "+0"
    if shift[0] not in "+-":
        raise Unreadable(A_DAY)
    days = timedelta(days=read_count(shift[1:], A_DAY))
    return today + days if shift[0] == "+" else today - days


def day_written(text: str) -> date:
    """Return a day written such as 2026-01-31. Raises `ValueError`, also for one that no course has."""
    return day_in_bounds(date.fromisoformat(text))


def day_in_bounds(day: date) -> date:
    """Return a day that a course can have. Raises `ValueError`."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"expected a day between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return day


def read_count(text: str, expected: str = A_COUNT) -> int:
    """Return a whole number that people count to: digits as on keys, and not many of them."""
    if not (text.isascii() and text.isdigit() and len(text) <= COUNT_DIGITS_MAX):
        raise Unreadable(expected)
    return int(text)


def read_time(text: str, clock: Clock) -> datetime:
    """Return an instant; without an offset it is local to the clinic."""
    if text.casefold() == "now":
        return clock.now
    day, separator, hours = text.partition("T") if "T" in text else text.partition(" ")
    try:
        if day.casefold().startswith("today") and separator:
            return instant_of(read_day(day, clock), time.fromisoformat(hours), clock.zone)
        read = datetime.fromisoformat(text)
        day_in_bounds(read.date())
    except ValueError:
        raise Unreadable(A_TIME) from None
    if not separator:
        raise Unreadable(A_TIME)
    return read if read.tzinfo is not None else instant_of(read.date(), read.time(), clock.zone)


READERS: dict[Any, Any] = {bool: read_yes, date: read_day, datetime: read_time}


def is_of(annotation: Any, kind: type) -> bool:
    """Whether a field holds a value of this very type, or none."""
    return _without_none(annotation) is kind
