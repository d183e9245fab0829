"""A fact as somebody types it into the console's form."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel

from console.asking import BY_NAME, NOT_TYPED
from domain.clinic_time import clinic_clock
from domain.dose import VialOpened


def as_typed(fact: BaseModel, *, zone: str) -> dict[str, list[str]]:
    """Return the fields of a form that say what the fact says, but for what no form asks."""
    typed: dict[str, list[str]] = {}
    for name in fact.model_fields_set - {"kind"} - NOT_TYPED:
        value = getattr(fact, name)
        if name in BY_NAME:
            typed |= {f"{name}.{key}": [str(one)] for key, one in value.items()}
        elif value is not None:
            many = value if isinstance(value, tuple) else (value,)
            typed[name] = [_one(one, zone) for one in many]
    return typed


def _one(value: Any, zone: str) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case VialOpened():
            return f"{value.size_units}:{value.lot}:{value.expires_on.isoformat()}"
        case datetime():
            return f"{clinic_clock(value, zone):%Y-%m-%dT%H:%M}"
        case date():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            return str(value)
