"""How a command fails: an exit status, a kind, one line, and the fields that are wrong. Never a traceback."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class WrongField:
    """One field that cannot be taken: its name, what is wrong, and what was expected."""

    field: str
    problem: str
    expected: str

    def __str__(self) -> str:
        """Return the fault as one clause."""
        return f"{self.field}: {self.problem}" + (f"; expected {self.expected}" if self.expected else "")


class CommandFailed(Exception):
    """The command did not do what it was asked. `fields` says which of its inputs were wrong."""

    status = 70
    kind = "failed"

    def __init__(self, message: str, fields: Iterable[WrongField] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fields = tuple(fields)


class BadInput(CommandFailed):
    """Something that was typed cannot be taken."""

    status = 2
    kind = "bad_input"


class AlreadyThere(CommandFailed):
    """A course is already open for this patient and protocol."""

    status = 3
    kind = "already_there"

    def __init__(self, message: str, *, course_id: str | None = None) -> None:
        fields = () if course_id is None else (WrongField(field="course_id", problem=course_id, expected=""),)
        super().__init__(message, fields)
        self.course_id = course_id


class NotFound(CommandFailed):
    """There is no such course, task or patient."""

    status = 4
    kind = "not_found"


class CourseRefused(CommandFailed):
    """The course said no, with its reason. Nothing changed. `people`: user ids in it that are still to be named."""

    status = 5
    kind = "refused"

    def __init__(self, message: str, people: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.people = tuple(people)


class NotReachable(CommandFailed):
    """Temporal, its worker or the database did not answer."""

    status = 69
    kind = "not_reachable"


def wrong_fields(fields: Iterable[WrongField], *, what: str = "") -> BadInput:
    """Return the error that names every wrong field on one line."""
    faults = tuple(fields)
    said = " | ".join(str(fault) for fault in faults)
    return BadInput(f"{what}: {said}" if what else said, faults)
