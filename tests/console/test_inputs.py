"""The inputs of a task's form: what the payer decided leads, and a yes or no is one click."""

from __future__ import annotations

import re

from console.asking import Input, inputs_of
from console.page import TEMPLATES
from domain import facts as f
from domain.people import Role
from domain.waits import WaitKind
from tests.kit.moments import at


def inputs(kind: str, model: type, when: WaitKind) -> tuple[Input, ...]:
    course = at(when).course
    return inputs_of(kind, model, course=course, users=(), role=Role.OPERATIONS, typed={})


def shown(one: Input, *, focus: bool = False) -> str:
    asked = TEMPLATES.get_template("answer_inputs.html").module
    return str(asked.one(one, focus=focus))  # type: ignore[attr-defined] # a template's macro


def test_the_payers_decision_leads_and_each_answer_has_its_fields() -> None:
    made = inputs("authorization-decision", f.AuthorizationDecision, WaitKind.PAYER_ANSWER)

    only = {one.field.name: one.only for one in made}
    assert made[0].field.name == "decision"
    assert only["from_on"] == only["number"] == "approved"
    assert only["denial_code"] == only["appeal_until"] == "denied"
    assert only["decision"] == only["request"] == ""
    [covered] = [one for one in made if one.field.name == "from_on"]
    assert 'class="field only only-approved"' in shown(covered)
    assert ">Covered from<" in shown(covered)


def test_the_first_input_takes_the_keyboard_and_the_others_do_not() -> None:
    first, second, *_ = inputs("authorization-decision", f.AuthorizationDecision, WaitKind.PAYER_ANSWER)

    assert " autofocus" in shown(first, focus=True)
    assert " autofocus" not in shown(second)


def test_a_yes_or_no_is_two_buttons_unless_it_may_stay_unsaid() -> None:
    [there] = [one for one in inputs("readiness", f.ReadinessLook, WaitKind.READINESS) if one.field.input == "yes-no"]
    [report] = [
        one
        for one in inputs("adverse-event-review", f.AdverseEventReview, WaitKind.READINESS)
        if one.field.name == "report"
    ]

    assert re.findall(r'type="radio" name="drug_on_hand" value="(yes|no)"', shown(there)) == ["yes", "no"]
    assert "<select" in shown(report)
