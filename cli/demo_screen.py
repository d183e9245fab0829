"""What people see of the demo: progress, where each course stands at the end, and how to go on by hand."""

from __future__ import annotations

import json
import shlex
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.standing import Standing
from cli.story_file import Story
from domain.story.words import in_words
from domain.waits import WaitKind
from office.kinds import answer_command
from office.words import day, short
from runtime.running_stack import RunningStack

WIDTH_WITHOUT_TERMINAL = 120
REDRAWN_A_SECOND = 8
HEADER = ("course", "patient", "stands", "sessions", "last dose", "story, and what it waits for")
INDENT = 10
"""What a course waits for stands below its patient, behind the id."""


@dataclass
class Shown:
    """One story on the screen: how far it is, and how it ended."""

    story: Story
    step: int = 0
    on: date | None = None
    doing: str = ""
    began: float = field(default=0.0, repr=False)
    end: Standing | None = None
    failure: str | None = None

    @property
    def patient(self) -> str:
        """Return the invented patient's name."""
        return str(json.loads(self.story.intake.read_text(encoding="utf-8"))["patient"]["name"])

    @property
    def is_over(self) -> bool:
        """Whether the story has ended, well or not."""
        return self.end is not None or self.failure is not None


class Screen:
    """Shows progress while stories are played: a table that moves on a terminal, else a line for each that ends."""

    def __init__(self, shown: Sequence[Shown]) -> None:
        self._shown = shown
        self._live = Live(console=console(), get_renderable=self._table, refresh_per_second=REDRAWN_A_SECOND)

    def __enter__(self) -> Self:
        if sys.stdout.isatty():
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begins(self, one: Shown) -> None:
        """A story is played from now on."""
        one.began = time.monotonic()
        one.doing = "start the course"

    def tells(self, one: Shown, told: dict[str, Any]) -> None:
        """Take what the player of a story told: a step, the end, or what failed."""
        if "failed" in told:
            one.failure = str(told["failed"])
        elif "end" in told:
            one.end = Standing.model_validate(told["end"])
        else:
            one.step, one.on = told["step"], date.fromisoformat(told["on"])
            one.doing = f"{told['by']}: {told['said']}".removeprefix(": ")
        if one.is_over and not self._live.is_started:
            self._say_end(one)

    def _say_end(self, one: Shown) -> None:
        over = sum(other.is_over for other in self._shown)
        took = f"{time.monotonic() - one.began:4.1f} s"
        said = f"FAILED: {one.failure}" if one.end is None else _passed(one.end)
        sys.stdout.write(f"  {over} of {len(self._shown)}  {took}  {one.story.title}: {said}\n")
        sys.stdout.flush()

    def _table(self) -> Table:
        """Return a line for each group, and below it one for each of its stories that is being played or has failed."""
        drawn = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
        for width in (2, max(len(one.story.title) for one in self._shown), len("26/26"), len("31 Dec 2026")):
            drawn.add_column(no_wrap=True, min_width=width)
        drawn.add_column(no_wrap=True, overflow="ellipsis")
        for group, stories in _grouped(self._shown):
            over = sum(one.is_over for one in stories)
            drawn.add_row(_mark(stories), Text(group, style="bold"), f"{over}/{len(stories)}")
            for one in stories:
                if one.doing and one.end is None:
                    steps = f"{one.step}/{len(one.story.steps)}"
                    drawn.add_row("", f"  {one.story.title}", steps, day(one.on) if one.on else "", _now(one))
        return drawn


