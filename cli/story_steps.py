"""A step of a story as the command that does it, and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cli.story_file import Fields, Step, with_days
from domain.waits import KINDS


@dataclass(frozen=True)
class Doing:
    """A step about to be done: of which course, by whom, about which open task, on which day."""

    step: Step
    course_id: str
    by: str
    task: str
    today: date
    folder: Path  # for what the step writes

    @property
    def action(self) -> str:
        """Return the name of what is done."""
        return self.step.actions[0]

    @property
    def fields(self) -> Fields:
        """Return the step's fields, with days written out."""
        given: Fields = getattr(self.step, self.action)
        return {name: [with_days(one, self.today) for one in _values(value)] for name, value in given.items()}


def command_of(doing: Doing) -> list[str]:
    """Return the command of `starter.py` that does what a step says; a diary sheet has its own way."""
    return COMMANDS[doing.action](doing)


def _answer(doing: Doing) -> list[str]:
    return ["answer", doing.task, *_pairs(doing.fields), "--settle", "--yes", "--by", doing.by]


def _attempt(doing: Doing) -> list[str]:
    fields = doing.fields
    result = " ".join(fields.pop("result", []))
    return ["attempt", doing.task, result, *_options(fields), "--by", doing.by]


def _record(doing: Doing) -> list[str]:
    fields = doing.fields
    kind = "".join(fields.pop("kind"))
    return ["record", doing.course_id, kind, *_pairs(fields), "--by", doing.by]


def _cancel(doing: Doing) -> list[str]:
    return ["cancel", doing.course_id, *_options(doing.fields), "--yes", "--by", doing.by]


def _withdraw(doing: Doing) -> list[str]:
    return ["withdraw", doing.course_id, *_options(doing.fields), "--settle", "--yes", "--by", doing.by]


def _packet(doing: Doing) -> list[str]:
    assert doing.step.packet is not None, "the step is about a packet"
    return ["packet", doing.course_id, "--out", str(doing.folder / doing.step.packet)]


COMMANDS: dict[str, Callable[[Doing], list[str]]] = {
    "answer": _answer,
    "attempt": _attempt,
    "record": _record,
    "cancel": _cancel,
    "withdraw": _withdraw,
    "packet": _packet,
}


def _values(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _pairs(fields: Fields) -> list[str]:
    """Return FIELD=VALUE for each field; a list is said once for each of its values."""
    return [f"{name}={one}" for name, value in fields.items() for one in value]


def _options(fields: Fields) -> list[str]:
    """Return `--name value` for each field."""
    return [part for name, value in fields.items() for part in (f"--{name.replace('_', '-')}", " ".join(value))]


def said_of(step: Step) -> str:
    """Return what is done in a step, in words."""
    if step.actions:
        return WORDS[step.actions[0]](step)
    return _title(step) if step.until is not None else f"{step.days} days pass"


def _title(step: Step) -> str:
    assert step.until is not None, "an answer names its task"
    title = KINDS[step.until].title
    return title[0].lower() + title[1:]


def _said_of_record(step: Step) -> str:
    told = step.record or {}
    if told["kind"] == "claim-status":
        return f"the bill of session {told.get('session')} is {told.get('status')}"
    return f"tells: {str(told['kind']).replace('-', ' ')}"


def _said_of_diary(step: Step) -> str:
    assert step.diary is not None, "the step is about a diary"
    return f"enter the diary sheet, {step.diary.headache_days} headache days in 28"


WORDS: dict[str, Callable[[Step], str]] = {
    "answer": _title,
    "attempt": lambda step: f"try to call: {(step.attempt or {}).get('result')}",
    "record": _said_of_record,
    "diary": _said_of_diary,
    "packet": lambda step: f"print the authorization request to {step.packet}",
    "cancel": lambda step: f"cancel the appointment: {(step.cancel or {}).get('reason')}",
    "withdraw": lambda step: f"the patient withdraws: {(step.withdraw or {}).get('reason')}",
}
assert WORDS.keys() == COMMANDS.keys() | {"diary"}, "each action has its words"
