from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinic_time import clinic_day, is_working_day
from domain.payer import DrugSource, PayerPolicy
from domain.timing import (
    Bound,
    CheckTimes,
    RenewalForecast,
    check_times,
    drug_lead,
    renewal_due_on,
    renewal_forecast,
    session_dates,
)
from tests.domain.builders import a_clinic, the_policy, the_protocol, with_value

PROTOCOL = the_protocol()
CLINIC = a_clinic()
STOCK, PHARMACY = DrugSource.CLINIC_STOCK, DrugSource.SPECIALTY_PHARMACY


def dates(*doses: date, **changes: Any) -> Any:
    plain: dict[str, Any] = {
        "not_before": date(2026, 1, 5),
        "protocol": PROTOCOL,
        "policy": the_policy(),
        "clinic": CLINIC,
        "covered_until": None,
    }
    return session_dates(last_doses_on=doses, **{**plain, **changes})


def test_the_next_session_is_84_days_after_the_last_the_same_weekday() -> None:
    found = dates(date(2026, 1, 26))

    assert found.earliest_on == found.recommended_on == date(2026, 4, 20)
    assert found.latest_on == date(2026, 5, 4)
    assert found.reason == "84 days after the dose of 26 Jan 2026, the protocol's interval"


def test_a_dose_given_elsewhere_counts_whoever_gave_it() -> None:
    assert dates(date(2026, 1, 26), date(2026, 2, 10), date(2025, 11, 3)).earliest_on == date(2026, 5, 5)


def test_a_payer_who_wants_90_days_sets_the_date() -> None:
    found = dates(date(2026, 1, 26), policy=with_value(the_policy(), "timing.interval_days_min", 90))

    assert found.earliest_on == date(2026, 4, 26)
    assert found.recommended_on == date(2026, 4, 27)  # the 26th is a Sunday
    assert found.reason == "90 days after the dose of 26 Jan 2026, the payer's interval"


def test_a_payer_who_is_content_with_less_does_not_shorten_the_protocols_interval() -> None:
    policy = with_value(the_policy(), "timing.interval_days_min", 80)

    assert dates(date(2026, 1, 26), policy=policy).earliest_on == date(2026, 4, 20)


def test_without_any_dose_the_first_session_waits_only_for_the_day_it_may_start() -> None:
    found = dates(not_before=date(2026, 1, 10))

    assert found.earliest_on == date(2026, 1, 10)
    assert found.recommended_on == date(2026, 1, 12)  # the 10th is a Saturday


def test_after_a_long_gap_the_session_is_not_planned_in_the_past() -> None:
    found = dates(date(2025, 1, 26), not_before=date(2026, 1, 7))

    assert found.earliest_on == date(2026, 1, 7)
    assert "the interval is over" in found.reason


def test_the_last_covered_day_is_the_latest_even_when_it_lies_before_the_earliest() -> None:
    inside = dates(date(2026, 1, 26), covered_until=date(2026, 4, 24))
    before = dates(date(2026, 4, 20), covered_until=date(2026, 7, 4))

    assert inside.latest_on == date(2026, 4, 24)
    assert before.latest_on == date(2026, 7, 4)
    assert before.earliest_on == date(2026, 7, 13)


@given(
    given_at=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 12, 31)),  # noqa: DTZ001 - the test adds the zone
    zone=st.sampled_from(["America/Los_Angeles", "Europe/London", "Pacific/Auckland"]),
)
def test_day_84_is_allowed_and_day_83_is_not_whatever_the_clocks_do_between(given_at: datetime, zone: str) -> None:
    given_on = clinic_day(given_at.replace(tzinfo=ZoneInfo(zone)), zone)

    earliest_on = dates(given_on, clinic=a_clinic(zone=zone), not_before=given_on).earliest_on

    assert earliest_on - given_on == timedelta(days=84)
    assert given_on + timedelta(days=83) < earliest_on
    assert earliest_on.isoweekday() == given_on.isoweekday()


def times(session_on: date, *, drug: DrugSource = STOCK, policy: PayerPolicy | None = None) -> CheckTimes:
    planned_on = session_on + timedelta(days=84)
    due_on = renewal_due_on(planned_on=planned_on, policy=policy or the_policy(), drug_source=drug, clinic=CLINIC)
    return check_times(
        session_given_on=session_on, planned_on=planned_on, renewal_due_on=due_on, protocol=PROTOCOL, clinic=CLINIC
    )


def test_with_clinic_stock_the_check_opens_on_day_54_and_is_due_on_day_61() -> None:
    session_2 = date(2026, 4, 22)  # a Wednesday: two working days before a Wednesday are two days

    found = times(session_2)

    assert found.opens_on == session_2 + timedelta(days=54)
    assert found.due_on == session_2 + timedelta(days=61)
    assert found.window_first_on == session_2 + timedelta(days=26)
    assert found.window_last_on == session_2 + timedelta(days=53)  # the day before: its diary is over


def test_a_check_that_opens_28_days_after_the_session_has_no_day_of_before_in_its_window() -> None:
    session_2 = date(2026, 4, 20)

    found = times(session_2, drug=PHARMACY, policy=with_value(the_policy(), "timing.answer_days", 45))

    assert found.opens_on == found.window_last_on == session_2 + timedelta(days=28)
    assert found.window_first_on == session_2 + timedelta(days=1)


def test_with_a_specialty_pharmacy_the_check_opens_on_day_35_and_is_due_on_day_42() -> None:
    session_2 = date(2026, 4, 20)

    found = times(session_2, drug=PHARMACY)

    assert found.opens_on == session_2 + timedelta(days=35)
    assert found.due_on == session_2 + timedelta(days=42)