def _grouped(shown: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    """Return the stories by group, as they come."""
    groups: dict[str, list[Shown]] = {}
    for one in shown:
        groups.setdefault(one.story.group, []).append(one)
    return list(groups.items())


def _mark(stories: Sequence[Shown]) -> Text:
    if any(one.failure is not None for one in stories):
        return Text(" x", style="bold red")
    if all(one.is_over for one in stories):
        return Text(" *", style="green")
    return Text(" >" if any(one.doing for one in stories) else "  ", style="cyan")


def _now(one: Shown) -> Text:
    return Text("failed", style="red") if one.failure is not None else Text(one.doing, style="dim")


def _passed(end: Standing) -> str:
    """Return how much of the course's time has passed, and how it stands."""
    return f"{(end.today - end.started_on).days} days, {stands(end)}"


def stands(end: Standing) -> str:
    """Return where a course stands, in a few words."""
    if end.outcome is not None:
        return f"{in_words(end.outcome)}, closed" if end.closed else in_words(end.outcome)
    return f"{in_words(end.phase)}, session {len(end.sessions_on) + 1}"


def where_they_stand(shown: Sequence[Shown], *, seconds: float, in_all: float) -> None:
    """Print where all courses stand: a row each, and below it what the course waits for."""
    days = sum((one.end.today - one.end.started_on).days for one in shown if one.end)
    out = console()
    out.print(
        f"\n{len(shown)} courses, {days} days of treatment in {seconds:.0f} s; {in_all:.0f} s with the servers' start.\n",
        highlight=False,
    )
    rows = [_row(one) for one in shown]
    widths = [max(len(row[column]) for row in (HEADER, *rows)) for column in range(len(HEADER))]
    out.print(_line(HEADER, widths), style="bold", highlight=False, soft_wrap=True)
    row_of = dict(zip((one.story.name for one in shown), rows, strict=True))
    for group, stories in _grouped(shown):
        out.print(f"\n{group.upper()}", style="bold", highlight=False)
        for one in stories:
            out.print(_line(row_of[one.story.name], widths), highlight=False, markup=False, soft_wrap=True)
            waits = _waits(one.end) if one.end is not None else f"FAILED {one.failure}"
            style = "dim" if one.end is not None else "bold red"
            out.print(Text(_below(waits, out.width), style=style), soft_wrap=True)
    out.print()


def _row(one: Shown) -> tuple[str, ...]:
    if one.end is None:
        return ("-", one.patient, "failed", "-", "-", one.story.title)
    end = one.end
    since = "-" if end.days_since_dose is None else f"{end.days_since_dose} days"
    return (short(end.course_id), one.patient, stands(end), str(len(end.sessions_on)), since, one.story.title)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _below(text: str, width: int) -> str:
    """Return a text folded and set in."""
    margin = " " * INDENT
    return textwrap.fill(text, width - 1, initial_indent=margin, subsequent_indent=margin)


def _waits(end: Standing) -> str:
    return "Nothing: the course is closed for good." if end.closed else f"{end.waiting}."


def how_to_go_on(shown: Sequence[Shown], *, state: Path, running: RunningStack, ends: bool) -> None:
    """Print the commands with which somebody goes on by hand."""
    ended = [one.end for one in shown if one.end is not None and one.end.outcome is None]
    example = next((end for end in ended if end.task(WaitKind.CLEARANCE)), next(iter(ended), None))
    if example is None:
        return
    course, here = short(example.course_id), shlex.quote(_from_here(state))
    commands = ["list", "tasks", f"show {course}", f"history {course}", *_clearance(example), *_time_passes(ended)]
    lines = ["", "Go on by hand, in another terminal, in this folder:"]
    if ends:
        lines = [
            "",
            f"Go on by hand: REGIMEN_STATE={here} make run starts these servers again. Then, in another terminal:",
        ]
    lines.append(f"  export REGIMEN_STATE={here}")
    lines += [f"  .venv/bin/python starter.py {command}" for command in commands]
    if running.web_ui_url and not ends:
        lines.append(f"Temporal's Web UI: {running.web_ui_url}")
    lines.append(f"Diary sheets and authorization requests of the stories: {_from_here(state / 'stories')}")
    if running.console_url and not ends:
        lines += ["", f"The console, with a sign-in for each of the clinic's people: {running.console_url}"]
    lines.append("")
    console().print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _time_passes(ended: Sequence[Standing]) -> list[str]:
    """Return the command that lets time pass for a course in which nobody has anything to do."""
    idle = next((end for end in ended if not end.tasks), None)
    return [] if idle is None else [f"fast-forward {short(idle.course_id)} --until-task --by amy.ops"]


def _clearance(end: Standing) -> list[str]:
    """Return the command that clears the session of a patient who sits in the room."""
    task = end.task(WaitKind.CLEARANCE)
    if task is None or end.next_injector is None:
        return []
    wait = task.partition("/")[2]
    return [answer_command(f"{short(end.course_id)}/{wait}", WaitKind.CLEARANCE) + f" --by {end.next_injector}"]


def _from_here(path: Path) -> str:
    """Return a path as people in this folder type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def console() -> Console:
    """Return where people read: the terminal as wide as it is, else lines of a usual width."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH_WITHOUT_TERMINAL)
