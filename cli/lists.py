"""Lists for people who look for something: courses, patients, a course's messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from cli.command import Answer, Call, runs
from cli.lots import sessions_of_lot
from cli.tables import table
from domain.clinic_time import clinic_day
from domain.course import Phase
from domain.story.words import in_words
from domain.waits import WaitKind
from office.finding import clinic_of, course_named, wrong
from office.words import day, moment, short
from readmodel import lookups
from readmodel.lookups import CourseRow
from readmodel.people import find_patients

PHASES = click.Choice([phase.value for phase in Phase])
WAITS = click.Choice([kind.value for kind in WaitKind])


@click.command("list")
@click.option("--phase", type=PHASES, help="Only courses in this phase.")
@click.option(
    "--waiting-for", type=WAITS, metavar="WAIT", help="Only courses that wait for this, such as payer-answer."
)
@click.option("--payer", metavar="PAYER", help="Only courses of this payer.")
@click.option("--clinician", metavar="USER", help="Only courses of this clinician.")
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True)
@runs()
async def list_courses(
    call: Call, *, phase: str | None, waiting_for: str | None, payer: str | None, clinician: str | None, limit: int
) -> Answer:
    """List courses, open ones first, what is due soonest leading."""
    rows = await lookups.courses(
        await call.reach.pool(),
        now=datetime.now(UTC),
        phase=phase,
        waiting_for=waiting_for,
        payer_id=payer,
        clinician=clinician,
        limit=limit,
    )
    columns = ("course", "patient", "number", "phase", "given", "last", "authorized to", "waiting")
    zone = (await clinic_of(call)).zone if rows else ""
    cells = [_cells(row, zone) for row in rows]
    return Answer(data=[_data(row) for row in rows], show=table(columns, cells, nothing="no courses"))


def _data(row: CourseRow) -> dict[str, Any]:
    return row.model_dump(exclude={"ahead"}) | {"clock": row.now, "overdue": row.is_overdue}


def _cells(row: CourseRow, zone: str) -> tuple[str, ...]:
    return (
        short(row.course_id),
        row.patient_name or "-",
        row.record_number or "-",
        in_words(row.outcome or row.phase),
        str(row.sessions_given),
        f"{(clinic_day(row.now, zone) - row.last_session_on).days} days" if row.last_session_on else "-",
        day(row.authorization_until_on),
        ("OVERDUE " if row.is_overdue else "") + row.waiting,
    )


@click.command()
@click.argument("text", required=False)
@click.option("--lot", metavar="LOT", help="Sessions at which drug of this lot was given, instead.")
@runs()
async def find(call: Call, text: str | None, *, lot: str | None) -> Answer:
    """Find patients by a part of name, record number, telephone or e-mail, with their courses; or sessions by lot."""
    if (text is None) == (lot is None):
        raise wrong("text", "expected a part of a name, number or contact; or --lot LOT")
    return await _patients(call, text) if text is not None else await sessions_of_lot(call, lot or "")


async def _patients(call: Call, text: str) -> Answer:
    pool, found, cells = await call.reach.pool(), [], []
    for patient in await find_patients(pool, text):
        rows = await lookups.courses(pool, now=datetime.now(UTC), patient_id=patient.patient_id)
        found.append(patient.model_dump() | {"courses": [_data(row) for row in rows]})
        who = (patient.name, patient.record_number, day(patient.birth_date), patient.phone or patient.email or "-")
        cells += [
            (*who, short(row.course_id), row.waiting if row.outcome is None else in_words(row.outcome)) for row in rows
        ]
        if not rows:
            cells.append((*who, "-", "no course"))
    columns = ("patient", "number", "born", "contact", "course", "waiting")
    return Answer(data=found, show=table(columns, cells, nothing="nobody found"))


@click.command()
@click.argument("course")
@runs()
async def messages(call: Call, course: str) -> Answer:
    """List the messages to the patient of COURSE: when, by which way, and what became of them."""
    row = await course_named(call, course)
    zone = (await clinic_of(call)).zone
    rows = await lookups.messages(await call.reach.pool(), course_id=row.course_id)
    cells = (
        (moment(one.send_at, zone), in_words(one.kind), one.status, one.channel or "-", one.reason or "")
        for one in rows
    )
    columns = ("when", "message", "status", "by", "")
    return Answer(data=[one.model_dump() for one in rows], show=table(columns, cells, nothing="no messages"))
