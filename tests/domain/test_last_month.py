"""The last month of a cycle: counted on the day of the next session, frozen, and said where a trial's response is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.diary import DiaryDay
from domain.last_month import last_month_after, last_month_in_words, last_months_to_count, response_lost_by
from domain.planner import notices, warnings_of
from domain.response import ResponseAnswer, Verdict
from domain.waits import WaitKind
from office.measures import measures_of
from office.session_record import sheet_of
from office.view import view_of
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning
from tests.kit.diaries import NEVER_RESPONDS, Diary, a_diary, no_diary
from tests.kit.examples import VIALS
from tests.kit.invariants import check_story
from tests.kit.moments import at, correction
from tests.kit.paper import PaperCourse
from tests.kit.people import DR_LEE

ONE_DAY = timedelta(days=1)
MONTH_3 = 56
"""So many days after a session its third month begins."""


def wears_off(headaches: int, *, recorded: int = 28, in_cycle: int = 2) -> Diary:
    """Return a responder's diary whose third month of one cycle has so many headache days; every other is 8 of 28."""
    usual = a_diary(after=(8,))

    def day(on: date, given_on: tuple[date, ...]) -> DiaryDay | None:
        place = (on - given_on[-1]).days - MONTH_3 if given_on else -1
        if len(given_on) != in_cycle or not 0 <= place < 28:
            return usual(on, given_on)
        headache = place < headaches
        return DiaryDay(on=on, headache=headache, migraine=headache and place % 2 == 0) if place < recorded else None

    return day


def on_the_day_of_session(number: int, diary: Diary, **paper: Any) -> PaperCourse:
    return at(WaitKind.CLEARANCE, times=number, diary=diary, **paper)


def counted(course: PaperCourse) -> list[int]:
    return [event.month.session for event in course.events if isinstance(event, e.LastMonthCounted)]


def test_on_the_day_of_the_next_session_the_28_days_before_day_84_are_counted_once() -> None:
    course = on_the_day_of_session(3, wears_off(12))

    month, session = last_month_after(course.course, 2), course.course.session(2)

    assert counted(course) == [1, 2], "one a cycle"
    assert month is not None
    assert session is not None
    first_on, last_on = session.given_on + 56 * ONE_DAY, session.given_on + 83 * ONE_DAY
    assert (month.block.first_on, month.block.last_on, month.block.month) == (first_on, last_on, 3)
    assert (month.block.headache_days, month.block.recorded_days) == (12, 28)
    assert month.counted_on == course.today
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_it_is_counted_before_clearance_is_asked_and_nothing_else_is_waited_for() -> None:
    course = on_the_day_of_session(2, a_diary(after=(8,)))

    at_month = next(place for place, event in enumerate(course.events) if isinstance(event, e.LastMonthCounted))
    opened = [event.wait.kind for event in course.events if isinstance(event, e.WaitOpened)]

    assert [one.wait.kind for one in course.events[at_month:] if isinstance(one, e.WaitOpened)] == [WaitKind.CLEARANCE]
    assert not [kind for kind in opened if "month" in kind], "no wait and no task of its own"


@pytest.mark.parametrize(
    ("headaches", "recorded", "verdict"),
    [
        (10, 28, Verdict.RESPONSE),
        (11, 28, Verdict.PARTIAL),
        (14, 28, Verdict.PARTIAL),
        (15, 28, Verdict.NONE),
        (15, 24, Verdict.NONE),
        (13, 24, Verdict.UNDETERMINED),
    ],
)
def test_it_is_judged_as_a_check_would_with_missing_days_as_bounds(
    headaches: int, recorded: int, verdict: Verdict
) -> None:
    course = on_the_day_of_session(3, wears_off(headaches, recorded=recorded))

    month = last_month_after(course.course, 2)

    assert month is not None
    assert (month.verdict, month.block.recorded_days) == (verdict, recorded)


def test_without_a_diary_it_says_how_little_is_known() -> None:
    course = on_the_day_of_session(2, no_diary)

    month = last_month_after(course.course, 1)

    assert month is not None
    assert month.verdict is Verdict.UNDETERMINED
    assert "0 to 28 of 28 days, 0 recorded" in last_month_in_words(month)


