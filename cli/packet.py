"""`packet`: the authorization request with its evidence, as one printable document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.command import Answer, Call, runs, said
from cli.errors import BadInput, NotFound
from cli.evidence import baseline_in_words, evidence_as_of
from cli.finding import course_named, folded
from cli.tables import day
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import AuthorizationRequest, Purpose
from domain.response import ResponseEvidence
from domain.story import in_words
from readmodel.people import Patient, member_id, patient, users

TEMPLATES = Path(__file__).with_name("templates")


@click.command()
@click.argument("course")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, allow_dash=True), help="Where to write it; - is stdout."
)
@click.option("--request", "number", type=int, metavar="N", help="Which request; default: the last one.")
@runs()
async def packet(call: Call, course: str, *, out: str, number: int | None) -> Answer:
    """Write the authorization request of COURSE as one HTML document to print or to save as PDF.

    It holds the request, the criteria with their evidence, all treatments tried, doses and dates, and for a renewal
    the response. It names the patient: keep it where patients' papers are kept.
    """
    row = await course_named(call, course)
    now = await folded(call, row)
    request = _request(now, number)
    who = await patient(await call.reach.pool(), row.patient_id)
    if who is None:
        raise NotFound("the patient of this course is not in the database")
    html = rendered(await _facts(call, now, request, who))
    if out == "-":
        if call.as_json:
            raise BadInput("--out -: with --json stdout is one JSON document; name a file")
        return said(html, None)
    try:
        Path(out).write_text(html, encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{out}: cannot be written: {problem.strerror}") from None
    data = {"course_id": now.course_id, "request": request.number, "purpose": request.purpose, "file": out}
    return said(f"{out}: request {request.number} ({request.purpose}); open it in a browser to print it", data)


def _request(course: Course, number: int | None) -> AuthorizationRequest:
    if not course.requests:
        raise NotFound(f"course {course.course_id} has no authorization request")
    if number is None:
        return course.requests[-1]
    request = course.request(number)
    if request is None:
        known = ", ".join(str(one.number) for one in course.requests)
        raise NotFound(f"course {course.course_id} has no request {number}; it has {known}")
    return request


async def _facts(call: Call, course: Course, request: AuthorizationRequest, who: Patient) -> dict[str, Any]:
    pool = await call.reach.pool()
    row = await course_named(call, course.course_id)
    on = request.submitted_on or clinic_day(row.now, course.clinic.zone)
    then = as_of(course, request)
    found = None
    if request.purpose is not Purpose.INITIAL:
        found = _frozen(course, then, request) or await evidence_as_of(call, then, on)
    return facts_of(
        then,
        request,
        who=who,
        member=await member_id(pool, course.patient_id, course.coverage.payer_id or ""),
        names={user.user_id: user.name for user in await users(pool)},
        evidence=found,
        on=on,
    )


def as_of(course: Course, request: AuthorizationRequest) -> Course:
    """Return the course as the request speaks of it: what was given and answered before the session it asks for."""
    sessions = tuple(session for session in course.sessions if session.number < request.for_session)
    checks = tuple(check for check in course.checks if check.session < request.for_session)
    return course.model_copy(update={"sessions": sessions, "checks": checks})


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
        "today": on,
        "evidence": evidence,
        "check": course.checks[-1] if course.checks else None,
        "is_renewal": request.purpose is not Purpose.INITIAL,
    }


def rendered(facts: Mapping[str, Any]) -> str:
    """Return the document."""
    html: str = _template().render(facts)
    return html


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day, "words": in_words, "baseline": baseline_in_words}
    return environment.get_template("packet.html")
