"""What is known of the patient's migraine at intake. No name, no contact, no birth date."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.record import Record


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


class EarlierDose(Record):
    """A dose of any botulinum toxin before this course. It counts for the interval always."""

    given_on: date
    units: int | None = None
    source: CountSource


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
    diary_days: int = 0  # days of diary brought along
    taken_on: date | None = None  # the day from which months and running trials are counted on
