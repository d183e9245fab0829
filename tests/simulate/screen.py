"""What people see of a simulation: how far it is, what it met, and what it found."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.simulate.met import Met
from tests.simulate.run import Failure, Found
from tests.simulate.seeds import again

SEEDS_TOLD = 10
LINES_EVERY_COURSES = 25


class Screen:
    """A bar on a terminal, else a line now and then. What failed is told at once. `found` is what was told last."""

    def __init__(self, courses: int, console: Console | None = None, *, on_paper: bool = False) -> None:
        self.found = Found()
        self._courses = courses
        self._on_paper = on_paper
        self._console = console or Console(soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("courses", total=courses)
        self._over = self._told = self._failed = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, found: Found) -> None:
        """Take what was found so far."""
        met, failed = found.met, len(found.failures)
        for failure in found.failures[self._failed :]:
            _failure(failure, self._console, on_paper=self._on_paper)
        self.found, self._failed = found, failed
        self._over = met.courses + failed
        said = f"{met.days} course-days, {met.sessions} sessions, {met.faults.total()} faults, {failed} failed"
        self._bar.update(self._task, completed=self._over, description=said)
        if self._bar.disable and (self._over >= self._told + LINES_EVERY_COURSES or self._over == self._courses):
            self._told = self._over
            self._console.print(f"  {self._over} of {self._courses}, {found.seconds:.0f} s: {said}", highlight=False)


def summary(found: Found, *, seed: int, console: Console | None = None) -> None:
    """Print what was met and what was found."""
    out, met = console or Console(soft_wrap=True), found.met
    out.print(
        f"\n{met.courses} courses whole, {len(found.failures)} failed; seed {seed}; {met.days} course-days, "
        f"{met.sessions} sessions, {met.events.total()} events, {met.replayed} runs replayed, {found.seconds:.0f} s.",
        highlight=False,
    )
    for table in (
        _table("how courses ended", met.endings),
        _table("facts taken", met.facts, refused=met.refused),
        _table("events", met.events),
        _table("waits opened", met.waits),
        _table("faults", met.faults),
    ):
        if table.row_count:
            out.print(table)
    for what, kinds in _never(met).items():
        out.print(f"{what}: {', '.join(kinds) or 'none'}", highlight=False)
    _failures(found, out)


def _table(title: str, counts: Counter[str], refused: Counter[str] | None = None) -> Table:
    table = Table(title, "times", *(["refused"] if refused is not None else []), box=None, pad_edge=False)
    for kind, times in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        table.add_row(str(kind), str(times), *([str(refused[kind])] if refused is not None else []))
    return table


def _never(met: Met) -> dict[str, tuple[str, ...]]:
    return {
        "\nFacts that no course took": met.facts_never_taken,
        "Waits that never opened": met.waits_never_opened,
        "Events that never happened": met.events_never_seen,
    }


def _failure(failure: Failure, out: Console, *, on_paper: bool) -> None:
    out.print(f"\nFAILED, seed {failure.seed}: {failure.where}", highlight=False, markup=False)
    out.print(f"Play it again: {again(failure.seed, on_paper=on_paper)}\n", style="bold red", highlight=False)


def _failures(found: Found, out: Console) -> None:
    by_kind = Counter(failure.what for failure in found.failures)
    if found.failures:
        out.print(f"\n{len(found.failures)} courses failed:", style="bold red")
    for what, times in by_kind.most_common():
        seeds = [str(failure.seed) for failure in found.failures if failure.what == what]
        out.print(f"  {times} times, seeds {', '.join(seeds[:SEEDS_TOLD])}: {what}", highlight=False, markup=False)
