"""Open tasks: listed, taken, given back, handed on, tried, and their deadlines moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from cli.command import Answer, Call, runs
from cli.tables import table
from domain import facts as f
from domain.clinic_time import clinic_clock
from domain.people import Role
from domain.waits import Way
from office.beside import beside
from office.fields import Unreadable, read_day
from office.finding import clinic_of, clock_of, course_named, task_named, wrong
from office.kinds import answer_command
from office.tasks import see_assignee, task_data
from office.words import short
from readmodel.lookups import TaskRow
from readmodel.lookups import tasks as open_tasks

ROLES = click.Choice([role.value for role in Role if role is not Role.SYSTEM])


@click.command()
@click.option("--role", type=ROLES, help="Only this role's tasks.")
@click.option("--course", metavar="COURSE", help="Only this course's tasks.")
@click.option("--owner", metavar="USER", help="Only what this user has taken.")
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True)
@runs()
async def tasks(call: Call, role: str | None, course: str | None, owner: str | None, limit: int) -> Answer:
    """List open tasks, most urgent first, with the fields that answer each."""
    course_id = None if course is None else (await course_named(call, course)).course_id
    pool = await call.reach.pool()
    found = await open_tasks(
        pool,
        now=datetime.now(UTC),
        role=None if role is None else Role(role),
        course_id=course_id,
        owner=owner,
        limit=limit,
    )
    zone = (await clinic_of(call)).zone
    return Answer(data=[task_data(row) for row in found], show=_table(found, zone))


def _table(found: list[TaskRow], zone: str) -> Any:
    rows = [
        (
            f"{clinic_clock(row.due, zone):%d %b %Y}" + (" overdue" if row.is_overdue else ""),
            row.patient_name or "-",
            row.record_number or "-",
            str(row.role),
            row.owner or "-",
            str(len(row.attempts) or "-"),
            "\n  ".join(filter(None, (row.title, beside(row.kind, row.context), _command(row)))),
        )
        for row in found
    ]
    return table(("due", "patient", "number", "for", "has it", "tries", "task"), rows, nothing="no open tasks")


def _command(row: TaskRow) -> str:
    return answer_command(f"{short(row.course_id)}/{row.wait_id}", row.kind)


async def _tell(call: Call, task: str, fact: f.Fact) -> Answer:
    from cli.reporting import report  # noqa: PLC0415 - as below
    from office.sending import tell  # noqa: PLC0415 - listing tasks does without Temporal

    named = await task_named(call, task)
    return await report(call, named.course, await tell(call, named.course, fact, task=named.wait_id))


@click.command()
@click.argument("task")
@runs(changes=True)
async def take(call: Call, task: str) -> Answer:
    """Take TASK: you do it."""
    return await _tell(call, task, f.Take())


@click.command()
@click.argument("task")
@runs(changes=True)
async def release(call: Call, task: str) -> Answer:
    """Give TASK back: anybody may take it."""
    return await _tell(call, task, f.Release())


@click.command()
@click.argument("task")
@click.argument("user")
@runs(changes=True)
async def assign(call: Call, task: str, user: str) -> Answer:
    """Give TASK to USER."""
    named = await task_named(call, task)
    to = await see_assignee(call, named.kind, user)
    return await _tell(call, task, f.Assign(to=to.user_id))


@click.command()
@click.argument("task")
@click.argument("result")
@click.option(
    "--how",
    type=click.Choice([one.value for one in Way]),
    default=Way.CALL.value,
    show_default=True,
    help="How it was tried.",
)
@click.option("--again", metavar="DATE", help="When to try again.")
@runs(changes=True)
async def attempt(call: Call, task: str, result: str, *, how: str, again: str | None) -> Answer:
    """Record a try to reach someone about TASK, and its RESULT in words.

    With a course instead of a task: a try to reach the patient, about nothing in particular.
    """
    if not result.strip():
        raise wrong("result", "expected what came of it, such as `no answer`")
    about_a_task = "/" in task
    course = (await task_named(call, task)).course if about_a_task else await course_named(call, task)
    again_on = None if again is None else _day("again", again, await clock_of(call, course))
    if about_a_task:
        return await _tell(call, task, f.AttemptMade(result=result, again_on=again_on, how=Way(how)))
    from cli.reporting import report  # noqa: PLC0415 - as below
    from office.sending import tell  # noqa: PLC0415 - listing tasks does without Temporal

    tried = f.ContactAttempt(result=result, again_on=again_on, how=Way(how))
    return await report(call, course, await tell(call, course, tried))


@click.command()
@click.argument("task")
@click.argument("date")
@click.option("--reason", required=True, help="Why the deadline moves.")
@runs(changes=True)
async def deadline(call: Call, task: str, date: str, *, reason: str) -> Answer:
    """Move the running deadline of TASK to the morning of DATE. Others' deadlines are never moved."""
    named = await task_named(call, task)
    if not reason.strip():
        raise wrong("reason", "expected why")
    due_on = _day("date", date, await clock_of(call, named.course))
    return await _tell(call, task, f.MoveDeadline(due_on=due_on, reason=reason))


def _day(field: str, text: str, clock: Any) -> Any:
    try:
        return read_day(text, clock)
    except Unreadable as problem:
        raise wrong(field, f"{field}: expected {problem}") from None
