"""What has happened is told in plain words, whatever it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import get_args

from domain import events as e
from domain.session import Appointment, AppointmentStatus
from domain.story import SENTENCES, story_of
from domain.waits import Wait, WaitKind
from tests.kit.answers import People
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.paper import PaperCourse

ZONE = "America/Los_Angeles"


def test_every_kind_of_event_has_its_sentence() -> None:
    assert SENTENCES.keys() == set(get_args(e.AnyEvent))


def test_times_are_told_by_the_clinics_clock() -> None:
    appointment = Appointment(
        number=1,
        id="a",
        for_session=2,
        starts_at=datetime(2026, 6, 1, 16, 30, tzinfo=UTC),
        ends_at=datetime(2026, 6, 1, 17, 0, tzinfo=UTC),
        injector="dr.lee",
        room="room-1",
        status=AppointmentStatus.TENTATIVE,
    )

    said = story_of(e.AppointmentBooked(appointment=appointment), zone=ZONE)

    names = {"dr.lee": "Dr. Kim Lee", "room-1": "Treatment room 1"}
    named = story_of(e.AppointmentBooked(appointment=appointment), zone=ZONE, names=names)

    assert said == "Session 2 is booked for Mon 01 Jun 2026 09:30 with dr.lee, room-1, tentatively"
    assert named == "Session 2 is booked for Mon 01 Jun 2026 09:30 with Dr. Kim Lee, Treatment room 1, tentatively"


def test_codes_are_told_as_words() -> None:
    ended = e.CourseEnded(outcome=e.Outcome.WITHDRAWN, reason="patients_wish", note="moves away")

    assert story_of(ended, zone=ZONE) == "The course ended: withdrawn, patients wish: moves away"


def test_what_a_newer_version_wrote_is_told_as_such() -> None:
    said = story_of(e.UnknownEvent(kind="pump_replaced", on=date(2026, 3, 2)), zone=ZONE)

    assert said == "pump_replaced: told by a newer version of Regimen"


def test_a_wait_is_told_by_its_title() -> None:
    due = datetime(2026, 3, 9, 15, tzinfo=UTC)
    wait = Wait(id="goals:intake", kind=WaitKind.GOALS, subject="intake", since=due, due=due, look_at=due)

    said = story_of(e.WaitOpened(wait=wait), zone=ZONE)

    assert said == "Waits now: Set goals and record consent (intake), until Mon 09 Mar 2026 08:00"


def test_a_whole_course_is_told_without_a_gap() -> None:
    course = PaperCourse(diary=NEVER_RESPONDS)
    course.go_on(People())

    told = [story_of(event, zone=ZONE) for event in course.events]

    assert {"session_given", "authorization_decided", "response_answered", "course_closed"} <= {
        getattr(event, "kind", "") for event in course.events
    }
    assert [said for said in told if not said or "None" in said] == []
