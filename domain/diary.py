"""The headache diary: days, windows of 28 days, and the baseline."""

from __future__ import annotations

from datetime import date

from domain.history import CountSource
from domain.record import Record


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
