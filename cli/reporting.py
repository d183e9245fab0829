"""What a command that changes something says afterwards, and what it asks before what cannot be taken back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from cli.command import Answer, Call
from office.errors import BadInput
from office.outcome import outcome_of

if TYPE_CHECKING:
    from rich.console import Console

    from readmodel.lookups import CourseRow


async def report(call: Call, course: CourseRow, number: int, *, advice: str | None = None) -> Answer:
    """Return what a request made happen, and what the course waits for now; with `advice`, what the patient is told."""
    data = await outcome_of(call, course, number)
    if advice is not None:
        data["advice"] = advice

    def show(console: Console) -> None:
        for line in data["happened"]:
            console.print(f"{line['event']:>4}  {line['said']}", markup=False, highlight=False)
        for sentence in data["follows"]:
            console.print(f"      {sentence}", markup=False, highlight=False)
        console.print(f"Now: {data['waiting']}", markup=False, highlight=False)

    return Answer(data=data, show=show)


def confirm(call: Call, follows: str) -> None:
    """Ask before what cannot be taken back. A program, which cannot be asked, must have said --yes."""
    if call.yes:
        return
    if call.as_json or not sys.stdin.isatty():
        _needs_yes(follows)
    click.echo(follows, err=True)
    if not click.confirm("Go on?", err=True):
        raise click.Abort


def _needs_yes(follows: str) -> NoReturn:
    raise BadInput(f"this cannot be taken back: {follows} Say --yes to do it")
