"""`import`: many courses from a CSV file, a verdict for each row. It can be repeated safely."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click

from cli.bulk_columns import faults_of_header, intake_of
from cli.command import Answer, Call, runs
from cli.errors import BadInput, CommandFailed, NotReachable, WrongField, wrong_fields
from cli.starting import AlreadyOpen, Front, front_of
from cli.tables import short, table
from domain.intake import Intake
from readmodel.begun import courses_begun
from readmodel.people import patient_by_number

AT_ONCE = 20
ROWS_MAX = 20_000
LOOK_EVERY_SECONDS = 0.1
NOTHING_BEGAN_SECONDS = 30.0
"""So long without any course beginning means that no worker runs."""

STARTED, OPEN, NOT_VALID, FAILED, WOULD_START = "started", "already open", "not valid", "failed", "would start"


@dataclass
class Row:
    """One row of the file and what became of it."""

    line: int
    record_number: str
    intake: dict[str, Any] = field(repr=False)
    verdict: str = ""
    course_id: str | None = None
    why: str = ""
    fields: tuple[WrongField, ...] = ()

    def settled(self, verdict: str, *, course_id: str | None = None, why: str = "") -> None:
        """Note what became of the row."""
        self.verdict, self.course_id, self.why = verdict, course_id, why


@click.command("import")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only say what would become of each row.")
@click.option("--sample", is_flag=True, help="Courses for demonstrations, whose time can be moved (embedded only).")
@runs(changes=True)
async def import_courses(call: Call, file: str, *, dry_run: bool, sample: bool) -> Answer:
    """Start a course for each row of FILE.csv; `schema import` prints the header line.

    Columns are the intake's fields by their paths (patient.name, treatments[0].drug); empty cells are left out.
    A course that is open already is left as it is, so that a broken import is simply repeated.
    """
    rows = _read(file)
    front = await front_of(call, sample=sample)
    with _progress(len(rows), quiet=call.as_json) as tick:
        checked = [(row, intake) for row in rows if (intake := _check(front, row, tick)) is not None]
        if dry_run:
            for row, intake in checked:
                await _would(front, row, intake)
                tick()
        else:
            await _start_all(front, checked, tick)
    return _told(rows)


def _read(path: str) -> list[Row]:
    try:
        with click.open_file(path, encoding="utf-8-sig") as opened:
            reader = csv.DictReader(io.StringIO(opened.read(), newline=""))
            header = [column.strip() for column in reader.fieldnames or ()]
            lines = [[cell or "" for cell in line.values() if not isinstance(cell, list)] for line in reader]
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read: {problem.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"{path}: is no CSV in UTF-8: {type(problem).__name__}") from None
    if faults := faults_of_header(header):
        raise wrong_fields(faults, what=f"{path}, line 1")
    if len(lines) > ROWS_MAX:
        raise BadInput(f"{path}: {len(lines)} rows; expected at most {ROWS_MAX}, split the file")
    rows = []
    for number, cells in enumerate(lines, start=2):
        named = dict(zip(header, cells, strict=False))
        if any(cell.strip() for cell in cells):
            rows.append(Row(line=number, record_number=named.get("patient.record_number", ""), intake=intake_of(named)))
    if not rows:
        raise BadInput(f"{path}: has no rows; `schema import` prints the header line")
    return rows


def _check(front: Front, row: Row, tick: Callable[[], None]) -> Intake | None:
    checked = front.check(row.intake)
    if isinstance(checked, Intake):
        return checked
    row.settled(NOT_VALID, why=" | ".join(str(fault) for fault in checked))
    row.fields = checked
    tick()
    return None


async def _would(front: Front, row: Row, intake: Intake) -> None:
    known = await patient_by_number(front.pool, row.record_number)
    if known is not None and known.birth_date != intake.patient.birth_date:
        row.settled(NOT_VALID, why="patient.record_number: is of a patient born on another day")
        return
    try:
        if known is not None:
            await front.refuse_open(known.patient_id, intake.protocol)
    except AlreadyOpen as there:
        row.settled(OPEN, course_id=there.course.course_id if there.course else None)
    else:
        row.settled(WOULD_START)


async def _start_all(front: Front, checked: Sequence[tuple[Row, Intake]], tick: Callable[[], None]) -> None:
    """Start the courses, some at once, and return when all have begun their journal."""
    at_once = asyncio.Semaphore(AT_ONCE)
    begun: dict[str, Row] = {}

    async def start(row: Row, intake: Intake) -> None:
        async with at_once:
            await _start(front, row, intake)
        if row.verdict == STARTED and row.course_id is not None:
            begun[row.course_id] = row
        else:
            tick()

    seen: dict[tuple[str, str], Row] = {}
    async with asyncio.TaskGroup() as group:
        for row, intake in checked:
            key = (intake.patient.record_number, intake.protocol)
            if key in seen:
                row.settled(OPEN, why=f"the same patient as line {seen[key].line}")
                tick()
                continue
            seen[key] = row
            group.create_task(start(row, intake))
    await _until_begun(front, begun, tick)


async def _start(front: Front, row: Row, intake: Intake) -> None:
    try:
        begin = await front.prepare(intake)
        await front.start(begin)
    except AlreadyOpen as there:
        row.settled(OPEN, course_id=there.course.course_id if there.course else None)
    except BadInput as wrong:
        row.settled(NOT_VALID, why=wrong.message)
        row.fields = wrong.fields
    except CommandFailed as failed:
        row.settled(FAILED, why=failed.message)
    else:
        row.settled(STARTED, course_id=begin.course_id)


async def _until_begun(front: Front, begun: dict[str, Row], tick: Callable[[], None]) -> None:
    waiting, quiet_for = set(begun), 0.0
    while waiting:
        there = await courses_begun(front.pool, waiting)
        quiet_for = 0.0 if there else quiet_for + LOOK_EVERY_SECONDS
        for _ in there:
            tick()
        waiting -= there
        if quiet_for > NOTHING_BEGAN_SECONDS:
            raise NotReachable(f"{len(waiting)} courses have not begun; is a worker running? They begin when one is")
        if waiting:
            await asyncio.sleep(LOOK_EVERY_SECONDS)


@contextmanager
def _progress(rows: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield what notes a row as done: a bar on stderr, which is there for people only."""
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - a program does without it
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("import", total=rows)
        yield lambda: bar.advance(task)


def _told(rows: list[Row]) -> Answer:
    counts = Counter(row.verdict for row in rows)
    bad = counts[NOT_VALID] + counts[FAILED]
    data = {
        "counts": dict(counts),
        "rows": [
            {
                "line": row.line,
                "record_number": row.record_number,
                "verdict": row.verdict,
                "course_id": row.course_id,
                "why": row.why,
                "fields": [vars(fault) for fault in row.fields],
            }
            for row in rows
        ],
    }
    cells = [
        (str(row.line), row.record_number, row.verdict, short(row.course_id) if row.course_id else "-", row.why)
        for row in rows
    ]
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())

    def show(console: Any) -> None:
        table(("line", "number", "verdict", "course", "why"), cells, nothing="no rows")(console)
        console.print(summary, markup=False, highlight=False)

    unreachable = 69 if counts[FAILED] and not counts[NOT_VALID] else 2
    return Answer(data=data, show=show, status=unreachable if bad else 0)
