from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.diary import DiaryDay, baseline_before, blocks_of, count_window
from domain.history import CountSource, StatedCounts
from tests.domain.builders import counts, diary, the_protocol

PROTOCOL = the_protocol()
SESSION_1 = date(2026, 1, 26)
FOUR_WEEKS_BEFORE = date(2025, 12, 29)


def test_a_window_counts_both_its_days_and_nothing_outside() -> None:
    days = tuple(DiaryDay(on=date(2026, 1, day), headache=True, worst_pain=day) for day in range(1, 8))

    window = count_window(days, first_on=date(2026, 1, 2), last_on=date(2026, 1, 5), severe_from=4)

    assert (window.days, window.recorded_days, window.headache_days) == (4, 4, 4)
    assert (window.severe_days, window.rated_days, window.severity) == (2, 4, 3.5)


def test_a_day_without_an_entry_is_no_day_without_headache() -> None:
    window = count_window(
        diary(date(2026, 1, 1), recorded=20, headaches=9), first_on=date(2026, 1, 1), last_on=date(2026, 1, 28)
    )

    assert (window.days, window.recorded_days, window.headache_days) == (28, 20, 9)


def test_severity_is_a_mean_over_rated_headache_days_only() -> None:
    days = (
        DiaryDay(on=date(2026, 1, 1), headache=True, worst_pain=8),
        DiaryDay(on=date(2026, 1, 2), headache=True, worst_pain=None),
        DiaryDay(on=date(2026, 1, 3), headache=False, worst_pain=0),
    )

    window = count_window(days, first_on=date(2026, 1, 1), last_on=date(2026, 1, 28))

    assert (window.severity, window.rated_days) == (8.0, 1)


def test_of_two_entries_for_a_day_the_later_one_counts() -> None:
    days = (DiaryDay(on=date(2026, 1, 1), headache=True), DiaryDay(on=date(2026, 1, 1), headache=False))

    window = count_window(days, first_on=date(2026, 1, 1), last_on=date(2026, 1, 1))

    assert (window.recorded_days, window.headache_days) == (1, 0)


def test_the_baseline_is_the_28_days_ending_the_day_before_session_1() -> None:
    days = (*diary(FOUR_WEEKS_BEFORE, headaches=19), DiaryDay(on=SESSION_1, headache=True))

    baseline = baseline_before(days, session_1_on=SESSION_1, stated=counts(22), protocol=PROTOCOL)

    assert baseline is not None
    assert (baseline.first_on, baseline.last_on) == (FOUR_WEEKS_BEFORE, date(2026, 1, 25))
    assert (baseline.headache_days, baseline.period_days, baseline.source) == (19, 28, CountSource.DIARY)


def test_with_too_few_recorded_days_the_latest_window_that_has_enough_is_taken() -> None:
    # Given 28 recorded days up to 10 January and none after
    days = diary(date(2025, 12, 14), recorded=28, headaches=28)

    baseline = baseline_before(days, session_1_on=SESSION_1, stated=None, protocol=PROTOCOL)

    # Then the window ends 8 days after the last entry: 20 of its days are recorded
    assert baseline is not None
    assert (baseline.last_on, baseline.recorded_days) == (date(2026, 1, 18), 20)


def test_nineteen_recorded_days_are_not_enough_and_the_stated_count_is_the_baseline() -> None:
    days = diary(date(2026, 1, 1), recorded=19, headaches=19)

    baseline = baseline_before(days, session_1_on=SESSION_1, stated=counts(22, 12, 30), protocol=PROTOCOL)

    assert baseline is not None
    assert (baseline.headache_days, baseline.period_days, baseline.source) == (22, 30, CountSource.CLINIC_NOTE)


def test_a_stated_severity_is_rated_on_every_stated_headache_day() -> None:
    baseline = baseline_before(
        (), session_1_on=SESSION_1, stated=counts(20, severity=8.0, hours_per_day=6.5), protocol=PROTOCOL
    )

    assert baseline is not None
    assert (baseline.severity, baseline.rated_days, baseline.hours) == (8.0, 20, 130.0)


def test_without_diary_and_stated_count_there_is_no_baseline() -> None:
    assert baseline_before((), session_1_on=SESSION_1, stated=None, protocol=PROTOCOL) is None


def test_treated_days_never_enter_the_baseline() -> None:
    days = diary(SESSION_1, recorded=28, headaches=2)

    assert baseline_before(days, session_1_on=SESSION_1, stated=None, protocol=PROTOCOL) is None


def test_a_diary_without_hours_has_no_hours_rather_than_none_at_all() -> None:
    baseline = baseline_before(
        diary(FOUR_WEEKS_BEFORE, headaches=19), session_1_on=SESSION_1, stated=None, protocol=PROTOCOL
    )

    assert baseline is not None
    assert baseline.hours is None


@given(
    recorded=st.sets(st.integers(-60, 10), max_size=71),
    stated=st.sampled_from([None, counts(22)]),
)
def test_a_diary_baseline_always_has_enough_days_and_lies_before_session_1(
    recorded: set[int], stated: StatedCounts | None
) -> None:
    days = tuple(DiaryDay(on=SESSION_1 + timedelta(days=day), headache=day % 2 == 0) for day in sorted(recorded))

    baseline = baseline_before(days, session_1_on=SESSION_1, stated=stated, protocol=PROTOCOL)

    if baseline is not None and baseline.source is CountSource.DIARY:
        assert baseline.last_on is not None
        assert baseline.last_on < SESSION_1
        assert (baseline.recorded_days or 0) >= 20
        assert baseline.headache_days <= baseline.period_days == 28


def test_a_cycle_of_84_days_is_three_blocks_and_late_days_make_a_fourth() -> None:
    session_2 = date(2026, 4, 24)  # 4 days late

    blocks = blocks_of((), (SESSION_1, session_2), today=date(2026, 5, 1), protocol=PROTOCOL)

    assert [(block.cycle, block.month, block.first_on, block.last_on) for block in blocks] == [
        (1, 1, date(2026, 1, 26), date(2026, 2, 22)),
        (1, 2, date(2026, 2, 23), date(2026, 3, 22)),
        (1, 3, date(2026, 3, 23), date(2026, 4, 19)),
        (1, 4, date(2026, 4, 20), date(2026, 4, 23)),
        (2, 1, date(2026, 4, 24), date(2026, 5, 1)),
    ]


@given(gaps=st.lists(st.integers(84, 200), max_size=4), since=st.integers(0, 200))
def test_the_blocks_of_all_cycles_cover_every_day_once(gaps: list[int], since: int) -> None:
    given_on = [SESSION_1]
    for gap in gaps:
        given_on.append(given_on[-1] + timedelta(days=gap))
    today = given_on[-1] + timedelta(days=since)

    blocks = blocks_of((), tuple(given_on), today=today, protocol=PROTOCOL)

    covered = [block.first_on + timedelta(days=day) for block in blocks for day in range(block.days)]
    assert covered == [SESSION_1 + timedelta(days=day) for day in range((today - SESSION_1).days + 1)]
