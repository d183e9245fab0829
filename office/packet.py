"""The authorization request with its evidence, and the dossier of a course: documents made from what is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import AuthorizationRequest, Purpose
from domain.interim import interim_in_words
from domain.response import ResponseEvidence
from domain.story.words import in_words
from office.call import Call
from office.errors import NotFound
from office.evidence import baseline_in_words, besides_in_lines, evidence_as_of
from office.finding import course_named
from office.names import payer_name
from office.words import day
from readmodel.people import Patient, member_id, patient, users

TEMPLATES = Path(__file__).with_name("templates")


def request_of(course: Course, number: int | None) -> AuthorizationRequest:
    """Return a request by its number; default: the last one. Raises `NotFound`."""
    if not course.requests:
        raise NotFound(f"course {course.course_id} has no authorization request")
    if number is None:
        return course.requests[-1]
    request = course.request(number)
    if request is None:
        known = ", ".join(str(one.number) for one in course.requests)
        raise NotFound(f"course {course.course_id} has no request {number}; it has {known}")
    return request


async def packet_of(call: Call, course: Course, request: AuthorizationRequest) -> str:
    """Return the request as one printable HTML document. Raises `NotFound` without its patient."""
    who = await patient(await call.reach.pool(), course.patient_id)
    if who is None:
        raise NotFound("the patient of this course is not in the database")
    return rendered(await _facts(call, course, request, who))


async def _facts(call: Call, course: Course, request: AuthorizationRequest, who: Patient) -> dict[str, Any]:
    pool = await call.reach.pool()
    row = await course_named(call, course.course_id)
    on = request.submitted_on or clinic_day(row.now, course.clinic.zone)
    then = _of_payer(as_of(course, request), request)
    found = None
    if request.purpose is not Purpose.INITIAL:
        found = _frozen(course, then, request) or await evidence_as_of(call, then, on)
    return facts_of(
        then,
        request,
        who=who,
        member=await member_id(pool, course.patient_id, then.coverage.payer_id or ""),
        names={user.user_id: user.name for user in await users(pool)},
        evidence=found,
        on=on,
    )


def as_of(course: Course, request: AuthorizationRequest) -> Course:
    """Return the course as the request speaks of it: what was given and answered before the session it asks for."""
    sessions = tuple(session for session in course.sessions if session.number < request.for_session)
    checks = tuple(check for check in course.checks if check.session < request.for_session)
    return course.model_copy(update={"sessions": sessions, "checks": checks})


def _of_payer(course: Course, request: AuthorizationRequest) -> Course:
    """Return the course with the coverage of the payer who is asked: another may pay by now."""
    paid = (one for one in reversed(course.coverages_before) if one.coverage.payer_id == request.payer_id)
    before = next(paid, None)
    if request.payer_id in {None, course.coverage.payer_id} or before is None:
        return course
    return course.model_copy(update={"coverage": before.coverage, "policy": before.policy})


def _frozen(course: Course, then: Course, request: AuthorizationRequest) -> ResponseEvidence | None:
    """Return the evidence of the check before that session: frozen with its answer, or of the open check."""
    check = then.check_after(request.for_session - 1)
    if check is not None:
        return check.evidence
    return course.evidence if request.for_session == course.next_session else None


def facts_of(
    course: Course,
    request: AuthorizationRequest,
    *,
    who: Patient,
    member: str | None,
    names: Mapping[str, str],
    evidence: ResponseEvidence | None,
    on: date,
) -> dict[str, Any]:
    """Return what the document is made of."""
    return {
        "course": course,
        "request": request,
        "patient": who,
        "member": member,
        "names": names,
        "numbers": {granted.request: granted.number for granted in course.authorizations if granted.number},
        "today": on,
        "evidence": evidence,
        "beside": [] if evidence is None else [line.strip() for line in besides_in_lines(evidence.besides)][1:],
        "check": course.checks[-1] if course.checks else None,
        "interim": interim_in_words(course) if evidence is not None else None,
        "is_renewal": request.purpose is not Purpose.INITIAL,
    }


def rendered(facts: Mapping[str, Any]) -> str:
    """Return the document."""
    html: str = template("packet.html").render(facts)
    return html


def template(name: str) -> Any:
    """Return a document's template, with the words that all of them use."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day, "words": in_words, "baseline": baseline_in_words, "payer": payer_name}
    return environment.get_template(name)
