"""Patients and users: the only place that knows names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from pydantic import field_validator

from domain.people import User
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_row, one_value
from readmodel.sql import query


class OtherPatient(Exception):
    """The record number belongs to somebody born on another day. Two people must never become one."""


class Guardian(Record):
    """Who answers for a minor and gets the messages."""

    name: str
    relationship: str
    email: str | None = None
    phone: str | None = None
    preferred_channel: str = "email"


class Patient(Record):
    """A patient. `patient_id` is Regimen's own and random; everywhere but here only it is known."""

    patient_id: str = ""
    record_number: str
    name: str
    birth_date: date
    language: str = "en"
    email: str | None = None
    phone: str | None = None
    preferred_channel: str = "email"
    opted_out: bool = False
    guardian: Guardian | None = None

    @field_validator("guardian", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return Guardian.model_validate_json(value) if isinstance(value, str) else value


class FoundPatient(Patient):
    """A patient with the courses, newest first."""

    course_ids: tuple[str, ...]


async def find_patients(pool: Pool, text: str) -> list[FoundPatient]:
    """Find patients by a part of name, record number, telephone number or e-mail address."""
    digits = "".join(sign for sign in text if sign.isdigit()) if not any(sign.isalpha() for sign in text) else ""
    return await all_rows(pool, FoundPatient, "find_patients", text.strip(), digits)


async def patient(pool: Pool, patient_id: str) -> Patient | None:
    """Return a patient by Regimen's own id."""
    return await one_row(pool, Patient, "patient", patient_id)


async def patient_by_number(pool: Pool, record_number: str) -> Patient | None:
    """Return a patient by the clinic's record number."""
    return await one_row(pool, Patient, "patient_by_number", record_number)


async def save_patient(
    pool: Pool, given: Patient, *, by: str, at: datetime, members: Mapping[str, str] | None = None
) -> str:
    """Put a patient by record number and return the id. `members` are numbers with payers. Raises `OtherPatient`."""
    row = (
        given.patient_id or str(uuid4()),
        given.record_number,
        given.name,
        given.birth_date,
        given.language,
        given.email,
        given.phone,
        given.preferred_channel,
        given.opted_out,
        given.guardian.model_dump_json() if given.guardian else None,
        at,
        by,
    )
    with told_as_outages():
        async with pool.acquire() as connection, connection.transaction():
            patient_id = await connection.fetchval(query("put_patient"), *row)
            if patient_id is None:
                raise OtherPatient(f"record number {given.record_number} is of a patient born on another day")
            for payer_id, member_id in (members or {}).items():
                await connection.execute(query("put_member"), patient_id, payer_id, member_id)
    return str(patient_id)


async def save_member(pool: Pool, patient_id: str, payer_id: str, member_id: str) -> None:
    """Put the patient's number with a payer."""
    with told_as_outages():
        await pool.execute(query("put_member"), patient_id, payer_id, member_id)


async def member_id(pool: Pool, patient_id: str, payer_id: str) -> str | None:
    """Return the patient's number with a payer."""
    found = await one_value(pool, "member", patient_id, payer_id)
    return None if found is None else str(found)


async def users(pool: Pool) -> list[User]:
    """Return who may act, by name."""
    return await all_rows(pool, User, "users")


async def user(pool: Pool, user_id: str) -> User | None:
    """Return one user who may act."""
    return await one_row(pool, User, "user", user_id)
