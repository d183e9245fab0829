"""A wait of a course, as it stands now. Pure."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from domain.record import Record
from domain.waits.kind import WaitKind
from domain.waits.table import KINDS


class Way(StrEnum):
    """How somebody was tried."""

    CALL = "call"
    LETTER = "letter"
    TEXT = "text"
    EMAIL = "email"


class Attempt(Record):
    """One try to reach someone about a task. Where nobody said how, it was a call."""

    on: date
    by: str
    result: str
    again_on: date | None = None
    how: Way | None = None

    @property
    def way(self) -> Way:
        """Return how somebody was tried."""
        return self.how or Way.CALL


class Wait(Record):
    """What a course is waiting for now. Its id is kind and subject: a resumed phase finds its own wait."""

    id: str
    kind: WaitKind
    subject: str  # "2": session 2; "request-1": the first authorization request
    since: datetime
    due: datetime
    look_at: datetime  # when the course itself looks at it next
    ends: datetime | None = None  # it is over then, done or not; None: it stays until it is done
    moved_from: tuple[datetime, datetime] | None = None  # due and next look, before somebody moved the due date
    raised: int = 0
    owner: str | None = None
    attempts: tuple[Attempt, ...] = ()
    context: dict[str, str] = Field(default_factory=dict)

    @property
    def is_task(self) -> bool:
        """Whether a person must do it."""
        return KINDS[self.kind].role is not None


def wait_id(kind: WaitKind, subject: str) -> str:
    """Return the id of the wait for `kind` about `subject`."""
    return f"{kind}:{subject}"
