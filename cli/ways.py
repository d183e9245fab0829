"""`hold`, `resume`, `end`: whether a course goes on."""

from __future__ import annotations

import click

from cli.command import Answer, Call, runs
from cli.record import SETTLE, checked, tell_and_report
from domain import facts as f
from domain.endings import END_REASONS
from domain.hold import HoldReason
from office.fields import Unreadable, read_day
from office.finding import clock_of, course_named, wrong


@click.command()
@click.argument("course")
@click.option("--until", required=True, metavar="DATE", help="When the hold is reviewed.")
@click.option(
    "--reason", type=click.Choice([one.value for one in HoldReason]), help="Why; a held course keeps its reason."
)
@click.option("--note", help="In words.")
@SETTLE
@runs(changes=True)
async def hold(call: Call, course: str, *, until: str, reason: str | None, note: str | None, settles: bool) -> Answer:
    """Let COURSE stand still until its review; a held one, until a later review.

    The appointment is given up; nothing is booked, cleared or newly asked of a payer. Safety watch, adverse events,
    claims and an answer that a payer already owes go on.
    """
    row = await course_named(call, course)
    try:
        review_on = read_day(until, await clock_of(call, row))
    except Unreadable as problem:
        raise wrong("until", f"until: expected {problem}") from None
    fact = checked(f.HoldAsked, until=review_on, reason=reason, note=note)
    return await tell_and_report(call, row, fact, settles=settles)


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why it goes on.")
@click.option("--patient-informed", is_flag=True, help="The patient was informed; needed during a pregnancy.")
@SETTLE
@runs(changes=True)
async def resume(call: Call, course: str, *, reason: str, patient_informed: bool, settles: bool) -> Answer:
    """Let COURSE, which is held, go on. After a long hold goals, consent, baseline and coverage are settled anew."""
    row = await course_named(call, course)
    fact = checked(f.Resume, reason=reason, patient_informed=patient_informed)
    return await tell_and_report(call, row, fact, settles=settles)


@click.command(
    epilog="Reasons: "
    + "; ".join(f"{outcome}: {', '.join(reasons)}" for outcome, reasons in END_REASONS.items())
    + ". For the patient's own wish `withdraw`, for a death `record COURSE death`."
)
@click.argument("course")
@click.argument("outcome", type=click.Choice([one.value for one in END_REASONS]))
@click.option("--reason", required=True, metavar="CODE", help="One of the outcome's reasons.")
@click.option("--note", help="In words.")
@SETTLE
@runs(changes=True)
async def end(call: Call, course: str, outcome: str, *, reason: str, note: str | None, settles: bool) -> Answer:
    """End COURSE with OUTCOME. Shows what follows and asks; --yes does not ask."""
    row = await course_named(call, course)
    fact = checked(f.End, outcome=outcome, reason=reason, note=note)
    return await tell_and_report(call, row, fact, settles=settles)
