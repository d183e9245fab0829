"""Does the payer's own rule for going on hold? Reckoned beside the protocol's verdict, by the same bounds."""

from __future__ import annotations

from fractions import Fraction

from domain.diary import HOURS_OF_A_DAY, Baseline, WindowCounts, rate_of
from domain.history import CountSource
from domain.payer import PayerPolicy, RenewalRule
from domain.protocol import TreatmentProtocol
from domain.shares import bounds_in_words, exact, figure, per_day


def payers_verdict(
    *,
    session: int,
    sessions_in_all: int,
    window: WindowCounts,
    unknown_hours: int,
    baseline: Baseline | None,
    reckoned_from: Baseline | None,
    policy: PayerPolicy | None,
    protocol: TreatmentProtocol,
) -> tuple[bool | None, str]:
    """Return whether the payer's rule for going on is met, and the sentence that says why.

    `baseline` is the count the payer was given, `reckoned_from` the one the protocol uses. None: the payer has no
    rule, or not yet, or what is known does not decide it.

    Source: the policy's `renewal`.
    """
    if policy is None:
        return None, "no payer's rule applies"
    rules = policy.renewal
    cap = rules.sessions_cap.value
    if cap is not None and sessions_in_all >= cap:
        return False, f"{policy.name} pays for {cap} sessions and {sessions_in_all} were given"
    if not rules.any_of.value:
        return None, f"{policy.name} asks for no measure"
    if session < rules.after_sessions.value:
        return None, f"{policy.name} judges after session {rules.after_sessions.value}"
    if baseline is None:
        return None, f"{policy.name}: there is no count from before treatment"
    tried = [_payers_rule(rule, baseline, window, unknown_hours, protocol) for rule in rules.any_of.value]
    outcomes = [met for met, _ in tried]
    met = True if True in outcomes else None if None in outcomes else False
    said = f"{policy.name}: {' or '.join(words for _, words in tried)}"
    if reckoned_from is not None and rate_of(baseline) != rate_of(reckoned_from):
        said += (
            f"; from {baseline.headache_days} of {baseline.period_days} days, the count the payer was given, "
            f"not {reckoned_from.headache_days} of {reckoned_from.period_days}"
        )
    if rules.wants_diary.value and baseline.source is not CountSource.DIARY:
        said += "; likely to be asked for a diary"
    return met, said


def _payers_rule(
    rule: RenewalRule, baseline: Baseline, window: WindowCounts, unknown_hours: int, protocol: TreatmentProtocol
) -> tuple[bool | None, str]:
    """Return whether one of the payer's rules is met, by bounds, with the figures in words."""
    days = protocol.response.window_days.value
    missing = max(0, days - window.recorded_days)
    if rule.measure == "hours_fewer":
        if baseline.hours is None:
            return None, f"needs {rule.at_least:g} fewer hours a month, hours before treatment are not known"
        before = exact(baseline.hours) * days / baseline.period_days
        now = (exact(window.hours), exact(window.hours) + unknown_hours * HOURS_OF_A_DAY)
        return _by_bounds(rule, before - now[0], before - now[1], "fewer hours a month")
    migraine = rule.measure == "migraine_days_share"
    counted_before = baseline.migraine_days if migraine else baseline.headache_days
    counted_now = window.migraine_days if migraine else window.headache_days
    before = per_day(counted_before, baseline.period_days) * days
    best, worst = before - counted_now, before - counted_now - missing
    what = "migraine days" if migraine else "headache days"
    if rule.measure == "headache_days_fewer":
        return _by_bounds(rule, best, worst, "fewer headache days a month")
    if not counted_before:
        return None, f"no {what} before treatment: a share cannot be reckoned"
    if rule.measure == "any_reduction":
        above_nothing = rule.model_copy(update={"at_least": 0.0, "strict": True})
        return _by_bounds(above_nothing, best / before, worst / before, f"fewer {what}", percent=True)
    return _by_bounds(rule, best / before, worst / before, f"fewer {what}", percent=True)


def _by_bounds(
    rule: RenewalRule, best: Fraction, worst: Fraction, what: str, *, percent: bool = False
) -> tuple[bool | None, str]:
    least = exact(rule.at_least)

    def meets(change: Fraction) -> bool:
        return change > least if rule.strict else change >= least

    met = True if meets(worst) else None if meets(best) else False
    has = bounds_in_words(worst, best, percent=percent, fewer="fewer", more="more")
    needs = (
        f"more than {figure(least, percent=percent)}" if rule.strict else f"at least {figure(least, percent=percent)}"
    )
    return met, f"needs {needs} {what}, has {has}"
