"""Patients found by what people know of them, each with the courses; and courses by a number or the beginning of an id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from office.finding import PREFIX_MIN
from readmodel import finding
from readmodel.lookups import CourseRow
from readmodel.people import FoundPatient, find_patients
from readmodel.pool import Pool


@dataclass(frozen=True)
class WithCourses:
    """A patient with the courses, the latest begun first."""

    patient: FoundPatient
    courses: list[CourseRow]


@dataclass(frozen=True)
class Found:
    """What was found: patients, courses with an authorization of this number, courses whose id begins so."""

    patients: list[WithCourses]
    authorized: list[CourseRow]
    begun: list[CourseRow]


async def found_by(pool: Pool, text: str, *, now: datetime) -> Found:
    """Find by a part of name, record number, telephone number or e-mail, or by an authorization's whole number."""
    patients = await find_patients(pool, text)
    courses = await finding.courses_in(pool, [one for found in patients for one in found.course_ids], now=now)
    by_patient: dict[str, list[CourseRow]] = {}
    for course in courses:
        by_patient.setdefault(course.patient_id, []).append(course)
    return Found(
        patients=[WithCourses(one, by_patient.get(one.patient_id, [])) for one in patients],
        authorized=await finding.courses_by_authorization(pool, text, now=now),
        begun=await finding.courses_by_beginning(pool, text.lower(), now=now) if len(text) >= PREFIX_MIN else [],
    )
