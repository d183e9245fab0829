"""Appointments: a time is asked for, moved, or given up. Scheduling answers, and the answer is waited for."""

from __future__ import annotations

from datetime import datetime

import click

from cli.command import Answer, Call, runs
from cli.reporting import confirm, report
from domain import facts as f
from domain.session import Whose
from office.appointments import scheduling_answered
from office.fields import Clock, Unreadable, read_day, read_time
from office.finding import actor_of, clock_of, course_named, folded, user_named, wrong
from office.sending import tell
from office.telling import follows
from readmodel.lookups import CourseRow


@click.command()
@click.argument("course")
@click.argument("time")
@click.option("--injector", metavar="USER", help="With whom; default: whoever is free.")
@runs(changes=True)
async def book(call: Call, course: str, time: str, *, injector: str | None) -> Answer:
    """Ask for an appointment of COURSE at TIME, such as 2026-03-05T09:30, local to the clinic."""
    row = await course_named(call, course)
    starts_at = _time(time, await clock_of(call, row))
    fact = f.Book(starts_at=starts_at, injector=await _injector(call, injector))
    return await _ask(call, row, fact)


@click.command()
@click.argument("course")
@click.argument("time")
@click.option("--reason", required=True, help="Why it moves.")
@click.option("--injector", metavar="USER", help="With whom; default: whoever is free.")
@runs(changes=True)
async def move(call: Call, course: str, time: str, *, reason: str, injector: str | None) -> Answer:
    """Move the appointment of COURSE to TIME. The old time is kept unless the new one is free."""
    row = await course_named(call, course)
    starts_at = _time(time, await clock_of(call, row))
    fact = f.Move(starts_at=starts_at, injector=await _injector(call, injector), reason=_said(reason))
    return await _ask(call, row, fact)


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why it is given up.")
@click.option("--whose", required=True, type=click.Choice([str(one) for one in Whose]), help="Whose wish it is.")
@click.option("--not-before", metavar="DATE", help="Look for a new time from this day; default: the day after.")
@runs(changes=True)
async def cancel(call: Call, course: str, *, reason: str, whose: str, not_before: str | None) -> Answer:
    """Give up the appointment of COURSE; a new time is looked for. Shows what follows and asks; --yes does not ask."""
    row = await course_named(call, course)
    from_on = None
    if not_before is not None:
        try:
            from_on = read_day(not_before, await clock_of(call, row))
        except Unreadable as problem:
            raise wrong("not_before", f"--not-before: expected {problem}") from None
    fact = f.Cancel(reason=_said(reason), not_before=from_on, whose=Whose(whose))
    by = await actor_of(call)
    confirm(call, follows(fact, await folded(call, row)))
    return await report(call, row, await tell(call, row, fact, by=by))


async def _ask(call: Call, row: CourseRow, fact: f.Fact) -> Answer:
    number = await tell(call, row, fact)
    await scheduling_answered(call, row, number)
    return await report(call, row, number)


def _time(text: str, clock: Clock) -> datetime:
    try:
        return read_time(text, clock)
    except Unreadable as problem:
        raise wrong("time", f"time: expected {problem}") from None


async def _injector(call: Call, user_id: str | None) -> str | None:
    if user_id is None:
        return None
    user = await user_named(call, user_id, field="injector")
    if not user.may_inject:
        raise wrong("injector", f"{user.user_id} is not licensed to inject")
    return user.user_id


def _said(reason: str) -> str:
    if not reason.strip():
        raise wrong("reason", "--reason: expected some text")
    return reason
