from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import (
    Authorization,
    Coverage,
    CoverageKind,
    Holding,
    NotNeeded,
    Per,
    SelfPayAgreement,
    SessionCoverage,
    counted,
    coverage_on,
    holds,
    last_covered_day,
    left,
    need,
    used,
)
from domain.dose import opened_units
from domain.payer import Counts
from domain.record import Refusal
from domain.session import Session
from tests.domain.builders import DRUG, a_session, an_authorization, the_protocol, under

SESSION_2 = date(2026, 4, 20)
INSURED = Coverage(kind=CoverageKind.AUTHORIZATION, payer_id="northwind-commercial")


def session_1(authorization: Authorization) -> Session:
    """Return session 1: 155 units of a vial of 200, booked as the payer counts."""
    line = authorization.lines[0] if authorization.lines else None
    booked = counted(155, 200, line.counts) if line else 0
    return a_session(1, date(2026, 1, 26), coverage=under(authorization, booked))


def ask(authorization: Authorization, planned: int, *, on: date = SESSION_2, **changes: Any) -> Refusal | Holding:
    plain: dict[str, Any] = {"sessions": (session_1(authorization),)}
    return holds(
        authorization,
        on=on,
        planned_units=planned,
        opened_units=opened_units(planned, protocol=the_protocol()),
        drug_code=DRUG,
        **{**plain, **changes},
    )


# The table of units against authorization: one test for each row.


def test_310_for_2_by_units_given_leaves_155_and_clears_the_planned_155() -> None:
    authorization = an_authorization(310, counting=Counts.GIVEN)

    assert left(authorization, (session_1(authorization),), drug_code=DRUG).units == 155
    assert ask(authorization, 155) == Holding(request=1, counted_units=155, unpaid_units=0)
    assert "40 short" in refused(ask(authorization, 195))


def test_310_for_2_by_units_billed_leaves_110_and_is_45_short() -> None:
    authorization = an_authorization(310, counting=Counts.BILLED)

    assert left(authorization, (session_1(authorization),), drug_code=DRUG).units == 110
    assert refused(ask(authorization, 155)) == (
        "authorization A-1 has 110 units left and 155 are planned: 45 short, ask for an amendment or a renewal"
    )
    assert isinstance(ask(authorization, 195), Refusal)


@pytest.mark.parametrize(("counting", "rest"), [(Counts.GIVEN, 245), (Counts.BILLED, 200), (Counts.UNKNOWN, 200)])
@pytest.mark.parametrize("planned", [155, 195])
def test_400_for_2_is_enough_whatever_the_payer_counts(counting: Counts, rest: int, planned: int) -> None:
    authorization = an_authorization(400, counting=counting)

    found = ask(authorization, planned)

    assert left(authorization, (session_1(authorization),), drug_code=DRUG).units == rest
    assert isinstance(found, Holding)
    assert found.unpaid_units == 0


def test_155_per_session_with_an_unknown_count_clears_with_45_units_that_may_stay_unpaid() -> None:
    authorization = an_authorization(155, counting=Counts.UNKNOWN, per=Per.SESSION)

    assert ask(authorization, 155) == Holding(request=1, counted_units=200, unpaid_units=45)
    assert "40 short" in refused(ask(authorization, 195))


def test_where_none_is_needed_every_dose_is_clear() -> None:
    coverage = Coverage(
        kind=CoverageKind.NOT_NEEDED,
        payer_id="medicare-part-b",
        not_needed=NotNeeded(said_by="portal 4711", said_on=date(2026, 1, 5)),
    )

    for planned in (155, 195):
        assert isinstance(pays(coverage, planned=planned), SessionCoverage)


# Beyond the table.


def refused(found: object) -> str:
    assert isinstance(found, Refusal)
    return found.reason


def test_billed_units_beyond_what_is_left_clear_and_may_stay_unpaid() -> None:
    authorization = an_authorization(360, counting=Counts.BILLED)  # 160 left after session 1

    assert ask(authorization, 155) == Holding(request=1, counted_units=200, unpaid_units=40)


def test_an_unknown_count_never_refuses_by_itself() -> None:
    # Billed, 110 are left; given, 155: the planned 155 are refused only when both readings are short
    authorization = an_authorization(310, counting=Counts.UNKNOWN)

    assert ask(authorization, 155) == Holding(request=1, counted_units=200, unpaid_units=90)
    assert "40 short" in refused(ask(authorization, 195))


@pytest.mark.parametrize(
    ("on", "clear"),
    [
        (date(2026, 1, 4), False),
        (date(2026, 1, 5), True),
        (date(2026, 7, 4), True),
        (date(2026, 7, 5), False),
    ],
)
def test_both_days_of_the_window_are_covered_and_none_outside(on: date, clear: bool) -> None:
    assert isinstance(ask(an_authorization(400), 155, on=on, sessions=()), Holding) is clear


def test_an_authorization_that_ended_early_covers_the_day_before_and_not_that_day() -> None:
    ended = an_authorization(400, expired_on=date(2026, 4, 20))

    assert isinstance(ask(ended, 155, on=date(2026, 4, 19)), Holding)
    assert "ended on 20 Apr 2026" in refused(ask(ended, 155, on=date(2026, 4, 20)))
    assert last_covered_day(authorizations=(ended,)) == date(2026, 4, 19)


def test_two_sessions_are_two_sessions_however_few_units_they_took() -> None:
    authorization = an_authorization(800)
    both = (session_1(authorization), a_session(2, SESSION_2, coverage=under(authorization, 200)))

    assert "no session left of 2" in refused(ask(authorization, 155, on=date(2026, 7, 1), sessions=both))
    assert used(authorization, both) == (2, 400)


