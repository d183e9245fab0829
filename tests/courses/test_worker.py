"""The same courses on workers that remember nothing, and in a sandbox that lets nothing through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from domain import facts as f
from domain.response import ResponseAnswer
from domain.waits import WaitKind
from runtime.temporal import workflow_runner
from tests.kit.answers import People, denied
from tests.kit.course_under_test import CourseUnderTest, replay, watched
from tests.kit.diaries import NEVER_RESPONDS, RESPONDS_ONLY_AFTER_SESSION_3, Diary
from tests.kit.people import ADA, AMY, DR_LEE
from tests.kit.world import World

THE_CLOCKS_OWNER = ("domain.clinic_time",)
"""Time zones fail in re-imported modules (docs/decisions); this one module owns them, and nothing else is let through."""

Story = Callable[[CourseUnderTest], Awaitable[None]]


async def to_its_end(running: CourseUnderTest) -> None:
    await running.until(None)


async def denied_at_once(running: CourseUnderTest) -> None:
    await running.until(None, People({WaitKind.PAYER_ANSWER: denied}))


async def withdrawn_with_a_red_flag(running: CourseUnderTest) -> None:
    await running.until(WaitKind.SAFETY_CALL)
    await running.tell(AMY, f.SafetyCall(result="reached", red_flags=("breathing",), note="at night"))
    await running.tell(ADA, f.RollOver())
    await running.until(WaitKind.RED_FLAG)
    await running.tell(AMY, f.Withdrawal(reason="moves away"))
    await running.tell(DR_LEE, f.RedFlagReview(lift=True, note="a cold"))
    await running.until(None)


async def reopened_and_discontinued(running: CourseUnderTest) -> None:
    await running.until(WaitKind.CLEARANCE)
    await running.tell(AMY, f.Withdrawal(reason="moves away"))
    await running.pass_days(3)
    await running.tell(ADA, f.Reopen(reason="stays", agreed_by="dr.lee"))
    await running.until(WaitKind.RESPONSE_CHECK)
    await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.DISCONTINUE, reason="enough"))
    await running.until(None)


STORIES: list[Story] = [to_its_end, denied_at_once, withdrawn_with_a_red_flag, reopened_and_discontinued]


@pytest.mark.long
@pytest.mark.parametrize(
    ("diary", "story"),
    [
        *((NEVER_RESPONDS, story) for story in STORIES),
        # With a diary that responds late the other two go on for ever, or end before the diary counts.
        *((RESPONDS_ONLY_AFTER_SESSION_3, story) for story in STORIES if story not in {to_its_end, denied_at_once}),
    ],
)
async def test_a_worker_that_forgets_every_course_at_once_plays_it_to_the_same_end(
    world: World, story: Story, diary: Diary
) -> None:
    own = world.on_a_queue_of_its_own()
    async with own.worker(max_cached_workflows=0), watched(await CourseUnderTest.start(own, diary=diary)) as running:
        await story(running)

        course = await running.check()

    assert course.closed_on is not None


async def test_a_worker_that_remembers_nothing_takes_a_course_through_its_first_session(world: World) -> None:
    own = world.on_a_queue_of_its_own()
    async with own.worker(max_cached_workflows=0), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert len(course.sessions) == 1


async def test_a_course_runs_with_nothing_let_through_the_sandbox(world: World) -> None:
    own = world.on_a_queue_of_its_own()
    watching = workflow_runner(let_through=THE_CLOCKS_OWNER)
    async with own.worker(workflow_runner=watching), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.SESSION_RESULT)
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await running.until(None)

        course = await running.check()
        await replay(own, await running.runs(), workflow_runner=watching)

    assert course.closed_on is not None
