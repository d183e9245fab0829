"""Waits and tasks."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.record import Edge
from domain.waits import Way


class Take(Edge):
    """Take a task."""

    kind: Literal["take"] = "take"


class Release(Edge):
    """Give a task back."""

    kind: Literal["release"] = "release"


class Assign(Edge):
    """Give a task to somebody."""

    kind: Literal["assign"] = "assign"
    to: str
    instead_of: str | None = Field(default=None, description="who has it now, or nothing for nobody; default: whoever")


class AttemptMade(Edge):
    """One try to reach someone about a task."""

    kind: Literal["attempt"] = "attempt"
    result: str = Field(min_length=1)
    again_on: date | None = None
    how: Way | None = Field(default=None, description="default: call")


class MoveDeadline(Edge):
    """Move a running deadline of ours."""

    kind: Literal["deadline"] = "deadline"
    due_on: date
    reason: str = Field(min_length=1)
    undo: bool = Field(default=False, description="yes: back to when it was due before the last move")


class TryAgain(Edge):
    """Try a system that did not answer again, now."""

    kind: Literal["try-again"] = "try-again"


TasksFact: TypeAlias = Take | Release | Assign | AttemptMade | MoveDeadline | TryAgain
