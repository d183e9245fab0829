"""The form that a payer wants signed before one of its patients is charged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import facts as f
from domain.coverage import CoverageKind
from domain.record import Mark, Sourced
from tests.kit.beginnings import TODAY, a_beginning, medicare
from tests.kit.moments import denied_with
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN

FORM = "advance notice that Medicare is expected to refuse"


def agreed(form: str | None = None) -> f.SelfPayAgreed:
    return f.SelfPayAgreed(signed_on=TODAY - timedelta(days=1), amount_cents=165_000, sessions=2, form=form)


def denied(wanted: str | None) -> PaperCourse:
    course = denied_with()
    policy = course.course.policy
    assert policy is not None, "the patient is insured"
    asked: Sourced[str | None] = Sourced(value=wanted, mark=Mark.UNVERIFIED, source="a test's")
    billing = policy.billing.model_copy(update={"self_pay_form": asked})
    course.course = course.course.model_copy(update={"policy": policy.model_copy(update={"billing": billing})})
    return course


def test_an_insured_patient_is_not_charged_before_the_form_that_the_payer_wants_is_named() -> None:
    refused = denied(FORM).ask(BEN, agreed())
    assert refused is not None
    assert refused.reason.startswith("form: ")
    assert FORM in refused.reason


def test_the_form_that_was_signed_stands_in_the_agreement() -> None:
    course = denied(FORM)
    course.tell(BEN, agreed(FORM))
    held = course.course.coverage.self_pay
    assert held is not None
    assert held.form == FORM


def test_a_payer_that_wants_no_form_is_not_in_the_way_of_an_agreement() -> None:
    denied(None).tell(BEN, agreed())
    denied_with().tell(AMY, agreed())


def test_medicares_policy_says_which_form_it_wants_and_that_nobody_has_verified_it() -> None:
    policy = a_beginning(coverage=medicare(TODAY)).policy
    assert policy is not None
    assert policy.billing.self_pay_form is not None
    assert policy.billing.self_pay_form.value == FORM
    assert policy.billing.self_pay_form.mark is Mark.UNVERIFIED


@pytest.mark.parametrize(("form", "wanted", "taken"), [(None, FORM, False), (FORM, FORM, True), (None, None, True)])
def test_who_pays_herself_from_a_day_on_signs_the_form_of_the_payer_before_too(
    *, form: str | None, wanted: str | None, taken: bool
) -> None:
    course = denied(wanted)
    agreement = agreed(form).model_dump(exclude={"kind"})
    pays = f.CoverageChanged(from_on=course.today, pays=CoverageKind.SELF_PAY, reason="so she says", **agreement)

    refused = course.ask(BEN, pays)

    assert (refused is None) is taken
    if refused is not None:
        assert FORM in refused.reason
        return
    held = course.course.coverage.self_pay
    assert held is not None
    assert held.form == form


def test_where_medicare_needs_no_authorization_its_form_is_signed_too() -> None:
    course = PaperCourse(a_beginning(coverage=medicare(TODAY)))
    agreement = agreed().model_dump(exclude={"kind"})
    pays = f.CoverageChanged(from_on=course.today, pays=CoverageKind.SELF_PAY, reason="so she says", **agreement)

    refused = course.ask(BEN, pays)

    assert refused is not None
    assert FORM in refused.reason
