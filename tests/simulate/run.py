"""Many random courses, some side by side, on the real servers or on paper. A failure ends its own course only."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tests.kit.world import World, a_world
from tests.simulate import on_paper, play
from tests.simulate.faults import Storms
from tests.simulate.met import Met
from tests.simulate.on_paper import play_on_paper
from tests.simulate.play import Player
from tests.simulate.seeds import seed_of

AT_ONCE = 8
"""Courses at the same time: mostly they wait for the seconds after which what failed is tried again."""
PAPERS_TOGETHER = 10
FRAMES_TOLD = 4


@dataclass(frozen=True)
class Failure:
    """A course in which a rule did not hold."""

    seed: int
    what: str
    where: str  # the end of the traceback, and what happened before


@dataclass
class Found:
    """What a simulation met and what it found."""

    met: Met = field(default_factory=Met)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0


Tell = Callable[[Found], None]
"""Is told what was found so far, after each course."""


def _tell_nobody(_: Found) -> None:
    """Keep it to ourselves."""


async def simulate(
    courses: int,
    seed: int,
    *,
    steps: int = play.STEPS,
    at_once: int = AT_ONCE,
    troubles: bool = True,
    tell: Tell = _tell_nobody,
) -> Found:
    """Play courses on servers of their own, which are stopped on the way."""
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # its pool says at length that PostgreSQL is stopped
    with tempfile.TemporaryDirectory(prefix="regimen-simulation-") as folder:
        async with a_world(Path(folder) / "state") as world:
            return await simulate_in(world, courses, seed, steps=steps, at_once=at_once, troubles=troubles, tell=tell)


async def simulate_in(
    world: World,
    courses: int,
    seed: int,
    *,
    steps: int = play.STEPS,
    at_once: int = AT_ONCE,
    troubles: bool = False,
    tell: Tell = _tell_nobody,
) -> Found:
    """Play courses in a world that is there; with `troubles` its servers are stopped now and then."""
    found, began, storms = Found(), time.monotonic(), Storms(world.stack)
    seeds = iter([seed_of(seed, place) for place in range(courses)])

    async def play_one_after_another() -> None:
        for one in seeds:
            player = Player(one, world, storms, steps=steps, troubles=troubles)
            try:
                await player.play()
            except Exception as failure:  # noqa: BLE001 - whatever it is, it is what we look for
                found.failures.append(failure_of(one, failure))
            found.met.add(player.met)
            found.seconds = time.monotonic() - began
            tell(found)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(min(at_once, courses)):
            lanes.create_task(play_one_after_another())
    return found


def simulate_on_paper(courses: int, seed: int, *, steps: int = on_paper.STEPS, tell: Tell = _tell_nobody) -> Found:
    """Play courses on paper, on all cores."""
    found, began = Found(), time.monotonic()
    seeds = iter([seed_of(seed, place) for place in range(courses)])
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("forkserver")) as pool:
        playing = [pool.submit(_play_some_on_paper, some, steps) for some in _by(PAPERS_TOGETHER, seeds)]
        for played in as_completed(playing):
            more = played.result()
            found.met.add(more.met)
            found.failures += more.failures
            found.seconds = time.monotonic() - began
            tell(found)
    return found


def _by(size: int, seeds: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(seeds, size)):
        yield some


def _play_some_on_paper(seeds: Iterable[int], steps: int) -> Found:
    found = Found()
    for seed in seeds:
        try:
            play_on_paper(seed, steps=steps, met=found.met)
        except Exception as failure:  # noqa: BLE001 - as above
            found.failures.append(failure_of(seed, failure))
    return found


def failure_of(seed: int, failure: BaseException) -> Failure:
    """Return a failure as it is told."""
    said = str(failure).splitlines()
    what = f"{type(failure).__name__}: {said[0] if said else ''}"[:200]
    notes = getattr(failure, "__notes__", [])
    where = [*traceback.format_tb(failure.__traceback__)[-FRAMES_TOLD:], what, *notes]
    return Failure(seed=seed, what=what, where="\n".join(where))
