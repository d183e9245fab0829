"""Does it work? Baseline, diary, evidence and answers."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from domain.besides import MedicationChange, RecalledWeek, Score, WearingOff
from domain.diary import Baseline
from domain.events.common import CourseEvent
from domain.hold import Hold
from domain.last_month import LastMonth
from domain.response import ResponseCheck, ResponseEvidence


class BaselineFrozen(CourseEvent):
    """The counts before treatment, which do not move any more. None: there are none."""

    kind: Literal["baseline_frozen"] = "baseline_frozen"
    baseline: Baseline | None


class EvidenceGathered(CourseEvent):
    """The evidence of an open response check as of now."""

    kind: Literal["evidence_gathered"] = "evidence_gathered"
    evidence: ResponseEvidence


class LastMonthCounted(CourseEvent):
    """The last 28 days of a cycle were counted on the day of the next session."""

    kind: Literal["last_month_counted"] = "last_month_counted"
    month: LastMonth


class ResponseAnswered(CourseEvent):
    """A clinician answered the response check."""

    kind: Literal["response_answered"] = "response_answered"
    check: ResponseCheck
    hold: Hold | None = None  # a pause holds the course


class DiaryEntered(CourseEvent):
    """Days were entered into the diary while a response check was open."""

    kind: Literal["diary_entered"] = "diary_entered"
    first_on: date
    last_on: date
    days: int


class WeekRecalled(CourseEvent):
    """The patient told what is remembered of a week without diary."""

    kind: Literal["week_recalled"] = "week_recalled"
    week: RecalledWeek


class DiaryLooked(CourseEvent):
    """Half of the days that a response check will count are over; so many of them have no entry."""

    kind: Literal["diary_looked"] = "diary_looked"
    session: int
    first_on: date
    last_on: date
    missing: int
    asks: bool  # so many that the patient is asked for them


class DiaryGapsAsked(CourseEvent):
    """The patient was asked for the missing days."""

    kind: Literal["diary_gaps_asked"] = "diary_gaps_asked"
    result: str


class WearingOffRecorded(CourseEvent):
    """The effect wore off before the next session."""

    kind: Literal["wearing_off_recorded"] = "wearing_off_recorded"
    wearing_off: WearingOff


class WearingOffAnswered(CourseEvent):
    """A clinician decided what is done until the next session."""

    kind: Literal["wearing_off_answered"] = "wearing_off_answered"
    number_told: int
    bridge: str
    for_next_dose: str | None = None


class MedicationChanged(CourseEvent):
    """Another drug was started, stopped, changed, or is being tapered."""

    kind: Literal["medication_changed"] = "medication_changed"
    change: MedicationChange


class ScoreRecorded(CourseEvent):
    """A questionnaire was filled in."""

    kind: Literal["score_recorded"] = "score_recorded"
    score: Score


class TaperAnswered(CourseEvent):
    """A clinician answered whether other preventives are tapered."""

    kind: Literal["taper_answered"] = "taper_answered"
    session: int  # of the check that found the response
    answer: Literal["taper", "not_now", "none_taken"]
    note: str = ""


class LetterWritten(CourseEvent):
    """The letter to a payer whose rule is not met is written."""

    kind: Literal["letter_written"] = "letter_written"
    session: int
    note: str


ResponseEvent: TypeAlias = (
    BaselineFrozen
    | EvidenceGathered
    | LastMonthCounted
    | ResponseAnswered
    | DiaryEntered
    | WeekRecalled
    | DiaryLooked
    | DiaryGapsAsked
    | WearingOffRecorded
    | WearingOffAnswered
    | MedicationChanged
    | ScoreRecorded
    | TaperAnswered
    | LetterWritten
)
