"""Does it work? Baseline, diary, evidence and answers."""

from __future__ import annotations

from typing import Any

from domain import events as e
from domain.changes.common import Change, Changes, held, told_in, with_row
from domain.course import Course, DiaryLook, EndingDue, Taper
from domain.response import ResponseAnswer, ResponseCheck, Verdict


def _baseline_frozen(_: Course, event: e.BaselineFrozen) -> Changes:
    return {"baseline": event.baseline, "baseline_frozen_on": event.on}


def _gathered(_: Course, event: e.EvidenceGathered) -> Changes:
    return {"evidence": event.evidence, "evidence_is_stale": False}


def _month_counted(course: Course, event: e.LastMonthCounted) -> Changes:
    return {"last_months": (*course.last_months, event.month)}


def _diary_entered(course: Course, event: e.DiaryEntered) -> Changes:
    return {"evidence_is_stale": course.evidence is not None, "diary_told": event.number}


def _answered(course: Course, event: e.ResponseAnswered) -> Changes:
    check = event.check
    paused = {} if event.hold is None else held(course, event.hold, event.on)
    return paused | {
        "checks": (*course.checks, check),
        "evidence": None,
        "planned_dose": check.next_dose or course.planned_dose,
        "ending_due": _discontinued(check) if check.answer is ResponseAnswer.DISCONTINUE else None,
    }


def _discontinued(check: ResponseCheck) -> EndingDue:
    reason = "clinicians_decision" if check.evidence.verdict is Verdict.RESPONSE else "no_response"
    return EndingDue(outcome=e.Outcome.DISCONTINUED, reason=reason, note=check.reason)


def _beside(course: Course, **told: Any) -> Changes:
    """Return the changes that show something beside the curve; an open check's evidence is put together anew."""
    return {
        "besides": course.besides.model_copy(update=told),
        "evidence_is_stale": course.evidence_is_stale or course.evidence is not None,
    }


def _recalled(course: Course, event: e.WeekRecalled) -> Changes:
    others = (week for week in course.besides.recalled if week.first_on != event.week.first_on)
    return _beside(course, recalled=(*others, event.week))


def _looked(_: Course, event: e.DiaryLooked) -> Changes:
    told = event.model_dump(include={"session", "first_on", "last_on", "missing", "asks"})
    return {"diary_looked": DiaryLook(**told)}


def _gaps_asked(course: Course, event: e.DiaryGapsAsked) -> Changes:
    looked = course.diary_looked
    return {"diary_looked": None if looked is None else looked.model_copy(update={"asked_on": event.on})}


def _wearing_off(course: Course, event: e.WearingOffRecorded) -> Changes:
    return _beside(course, wearing_off=(*course.besides.wearing_off, event.wearing_off))


def _wearing_off_answered(course: Course, event: e.WearingOffAnswered) -> Changes:
    told = {"bridge": event.bridge, "for_next_dose": event.for_next_dose, "answered_on": event.on}
    return _beside(course, wearing_off=with_row(course.besides.wearing_off, event.number_told, **told))


def _named(course: Course, told: Any, number: int) -> Any:
    return told.model_copy(update=told_in(course, number))


def _medication(course: Course, event: e.MedicationChanged) -> Changes:
    return _beside(course, medications=(*course.besides.medications, _named(course, event.change, event.number)))


def _score(course: Course, event: e.ScoreRecorded) -> Changes:
    return _beside(course, scores=(*course.besides.scores, _named(course, event.score, event.number)))


def _tapered(course: Course, event: e.TaperAnswered) -> Changes:
    assert event.on is not None, "an event is stamped before it changes a course"
    return {"tapers": (*course.tapers, Taper(session=event.session, answer=event.answer, answered_on=event.on))}


def _letter(course: Course, event: e.LetterWritten) -> Changes:
    return {"letters": (*course.letters, event.session)}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.BaselineFrozen: _baseline_frozen,
    e.EvidenceGathered: _gathered,
    e.LastMonthCounted: _month_counted,
    e.DiaryEntered: _diary_entered,
    e.ResponseAnswered: _answered,
    e.WeekRecalled: _recalled,
    e.DiaryLooked: _looked,
    e.DiaryGapsAsked: _gaps_asked,
    e.WearingOffRecorded: _wearing_off,
    e.WearingOffAnswered: _wearing_off_answered,
    e.MedicationChanged: _medication,
    e.ScoreRecorded: _score,
    e.TaperAnswered: _tapered,
    e.LetterWritten: _letter,
}
