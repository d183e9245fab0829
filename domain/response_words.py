"""The verdict on a response in words: counts before percentages, then the gaps, then what the rule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.diary import Baseline, WindowCounts, rate_of
from domain.history import CountSource
from domain.protocol import TreatmentProtocol
from domain.shares import between_in_words, change_in_words, per_day

if TYPE_CHECKING:
    from domain.response import Change, Verdict  # which says its verdicts by these words


def interim_in_words(trial: int, protocol: TreatmentProtocol) -> str:
    """Return how far the trial has come, where it is too early to judge."""
    rules = protocol.response
    so_far = f"session {trial}" if trial else "no full session yet"
    return (
        f"{so_far} of a trial of {rules.trial_sessions_max.value}; "
        f"judged after session {min(rules.check_after_sessions.value)}"
    )


def verdict_in_words(
    verdict: Verdict,
    *,
    changes: tuple[Change, ...],
    baseline: Baseline | None,
    window: WindowCounts,
    missing_days: int,
    settling: int,
    protocol: TreatmentProtocol,
) -> str:
    """Return the verdict as a sentence: counts before percentages, then the gaps, then what the rule says."""
    said = [_measure_in_words(change) for change in changes if change.measure in {"headache_days", "severity"}]
    if baseline is None or not changes:
        said.append("there is no count from before treatment: a change cannot be reckoned")
    elif baseline.source is CountSource.RECALL:
        said.append("the count before treatment is from memory")
    said.append(f"{missing_days} diary days missing" if missing_days else "diary complete")
    if verdict == "undetermined" and changes:
        said.append(_estimate_in_words(baseline, window, protocol))
        said.append(f"{settling} of the missing days could settle it" if settling else "no missing day can settle it")
    carried = [
        change.measure.replace("_", " ") for change in changes if change.reaches_response and verdict == "response"
    ]
    named = "no response" if verdict == "none" else verdict.value
    said.append(f"the protocol's rule: {named}" + (f" by {' and '.join(carried)}" if carried else ""))
    return "; ".join(words for words in said if words)


def _measure_in_words(change: Change) -> str:
    said = f"{change.measure.replace('_', ' ')}: {change.before_text} before, {change.now_text} now"
    if change.share_best is None or change.share_worst is None:
        return said
    fewer, more = ("less", "more") if change.measure == "severity" else ("fewer", "more")
    return f"{said}: {between_in_words(change.share_worst, change.share_best, fewer=fewer, more=more)}"


def _estimate_in_words(baseline: Baseline | None, window: WindowCounts, protocol: TreatmentProtocol) -> str:
    """Return the scaled figure, shown where enough days are recorded; it decides nothing."""
    rules = protocol.response
    if baseline is None or not baseline.headache_days:
        return ""
    if window.recorded_days < rules.estimate_recorded_days_min.value or not window.recorded_days:
        return ""
    recorded_before = baseline.recorded_days if baseline.unknown_days and baseline.recorded_days else None
    before = per_day(baseline.headache_days, recorded_before) if recorded_before else rate_of(baseline)
    share = 1 - per_day(window.headache_days, window.recorded_days) / before
    return f"estimate {change_in_words(float(share), fewer='fewer', more='more')}"
