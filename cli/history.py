"""`history`: what has happened to a course in plain words; with `--raw` also as Temporal keeps it, decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.command import Answer, Call, runs
from cli.tables import table
from domain.people import COURSE
from domain.story import story_of
from office.finding import clinic_of, course_named, events_of
from office.names import names_of
from office.outcome import OF_WAITS
from office.words import moment

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("course")
@click.option("--all", "everything", is_flag=True, help="Also when waits open and close.")
@click.option("--raw", is_flag=True, help="Also Temporal's history events of all runs, decoded.")
@runs()
async def history(call: Call, course: str, *, everything: bool, raw: bool) -> Answer:
    """Tell what has happened to COURSE: a sentence per event, with who, in which role and when."""
    row = await course_named(call, course)
    zone = (await clinic_of(call)).zone
    names = await names_of(await call.reach.pool())
    events = await events_of(call, row)
    journal: list[dict[str, Any]] = [
        {
            "event": event.number,
            "kind": event.kind,
            "at": event.at,
            "on": event.on,
            "by": event.by,
            "name": names.get(event.by),
            "role": event.role,
            "task": event.task,
            "said": story_of(event, zone=zone, names=names),
        }
        for event in events
    ]
    data: dict[str, Any] = {"course_id": row.course_id, "journal": journal}
    if raw:
        from office.raw import runs_of  # noqa: PLC0415 - only then Temporal is needed

        data["runs"] = await runs_of(await call.reach.client(), row.workflow_id, row.course_id)
    told = [line for line in journal if everything or raw or line["kind"] not in OF_WAITS]
    rows = [(str(line["event"]), moment(line["at"], zone), _who(line), line["said"]) for line in told]

    def show(console: Console) -> None:
        table(("", "when", "who", "what"), rows, nothing="nothing has happened")(console)
        for run in data.get("runs", ()):
            console.print(f"\nRun {run['run_id']}, {len(run['events'])} history events", markup=False, highlight=False)
            for event in run["events"]:
                line = f"{event['id']:>5}  {event['at']}  {event['type']}  {event['details']}"
                console.print(line, markup=False, highlight=False)

    return Answer(data=data, show=show)


def _who(line: dict[str, Any]) -> str:
    if line["by"] == COURSE:
        return "-"
    return f"{line['name'] or line['by']}, {line['role']}"
