"""Telling a course what happened: `answer` for a task, `record` for anything, `withdraw` and `reopen`."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, cast

import click
from pydantic import ValidationError

from cli.command import Answer, Call, runs
from cli.direct import DIRECT
from cli.json_files import from_file
from cli.reporting import confirm, report
from domain import facts as f
from domain.waits import KINDS
from office.errors import BadInput
from office.fields import read_fact, split
from office.finding import actor_of, clock_of, course_named, folded, task_named, wrong
from office.kinds import ABOUT_A_TASK, FACTS, ITS_DAY, OWN_COMMAND, TOLD, kind_that_answers
from office.payers import member_of
from office.sending import settle, tell
from office.telling import advice_of, asks_before, cannot_be_taken_back, prepared
from readmodel.lookups import CourseRow

DEVIATION = click.option(
    "--deviation", metavar="REASON", help="Why a clinician tells what has happened although it broke a rule."
)
SETTLE = click.option("--settle", "settles", is_flag=True, help="Return when all that follows by itself has happened.")


@click.command()
@click.argument("task")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--file", type=click.Path(allow_dash=True), help="Fields as a JSON object; FIELD=VALUE goes before it.")
@DEVIATION
@SETTLE
@runs(changes=True)
async def answer(
    call: Call, task: str, fields: Sequence[str], *, file: str | None, deviation: str | None, settles: bool
) -> Answer:
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
    return await tell_and_report(call, asked.course, fact, task=asked.wait_id, settles=settles, deviation=deviation)


@click.command(
    epilog=f"To the course: {', '.join(TOLD)}. To the clinic's own records: {', '.join(DIRECT)}; diary also many days at once with --file DAYS.csv."
)
@click.argument("course")
@click.argument("kind")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--file", type=click.Path(allow_dash=True), help="Fields as a JSON object; a diary also as CSV.")
@click.option("--on", metavar="DATE", help="The day it happened, where it has one.")
@DEVIATION
@SETTLE
@runs(changes=True)
async def record(
    call: Call,
    course: str,
    kind: str,
    fields: Sequence[str],
    *,
    file: str | None,
    on: str | None,
    deviation: str | None,
    settles: bool,
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
    pairs, member = member_of(pairs) if kind == "coverage-changed" else (pairs, None)
    fact = read_fact(FACTS[kind], pairs, from_file(file), await clock_of(call, row))
    return await tell_and_report(call, row, fact, member=member, settles=settles, deviation=deviation)


def _no_such_kind(kind: str) -> str:
    if kind in OWN_COMMAND:
        return "a correction names its event: `starter.py correct --help`"
    if kind in ABOUT_A_TASK:
        return f"{kind} is a command of its own: `starter.py {kind} --help`"
    known = sorted([*TOLD, *DIRECT])
    close = get_close_matches(kind, known, n=1)
    return f"no kind {kind}; " + (f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}")


async def tell_and_report(
    call: Call,
    course: CourseRow,
    fact: Any,
    *,
    task: str | None = None,
    member: str | None = None,
    settles: bool,
    deviation: str | None = None,
) -> Answer:
    """Tell the course a fact, having asked where it cannot be taken back, and say what came of it."""
    by = await actor_of(call)
    fact = await prepared(call, course, fact, member=member)
    if cannot_be_taken_back(fact) and (said := asks_before(fact, await folded(call, course))) is not None:
        confirm(call, said)
    advice = await _advice(call, course, fact)
    number = await tell(call, course, cast("f.Fact", fact), task=task, by=by, deviation=deviation)
    if settles:
        await settle(call, course)
    return await report(call, course, number, advice=advice)


async def _advice(call: Call, course: CourseRow, fact: object) -> str | None:
    """Return what the patient is told now because of a red flag. People see it before the course has answered."""
    if not getattr(fact, "red_flags", ()):
        return None
    advice = advice_of(fact, await folded(call, course))
    if not call.as_json:
        click.echo(f"TELL THE PATIENT NOW: {advice}", err=True)
    return advice


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why, in the patient's words.")
@SETTLE
@runs(changes=True)
async def withdraw(call: Call, course: str, *, reason: str, settles: bool) -> Answer:
    """End COURSE because the patient wishes it. Shows what follows and asks; --yes does not ask."""
    row = await course_named(call, course)
    return await tell_and_report(call, row, checked(f.Withdrawal, reason=reason), task=None, settles=settles)


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why it goes on.")
@click.option("--agreed-by", required=True, metavar="CLINICIAN", help="The clinician who agreed.")
@SETTLE
@runs(changes=True)
async def reopen(call: Call, course: str, *, reason: str, agreed_by: str, settles: bool) -> Answer:
    """Let COURSE, which ended not long ago, go on."""
    row = await course_named(call, course)
    fact = checked(f.Reopen, reason=reason, agreed_by=agreed_by)
    return await tell_and_report(call, row, fact, task=None, settles=settles)


def checked(model: type[Any], **values: Any) -> Any:
    """Return the fact that options make. Raises `BadInput` where one is empty."""
    try:
        return model(**values)
    except ValidationError:
        empty = [name for name, value in values.items() if isinstance(value, str) and not value.strip()]
        raise BadInput(f"{', '.join(empty) or 'the options'}: expected some text") from None
