from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.diary import Baseline, DiaryDay, baseline_before
from domain.history import CountSource
from domain.payer import RenewalRule
from domain.response import (
    ResponseAnswer,
    ResponseCheck,
    ResponseEvidence,
    Verdict,
    allowed_answers,
    gather_evidence,
    goes_beyond_trial,
    is_check_due_after,
    reason_needed,
)
from tests.domain.builders import a_baseline, counts, diary, the_policy, the_protocol, with_value

PROTOCOL = the_protocol()
SESSION_1, SESSION_2 = date(2026, 1, 26), date(2026, 4, 20)
OPENS = SESSION_2 + timedelta(days=54)
WINDOW_FIRST = OPENS - timedelta(days=27)

CONTINUE, ONE_MORE = ResponseAnswer.CONTINUE, ResponseAnswer.ONE_MORE
DISCONTINUE, ASK_AGAIN = ResponseAnswer.DISCONTINUE, ResponseAnswer.ASK_AGAIN


def evidence(
    baseline: Baseline | None = None,
    days: Sequence[DiaryDay] = (),
    *,
    session: int = 2,
    checks: tuple[ResponseCheck, ...] = (),
    **changes: Any,
) -> ResponseEvidence:
    """Return the evidence of the check after `session`, given 84 days apart, without a payer's rule."""
    given_on = tuple(SESSION_2 + timedelta(days=84 * number) for number in range(1 - session, 1))
    plain: dict[str, Any] = {
        "stated": None,
        "policy": None,
        "window_last_on": OPENS,
        "today": OPENS,
        "protocol": PROTOCOL,
    }
    given: dict[str, Any] = {**plain, **changes}
    return gather_evidence(
        session=session, sessions_given_on=given_on, days=days, baseline=baseline, checks=checks, **given
    )


def window(headaches: int, **changes: Any) -> tuple[DiaryDay, ...]:
    return diary(WINDOW_FIRST, headaches=headaches, **changes)


def change(found: ResponseEvidence, measure: str) -> Any:
    return next(change for change in found.changes if change.measure == measure)


# The example table of the response rule: one test for each row.


def test_20_days_to_9_is_a_response_by_headache_days_although_the_pain_is_worse() -> None:
    # Given 20 days at 7.0, now 9 days at about 7.5
    days = (*diary(WINDOW_FIRST, recorded=4, headaches=4, pain=7), *diary(date(2026, 5, 21), recorded=24, headaches=5))
    days = tuple(
        day.model_copy(update={"worst_pain": 8}) if day.headache and day.worst_pain is None else day for day in days
    )

    found = evidence(a_baseline(20, 7.0), days)

    assert found.verdict is Verdict.RESPONSE
    assert change(found, "headache_days").share_best == pytest.approx(0.55)
    assert change(found, "severity").share_best == pytest.approx(-0.0794, abs=0.001)
    assert found.verdict_reason == (
        "headache days: 20 of 28 days before, 9 of 28 days now: 55% fewer; "
        "severity: 7.0 on 20 headache days before, 7.6 on 9 headache days now: 7.9% more; diary complete; the protocol's rule: response by headache days"
    )


def test_20_days_at_8_to_18_days_at_4_is_a_response_by_severity_only() -> None:
    found = evidence(a_baseline(20, 8.0), window(18, pain=4))

    assert found.verdict is Verdict.RESPONSE
    assert found.verdict_reason.endswith("the protocol's rule: response by severity")
    assert found.recommendations == (CONTINUE,)


def test_22_days_at_8_to_14_days_at_6_is_partial_whatever_the_total_burden() -> None:
    found = evidence(a_baseline(22, 8.0), window(14, pain=6))

    assert found.verdict is Verdict.PARTIAL
    assert change(found, "headache_days").share_best == pytest.approx(8 / 22)
    assert change(found, "severity").share_best == pytest.approx(0.25)


def test_20_days_to_6_of_24_recorded_is_a_response_whatever_the_missing_days_say() -> None:
    found = evidence(a_baseline(20), window(6, recorded=24))

    headache = change(found, "headache_days")
    assert (headache.share_best, headache.share_worst) == pytest.approx((0.7, 0.5))
    assert headache.now_text == "6 to 10 of 28 days, 24 recorded"
    assert found.verdict is Verdict.RESPONSE
    assert (found.missing_days, found.days_that_would_settle) == (4, 0)


