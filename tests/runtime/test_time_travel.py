"""A workflow's time passes when told, on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateStage
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from runtime.embedded import EmbeddedStack
from runtime.temporal import connect
from runtime.time_travel import course_ahead, course_clock, fast_forward, starting_ahead

TWELVE_WEEKS = timedelta(weeks=12)
SLACK = timedelta(minutes=10)
"""Real time goes on while a busy machine answers."""


@activity.defn
async def give_session(number: int) -> int:
    return number


@workflow.defn
class TinyCourse:
    """Three sessions, twelve weeks apart, each in a run of its own."""

    def __init__(self) -> None:
        self.began_at = workflow.now()
        self.given: list[str] = []

    @workflow.run
    async def run(self, given: list[str]) -> list[str]:
        self.given = given
        await workflow.sleep(TWELVE_WEEKS)
        await workflow.execute_activity(give_session, len(given), start_to_close_timeout=timedelta(seconds=5))
        self.given.append(workflow.now().isoformat())
        if len(self.given) < 3:
            workflow.continue_as_new(self.given)
        return self.given

    @workflow.query
    def sessions(self) -> list[str]:
        return self.given

    @workflow.query
    def first_task_at(self) -> str:
        return self.began_at.isoformat()

    @workflow.update
    def ask(self) -> str:
        return workflow.now().isoformat()


class Clinic:
    def __init__(self, client: Client, queue: str) -> None:
        self.client = client
        self.queue = queue

    async def start(self, client: Client | None = None) -> WorkflowHandle[TinyCourse, list[str]]:
        course_id = f"course-{uuid4()}"
        await (client or self.client).start_workflow(TinyCourse.run, [], id=course_id, task_queue=self.queue)
        return self.client.get_workflow_handle_for(TinyCourse.run, course_id)


@pytest.fixture
async def clinic(embedded: EmbeddedStack) -> AsyncIterator[Clinic]:
    client, queue = await connect(embedded.settings()), f"tiny-{uuid4()}"
    runner = UnsandboxedWorkflowRunner()
    async with Worker(
        client, task_queue=queue, workflows=[TinyCourse], activities=[give_session], workflow_runner=runner
    ):
        yield Clinic(client, queue)


async def test_a_course_lives_in_real_time_until_it_is_moved(clinic: Clinic) -> None:
    course = await clinic.start()

    now = await course_clock(clinic.client, course.id)

    assert abs(now - datetime.now(UTC)) < SLACK
    assert await course_ahead(clinic.client, course.id) == timedelta(0)


async def test_moved_by_twelve_weeks_a_course_has_given_one_session_in_a_new_run(clinic: Clinic) -> None:
    course = await clinic.start()
    first_run = (await course.describe()).run_id

    arrived = await fast_forward(clinic.client, course.id, TWELVE_WEEKS + timedelta(hours=1))

    assert arrived
    assert (await course.describe()).run_id != first_run
    [given_at] = await course.query(TinyCourse.sessions)
    assert abs(datetime.fromisoformat(given_at) - datetime.now(UTC) - TWELVE_WEEKS) < SLACK
    clock = await course_clock(clinic.client, course.id)
    assert abs(clock - datetime.now(UTC) - TWELVE_WEEKS - timedelta(hours=1)) < SLACK
    assert abs(await course_ahead(clinic.client, course.id) - TWELVE_WEEKS - timedelta(hours=1)) < SLACK


async def test_a_moved_course_stands_still_again_and_can_be_moved_further(clinic: Clinic) -> None:
    course = await clinic.start()

    await fast_forward(clinic.client, course.id, timedelta(days=80))
    assert await course.query(TinyCourse.sessions) == []
    await fast_forward(clinic.client, course.id, timedelta(days=5))

    assert len(await course.query(TinyCourse.sessions)) == 1


async def test_other_courses_keep_their_own_time(clinic: Clinic) -> None:
    moved, other = await clinic.start(), await clinic.start()

    await fast_forward(clinic.client, moved.id, timedelta(days=80))

    assert abs(await course_clock(clinic.client, other.id) - datetime.now(UTC)) < SLACK


async def test_a_course_that_ends_on_the_way_says_so(clinic: Clinic) -> None:
    course = await clinic.start()

    arrived = await fast_forward(clinic.client, course.id, timedelta(weeks=40))

    assert not arrived
    assert len(await course.result()) == 3


async def test_a_course_that_ended_cannot_be_moved(clinic: Clinic) -> None:
    course = await clinic.start()
    await fast_forward(clinic.client, course.id, timedelta(weeks=40))

    with pytest.raises(RPCError, match="already completed"):
        await fast_forward(clinic.client, course.id, timedelta(days=1))


async def test_what_a_moved_course_starts_can_begin_at_the_courses_date(clinic: Clinic) -> None:
    ahead = timedelta(days=100)

    claim = await clinic.start(starting_ahead(clinic.client, ahead))

    await claim.execute_update(TinyCourse.ask)
    first_task_at = datetime.fromisoformat(await claim.query(TinyCourse.first_task_at))
    assert abs(first_task_at - datetime.now(UTC) - ahead) < SLACK
    assert await claim.query(TinyCourse.sessions) == []
    assert abs(await course_ahead(clinic.client, claim.id) - ahead) < SLACK
    await fast_forward(clinic.client, claim.id, timedelta(days=85))
    assert len(await claim.query(TinyCourse.sessions)) == 1


async def test_a_second_start_of_the_same_claim_finds_the_first(clinic: Clinic) -> None:
    ahead = starting_ahead(clinic.client, timedelta(days=100))
    first = await clinic.start(ahead)

    again = await ahead.start_workflow(
        TinyCourse.run,
        [],
        id=first.id,
        task_queue=clinic.queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )

    assert again.first_execution_run_id == (await first.describe()).run_id


async def test_without_lag_a_start_is_an_ordinary_one(clinic: Clinic) -> None:
    assert starting_ahead(clinic.client, timedelta(0)) is clinic.client


async def test_a_workflow_started_ahead_by_an_update_reaches_that_date(clinic: Clinic) -> None:
    ahead, course_id = timedelta(days=30), f"course-{uuid4()}"
    start = WithStartWorkflowOperation(
        TinyCourse.run,
        [],
        id=course_id,
        task_queue=clinic.queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )

    await starting_ahead(clinic.client, ahead).start_update_with_start_workflow(
        TinyCourse.ask, start_workflow_operation=start, wait_for_stage=WorkflowUpdateStage.COMPLETED
    )

    handle = clinic.client.get_workflow_handle_for(TinyCourse.run, course_id)
    answered_at = datetime.fromisoformat(await handle.execute_update(TinyCourse.ask))
    assert abs(answered_at - datetime.now(UTC) - ahead) < SLACK
