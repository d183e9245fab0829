"""Does it work? Baseline, diary, evidence and answers."""

from __future__ import annotations

from domain import events as e
from domain.besides import MedicationChange
from domain.last_month import last_month_in_words
from domain.response import ResponseCheck
from domain.story.words import (
    Tell,
    because,
    day_in_words,
    in_words,
)


def _baseline(event: e.BaselineFrozen, _: str) -> str:
    if event.baseline is None:
        return "There are no counts from before treatment"
    one = event.baseline
    return (
        f"The counts before treatment stand: {one.headache_days} headache and {one.migraine_days} migraine days "
        f"in {one.period_days} days ({in_words(one.source)})"
    )


def _evidence(event: e.EvidenceGathered, _: str) -> str:
    one = event.evidence
    return f"The evidence after session {one.session} was put together: {one.verdict_reason}; advised: {one.recommendation_reason}"


def _why(check: ResponseCheck) -> str | None:
    """Return the coded reason and the words beside it, as far as there are any."""
    coded = None if check.coded_reason in {None, "other"} else in_words(check.coded_reason)
    return "; ".join(one for one in (coded, check.reason) if one) or None


def _answered(event: e.ResponseAnswered, _: str) -> str:
    check = event.check
    said = f"The response check after session {check.session} was answered: {in_words(check.answer)}"
    if check.ask_again_on is not None:
        said += f" on {day_in_words(check.ask_again_on)}"
    if check.look_again_on is not None:
        said += f", looked at again on {day_in_words(check.look_again_on)}"
    if check.agreed_by is not None:
        said += f", agreed by {check.agreed_by}"
    return f"{said} (the rule said {in_words(check.evidence.verdict)}){because(_why(check))}" + (
        f"; {check.means}" if check.means else ""
    )


def _diary(event: e.DiaryEntered, _: str) -> str:
    days = f"{event.days} diary day{'s' if event.days != 1 else ''}"
    return f"{days} came in, {day_in_words(event.first_on)} to {day_in_words(event.last_on)}"


TAPERS = {"taper": "to be tapered", "not_now": "not to be tapered now", "none_taken": "none is taken"}


def _looked(event: e.DiaryLooked, _: str) -> str:
    days = f"{day_in_words(event.first_on)} to {day_in_words(event.last_on)}"
    if not event.missing:
        return f"The diary has every day so far that the check after session {event.session} will count ({days})"
    return (
        f"{event.missing} of the days that the check after session {event.session} will count have no entry ({days})"
        + ("; the patient is asked" if event.asks else "")
    )


def _wearing_off(event: e.WearingOffRecorded, _: str) -> str:
    one = event.wearing_off
    return f"The effect wore off in week {one.week} after session {one.session}{because(one.note)}"


def _wearing_off_answered(event: e.WearingOffAnswered, _: str) -> str:
    note = f"; for the next dose: {event.for_next_dose}" if event.for_next_dose else ""
    return f"Until the next session: {in_words(event.bridge)}{note}"


def medication_in_words(change: MedicationChange) -> str:
    """Return another drug's change in a few words."""
    dose = f", {change.dose_mg:g} mg a day" if change.dose_mg else ""
    where = ", prescribed elsewhere" if change.elsewhere else ""
    return f"{change.drug} ({in_words(change.drug_class)}{dose}{where}) {change.change} on {day_in_words(change.on)}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.BaselineFrozen: _baseline,
    e.EvidenceGathered: _evidence,
    e.LastMonthCounted: lambda event, _: f"Counted before the session: {last_month_in_words(event.month)}",
    e.ResponseAnswered: _answered,
    e.WeekRecalled: lambda event, _: (
        f"From memory, the week of {day_in_words(event.week.first_on)}: {event.week.headache_days} headache and "
        f"{event.week.migraine_days} migraine days"
    ),
    e.DiaryLooked: _looked,
    e.DiaryGapsAsked: lambda event, _: f"The patient was asked for missing diary days: {event.result}",
    e.WearingOffRecorded: _wearing_off,
    e.WearingOffAnswered: _wearing_off_answered,
    e.MedicationChanged: lambda event, _: (
        f"Other drugs: {medication_in_words(event.change)}{because(event.change.note)}"
    ),
    e.ScoreRecorded: lambda event, _: (
        f"{in_words(event.score.instrument).upper()} of {day_in_words(event.score.on)}: {event.score.value}"
    ),
    e.TaperAnswered: lambda event, _: f"Other preventives: {TAPERS[event.answer]}{because(event.note)}",
    e.LetterWritten: lambda event, _: f"The letter to the payer is written: {event.note}",
    e.DiaryEntered: _diary,
}
