"""Many courses from a CSV file, a verdict for each row. It can be repeated safely: what is open is left as it is."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from domain.intake import Intake
from office.errors import BadInput, CommandFailed, NotReachable, WrongField, wrong_fields
from office.import_columns import faults_of_header, intake_of
from office.spreadsheets import cell, typed
from office.starting import AlreadyOpen, Front
from readmodel.begun import courses_begun
from readmodel.people import patient_by_number

AT_ONCE = 20
ROWS_MAX = 20_000
LOOK_EVERY_SECONDS = 0.1
NOTHING_BEGAN_SECONDS = 30.0
"""So long without any course beginning means that no worker runs."""

OF_THE_REFUSED = ("line", "verdict", "why")
"""The columns that the file of what was refused has before those of an import: sent again, they are left out."""

STARTED, OPEN, NOT_VALID, FAILED, WOULD_START = "started", "already open", "not valid", "failed", "would start"
"""What became of a row."""


@dataclass
class Row:
    """One row of the file and what became of it."""

    line: int
    record_number: str
    intake: dict[str, Any] = field(repr=False)
    cells: tuple[str, ...] = field(default=(), repr=False)
    verdict: str = ""
    course_id: str | None = None
    why: str = ""
    fields: tuple[WrongField, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the row was not taken: not valid, or the course could not be started."""
        return self.verdict in {NOT_VALID, FAILED}

    def settled(self, verdict: str, *, course_id: str | None = None, why: str = "") -> None:
        """Note what became of the row."""
        self.verdict, self.course_id, self.why = verdict, course_id, why


def read_rows(text: str, *, name: str) -> list[Row]:
    """Return the rows of a file that is called `name`. Raises `BadInput` where nothing of it can be taken."""
    try:
        records = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as problem:
        raise BadInput(f"{name}: is no CSV in UTF-8: {type(problem).__name__}") from None
    columns, lines = records[0] if records else [], records[1:]
    header, theirs = header_of(text), [column.strip() not in OF_THE_REFUSED for column in columns]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise BadInput(f"{name}: its columns are not separated by commas; save it as CSV with commas")
    if faults := faults_of_header(header):
        raise wrong_fields(faults, what=f"{name}, line 1")
    if len(lines) > ROWS_MAX:
        raise BadInput(f"{name}: {len(lines)} rows; expected at most {ROWS_MAX}, split the file")
    rows = []
    for number, line in enumerate(lines, start=2):
        cells = [typed(cell) for cell in compress(line, theirs)]
        named = dict(zip(header, cells, strict=False))
        if any(cell.strip() for cell in cells):
            rows.append(
                Row(
                    line=number,
                    record_number=named.get("patient.record_number", ""),
                    intake=intake_of(named),
                    cells=tuple(cells),
                )
            )
    if not rows:
        raise BadInput(f"{name}: has no row below a line that names the columns")
    return rows


def header_of(text: str) -> tuple[str, ...]:
    """Return the columns of a file that are an intake's, in their order."""
    columns = (column.strip() for column in next(csv.reader(io.StringIO(text, newline="")), ()))
    return tuple(column for column in columns if column not in OF_THE_REFUSED)


async def check_rows(front: Front, rows: Sequence[Row], tick: Callable[[], None]) -> list[tuple[Row, Intake]]:
    """Return the rows that can be taken; each other one gets its verdict."""
    return [(row, intake) for row in rows if (intake := await _check(front, row, tick)) is not None]


async def try_rows(front: Front, checked: Sequence[tuple[Row, Intake]], tick: Callable[[], None]) -> None:
    """Say what would become of each row. Nothing is written."""
    seen: dict[tuple[str, str], Row] = {}
    for row, intake in checked:
        key = (intake.patient.record_number, intake.protocol)
        if key in seen:
            row.settled(OPEN, why=f"the same patient as line {seen[key].line}")
        else:
            seen[key] = row
            await _would(front, row, intake)
        tick()


def counts_of(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many rows have each verdict."""
    return dict(Counter(row.verdict for row in rows if row.verdict))


def refused_file(rows: Sequence[Row], header: Sequence[str]) -> str:
    """Return what was refused and why, as CSV: the line, the verdict and the reason before the row as it came."""
    written = io.StringIO(newline="")
    sheet = csv.writer(written)
    sheet.writerow([*OF_THE_REFUSED, *header])
    for row in rows:
        if row.is_refused:
            sheet.writerow([row.line, row.verdict, cell(row.why), *(cell(one) for one in row.cells)])
    return written.getvalue()


async def _check(front: Front, row: Row, tick: Callable[[], None]) -> Intake | None:
    checked = await front.check(row.intake)
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


async def start_rows(front: Front, checked: Sequence[tuple[Row, Intake]], tick: Callable[[], None]) -> None:
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