def test_20_days_to_7_of_24_recorded_is_undetermined_and_one_free_day_could_settle_it() -> None:
    found = evidence(a_baseline(20), window(7, recorded=24))

    headache = change(found, "headache_days")
    assert (headache.share_best, headache.share_worst) == pytest.approx((0.65, 0.45))
    assert found.verdict is Verdict.UNDETERMINED
    assert (found.missing_days, found.days_that_would_settle) == (4, 1)
    assert "between 45% and 65% fewer; 4 diary days missing; estimate 59.1% fewer" in found.verdict_reason


def test_20_days_to_12_of_24_recorded_is_partial_or_none_and_so_undetermined() -> None:
    found = evidence(a_baseline(20), window(12, recorded=24))

    headache = change(found, "headache_days")
    assert (headache.share_best, headache.share_worst) == pytest.approx((0.4, 0.2))
    assert (headache.reaches_response, headache.reaches_partial) == (False, None)
    assert found.verdict is Verdict.UNDETERMINED


def test_daily_headache_with_fewer_hours_is_none_by_days_and_the_hours_are_shown() -> None:
    found = evidence(a_baseline(28, hours=400.0), window(28, hours=120 / 28))

    assert found.verdict is Verdict.NONE
    assert change(found, "headache_days").share_best == 0
    assert change(found, "hours").share_best == pytest.approx(0.7)
    assert change(found, "hours").reaches_response is None


# Arithmetic and gaps.


def test_just_below_half_is_shown_as_it_is_and_is_no_response() -> None:
    # Given 125 of 248 days over the months before, now half a day too many
    found = evidence(a_baseline(125, period_days=248), window(8))
    short = evidence(a_baseline(141, period_days=248), window(8))

    assert found.verdict is Verdict.PARTIAL
    assert "43.3% fewer" in found.verdict_reason
    assert short.verdict is Verdict.PARTIAL
    assert "49.7% fewer" in short.verdict_reason


def test_exactly_half_is_a_response() -> None:
    assert evidence(a_baseline(20), window(10)).verdict is Verdict.RESPONSE
    assert evidence(a_baseline(20), window(11)).verdict is Verdict.PARTIAL


def test_exactly_thirty_percent_is_partial() -> None:
    assert evidence(a_baseline(20), window(14)).verdict is Verdict.PARTIAL
    assert evidence(a_baseline(20), window(15)).verdict is Verdict.NONE


def test_half_the_migraine_days_carry_the_response_too() -> None:
    found = evidence(a_baseline(20, migraine_days=12), window(18, migraines=6))

    assert found.verdict is Verdict.RESPONSE
    assert found.verdict_reason.endswith("response by migraine days")


def test_a_count_of_30_days_is_compared_per_day() -> None:
    # 20 of 30 days are 18.7 of 28: 9 is more than half fewer, 10 is not
    assert evidence(a_baseline(20, period_days=30), window(9)).verdict is Verdict.RESPONSE
    assert evidence(a_baseline(20, period_days=30), window(10)).verdict is Verdict.PARTIAL


@pytest.mark.parametrize(("rated_before", "rated_now"), [(7, 18), (20, 3)])
def test_severity_on_too_few_rated_days_is_shown_and_not_judged(rated_before: int, rated_now: int) -> None:
    days = tuple(
        day.model_copy(update={"worst_pain": 2 if number < rated_now else None})
        for number, day in enumerate(window(18))
    )

    found = evidence(a_baseline(20, 8.0, rated_days=rated_before), days)

    severity = change(found, "severity")
    assert found.verdict is Verdict.NONE
    assert severity.reaches_response is None
    assert "severity cannot be judged" in severity.now_text


def test_without_a_baseline_no_change_is_reckoned_and_nothing_is_determined() -> None:
    found = evidence(None, window(3))

    assert found.changes == ()
    assert found.verdict is Verdict.UNDETERMINED
    assert "there is no count from before treatment" in found.verdict_reason


def test_a_baseline_from_memory_allows_a_verdict_and_says_so() -> None:
    found = evidence(a_baseline(20, source=CountSource.RECALL, recorded_days=None), window(9))

    assert found.verdict is Verdict.RESPONSE
    assert "from memory" in found.verdict_reason


