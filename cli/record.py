"""Telling a course what happened: `answer` for a task, `record` for anything, `withdraw` and `reopen`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import click

from cli.command import Answer, Call, runs
from cli.direct import DIRECT
from cli.errors import BadInput
from cli.fields import from_file, read_fact, split
from cli.finding import actor_of, clock_of, course_named, folded, task_named, user_named, wrong
from cli.kinds import ABOUT_A_TASK, FACTS, ITS_DAY, TOLD_BY_REGIMEN, kind_that_answers
from cli.sending import confirm, report, settle, tell
from domain import facts as f
from domain.course import Course
from domain.coverage import Decision
from domain.people import Role
from domain.response import ResponseAnswer
from domain.story import time_in_words
from domain.waits import KINDS
from readmodel.lookups import CourseRow

TOLD = sorted(FACTS.keys() - ABOUT_A_TASK - TOLD_BY_REGIMEN)
"""What `record` tells a course."""

SETTLE = click.option("--settle", "settles", is_flag=True, help="Return when all that follows by itself has happened.")


@click.command()
@click.argument("task")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--file", type=click.Path(allow_dash=True), help="Fields as a JSON object; FIELD=VALUE goes before it.")
@SETTLE
@runs(changes=True)
async def answer(call: Call, task: str, fields: Sequence[str], *, file: str | None, settles: bool) -> Answer:
    """Answer TASK, such as 6f3c/goals:intake; `tasks` shows each with the fields it needs.

    Values: days as 2026-01-31, today or today+7; times local to the clinic; lists as a,b; vials as size:lot:expiry.
    Where a task has several kinds of answers, kind=KIND chooses; else the fields do.
    """
    asked = await task_named(call, task)
    pairs, given = split(fields), from_file(file)
    said = dict(pairs).get("kind") or given.get("kind")
    kinds = KINDS[asked.kind].answered_by
    if not kinds:
        raise wrong("task", f"{asked.wait_id} is nobody's task: it ends by itself")
    if said is not None and said not in kinds:
        raise wrong("kind", f"{asked.wait_id} is answered by {' or '.join(kinds)}")
    pairs = [pair for pair in pairs if pair[0] != "kind"]
    kind = said or kind_that_answers(asked.kind, [*given, *(name for name, _ in pairs)])
    fact = read_fact(FACTS[kind], pairs, given, await clock_of(call, asked.course))
    return await _tell(call, asked.course, fact, task=asked.wait_id, settles=settles)


@click.command(
    epilog=f"To the course: {', '.join(TOLD)}. To the clinic's own records: {', '.join(DIRECT)}; diary also many days at once with --file DAYS.csv."
)
@click.argument("course")
@click.argument("kind")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--file", type=click.Path(allow_dash=True), help="Fields as a JSON object; a diary also as CSV.")
@click.option("--on", metavar="DATE", help="The day it happened, where it has one.")
@SETTLE
@runs(changes=True)
async def record(
    call: Call, course: str, kind: str, fields: Sequence[str], *, file: str | None, on: str | None, settles: bool
) -> Answer:
    """Tell COURSE a fact of KIND. `schema KIND` shows its fields."""
    if kind in DIRECT:
        row = await course_named(call, course)
        return await DIRECT[kind](call, row, split(fields), file, on)
    if kind not in TOLD:
        raise wrong("kind", _no_such_kind(kind))
    row = await course_named(call, course)
    pairs = split(fields)
    if on is not None:
        if kind not in ITS_DAY:
            raise wrong("on", f"{kind} has no day of its own: it counts as of now")
        pairs.append((ITS_DAY[kind], on))
    fact = read_fact(FACTS[kind], pairs, from_file(file), await clock_of(call, row))
    return await _tell(call, row, fact, task=None, settles=settles)


def _no_such_kind(kind: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415

    if kind in ABOUT_A_TASK:
        return f"{kind} is a command of its own: `starter.py {kind} --help`"
    known = sorted([*TOLD, *DIRECT])
    close = get_close_matches(kind, known, n=1)
    return f"no kind {kind}; " + (f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}")


async def _tell(call: Call, course: CourseRow, fact: Any, *, task: str | None, settles: bool) -> Answer:
    by = await actor_of(call)
    if _ends_something(fact):
        confirm(call, follows(fact, await folded(call, course)))
    number = await tell(call, course, cast("f.Fact", fact), task=task, by=by)
    if settles:
        await settle(call, course)
    return await report(call, course, number)


def _ends_something(fact: object) -> bool:
    """Whether what is told cannot be taken back by telling something else."""
    match fact:
        case f.Withdrawal() | f.Cancel():
            return True
        case f.AuthorizationDecision(decision=Decision.DENIED) | f.EligibilityDecision(decision="decline"):
            return True
        case f.Response(answer=ResponseAnswer.DISCONTINUE):
            return True
        case _:
            return False


def follows(fact: object, course: Course) -> str:
    """Return what will follow from an answer that cannot be taken back."""
    appointment = ""
    if course.appointment is not None:
        at = time_in_words(course.appointment.starts_at, course.clinic.zone)
        appointment = f"the appointment of {at} is given up, "
    if isinstance(fact, f.Cancel):
        return f"{appointment or 'there is no appointment: nothing is given up, '}its reminders are withdrawn and a new time is looked for."
    outcome = "discontinued" if course.sessions else "declined"
    if isinstance(fact, f.Withdrawal):
        outcome = "withdrawn"
    days = course.protocol.end.reopen_days.value
    return (
        f"the course ends as {outcome}, {appointment}queued reminders and diary prompts are withdrawn, the patient is "
        f"told; the safety watch goes on. For {days} days an admin can reopen it with a clinician's agreement."
    )


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why, in the patient's words.")
@SETTLE
@runs(changes=True)
async def withdraw(call: Call, course: str, *, reason: str, settles: bool) -> Answer:
    """End COURSE because the patient wishes it. Shows what follows and asks; --yes does not ask."""
    row = await course_named(call, course)
    return await _tell(call, row, _checked(f.Withdrawal, reason=reason), task=None, settles=settles)


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why it goes on.")
@click.option("--agreed-by", required=True, metavar="CLINICIAN", help="The clinician who agreed.")
@SETTLE
@runs(changes=True)
async def reopen(call: Call, course: str, *, reason: str, agreed_by: str, settles: bool) -> Answer:
    """Let COURSE, which ended not long ago, go on."""
    row = await course_named(call, course)
    agreed = await user_named(call, agreed_by, field="agreed_by")
    if agreed.role is not Role.CLINICIAN:
        raise wrong("agreed_by", f"{agreed.user_id} is {agreed.role}; expected a clinician")
    fact = _checked(f.Reopen, reason=reason, agreed_by=agreed.user_id)
    return await _tell(call, row, fact, task=None, settles=settles)


def _checked(model: type[Any], **values: str) -> Any:
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return model(**values)
    except ValidationError:
        empty = [name for name, value in values.items() if not value.strip()]
        raise BadInput(f"{', '.join(empty) or 'the options'}: expected some text") from None
