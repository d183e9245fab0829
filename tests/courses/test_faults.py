"""Systems that fail, time out, answer twice or late: the course waits in everybody's sight, and everything happens once."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from temporalio.client import WorkflowUpdateHandle, WorkflowUpdateStage

from domain import facts as f
from domain.facts import Receipt, Request
from domain.response import ResponseAnswer
from domain.waits import WaitKind
from tests.kit.answers import People, Situation, approved
from tests.kit.course_under_test import CourseUnderTest, eventually, watched
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.faults import FaultPlan, LosesAnswer, Outage, Silent
from tests.kit.people import AMY, DR_LEE
from tests.kit.world import World
from workflows.course import CourseWorkflow

WHILE_AWAY = People({WaitKind.OUTSIDE: lambda _: None})


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4))])
async def test_a_course_whose_systems_fail_at_random_comes_to_the_same_end(world: World, seed: int) -> None:
    own, plan = world.on_a_queue_of_its_own(), FaultPlan(Random(seed), rate=0.15)
    async with (
        own.worker(interceptors=[plan]),
        watched(await CourseUnderTest.start(own, diary=NEVER_RESPONDS)) as running,
    ):
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.DISCONTINUE, reason="enough"))
        await running.until(None)

        course = await running.check()

    assert course.ending is not None
    assert (course.ending.outcome, len(course.sessions)) == ("discontinued", 2)
    assert plan.done["failed"] + plan.done["answer lost"] > 5, "the world did fail on the way"


@pytest.mark.parametrize("name", ["write_journal", "book_session", "change_appointment", "open_claim", "read_diary"])
async def test_an_answer_that_is_lost_after_the_work_was_done_does_it_once(world: World, name: str) -> None:
    own, faults = world.on_a_queue_of_its_own(), LosesAnswer(name)
    async with own.worker(interceptors=[faults]), watched(await CourseUnderTest.start(own)) as running:
        for kind in (WaitKind.PAYER_ANSWER, WaitKind.SESSION_RESULT):
            await running.until(kind)
            faults.armed = True
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert not faults.armed, "an answer was lost"
    assert course.sessions[0].claim_id is not None


async def _approve(running: CourseUnderTest) -> None:
    course = await running.course()
    [task] = course.waits_of(WaitKind.PAYER_ANSWER)
    await running.tell(*approved(Situation(course, task, await running.now())))


async def test_while_scheduling_is_away_a_task_says_so_and_the_course_goes_on_when_it_is_back(world: World) -> None:
    own, away = world.on_a_queue_of_its_own(), Outage("book_session")
    async with own.worker(interceptors=[away]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.PAYER_ANSWER)
        away.lasts = True
        answer = People().answer(
            course := await running.course(), course.waits_of(WaitKind.PAYER_ANSWER)[0], await running.now()
        )
        assert answer is not None
        await running.tell(*answer)
        await running.pass_until(await running.now() + timedelta(minutes=11))
        waiting = await eventually(running.course, lambda seen: bool(seen.waits_of(WaitKind.OUTSIDE)))
        away.lasts = False
        await running.tell(AMY, f.TryAgain())
        await running.until(WaitKind.CLEARANCE)

        course = await running.check()

    [task] = waiting.waits_of(WaitKind.OUTSIDE)
    assert task.subject == "book-session"
    assert course.appointment is not None


async def test_what_does_not_answer_is_tried_again_by_itself(world: World) -> None:
    own, away = world.on_a_queue_of_its_own(), Outage("book_session")
    async with own.worker(interceptors=[away]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.PAYER_ANSWER)
        away.lasts = True
        answer = People().answer(
            course := await running.course(), course.waits_of(WaitKind.PAYER_ANSWER)[0], await running.now()
        )
        assert answer is not None
        await running.tell(*answer)
        await running.pass_until(await running.now() + timedelta(minutes=11))
        await eventually(running.course, lambda seen: bool(seen.waits_of(WaitKind.OUTSIDE)))
        away.lasts = False
        await running.until(WaitKind.CLEARANCE, WHILE_AWAY)

        course = await running.check()

    assert course.waits_of(WaitKind.OUTSIDE) == ()


async def test_a_withdrawal_is_taken_while_scheduling_is_away(world: World) -> None:
    own, away = world.on_a_queue_of_its_own(), Outage("change_appointment")
    async with own.worker(interceptors=[away]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.CLEARANCE)
        away.lasts = True

        answer = await running.ask(AMY, f.Withdrawal(reason="moves away"))
        still_booked = await running.course()
        away.lasts = False
        await running.settle()
        course = await running.check()

    assert isinstance(answer, Receipt)
    assert [one.to for one in still_booked.unsettled] == ["cancelled"]
    assert course.unsettled == ()


async def test_while_the_journal_is_away_a_request_waits_for_it_and_nothing_is_lost(world: World) -> None:
    own, away = world.on_a_queue_of_its_own(), Outage("write_journal")
    async with own.worker(interceptors=[away]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        away.lasts = True
        handle = await _send(running)
        seen = await eventually(running.course, lambda course: bool(course.adverse_events))
        before = [event.number for event in await running.journal()]
        away.lasts = False
        await handle.result()
        await running.settle()
        course = await running.check()

    assert seen.number > before[-1], "the course knows it, the journal does not yet"
    assert course.adverse_events[0].note == "sore neck"


async def _send(running: CourseUnderTest) -> WorkflowUpdateHandle[Receipt]:
    request = Request(request_id=uuid4().hex, by=AMY, fact=f.AdverseEventTold(note="sore neck"))
    return await running.handle.start_update(
        CourseWorkflow.request, request, id=request.request_id, wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )


@pytest.mark.long
async def test_a_journal_that_answers_after_its_time_is_over_has_written_once(world: World) -> None:
    own, late = world.on_a_queue_of_its_own(), Silent("write_journal", seconds=6.0)
    async with own.worker(interceptors=[late]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.SUBMIT_PACKET)

        course = await running.check()

    assert late.done == 1
    assert course.goals


async def test_scheduling_that_says_no_becomes_a_persons_task_and_the_time_she_finds_is_booked(world: World) -> None:
    own = world.on_a_queue_of_its_own()
    async with own.worker(), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.course()
        assert before.appointment is not None
        night = before.appointment.starts_at.replace(hour=10)  # 2 or 3 o'clock in Seattle
        await running.tell(AMY, f.Move(starts_at=night + timedelta(days=7), reason="on holiday"))
        await running.settle()
        unmoved = await running.course()
        await running.until(WaitKind.CLEARANCE)
        await running.tell(DR_LEE, f.PreSessionCheck(clear=True))

        course = await running.check()

    assert unmoved.appointment == before.appointment, "no such time: it stays as it was"
    assert unmoved.move_wish is None
    assert course.clearance is not None
