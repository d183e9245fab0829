"""The headache diary: days, windows of 28 days, and the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from domain.history import CountSource, StatedCounts
from domain.protocol import TreatmentProtocol
from domain.record import Record
from domain.shares import per_day

PAIN_MAX = 10
"""The scale on which pain is asked, 0 to 10."""

HOURS_OF_A_DAY = 24


class DiaryDay(Record):
    """One day as the patient reported it. A day without an entry is not a day without headache."""

    on: date
    headache: bool
    migraine: bool = False
    hours: float | None = None
    worst_pain: int | None = None  # 0 to 10, on headache days
    acute_medication: bool = False


class WindowCounts(Record):
    """Counts over the days `first_on` to `last_on`, both included. Bounds follow from `days - recorded_days`."""

    first_on: date
    last_on: date
    days: int
    recorded_days: int
    headache_days: int
    migraine_days: int
    hours: float
    acute_medication_days: int
    severe_days: int
    rated_days: int  # headache days with a pain rating
    severity: float | None  # mean worst pain over the rated headache days
    cycle: int | None = None  # for the blocks of a cycle: the session it follows
    month: int | None = None  # 1, 2, 3 after that session; 4 holds the days that the next session came late


class Baseline(Record):
    """The counts before treatment with their period and source. Frozen when session 1 is recorded."""

    headache_days: int
    migraine_days: int
    period_days: int
    source: CountSource
    severity: float | None = None
    rated_days: int = 0
    hours: float | None = None
    first_on: date | None = None
    last_on: date | None = None
    frozen_on: date | None = None
    recorded_days: int | None = None  # of a diary: days with an entry; the others are not counted as headache
    unknown_days: int = 0  # days without an entry that bound the counts: at worst all of them had headache


def count_window(
    days: Iterable[DiaryDay], *, first_on: date, last_on: date, severe_from: int | None = None
) -> WindowCounts:
    """Count the diary from `first_on` to `last_on`, both days included.

    Of two entries for one day the later in `days` counts. A day without an entry is not counted at all: it is
    neither a headache day nor a free one. `severe_from` is the pain, 0 to 10, from which a day is severe (the
    protocol's `response.severe_pain_min`); without it no day is.
    """
    recorded = list({day.on: day for day in days if first_on <= day.on <= last_on}.values())
    headaches = [day for day in recorded if day.headache]
    pains = [day.worst_pain for day in headaches if day.worst_pain is not None]
    return WindowCounts(
        first_on=first_on,
        last_on=last_on,
        days=(last_on - first_on).days + 1,
        recorded_days=len(recorded),
        headache_days=len(headaches),
        migraine_days=sum(day.migraine for day in headaches),
        hours=float(sum((Fraction(str(day.hours)) for day in headaches if day.hours is not None), Fraction(0))),
        acute_medication_days=sum(day.acute_medication for day in recorded),
        severe_days=0 if severe_from is None else sum(pain >= severe_from for pain in pains),
        rated_days=len(pains),
        severity=float(Fraction(sum(pains), len(pains))) if pains else None,
    )


def baseline_before(
    days: Iterable[DiaryDay],
    *,
    session_1_on: date,
    stated: StatedCounts | None,
    protocol: TreatmentProtocol,
    bounds: bool = False,
) -> Baseline | None:
    """Return the counts before treatment: 28 diary days ending the day before session 1, or the next best.

    When that window has too few recorded days, the latest window before session 1 that has enough; else the count
    stated at intake, with its own period; else None: then no percent change can be computed. With `bounds` the days
    without an entry bound the counts (docs/decisions/0017); 0.1 took them for free of headache.

    Source: the protocol's `response.window_days` and `response.baseline_recorded_days_min`.
    """
    rules = protocol.response
    before = [day for day in days if day.on < session_1_on]
    last_on = session_1_on - timedelta(days=1)
    first_entry_on = min((day.on for day in before), default=session_1_on)
    while last_on >= first_entry_on:
        first_on = last_on - timedelta(days=rules.window_days.value - 1)
        window = count_window(before, first_on=first_on, last_on=last_on)
        if window.recorded_days >= rules.baseline_recorded_days_min.value:
            counted = _baseline_of_diary(before, window)
            unknown = window.days - window.recorded_days if bounds else 0
            return counted.model_copy(update={"unknown_days": unknown})
        last_on -= timedelta(days=1)
    return None if stated is None else baseline_of(stated)


def _baseline_of_diary(days: list[DiaryDay], window: WindowCounts) -> Baseline:
    with_hours = any(
        day.headache and day.hours is not None and window.first_on <= day.on <= window.last_on for day in days
    )
    return Baseline(
        headache_days=window.headache_days,
        migraine_days=window.migraine_days,
        period_days=window.days,
        source=CountSource.DIARY,
        severity=window.severity,
        rated_days=window.rated_days,
        hours=window.hours if with_hours else None,
        first_on=window.first_on,
        last_on=window.last_on,
        recorded_days=window.recorded_days,
    )


def rate_of(baseline: Baseline) -> Fraction:
    return per_day(baseline.headache_days, baseline.period_days)


def blocks_of(
    days: Sequence[DiaryDay],
    sessions_given_on: tuple[date, ...],
    *,
    today: date,
    protocol: TreatmentProtocol,
) -> tuple[WindowCounts, ...]:
    """Return each cycle in blocks of 28 days counted from the session's own day, oldest first.

    The protocol's interval makes three; the days by which the next session came late make a fourth. The running
    cycle ends with `today`.

    Source: blocks of 4 weeks, sources.md [6].
    """
    block_days = protocol.response.window_days.value
    interval = protocol.timing.interval_days_min.value
    severe = protocol.response.severe_pain_min
    blocks: list[WindowCounts] = []
    for number, given_on in enumerate(sessions_given_on, start=1):
        next_on = sessions_given_on[number] if number < len(sessions_given_on) else today + timedelta(days=1)
        starts = [*range(0, interval, block_days), interval]
        for month, (start, end) in enumerate(pairwise([*starts, max(interval, (next_on - given_on).days)]), start=1):
            first_on = given_on + timedelta(days=start)
            last_on = min(given_on + timedelta(days=end), next_on) - timedelta(days=1)
            if last_on >= first_on:
                counts = count_window(
                    days, first_on=first_on, last_on=last_on, severe_from=None if severe is None else severe.value
                )
                blocks.append(counts.model_copy(update={"cycle": number, "month": month}))
    return tuple(blocks)


def baseline_of(stated: StatedCounts) -> Baseline:
    """Return counts stated at intake as a baseline, over their own period.

    A stated severity is the mean over the stated headache days, so all of them count as rated.
    """
    hours = None if stated.hours_per_day is None else float(Fraction(str(stated.hours_per_day)) * stated.headache_days)
    return Baseline(
        headache_days=stated.headache_days,
        migraine_days=stated.migraine_days,
        period_days=stated.period_days,
        source=stated.source,
        severity=stated.severity,
        rated_days=0 if stated.severity is None else stated.headache_days,
        hours=hours,
    )
