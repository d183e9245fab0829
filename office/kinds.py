"""The kinds of facts by name, and how each is told on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from domain import facts as f
from domain.waits import KINDS, WaitKind

FACTS: Mapping[str, type[BaseModel]] = {
    model.model_fields["kind"].default: model for model in get_args(get_args(f.Fact)[0])
}
ABOUT_A_TASK = frozenset({"take", "release", "assign", "attempt", "deadline"})
"""These have commands of their own, as they need the task they are about."""

OWN_COMMAND = frozenset({"correction"})
"""What has a command of another name: `correct`."""

TOLD_BY_REGIMEN = frozenset({"diary-entered", "clinic-changed", "message-undelivered", "billing-refused", "claim-told"})
"""Nobody types these: they follow from what is told elsewhere."""

TOLD = tuple(sorted(FACTS.keys() - ABOUT_A_TASK - TOLD_BY_REGIMEN - OWN_COMMAND))
"""What people tell a course, by the names of facts."""

ITS_DAY = {
    "claim-appeal": "on",
    "claim-denial": "sent_on",
    "packet-submitted": "submitted_on",
    "goals": "consent_signed_on",
    "adverse-event": "onset_on",
    "adverse-event-ended": "ended_on",
    "medication-changed": "on",
    "score-recorded": "on",
    "dose-elsewhere": "given_on",
    "session-given": "given_on",
}
"""The field that `--on DATE` means. What is not listed counts as of now."""

EXAMPLES = {
    "vials": "200:LOT:2027-06-30",
    "clear": "yes",
    "drug_on_hand": "yes",
    "lift": "yes",
    "consent_signed_on": "today",
    "starts_at": "2026-03-05T09:30",
}


def kind_that_answers(task: WaitKind, names: Iterable[str]) -> str:
    """Return the kind of fact that answers a task with fields of these names."""
    given = set(names)
    kinds = KINDS[task].answered_by
    return min(kinds, key=lambda kind: (len(given - FACTS[kind].model_fields.keys()), kinds.index(kind)))


def answer_command(task_id: str, task: WaitKind) -> str:
    """Return the command that answers a task, with the fields it needs."""
    return " ".join(["answer", task_id, *needed_fields(KINDS[task].answered_by[0])])


def needed_fields(kind: str) -> list[str]:
    """Return FIELD=VALUE for each field that a fact cannot do without."""
    fields = FACTS[kind].model_fields
    return [f"{name}={_example(name, field)}" for name, field in fields.items() if field.is_required()]


def _example(name: str, field: Any) -> str:
    from office.fields import choices_of  # noqa: PLC0415 - lists need no reader of fields

    return EXAMPLES.get(name) or "|".join(choices_of(field.annotation)) or "..."
