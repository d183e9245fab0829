"""`start`: one course from an intake."""

from __future__ import annotations

import click

from cli.command import Answer, Call, runs, said
from cli.json_files import read_json
from domain.intake import Intake
from office.errors import wrong_fields
from office.finding import course_named
from office.starting import AlreadyOpen, front_of, workflow_id_of


@click.command()
@click.argument("intake", type=click.Path(allow_dash=True))
@click.option("--sample", is_flag=True, help="A course for demonstrations, whose time can be moved (embedded only).")
@runs(changes=True)
async def start(call: Call, intake: str, *, sample: bool) -> Answer:
    """Start a course from INTAKE.json (- is stdin); `schema intake` says what it is made of."""
    data = read_json(intake)
    front = await front_of(call, sample=sample)
    checked = await front.check(data)
    if not isinstance(checked, Intake):
        raise wrong_fields(checked, what="nothing was started")
    try:
        begin = await front.prepare(checked)
        await front.start_and_settle(begin)
    except AlreadyOpen as there:
        raise there.told() from None
    course = await course_named(call, begin.course_id)
    lines = [f"course_id    {begin.course_id}", f"workflow_id  {workflow_id_of(begin)}", f"Now: {course.waiting}"]
    if begin.started.earlier_course:
        lines.append(f"An earlier course of this patient: {begin.started.earlier_course}")
    return said(
        "\n".join(lines),
        {
            "course_id": begin.course_id,
            "workflow_id": workflow_id_of(begin),
            "earlier_course": begin.started.earlier_course,
            "phase": course.phase,
            "waiting": course.waiting,
        },
    )
