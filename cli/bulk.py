"""`import`: many courses from a CSV file, a verdict for each row. It can be repeated safely."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from cli.command import Answer, Call, runs
from cli.tables import table
from office.errors import BadInput
from office.importing import FAILED, NOT_VALID, Row, check_rows, counts_of, read_rows, start_rows, try_rows
from office.starting import front_of
from office.words import short


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
        checked = await check_rows(front, rows, tick)
        await (try_rows if dry_run else start_rows)(front, checked, tick)
    return _told(rows)


def _read(path: str) -> list[Row]:
    try:
        with click.open_file(path, encoding="utf-8-sig") as opened:
            text = opened.read()
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path}: is no CSV in UTF-8: {type(problem).__name__}") from None
    return read_rows(text, name=path)


@contextmanager
def _progress(rows: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield what notes a row as done: a bar on stderr, which is there for people only."""
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - a program does without it
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("import", total=rows)
        yield lambda: bar.advance(task)


def _told(rows: list[Row]) -> Answer:
    counts = counts_of(rows)
    bad = counts.get(NOT_VALID, 0) + counts.get(FAILED, 0)
    data = {
        "counts": counts,
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

    unreachable = 69 if counts.get(FAILED) and not counts.get(NOT_VALID) else 2
    return Answer(data=data, show=show, status=unreachable if bad else 0)
