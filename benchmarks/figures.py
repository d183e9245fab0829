"""A figure of ours beside the floor's."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table. `ratio` is ours over the floor; None where there is no floor."""

    what: str
    unit: str
    ours: float
    floor: float | None = None
    aim: str = ""

    @property
    def ratio(self) -> float | None:
        """Return ours over the floor."""
        return self.ours / self.floor if self.floor else None


class Clock:
    """Collects how long each of several calls took, in milliseconds."""

    def __init__(self) -> None:
        self.took: list[float] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Time what happens inside."""
        began = time.perf_counter()
        yield
        self.took.append((time.perf_counter() - began) * 1000)

    @property
    def median(self) -> float:
        """Return the median in milliseconds."""
        return statistics.median(self.took)


async def side_by_side(
    times: int, floor: Callable[[int], Awaitable[object]], ours: Callable[[int], Awaitable[object]]
) -> tuple[float, float]:
    """Call both in turn, so that a noisy moment hits both. Return the medians of ours and of the floor, in ms."""
    floors, mine = Clock(), Clock()
    for turn in range(-3, times):  # three turns to warm up
        async with floors.running():
            await floor(turn)
        async with mine.running():
            await ours(turn)
    del floors.took[:3], mine.took[:3]
    return mine.median, floors.median
