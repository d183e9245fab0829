"""`claims`: what became of a course's claims and invoices, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from adapters.files.denial_reasons import load_denial_reasons
from cli.command import Answer, Call, runs
from office.bills import head_of_bill, story_of_bill
from office.finding import clinic_of, course_named
from office.words import day, short
from readmodel.lookups import bills_of
from runtime.settings import PROJECT

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("course")
@click.option("--session", type=click.IntRange(min=1), help="Only the claims of this session.")
@runs()
async def claims(call: Call, course: str, *, session: int | None) -> Answer:
    """Tell what became of the claims and invoices of COURSE: filed, denied and why, appealed, replaced, paid."""
    row = await course_named(call, course)
    zone = (await clinic_of(call)).zone
    found = await bills_of(await call.reach.pool(), row.course_id)
    bills = [bill for bill in found if session in {None, bill.session}]
    reasons = load_denial_reasons(PROJECT / "payers")
    told = [(bill, tuple(story_of_bill(bill, reasons, zone))) for bill in bills]
    data: list[dict[str, Any]] = [
        bill.model_dump() | {"story": [line.model_dump(exclude={"at"}) for line in lines]} for bill, lines in told
    ]

    def show(console: Console) -> None:
        if not told:
            console.print(f"Nothing of course {short(row.course_id)} is with billing.", markup=False, highlight=False)
        for bill, lines in told:
            console.print(head_of_bill(bill, found), markup=False, highlight=False)
            for line in lines:
                by = f"  ({line.by})" if line.by else ""
                console.print(f"  {day(line.on)}  {line.said}{by}", markup=False, highlight=False)

    return Answer(data=data, show=show)