def test_without_a_line_for_the_drug_only_sessions_and_days_count() -> None:
    assert ask(an_authorization(None), 195) == Holding(request=1, counted_units=0, unpaid_units=0)


def test_sessions_under_another_authorization_use_up_nothing() -> None:
    earlier = an_authorization(400, request=1)
    later = an_authorization(400, request=2, number="A-2")

    assert used(later, (session_1(earlier),)) == (0, 0)


def test_need_and_counted_follow_the_payers_basis_and_unknown_is_booked_as_billed() -> None:
    assert [need(155, 200, counts) for counts in (Counts.GIVEN, Counts.BILLED, Counts.UNKNOWN)] == [155, 200, 200]
    assert counted(given_units=60, opened_units=200, counts=Counts.GIVEN) == 60


def pays(coverage: Coverage, *, on: date = SESSION_2, planned: int = 155, **changes: Any) -> SessionCoverage | Refusal:
    plain: dict[str, Any] = {"authorizations": (), "sessions": ()}
    return coverage_on(
        on=on,
        planned_units=planned,
        opened_units=opened_units(planned, protocol=the_protocol()),
        coverage=coverage,
        drug_code=DRUG,
        **{**plain, **changes},
    )


def test_of_two_authorizations_that_hold_the_one_that_ends_first_is_used_up_first() -> None:
    late = an_authorization(400, request=1, until_on=date(2026, 12, 31))
    soon = an_authorization(400, request=2, number="A-2", until_on=date(2026, 7, 4))

    found = pays(INSURED, authorizations=(late, soon))

    assert isinstance(found, SessionCoverage)
    assert (found.authorization, found.authorization_number, found.counted_units) == (2, "A-2", 200)


def test_what_may_stay_unpaid_stands_in_the_sessions_coverage() -> None:
    authorization = an_authorization(155, counting=Counts.UNKNOWN, per=Per.SESSION)

    found = pays(INSURED, authorizations=(authorization,), sessions=(session_1(authorization),))

    assert isinstance(found, SessionCoverage)
    assert found.unpaid_units == 45


def test_without_an_authorization_the_reason_says_so_and_with_one_that_does_not_hold_why() -> None:
    assert refused(pays(INSURED)) == "no authorization has been granted"
    assert "covers 05 Jan 2026 to 04 Jul 2026, not 13 Jul 2026" in refused(
        pays(INSURED, on=date(2026, 7, 13), authorizations=(an_authorization(400),))
    )


def test_that_none_is_needed_must_have_been_said_by_somebody_before_the_day() -> None:
    said = NotNeeded(said_by="portal 4711", said_on=date(2026, 4, 21))

    assert "nobody has said" in refused(pays(Coverage(kind=CoverageKind.NOT_NEEDED, payer_id="medicare-part-b")))
    assert "later" in refused(pays(Coverage(kind=CoverageKind.NOT_NEEDED, payer_id="m", not_needed=said)))


def test_self_pay_covers_the_agreed_sessions_from_the_day_it_was_signed() -> None:
    signed = SelfPayAgreement(signed_on=date(2026, 4, 1), amount_cents=120_000, sessions=1)
    coverage = Coverage(kind=CoverageKind.SELF_PAY, self_pay=signed)
    paid = SessionCoverage(kind=CoverageKind.SELF_PAY, amount_cents=120_000)

    assert pays(coverage) == paid
    assert "later" in refused(pays(coverage, on=date(2026, 3, 31)))
    before = a_session(1, date(2026, 1, 26), coverage=paid)
    assert pays(coverage, sessions=(before,)) == paid
    after = a_session(2, date(2026, 4, 20), coverage=paid)
    assert "agreed to pay 1 sessions and 1 were given" in refused(
        pays(coverage, on=date(2026, 7, 13), sessions=(before, after))
    )


def test_self_pay_without_an_agreement_covers_nothing() -> None:
    assert "not agreed in writing" in refused(pays(Coverage(kind=CoverageKind.SELF_PAY)))


def test_the_last_covered_day_is_that_of_the_latest_authorization() -> None:
    assert last_covered_day(authorizations=()) is None
    assert last_covered_day(
        authorizations=(an_authorization(), an_authorization(request=2, until_on=date(2026, 12, 31)))
    ) == date(2026, 12, 31)


@given(
    quantity=st.integers(0, 1000),
    counting=st.sampled_from(Counts),
    per=st.sampled_from(Per),
    doses=st.lists(st.sampled_from([60, 100, 155, 175, 195]), max_size=8),
    granted=st.integers(1, 6),
)
def test_units_that_were_cleared_never_exceed_the_grant_by_what_the_payer_counts(
    quantity: int, counting: Counts, per: Per, doses: list[int], granted: int
) -> None:
    authorization = an_authorization(quantity, counting=counting, per=per, sessions=granted)
    given_sessions: list[Session] = []

    for number, planned in enumerate(doses, start=1):
        opened = opened_units(planned, protocol=the_protocol())
        found = holds(
            authorization,
            on=SESSION_2,
            planned_units=planned,
            opened_units=opened,
            sessions=given_sessions,
            drug_code=DRUG,
        )
        if isinstance(found, Holding):
            assert planned <= quantity
            assert 0 <= found.unpaid_units <= found.counted_units
            given_sessions.append(
                a_session(number, SESSION_2, units=planned, coverage=under(authorization, found.counted_units))
            )

    assert len(given_sessions) <= granted
    if per is Per.ALL:
        assert sum(session.dose.units for session in given_sessions) <= quantity
