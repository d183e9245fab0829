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
    event: int = 0  # what a correction names

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
    """Return the command of `starter.py` that does what a step says; a diary sheet and a start have their own way."""
    return COMMANDS[doing.action](doing)


def _answer(doing: Doing) -> list[str]:
    fields = doing.fields
    deviation = _deviation(fields)
    return ["answer", doing.task, *_pairs(fields), *deviation, "--settle", "--yes", "--by", doing.by]


def _attempt(doing: Doing) -> list[str]:
    fields = doing.fields
    result = " ".join(fields.pop("result", []))
    return ["attempt", doing.task or doing.course_id, result, *_options(fields), "--by", doing.by]


def _record(doing: Doing) -> list[str]:
    fields = doing.fields
    kind, deviation = "".join(fields.pop("kind")), _deviation(fields)
    return ["record", doing.course_id, kind, *_pairs(fields), *deviation, "--yes", "--by", doing.by]


def _correct(doing: Doing) -> list[str]:
    fields = doing.fields
    fields.pop("event")
    reason, deviation = " ".join(fields.pop("reason")), _deviation(fields)
    said = ["correct", doing.course_id, str(doing.event), *_pairs(fields), "--reason", reason, *deviation]
    return [*said, "--settle", "--yes", "--by", doing.by]


def _deviation(fields: Fields) -> list[str]:
    """Take the reason out of the fields for which something is told against a rule, and return it as an option."""
    reason = fields.pop("deviation", None)
    return [] if reason is None else ["--deviation", " ".join(reason)]


def _cancel(doing: Doing) -> list[str]:
    return ["cancel", doing.course_id, *_options(doing.fields), "--yes", "--by", doing.by]


def _withdraw(doing: Doing) -> list[str]:
    return ["withdraw", doing.course_id, *_options(doing.fields), "--settle", "--yes", "--by", doing.by]


def _way(command: str, *arguments: str) -> Callable[[Doing], list[str]]:
    """Return how a step is done whose fields are a command's options; `arguments` are fields that stand before them."""

    def done(doing: Doing) -> list[str]:
        fields = doing.fields
        first = [" ".join(fields.pop(name)) for name in arguments]
        return [command, doing.course_id, *first, *_options(fields), "--settle", "--yes", "--by", doing.by]

    return done


def _dossier(doing: Doing) -> list[str]:
    assert doing.step.dossier is not None, "the step is about a dossier"
    return ["dossier", doing.course_id, "--out", str(doing.folder / doing.step.dossier)]


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
    "hold": _way("hold"),
    "resume": _way("resume"),
    "end": _way("end", "outcome"),
    "reopen": _way("reopen"),
    "dossier": _dossier,
    "correct": _correct,
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
    "attempt": lambda step: f"try by {(step.attempt or {}).get('how', 'call')}: {(step.attempt or {}).get('result')}",
    "record": _said_of_record,
    "diary": _said_of_diary,
    "packet": lambda step: f"print the authorization request to {step.packet}",
    "cancel": lambda step: f"cancel the appointment: {(step.cancel or {}).get('reason')}",
    "withdraw": lambda step: f"the patient withdraws: {(step.withdraw or {}).get('reason')}",
    "hold": lambda step: f"hold the course: {(step.hold or {}).get('reason', 'until later')}",
    "resume": lambda step: f"resume: {(step.resume or {}).get('reason')}",
    "end": lambda step: f"end the course: {(step.end or {}).get('outcome')}",
    "reopen": lambda step: f"reopen the course: {(step.reopen or {}).get('reason')}",
    "dossier": lambda step: f"print the dossier to {step.dossier}",
    "correct": lambda step: f"corrects: {(step.correct or {}).get('reason')}",
    "start": lambda step: f"start another course, from {step.start}",
}
assert WORDS.keys() == COMMANDS.keys() | {"diary", "start"}, "each action has its words"
