from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claims import Claim, ClaimLine, claim_for
from domain.coverage import Coverage, CoverageKind, SelfPayAgreement, SessionCoverage
from domain.dose import VialUse
from domain.payer import DrugSource, PlaceOfService
from domain.record import Refusal
from domain.session import Session
from tests.domain.builders import (
    VIAL_100,
    VIAL_200,
    a_session,
    a_vial,
    an_authorization,
    the_policy,
    the_protocol,
    under,
    with_value,
)

INSURED = Coverage(kind=CoverageKind.AUTHORIZATION, payer_id="northwind-commercial")


def bill(session: Session | None = None, **changes: Any) -> Claim | Refusal:
    plain: dict[str, Any] = {
        "course_id": "course",
        "coverage": INSURED,
        "policy": the_policy(),
        "diagnosis": "G43.709",
        "protocol": the_protocol(),
    }
    return claim_for(session or insured(), **{**plain, **changes})


def insured(units: int = 155, vials: tuple[VialUse, ...] | None = None, **changes: Any) -> Session:
    return a_session(units=units, vials=vials, coverage=under(an_authorization(400), 200), **changes)


def drug_lines(found: Claim | Refusal) -> list[tuple[int, tuple[str, ...]]]:
    assert isinstance(found, Claim)
    return [(line.quantity, line.modifiers) for line in found.lines if line.code == "J0585"]


@pytest.mark.parametrize(
    ("vials", "lines"),
    [
        ((a_vial(200, 155),), [(155, ()), (45, ("JW",))]),
        ((a_vial(100, 100), a_vial(100, 55)), [(155, ()), (45, ("JW",))]),
        ((a_vial(200, 165),), [(165, ()), (35, ("JW",))]),
        ((a_vial(200, 175),), [(175, ()), (25, ("JW",))]),
        ((a_vial(200, 195),), [(195, ()), (5, ("JW",))]),
        ((a_vial(200, 200),), [(200, ("JZ",))]),
        ((a_vial(100, 100),), [(100, ("JZ",))]),
    ],
    ids=["155 of 200", "155 of 2 x 100", "165 of 200", "175 of 200", "195 of 200", "200 of 200", "100 of 100"],
)
def test_given_units_and_waste_are_two_lines_and_no_waste_is_said(
    vials: tuple[VialUse, ...], lines: list[tuple[int, tuple[str, ...]]]
) -> None:
    assert drug_lines(bill(insured(vials=vials))) == lines


def test_a_claim_names_payer_place_day_injector_diagnosis_and_authorization() -> None:
    assert bill() == Claim(
        id="course/session-1/claim",
        kind="claim",
        course_id="course",
        session=1,
        payer_id="northwind-commercial",
        place_of_service=PlaceOfService.OFFICE,
        service_on=date(2026, 1, 26),
        injector="dr-okafor",
        diagnoses=("G43.709",),
        authorization_number="A-1",
        lines=(
            ClaimLine(code="64615", quantity=1),
            ClaimLine(code="J0585", quantity=155, ndc=VIAL_200),
            ClaimLine(code="J0585", quantity=45, modifiers=("JW",), ndc=VIAL_200),
        ),
    )


def test_vials_of_two_kinds_are_billed_apart_and_nothing_wasted_is_not_said_beside_waste() -> None:
    found = bill(insured(195, vials=(a_vial(100, 100), a_vial(200, 95))))

    assert isinstance(found, Claim)
    assert found.lines[1:] == (
        ClaimLine(code="J0585", quantity=100, ndc=VIAL_100),
        ClaimLine(code="J0585", quantity=95, ndc=VIAL_200),
        ClaimLine(code="J0585", quantity=105, modifiers=("JW",), ndc=VIAL_200),
    )


def test_a_session_given_in_part_is_billed_for_what_was_given_and_wasted() -> None:
    assert drug_lines(bill(insured(60, in_part=True))) == [(60, ()), (140, ("JW",))]


