from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.eligibility import EligibilityVerdict, assess_for_payer, assess_for_protocol
from domain.history import ClinicalHistory, TrialOutcome
from tests.domain.builders import a_history, a_treatment, counts, the_policy, the_protocol, with_value

TODAY = date(2026, 1, 2)


def verdict_on(history: ClinicalHistory, today: date = TODAY) -> EligibilityVerdict:
    return assess_for_protocol(history, protocol=the_protocol(), today=today).verdict


def said_about(criterion: str, history: ClinicalHistory) -> str:
    findings = assess_for_protocol(history, protocol=the_protocol(), today=TODAY).findings
    return next(finding.said for finding in findings if finding.criterion == criterion)


def test_an_adult_with_twenty_headache_days_and_a_failed_preventive_is_eligible() -> None:
    verdict = assess_for_protocol(a_history(), protocol=the_protocol(), today=TODAY)

    assert verdict.verdict is EligibilityVerdict.ELIGIBLE
    assert all(finding.met for finding in verdict.findings)
    assert all(finding.source for finding in verdict.findings)


@pytest.mark.parametrize("period_days", [28, 29, 30, 31])
def test_fifteen_days_of_any_month_are_enough_and_never_rescaled(period_days: int) -> None:
    assert verdict_on(a_history(counts=counts(15, 8, period_days))) is EligibilityVerdict.ELIGIBLE


def test_fourteen_headache_days_are_episodic_and_not_eligible() -> None:
    history = a_history(counts=counts(14, 10, 30))

    assert verdict_on(history) is EligibilityVerdict.NOT_ELIGIBLE
    assert said_about("headache_days", history) == (
        "14 headache days in 30 days (clinic note); at least 15 in a month. Fewer is episodic migraine."
    )


def test_seven_migraine_days_are_not_enough() -> None:
    assert verdict_on(a_history(counts=counts(20, 7, 30))) is EligibilityVerdict.NOT_ELIGIBLE


def test_unknown_counts_need_information() -> None:
    assert verdict_on(a_history(counts=None)) is EligibilityVerdict.NEEDS_INFORMATION


@pytest.mark.parametrize(
    ("headache_days", "period_days", "expected"),
    [
        (45, 90, EligibilityVerdict.NEEDS_INFORMATION),
        (14, 90, EligibilityVerdict.NOT_ELIGIBLE),
        (16, 20, EligibilityVerdict.ELIGIBLE),
        (12, 20, EligibilityVerdict.NEEDS_INFORMATION),
    ],
    ids=["long and enough", "long and too few", "short and enough", "short and too few"],
)
def test_a_count_over_another_period_decides_only_what_it_proves(
    headache_days: int, period_days: int, expected: EligibilityVerdict
) -> None:
    migraine_days = 8 if period_days < 28 else headache_days
    if period_days > 31 and expected is EligibilityVerdict.NOT_ELIGIBLE:
        migraine_days = 10

    assert verdict_on(a_history(counts=counts(headache_days, migraine_days, period_days))) is expected


def test_too_few_months_are_not_yet_until_the_month_is_full() -> None:
    history = a_history(months_with_headache=2, taken_on=date(2025, 12, 31))

    before = assess_for_protocol(history, protocol=the_protocol(), today=date(2026, 1, 30))
    after = assess_for_protocol(history, protocol=the_protocol(), today=date(2026, 1, 31))

    assert (before.verdict, before.until) == (EligibilityVerdict.NOT_YET, date(2026, 1, 31))
    assert (after.verdict, after.until) == (EligibilityVerdict.ELIGIBLE, None)


def test_a_month_later_than_the_thirty_first_is_the_months_last_day() -> None:
    history = a_history(months_with_headache=1, taken_on=date(2025, 12, 31))

    assert assess_for_protocol(history, protocol=the_protocol(), today=TODAY).until == date(2026, 2, 28)


def test_unknown_months_need_information() -> None:
    assert verdict_on(a_history(months_with_headache=None)) is EligibilityVerdict.NEEDS_INFORMATION


def test_no_treatment_on_record_needs_information() -> None:
    assert verdict_on(a_history(treatments=())) is EligibilityVerdict.NEEDS_INFORMATION


def test_only_a_trial_that_still_runs_is_not_yet() -> None:
    history = a_history(treatments=(a_treatment(outcome=TrialOutcome.ONGOING, days=20),))

    assert verdict_on(history) is EligibilityVerdict.NOT_YET


def test_one_failed_treatment_is_enough_for_the_protocol_although_the_payer_wants_two() -> None:
    history = a_history(treatments=(a_treatment(),))

    payer = assess_for_payer(history, policy=the_policy(), today=TODAY)

    assert verdict_on(history) is EligibilityVerdict.ELIGIBLE
    assert payer is not None
    assert not payer.met


def test_a_contraindication_is_not_eligible_and_named_in_words() -> None:
    history = a_history(contraindications=("hypersensitivity",))

    assert verdict_on(history) is EligibilityVerdict.NOT_ELIGIBLE
    assert "allergy to any botulinum toxin" in said_about("contraindications", history)


