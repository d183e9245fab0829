"""A course goes on in a new run with everything it had, and nothing asked meanwhile is lost or done twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from uuid import uuid4

from domain import events as e
from domain import facts as f
from domain.course import Course
from domain.coverage import Decision
from domain.facts import Receipt
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.session import Whose
from domain.waits import Wait, WaitKind
from tests.kit.answers import People, Situation, approved, given
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.faults import Gate
from tests.kit.people import ADA, AMY, BEN, DR_KHAN, DR_LEE, EVERYBODY
from tests.kit.world import World

SENDERS = 8
REQUESTS = 150
DOUBLED = 20
ROLL_OVERS = 6


async def test_after_a_roll_over_in_mid_cycle_the_same_waits_go_on_with_the_same_since_and_due(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before, run_before = await running.course(), (await running.handle.describe()).run_id
        await running.tell(ADA, f.RollOver())
        await running.settle()

        course = await running.check()

    assert (await running.handle.describe()).run_id != run_before
    assert course.waits == before.waits
    assert course.number == before.number + 1, "a roll-over says nothing but that it was asked for"


async def test_a_course_rolls_over_at_every_moment_of_its_life_and_comes_to_the_same_end(world: World) -> None:
    rolled: set[str] = set()

    async with watched(await CourseUnderTest.start(world)) as running:
        for kind in (
            WaitKind.GOALS,
            WaitKind.SUBMIT_PACKET,
            WaitKind.PAYER_ANSWER,
            WaitKind.CLEARANCE,
            WaitKind.SESSION_RESULT,
            WaitKind.SAFETY_CALL,
            WaitKind.READINESS,
            WaitKind.RESPONSE_CHECK,
        ):
            await running.until(kind)
            before = await running.course()
            await running.tell(ADA, f.RollOver())
            await running.settle()
            after = await running.course()
            assert _told(after.waits) == _told(before.waits), kind
            rolled.add(kind)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.DISCONTINUE, reason="enough"))
        await running.tell(ADA, f.RollOver())
        await running.until(None)

        course = await running.check()

    assert course.closed_on is not None
    assert len(rolled) == 8


def _told(waits: tuple[Wait, ...]) -> list[tuple[object, ...]]:
    return sorted((wait.id, wait.since, wait.due, wait.look_at) for wait in waits)


async def test_150_requests_by_8_senders_during_6_roll_overs_each_take_effect_once(world: World) -> None:
    chance = Random(7)
    ids = [uuid4().hex for _ in range(REQUESTS - DOUBLED)]
    ids += chance.sample(ids, DOUBLED)
    chance.shuffle(ids)
    queue = iter(ids)
    answers: list[tuple[str, Receipt]] = []

    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        runs_before = len(await running.runs())

        async def send(sender: int) -> None:
            for request_id in queue:
                fact = f.AdverseEventTold(note=f"sore neck, {request_id}")
                by = EVERYBODY[sender % len(EVERYBODY)]
                answer = await running.ask(by, fact, request_id=request_id)
                assert isinstance(answer, Receipt), answer
                answers.append((request_id, answer))

        async def roll() -> None:
            for number in range(ROLL_OVERS):
                while len(answers) < (number + 1) * REQUESTS // (ROLL_OVERS + 2):
                    await asyncio.sleep(0.005)
                await running.tell(ADA, f.RollOver())

        await asyncio.gather(roll(), *(send(number) for number in range(SENDERS)))
        await running.settle()
        course = await running.check()
        told = [event for event in await running.journal() if isinstance(event, e.AdverseEventRecorded)]
        runs = await running.runs()

    assert len(answers) == REQUESTS
    assert sorted(event.request_id or "" for event in told) == sorted(set(ids)), "each once"
    receipts = {request_id: {one.number for asked, one in answers if asked == request_id} for request_id in ids}
    assert all(len(numbers) == 1 for numbers in receipts.values()), "a doubled request gets the first answer"
    assert {event.request_id: event.number for event in told} == {key: min(one) for key, one in receipts.items()}
    assert len(course.adverse_events) == REQUESTS - DOUBLED
    assert len(runs) >= runs_before + ROLL_OVERS


async def test_of_many_answers_to_one_task_at_the_same_moment_exactly_one_is_taken(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        task = await running.until(WaitKind.CLEARANCE)
        assert task is not None

        answers = await asyncio.gather(
            *(running.ask(by, f.PreSessionCheck(clear=True), task=task.id) for by in (DR_LEE, DR_KHAN, DR_LEE, DR_KHAN))
        )
        await running.settle()
        course = await running.check()

    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    assert course.clearance is not None


async def test_a_decision_told_while_a_roll_over_waits_for_a_slow_system_is_not_lost(world: World) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("change_appointment")
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        course = await running.course()
        assert course.appointment is not None
        gate.close()
        await running.tell(AMY, f.Cancel(reason="the clinic is closed", whose=Whose.CLINIC))
        await gate.waiting.wait()
        await running.tell(ADA, f.RollOver())
        answered = await running.ask(DR_LEE, f.Response(answer=ResponseAnswer.DISCONTINUE, reason="enough"))
        gate.open()
        await running.settle()

        course = await running.check()

    assert isinstance(answered, Receipt)
    assert course.ending is not None
    assert course.ending.outcome == "discontinued"


async def test_a_denial_told_while_a_roll_over_waits_for_a_slow_system_is_not_lost(world: World) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("change_appointment")
    silent = People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None})
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
        await running.until(WaitKind.CHASE_PAYER, silent)
        gate.close()
        await running.tell(AMY, f.Cancel(reason="the clinic is closed", whose=Whose.CLINIC))
        await gate.waiting.wait()
        await running.tell(ADA, f.RollOver())
        answered = await running.ask(BEN, f.AuthorizationDecision(decision=Decision.DENIED, reason="not necessary"))
        gate.open()
        await running.settle()

        course = await running.check()

    assert isinstance(answered, Receipt)
    assert [denial.number for denial in course.denials] == [2]
    assert course.waits_of(WaitKind.DENIAL)


async def test_what_an_answer_made_moot_while_the_lines_stood_is_waited_for_no_more(world: World) -> None:
    # Given an overdue payer whom operations chase, and a roll-over that waits for a slow system
    own, gate = world.on_a_queue_of_its_own(), Gate("change_appointment")
    silent = People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None})
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
        await running.until(WaitKind.CHASE_PAYER, silent)
        gate.close()
        await running.tell(AMY, f.Cancel(reason="the clinic is closed", whose=Whose.CLINIC))
        await gate.waiting.wait()
        await running.tell(ADA, f.RollOver())

        # When the payer's yes comes in that moment
        asked = (await running.course()).waits_of(WaitKind.PAYER_ANSWER)[0]
        await running.tell(*approved(Situation(await running.course(), asked, await running.now())))
        gate.open()
        await running.settle()

        course = await running.check()

    assert course.open_request is None
    assert course.waits_of(WaitKind.CHASE_PAYER) == (), "nobody chases a payer who has answered"


async def test_a_session_is_not_cleared_while_its_appointment_is_being_moved(world: World) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("move_session")
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.CLEARANCE)
        course = await running.course()
        assert course.appointment is not None
        gate.close()
        await running.tell(AMY, f.Move(starts_at=course.appointment.starts_at + timedelta(days=7), reason="late"))
        await gate.waiting.wait()
        cleared = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))
        if isinstance(cleared, Receipt):
            seen = Situation(await running.course(), _result_of(await running.course()), await running.now())
            await running.ask(*given(seen))
        gate.open()
        await running.settle()

        course = await running.check()

    assert isinstance(cleared, Refusal), "it is being moved: it cannot be cleared now"
    assert course.sessions == ()


def _result_of(course: Course) -> Wait:
    return course.waits_of(WaitKind.SESSION_RESULT)[0]
