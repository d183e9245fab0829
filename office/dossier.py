"""The dossier of a course, for whoever goes on treating the patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import left
from domain.plan import dates_from_last_dose
from office.call import Call
from office.errors import NotFound
from office.packet import template
from readmodel.lookups import CourseRow
from readmodel.people import Patient, patient, users


async def dossier_of(call: Call, row: CourseRow, course: Course) -> str:
    """Return the dossier as one printable HTML document. Raises `NotFound` without its patient."""
    pool = await call.reach.pool()
    who = await patient(pool, row.patient_id)
    if who is None:
        raise NotFound("the patient of this course is not in the database")
    names = {user.user_id: user.name for user in await users(pool)}
    return rendered(facts_of(course, who=who, names=names, on=clinic_day(row.now, course.clinic.zone)))


def facts_of(course: Course, *, who: Patient, names: Mapping[str, str], on: date) -> dict[str, Any]:
    """Return what the document is made of."""
    drug, dates = course.protocol.billing.drug_code.value, dates_from_last_dose(course)
    live = [granted for granted in course.authorizations if granted.expired_on is None]
    return {
        "course": course,
        "patient": who,
        "names": names,
        "today": on,
        "next_from": None if dates is None else dates.earliest_on,
        "authorizations": [(granted, left(granted, course.sessions, drug_code=drug)) for granted in live],
    }


def rendered(facts: Mapping[str, Any]) -> str:
    """Return the document."""
    html: str = template("dossier.html").render(facts)
    return html
