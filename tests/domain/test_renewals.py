"""When the payer is asked for the next planned session: in time, on its own day, and never again and again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from domain import facts as f
from domain import plan
from domain.coverage import ApprovalAnswer, Decision, Purpose
from domain.people import Actor
from domain.record import Refusal
from domain.waits import WaitKind
from tests.domain.builders import the_policy, with_value
from tests.kit.answers import Answer, People, Situation, approved, denied
from tests.kit.beginnings import a_beginning
from tests.kit.invariants import check_story
from tests.kit.moments import after_session
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY

ONE_DAY = timedelta(days=1)


def after_session_1(window_days: int) -> PaperCourse:
    """Return a course after session 1, of a payer that grants so many days."""
    policy = with_value(the_policy(), "grant.window_days", window_days)
    return after_session(1, beginning=a_beginning(policy=policy))


def deferred(window_days: int, days: int) -> PaperCourse:
    """Return a course whose session 2 is moved to so many days after session 1."""
    course = after_session_1(window_days)
    assert course.course.appointment is not None
    on = course.course.sessions[0].given_on + days * ONE_DAY
    later = (on - plan.planned_on(course.course, course.today)).days * ONE_DAY
    course.tell(AMY, f.Move(starts_at=course.course.appointment.starts_at + later, reason="she is abroad"))
    return course


def requests_of_a_day(course: PaperCourse) -> int:
    """Return how many requests were opened on the day with most of them."""
    return max(Counter(request.opened_on for request in course.course.requests).values())


def payer(answer: Answer) -> People:
    return People({WaitKind.PAYER_ANSWER: answer})


def for_days_that_are_over(seen: Situation) -> tuple[Actor, f.AuthorizationDecision]:
    """Approve for a window that has ended already."""
    by, decision = approved(seen, from_on=seen.today - 200 * ONE_DAY, until_on=seen.today - ONE_DAY)
    return by, decision


def nobody_asks(answer: Answer) -> People:
    """Return people who leave to somebody else what the payer has granted too short."""
    return People({WaitKind.PAYER_ANSWER: answer, WaitKind.FALLS_SHORT: lambda _: None})


@pytest.mark.parametrize(
    ("window_days", "days"), [(90, 91), (90, 119), (90, 147), (90, 238), (180, 147), (180, 196), (180, 238), (30, 147)]
)
def test_a_session_that_is_deferred_is_reached_with_few_requests(window_days: int, days: int) -> None:
    course = deferred(window_days, days)

    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert (course.today - course.course.sessions[0].given_on).days == days
    assert requests_of_a_day(course) <= 2
    assert not isinstance(plan.coverage_of(course.course, course.today), Refusal)
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_the_renewal_falls_due_by_the_day_of_the_appointment_and_moves_with_it() -> None:
    course = deferred(90, 147)
    course.go_on(payer(denied), until=WaitKind.PAYER_ANSWER)
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="no extensions"))
    due = next(wait.due for wait in course.course.waits if wait.kind is WaitKind.RENEWAL_DUE)
    assert course.course.appointment is not None

    course.tell(AMY, f.Move(starts_at=course.course.appointment.starts_at - 28 * ONE_DAY, reason="she is back earlier"))

    (moved,) = course.course.waits_of(WaitKind.RENEWAL_DUE)
    assert (due - moved.due).days == 28


def test_a_session_that_slips_past_the_end_asks_for_an_extension_before_a_renewal() -> None:
    course = deferred(90, 147)

    asked = course.course.open_request
    assert asked is not None
    assert asked.purpose is Purpose.EXTENSION
    course.tell(AMY, f.PacketSubmitted())
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="no extensions"))

    assert len(course.course.requests) == 2, "the renewal is not asked for before its day"
    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)

    renewal = course.course.requests[-1]
    on = plan.planned_on(course.course, course.today)
    assert renewal.purpose is Purpose.RENEWAL
    assert on - 89 * ONE_DAY <= course.today < on


def test_a_payer_of_short_windows_is_asked_when_its_window_reaches_the_session() -> None:
    course = deferred(20, 147)
    on = plan.planned_on(course.course, course.today)

    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert course.today == on
    assert course.course.requests[-1].opened_on == on - 19 * ONE_DAY


def test_a_yes_that_still_falls_short_is_a_persons_and_not_asked_for_again() -> None:
    course = deferred(180, 147)
    people = nobody_asks(for_days_that_are_over)
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today, reason="the plan has ended"))

    course.go_on(people, until=WaitKind.FALLS_SHORT)

    asked = len(course.course.requests)
    course.go_on(people, until=WaitKind.NOT_READY)
    assert len(course.course.requests) == asked
    assert course.task(WaitKind.FALLS_SHORT) is not None


def test_what_falls_short_is_settled_by_a_request_that_a_person_asks_for() -> None:
    course = falls_short()

    course.tell(AMY, f.AskPayer(reason="the window had ended before the answer"))

    assert course.task(WaitKind.FALLS_SHORT) is None
    assert course.course.open_request is not None
    course.go_on(People(), until=WaitKind.CLEARANCE)
    assert not isinstance(plan.coverage_of(course.course, course.today), Refusal)


def test_what_falls_short_is_settled_by_what_the_payer_changes() -> None:
    course = falls_short()

    course.tell(AMY, f.AuthorizationAmended(until_on=course.today + 200 * ONE_DAY, reason="by telephone"))

    assert course.task(WaitKind.FALLS_SHORT) is None


def test_nobody_asks_a_payer_again_whose_yes_suffices() -> None:
    course = after_session_1(180)

    refused = course.ask(AMY, f.AskPayer(reason="to be sure"))

    assert refused is not None
    assert "nothing falls short" in refused.reason


def falls_short() -> PaperCourse:
    """Return a course whose payer has granted, for session 2, days that are over."""
    course = after_session_1(180)
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today, reason="the plan has ended"))
    course.go_on(nobody_asks(for_days_that_are_over), until=WaitKind.FALLS_SHORT)
    return course


def test_an_approval_too_short_is_seen_by_a_person_and_asked_for_anew_in_time() -> None:
    course = deferred(90, 147)
    short = payer(lambda seen: approved(seen, until_on=seen.today + 5 * ONE_DAY))

    course.go_on(short, until=WaitKind.APPROVAL_DIFFERS)
    before = len(course.course.requests)
    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT))

    assert len(course.course.requests) == before, "asked anew when a grant so short reaches the session"
