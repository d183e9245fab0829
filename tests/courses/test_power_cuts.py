"""Workers and servers that are killed: afterwards journal, fold and workflow are equal, and the course goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
import pytest_asyncio

from domain import facts as f
from domain.facts import Receipt
from domain.waits import WaitKind
from runtime.temporal import wait_for_temporal
from tests.kit.answers import People
from tests.kit.course_under_test import CourseUnderTest, eventually, watched
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.people import ADA, AMY, DR_LEE
from tests.kit.world import World, a_world

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

STEPS = [
    WaitKind.GOALS,
    WaitKind.SUBMIT_PACKET,
    WaitKind.PAYER_ANSWER,
    WaitKind.CLEARANCE,
    WaitKind.SESSION_RESULT,
    WaitKind.SAFETY_CALL,
    WaitKind.READINESS,
    WaitKind.RESPONSE_CHECK,
]


@dataclass
class KillableWorker:
    """`worker.py` as a process of its own."""

    world: World
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environ = os.environ | self.world.stack.environment() | {"REGIMEN_TASK_QUEUE": self.world.settings.task_queue}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "worker.py",
            cwd=ROOT,
            env=environ,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


@pytest_asyncio.fixture(scope="module")
async def killable(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Give a world of its own: it is killed. Its Temporal keeps what it acknowledged, as in production."""
    async with a_world(tmp_path_factory.mktemp("killable") / "state", synchronous="full") as world:
        yield world


@asynccontextmanager
async def working(world: World) -> AsyncIterator[KillableWorker]:
    worker = KillableWorker(world)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.kill()


async def worker_dies(world: World, worker: KillableWorker) -> None:
    await worker.kill()
    await worker.start()


async def power_fails(world: World, worker: KillableWorker) -> None:
    """Kill Temporal and the worker together, then start both."""
    await asyncio.gather(world.stack.kill_temporal(), worker.kill())
    await world.stack.start_temporal()
    await wait_for_temporal(world.settings)
    await worker.start()


async def all_power_fails(world: World, worker: KillableWorker) -> None:
    """Kill PostgreSQL too."""
    await asyncio.gather(world.stack.kill_temporal(), world.stack.kill_postgres(), worker.kill())
    await asyncio.gather(world.stack.start_temporal(), world.stack.start_postgres())
    await wait_for_temporal(world.settings)
    await worker.start()


Disaster = Callable[[World, KillableWorker], Awaitable[None]]


@pytest.mark.parametrize("disaster", [worker_dies, power_fails, all_power_fails], ids=lambda one: one.__name__)
async def test_killed_at_each_step_while_somebody_answers_the_course_loses_nothing(
    killable: World, disaster: Disaster
) -> None:
    world, chance = killable.on_a_queue_of_its_own(), Random(3)
    async with working(world) as worker, watched(await CourseUnderTest.start(world, diary=NEVER_RESPONDS)) as running:
        for kind in STEPS:
            await running.until(kind)
            course = await running.course()
            answer = People().answer(course, course.waits_of(kind)[0], await running.now())
            assert answer is not None
            request_id = uuid4().hex
            asked = asyncio.create_task(running.ask(*answer, task=course.waits_of(kind)[0].id, request_id=request_id))
            await asyncio.sleep(chance.random() * 0.05)

            await disaster(world, worker)

            receipt = await asked
            assert isinstance(receipt, Receipt), f"{kind}: {receipt}"
            again = await running.ask(*answer, request_id=request_id)
            assert again == receipt, f"{kind}: the late double gets the first answer"
            course = await running.check()
            assert course.receipt(request_id) == receipt
        await running.until(None)

        course = await running.check()

    assert course.ending is not None
    assert course.ending.outcome == "discontinued"


async def test_killed_during_a_roll_over_the_course_goes_on_in_one_run_with_all_it_had(killable: World) -> None:
    world = killable.on_a_queue_of_its_own()
    async with working(world) as worker, watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.course()
        for _ in range(3):
            rolling = asyncio.create_task(running.ask(ADA, f.RollOver()))
            noting = asyncio.create_task(running.ask(AMY, f.AdverseEventTold(note="sore neck")))
            await power_fails(world, worker)
            assert isinstance(await rolling, Receipt)
            assert isinstance(await noting, Receipt)

        course = await running.check()

    assert len(course.adverse_events) == 3
    assert {wait.id for wait in course.waits} == {wait.id for wait in before.waits}


async def test_while_postgresql_is_down_nothing_is_lost_and_the_answer_comes_when_it_is_back(killable: World) -> None:
    world = killable.on_a_queue_of_its_own()
    async with working(world), watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.CLEARANCE)
        await world.stack.kill_postgres()
        asked = asyncio.create_task(running.ask(DR_LEE, f.PreSessionCheck(clear=True)))
        await eventually(running.course, lambda course: course.clearance is not None)
        await world.stack.start_postgres()

        receipt = await asked
        await running.until(WaitKind.SAFETY_CALL)
        course = await running.check()

    assert isinstance(receipt, Receipt)
    assert len(course.sessions) == 1
