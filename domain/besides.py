"""What is shown beside the curve of a response check and decides nothing: other drugs, wearing-off, scores, recall."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.record import Record


class MedicationChange(Record):
    """Another drug was started, stopped, changed or is being tapered, here or elsewhere."""

    drug: str
    drug_class: str
    change: Literal["started", "stopped", "changed", "tapering"]
    on: date
    preventive: bool = True
    elsewhere: bool = False
    dose_mg: float | None = None
    note: str = ""
    told_in: int | None = None  # the event that told it; None: 0.1 did not keep it


class WearingOff(Record):
    """The effect wore off before the next session. `number` counts those of one course from 1."""

    number: int
    session: int
    week: int  # after that session, from which the effect was less
    told_on: date
    note: str = ""
    bridge: str | None = None  # the clinician's answer: a code of the protocol's bridges
    answered_on: date | None = None
    for_next_dose: str | None = None


class Score(Record):
    """A questionnaire's score. Shown, never decisive."""

    instrument: str  # code of the protocol's scores: hit_6, midas
    value: int
    on: date
    told_in: int | None = None  # the event that told it; None: 0.1 did not keep it


class RecalledWeek(Record):
    """A week without diary, as the patient remembers it when asked. Never counted as diary days."""

    first_on: date
    headache_days: int
    migraine_days: int
    told_on: date
    severity: float | None = None


class Besides(Record):
    """All of it, in the order it was told."""

    medications: tuple[MedicationChange, ...] = ()
    wearing_off: tuple[WearingOff, ...] = ()
    scores: tuple[Score, ...] = ()
    recalled: tuple[RecalledWeek, ...] = ()
