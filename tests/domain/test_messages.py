"""Messages: which event asks for which, each key once, and what is withdrawn."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from domain import events as e
from domain.changes import after
from domain.messages import Message, Post, post_of, together
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.examples import FACTS
from tests.kit.invariants import messages_of
from tests.kit.moments import after_session, at, with_an_appointment, withdrawn
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, DR_LEE

ABOUT_AN_APPOINTMENT = ("reminder", "appointment_planned", "appointment_confirmed", "appointment_moved")


def kinds_after(course: PaperCourse, event: e.CourseEvent) -> list[str]:
    stamped = event.model_copy(update={"number": course.course.number + 1, "at": course.now, "on": course.today})
    return [message.kind for message in post_of(stamped, after(course.course, stamped)).messages]


def withdrawn_after(course: PaperCourse, event: e.CourseEvent) -> tuple[str, ...]:
    stamped = event.model_copy(update={"number": course.course.number + 1, "at": course.now, "on": course.today})
    return post_of(stamped, after(course.course, stamped)).withdrawn


def test_a_new_patient_is_welcomed_and_asked_for_the_diary_every_week() -> None:
    course = PaperCourse()

    found = [message for event, message in messages_of(course.events, course.course) if event.number == 1]

    assert found[0].kind == "welcome"
    prompts = [message.send_at for message in found if message.kind == "diary_prompt"]
    assert {later - earlier for earlier, later in pairwise(prompts)} <= {
        timedelta(days=7),
        timedelta(days=7, hours=-1),
        timedelta(days=7, hours=1),
    }


def test_a_confirmed_appointment_is_told_and_reminded_of_before_the_day() -> None:
    course = after_session(1)
    course.go_on(People(), until=WaitKind.CLEARANCE)
    appointment = course.course.appointment
    assert appointment is not None

    found = [message for _, message in messages_of(course.events, course.course)]

    reminders = [
        one for one in found if one.kind == "reminder" and one.key.startswith(f"c-1/reminder/{appointment.number}/")
    ]
    assert reminders
    assert all(one.send_at < appointment.starts_at for one in reminders)
    assert sum(one.kind == "appointment_confirmed" for one in found) == 2


def test_reminders_that_would_lie_in_the_past_are_not_sent() -> None:
    course = at(WaitKind.CLEARANCE)

    found = messages_of(course.events, course.course)

    for event, message in found:
        assert event.at is not None
        if message.kind == "reminder":
            assert message.send_at > event.at


def test_when_an_appointment_is_cancelled_moved_or_missed_what_hung_on_it_is_withdrawn() -> None:
    course = with_an_appointment()
    appointment = course.course.appointment
    assert appointment is not None
    number = appointment.number
    gone = tuple(f"c-1/{kind}/{number}/" for kind in ABOUT_AN_APPOINTMENT)

    assert withdrawn_after(course, e.AppointmentCancelled(appointment=number, reason="x")) == gone
    moved = appointment.model_copy(update={"number": number + 1})
    assert withdrawn_after(course, e.AppointmentMoved(from_appointment=number, appointment=moved, reason="x")) == gone


def test_after_death_nothing_goes_out_not_even_the_closing_words() -> None:
    course = after_session(1)
    death = e.CourseEnded(outcome=e.Outcome.DECEASED, reason="told by the family")

    assert kinds_after(course, death) == []
    assert withdrawn_after(course, death) == ("c-1/",)


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        (e.Outcome.DISCONTINUED, ["closing", "alternatives"]),
        (e.Outcome.DECLINED, ["closing", "alternatives"]),
        (e.Outcome.WITHDRAWN, ["closing"]),
        (e.Outcome.COMPLETED, ["closing"]),
    ],
)
def test_at_the_end_only_the_closing_words_go_out_with_alternatives_for_whom_it_did_not_help(
    outcome: e.Outcome, kinds: list[str]
) -> None:
    course, end = after_session(1), e.CourseEnded(outcome=outcome, reason="x")

    assert kinds_after(course, end) == kinds
    assert withdrawn_after(course, end) == (
        "c-1/welcome/",
        "c-1/appointment_",
        "c-1/reminder/",
        "c-1/diary_prompt/",
        "c-1/diary_prompt_held/",
    )


def test_a_reopened_course_asks_for_the_diary_again_and_takes_the_closing_words_back() -> None:
    course = withdrawn()
    course.tell(ADA, FACTS["reopen"])
    [reopened] = [one for one in course.events if isinstance(one, e.CourseReopened)]

    post = post_of(reopened, course.course)

    assert {message.kind for message in post.messages} == {"diary_prompt"}
    assert post.withdrawn == ("c-1/closing/", "c-1/alternatives/")


def test_over_a_whole_course_each_message_is_asked_for_once() -> None:
    course = after_session(3, diary=NEVER_RESPONDS)
    course.go_on(People())

    keys = Counter(
        message.key for _, message in messages_of(course.events, course.course) if message.kind != "diary_prompt"
    )

    assert keys
    assert set(keys.values()) == {1}


def test_prompts_of_two_cycles_have_the_same_days_so_that_none_is_doubled() -> None:
    course = after_session(2)

    prompts: dict[str, set[str]] = {}
    for _, message in messages_of(course.events, course.course):
        if message.kind == "diary_prompt":
            prompts.setdefault(message.key, set()).add(message.send_at.isoformat())

    assert all(len(times) == 1 for times in prompts.values())


def test_no_message_carries_more_than_times_and_the_clinics_own_words() -> None:
    course = after_session(2)
    course.tell(AMY, FACTS["withdraw"])

    told = {key for _, message in messages_of(course.events, course.course) for key in message.parameters}

    assert told <= {"starts_at", "zone", "phone", "alternatives"}
    assert DR_LEE.user_id not in str([message.parameters for _, message in messages_of(course.events, course.course)])


def test_several_events_at_once_leave_each_message_as_the_last_of_them_says() -> None:
    at = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    prompt = Message(key="c/diary_prompt/1", kind="diary_prompt", send_at=at)
    reminder = Message(key="c/reminder/1", kind="reminder", send_at=at)

    twice = together([Post(messages=(prompt, reminder)), Post(messages=(prompt,))])
    given_up = together([Post(messages=(prompt, reminder)), Post(withdrawn=("c/reminder/",))])
    asked_again = together(
        [
            Post(messages=(prompt,)),
            Post(withdrawn=("c/",)),
            Post(messages=(prompt,), withdrawn=("c/diary_prompt_held/",)),
        ]
    )

    assert [message.key for message in twice.messages] == [prompt.key, reminder.key]
    assert [message.gone for message in given_up.messages] == [False, True]
    assert [message.gone for message in asked_again.messages] == [False]
    assert asked_again.withdrawn == ("c/", "c/diary_prompt_held/")
