"""One random course on the real servers: people answer at random, things fail, and every rule is checked at every rest."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import asyncpg
from temporalio.service import RPCError

from activities.failures import Unavailable
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.facts import Receipt
from domain.record import Refusal
from tests.kit.chance import Asking, a_patient_at_random, somebody_asks, somebody_ends_it, time_passes
from tests.kit.course_under_test import A_MOMENT, PASSING, CourseUnderTest, Over
from tests.kit.examples import FACTS
from tests.kit.invariants import check_idle
from tests.kit.people import ADA
from tests.kit.world import World
from tests.simulate.faults import STORMS, Storms, away, noted_in
from tests.simulate.follow import Follower
from tests.simulate.met import Met
from tests.simulate.on_paper import ENDS, LATE, MAY_END
from tests.simulate.worker_process import Orders, WorkerProcess, said_by_workers
from worker import activities_of

Seen = TypeVar("Seen")

STEPS = 90
FIRST_BEGINNING = datetime(2040, 1, 2, 8, tzinfo=UTC)
"""Courses begin at an instant that their seed says, so that played again they meet the same weekdays and clock changes."""
YEAR_MINUTES = 365 * 24 * 60
FAULT_RATE = 0.01  # of each kind of fault, per activity
STEP_SECONDS_MAX = 240.0
TROUBLE_OVER_SECONDS = 120.0
LAST_STEPS = 8
LOG_LINES = 12
SYSTEM_GIVES_UP = timedelta(minutes=11)
NEVER_AWAY = {"write_journal", "deliver_messages"}
"""The journal is waited for without end, so no time passes; messages are delivered by another workflow."""

TROUBLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    Unavailable,
)


class PatientCourse(CourseUnderTest):
    """A course that is looked at again when a server did not answer."""

    storms: Storms

    async def course(self) -> Course:
        return await self.patiently(super().course)

    async def now(self) -> datetime:
        return await self.patiently(super().now)

    async def pass_until(self, moment: datetime) -> None:
        await self.patiently(lambda: super(PatientCourse, self).pass_until(moment))

    async def pass_on(self, duration: timedelta) -> None:
        moment = await self.now() + duration

        async def on() -> None:
            left = moment - await self.now()
            if left > timedelta(0):
                await super(PatientCourse, self).pass_on(left)

        await self.patiently(on)

    async def patiently(self, look: Callable[[], Awaitable[Seen]]) -> Seen:
        """Return what `look` returns, tried again while servers are in trouble. It must do nothing twice."""
        ends = time.monotonic() + TROUBLE_OVER_SECONDS
        while True:
            try:
                return await look()
            except RPCError as error:
                if error.status not in PASSING or time.monotonic() > ends:
                    raise
            except TROUBLE:
                if time.monotonic() > ends:
                    raise
            await self.storms.over()
            await asyncio.sleep(0.05)


@dataclass
class Player:
    """Plays one course to its end, or for so many steps."""

    seed: int
    world: World
    storms: Storms
    steps: int = STEPS
    met: Met = field(default_factory=Met)
    troubles: bool = True  # servers may be stopped
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.world = self.world.on_a_queue_of_its_own()
        self.taken: list[tuple[Asking, str, Receipt]] = []
        self.kept: list[Asking] = []
        self.done: Counter[str] = Counter()
        self.steps_told: list[str] = []

    async def play(self) -> None:
        """Play the course. A failure carries what is needed to understand it."""
        began = time.monotonic()
        async with self._working():
            try:
                await self._play()
            except BaseException as failure:
                for what in self.steps_told[-LAST_STEPS:]:
                    failure.add_note(what)
                for what in self.storms.lately(began)[-5:]:
                    failure.add_note(f"meanwhile: {what}")
                failure.add_note(f"faults of its own: {dict(noted_in(self.folder) + self.done)}")
                for line in said_by_workers(self.folder)[-LOG_LINES:]:
                    failure.add_note(f"worker: {line}")
                raise
            self.met.faults.update(noted_in(self.folder) + self.done)

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        self.folder = Path(tempfile.mkdtemp(prefix="regimen-course-"))
        environ = self.world.stack.environment() | {"REGIMEN_TASK_QUEUE": self.world.settings.task_queue}
        self.worker = WorkerProcess(Orders(environ, self.folder, str(self.seed), FAULT_RATE))
        self.worker.start()
        try:
            yield
        finally:
            await self.worker.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _play(self) -> None:
        begins_at = FIRST_BEGINNING + timedelta(minutes=self.chance.randrange(YEAR_MINUTES))
        beginning, diary = a_patient_at_random(self.chance, clinic_day(begins_at, self.world.clinic.zone))
        async with self.storms.none():
            running = self.running = await PatientCourse.start(self.world, beginning, diary=diary, at=begins_at)
        running.storms = self.storms
        follower = Follower(running)
        for step in range(self.steps):
            async with asyncio.timeout(STEP_SECONDS_MAX):
                before = await running.now()
                if not await running.settle():
                    break
                course, now = await running.course(), await running.now()
                check_idle(course, before - A_MOMENT)
                await running.patiently(partial(follower.follow, course))
                await running.patiently(partial(running.keep_diary, course))
                try:
                    await self._one_step(course, now, late=step > self.steps * LATE)
                except Over:
                    break
        course = await running.patiently(running.check)
        self.met.replayed += len(await running.patiently(running.runs))
        self.met.saw(course, await running.patiently(running.journal))

    async def _one_step(self, course: Course, now: datetime, *, late: bool) -> None:
        until = time_passes(self.chance, course, now)
        if until is not None:
            self._tell(now, f"nobody does anything until {until:%d %b %H:%M}")
            await self.running.pass_until(until)
            return
        asking = somebody_asks(self.chance, course, now, may_end=self.chance.random() < MAY_END)
        if late and self.chance.random() < ENDS:
            asking = somebody_ends_it(self.chance, course, now) or asking
        names = [name for name in MANNERS if self.troubles or name != "server stopped"]
        [manner] = self.chance.choices(names, [MANNERS[name][0] for name in names])
        if manner != "plainly":
            self.done[manner] += 1
        self._tell(now, f"{asking.by.user_id}: {asking.fact.kind} ({asking.task or 'of himself'}), {manner}")
        await MANNERS[manner][1](self, asking)

    def _tell(self, now: datetime, what: str) -> None:
        self.steps_told.append(f"{now:%d %b %Y %H:%M:%S} {what}")

    # Manners of asking

    async def _ask(self, asking: Asking, request_id: str | None = None) -> Receipt | Refusal:
        """Ask, and count what came of it."""
        identity = request_id or self._an_id()
        answer = await self.running.ask(
            asking.by, asking.fact, task=asking.task, request_id=identity, deviation=asking.deviation
        )
        if isinstance(answer, Receipt):
            self.taken.append((asking, identity, answer))
        if request_id is None:
            self.met.asked(asking.fact.kind, taken=isinstance(answer, Receipt))
        return answer

    def _an_id(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"

    async def plainly(self, asking: Asking) -> None:
        await self._ask(asking)
        if self.chance.random() < 0.2:
            self.kept.append(asking)

    async def doubled(self, asking: Asking) -> None:
        """Ask the same twice at once."""
        identity = self._an_id()
        answers = await asyncio.gather(self._ask(asking, identity), self._ask(asking, identity))
        receipts = [answer for answer in answers if isinstance(answer, Receipt)]
        assert len(set(receipts)) <= 1, f"a doubled request gets the first answer: {answers}"
        assert len(receipts) in {0, 2}, f"a doubled request is taken or refused: {answers}"

    async def doubled_late(self, asking: Asking) -> None:
        """Ask what was asked long ago again."""
        if not self.taken:
            return await self.plainly(asking)
        before, identity, receipt = self.chance.choice(self.taken)
        assert await self._ask(before, identity) == receipt, "a late double gets the first answer"
        return None

    async def together(self, asking: Asking) -> None:
        """Ask several things at once, in whatever order they arrive; one was thought out long ago."""
        course, now = await self.running.course(), await self.running.now()
        others = [somebody_asks(self.chance, course, now, may_end=False) for _ in range(2)]
        if self.kept:
            others.append(self.kept.pop(self.chance.randrange(len(self.kept))))
        await _all(*(self._ask(one) for one in (*others, asking)))

    async def during_a_roll_over(self, asking: Asking) -> None:
        """Ask while the course goes over to a new run."""
        rolls = Asking(ADA, FACTS["roll-over"], None)
        await _all(self._ask(rolls), self._ask(asking), self._ask(rolls))

    async def while_the_worker_is_killed(self, asking: Asking) -> None:
        """Kill the worker a moment after asking, as hard as a power cut would, and start another."""
        moment, identity = self.chance.random() * 0.05, self._an_id()

        async def kill() -> None:
            await asyncio.sleep(moment)
            await self.worker.kill()
            self.worker.start()

        first, _ = await _all(self._ask(asking, identity), kill())
        if isinstance(first, Receipt):
            assert await self._ask(asking, identity) == first, "the late double gets the first answer"

    async def while_a_system_is_away(self, asking: Asking) -> None:
        """Ask while a system does not answer for longer than it is waited for."""
        world = self.world
        names = {work.__name__ for work in activities_of(world.settings, world.client, world.pool)}
        async with away(self.folder, self.chance.choice(sorted(names - NEVER_AWAY))):
            await self._ask(asking)
            await self.running.pass_on(SYSTEM_GIVES_UP)
        await self.running.pass_on(timedelta(minutes=1))

    async def while_a_server_is_stopped(self, asking: Asking) -> None:
        kind = self.chance.choice(sorted(STORMS))
        seconds = self.chance.choice(STORM_SECONDS)
        self.done[kind] += 1
        await _all(self._ask(asking), self.storms.strike(kind, seconds, by=str(self.seed)))


STORM_SECONDS = (*[0.1] * 8, *[0.5] * 8, *[2] * 8, *[5] * 4, 15, 60)


async def _all(*work: Awaitable[Any]) -> list[Any]:
    """Do all of it at once, to the end of each, and raise what one of them raised; that the course is over comes last."""
    found = await asyncio.gather(*work, return_exceptions=True)
    raised = [one for one in found if isinstance(one, BaseException)]
    for one in sorted(raised, key=lambda one: isinstance(one, Over)):
        raise one
    return list(found)


Manner = Callable[[Player, Asking], Awaitable[None]]
MANNERS: dict[str, tuple[float, Manner]] = {
    "plainly": (70, Player.plainly),
    "asked twice at once": (6, Player.doubled),
    "asked again late": (4, Player.doubled_late),
    "asked together, reordered": (6, Player.together),
    "asked during a roll-over": (5, Player.during_a_roll_over),
    "worker killed": (5, Player.while_the_worker_is_killed),
    "system away": (2, Player.while_a_system_is_away),
    "server stopped": (1, Player.while_a_server_is_stopped),
}
