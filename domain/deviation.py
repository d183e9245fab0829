"""Deviations: what has happened against a rule, and was recorded all the same."""

from __future__ import annotations

from datetime import date

from domain.record import Record

IF_IT_HAPPENED = "if it has happened all the same, a clinician tells it as a deviation"
"""What a refusal ends with that a reason would turn into a deviation. How it is told, each door says itself."""


class Broken(Record):
    """A rule that a fact breaks: its name in a word or two, and how it is broken."""

    rule: str
    why: str


class Deviation(Record):
    """A fact that broke rules, told by a clinician with the reason. `number` is that of its event."""

    number: int = 0  # 0 until it has happened
    broken: tuple[Broken, ...]
    reason: str
    by: str
    session: int | None = None  # the session that it is about
    reviewed_by: str | None = None
    reviewed_on: date | None = None

    @property
    def rules(self) -> str:
        """Return the names of the broken rules."""
        return ", ".join(one.rule for one in self.broken)


def with_the_way(message: str, how: str) -> str:
    """Return the message; where it says that a deviation could be told, also `how` that is done at this door."""
    return message.replace(IF_IT_HAPPENED, f"{IF_IT_HAPPENED}{how}")
