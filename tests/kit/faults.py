"""A world that fails: activities that wait, fail, answer twice or late, by a seeded plan."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.failures import Unavailable


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, faults: Faults) -> None:
        super().__init__(following)
        self._faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        return await self._faults.around(input.fn.__name__, partial(super().execute_activity, input))


class Faults(Interceptor):
    """Passed to a worker, it lets `before` and `after` run around every activity; or `around` instead of it."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        return _Inbound(next, self)

    async def around(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        await self.before(name)
        answer = await work()
        await self.after(name)
        return answer

    async def before(self, name: str) -> None: ...

    async def after(self, name: str) -> None: ...


@dataclass
class Gate(Faults):
    """Holds activities of one name until opened. `waiting` is set when one has come."""

    name: str
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    def close(self) -> None:
        self.opened.clear()
        self.waiting.clear()

    def open(self) -> None:
        self.opened.set()

    def let_pass(self) -> None:
        """Let those through that wait now, and hold the next."""
        self.opened.set()
        self.close()

    async def before(self, name: str) -> None:
        if name == self.name and not self.opened.is_set():
            self.waiting.set()
            await self.opened.wait()


@dataclass
class FaultPlan(Faults):
    """Fails by chance: before the work is done, after it (its answer is lost), or by answering late.

    `done` counts what happened, so that a test can say that it happened at all.
    """

    chance: Random
    rate: float = 0.1
    late_seconds: float = 0.3
    done: Counter[str] = field(default_factory=Counter)

    async def before(self, name: str) -> None:
        if self.chance.random() < self.rate:
            self.done["failed"] += 1
            raise unavailable(name)

    async def after(self, name: str) -> None:
        lot = self.chance.random()
        if lot < self.rate:
            self.done["answer lost"] += 1
            raise unavailable(name)
        if lot < 2 * self.rate:
            self.done["late"] += 1
            await asyncio.sleep(self.late_seconds)


@dataclass
class LosesAnswer(Faults):
    """Once armed, loses one answer of the activities of one name, after the work was done."""

    name: str
    armed: bool = False

    async def after(self, name: str) -> None:
        if self.armed and name == self.name:
            self.armed = False
            raise unavailable(name)


@dataclass
class Silent(Faults):
    """Lets the first tries of one activity time out: its answer comes after its time is over."""

    name: str
    tries: int = 1
    seconds: float = 6.0
    done: int = 0

    async def after(self, name: str) -> None:
        if name == self.name and self.done < self.tries:
            self.done += 1
            await asyncio.sleep(self.seconds)


@dataclass
class Outage(Faults):
    """While it lasts, activities of one name fail."""

    name: str
    lasts: bool = False

    async def before(self, name: str) -> None:
        if self.lasts and name == self.name:
            raise unavailable(name)


def unavailable(name: str) -> ApplicationError:
    failure = Unavailable(f"{name}: made to fail by a test")
    return ApplicationError(str(failure), type="Unavailable")