def test_who_clears_a_trial_that_lost_its_response_is_told_and_forbidden_nothing() -> None:
    course = on_the_day_of_session(3, wears_off(15))

    said = warnings_of(course.course)

    assert said == (
        (
            "month 3 after session 2: headache on 15 of 28 days; it was a response by the check after session 2, "
            "and is none now"
        ),
    )
    assert said[0] in notices(course.course, course.today)
    course.tell(DR_LEE, f.PreSessionCheck(clear=True), task=course.tasks[0].id)
    assert course.course.clearance is not None
    assert course.course.clearance.warnings == said


@pytest.mark.parametrize("headaches", [8, 10, 14])
def test_where_it_did_not_turn_to_none_nothing_is_said(headaches: int) -> None:
    assert warnings_of(on_the_day_of_session(3, wears_off(headaches)).course) == ()


def test_of_who_never_responded_nothing_turned() -> None:
    one_more = People({WaitKind.RESPONSE_CHECK: lambda _: (DR_LEE, f.Response(answer=ResponseAnswer.ONE_MORE))})

    course = on_the_day_of_session(3, NEVER_RESPONDS, people=one_more)

    month = last_month_after(course.course, 2)
    assert month is not None
    assert month.verdict is Verdict.NONE
    assert response_lost_by(course.course, month) is None


@pytest.mark.parametrize(("cycle", "said"), [(3, True), (4, False)])
def test_it_is_said_of_the_trials_sessions_only(cycle: int, *, said: bool) -> None:
    course = on_the_day_of_session(cycle + 1, wears_off(20, in_cycle=cycle))

    assert bool(warnings_of(course.course)) is said


def test_a_session_that_is_told_too_early_leaves_its_cycle_without_one() -> None:
    course = at(WaitKind.SESSION_RESULT)
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    first = course.course.sessions[0].given_on
    while course.today < first + 82 * ONE_DAY:
        course.pass_until(course.now + ONE_DAY)
    course.tell(DR_LEE, f.SessionResult(vials=VIALS, injector="dr.lee"), deviation="she was there")

    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert counted(course) == [2]


def test_a_visit_that_was_missed_counts_nothing_twice() -> None:
    course = on_the_day_of_session(2, a_diary(after=(8,)))
    course.tell(DR_LEE, f.PreSessionCheck(clear=False, note="a cold"), task=course.tasks[0].id)

    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert counted(course) == [1]


def correct_the_day_of_session(course: PaperCourse, number: int, by: int) -> None:
    session = course.course.session(number)
    assert session is not None
    values = f.SessionValues(given_on=session.given_on + by * ONE_DAY)
    course.tell(DR_LEE, correction(course, values, subject=number), deviation="the day was typed wrong")


def test_a_corrected_day_of_its_session_has_it_counted_anew_and_another_leaves_it() -> None:
    course = on_the_day_of_session(3, wears_off(15))
    second = course.course.session(2)
    assert second is not None

    correct_the_day_of_session(course, 2, -1)

    month = last_month_after(course.course, 2)
    assert month is not None
    assert month.block.first_on == second.given_on + 55 * ONE_DAY
    assert counted(course) == [1, 2, 2], "the first cycle is 83 days now: it has no whole month"
    assert last_month_after(course.course, 1) is None


def edition(number: int) -> Callable[[PaperCourse], None]:
    def become(course: PaperCourse) -> None:
        course.course = course.course.model_copy(update={"edition": number})

    return become


def test_an_earlier_release_counts_none() -> None:
    course = PaperCourse(a_beginning(edition=1))
    course.go_on(People(), until=WaitKind.CLEARANCE)
    course.tell(DR_LEE, f.PreSessionCheck(clear=True), task=course.tasks[0].id)
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert counted(course) == []
    edition(2)(course)
    assert [one.number for one in last_months_to_count(course.course, course.today)] == [1]


def test_who_injects_sees_it_on_the_sessions_page_and_show_and_reports_have_it() -> None:
    course = on_the_day_of_session(3, wears_off(15))
    month = last_month_after(course.course, 2)
    assert month is not None

    sheet = sheet_of(course.course, course.now)
    view = view_of(course.course, now=course.now, bills=(), messages=())
    counts = measures_of(course.course, (), now=course.now, days=())

    assert sheet.last_month == last_month_in_words(month)
    assert sheet.last_month.endswith("no response")
    assert [one["session"] for one in view["last_months"]] == [1, 2]
    [after_2] = [one for one in counts.responses if one.session == 2]
    assert (after_2.verdict, after_2.last_month) == (Verdict.RESPONSE, Verdict.NONE)
