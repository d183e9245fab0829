"""What everything in `domain` is made of: frozen records, and values that name their source."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, field_validator

Value = TypeVar("Value")


class Record(BaseModel):
    """An immutable fact or value. Change it with `model_copy(update=...)`.

    Unknown fields are kept and written back, so that an older worker loses nothing that a newer one wrote.
    """

    model_config = ConfigDict(frozen=True, extra="allow")


class Edge(BaseModel):
    """What comes from outside: unknown fields are refused, so that a misspelt one is never lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="after")
    @classmethod
    def _no_nul(cls, value: object) -> object:
        """Refuse the one character that PostgreSQL cannot keep: journal and course would differ."""
        if isinstance(value, str) and "\x00" in value:
            raise ValueError("text without the NUL character")
        return value


class Mark(StrEnum):
    """How sure a number is; see docs/glossary.md."""

    PRIMARY = "V"  # read in a primary source
    SECONDARY = "S"  # read in a secondary source only
    UNVERIFIED = "U"  # nobody has verified it, or it is a proposal of ours
    COMPUTED = "C"  # computed from primary figures
    CLINIC = "clinic"  # the clinic's own rule


class Sourced(Record, Generic[Value]):
    """A value of a protocol or payer file with the place it was read in and how sure it is."""

    value: Value
    source: str
    mark: Mark


class Refusal(Record):
    """The course's no: why a request changes nothing. A value, not an exception.

    `people` are the user ids that stand in the reason: whoever shows it puts names there.
    """

    reason: str
    people: tuple[str, ...] = ()
