"""The inputs of a form about one course: those of the fact, with what may be chosen of this course beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, get_origin

from pydantic import BaseModel
from starlette.datastructures import FormData

from console.acting import OURS, SEEN
from console.forms import Field, fields_of
from domain.course import Course
from domain.people import Role, User
from office.choices import Choices, choices_of_field, offered_of_field
from office.errors import WrongField
from office.payers import MEMBER

STEPS = frozenset({"confirmed", "step", "then", SEEN})
"""Fields by which a form says where it stands, beside those of the fact."""
NOT_TYPED = frozenset({"dose", "policy", "of", "undo"})
"""What nobody types on a form: sites beyond the protocol's are told by their number, a policy is looked up, a button takes back."""
OF_THE_TASK = frozenset({"session", "request", "adverse_event", "denial", "deviation"})
"""What an answer need not name: the task is about it."""
BY_NAME = frozenset({"overrides", "sites", "extra_sites"})
"""Mappings: one input for each name."""

Typed = Mapping[str, Sequence[str]]


APPROVED = (
    "number",
    "number_follows",
    "from_on",
    "until_on",
    "sessions",
    "units",
    "per",
    "counts",
    "drug_source",
    "place_of_service",
    "conditions",
)
DENIED = ("reason", "denial_code", "letter_on", "peer_to_peer_until", "appeal_until")
OF_THE_DECISION = dict.fromkeys(APPROVED, "approved") | dict.fromkeys(DENIED, "denied")
"""To which answer of a payer a field belongs; what is not here belongs to both."""


@dataclass(frozen=True)
class Input:
    """A field and what may be chosen for it. `many`: several of them; `each`: one input for each choice."""

    field: Field
    choices: Choices = ()
    many: bool = False
    each: bool = False
    chosen: frozenset[str] = frozenset()
    values: Mapping[str, str] | None = None
    only: str = ""  # the choice of the first field to which it belongs; empty: to any


def typed_of(form: FormData) -> dict[str, list[str]]:
    """Return what was typed, by field."""
    typed: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and name not in OURS | STEPS:
            typed.setdefault(name, []).append(value)
    return typed


def pairs_in(typed: Typed) -> list[tuple[str, str]]:
    """Return what was typed as FIELD=VALUE pairs. `overrides.infection` is the reason for that item."""
    pairs = []
    for name, values in typed.items():
        for value in values:
            field, dot, key = name.partition(".")
            if value.strip():
                pairs.append((field, f"{key}:{value.strip()}" if dot else value.strip()))
    return pairs


def inputs_of(
    kind: str,
    model: type[BaseModel],
    *,
    course: Course,
    users: Sequence[User],
    role: Role,
    typed: Typed,
    faults: Iterable[WrongField] = (),
    leave_out: Collection[str] = (),
) -> tuple[Input, ...]:
    """Return the inputs of a form that tells a course a fact."""
    flat = {name: ", ".join(values) if len(values) > 1 else values[0] for name, values in typed.items() if values}
    fields = fields_of(model, typed=flat, faults=faults, leave_out={*NOT_TYPED, *leave_out})
    if kind == "coverage-changed":
        expected = "the patient's number with that payer; kept with the patient"
        fields = (*fields, Field(MEMBER, "Member number", "text", expected, required=False, value=flat.get(MEMBER, "")))

    def may_stand(field: Field) -> Choices:
        return () if field.choices else choices_of_field(kind, field.name, course, users, role=role)

    made = [_input(model, field, may_stand(field), typed) for field in _offered(kind, fields, course, role)]
    return _decision_first(made) if kind == "authorization-decision" else tuple(made)


def _offered(kind: str, fields: Iterable[Field], course: Course, role: Role) -> Iterator[Field]:
    """Yield the fields with what this person may choose: nothing is offered that would be refused for who asks."""
    for field in fields:
        offered = offered_of_field(kind, field.name, course, role=role)
        if offered is None:
            yield field
        else:
            yield replace(field, choices=tuple(one for one in field.choices if one in offered))


def _decision_first(inputs: Sequence[Input]) -> tuple[Input, ...]:
    """Return the inputs of the payer's decision: what it decided leads, and the others say to which answer they belong."""
    first = [one for one in inputs if one.field.name == "decision"]
    others = [one for one in inputs if one.field.name != "decision"]
    return (*first, *(replace(one, only=OF_THE_DECISION.get(one.field.name, "")) for one in others))


def _input(model: type[BaseModel], field: Field, choices: Choices, typed: Typed) -> Input:
    if not choices:
        return Input(field=field)
    annotation: Any = model.model_fields[field.name].annotation
    if field.name in BY_NAME:
        values = {one.value: next(iter(typed.get(f"{field.name}.{one.value}", ())), "") for one in choices}
        return Input(field=field, choices=choices, each=True, values=values)
    many = get_origin(annotation) is tuple
    return Input(field=field, choices=choices, many=many, chosen=frozenset(typed.get(field.name, ())))


def half_prepared(course: Course, kind: str, today: date) -> dict[str, list[str]]:
    """Return what stands in the form of a task before anybody types: what usually is, as far as the record knows it."""
    match kind:
        case "goals" | "own-consent":
            return {"consent_signed_on": [today.isoformat()], "signed_on": [today.isoformat()]}
        case "packet-submitted":
            return {"submitted_on": [today.isoformat()]}
        case "authorization-decision":
            return _usual_grant(course, today)
        case _:
            return {}


def _usual_grant(course: Course, today: date) -> dict[str, list[str]]:
    """Return what the payer grants as a rule, by its policy."""
    asked = course.open_request
    policy = course.policy_of(asked.payer_id if asked is not None else None)
    if policy is None:
        return {}
    grant = policy.grant
    sessions = grant.sessions.value
    units = grant.units_per_session.value * sessions
    usual = {
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=grant.window_days.value - 1)).isoformat(),
        "sessions": str(sessions),
        "units": str(units),
    }
    return {name: [value] for name, value in usual.items()}