def test_the_window_is_the_28_days_to_the_opening_and_late_entries_outside_change_nothing() -> None:
    before, after = diary(SESSION_2, recorded=27, headaches=27), diary(OPENS + timedelta(days=1), headaches=28)

    found = evidence(a_baseline(20), (*before, *window(9), *after))

    assert (found.window.first_on, found.window.last_on) == (date(2026, 5, 17), date(2026, 6, 13))
    assert found.window.headache_days == 9


def test_no_day_before_the_session_is_in_the_window() -> None:
    found = evidence(
        a_baseline(20), diary(SESSION_2 - timedelta(days=20)), window_last_on=SESSION_2 + timedelta(days=9)
    )

    assert found.window.first_on == SESSION_2 + timedelta(days=1)
    assert found.missing_days == 28 - found.window.recorded_days


@given(
    before=st.integers(1, 28),
    truth=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=28, max_size=28),
    recorded=st.sets(st.integers(0, 27)),
)
def test_the_bounds_contain_the_truth_and_a_verdict_that_stands_is_that_of_the_full_diary(
    before: int, truth: list[tuple[bool, bool]], recorded: set[int]
) -> None:
    full = tuple(
        DiaryDay(on=WINDOW_FIRST + timedelta(days=number), headache=headache, migraine=headache and migraine)
        for number, (headache, migraine) in enumerate(truth)
    )
    baseline = a_baseline(before, migraine_days=before // 2)

    gappy = evidence(baseline, tuple(full[number] for number in sorted(recorded)))
    complete = evidence(baseline, full)

    for shown in gappy.changes:
        true_share = change(complete, shown.measure).share_best
        assert shown.share_worst <= true_share <= shown.share_best
    if gappy.verdict is not Verdict.UNDETERMINED:
        assert gappy.verdict is complete.verdict
        assert gappy.days_that_would_settle == 0
    else:
        assert 1 <= gappy.days_that_would_settle <= gappy.missing_days
    assert complete.verdict is not Verdict.UNDETERMINED


@given(
    truth_before=st.lists(st.booleans(), min_size=28, max_size=28),
    recorded_before=st.sets(st.integers(0, 27), min_size=20),
    truth=st.lists(st.booleans(), min_size=28, max_size=28),
    recorded=st.sets(st.integers(0, 27)),
)
def test_days_missing_before_treatment_bound_the_change_as_well_and_a_verdict_that_stands_is_the_true_one(
    truth_before: list[bool], recorded_before: set[int], truth: list[bool], recorded: set[int]
) -> None:
    first_on = SESSION_2 - timedelta(days=28)
    before = tuple(DiaryDay(on=first_on + timedelta(days=n), headache=one) for n, one in enumerate(truth_before))
    now = tuple(DiaryDay(on=WINDOW_FIRST + timedelta(days=n), headache=one) for n, one in enumerate(truth))

    def counted(days: Sequence[DiaryDay]) -> Baseline | None:
        return baseline_before(days, session_1_on=SESSION_2, stated=None, protocol=PROTOCOL, bounds=True)

    gappy = evidence(counted([before[n] for n in sorted(recorded_before)]), [now[n] for n in sorted(recorded)])
    complete = evidence(counted(before), now)

    if gappy.changes and complete.changes:
        shown, true = change(gappy, "headache_days"), change(complete, "headache_days").share_best
        assert shown.share_worst <= true <= shown.share_best
    if gappy.verdict is not Verdict.UNDETERMINED:
        assert gappy.verdict is complete.verdict


def test_a_baseline_with_gaps_understates_and_so_denies_nobody_a_response() -> None:
    days = diary(SESSION_2 - timedelta(days=28), recorded=20, headaches=14)

    def found(*, bounds: bool) -> ResponseEvidence:
        before = baseline_before(days, session_1_on=SESSION_2, stated=None, protocol=PROTOCOL, bounds=bounds)
        return evidence(before, window(8))

    assert found(bounds=False).verdict is Verdict.PARTIAL
    assert found(bounds=True).verdict is Verdict.UNDETERMINED
    assert "14 to 22 of 28 days, 20 recorded" in found(bounds=True).verdict_reason
    assert "no missing day can settle it" in found(bounds=True).verdict_reason


@given(before=st.integers(1, 28), now=st.integers(0, 28))
def test_a_complete_diary_responds_exactly_when_half_the_days_are_gone(before: int, now: int) -> None:
    found = evidence(a_baseline(before), window(now))

    assert (found.verdict is Verdict.RESPONSE) is (Fraction(before - now, before) >= Fraction(1, 2))


# What is advised, by session.


def answered(session: int, answer: ResponseAnswer, found: ResponseEvidence | None = None) -> ResponseCheck:
    return ResponseCheck(
        session=session,
        answer=answer,
        answered_on=OPENS,
        by="dr-okafor",
        evidence=found or evidence(a_baseline(20), window(9)),
    )


RESPONDS, PARTLY, NOT = window(9), window(14), window(20)
UNCLEAR = window(7, recorded=24)


@pytest.mark.parametrize(
    ("days", "advised"),
    [(RESPONDS, (CONTINUE,)), (PARTLY, (ONE_MORE,)), (NOT, (ONE_MORE,)), (UNCLEAR, (ASK_AGAIN, ONE_MORE))],
    ids=["response", "partial", "none", "undetermined"],
)
def test_after_session_2_a_trial_goes_on_unless_the_patient_responds_anyway(
    days: tuple[DiaryDay, ...], advised: tuple[ResponseAnswer, ...]
) -> None:
    assert evidence(a_baseline(20), days, session=2).recommendations == advised


@pytest.mark.parametrize(
    ("days", "advised"),
    [(RESPONDS, (CONTINUE,)), (PARTLY, ()), (NOT, (DISCONTINUE,)), (UNCLEAR, (ASK_AGAIN,))],
    ids=["response", "partial", "none", "undetermined"],
)
def test_after_session_3_the_trial_is_over(days: tuple[DiaryDay, ...], advised: tuple[ResponseAnswer, ...]) -> None:
    checks = (answered(2, ONE_MORE),)

    assert evidence(a_baseline(20), days, session=3, checks=checks).recommendations == advised


@pytest.mark.parametrize(
    ("days", "advised"),
    [(RESPONDS, (CONTINUE,)), (PARTLY, (ONE_MORE,)), (NOT, (ONE_MORE,)), (UNCLEAR, (ASK_AGAIN,))],
    ids=["response", "partial", "none", "undetermined"],
)
def test_later_a_lost_response_has_one_more_session(
    days: tuple[DiaryDay, ...], advised: tuple[ResponseAnswer, ...]
) -> None:
    checks = (answered(2, CONTINUE),)

    assert evidence(a_baseline(20), days, session=6, checks=checks).recommendations == advised


@pytest.mark.parametrize(
    ("paused_on", "days", "advised"),
    [(RESPONDS, NOT, ONE_MORE), (RESPONDS, PARTLY, ONE_MORE), (NOT, NOT, DISCONTINUE)],
    ids=["response, then none", "response, then partial", "no response"],
)
def test_after_a_paused_response_the_trial_is_over_too(
    paused_on: tuple[DiaryDay, ...], days: tuple[DiaryDay, ...], advised: ResponseAnswer
) -> None:
    found = evidence(a_baseline(20), paused_on)
    checks = (answered(2, ResponseAnswer.PAUSE, found),)

    now = evidence(a_baseline(20), days, session=3, checks=checks)

    assert now.recommendations == (advised,)
    later = advised is ONE_MORE
    how: dict[str, Any] = {"session": 3, "evidence": now, "checks": checks, "protocol": PROTOCOL}
    assert (ONE_MORE in allowed_answers(**how)) is later
    assert goes_beyond_trial(CONTINUE, **how) is not later


def test_a_response_that_stays_lost_after_one_more_session_ends() -> None:
    lost = evidence(a_baseline(20), NOT, session=6, checks=(answered(2, CONTINUE),))

    found = evidence(a_baseline(20), NOT, session=7, checks=(answered(2, CONTINUE), answered(6, ONE_MORE, lost)))

    assert found.recommendations == (DISCONTINUE,)


def test_before_session_2_the_table_is_interim_evidence_and_decides_nothing() -> None:
    found = evidence(a_baseline(20), RESPONDS, session=1)

    assert found.verdict is Verdict.UNDETERMINED
    assert found.verdict_reason == "session 1 of a trial of 3; judged after session 2"
    assert found.recommendations == ()
    assert change(found, "headache_days").share_best == pytest.approx(0.55)


def test_a_session_stopped_half_way_is_no_trial_session_and_does_not_bring_the_judgement_forward() -> None:
    found = evidence(a_baseline(20), NOT, session=3, checks=(answered(2, ONE_MORE),), trial_session=2)

    assert found.recommendations == (ONE_MORE,)


def test_after_two_sessions_given_in_part_nothing_is_judged_yet() -> None:
    assert not is_check_due_after(2, checks=(), protocol=PROTOCOL, trial_session=0)

    found = evidence(a_baseline(20), NOT, session=2, trial_session=0)

    assert found.recommendations == ()
    assert found.verdict_reason == "no full session yet of a trial of 3; judged after session 2"


def test_an_answer_against_the_recommendation_needs_a_reason() -> None:
    found = evidence(a_baseline(20), NOT, session=2)

    assert not reason_needed(ONE_MORE, evidence=found)
    assert reason_needed(CONTINUE, evidence=found)
    assert reason_needed(DISCONTINUE, evidence=found)


def test_a_partial_response_after_session_3_needs_a_reason_whatever_the_answer() -> None:
    found = evidence(a_baseline(20), PARTLY, session=3, checks=(answered(2, ONE_MORE),))

    assert all(reason_needed(answer, evidence=found) for answer in ResponseAnswer)


def test_after_the_last_trial_session_without_response_there_is_no_one_more() -> None:
    checks = (answered(2, ONE_MORE),)
    found = evidence(a_baseline(20), NOT, session=3, checks=checks)

    allowed = allowed_answers(3, evidence=found, checks=checks, protocol=PROTOCOL)

    assert allowed == (DISCONTINUE, CONTINUE, ASK_AGAIN, ResponseAnswer.PAUSE)
    assert reason_needed(CONTINUE, evidence=found)
    assert goes_beyond_trial(CONTINUE, session=3, evidence=found, checks=checks, protocol=PROTOCOL)
    assert not goes_beyond_trial(DISCONTINUE, session=3, evidence=found, checks=checks, protocol=PROTOCOL)


def test_while_the_trial_lasts_or_the_patient_responds_every_answer_is_allowed() -> None:
    trial = evidence(a_baseline(20), NOT, session=2)
    responds = evidence(a_baseline(20), RESPONDS, session=3, checks=(answered(2, ONE_MORE),))

    assert set(allowed_answers(2, evidence=trial, checks=(), protocol=PROTOCOL)) == set(ResponseAnswer)
    assert set(allowed_answers(3, evidence=responds, checks=(), protocol=PROTOCOL)) == set(ResponseAnswer)
    assert not goes_beyond_trial(CONTINUE, session=3, evidence=responds, checks=(), protocol=PROTOCOL)


# When a check is due.


@pytest.mark.parametrize(
    ("session", "checks", "due"),
    [
        (1, (), False),
        (2, (), True),
        (2, (answered(2, ONE_MORE),), True),
        (3, (answered(2, ONE_MORE),), True),
        (3, (answered(2, CONTINUE),), False),
        (3, (answered(2, ASK_AGAIN),), True),
        (4, (answered(2, ONE_MORE), answered(3, CONTINUE)), False),
        (5, (answered(2, CONTINUE),), False),
        (6, (answered(2, CONTINUE),), True),
        (7, (answered(2, CONTINUE), answered(6, ONE_MORE)), True),
    ],
)
def test_a_check_is_due_after_2_after_3_if_2_did_not_suffice_and_later_after_4_more(
    session: int,
    checks: tuple[ResponseCheck, ...],
    due: bool,
) -> None:
    assert is_check_due_after(session, checks=checks, protocol=PROTOCOL) is due


def test_after_a_response_a_check_comes_before_a_renewal_when_the_caller_says_that_one_is_due() -> None:
    checks = (answered(2, CONTINUE),)

    assert is_check_due_after(4, checks=checks, protocol=PROTOCOL, renewal_due=True)
    assert not is_check_due_after(4, checks=checks, protocol=PROTOCOL)


# The payer's rule, beside the protocol's.


def payers(days: tuple[DiaryDay, ...], payer: str, **changes: Any) -> tuple[bool | None, str]:
    plain: dict[str, Any] = {"baseline": a_baseline(20), "policy": the_policy(payer)}
    given: dict[str, Any] = {**plain, **changes}
    found = evidence(given.pop("baseline"), days, **given)
    return found.payer_met, found.payer_reason


def test_a_severity_response_does_not_meet_a_payer_who_counts_days() -> None:
    met, reason = payers(window(18, pain=4), "northwind-commercial", baseline=a_baseline(20, 8.0))

    assert met is False
    assert reason == (
        "Northwind Health: needs at least 50% fewer headache days, has 10% fewer or "
        "needs at least 7 fewer headache days a month, has 2 fewer"
    )


def test_seven_fewer_days_meet_the_payer_although_the_share_does_not() -> None:
    assert payers(window(13), "northwind-commercial")[0] is True
    assert payers(window(14), "northwind-commercial")[0] is False


def test_bounds_that_lie_on_both_sides_are_said_in_words() -> None:
    met, reason = payers(window(2, recorded=4), "northwind-commercial", baseline=a_baseline(14))

    assert met is None
    assert "headache days, has between 85.7% more and 85.7% fewer or" in reason
    assert reason.endswith("headache days a month, has between 12 more and 12 fewer")


def test_exactly_half_is_not_more_than_half() -> None:
    assert payers(window(10), "washington-labor")[0] is False
    assert payers(window(9), "washington-labor")[0] is True
    assert "needs more than 50% fewer headache days, has 50% fewer" in payers(window(10), "washington-labor")[1]


def test_missing_days_that_decide_the_payers_rule_leave_it_open() -> None:
    assert payers(window(8, recorded=26), "washington-labor")[0] is None


def test_the_payers_rule_is_reckoned_from_the_count_the_payer_was_given() -> None:
    met, reason = payers(window(13), "northwind-commercial", baseline=a_baseline(19), stated=counts(22, 12, 28))

    assert met is True
    assert "from 22 of 28 days, the count the payer was given, not 19 of 28" in reason


def test_a_payer_who_wants_a_diary_is_likely_to_ask_for_one() -> None:
    _, reason = payers(window(9), "washington-labor", stated=counts(20, 12, 28, source=CountSource.RECALL))

    assert reason.endswith("likely to be asked for a diary")


def test_after_five_sessions_over_all_courses_the_payer_pays_no_more() -> None:
    checks = (answered(2, CONTINUE),)

    assert payers(window(5), "washington-labor", session=2, earlier_sessions=2)[0] is True
    assert payers(window(5), "washington-labor", session=2, earlier_sessions=3)[0] is False
    assert payers(window(5), "washington-labor", session=5, checks=checks) == (
        False,
        "Washington Labor and Industries pays for 5 sessions and 5 were given",
    )


def test_any_fewer_days_meet_a_payer_without_a_number() -> None:
    assert payers(window(19), "medicare-part-b")[0] is True
    assert payers(window(20), "medicare-part-b")[0] is False


def test_hours_that_nobody_noted_leave_a_rule_by_hours_open() -> None:
    rules = (
        RenewalRule(measure="headache_days_fewer", at_least=7),
        RenewalRule(measure="hours_fewer", at_least=100),
    )
    policy = with_value(the_policy(), "renewal.any_of", rules)
    before = a_baseline(20, hours=180.0)

    assert evidence(a_baseline(20), window(20), policy=policy).payer_met is None
    assert evidence(before, window(20, hours=4), policy=policy).payer_met is True
    assert evidence(before, window(20, hours=4.1), policy=policy).payer_met is False


def test_before_the_payers_session_and_without_a_policy_there_is_no_payers_verdict() -> None:
    assert payers(window(9), "northwind-commercial", session=1) == (None, "Northwind Health judges after session 2")
    assert evidence(a_baseline(20), window(9)).payer_met is None


def test_a_payer_without_any_count_from_before_cannot_be_satisfied_yet() -> None:
    assert payers(window(9), "northwind-commercial", baseline=None)[0] is None
