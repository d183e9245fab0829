"""How what is stuck is put together: causes, counts, and what can be done, without servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure, TimeoutFailureInfo
from temporalio.api.history.v1 import (
    ActivityTaskTimedOutEventAttributes,
    HistoryEvent,
    WorkflowTaskFailedEventAttributes,
    WorkflowTaskStartedEventAttributes,
)

from domain.waits import KINDS, AtDue, WaitKind
from office import stuck
from office.stuck import ASSIGN, BEHIND, DEADLINE, RETRY, UNBILLED, Looked
from readmodel.stuck import LOOKED_AT_ONCE, TASKS, StuckCause, StuckCourse, StuckWait

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_cause(kind: WaitKind, subject: str = "") -> StuckCause:
    return StuckCause(kind=kind, subject=subject, waits=3, courses=2, oldest=NOW)


def a_course(number: int, *, why: str = "overslept", in_all: int = 2) -> StuckCourse:
    return StuckCourse(
        course_id=f"c-{number}", workflow_id=f"w-{number}", why=why, since=NOW - number * HOUR, in_all=in_all
    )


def seen(course: StuckCourse, key: str, error: str = "it failed") -> Looked:
    return stuck._looked(course, key, "An activity fails", error, "see that it is there")


def test_an_overdue_task_is_moved_or_handed_on_and_a_payers_answer_is_only_handed_on() -> None:
    ours, theirs = stuck._of_waits(a_cause(WaitKind.GOALS), ""), stuck._of_waits(a_cause(WaitKind.PAYER_ANSWER), "")

    assert (ours.key, ours.count, ours.oldest) == ("overdue:goals", 3, NOW)
    assert ours.can == (DEADLINE, ASSIGN)
    assert "change the deadline" in ours.what_helps
    assert theirs.can == (ASSIGN,)
    assert "deadline" not in theirs.what_helps


@pytest.mark.parametrize(("failed", "said"), [("the system is away", "the system is away"), ("", "no answer for 10")])
def test_a_system_that_does_not_answer_is_told_with_its_error_and_retried(failed: str, said: str) -> None:
    cause = stuck._of_waits(a_cause(WaitKind.OUTSIDE, "book-session"), failed)

    assert cause.error.startswith(said)
    assert (cause.key, cause.title) == ("outside:book-session", "A system does not answer: book session")
    assert cause.can == (RETRY, ASSIGN)


@pytest.mark.parametrize(("raised", "detail"), [(0, ""), (1, "raised once"), (2, "raised twice")])
def test_a_row_names_its_task_and_how_often_it_was_raised(raised: int, detail: str) -> None:
    wait = StuckWait(
        course_id="c-1",
        wait_id="goals:intake",
        kind=WaitKind.GOALS,
        subject="intake",
        since=NOW - HOUR,
        due=NOW,
        raised=raised,
        owner="dr.lee",
        now=NOW,
        in_all=1,
    )

    row = stuck._row(wait)

    assert (row.cause, row.task, row.owner) == ("overdue:goals", "c-1/goals:intake", "dr.lee")
    assert (row.since, row.due, row.detail) == (NOW - HOUR, NOW, detail)


def test_what_fails_alike_is_one_cause_with_all_its_courses() -> None:
    claim = StuckCourse(course_id="", workflow_id="claim-9", why="failing", since=NOW - 9 * HOUR, in_all=1)
    looked = [seen(a_course(1), "book"), seen(a_course(2), "book"), seen(a_course(3), "bill"), seen(claim, "bill")]

    (book, booked), (bill, billed) = stuck._grouped(looked)

    assert (book.count, book.oldest, [row.course_id for row in booked]) == (2, NOW - 2 * HOUR, ["c-1", "c-2"])
    assert (bill.count, bill.oldest) == (2, NOW - 3 * HOUR), "a claim of nobody has no row and is counted"
    assert [row.course_id for row in billed] == ["c-3"]
    assert all(row.cause == book.key for row in booked), "its rows are found by the cause"


def test_what_fails_in_two_ways_is_two_causes() -> None:
    assert len(list(stuck._grouped([seen(a_course(1), "book", "a"), seen(a_course(2), "book", "b")]))) == 2


@pytest.mark.parametrize("cause", [BEHIND, UNBILLED])
def test_what_is_late_without_a_failure_is_told_of_all_though_only_some_are_at_hand(cause: stuck.Cause) -> None:
    courses = [a_course(4, in_all=30), a_course(3, in_all=30), a_course(2, why="conflict", in_all=30)]

    [(told, rows)] = stuck._unexplained(cause, courses, [seen(courses[1], "book")])

    assert [row.course_id for row in rows] == ["c-4"]
    assert (told.key, told.oldest) == (cause.key, NOW - 4 * HOUR)
    assert told.count == 1 + 27, "one at hand, and those that are not"


def test_nothing_is_told_where_all_that_is_late_is_explained() -> None:
    course = a_course(1, in_all=1)

    assert list(stuck._unexplained(BEHIND, [course], [seen(course, "book")])) == []
    assert list(stuck._unexplained(BEHIND, [], [])) == []


def test_a_failure_is_read_from_the_events_that_tell_of_one() -> None:
    failed = Failure(application_failure_info=ApplicationFailureInfo(type="KeyError"))
    late = Failure(timeout_failure_info=TimeoutFailureInfo())
    of_task = HistoryEvent(workflow_task_failed_event_attributes=WorkflowTaskFailedEventAttributes(failure=failed))
    of_activity = HistoryEvent(
        activity_task_timed_out_event_attributes=ActivityTaskTimedOutEventAttributes(failure=late)
    )
    other = HistoryEvent(workflow_task_started_event_attributes=WorkflowTaskStartedEventAttributes())

    assert stuck._failure_in(of_task) == failed
    assert stuck._failure_in(of_activity) == late
    assert stuck._failure_in(other) is None
    assert stuck.failure_in_words(late) == "no answer in time"
    assert stuck.failure_in_words(Failure()) == "it failed"


def test_only_what_a_person_does_is_overdue_and_what_is_handed_on_is_not_looked_at_again() -> None:
    assert "goals" in TASKS
    assert "session-day" not in TASKS, "a date that comes is nobody's task"
    assert {WaitKind(kind) for kind in LOOKED_AT_ONCE} == {
        kind for kind in WaitKind if KINDS[kind].at_due is AtDue.HAND_ON
    }
    assert WaitKind.PAYER_ANSWER in {WaitKind(kind) for kind in LOOKED_AT_ONCE}
