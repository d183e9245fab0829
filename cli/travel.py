"""`fast-forward`: a sample course's time passes, on the embedded stack only."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.command import Answer, Call, runs
from domain.course import Course
from domain.people import Role
from domain.story import story_of
from domain.waits import KINDS, AtDue, Wait
from office.errors import BadInput, CourseRefused
from office.finding import actor_of, clinic_of, course_named, events_of, folded
from office.names import names_of
from office.outcome import OF_WAITS
from office.sending import settle
from office.words import moment
from readmodel.lookups import CourseRow, set_ahead

if TYPE_CHECKING:
    from rich.console import Console
    from temporalio.client import Client

FARTHEST_DAYS = 1000
UNTIL_TASK_DAYS_MAX = 184
"""Two cycles: a course with nothing new to do for so long waits for a task that is open already."""
A_MOMENT = timedelta(seconds=1)
CATCH_UP_TRIES, CATCH_UP_PAUSE_SECONDS = 50, 0.1
MAY_TRAVEL = (Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN)


@click.command("fast-forward")
@click.argument("course")
@click.option("--days", type=click.IntRange(1, FARTHEST_DAYS), help="Let so many days pass.")
@click.option("--until-task", is_flag=True, help="Let time pass until somebody has something new to do.")
@runs(changes=True)
async def fast_forward(call: Call, course: str, *, days: int | None, until_task: bool) -> Answer:
    """Let the time of COURSE pass, a course started with --sample. Its open claims come along.

    Everything that falls due on the way happens in its order. Other courses keep their own time. What passes after a
    course was closed lies between it and a later course of the same patient, which begins then.
    """
    if (days is None) == (not until_task):
        raise BadInput("expected either --days N or --until-task")
    await actor_of(call, *MAY_TRAVEL)
    row = await course_named(call, course)
    _refuse_real_ones(call, row)
    if row.closed_on is not None:
        return await _pass_after(call, row, days)
    await settle(call, row)
    before = await folded(call, row)
    if days is not None:
        await _move(call, row, timedelta(days=days))
        new_tasks = _new_tasks(before, await _now(call, row))
    else:
        new_tasks = await _until_task(call, row, before)
    return await _report(call, row, before.number, new_tasks, until_task=until_task)


def _refuse_real_ones(call: Call, row: CourseRow) -> None:
    if not row.sample:
        raise CourseRefused("time is moved only for a course that was started with --sample")
    if not call.reach.settings.fast_forward:
        raise CourseRefused("time is moved only on the embedded stack, and not while REGIMEN_SMTP_URL is set")


async def _pass_after(call: Call, row: CourseRow, days: int | None) -> Answer:
    """Let days pass after a course was closed. Its workflow is over: under its id a later course may run by now."""
    if days is None:
        raise CourseRefused(
            f"the course was closed on {row.closed_on}: nobody will have anything to do; expected --days"
        )
    course = await folded(call, row)
    ahead = row.ahead + timedelta(days=days)
    await set_ahead(await call.reach.pool(), row.course_id, ahead)
    await _take_claims_along(await call.reach.client(), course, ahead)
    return await _report(call, row, course.number, [], until_task=False)


async def _until_task(call: Call, row: CourseRow, before: Course) -> list[str]:
    """Jump from one moment at which the course looks at something to the next, until there is a new task."""
    latest = (await course_named(call, row.course_id)).now + timedelta(days=UNTIL_TASK_DAYS_MAX)
    while True:
        course = await _now(call, row)
        if new_tasks := _new_tasks(before, course):
            return new_tasks
        clock = (await course_named(call, row.course_id)).now
        ahead = [wait.look_at for wait in course.waits if clock < wait.look_at < latest]
        if not ahead or course.closed_on is not None:
            return []
        await _move(call, row, min(ahead) - clock + A_MOMENT)


async def _now(call: Call, row: CourseRow) -> Course:
    return await folded(call, row)


def _new_tasks(before: Course, now: Course) -> list[str]:
    """Return the tasks open now that were not open before, are open again, or were raised again as overdue."""
    known = {(wait.id, wait.since, wait.raised) for wait in before.waits}
    return [wait.id for wait in now.waits if wait.is_task and (wait.id, wait.since, wait.raised) not in known]


async def _move(call: Call, row: CourseRow, duration: timedelta) -> None:
    """Let time pass, have the course come to rest, and take its open claims along."""
    from runtime import time_travel  # noqa: PLC0415 - Temporal's client is heavy, and refusals come first

    client, before = await call.reach.client(), (await course_named(call, row.course_id)).ahead
    arrived = await time_travel.fast_forward(client, row.workflow_id, duration)
    await settle(call, row)
    ahead = await time_travel.course_ahead(client, row.workflow_id) if arrived else before + duration
    await set_ahead(await call.reach.pool(), row.course_id, ahead)
    await _take_claims_along(client, await _caught_up(call, row), ahead)


async def _caught_up(call: Call, row: CourseRow) -> Course:
    """Return the course once it has seen to all that fell due: a busy server's timers come a little later."""
    for _ in range(CATCH_UP_TRIES):
        course, clock = await _now(call, row), (await course_named(call, row.course_id)).now
        if not any(_is_seen_to_at_due(wait) and wait.look_at <= clock for wait in course.waits):
            break
        await asyncio.sleep(CATCH_UP_PAUSE_SECONDS)
        await settle(call, row)
    return course


