"""Moments in a course's life, on paper: a course just before something is to be told or asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import facts as f
from domain.events import BookingRefused, WaitOpened
from domain.waits import Wait, WaitKind
from tests.domain.builders import a_history, counts
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DELIVERY, DR_LEE


def at(kind: WaitKind, *, times: int = 1, people: People | None = None, **paper: Any) -> PaperCourse:
    """Return a course at its first (second ...) open task of this kind, everybody else having answered as usual."""
    people, course = people or People(), PaperCourse(**paper)
    course.go_on(people, until=kind)
    for _ in range(times - 1):
        task = course.task(kind)
        assert task is not None
        answer = people.answer(course.course, task, course.now)
        assert answer is not None
        course.tell(*answer, task=task.id)
        course.go_on(people, until=kind)
    return course


def after_session(number: int, **paper: Any) -> PaperCourse:
    """Return a course in the hour after session `number` was recorded."""
    course = at(WaitKind.SESSION_RESULT, times=number, **paper)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)
    return course


def not_eligible(headache_days: int = 12) -> PaperCourse:
    """Return a course that waits for a clinician, because there are too few headache days."""
    few = counts(headache_days=headache_days, migraine_days=9, stated_on=TODAY - timedelta(days=1))
    return PaperCourse(a_beginning(history=a_history(taken_on=TODAY, counts=few)))


def with_an_appointment() -> PaperCourse:
    """Return a course whose second session is booked and lies ahead."""
    return after_session(1)


def with_a_red_flag() -> PaperCourse:
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since yesterday"))
    return course


def unsigned() -> PaperCourse:
    """Return a course whose session 1 was recorded by operations; the injector has not signed."""
    course = at(WaitKind.SESSION_RESULT)
    _, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    course.tell(AMY, result)
    return course


def undelivered() -> PaperCourse:
    """Return a course whose first message did not reach the patient."""
    course = PaperCourse()
    course.tell(DELIVERY, f.MessageUndelivered(key="c-1/welcome/1", message="welcome", status="failed"))
    return course


def paying_herself() -> PaperCourse:
    return PaperCourse(a_beginning(coverage=self_pay(TODAY)))


def billing_refused() -> PaperCourse:
    """Return a course whose first session a person must bill."""
    course = after_session(1)
    course.tell(DELIVERY, f.BillingRefused(session=1, reason="no such payer"))
    return course


def withdrawn(**paper: Any) -> PaperCourse:
    course = after_session(1, **paper)
    course.tell(AMY, f.Withdrawal(reason="moves away"))
    return course


def booking_refused() -> PaperCourse:
    """Return a course whose next time a person must find."""
    course = at(WaitKind.CLEARANCE)
    course.tell(DR_LEE, f.PreSessionCheck(clear=False, note="a cold"))
    paper = course.course.model_copy(update={"appointment": None, "waits": ()})
    course.course = paper
    course.happened(BookingRefused(reason="no free time in the next 60 days"))
    since = course.now
    wait = Wait(
        id="booking:session-1", kind=WaitKind.BOOKING, subject="session-1", since=since, due=since, look_at=since
    )
    course.happened(WaitOpened(wait=wait))
    return course


def outside_does_not_answer() -> PaperCourse:
    course = after_session(1)
    now = course.now
    wait = Wait(id="outside:book", kind=WaitKind.OUTSIDE, subject="book", since=now, due=now, look_at=now)
    course.happened(WaitOpened(wait=wait))
    return course
