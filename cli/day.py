"""`day`: one clinic day, who comes when, and whether everything is ready."""

from __future__ import annotations

from typing import Any

import click

from cli.command import Answer, Call, runs
from cli.tables import table
from domain.course import Course
from domain.ready import missing_for_confirmation
from domain.story.words import in_words
from office.fields import Unreadable, read_day
from office.finding import clock_of, course_named, folded, wrong
from office.words import moment, short
from readmodel.lookups import DayRow, day_sheet


@click.command()
@click.argument("date")
@runs()
async def day(call: Call, date: str) -> Answer:
    """Show the clinic day DATE (2026-03-05, today, today+7): who, coverage, drug, planned dose, readiness."""
    clock = await clock_of(call)
    try:
        on = read_day(date, clock)
    except Unreadable as problem:
        raise wrong("date", f"date: expected {problem}") from None
    entries = [await _entry(call, row) for row in await day_sheet(await call.reach.pool(), on)]
    rows = [_cells(entry, clock.zone) for entry in entries]
    columns = ("time", "patient", "number", "course", "session", "with", "state", "pays", "dose", "drug", "missing")
    shown = table(columns, rows, nothing=f"nobody comes on {on}")
    return Answer(data={"on": on, "appointments": entries}, show=shown)


async def _entry(call: Call, row: DayRow) -> dict[str, Any]:
    data = row.model_dump()
    if not row.is_current or row.phase is None:
        return data | {"readiness": None, "missing": []}
    course = await folded(call, await course_named(call, row.course_id))
    return data | {"readiness": _drug(course), "missing": [one.what for one in missing_for_confirmation(course)]}


def _drug(course: Course) -> str:
    if course.readiness is None:
        return "not looked"
    return "there" if course.readiness.drug_on_hand else "NOT there"


def _cells(entry: dict[str, Any], zone: str) -> tuple[str, ...]:
    pays = in_words(entry["coverage_kind"] or "-")
    if entry["authorization_number"]:
        pays = f"{entry['authorization_number']} to {entry['authorization_until_on']}"
    return (
        moment(entry["starts_at"], zone)[-5:],
        entry["patient_name"] or "-",
        entry["record_number"] or "-",
        short(entry["course_id"]),
        str(entry["for_session"]),
        f"{entry['injector']}, {entry['room']}",
        entry["state"],
        pays,
        f"{entry['planned_units'] or '-'} units",
        entry["readiness"] or "-",
        ", ".join(entry["missing"]) or "-",
    )