def test_two_working_days_for_the_drug_are_four_days_over_a_weekend() -> None:
    assert times(date(2026, 4, 20)).opens_on == date(2026, 4, 20) + timedelta(days=52)


def test_without_a_renewal_the_check_opens_at_its_last_day() -> None:
    session_2 = date(2026, 4, 20)

    found = check_times(
        session_given_on=session_2,
        planned_on=date(2026, 7, 13),
        renewal_due_on=None,
        protocol=PROTOCOL,
        clinic=CLINIC,
    )

    assert found.opens_on == session_2 + timedelta(days=56)
    assert found.due_on == session_2 + timedelta(days=63)


def test_a_check_is_due_before_the_session_however_late_it_opens() -> None:
    slow = a_clinic(clinician_days=40)

    found = check_times(
        session_given_on=date(2026, 4, 20),
        planned_on=date(2026, 7, 13),
        renewal_due_on=None,
        protocol=PROTOCOL,
        clinic=slow,
    )

    assert found.due_on == date(2026, 7, 12)


def test_drug_from_stock_is_ordered_working_days_before_and_from_a_pharmacy_three_weeks() -> None:
    assert drug_lead(planned_on=date(2026, 7, 13), drug_source=STOCK, clinic=CLINIC) == date(2026, 7, 9)
    assert drug_lead(planned_on=date(2026, 7, 13), drug_source=PHARMACY, clinic=CLINIC) == date(2026, 6, 22)


def forecast(answer_days: int, *, drug: DrugSource = STOCK, session_on: date = date(2026, 4, 22)) -> RenewalForecast:
    return renewal_forecast(
        session_given_on=session_on,
        planned_on=session_on + timedelta(days=84),
        policy=with_value(the_policy(), "timing.answer_days", answer_days),
        drug_source=drug,
        protocol=PROTOCOL,
        clinic=CLINIC,
    )


def test_with_the_defaults_the_renewal_carries_the_answered_check() -> None:
    found = forecast(14)

    assert (found.bound, found.needs_interim_evidence, found.late_days) == (Bound.NONE, False, 0)
    assert found.check_due_on == found.renewal_due_on == date(2026, 4, 22) + timedelta(days=61)


def test_a_quick_payer_does_not_push_the_check_into_the_third_month() -> None:
    found = forecast(3)

    assert found.bound is Bound.NOT_AFTER
    assert found.check_opens_on == date(2026, 4, 22) + timedelta(days=56)
    assert found.late_days == 0


@pytest.mark.parametrize(("answer_days", "late_days"), [(21, 0), (22, 1), (30, 9), (45, 24)])
def test_beyond_49_days_of_lead_the_renewal_is_interim_or_the_session_late(answer_days: int, late_days: int) -> None:
    # A specialty pharmacy's 21 days and 7 of preparation leave 21 for the payer
    found = forecast(answer_days, drug=PHARMACY)

    assert found.late_days == late_days
    assert found.needs_interim_evidence is (late_days > 0)
    assert (found.bound is Bound.NOT_BEFORE) is (late_days > 0)
    assert ("interim evidence" in found.reason) is (late_days > 0)


@given(
    session_on=st.dates(min_value=date(2026, 1, 1), max_value=date(2028, 12, 31)),
    answer_days=st.integers(0, 60),
    interval=st.integers(84, 120),
    drug=st.sampled_from(DrugSource),
    holidays=st.lists(st.dates(min_value=date(2026, 1, 1), max_value=date(2029, 6, 30)), max_size=8),
)
def test_the_check_opens_within_its_bounds_and_is_due_before_the_session(
    session_on: date, answer_days: int, interval: int, drug: DrugSource, holidays: list[date]
) -> None:
    clinic = a_clinic(holidays=tuple(holidays))
    planned_on = session_on + timedelta(days=interval)
    policy = with_value(the_policy(), "timing.answer_days", answer_days)
    due_on = renewal_due_on(planned_on=planned_on, policy=policy, drug_source=drug, clinic=clinic)

    found = check_times(
        session_given_on=session_on, planned_on=planned_on, renewal_due_on=due_on, protocol=PROTOCOL, clinic=clinic
    )
    ahead = renewal_forecast(
        session_given_on=session_on,
        planned_on=planned_on,
        policy=policy,
        drug_source=drug,
        protocol=PROTOCOL,
        clinic=clinic,
    )

    assert 28 <= (found.opens_on - session_on).days <= 56
    assert found.opens_on < found.due_on < planned_on
    assert session_on < found.window_first_on
    assert found.window_last_on <= found.opens_on
    assert (found.window_last_on - found.window_first_on).days == 27
    assert (ahead.check_opens_on, ahead.check_due_on) == (found.opens_on, found.due_on)
    assert (ahead.late_days == 0) is (found.due_on <= due_on)
    late = renewal_due_on(
        planned_on=planned_on + timedelta(days=ahead.late_days), policy=policy, drug_source=drug, clinic=clinic
    )
    assert late >= found.due_on or not ahead.late_days


@given(st.dates(min_value=date(2026, 1, 1), max_value=date(2028, 12, 31)))
def test_the_recommended_day_is_a_working_day_and_never_too_early(last_on: date) -> None:
    found = dates(last_on, not_before=last_on)

    assert is_working_day(found.recommended_on, CLINIC)
    assert found.recommended_on >= found.earliest_on
