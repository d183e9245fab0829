"""A move can be taken back for ten minutes, and so long the patient hears nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain import events as e
from domain import facts as f
from domain.changes import after
from domain.course import Course
from domain.decide import decide
from domain.facts import Request
from domain.messages import Post, post_of
from domain.moving import QUIET_FOR, UNDO_FOR, is_taken_back_unheard, moved_from
from domain.record import Refusal
from domain.session import Appointment
from tests.kit.moments import with_an_appointment
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY

WEEK = timedelta(days=7)


def moved(course: PaperCourse, *, edition: int = 2) -> tuple[Course, Post, Appointment]:
    """Return the course with its appointment moved by a week, what that means for the outbox, and the time before."""
    before = course.course.appointment
    assert before is not None
    where = moved_from(before, course.now) if edition >= 2 else None
    now_at = before.model_copy(
        update={"number": before.number + 1, "starts_at": before.starts_at + WEEK, "moved": where}
    )
    event = stamped(course, e.AppointmentMoved(from_appointment=before.number, appointment=now_at, reason="travels"))
    later = after(course.course.model_copy(update={"edition": edition}), event)
    return later, post_of(event, later), before


def stamped(course: PaperCourse, event: e.CourseEvent) -> e.CourseEvent:
    return event.model_copy(update={"number": course.course.number + 1, "at": course.now, "on": course.today})


def test_the_patient_is_told_of_a_move_when_it_can_no_more_be_taken_back() -> None:
    course = with_an_appointment()

    _, post, _ = moved(course)

    assert [message.kind for message in post.messages] == ["appointment_moved"]
    assert post.messages[0].send_at == course.now + QUIET_FOR
    assert QUIET_FOR > UNDO_FOR


def test_a_course_that_an_earlier_release_began_tells_at_once() -> None:
    course = with_an_appointment()

    later, post, _ = moved(course, edition=1)

    assert post.messages[0].send_at == course.now
    cancelled = stamped(course, e.AppointmentCancelled(appointment=2, reason="x"))
    assert not any("appointment_moved" in key for key in post_of(cancelled, later).withdrawn)


def test_a_move_that_was_not_told_yet_is_never_told_once_the_appointment_is_given_up() -> None:
    course = with_an_appointment()
    later, _, before = moved(course)

    cancelled = stamped(course, e.AppointmentCancelled(appointment=before.number + 1, reason="x"))

    assert f"c-1/appointment_moved/{before.number + 1}/" in post_of(cancelled, later).withdrawn


def test_taken_back_unheard_nothing_goes_out() -> None:
    course = with_an_appointment()
    later, _, before = moved(course)
    back = before.model_copy(update={"number": before.number + 2})

    event = stamped(
        course,
        e.AppointmentMoved(from_appointment=before.number + 1, appointment=back, reason="taken back", unheard=True),
    )
    post = post_of(event, later)

    assert post.messages == ()
    assert f"c-1/appointment_moved/{before.number + 1}/" in post.withdrawn


def test_a_confirmation_waits_behind_the_word_that_it_has_moved() -> None:
    course = with_an_appointment()
    later, told, before = moved(course)
    event = stamped(course, e.AppointmentConfirmed(appointment=before.number + 1))

    confirmed = post_of(event, later).messages[0]

    assert confirmed.kind == "appointment_confirmed"
    assert confirmed.send_at > told.messages[0].send_at


@pytest.mark.parametrize(
    ("minutes", "starts", "refused"),
    [(9, timedelta(0), None), (10, timedelta(0), "ten minutes have passed"), (1, WEEK, "the time before the move")],
)
def test_a_move_is_taken_back_within_ten_minutes_and_to_its_own_time_only(
    minutes: int, starts: timedelta, refused: str | None
) -> None:
    course = with_an_appointment()
    later, _, before = moved(course)

    fact = f.Move(starts_at=before.starts_at + starts, reason="taken back", undo=True)
    answer = decide(later, Request(request_id="r-1", by=AMY, fact=fact), now=course.now + timedelta(minutes=minutes))

    if refused is None:
        assert isinstance(answer, e.MoveAsked)
        assert answer.undo
    else:
        assert isinstance(answer, Refusal)
        assert refused in answer.reason


def test_what_nothing_has_moved_is_not_taken_back() -> None:
    course = with_an_appointment()
    assert course.course.appointment is not None

    fact = f.Move(starts_at=course.course.appointment.starts_at, reason="taken back", undo=True)
    answer = decide(course.course, Request(request_id="r-1", by=AMY, fact=fact), now=course.now)

    assert isinstance(answer, Refusal)


def test_a_second_move_in_a_row_is_told_although_it_is_taken_back() -> None:
    """The patient knows the first time only: back at the second he would expect the wrong one."""
    now = datetime(2026, 3, 2, 17, tzinfo=UTC)
    first = with_an_appointment().course.appointment
    assert first is not None
    second = first.model_copy(update={"moved": moved_from(first, now)})
    third = first.model_copy(update={"moved": moved_from(second, now + timedelta(minutes=5))})

    assert is_taken_back_unheard(second, now + timedelta(minutes=9))
    assert not is_taken_back_unheard(third, now + timedelta(minutes=9))
