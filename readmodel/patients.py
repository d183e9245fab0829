"""Patients and their diary, as commands write them. Names and contacts stay here: no id, no log, no workflow has them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from domain.diary import DiaryDay
from domain.intake import Channel, Intake
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.sql import query


class KnownPatient(Record):
    """A patient who is there already."""

    patient_id: str
    birth_date: date


class PatientContact(Record):
    """A patient, as people and printed papers need him. `members` are his numbers by payer."""

    patient_id: str
    record_number: str
    name: str
    birth_date: date
    language: str
    email: str | None
    phone: str | None
    preferred_channel: str
    opted_out: bool
    guardian: str | None
    members: dict[str, str]


CHANNELS = {Channel.EMAIL: "email", Channel.TEXT: "phone", Channel.PHONE: "phone", Channel.LETTER: "phone"}
"""What the outbox knows: what is not sent by e-mail is kept for a person to do."""
assert CHANNELS.keys() == set(Channel), "every wish has its channel"


async def patient_by_number(pool: Pool, record_number: str) -> KnownPatient | None:
    """Return the patient with the clinic's record number, or None."""
    with told_as_outages():
        row = await pool.fetchrow(query("patient_by_number"), record_number)
    return None if row is None else KnownPatient.model_validate(dict(row))


async def put_patient(pool: Pool, intake: Intake, *, by: str, at: datetime) -> str | None:
    """Write the patient of an intake and return his id; None where the number belongs to somebody else."""
    with told_as_outages():
        patient_id: str | None = await pool.fetchval(query("put_patient"), json.dumps(_columns(intake)), at, by)
    return patient_id


def _columns(intake: Intake) -> dict[str, Any]:
    """Return the patient's row. Messages about a minor go to the guardian."""
    patient, coverage = intake.patient, intake.coverage
    contact = patient.guardian.contact if patient.guardian else patient.contact
    return {
        "record_number": patient.record_number,
        "name": patient.name,
        "birth_date": patient.birth_date.isoformat(),
        "language": patient.language,
        "email": contact.email,
        "phone": contact.phone,
        "preferred_channel": CHANNELS[contact.preferred],
        "opted_out": patient.opt_out,
        "guardian": f"{patient.guardian.name} ({patient.guardian.relationship})" if patient.guardian else None,
        "payer_id": coverage.payer_id,
        "member_id": coverage.member_id,
    }


async def patient_contact(pool: Pool, patient_id: str) -> PatientContact | None:
    """Return how a patient is reached, or None."""
    with told_as_outages():
        row = await pool.fetchrow(query("patient_contact"), patient_id)
    if row is None:
        return None
    return PatientContact.model_validate(dict(row) | {"members": json.loads(row["members"])})


async def change_contact(pool: Pool, patient_id: str, changes: dict[str, Any], *, by: str, at: datetime) -> bool:
    """Change a patient's contact. Return whether there is such a patient."""
    with told_as_outages():
        changed = await pool.fetchval(query("change_contact"), patient_id, json.dumps(changes), at, by)
    return changed is not None


async def put_diary(
    pool: Pool, patient_id: str, days: Iterable[DiaryDay], *, by: str, at: datetime, source: str
) -> int:
    """Write diary days and return how many of them are new or changed."""
    told = json.dumps([day.model_dump(mode="json") for day in days])
    with told_as_outages():
        return int(await pool.fetchval(query("put_diary"), patient_id, told, by, at, source))
