"""An intake that is still being written, or wrong somewhere: what its readable parts tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from domain.coverage import Coverage, CoverageKind
from domain.form import Fault
from domain.history import ClinicalHistory
from domain.intake import CountsIntake, CoverageIntake, Day, Intake, PatientIntake, WayToPay, history_from
from domain.intake_faults import faults_of_birth_date, faults_of_counts, faults_of_coverage, faults_of_patient
from domain.payer import PayerPolicy
from domain.record import Edge

Part = TypeVar("Part", bound=BaseModel)

OPTIONAL_PARTS = (
    "months_with_headache",
    "counts",
    "treatments",
    "contraindications",
    "earlier_doses",
    "checks_elsewhere",
    "diary",
)
CLINICAL = ("diagnosis", *OPTIONAL_PARTS)
"""Fields of an intake that say how ill the patient is, and what was done."""
WHO_PAYS = ("kind", "payer_id", "place_of_service", "drug_source")


class _Born(Edge):
    birth_date: Day


def faults_of_parts(data: object, *, today: date, policies: Mapping[str, PayerPolicy]) -> tuple[Fault, ...]:
    """Return what is wrong in the parts that can be read of an intake whose form is wrong elsewhere.

    So that a misspelt field does not hide a birth date in the future until the next try.
    """
    parts = data if isinstance(data, Mapping) else {}
    patient, counts = _part(PatientIntake, parts.get("patient")), _part(CountsIntake, parts.get("counts"))
    coverage = _part(CoverageIntake, parts.get("coverage"))
    policy = policies.get(coverage.payer_id or "") if coverage is not None else None
    return (
        *(_faults_of_born(parts.get("patient"), today) if patient is None else faults_of_patient(patient, today)),
        *(() if coverage is None else faults_of_coverage(coverage, today, policy)),
        *faults_of_counts(counts, today),
    )


def _part(model: type[Part], written: object) -> Part | None:
    try:
        return model.model_validate(written)
    except ValidationError:
        return None


def _faults_of_born(written: object, today: date) -> Iterable[Fault]:
    """Return what is wrong with the birth date of a patient who cannot be read otherwise."""
    told = written.get("birth_date") if isinstance(written, Mapping) else None
    born = _part(_Born, {"birth_date": told})
    return () if born is None else faults_of_birth_date(born.birth_date, today)


def history_of_parts(data: object, *, today: date) -> ClinicalHistory | None:
    """Return the history that an intake which is still being written tells so far; None without birth date or diagnosis.

    What cannot be read yet is left out, an entry of a list at a time, so that a verdict can be shown while typing.
    """
    given = data if isinstance(data, Mapping) else {}
    patient = given.get("patient")
    born_on = patient.get("birth_date") if isinstance(patient, Mapping) else None
    contact: dict[str, object] = {}
    parts: dict[str, object] = {name: given[name] for name in CLINICAL if name in given}
    parts |= {
        "patient": {"record_number": "-", "name": "-", "birth_date": born_on, "contact": contact},
        "clinician": "-",
        "protocol": "-",
        "coverage": {"kind": WayToPay.SELF_PAY},
    }
    for _ in range(len(CLINICAL) + 1):
        try:
            read = Intake.model_validate(parts)
        except ValidationError as error:
            unread = {one["loc"][:2] for one in error.errors(include_url=False, include_input=False)}
            if not all(location[0] in OPTIONAL_PARTS for location in unread):
                return None
            _leave_out(parts, unread)
        else:
            return history_from(read, today=today) if read.patient.birth_date <= today else None
    return None


def _leave_out(parts: dict[str, object], unread: Iterable[tuple[int | str, ...]]) -> None:
    """Take out what cannot be read: an entry of a list, or the whole part."""
    entries: dict[int | str, set[int | str]] = {}
    for name, *entry in unread:
        entries.setdefault(name, set()).update(entry[:1])
    for name, wrong in entries.items():
        part = parts.pop(str(name))
        if isinstance(part, list) and wrong and all(isinstance(number, int) for number in wrong):
            parts[str(name)] = [one for number, one in enumerate(part) if number not in wrong]


def coverage_of_parts(data: object) -> Coverage | None:
    """Return who pays by an intake that is still being written; None where that cannot be read yet."""
    stated = data.get("coverage") if isinstance(data, Mapping) else None
    named = stated if isinstance(stated, Mapping) else {}
    read = _part(CoverageIntake, {name: named[name] for name in WHO_PAYS if name in named})
    if read is None:
        return None
    return Coverage(
        kind=CoverageKind(read.kind),
        payer_id=read.payer_id,
        place_of_service=read.place_of_service,
        drug_source=read.drug_source,
    )
