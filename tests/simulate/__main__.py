"""`make simulate`: random courses with faults, at length. It lives among the tests, whose kit it stands on."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys

import click
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from tests.simulate import on_paper, play
from tests.simulate.run import AT_ONCE, simulate, simulate_on_paper
from tests.simulate.screen import Screen, summary

A_RULE_BROKE = 1


@click.command()
@click.option("--courses", default=100, show_default=True, type=click.IntRange(min=1), help="How many courses.")
@click.option("--seed", type=int, help="The run's seed, or that of one course that failed; default: any.")
@click.option("--steps", type=click.IntRange(min=1), help="How many things happen in a course at most.")
@click.option("--at-once", default=AT_ONCE, show_default=True, type=click.IntRange(min=1), help="Side by side.")
@click.option("--paper", is_flag=True, help="The rules alone, without servers: thousands of courses in minutes.")
def main(courses: int, seed: int | None, steps: int | None, at_once: int, *, paper: bool) -> None:
    """Play random courses in a failing world, hold them against all that must always hold, and say what was met."""
    chosen = secrets.randbelow(2**32) if seed is None else seed
    click.echo(f"Playing {courses} random courses{' on paper' if paper else ''}, seed {chosen}.")
    with Screen(courses, on_paper=paper) as screen, contextlib.suppress(KeyboardInterrupt):  # what was found counts
        if paper:
            simulate_on_paper(courses, chosen, steps=steps or on_paper.STEPS, tell=screen.tell)
        else:
            # Temporal's core says of each call that it is tried again while a server is stopped: hundreds of times.
            quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
            Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=quiet)))
            asyncio.run(simulate(courses, chosen, steps=steps or play.STEPS, at_once=at_once, tell=screen.tell))
    summary(screen.found, seed=chosen)
    sys.exit(A_RULE_BROKE if screen.found.failures else 0)


if __name__ == "__main__":
    main(prog_name="regimen-simulate")
