"""Names instead of ids, in what a sentence tells of: who, where, and who pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from domain.correction import Changed

Told = TypeVar("Told", bound=BaseModel)

IDS = frozenset(
    {"owner", "to", "injector", "room", "payer_id", "agreed_by", "letter_by", "trial_said_by", "reviewed_by", "said_by"}
)
"""The fields that hold the id of a person, a room or a payer. Where they hold something else, nobody has such an id."""
RULES = frozenset({"protocol", "policy"})
"""What an event may carry along that no sentence tells of."""


def named(told: Told, names: Mapping[str, str]) -> Told:
    """Return an event, or what is in one, with names where it has ids. For sentences only: nobody else may read it."""
    if not names:
        return told
    if isinstance(told, Changed):
        if told.field not in IDS:
            return told
        values = {"before": names.get(told.before, told.before), "after": names.get(told.after, told.after)}
        return told.model_copy(update=values)
    changed: dict[str, Any] = {}
    for field in type(told).model_fields:
        value = getattr(told, field)
        if field in IDS and isinstance(value, str):
            changed[field] = names.get(value, value)
        elif isinstance(value, BaseModel) and field not in RULES:
            changed[field] = named(value, names)
        elif isinstance(value, tuple) and field not in RULES:
            changed[field] = tuple(named(one, names) if isinstance(one, BaseModel) else one for one in value)
    return told.model_copy(update=changed) if changed else told
