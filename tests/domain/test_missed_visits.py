"""Visits that gave no drug: each told apart, counted for its session, and from the third on a clinician's matter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.events import Outcome
from domain.hold import HoldReason
from domain.people import Role
from domain.plan import morning_of
from domain.session import NotGivenReason, Whose
from domain.visits import missed as missed_so_far
from domain.visits import must_decide, not_given, result_missing_since
from domain.waits import KINDS, WaitKind
from tests.domain.builders import with_value
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning
from tests.kit.examples import VIALS
from tests.kit.moments import at, missed, with_an_appointment
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
GO_ON = f.MissedVisitsDecision(decision="go_on", reason="a new job, wants to go on")


def test_each_kind_is_counted_for_its_session() -> None:
    course = missed(1)
    course.go_on(People(), until=WaitKind.CLEARANCE)
    course.tell(DR_LEE, f.PreSessionCheck(clear=False, positive=("infection",)))
    course.tell(AMY, f.Cancel(reason="the nurse is ill", whose=Whose.CLINIC))
    course.tell(AMY, f.Cancel(reason="has a cold", whose=Whose.PATIENT))

    assert not_given(course.course) == {
        NotGivenReason.NO_SHOW: 1,
        NotGivenReason.CANCELLED_BY_PATIENT: 1,
        NotGivenReason.CANCELLED_BY_CLINIC: 1,
        NotGivenReason.TURNED_AWAY: 1,
    }
    assert missed_so_far(course.course) == 3


def test_a_session_given_begins_the_count_anew() -> None:
    course = missed(2)

    course.go_on(People(), until=WaitKind.SAFETY_CALL)

    assert not_given(course.course) == {}
    assert missed_so_far(course.course) == 0
    assert len(course.course.visits_not_given) == 2


def test_after_the_third_missed_visit_no_time_is_looked_for_before_a_clinician_decides() -> None:
    course = missed(3)

    before = course.course

    course.tell(NINA, GO_ON)

    assert before.appointment is None
    assert [wait.kind for wait in before.waits if wait.is_task] == [WaitKind.MISSED_VISITS]
    assert course.course.appointment is not None
    assert course.task(WaitKind.MISSED_VISITS) is None


def test_after_go_on_the_count_begins_anew() -> None:
    course = missed(3)
    course.tell(NINA, GO_ON)
    for times in (1, 2, 3):
        course.go_on(People(), until=WaitKind.CLEARANCE)
        course.tell(AMY, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT))
        assert must_decide(course.course) is (times == 3)


def test_the_clinician_may_end_the_course() -> None:
    course = missed(3)

    course.tell(DR_LEE, f.MissedVisitsDecision(decision="end", reason="cannot come for months"))

    assert course.course.ending is not None
    assert (course.course.ending.outcome, course.course.ending.reason) == (Outcome.DECLINED, "missed_visits")


def test_what_the_clinic_cancelled_never_counts() -> None:
    course = missed(4, reason=NotGivenReason.CANCELLED_BY_CLINIC)

    assert course.course.appointment is not None
    assert missed_so_far(course.course) == 0


def test_missed_visits_change_nothing_in_the_trials_count() -> None:
    course = missed(2)

    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)

    assert [session.number for session in course.course.sessions] == [1, 2]
    assert sum(session.is_trial for session in course.course.sessions) == 2


@pytest.mark.parametrize(
    "before",
    [
        {"edition": 1},
        {"protocol": a_beginning().protocol.model_copy(update={"visits": None})},
    ],
)
def test_without_such_a_rule_a_time_is_looked_for_however_often_a_visit_is_missed(before: dict[str, Any]) -> None:
    course = missed(4, beginning=a_beginning(**before))

    assert course.course.appointment is not None


def test_the_number_is_the_protocols() -> None:
    protocol = with_value(a_beginning().protocol, "visits.missed_max", 1)

    course = missed(1, beginning=a_beginning(protocol=protocol))

    assert must_decide(course.course)


def test_a_cancellation_says_whose_wish_it_was_or_is_not_taken_so_that_each_is_counted() -> None:
    course = with_an_appointment()

    refused = course.ask(AMY, f.Cancel(reason="on holiday"))

    assert refused is not None
    assert refused.reason.startswith("whose: expected patient or clinic")
    course.tell(AMY, f.Cancel(reason="on holiday", whose=Whose.PATIENT))
    assert not_given(course.course) == {NotGivenReason.CANCELLED_BY_PATIENT: 1}


def test_in_courses_of_an_earlier_release_one_that_does_not_say_so_is_taken_and_not_counted() -> None:
    course = with_an_appointment()
    course.course = course.course.model_copy(update={"edition": 1})

    course.tell(AMY, f.Cancel(reason="on holiday"))

    assert not_given(course.course) == {}


def test_a_result_is_missing_from_the_end_of_the_visit_on() -> None:
    course: PaperCourse = at(WaitKind.CLEARANCE)
    appointment = course.course.appointment
    assert appointment is not None

    assert result_missing_since(course.course, appointment.ends_at - timedelta(minutes=1)) is None
    assert result_missing_since(course.course, appointment.ends_at) == appointment.ends_at


def test_the_clinician_may_hold_the_course_and_who_resumes_it_has_decided() -> None:
    course = missed(3)
    course.tell(NINA, f.HoldAsked(until=course.today + timedelta(days=60), reason=HoldReason.MISSED_VISITS))
    held = course.course

    course.tell(NINA, f.Resume(reason="has a car again"))

    assert held.waits_of(WaitKind.MISSED_VISITS) == ()
    assert [one.decision for one in course.course.missed_visits] == ["go_on"]
    assert course.course.appointment is not None


def test_operations_who_resume_it_leave_the_decision_to_the_clinician() -> None:
    course = missed(3)
    course.tell(AMY, f.HoldAsked(until=course.today + timedelta(days=60), reason=HoldReason.MISSED_VISITS))

    course.tell(AMY, f.Resume(reason="she has called"))

    assert course.task(WaitKind.MISSED_VISITS) is not None


# An appointment that passes and is not cleared


def passed(**paper: Any) -> PaperCourse:
    """Return a course on the morning after the day of its first appointment, of which nobody has said anything."""
    course = at(WaitKind.CLEARANCE, **paper)
    course.pass_until(the_morning_after(course))
    course.settle()
    return course


def the_morning_after(course: PaperCourse) -> datetime:
    appointment = course.course.appointment
    assert appointment is not None
    return morning_of(course.course, clinic_day(appointment.starts_at, course.course.clinic.zone) + ONE_DAY)


def test_until_the_morning_after_it_is_the_clinicians_to_clear_then_operations_say_what_became_of_it() -> None:
    course = at(WaitKind.CLEARANCE)
    morning = the_morning_after(course)
    course.pass_until(morning - timedelta(hours=7, minutes=1))
    course.settle()
    on_the_day = course.task(WaitKind.CLEARANCE), course.task(WaitKind.RESULT_MISSING)

    course.pass_until(morning)
    course.settle()

    task = course.task(WaitKind.RESULT_MISSING)
    assert on_the_day[0] is not None
    assert on_the_day[1] is None
    assert course.task(WaitKind.CLEARANCE) is None
    assert task is not None
    assert KINDS[task.kind].role is Role.OPERATIONS


def test_a_session_is_cleared_on_the_day_of_its_appointment_or_not_at_all() -> None:
    course = at(WaitKind.CLEARANCE)
    task = course.task(WaitKind.CLEARANCE)
    assert task is not None
    course.now = the_morning_after(course) - timedelta(hours=3)  # after midnight, before anybody has come to work

    refused = course.ask(DR_LEE, f.PreSessionCheck(clear=True), task=task.id)

    assert refused is not None
    assert "say what became of it" in refused.reason
    assert course.course.clearance is None


def test_on_the_day_a_session_is_cleared_however_late() -> None:
    course = at(WaitKind.CLEARANCE)
    course.pass_until(the_morning_after(course) - timedelta(hours=7, minutes=1))

    course.tell(DR_LEE, f.PreSessionCheck(clear=True))

    assert course.course.clearance is not None


def test_a_missed_visit_told_days_later_counts_for_its_own_day_and_another_time_is_found() -> None:
    course = passed()
    appointment = course.course.appointment
    assert appointment is not None
    course.pass_until(course.now + timedelta(days=2))

    course.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))

    visit = course.course.visits_not_given[-1]
    assert visit.on == clinic_day(appointment.starts_at, course.course.clinic.zone)
    assert missed_so_far(course.course) == 1
    assert course.task(WaitKind.RESULT_MISSING) is None
    assert course.course.appointment is not None
    assert course.course.appointment.starts_at > course.now


@pytest.mark.parametrize("ask", ["move", "cancel"])
def test_an_appointment_that_has_passed_is_neither_moved_nor_cancelled_before_its_result_is_told(ask: str) -> None:
    course = passed()
    later = course.now + timedelta(days=1, hours=3)
    fact = (
        f.Move(starts_at=later, reason="she is here")
        if ask == "move"
        else f.Cancel(reason="never came", whose=Whose.PATIENT)
    )

    refused = course.ask(AMY, fact)

    assert refused is not None
    assert "say what became of it" in refused.reason


def test_who_comes_days_later_is_cleared_once_the_missed_visit_is_told_and_the_next_time_is_moved() -> None:
    course = passed()
    course.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))
    course.tell(AMY, f.Move(starts_at=course.now + timedelta(hours=4), reason="she is here"))

    course.tell(DR_LEE, f.PreSessionCheck(clear=True))

    assert course.course.clearance is not None
    assert course.course.clearance.cleared_on == course.today
    assert missed_so_far(course.course) == 1


def test_a_session_given_on_that_day_uncleared_is_told_as_a_deviation() -> None:
    course = passed()
    task = course.task(WaitKind.RESULT_MISSING)
    assert task is not None
    told = f.SessionResult(vials=VIALS, given_on=course.today - ONE_DAY)

    refused = course.ask(DR_LEE, told, task=task.id)
    course.tell(DR_LEE, told, task=task.id, deviation="the network was down, the check was on paper")

    assert refused is not None
    assert [one.rule for one in course.course.deviations[0].broken] == ["clearance"]
    assert course.course.sessions[0].given_on == course.today - ONE_DAY


def test_after_the_third_visit_that_nobody_came_to_a_clinician_decides() -> None:
    course = PaperCourse()

    course.go_on(People({WaitKind.CLEARANCE: lambda _: None}), until=WaitKind.MISSED_VISITS)

    assert missed_so_far(course.course) == 3


def test_a_course_that_0_1_began_still_clears_on_a_later_day() -> None:
    course = at(WaitKind.CLEARANCE, beginning=a_beginning(edition=1))
    course.pass_until(the_morning_after(course) + 2 * ONE_DAY)

    course.tell(DR_LEE, f.PreSessionCheck(clear=True))

    assert course.course.clearance is not None
