"""What speaks for a response, at any time, and what stands so far before session 1."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from domain.besides import Besides
from domain.checks import baseline_for
from domain.course import Course
from domain.diary import Baseline, DiaryDay, count_window
from domain.plan import last_judged
from domain.response import ResponseEvidence, gather_evidence
from domain.story.response import medication_in_words
from domain.story.words import day_in_words as day
from domain.story.words import in_words
from domain.ways_on import as_insured_next
from office.call import Call
from readmodel.diary import read_diary

LOOKS_BACK = timedelta(days=182)


async def evidence_as_of(call: Call, course: Course, today: date) -> ResponseEvidence | None:
    """Return the evidence after the last session, of the days before `today`; None before any session."""
    judged = last_judged(course)
    if judged is None:
        return None
    days = await _days(call, course, since=min(course.doses_on) - LOOKS_BACK, today=today)
    baseline = course.baseline
    if course.baseline_frozen_on is None:
        baseline = _baseline(course, days, course.sessions[0].given_on if course.sessions else judged.given_on)
    insured = as_insured_next(course)
    return gather_evidence(
        session=judged.number,
        sessions_given_on=tuple(session.given_on for session in course.sessions),
        numbers=tuple(session.number for session in course.sessions),
        days=days,
        baseline=baseline,
        stated=course.history.counts,
        protocol=course.protocol,
        policy=insured.policy,
        checks=course.trial_checks,
        window_last_on=today - timedelta(days=1),  # today is not over yet
        today=today,
        earlier_sessions=insured.earlier_sessions,
        trial_session=course.trial_sessions,
        besides=course.besides,
        elsewhere_on=tuple(dose.given_on for dose in course.trial_elsewhere),
        went_on_elsewhere=course.went_on_elsewhere,
    )


async def _days(call: Call, course: Course, *, since: date, today: date) -> tuple[DiaryDay, ...]:
    return await read_diary(await call.reach.pool(), course.patient_id, first_on=since, last_on=today)


def _baseline(course: Course, days: tuple[DiaryDay, ...], before: date) -> Baseline | None:
    return baseline_for(course, days, before=before, stated=course.history.counts)


async def before_treatment(call: Call, course: Course, today: date) -> dict[str, Any]:
    """Return what stands so far before session 1: the last 28 days, and the baseline they would make."""
    days = await _days(call, course, since=today - LOOKS_BACK, today=today)
    first_on = today - timedelta(days=course.protocol.response.window_days.value - 1)
    return {
        "window": count_window(days, first_on=first_on, last_on=today),
        "baseline_so_far": _baseline(course, days, today),
    }


def baseline_in_words(baseline: Baseline) -> str:
    """Return the counts before treatment, with period and source."""
    return (
        f"{baseline.headache_days} headache and {baseline.migraine_days} migraine days in {baseline.period_days} days "
        f"({in_words(baseline.source)})"
    )


def besides_in_lines(besides: Besides) -> Iterator[str]:
    """Yield what is shown beside the curve, each in the order of its days."""
    if besides != Besides():
        yield "\nBeside the curve (decides nothing by itself):"
    for change in sorted(besides.medications, key=lambda one: one.on):
        yield f"  {medication_in_words(change)}"
    for one in besides.wearing_off:
        yield f"  the effect wore off in week {one.week} after session {one.session}" + (
            f"; until the next one: {in_words(one.bridge)}" if one.bridge else ""
        )
    for score in sorted(besides.scores, key=lambda one: one.on):
        yield f"  {in_words(score.instrument).upper()} {score.value} on {day(score.on)}"
    for week in besides.recalled:
        yield (
            f"  from memory, week of {day(week.first_on)}: {week.headache_days} headache and {week.migraine_days} "
            f"migraine days, asked on {day(week.told_on)}"
        )