def test_episodic_migraine_is_no_diagnosis_of_this_protocol() -> None:
    assert verdict_on(a_history(diagnosis="G43.009")) is EligibilityVerdict.NOT_ELIGIBLE


def test_a_patient_of_seventeen_is_off_label_until_the_birthday() -> None:
    history = a_history(age_years=17, comes_of_age_on=date(2026, 5, 1))

    assert verdict_on(history, date(2026, 4, 30)) is EligibilityVerdict.OFF_LABEL
    assert verdict_on(history, date(2026, 5, 1)) is EligibilityVerdict.ELIGIBLE
    assert "insurers may not authorize" in said_about("age", history)


def test_the_firmest_of_several_reasons_decides() -> None:
    minor: dict[str, Any] = {"age_years": 17, "comes_of_age_on": date(2026, 5, 1)}

    assert verdict_on(a_history(**minor, months_with_headache=1)) is EligibilityVerdict.NOT_YET
    assert verdict_on(a_history(**minor, months_with_headache=1, counts=None)) is EligibilityVerdict.NEEDS_INFORMATION
    assert verdict_on(a_history(**minor, counts=None, diagnosis="R51.9")) is EligibilityVerdict.NOT_ELIGIBLE


@given(waited=st.integers(0, 3000), months=st.integers(0, 5), age=st.integers(16, 18))
def test_waiting_never_makes_an_eligible_patient_ineligible(waited: int, months: int, age: int) -> None:
    of_age_on = date(2026, 5, 1) + timedelta(days=365 * (17 - age)) if age < 18 else None
    history = a_history(months_with_headache=months, age_years=age, comes_of_age_on=of_age_on)
    rank = list(EligibilityVerdict).index

    assert rank(verdict_on(history, TODAY + timedelta(days=waited))) <= rank(verdict_on(history))


def test_without_a_policy_there_is_no_payers_verdict() -> None:
    assert assess_for_payer(a_history(), policy=None, today=TODAY) is None


def test_two_preventives_of_two_classes_for_sixty_days_satisfy_the_payer() -> None:
    verdict = assess_for_payer(a_history(), policy=the_policy(), today=TODAY)

    assert verdict is not None
    assert verdict.met
    assert verdict.missing == ()


@pytest.mark.parametrize(
    ("second", "met"),
    [
        (a_treatment("gabapentin", "anticonvulsant"), False),
        (a_treatment("nifedipine", "calcium_channel_blocker"), False),
        (a_treatment("propranolol", "beta_blocker", days=59), False),
        (a_treatment("propranolol", "beta_blocker", days=60), True),
        (a_treatment("propranolol", "beta_blocker", days=3, outcome=TrialOutcome.NOT_TOLERATED), True),
        (a_treatment("propranolol", "beta_blocker", days=None, outcome=TrialOutcome.CONTRAINDICATED), True),
        (a_treatment("propranolol", "beta_blocker", days=None), False),
        (a_treatment("propranolol", "beta_blocker", preventive=False), False),
        (a_treatment("propranolol", "beta_blocker", outcome=TrialOutcome.EFFECTIVE), False),
        (a_treatment("Topiramate ", "beta_blocker"), False),
    ],
    ids=[
        "same class",
        "class not counted",
        "a day too short",
        "just long enough",
        "not tolerated",
        "contraindicated",
        "length unknown",
        "not preventive",
        "it worked",
        "the same drug again",
    ],
)
def test_a_second_preventive_counts_for_the_payer_only_when_its_rules_say_so(second: Any, met: bool) -> None:
    verdict = assess_for_payer(a_history(treatments=(a_treatment(), second)), policy=the_policy(), today=TODAY)

    assert verdict is not None
    assert verdict.met is met
    assert bool(verdict.missing) is not met


def test_a_running_trial_is_named_with_the_day_it_has_lasted_long_enough() -> None:
    running = a_treatment("propranolol", "beta_blocker", outcome=TrialOutcome.ONGOING, days=20)

    verdict = assess_for_payer(a_history(treatments=(a_treatment(), running)), policy=the_policy(), today=TODAY)

    assert verdict is not None
    assert "propranolol is on trial and has lasted 60 days on 11 Feb 2026." in verdict.missing[0]


def test_a_diary_of_eighty_nine_days_misses_the_ninety_that_are_asked() -> None:
    policy = the_policy("washington-labor")
    three = (*a_history().treatments, a_treatment("venlafaxine", "antidepressant"))

    short = assess_for_payer(a_history(treatments=three, diary_days=89), policy=policy, today=TODAY)
    enough = assess_for_payer(a_history(treatments=three, diary_days=90), policy=policy, today=TODAY)

    assert short is not None
    assert short.missing == ("89 days of diary; the payer asks for 90.",)
    assert enough is not None
    assert enough.met


def test_a_payer_that_lists_no_classes_counts_every_class() -> None:
    policy = with_value(the_policy(), "initial.preventive_classes_counted", ())
    second = a_treatment("nifedipine", "calcium_channel_blocker")

    verdict = assess_for_payer(a_history(treatments=(a_treatment(), second)), policy=policy, today=TODAY)

    assert verdict is not None
    assert verdict.met
