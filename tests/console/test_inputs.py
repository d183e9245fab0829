"""The inputs of a task's form: what the payer decided leads, and a yes or no is one click."""

from __future__ import annotations

import re
from typing import Any

import pytest

from console.asking import Input, inputs_of
from console.page import TEMPLATES
from domain import facts as f
from domain.denial import DenialStep
from domain.endings import MAY_END
from domain.people import Role
from domain.record import Refusal
from domain.waits import WaitKind
from tests.kit.examples import FACTS
from tests.kit.moments import at, denied_with, pregnant, with_an_appointment
from tests.kit.paper import PaperCourse
from tests.kit.people import ONE_OF_EACH_ROLE


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


def offered(course: PaperCourse, role: Role, kind: str, name: str) -> set[str]:
    made = inputs_of(kind, type(FACTS[kind]), course=course.course, users=(), role=role, typed={})
    [one] = [one for one in made if one.field.name == name]
    assert all(f'value="{choice}"' in shown(one) for choice in one.field.choices)
    return set(one.field.choices)


def refused(course: PaperCourse, role: Role, fact: Any) -> str:
    answer = course.ask(ONE_OF_EACH_ROLE[role], fact)
    return answer.reason if isinstance(answer, Refusal) else ""


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.BILLING, Role.CLINICIAN])
def test_after_a_denial_stop_is_offered_to_a_clinician_and_nothing_else_is(role: Role) -> None:
    steps = offered(denied_with(), role, "denial-step", "step")

    assert ("stop" in steps) is (role is Role.CLINICIAN)
    assert (steps == {"stop"}) is (role is Role.CLINICIAN)
    for step in steps:
        said = refused(denied_with(), role, f.DenialStepChosen(step=DenialStep(step), note="x"))
        assert " is for " not in said


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN])
def test_an_end_offers_the_outcomes_that_this_role_may_say(role: Role) -> None:
    outcomes = offered(with_an_appointment(), role, "end", "outcome")

    assert outcomes == {outcome for outcome, roles in MAY_END.items() if role in roles}
    assert ("discontinued" in outcomes) is (role is Role.CLINICIAN)


def test_what_lapses_in_a_hold_offers_what_can_be_said_of_it() -> None:
    assert offered(pregnant(), Role.OPERATIONS, "lapse-answered", "answer") == {"keep", "extend", "give_back"}
