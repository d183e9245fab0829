"""Random courses in a failing world: people answer at random, systems fail at random, and every rule holds at every rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.facts import Receipt
from domain.waits import WaitKind
from tests.kit.chance import a_moment_later, a_patient_at_random, somebody_asks
from tests.kit.course_under_test import A_MOMENT, CourseUnderTest, Over
from tests.kit.faults import FaultPlan
from tests.kit.invariants import check_idle
from tests.kit.world import World

AT_ONCE = 4
TOGETHER = 6


async def play_at_random(world: World, seed: int, steps: int) -> Course:
    """Play one course; a failure says which seed to play again."""
    try:
        return await _play(world, Random(seed), steps)
    except BaseException as failure:
        failure.add_note(f"seed {seed}")
        raise


async def play_together(world: World, seeds: Iterable[int], *, steps: int) -> list[Course]:
    """Play several courses at once; the first failure ends them all."""
    async with asyncio.TaskGroup() as playing:
        tasks = [playing.create_task(play_at_random(world, seed, steps)) for seed in seeds]
    return [task.result() for task in tasks]


async def _play(world: World, chance: Random, steps: int) -> Course:
    beginning, diary = a_patient_at_random(chance, clinic_day(datetime.now(UTC), world.clinic.zone))
    running = await CourseUnderTest.start(world, beginning, diary=diary)
    for step in range(steps):
        before = await running.now()
        if not await running.settle():
            break
        course, now = await running.course(), await running.now()
        check_idle(course, before - A_MOMENT)
        await running.keep_diary(course)
        if step % 30 == 29:
            await running.check()
        try:
            await _one_step(running, chance, course, now)
        except Over:
            break
    return await running.check()


async def _one_step(running: CourseUnderTest, chance: Random, course: Course, now: datetime) -> None:
    if not any(wait.is_task for wait in course.waits) or chance.random() < 0.15:
        ahead = [wait.look_at for wait in course.waits if wait.look_at > now]
        await running.pass_until(min([*ahead, now + timedelta(days=30)]))
        return
    if chance.random() < 0.1:
        await running.pass_until(now + a_moment_later(chance))
    asking = somebody_asks(chance, course, now, may_end=chance.random() < 0.05)
    request_id = f"{chance.getrandbits(64):x}"
    answer = await running.ask(asking.by, asking.fact, task=asking.task, request_id=request_id)
    if isinstance(answer, Receipt) and chance.random() < 0.1:
        again = await running.ask(asking.by, asking.fact, task=asking.task, request_id=request_id)
        assert again == answer, "a doubled request gets the first answer"


async def test_four_random_courses_in_a_failing_world_break_no_rule(world: World) -> None:
    own, plan = world.on_a_queue_of_its_own(), FaultPlan(Random(1), rate=0.06)
    async with own.worker(interceptors=[plan]):
        courses = await play_together(own, range(1, 1 + AT_ONCE), steps=40)

    assert plan.done.total() > 5, "the world did fail on the way"
    assert any(course.goals for course in courses), "somebody came further than intake"


@pytest.mark.long
@pytest.mark.timeout(1500)
async def test_36_random_courses_in_a_failing_world_break_no_rule(world: World) -> None:
    own, plan = world.on_a_queue_of_its_own(), FaultPlan(Random(2), rate=0.06)
    seen: Counter[str] = Counter()
    async with own.worker(interceptors=[plan]):
        for first in range(100, 136, TOGETHER):
            for course in await play_together(own, range(first, first + TOGETHER), steps=100):
                seen["sessions"] += len(course.sessions)
                seen["checks"] += len(course.checks)
                seen["ended"] += course.ending is not None
                seen["outside"] += bool(course.waits_of(WaitKind.OUTSIDE))

    assert seen["sessions"] > 20
    assert seen["checks"] > 5
    assert seen["ended"] > 5
