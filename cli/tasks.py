"""Open tasks: listed, taken, given back, handed on, tried, and their deadlines moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from cli.command import Answer, Call, runs
from cli.fields import Unreadable, read_day
from cli.finding import clinic_of, clock_of, course_named, task_named, user_named, wrong
from cli.kinds import FACTS, answer_command, needed_fields
from cli.tables import short, table
from domain import facts as f
from domain.clinic_time import clinic_clock
from domain.people import Role
from domain.waits import KINDS
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


def task_data(row: TaskRow) -> dict[str, Any]:
    """Return a task as programs see it."""
    kind = KINDS[row.kind]
    return {
        "task": row.task_id,
        "course_id": row.course_id,
        "wait_id": row.wait_id,
        "kind": row.kind,
        "subject": row.subject,
        "title": row.title,
        "role": row.role,
        "licensed": kind.licensed,
        "since": row.since,
        "due": row.due,
        "overdue": row.is_overdue,
        "raised": row.raised,
        "owner": row.owner,
        "attempts": row.attempts,
        "context": row.context,
        "patient": row.patient_name,
        "record_number": row.record_number,
        "answered_by": [
            {
                "kind": name,
                "needs": needed_fields(name),
                "fields": [field for field in FACTS[name].model_fields if field != "kind"],
            }
            for name in kind.answered_by
        ],
    }


def _table(found: list[TaskRow], zone: str) -> Any:
    rows = [
        (
            f"{clinic_clock(row.due, zone):%d %b %Y}" + (" overdue" if row.is_overdue else ""),
            row.patient_name or "-",
            row.record_number or "-",
            str(row.role),
            row.owner or "-",
            str(len(row.attempts) or "-"),
            f"{row.title}\n  {answer_command(f'{short(row.course_id)}/{row.wait_id}', row.kind)}",
        )
        for row in found
    ]
    return table(("due", "patient", "number", "for", "has it", "tries", "task"), rows, nothing="no open tasks")


async def _tell(call: Call, task: str, fact: f.Fact) -> Answer:
    from cli.sending import report, tell  # noqa: PLC0415 - listing tasks does without Temporal

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
    named, to = await task_named(call, task), await user_named(call, user, field="user")
    kind = KINDS[named.kind]
    if kind.role is not None and to.role is not kind.role:
        raise wrong("user", f"the task is for {kind.role}; {to.user_id} is {to.role}")
    if kind.licensed and not to.may_inject:
        raise wrong("user", f"the task is for a clinician licensed to inject; {to.user_id} is not")
    return await _tell(call, task, f.Assign(to=to.user_id))


@click.command()
@click.argument("task")
@click.argument("result")
@click.option("--again", metavar="DATE", help="When to try again.")
@runs(changes=True)
async def attempt(call: Call, task: str, result: str, *, again: str | None) -> Answer:
    """Record a try to reach someone about TASK, and its RESULT in words."""
    named = await task_named(call, task)
    if not result.strip():
        raise wrong("result", "expected what came of it, such as `no answer`")
    again_on = None if again is None else _day("again", again, await clock_of(call, named.course))
    return await _tell(call, task, f.AttemptMade(result=result, again_on=again_on))


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
