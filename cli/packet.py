"""`packet`: the authorization request with its evidence, as one printable document."""

from __future__ import annotations

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
    html = _template().render(await _facts(call, now, request, who))
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
    today = clinic_day(row.now, course.clinic.zone)
    names = {user.user_id: user.name for user in await users(pool)}
    payer_id = course.coverage.payer_id or ""
    found = None
    if request.purpose is not Purpose.INITIAL:
        found = course.evidence or _answered(course) or await evidence_as_of(call, course, today)
    return {
        "course": course,
        "request": request,
        "patient": who,
        "member": await member_id(pool, course.patient_id, payer_id),
        "names": names,
        "today": today,
        "evidence": found,
        "check": course.checks[-1] if course.checks else None,
        "is_renewal": request.purpose is not Purpose.INITIAL,
    }


def _answered(course: Course) -> Any:
    """Return the evidence frozen with the answer to the last session's check, if it was answered."""
    last = course.last_session
    check = None if last is None else course.check_after(last.number)
    return None if check is None else check.evidence


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