def _is_seen_to_at_due(wait: Wait) -> bool:
    """Whether the course itself changes the wait when its time comes. The payer's answer it only hands on."""
    return KINDS[wait.kind].at_due is not AtDue.HAND_ON


async def _take_claims_along(client: Client, course: Course, ahead: timedelta) -> None:
    for session in course.sessions:
        if session.claim_id is not None:
            await _take_along(client, session.claim_id, ahead)


async def _take_along(client: Client, claim_id: str, ahead: timedelta) -> None:
    """Bring an open claim to the course's date. A claim that is closed, or not there yet, is left alone."""
    from temporalio.client import WorkflowExecutionStatus  # noqa: PLC0415 - heavy, as below
    from temporalio.service import RPCError  # noqa: PLC0415 - heavy, as below

    from runtime import time_travel  # noqa: PLC0415 - Temporal's client is heavy, and refusals come first

    try:
        described = await client.get_workflow_handle(claim_id).describe()
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return
        behind = ahead - await time_travel.course_ahead(client, claim_id)
        if behind > A_MOMENT:
            await time_travel.fast_forward(client, claim_id, behind)
    except RPCError:
        return


async def _report(call: Call, row: CourseRow, since: int, new_tasks: list[str], *, until_task: bool) -> Answer:
    now, zone = await course_named(call, row.course_id), (await clinic_of(call)).zone
    events = [event for event in await events_of(call, row) if event.number > since and event.kind not in OF_WAITS]
    names = await names_of(await call.reach.pool())
    happened = [
        {"event": event.number, "on": event.on, "said": story_of(event, zone=zone, names=names)} for event in events
    ]
    data: dict[str, Any] = {
        "course_id": row.course_id,
        "clock": now.now,
        "happened": happened,
        "new_tasks": [f"{row.course_id}/{wait}" for wait in new_tasks],
        "phase": now.phase,
        "waiting": now.waiting,
    }

    def show(console: Console) -> None:
        for line in happened:
            console.print(f"{line['on']}  {line['said']}", markup=False, highlight=False)
        if until_task and not new_tasks:
            console.print("Nobody has anything new to do.", markup=False, highlight=False)
        console.print(f"It is {moment(now.now, zone)} for this course.", markup=False, highlight=False)
        console.print(f"Now: {now.waiting}", markup=False, highlight=False)

    return Answer(data=data, show=show)
