"""Who pays where no payer does, what an agreement has left, and what an authorization is closed to. Row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.coverage import (
    Authorization,
    AuthorizationLine,
    ClinicsRisk,
    Coverage,
    CoverageKind,
    Holding,
    NotNeeded,
    Per,
    SelfPayAgreement,
    SessionCoverage,
    agreed_sessions_left,
    coverage_at_best,
    coverage_on,
    holds,
    last_day,
    paid_otherwise_on,
)
from domain.payer import Counts, PlaceOfService
from domain.record import Refusal
from domain.session import Session
from tests.domain.builders import a_dose
from tests.kit.moments import after_session

ONE_DAY = timedelta(days=1)
GIVEN = after_session(2).course.sessions
FIRST, SECOND = (one.given_on for one in GIVEN)
ON = SECOND + 84 * ONE_DAY
DRUG = "J0585"


def paid(*numbers: int) -> list[Session]:
    """Return the two sessions given, those of these numbers paid by the patient."""
    by_her = SessionCoverage(kind=CoverageKind.SELF_PAY, amount_cents=1)
    return [one.model_copy(update={"coverage": by_her}) if one.number in numbers else one for one in GIVEN]


def agreement(**changes: Any) -> SelfPayAgreement:
    plain: dict[str, Any] = {"signed_on": FIRST, "amount_cents": 180_000, "sessions": 2}
    return SelfPayAgreement(**(plain | changes))


# What the patient agreed to


@pytest.mark.parametrize(
    ("changes", "numbers", "left"),
    [
        ({}, (), 2),
        ({}, (1,), 1),
        ({}, (1, 2), 0),
        ({"signed_on": FIRST + ONE_DAY}, (1, 2), 1),
        ({"from_session": 2}, (1, 2), 1),
        ({"from_session": 3}, (1, 2), 2),
        ({"sessions": 1}, (1, 2), -1),
    ],
)
def test_an_agreement_is_used_up_by_what_the_patient_paid_since(
    changes: dict[str, Any], numbers: tuple[int, ...], left: int
) -> None:
    assert agreed_sessions_left(agreement(**changes), paid(*numbers)) == left


def pays(coverage: Coverage, *numbers: int) -> SessionCoverage | Refusal:
    return coverage_on(
        on=ON,
        planned_units=155,
        opened_units=200,
        coverage=coverage,
        authorizations=(),
        sessions=paid(*numbers),
        drug_code=DRUG,
    )


def test_a_patient_pays_from_the_day_of_signing_what_she_agreed_to() -> None:
    def by_herself(**changes: Any) -> Coverage:
        return Coverage(kind=CoverageKind.SELF_PAY, self_pay=agreement(**changes))

    assert pays(by_herself(signed_on=ON)) == SessionCoverage(kind=CoverageKind.SELF_PAY, amount_cents=180_000)
    late, used_up = pays(by_herself(signed_on=ON + ONE_DAY)), pays(by_herself(), 1, 2)
    unsigned = pays(Coverage(kind=CoverageKind.SELF_PAY))
    assert isinstance(late, Refusal)
    assert isinstance(used_up, Refusal)
    assert isinstance(unsigned, Refusal)
    assert used_up.reason == "the patient agreed to pay 2 sessions and 2 were given"
    assert "later" in late.reason
    assert "not agreed" in unsigned.reason


def test_no_authorization_is_needed_from_the_day_on_which_somebody_said_so() -> None:
    def said(days_after: int) -> SessionCoverage | Refusal:
        not_needed = NotNeeded(said_by="provider line", said_on=ON + days_after * ONE_DAY)
        return pays(Coverage(kind=CoverageKind.NOT_NEEDED, payer_id="medicare-part-b", not_needed=not_needed))

    assert said(0) == SessionCoverage(kind=CoverageKind.NOT_NEEDED, payer_id="medicare-part-b")
    assert isinstance(said(1), Refusal)
    assert isinstance(pays(Coverage(kind=CoverageKind.NOT_NEEDED, payer_id="medicare-part-b")), Refusal)


RISK = ClinicsRisk(session=3, by="ben.billing", on=ON, reason="a promise")
INSURED = Coverage(kind=CoverageKind.AUTHORIZATION, payer_id="northwind-commercial")
CONFIRMED = INSURED.model_copy(update={"self_pay": agreement(confirmed_by="ben.billing")})


@pytest.mark.parametrize(
    ("coverage", "risks", "numbers", "kind"),
    [
        (INSURED, (), (), None),
        (CONFIRMED, (), (), CoverageKind.SELF_PAY),
        (CONFIRMED, (RISK,), (), CoverageKind.SELF_PAY),
        (CONFIRMED, (RISK,), (1, 2), CoverageKind.CLINICS_RISK),
        (CONFIRMED, (), (1, 2), None),
        (INSURED.model_copy(update={"self_pay": agreement()}), (), (), None),
        (CONFIRMED.model_copy(update={"kind": CoverageKind.NOT_NEEDED}), (), (), None),
        (INSURED, (RISK,), (), CoverageKind.CLINICS_RISK),
        (INSURED, (RISK.model_copy(update={"session": 2}),), (), None),
        (INSURED, (RISK.model_copy(update={"on": ON + ONE_DAY}),), (), None),
    ],
)
def test_who_stands_in_where_no_payer_covers_a_session(
    coverage: Coverage, risks: tuple[ClinicsRisk, ...], numbers: tuple[int, ...], kind: CoverageKind | None
) -> None:
    found = paid_otherwise_on(on=ON, for_session=3, coverage=coverage, sessions=paid(*numbers), risks=risks)

    assert (found.kind if found else None) == kind


# What an authorization is closed to


def granted(**changes: Any) -> Authorization:
    plain: dict[str, Any] = {"request": 9, "number": "A-9", "from_on": ON - 30 * ONE_DAY, "until_on": ON, "sessions": 1}
    return Authorization(**(plain | changes))


def held(authorization: Authorization, sessions: Any = GIVEN) -> Refusal | Holding:
    return holds(authorization, on=ON, planned_units=155, opened_units=200, sessions=sessions, drug_code=DRUG)


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, True),
        ({"until_on": ON - ONE_DAY}, False),
        ({"from_on": ON}, True),
        ({"from_on": ON + ONE_DAY, "until_on": ON + 9 * ONE_DAY}, False),
        ({"stopped_on": ON}, False),
        ({"stopped_on": ON + ONE_DAY}, True),
        ({"expired_on": ON}, False),
        ({"expired_on": ON + ONE_DAY}, True),
        ({"place_of_service": PlaceOfService.OFFICE}, False),
        ({"sessions": 0}, False),
    ],
)
def test_an_authorization_is_closed_outside_its_days_and_terms(changes: dict[str, Any], covered: bool) -> None:
    assert isinstance(held(granted(**changes)), Holding) is covered


def test_the_last_day_is_the_day_before_it_ended() -> None:
    assert last_day(granted()) == ON
    assert last_day(granted(stopped_on=ON - 3 * ONE_DAY)) == ON - 4 * ONE_DAY
    assert last_day(granted(expired_on=ON - 5 * ONE_DAY, stopped_on=ON - 3 * ONE_DAY)) == ON - 6 * ONE_DAY


def line(quantity: int, *, per: Per = Per.ALL, counts: Counts = Counts.UNKNOWN) -> tuple[AuthorizationLine, ...]:
    return (AuthorizationLine(code=DRUG, quantity=quantity, per=per, counts=counts),)


def under_it(opened: int) -> list[Session]:
    """Return the first session as given under this authorization, which billed what was opened; the second is not."""
    used = SessionCoverage(kind=CoverageKind.AUTHORIZATION, authorization=9, counted_units=opened)
    return [GIVEN[0].model_copy(update={"coverage": used}), GIVEN[1].model_copy(update={"dose": a_dose(60)})]


def test_what_a_payer_counts_being_unknown_only_a_shortage_by_both_readings_refuses() -> None:
    def left(quantity: int, **more: Any) -> Refusal | Holding:
        return held(granted(sessions=3, lines=line(quantity, **more)), under_it(200))

    assert left(310) == Holding(request=9, counted_units=200, unpaid_units=90), "155 of 310 were given, 200 opened"
    short = left(309)
    assert isinstance(short, Refusal)
    assert "1 short" in short.reason
    assert isinstance(left(355, counts=Counts.BILLED), Holding)
    assert isinstance(left(354, counts=Counts.BILLED), Refusal)
    assert isinstance(left(154, per=Per.SESSION), Refusal), "each session has its whole quantity, and no more"
    assert left(155, per=Per.SESSION) == Holding(request=9, counted_units=200, unpaid_units=45)
    none = left(100)
    assert isinstance(none, Refusal)
    assert "has 0 units left" in none.reason


# What a session that nothing covers comes under


def at_best(*authorizations: Authorization, kind: CoverageKind = CoverageKind.AUTHORIZATION) -> SessionCoverage:
    return coverage_at_best(
        on=ON,
        planned_units=155,
        opened_units=200,
        coverage=INSURED.model_copy(update={"kind": kind}),
        authorizations=authorizations,
        sessions=GIVEN,
        drug_code=DRUG,
    )


def test_an_uncovered_session_comes_under_what_has_its_day_and_a_session_left() -> None:
    short = granted(lines=line(100))

    assert (at_best(short).authorization, at_best(short).unpaid_units) == (9, 100)
    assert (at_best(short).authorization_number, at_best(short).payer_id) == ("A-9", "northwind-commercial")
    assert at_best(granted(number="", lines=line(100))).authorization_number is None
    assert at_best(granted(lines=line(100, counts=Counts.GIVEN))).unpaid_units == 55
    assert at_best(granted()).unpaid_units == 0, "without a line for the drug nothing is counted"
    assert at_best(granted(lines=line(900))).unpaid_units == 0
    first = granted(request=8, number="A-8", until_on=ON, lines=line(100))
    assert at_best(granted(until_on=ON + ONE_DAY, lines=line(100)), first).authorization == 8, "which ends first"
    assert at_best(granted(from_on=ON, until_on=ON)).authorization == 9
    for closed in (
        granted(until_on=ON - ONE_DAY),
        granted(from_on=ON + ONE_DAY, until_on=ON + 9 * ONE_DAY),
        granted(stopped_on=ON),
        granted(sessions=0),
        granted(payer_id="washington-labor"),
    ):
        assert at_best(closed).authorization is None
    assert at_best(short, kind=CoverageKind.SELF_PAY).authorization is None
