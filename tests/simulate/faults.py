"""What fails in a simulated course: its activities, its worker, and the servers that all courses share."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil
from temporalio import activity

from runtime.embedded import EmbeddedStack
from tests.kit.faults import Faults, unavailable

FAILED, LOST, TWICE, LATE, TIMED_OUT, AWAY = (
    "activity failed",
    "answer lost",
    "done twice",
    "answer late",
    "timed out",
    "system away",
)
LATE_SECONDS = 0.2
SHORT_ENOUGH_SECONDS = 6.0
"""Activities that have less time than this are sometimes let run into it. The others have half a minute."""


@dataclass
class SeededFaults(Faults):
    """Fails as a seed says, in a worker that may be killed at any moment: what was done is noted in a file at once.

    A file `NAME.away` in the folder lets all activities of that name fail for as long as it is there.
    """

    seed: str
    folder: Path
    rate: float
    seen: Counter[str] = field(default_factory=Counter)

    async def around(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if (self.folder / f"{name}.away").exists():
            self._note(AWAY)
            raise unavailable(name)
        self.seen[name] += 1
        chance = Random(f"{self.seed}/{name}/{self.seen[name]}")
        lot = chance.random() / self.rate
        if lot < 1:
            self._note(FAILED)
            raise unavailable(name)
        answer = await work()
        if lot < 2:
            self._note(LOST)
            raise unavailable(name)
        if lot < 3:
            self._note(TWICE)
            return await work()
        if lot < 4:
            await self._answer_late(chance)
        return answer

    async def _answer_late(self, chance: Random) -> None:
        allowed = activity.info().start_to_close_timeout
        if allowed is not None and allowed.total_seconds() < SHORT_ENOUGH_SECONDS and chance.random() < 0.05:
            self._note(TIMED_OUT)
            await asyncio.sleep(allowed.total_seconds() + 1)
        else:
            self._note(LATE)
            await asyncio.sleep(LATE_SECONDS)

    def _note(self, what: str) -> None:
        with (self.folder / NOTES).open("a") as notes:
            notes.write(f"{what}\n")


NOTES = "faults"


def noted_in(folder: Path) -> Counter[str]:
    """Return what failed in the workers of a course, by kind."""
    notes = folder / NOTES
    return Counter(notes.read_text().splitlines() if notes.exists() else ())


@asynccontextmanager
async def away(folder: Path, name: str) -> AsyncIterator[None]:
    """Have all activities of one name fail."""
    flag = folder / f"{name}.away"
    flag.touch()
    try:
        yield
    finally:
        flag.unlink()


@dataclass
class Storms:
    """What happens to the servers, one thing at a time, and to all courses at once. `told` says when and by whom."""

    stack: EmbeddedStack
    told: list[tuple[float, str]] = field(default_factory=list)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def strike(self, kind: str, seconds: float, *, by: str) -> None:
        """Let it happen and be over again."""
        async with self._one:
            self.told.append((time.monotonic(), f"{kind} for {seconds} s by {by}"))
            await STORMS[kind](self.stack, seconds)
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def none(self) -> AsyncIterator[None]:
        """Let nothing happen to a server meanwhile."""
        async with self._one:
            yield

    async def over(self) -> None:
        """Return when no server is in trouble."""
        async with self._one:
            pass

    def lately(self, since: float) -> list[str]:
        """Return what happened since then."""
        return [what for at, what in self.told if at >= since]


async def _postgres_killed(stack: EmbeddedStack, seconds: float) -> None:
    await stack.kill_postgres()
    await asyncio.sleep(seconds)
    await stack.start_postgres()


async def _temporal_killed(stack: EmbeddedStack, seconds: float) -> None:
    await stack.kill_temporal()
    await asyncio.sleep(seconds)
    await stack.start_temporal()


async def _both_killed(stack: EmbeddedStack, seconds: float) -> None:
    await asyncio.gather(stack.kill_temporal(), stack.kill_postgres())
    await asyncio.sleep(seconds)
    await asyncio.gather(stack.start_temporal(), stack.start_postgres())


async def _postgres_frozen(stack: EmbeddedStack, seconds: float) -> None:
    assert stack.postgres is not None
    assert stack.postgres.child is not None
    await _frozen(stack.postgres.child.pid, seconds)


async def _temporal_frozen(stack: EmbeddedStack, seconds: float) -> None:
    assert stack.temporal is not None
    assert stack.temporal.child is not None
    await _frozen(stack.temporal.child.pid, seconds)


async def _frozen(pid: int, seconds: float) -> None:
    """Stop a server and all its processes where they stand, and let them go on."""
    server = psutil.Process(pid)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        await asyncio.sleep(seconds)
    finally:
        for process in processes:
            process.resume()


STORMS: dict[str, Callable[[EmbeddedStack, float], Awaitable[None]]] = {
    "PostgreSQL killed": _postgres_killed,
    "PostgreSQL frozen": _postgres_frozen,
    "Temporal killed": _temporal_killed,
    "Temporal frozen": _temporal_frozen,
    "both killed": _both_killed,
}
