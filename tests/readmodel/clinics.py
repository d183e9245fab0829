"""A clinic for tests: two injectors, two rooms, Monday to Friday, in Seattle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from domain.clinic_file import ClinicFile, UsersFile
from readmodel.pool import Pool
from readmodel.setup import SetupChange, load_clinic, load_users

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # a Monday, 9 o'clock in Seattle


def a_clinic_file(**changes: Any) -> ClinicFile:
    return ClinicFile.model_validate(
        {
            "id": "c",
            "name": "Test Clinic",
            "phone": "+1 206 555 0100",
            "zone": "America/Los_Angeles",
            "opening_hours": [{"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "opens": "08:00", "closes": "12:00"}],
            "injectors": [
                {"user": "dr.lee"},
                {"user": "dr.khan", "hours": [{"days": ["Tue"], "opens": "08:00", "closes": "10:00"}]},
            ],
            "rooms": [{"id": "r1", "name": "Room 1"}, {"id": "r2", "name": "Room 2"}],
            "holidays": [{"on": "2026-05-25", "name": "Memorial Day"}],
        }
        | changes
    )


def a_users_file(*more: dict[str, Any]) -> UsersFile:
    users = [
        {"id": "ada.admin", "name": "Ada", "role": "admin"},
        {"id": "amy.ops", "name": "Amy", "role": "operations"},
        {"id": "dr.khan", "name": "Dr. Khan", "role": "clinician", "may_inject": True},
        {"id": "dr.lee", "name": "Dr. Lee", "role": "clinician", "may_inject": True},
    ]
    return UsersFile.model_validate({"users": [*users, *more]})


async def set_up(pool: Pool, **changes: Any) -> SetupChange:
    await load_users(pool, a_users_file(), at=NOW)
    return await load_clinic(pool, a_clinic_file(**changes), by="ada.admin", at=NOW)
