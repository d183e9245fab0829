"""`make bench`: Regimen beside the floor, on this machine, in this run."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

from rich.console import Console
from rich.table import Table

from benchmarks.clicks import clicks
from benchmarks.figures import Figure
from benchmarks.lists import lists
from benchmarks.measures import cycles, imports, memory, requests, starts
from benchmarks.stage import Stage, stage


async def measure(on: Stage, *, quick: bool, only: str = "") -> AsyncIterator[Figure]:
    """Yield every figure as it is known; with `only`, those of one measure."""
    measures = {
        "requests": requests(on, 30 if quick else 200),
        "clicks": clicks(on, 10 if quick else 60),
        "starts": starts(on, 10 if quick else 60),
        "cycles": cycles(on),
        "lists": lists(on, quick=quick),
        "imports": imports(on, 50 if quick else 500),
        "memory": memory(on, 50 if quick else 300),
    }
    for name, measured in measures.items():
        if only in {"", name}:
            async for figure in measured:
                yield figure


async def main() -> None:
    """Measure, telling on stderr what is known; then print the table, or with --json one document."""
    figures = []
    talk = Console(stderr=True)
    async with stage() as on:
        async for figure in measure(on, quick="--quick" in sys.argv, only=_only()):
            figures.append(figure)
            talk.print(f"  {figure.what}: {figure.ours:.1f} {figure.unit}", highlight=False)
    if "--json" in sys.argv:
        rows = [vars(figure) | {"ratio": figure.ratio} for figure in figures]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        Console().print(table_of(figures))


def _only() -> str:
    """Return the one measure that is wanted: `--only=lists`."""
    return next((one.partition("=")[2] for one in sys.argv if one.startswith("--only=")), "")


def table_of(figures: list[Figure]) -> Table:
    """Return the table that people read."""
    table = Table("measured", "unit", "ours", "floor", "ratio", "aim")
    for one in figures:
        floor = "" if one.floor is None else f"{one.floor:.1f}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}x"
        table.add_row(one.what, one.unit, f"{one.ours:.1f}", floor, ratio, one.aim)
    return table


if __name__ == "__main__":
    asyncio.run(main())