def test_a_specialty_pharmacy_bills_its_drug_itself() -> None:
    found = bill(coverage=INSURED.model_copy(update={"drug_source": DrugSource.SPECIALTY_PHARMACY}))

    assert isinstance(found, Claim)
    assert found.lines == (ClaimLine(code="64615", quantity=1),)


def test_a_payer_that_takes_no_waste_is_billed_what_was_given() -> None:
    policy = with_value(the_policy(), "billing.takes_waste_lines", value=False)

    assert drug_lines(bill(policy=policy)) == [(155, ())]


def test_self_pay_is_an_invoice_for_the_agreed_amount_and_no_claim() -> None:
    agreed = SelfPayAgreement(signed_on=date(2026, 1, 5), amount_cents=120_000, sessions=2)
    session = a_session(coverage=SessionCoverage(kind=CoverageKind.SELF_PAY))

    found = bill(session, coverage=Coverage(kind=CoverageKind.SELF_PAY, self_pay=agreed), policy=None)

    assert isinstance(found, Claim)
    assert (found.id, found.kind, found.amount_cents) == ("course/session-1/invoice", "invoice", 120_000)
    assert (found.payer_id, found.lines, found.diagnoses) == (None, (), ())


@pytest.mark.parametrize(
    ("session", "changes", "reason"),
    [
        (insured(signed_on=None), {}, "the record of session 1 is not signed"),
        (insured(0, vials=(a_vial(200, 0),)), {}, "nothing was given in session 1"),
        (insured(), {"diagnosis": "G43.7"}, "none that this payer is billed with"),
        (insured(), {"diagnosis": "G43.009"}, "none that this payer is billed with"),
        (
            insured(),
            {"diagnosis": "G43.E09", "policy": with_value(the_policy(), "billing.diagnoses", ("G43.709",))},
            "expected G43.709",
        ),
        (
            a_session(coverage=SessionCoverage(kind=CoverageKind.AUTHORIZATION, payer_id="n", authorization=1)),
            {},
            "the authorization has no number yet",
        ),
        (
            a_session(coverage=SessionCoverage(kind=CoverageKind.NOT_NEEDED)),
            {"coverage": Coverage(kind=CoverageKind.NOT_NEEDED)},
            "no payer is on record",
        ),
        (
            a_session(coverage=SessionCoverage(kind=CoverageKind.SELF_PAY)),
            {"coverage": Coverage(kind=CoverageKind.SELF_PAY)},
            "not agreed in writing",
        ),
    ],
    ids=[
        "not signed",
        "nothing given",
        "a header",
        "episodic",
        "not on the payer's list",
        "number to come",
        "no payer",
        "no agreement",
    ],
)
def test_what_cannot_be_billed_is_refused_with_the_reason(
    session: Session, changes: dict[str, Any], reason: str
) -> None:
    found = bill(session, **changes)

    assert isinstance(found, Refusal)
    assert reason in found.reason


def test_a_refusal_never_repeats_the_diagnosis() -> None:
    found = bill(diagnosis="F32.1")

    assert isinstance(found, Refusal)
    assert "F32.1" not in found.reason


@given(st.lists(st.tuples(st.sampled_from([100, 200]), st.integers(0, 200)), min_size=1, max_size=4))
def test_drug_lines_add_up_to_what_was_opened_and_say_either_waste_or_none(shares: list[tuple[int, int]]) -> None:
    vials = tuple(a_vial(size, min(size, given_units)) for size, given_units in shares)
    session = insured(155, vials=vials)

    lines = drug_lines(bill(session))

    modifiers = {modifier for _, used in lines for modifier in used}
    assert sum(quantity for quantity, _ in lines) == session.opened_units
    assert all(quantity > 0 for quantity, _ in lines)
    assert modifiers == ({"JW"} if session.wasted_units else {"JZ"})
