"""`evidence`: what speaks for a response, at any time: as frozen with the open check, else as of now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click

from cli.command import Answer, Call, runs, said
from domain.clinic_time import clinic_day
from domain.diary import Baseline, WindowCounts
from domain.response import ResponseEvidence
from domain.story.words import in_words
from office.evidence import baseline_in_words, before_treatment, besides_in_lines, evidence_as_of
from office.finding import course_named, folded
from office.words import day

LOOKS_BACK = timedelta(days=182)


@click.command()
@click.argument("course")
@click.option("--now", "anew", is_flag=True, help="Count the diary as of today, also while a check is open.")
@runs()
async def evidence(call: Call, course: str, *, anew: bool) -> Answer:
    """Show the response evidence of COURSE: counts before percentages, gaps by bounds, both verdicts with reasons."""
    row = await course_named(call, course)
    now = await folded(call, row)
    today = clinic_day(row.now, now.clinic.zone)
    frozen = None if anew else now.evidence
    found = frozen or await evidence_as_of(call, now, today)
    if found is None:
        counts = await before_treatment(call, now, today)
        text = "\n".join(_before_in_words(counts))
        return said(text, {"course_id": now.course_id, "as_of": today, "evidence": None, "before_treatment": counts})
    data = {"course_id": now.course_id, "as_of": found.gathered_on, "open_check": frozen is not None, "evidence": found}
    return said("\n".join(in_lines(found, is_open=frozen is not None)), data)


def _before_in_words(counts: dict[str, Any]) -> Iterator[str]:
    window: WindowCounts = counts["window"]
    yield "No session has been given yet."
    yield (
        f"Diary {day(window.first_on)} to {day(window.last_on)}: {window.recorded_days} of {window.days} days recorded, "
        f"{window.headache_days} headache and {window.migraine_days} migraine days"
    )
    baseline: Baseline | None = counts["baseline_so_far"]
    if baseline is None:
        yield "As things stand there is no count from before treatment."
    else:
        yield f"The count before treatment would be {baseline_in_words(baseline)}"


def in_lines(found: ResponseEvidence, *, is_open: bool) -> Iterator[str]:
    """Yield the evidence line by line."""
    state = "of the open check" if is_open else "as of now"
    after = f"session {found.session}" if found.session else "what was given elsewhere"
    yield f"After {after}, {state}, gathered on {day(found.gathered_on)}"
    yield f"Days that count: {day(found.window.first_on)} to {day(found.window.last_on)}, {found.missing_days} missing"
    if found.baseline is not None:
        yield f"Before treatment: {baseline_in_words(found.baseline)}"
    for change in found.changes:
        yield f"  {in_words(change.measure):14} {change.before_text}  ->  {change.now_text}"
    yield "\nBy cycle, in blocks of 28 days:"
    for block in found.blocks:
        yield (
            f"  cycle {block.cycle}, month {block.month}: {block.headache_days:2} headache, {block.migraine_days:2} migraine "
            f"of {block.recorded_days} recorded days" + (f", pain {block.severity:.1f}" if block.severity else "")
        )
    yield from besides_in_lines(found.besides)
    yield f"\nProtocol: {in_words(found.verdict)}: {found.verdict_reason}"
    yield f"Payer: {_met(found.payer_met)}: {found.payer_reason}"
    advised = " or ".join(in_words(answer) for answer in found.recommendations) or "nothing: any answer needs a reason"
    yield f"Advised: {advised} ({found.recommendation_reason})"


def _met(met: bool | None) -> str:  # noqa: FBT001 - a verdict of three values
    return {True: "met", False: "not met", None: "open"}[met]
