"""The one place where instants become the clinic's days and back, and where working days are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.clinic import Clinic

LONGEST_CLOSURE_DAYS = 366
"""A clinic that opens on no day of a year is a mistake in its calendar, not a closure."""


def clinic_day(at: datetime, zone: str) -> date:
    """Return the day that the clinic's calendar shows at the instant `at`."""
    assert at.utcoffset() is not None, "instants are aware"
    return at.astimezone(ZoneInfo(zone)).date()


def clinic_clock(at: datetime, zone: str) -> datetime:
    """Return the instant `at` as the clinic's clock shows it."""
    assert at.utcoffset() is not None, "instants are aware"
    return at.astimezone(ZoneInfo(zone))


def day_in_words(on: date) -> str:
    """Return a day as people write it, unmistakable in any country."""
    return f"{on:%d %b %Y}"


def time_in_words(at: datetime, zone: str) -> str:
    """Return an instant as the clinic's clock shows it."""
    return f"{clinic_clock(at, zone):%a %d %b %Y %H:%M}"


def instant_of(on: date, local: time, zone: str) -> datetime:
    """Return the UTC instant at which the clinic's clock shows `local` on the day `on`.

    A time that the clocks skip in spring is read with the offset from before the change;
    a time that occurs twice in autumn means the first of the two.
    """
    return datetime.combine(on, local.replace(fold=0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_working_day(on: date, clinic: Clinic) -> bool:
    """Whether the clinic opens on the day `on`: it has hours on that weekday, no holiday and no closure."""
    if on in clinic.holidays or any(closure.is_of_clinic and closure.holds(on) for closure in clinic.closures):
        return False
    return any(hours.weekday == on.isoweekday() for hours in clinic.opening_hours)


def next_working_day(on: date, clinic: Clinic) -> date:
    """Return `on` if the clinic opens then, else the first day after it on which it does."""
    for days in range(LONGEST_CLOSURE_DAYS):
        day = on + timedelta(days=days)
        if is_working_day(day, clinic):
            return day
    raise AssertionError("the clinic's calendar has no working day within a year")


def working_days_before(on: date, count: int, clinic: Clinic) -> date:
    """Return the working day that lies `count` working days before `on`; `on` itself is not counted.

    A count of 0 returns `on`, whether or not the clinic opens then.
    """
    return _step(on, count, clinic, timedelta(days=-1))


def add_working_days(on: date, count: int, clinic: Clinic) -> date:
    """Return the working day that lies `count` working days after `on`; `on` itself is not counted.

    A count of 0 returns `on`, whether or not the clinic opens then.
    """
    return _step(on, count, clinic, timedelta(days=1))


def _step(on: date, count: int, clinic: Clinic, step: timedelta) -> date:
    assert count >= 0, "working days are counted forwards or backwards by the function's name"
    day = on
    for _ in range(count):
        day += step
        closed = 0
        while not is_working_day(day, clinic):
            day += step
            closed += 1
            assert closed < LONGEST_CLOSURE_DAYS, "the clinic's calendar has no working day within a year"
    return day


def working_days_between(first: date, last: date, clinic: Clinic) -> int:
    """Return how many working days `last` lies after `first`; less than 0 where it lies before.

    The working day that `last` is counts, `first` does not.
    """
    if last < first:
        return -working_days_between(last, first, clinic)
    return sum(is_working_day(first + timedelta(days=one), clinic) for one in range(1, (last - first).days + 1))
