"""Diaries of whole patients: what they report on any day, before and after treatment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from domain.diary import DiaryDay

Diary = Callable[[date, tuple[date, ...]], DiaryDay | None]
"""What a patient reports for a day, given the days of the sessions so far."""

A_DAY_ZERO = date(2026, 1, 1)


def a_diary(
    *, before: int = 20, after: tuple[int, ...] = (8,), pain_before: int | None = None, pain_after: int | None = None
) -> Diary:
    """Return a complete diary: so many headache days of 28 before treatment, and after session 1, 2, ...

    The last number goes on. Every second headache day is a migraine day.
    """

    def day(on: date, given_on: tuple[date, ...]) -> DiaryDay:
        past = sum(session_on < on for session_on in given_on)
        headaches = before if not past else after[min(past, len(after)) - 1]
        place = (on - A_DAY_ZERO).days % 28
        headache = place < headaches
        pain = pain_after if past else pain_before
        return DiaryDay(
            on=on, headache=headache, migraine=headache and place % 2 == 0, worst_pain=pain if headache else None
        )

    return day


def no_diary(on: date, given_on: tuple[date, ...]) -> DiaryDay | None:
    return None


def days_of(diary: Diary, first_on: date, last_on: date, given_on: tuple[date, ...]) -> tuple[DiaryDay, ...]:
    count = (last_on - first_on).days + 1
    days = (diary(first_on + timedelta(days=number), given_on) for number in range(count))
    return tuple(day for day in days if day is not None)


RESPONDS_AT_ONCE = a_diary(after=(8,))
RESPONDS_ONLY_AFTER_SESSION_3 = a_diary(after=(19, 18, 8))
NEVER_RESPONDS = a_diary(after=(20,))
SEVERITY_ONLY = a_diary(after=(18,), pain_before=8, pain_after=4)
