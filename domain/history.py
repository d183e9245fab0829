"""What is known of the patient's migraine at intake. No name, no contact, no birth date."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.record import Record

DRUG_CLASSES = (
    "antidepressant",
    "anticonvulsant",
    "beta_blocker",
    "calcium_channel_blocker",
    "ace_inhibitor_or_arb",
    "cgrp",
    "nsaid",
    "analgesic",
    "triptan",
    "ergot",
    "opioid",
    "antiemetic",
    "muscle_relaxant",
    "nerve_block",
    "neuromodulation",
    "other",
)
"""Classes of earlier treatments. Payers count some of them for step therapy, so a misspelt one must not pass."""


class CountSource(StrEnum):
    """Where a count comes from."""

    DIARY = "diary"
    CLINIC_NOTE = "clinic_note"
    EARLIER_RECORD = "earlier_record"
    RECALL = "recall"


class StatedCounts(Record):
    """Counts as they were stated, never rescaled: 20 of 30 days stays 20 of 30."""

    headache_days: int
    migraine_days: int
    period_days: int
    source: CountSource
    stated_on: date
    hours_per_day: float | None = None
    severity: float | None = None  # mean of the day's worst pain on headache days, 0 to 10


class TrialOutcome(StrEnum):
    """Why an earlier treatment counts as tried."""

    NOT_EFFECTIVE = "not_effective"
    NOT_TOLERATED = "not_tolerated"
    CONTRAINDICATED = "contraindicated"
    ONGOING = "ongoing"
    EFFECTIVE = "effective"


class EarlierTreatment(Record):
    """One treatment tried before. `preventive` ones count for payers' step therapy, the others as conservative."""

    drug: str
    drug_class: str  # antidepressant, anticonvulsant, beta_blocker, calcium_channel_blocker, cgrp, nsaid, triptan ...
    preventive: bool
    outcome: TrialOutcome
    days: int | None = None  # length of the trial
    dose_mg: float | None = None
    started_on: date | None = None  # of a running trial told later than at intake


class EarlierDose(Record):
    """A dose of any botulinum toxin before this course. It counts for the interval always."""

    given_on: date
    units: int | None = None
    source: CountSource
    product: Literal["onabotulinumtoxin_a", "other"] = "onabotulinumtoxin_a"
    told_in: int | None = None  # the event that told it; None: the intake did, or 0.1
    of_course: str | None = None  # an earlier course here that knew of it; the intake did not say it

    @property
    def is_documented(self) -> bool:
        """Whether a record shows it: the patient's word counts for the interval, not for the trial."""
        return self.source in {CountSource.EARLIER_RECORD, CountSource.CLINIC_NOTE}


class CheckElsewhere(Record):
    """A response check that another clinic answered, from its record."""

    answered_on: date
    responded: bool
    note: str = ""


class EarlierCourse(Record):
    """An earlier course of the same patient here: what was given, what it did, and why it ended."""

    course_id: str
    started_on: date
    ended_on: date
    outcome: str
    reason: str
    doses: tuple[EarlierDose, ...] = ()
    verdict: str | None = None  # of its last response check
    verdict_reason: str | None = None
    payers: dict[str, int] = Field(default_factory=dict)  # payer -> sessions it paid


class ClinicalHistory(Record):
    """The days before treatment, on which eligibility is settled once."""

    diagnosis: str  # ICD-10-CM
    age_years: int
    comes_of_age_on: date | None = None  # minors only
    months_with_headache: int | None = None
    counts: StatedCounts | None = None
    treatments: tuple[EarlierTreatment, ...] = ()
    contraindications: tuple[str, ...] = ()  # codes of the protocol
    earlier_doses: tuple[EarlierDose, ...] = ()
    earlier_courses: tuple[EarlierCourse, ...] = ()
    checks_elsewhere: tuple[CheckElsewhere, ...] = ()
    diary_days: int = 0  # days of diary brought along
    taken_on: date | None = None  # the day from which months and running trials are counted on
