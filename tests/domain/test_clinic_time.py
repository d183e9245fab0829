from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinic_time import (
    add_working_days,
    clinic_day,
    instant_of,
    is_working_day,
    next_working_day,
    working_days_before,
    working_days_between,
)
from tests.domain.builders import a_clinic

SEATTLE = "America/Los_Angeles"


def test_late_in_the_evening_it_is_still_the_clinics_day_although_utc_has_the_next_one() -> None:
    assert clinic_day(datetime(2026, 1, 27, 6, 30, tzinfo=UTC), SEATTLE) == date(2026, 1, 26)


def test_a_time_that_the_clocks_skip_is_read_with_the_offset_from_before_the_change() -> None:
    assert instant_of(date(2026, 3, 8), time(2, 30), SEATTLE) == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_means_the_first_of_the_two() -> None:
    first = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)

    assert instant_of(date(2026, 11, 1), time(1, 30), SEATTLE) == first
    assert instant_of(date(2026, 11, 1), time(1, 30, fold=1), SEATTLE) == first


@given(
    on=st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31)),
    local=st.times(),
    zone=st.sampled_from([SEATTLE, "Europe/London", "America/Phoenix", "Asia/Kathmandu", "Pacific/Auckland"]),
)
def test_a_time_of_a_day_lies_on_that_day_of_the_clinic(on: date, local: time, zone: str) -> None:
    assert clinic_day(instant_of(on, local, zone), zone) == on


def test_an_instant_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="aware"):
        clinic_day(datetime(2026, 1, 26, 12, 0), SEATTLE)  # noqa: DTZ001 - that is the point


def test_a_weekend_and_a_holiday_are_no_working_days() -> None:
    clinic = a_clinic(holidays=(date(2026, 5, 25),))

    assert is_working_day(date(2026, 5, 22), clinic)
    assert not is_working_day(date(2026, 5, 23), clinic)
    assert not is_working_day(date(2026, 5, 25), clinic)


def test_the_next_working_day_is_the_day_itself_when_the_clinic_opens() -> None:
    clinic = a_clinic(holidays=(date(2026, 5, 25),))

    assert next_working_day(date(2026, 5, 22), clinic) == date(2026, 5, 22)
    assert next_working_day(date(2026, 5, 23), clinic) == date(2026, 5, 26)


def test_two_working_days_before_a_monday_is_the_thursday() -> None:
    assert working_days_before(date(2026, 7, 13), 2, a_clinic()) == date(2026, 7, 9)


def test_two_working_days_after_a_friday_before_a_holiday_is_the_wednesday() -> None:
    clinic = a_clinic(holidays=(date(2026, 5, 25),))

    assert add_working_days(date(2026, 5, 22), 2, clinic) == date(2026, 5, 27)


def test_no_working_days_before_a_sunday_is_the_sunday() -> None:
    assert working_days_before(date(2026, 7, 12), 0, a_clinic()) == date(2026, 7, 12)


@given(on=st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31)), count=st.integers(1, 30))
def test_so_many_working_days_back_and_forth_are_the_same_working_day(on: date, count: int) -> None:
    clinic = a_clinic(holidays=(date(2026, 12, 25), date(2027, 1, 1)))
    working_day = next_working_day(on, clinic)

    assert add_working_days(working_days_before(working_day, count, clinic), count, clinic) == working_day


def test_a_clinic_that_never_opens_is_a_mistake_and_not_an_endless_search() -> None:
    with pytest.raises(AssertionError, match="no working day"):
        next_working_day(date(2026, 1, 1), a_clinic(opening_hours=()))
    with pytest.raises(AssertionError, match="no working day"):
        working_days_before(date(2026, 1, 1) + timedelta(days=1), 1, a_clinic(opening_hours=()))


def test_working_days_between_two_days_leave_out_weekends_and_holidays_either_way() -> None:
    clinic = a_clinic(holidays=(date(2026, 5, 25),))
    friday, wednesday = date(2026, 5, 22), date(2026, 5, 27)

    assert working_days_between(friday, wednesday, clinic) == 2
    assert working_days_between(wednesday, friday, clinic) == -2
    assert working_days_between(friday, date(2026, 5, 25), clinic) == 0
    assert working_days_between(friday, friday, clinic) == 0
