"""A clinic in any time zone: days, mornings, reminders and sessions keep to its own clock when that changes."""

from __future__ import annotations

from datetime import UTC, date, time, timedelta

import pytest

from domain import events as e
from domain import facts as f
from domain.clinic import Closure
from domain.clinic_time import clinic_clock, clinic_day, day_in_words, instant_of
from domain.session import NotGivenReason
from domain.visits import closed_for
from domain.waits import WaitKind
from tests.domain.builders import a_clinic
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning
from tests.kit.invariants import check_story, messages_of
from tests.kit.moments import at
from tests.kit.paper import VISIT_AT, PaperCourse
from tests.kit.people import AMY

MORNING = time(7)
DAYS_OF_THE_CLINIC = {
    WaitKind.SESSION_DAY,
    WaitKind.READINESS_DAY,
    WaitKind.LAST_LOOK_DAY,
    WaitKind.SAFETY_CALL_DAY,
    WaitKind.RENEWAL_DUE,
    WaitKind.CHECK_OPENS,
    WaitKind.AUTHORIZATION_ENDS,
}

CLOCKS = [
    ("America/New_York", date(2026, 1, 12)),  # spring forward on 8 March
    ("America/New_York", date(2026, 9, 14)),  # back on 1 November
    ("America/Los_Angeles", date(2026, 1, 12)),
    ("America/Phoenix", date(2026, 1, 12)),  # never changes
    ("Australia/Sydney", date(2026, 2, 2)),  # back on 5 April, and a day ahead of UTC in the evening
    ("Australia/Sydney", date(2026, 8, 3)),  # forward on 4 October
    ("Asia/Kolkata", date(2026, 1, 12)),  # half an hour off
]


def to_the_third_visit(zone: str, today: date) -> PaperCourse:
    """Return a course that was played over half a year in this zone: two sessions, a check, a renewal."""
    beginning = a_beginning(today, clinic=a_clinic(zone=zone))
    return at(WaitKind.CLEARANCE, times=3, beginning=beginning, today=today)


@pytest.mark.parametrize(("zone", "today"), CLOCKS)
def test_every_day_that_is_waited_for_begins_at_seven_by_the_clinics_clock(zone: str, today: date) -> None:
    course = to_the_third_visit(zone, today)

    opened = [event.wait for event in course.events if isinstance(event, e.WaitOpened)]
    mornings = [clinic_clock(wait.due, zone).time() for wait in opened if wait.kind in DAYS_OF_THE_CLINIC]
    assert len(mornings) > 8
    assert set(mornings) == {MORNING}


@pytest.mark.parametrize(("zone", "today"), CLOCKS)
def test_sessions_lie_84_of_the_clinics_days_apart_at_the_hour_they_were_booked_for(zone: str, today: date) -> None:
    course = to_the_third_visit(zone, today)

    first, second = course.course.sessions
    assert (second.given_on - first.given_on).days == 84
    assert course.course.appointment is not None
    assert (clinic_day(course.course.appointment.starts_at, zone) - second.given_on).days == 84
    booked = [event.appointment for event in course.events if isinstance(event, e.AppointmentBooked)]
    assert {clinic_clock(one.starts_at, zone).time() for one in booked} == {VISIT_AT}
    assert all(session.given_on == clinic_day(session.given_at, zone) for session in course.course.sessions)
    check_story(course.events, course_id="c-1", patient_id="p-1")


@pytest.mark.parametrize(("zone", "today"), CLOCKS)
def test_reminders_go_out_so_many_hours_before_and_prompts_at_nine(zone: str, today: date) -> None:
    course = to_the_third_visit(zone, today)

    messages = [message for _, message in messages_of(course.events, course.course)]
    starts = {
        f"/{event.appointment.number}/": event.appointment.starts_at
        for event in course.events
        if isinstance(event, e.AppointmentBooked)
    }
    reminders = [message for message in messages if message.kind == "reminder"]
    for message in reminders:
        number, hours = message.key.rsplit("/", 2)[-2:]
        assert starts[f"/{number}/"] - message.send_at == timedelta(hours=int(hours.removesuffix("h")))
        assert time(9) <= clinic_clock(message.send_at, zone).time() <= time(11), "in waking hours on both sides"
    assert len(reminders) >= 4
    prompts = {clinic_clock(message.send_at, zone).time() for message in messages if message.kind == "diary_prompt"}
    assert prompts == {time(9)}


def test_the_hour_that_a_changed_clock_shifts_is_seen_in_a_weeks_reminder_only() -> None:
    zone, session = "America/New_York", date(2026, 3, 9)  # the Monday after the clocks went forward
    starts_at = instant_of(session, time(10), zone)

    assert clinic_clock(starts_at - timedelta(hours=24), zone).time() == time(10)
    assert clinic_clock(starts_at - timedelta(hours=168), zone).time() == time(9)


def test_a_morning_in_sydney_is_the_day_before_in_utc_and_still_the_clinics_day() -> None:
    course = to_the_third_visit("Australia/Sydney", date(2026, 2, 2))

    session = course.course.sessions[0]

    assert session.given_at.astimezone(UTC).date() == session.given_on - timedelta(days=1)
    assert session.given_on == clinic_day(session.given_at, "Australia/Sydney")


def test_84_days_end_at_the_clinics_midnight_not_at_utcs() -> None:
    zone = "Australia/Sydney"
    course = to_the_third_visit(zone, date(2026, 2, 2))
    given_on = course.course.sessions[-1].given_on
    course.tell(AMY, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT))
    at_ten = instant_of(given_on + timedelta(days=83), time(10), zone)

    refused = course.ask(AMY, f.Move(starts_at=at_ten, reason="sooner"))

    assert refused is not None


@pytest.mark.parametrize("zone", ["America/New_York", "America/Phoenix", "Australia/Sydney"])
def test_a_closure_is_of_the_clinics_days(zone: str) -> None:
    course = to_the_third_visit(zone, date(2026, 2, 2))
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    appointment = course.course.appointment
    assert appointment is not None
    on = clinic_day(appointment.starts_at, zone)

    def closed(day: date) -> str | None:
        clinic = a_clinic(zone=zone, closures=(Closure(first_on=day, last_on=day, reason="stocktaking"),))
        return closed_for(course.course.model_copy(update={"clinic": clinic}), course.now)

    assert closed(on) == f"the clinic is closed on {day_in_words(on)}: stocktaking"
    assert closed(on - timedelta(days=1)) is None
    assert closed(on + timedelta(days=1)) is None
