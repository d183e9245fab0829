"""The course is the fold of its events: numbered, known or not, and the same through JSON."""

from __future__ import annotations

import json

import pytest

from domain import events as e
from domain.changes import LEDGER, after, fold
from domain.course import Course
from domain.events import UnknownEvent, parse_event
from domain.session import WatchEnd
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, medicare, self_pay
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.moments import after_session, with_a_red_flag, withdrawn
from tests.kit.paper import PaperCourse


def whole_courses() -> list[PaperCourse]:
    """Return courses that between them have seen most kinds of events."""
    never = after_session(3, diary=NEVER_RESPONDS)
    never.go_on(People())
    ended, flagged = withdrawn(), with_a_red_flag()
    ended.go_on(People())
    own = after_session(2, beginning=a_beginning(coverage=self_pay(TODAY)))
    none_needed = after_session(2, beginning=a_beginning(coverage=medicare(TODAY)))
    return [never, ended, flagged, own, none_needed]


@pytest.mark.parametrize("course", whole_courses(), ids=["never", "ended", "flagged", "self-pay", "medicare"])
def test_a_course_is_the_same_when_its_events_come_back_from_the_journal(course: PaperCourse) -> None:
    rows = [json.loads(event.model_dump_json()) for event in course.events]

    again = fold([parse_event(row) for row in rows], course_id="c-1", patient_id="p-1")

    assert again == course.course


@pytest.mark.parametrize("course", whole_courses(), ids=["never", "ended", "flagged", "self-pay", "medicare"])
def test_every_event_comes_back_from_json_as_it_was(course: PaperCourse) -> None:
    for event in course.events:
        assert parse_event(json.loads(event.model_dump_json())) == event


@pytest.mark.parametrize("course", whole_courses(), ids=["never", "ended", "flagged", "self-pay", "medicare"])
def test_a_course_crosses_a_roll_over_unchanged(course: PaperCourse) -> None:
    assert Course.model_validate_json(course.course.model_dump_json()) == course.course


def test_an_event_out_of_turn_is_a_bug() -> None:
    course = PaperCourse().course

    for number in (course.number, course.number + 2):
        with pytest.raises(AssertionError, match=f"event {number} after {course.number}"):
            after(course, e.RollOverAsked(number=number))


def test_an_event_of_a_newer_version_is_kept_and_changes_nothing_but_the_number() -> None:
    course = PaperCourse().course
    row = {"kind": "drug_shipped", "number": course.number + 1, "carrier": "x", "by": "course", "request_id": "r-new"}

    event = parse_event(row)
    now = after(course, event)

    assert isinstance(event, UnknownEvent)
    assert json.loads(event.model_dump_json())["carrier"] == "x"
    assert now.number == course.number + 1
    assert now.receipt("r-new") is not None
    unchanged = {"number": course.number, "ledger": course.ledger}
    assert now.model_copy(update=unchanged) == course


def test_an_older_program_carries_on_fields_that_only_a_newer_one_knows() -> None:
    newer = json.loads(PaperCourse().course.model_dump_json())
    newer["drug_supply"] = {"vials": 2}
    newer["waits"][0]["colour"] = "red"

    older = Course.model_validate(newer)
    changed = after(older, e.RollOverAsked(number=older.number + 1))

    back = json.loads(changed.model_dump_json())
    assert back["drug_supply"] == {"vials": 2}
    assert back["waits"][0]["colour"] == "red"


def test_a_known_event_with_fields_of_a_newer_version_keeps_them() -> None:
    row = {"kind": "roll_over_asked", "number": 2, "version_wanted": "7"}

    event = parse_event(row)

    assert type(event) is e.RollOverAsked
    assert json.loads(event.model_dump_json())["version_wanted"] == "7"


def test_the_ledger_remembers_the_last_requests_and_what_they_became() -> None:
    course = PaperCourse().course
    for number in range(LEDGER + 5):
        course = after(course, e.RollOverAsked(number=course.number + 1, request_id=f"r-{number}"))

    assert len(course.ledger) == LEDGER
    assert course.receipt("r-0") is None
    last = course.receipt(f"r-{LEDGER + 4}")
    assert last is not None
    assert last.number == course.number


def test_an_ended_course_has_no_appointment_and_scheduling_is_still_to_be_told() -> None:
    course = after_session(1)
    appointment = course.course.appointment
    assert appointment is not None

    ended = after(
        course.course,
        e.CourseEnded(
            number=course.course.number + 1, at=course.now, on=course.today, outcome=e.Outcome.WITHDRAWN, reason="x"
        ),
    )

    assert ended.appointment is None
    assert [(one.appointment_id, one.to) for one in ended.unsettled] == [(appointment.id, "cancelled")]
    assert {wait.kind for wait in ended.waits} == {WaitKind.SAFETY_CALL_DAY}


def test_a_watch_that_nobody_answered_ends_by_itself_as_not_reached() -> None:
    course = after_session(1)
    course.go_on(People({WaitKind.SAFETY_CALL: lambda _: None}), until=WaitKind.RESPONSE_CHECK)

    assert course.course.sessions[0].watch_ended is WatchEnd.NOT_REACHED


def test_between_them_the_whole_courses_have_seen_most_kinds_of_events() -> None:
    seen = {type(event) for course in whole_courses() for event in course.events}

    assert len(seen) >= 25
