"""`correct`: a recorded fact was told wrongly. Both values stay; what hung on it is shown, and asked for, before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli.command import Answer, Call, runs
from cli.json_files import from_file
from cli.record import DEVIATION, SETTLE
from cli.reporting import confirm, report
from domain import facts as f
from office.corrections import VALUES, correction_of, follows, messages_sent, values_of
from office.errors import NotFound
from office.fields import read_fact, split
from office.finding import actor_of, clock_of, course_named, events_of, wrong
from office.names import names_of
from office.sending import settle, tell
from readmodel.lookups import CourseRow

if TYPE_CHECKING:
    from rich.console import Console


@click.command(
    epilog=f"What can be corrected: {', '.join(VALUES)}. What never was, or is another patient's: entered_in_error=yes."
)
@click.argument("course")
@click.argument("event", type=int)
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--file", type=click.Path(allow_dash=True), help="Fields as a JSON object; FIELD=VALUE goes before it.")
@click.option("--reason", required=True, help="Why it was told wrongly.")
@DEVIATION
@SETTLE
@runs(changes=True)
async def correct(
    call: Call,
    course: str,
    event: int,
    fields: Sequence[str],
    *,
    file: str | None,
    reason: str,
    deviation: str | None,
    settles: bool,
) -> Answer:
    """Correct what EVENT, a number of `history`, told COURSE wrongly. Shows what follows and asks; --yes does not ask."""
    row = await course_named(call, course)
    if not reason.strip():
        raise wrong("reason", "--reason: expected some text")
    journal = await events_of(call, row)
    told = next((one for one in journal if one.number == event), None)
    if told is None:
        raise NotFound(f"no event {event} in course {row.course_id}; `starter.py history` numbers them")
    values = read_fact(values_of(told), split(fields), from_file(file), await clock_of(call, row))
    fact = await correction_of(call, told, values, reason)
    request = f.Request(request_id=call.request_id, by=await actor_of(call), fact=fact, deviation=deviation)
    known = next((one for one in journal if one.request_id == call.request_id), None)
    if known is None:
        confirm(call, str(follows(journal, request, row, names=await names_of(await call.reach.pool()))))
    number = await tell(call, row, fact, by=request.by, deviation=deviation)
    if settles:
        await settle(call, row)
    return await _answer(call, row, number)


async def _answer(call: Call, row: CourseRow, number: int) -> Answer:
    """Return what came of it, with the messages that had gone out by then and what they were about."""
    answer = await report(call, row, number)
    listed = [
        {"kind": one.kind, "sent_at": one.sent_at, "status": one.status}
        for one in await messages_sent(call, row, number)
    ]
    data = answer.data | {"messages_sent": listed}

    def show(console: Console) -> None:
        answer.show(console)
        for one in listed:
            line = f"already {one['status']}: {one['kind']}, {one['sent_at']}"
            console.print(line, markup=False, highlight=False)

    return Answer(data=data, show=show, status=answer.status)
