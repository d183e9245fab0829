"""`show` is the fold of the journal as one document."""

from __future__ import annotations

from pydantic_core import to_json

from cli.show import _page
from domain.waits import WaitKind
from office.view import view_of
from tests.kit.answers import People
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.moments import at
from tests.kit.paper import PaperCourse

PROMISED = {
    "course_id",
    "patient_id",
    "protocol",
    "phase",
    "outcome",
    "clock",
    "waiting_for",
    "next_session",
    "baseline",
    "planned_dose",
    "coverage",
    "sessions",
    "authorizations",
    "response_checks",
    "last_months",
    "claims",
    "holds",
    "open_tasks",
}


def page_of(course: PaperCourse) -> str:
    view = view_of(course.course, now=course.now, bills=(), messages=())
    to_json(view)
    assert view.keys() >= PROMISED
    return "\n".join(_page(course.course, view, "Ana Lopez, number 7", moved=False))


def test_a_new_course_shows_its_task_with_the_command_that_answers_it() -> None:
    page = page_of(PaperCourse())

    assert "Waits for a clinician" in page
    assert "answer c-1/goals:intake goals=... consent_signed_on=today" in page


def test_a_course_between_sessions_shows_when_the_next_may_be_and_why() -> None:
    course = PaperCourse()
    course.go_on(People(), until=WaitKind.SAFETY_CALL)

    page = page_of(course)

    assert "Session 2: earliest" in page
    assert "84 days after the dose of" in page
    assert "left 1 sessions, 200 units" in page
    assert "Session 1: " in page


def test_a_closed_course_shows_how_it_ended() -> None:
    course = PaperCourse(diary=NEVER_RESPONDS)
    course.go_on(People())

    page = page_of(course)

    assert "discontinued, no response" in page
    assert "Closed on" in page
    assert "No open tasks." in page


def test_a_session_shows_the_last_month_of_its_cycle_once_it_is_counted() -> None:
    page = page_of(at(WaitKind.CLEARANCE, times=2))

    assert "  month 3 after session 1 (" in page
    assert "headache on 8 of 28 days, before treatment on 20 of 28 days" in page
