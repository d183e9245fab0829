"""Orders of events that once left a course standing, or let it say what is not so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.exceptions import ApplicationError

from domain import events as e
from domain import facts as f
from domain.course import Course
from domain.people import Actor
from domain.waits import WaitKind
from runtime.time_travel import fast_forward
from tests.kit.answers import People, Situation, approved
from tests.kit.course_under_test import CourseUnderTest, eventually, watched
from tests.kit.faults import Faults, Gate, Outage
from tests.kit.people import ADA, AMY, DR_KHAN
from tests.kit.world import World

ONE_DAY = timedelta(days=1)
A_WHILE = timedelta(minutes=40)
"""Longer than an outside call tries, and its task waits, before it is tried again."""


@dataclass
class Says(Faults):
    """Has one activity answer no."""

    name: str
    no: str

    async def before(self, name: str) -> None:
        if name == self.name:
            raise ApplicationError(self.no, type="Refused", non_retryable=True)


def short(seen: Situation) -> tuple[Actor, Any]:
    """Approve one session; the first renewal for a window that ends before the session it was asked for."""
    if seen.wait.subject == "request-2":
        return approved(seen, until_on=seen.today + 10 * ONE_DAY)
    return approved(seen, sessions=1, units=200) if seen.wait.subject == "request-1" else approved(seen)


async def test_a_renewal_that_does_not_cover_the_session_is_followed_by_another_request_at_once(world: World) -> None:
    people = People({WaitKind.PAYER_ANSWER: short})
    async with watched(await CourseUnderTest.start(world)) as running:
        for _ in range(2):  # the first request, the renewal
            await running.until(WaitKind.PAYER_ANSWER, people)
            course = await running.course()
            [wait] = course.waits_of(WaitKind.PAYER_ANSWER)
            await running.tell(*short(Situation(course, wait, await running.now())), task=wait.id)
        await running.until(WaitKind.SUBMIT_PACKET, people)  # operations accept what differs from the need

        course = await running.check()

    assert [authorization.request for authorization in course.authorizations] == [1, 2]
    assert course.open_request is not None
    assert course.open_request.number == 3


async def test_a_system_that_answers_the_next_run_is_waited_for_no_more(world: World) -> None:
    own, outage = world.on_a_queue_of_its_own(), Outage("book_session")
    async with own.worker(interceptors=[outage]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.PAYER_ANSWER)
        outage.lasts = True
        course = await running.course()
        [wait] = course.waits_of(WaitKind.PAYER_ANSWER)
        await running.tell(*approved(Situation(course, wait, await running.now())), task=wait.id)
        while not (await running.course()).waits_of(WaitKind.OUTSIDE):
            await fast_forward(own.client, running.workflow_id, timedelta(minutes=1))
        await running.tell(ADA, f.RollOver())
        outage.lasts = False
        await running.settle()
        await running.pass_until(await running.now() + A_WHILE)

        course = await running.check()

    assert course.appointment is not None
    assert course.waits_of(WaitKind.OUTSIDE) == ()


async def test_an_appointment_that_scheduling_will_not_confirm_is_given_up_and_a_person_finds_a_time(
    world: World,
) -> None:
    own, no = world.on_a_queue_of_its_own(), Says("change_appointment", "the appointment is cancelled")
    async with own.worker(interceptors=[no]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.BOOKING)

        events, course = await running.journal(), await running.course()

    assert not any(isinstance(event, e.AppointmentConfirmed) for event in events)
    assert course.appointment is None
    assert course.waits_of(WaitKind.BOOKING)[0].context == {"reason": "the appointment is cancelled"}


async def test_a_red_flag_told_while_the_end_is_being_written_keeps_the_course_open_until_a_clinician_saw_it(
    world: World,
) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("write_journal")
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await _tell_of_a_red_flag(running, gate, when=lambda course: not course.waits_of(WaitKind.REOPENING))
        before = await running.check()
        await running.tell(DR_KHAN, f.RedFlagReview(lift=True, note="a cold"), task="red-flag:adverse-event-1")
        await running.settle()
        after = await running.check()

    assert before.closed_on is None
    assert before.wait("red-flag:adverse-event-1") is not None
    assert after.closed_on is not None


async def test_a_red_flag_told_while_the_course_is_being_closed_still_reaches_a_clinician(world: World) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("write_journal")
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await _tell_of_a_red_flag(running, gate, when=lambda course: course.closed_on is not None)

        course = await running.check()

    assert course.closed_on is not None
    assert course.wait("red-flag:adverse-event-1") is not None


async def _tell_of_a_red_flag(running: CourseUnderTest, gate: Gate, *, when: Callable[[Course], bool]) -> None:
    """End the time for reopening, and tell of a red flag while what makes `when` true is being written."""
    [ends] = (await running.course()).waits_of(WaitKind.REOPENING)
    gate.close()
    closing = asyncio.create_task(
        fast_forward(running.world.client, running.workflow_id, ends.due - await running.now())
    )
    await gate.waiting.wait()
    while not when(await running.course()):
        gate.let_pass()
        await gate.waiting.wait()
    flag = f.AdverseEventTold(red_flags=("swallowing",), note="since today")
    telling = asyncio.create_task(running.tell(AMY, flag))
    await eventually(running.course, lambda course: bool(course.red_flags))
    gate.open()
    await telling
    await closing
    await running.settle()
