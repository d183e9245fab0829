"""A gap: nothing was given for longer than the protocol allows, and nobody had called it a hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import events as e
from domain import facts as f
from domain import plan
from domain.anew import gap_noticed_on
from domain.clinic_time import day_in_words
from domain.coverage import Coverage, CoverageKind
from domain.hold import HoldReason
from domain.planner import forecast
from domain.ready import missing_for_clearance, missing_for_confirmation
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.session import Whose
from domain.story import story_of
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, medicare, self_pay
from tests.kit.diaries import NEVER_RESPONDS, RESPONDS_AT_ONCE, Diary
from tests.kit.invariants import check_story
from tests.kit.moments import after_session, at, correction
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_LEE

ONE_DAY = timedelta(days=1)


def put_off(course: PaperCourse, days: int) -> PaperCourse:
    """Have the patient put the next session off to so many days after the last; nobody calls it a hold."""
    last = course.course.last_session
    assert last is not None
    not_before = last.given_on + days * ONE_DAY
    course.tell(AMY, f.Cancel(reason="abroad", not_before=not_before, whose=Whose.PATIENT))
    return course


def days_after(course: PaperCourse, days: int) -> PaperCourse:
    """Let so many days pass after the last session; nobody answers anything."""
    last = course.course.last_session
    assert last is not None
    course.pass_until(plan.morning_of(course.course, last.given_on + days * ONE_DAY))
    return course


def gap_of(days: int, *, diary: Diary = NEVER_RESPONDS, coverage: Coverage | None = None) -> PaperCourse:
    """Return a course in the morning of the day so long after session 1, with session 2 booked for that day or later."""
    beginning = a_beginning() if coverage is None else a_beginning(coverage=coverage)
    return days_after(put_off(after_session(1, beginning=beginning, diary=diary), days), days)


def noticed(course: PaperCourse) -> list[e.GapTooLong]:
    return [event for event in course.events if isinstance(event, e.GapTooLong)]


def missing(course: PaperCourse) -> set[str]:
    return {one.what for one in missing_for_clearance(course.course, course.today)}


def test_a_gap_of_182_days_keeps_what_was_settled() -> None:
    course = gap_of(182)

    assert course.course.goals
    assert course.course.baseline is not None
    assert not noticed(course)
    assert not missing(course) & {"gap", "consent"}


def test_the_day_after_settles_goals_consent_baseline_and_trial_anew_as_a_long_hold_does() -> None:
    course = gap_of(183)
    now = course.course

    assert [event.anew[:4] for event in noticed(course)] == [("goals", "consent", "baseline", "trial")]
    assert (now.goals, now.consent_signed_on, now.baseline) == ((), None, None)
    assert len(now.baselines_before) == 1, "the old one stays visible"
    assert (now.trial_from, now.trial_sessions) == (2, 0)
    assert now.appointment is not None, "the visit stays booked"
    assert course.task(WaitKind.GOALS) is not None
    assert "consent" in missing(course)
    assert "too long; settled anew: goals, consent" in story_of(noticed(course)[0], zone=now.clinic.zone)
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_after_240_days_no_session_is_cleared_with_what_was_settled_before() -> None:
    course = put_off(after_session(1), 240)
    days_after(course, 182)
    booked = course.course.appointment
    assert booked is not None
    on = booked.starts_at.date()

    assert "gap" in {one.what for one in missing_for_clearance(course.course, on)}
    assert "gap" in {one.what for one in missing_for_confirmation(course.course)}, "she is told: planned"


def test_once_goals_are_set_anew_the_session_is_given_and_a_new_baseline_frozen() -> None:
    course = gap_of(240)

    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)

    now = course.course
    assert len(noticed(course)) == 1, "goals set anew are not asked for again"
    assert now.baseline is not None
    assert now.baseline.last_on == now.sessions[1].given_on - ONE_DAY
    assert (now.trial_sessions, plan.open_check(now)) == (1, None)
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_a_response_found_before_the_gap_stays_evidence() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=RESPONDS_AT_ONCE)
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
    put_off(course, 200)
    days_after(course, 200)

    assert noticed(course)[0].anew[:3] == ("goals", "consent", "baseline")
    assert "trial" not in noticed(course)[0].anew
    assert course.course.trial_from == 1


@pytest.mark.parametrize("coverage", [medicare(TODAY), self_pay(TODAY)], ids=["none needed", "self-pay"])
def test_who_pays_is_said_anew_where_no_payer_is_asked(coverage: Coverage) -> None:
    course = gap_of(190, coverage=coverage)

    assert "coverage" in noticed(course)[0].anew
    assert course.task(WaitKind.COVERAGE) is not None


def test_coverage_that_was_settled_within_the_gap_holds() -> None:
    course = put_off(after_session(1, beginning=a_beginning(coverage=medicare(TODAY))), 200)
    days_after(course, 150)
    said = f.CoverageChanged(
        from_on=course.today, pays=CoverageKind.NOT_NEEDED, said_by="line", said_on=course.today, reason="asked again"
    )
    course.tell(AMY, said)
    days_after(course, 200)

    assert "coverage" not in noticed(course)[0].anew
    assert course.task(WaitKind.COVERAGE) is None


def test_an_authorization_granted_within_the_gap_holds() -> None:
    course = days_after(put_off(after_session(1), 200), 150)
    course.go_on(People({WaitKind.PAYER_ANSWER: lambda _: None}), until=WaitKind.PAYER_ANSWER)
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer, task=task.id)
    days_after(course, 190)

    assert "coverage" not in noticed(course)[0].anew
    assert course.course.authorizations[-1].request > 1
    assert course.course.authorizations[-1].expired_on is None


def test_before_the_first_session_a_gap_counts_from_the_day_goals_were_set() -> None:
    course = at(WaitKind.READINESS)
    set_on = course.course.goals_set_on
    assert set_on is not None
    course.tell(AMY, f.Cancel(reason="abroad", not_before=set_on + 200 * ONE_DAY, whose=Whose.PATIENT))

    assert gap_noticed_on(course.course) == set_on + 183 * ONE_DAY
    course.pass_until(plan.morning_of(course.course, set_on + 183 * ONE_DAY))

    assert noticed(course)[0].anew[:2] == ("goals", "consent")
    assert "baseline" not in noticed(course)[0].anew, "none was frozen yet"


def test_the_day_stands_in_the_plan_while_a_session_is_booked_for_later() -> None:
    course = put_off(after_session(1), 240)
    given_on = course.course.sessions[0].given_on

    day = next(one for one in forecast(course.course, course.now) if one.kind is WaitKind.GAP_TOO_LONG)

    assert day.at == plan.morning_of(course.course, given_on + 183 * ONE_DAY)
    assert day.open
    assert gap_noticed_on(after_session(1).course) is None, "booked after 84 days nothing is to be noticed"


def test_a_short_hold_within_a_long_gap_settles_anew_when_it_is_lifted() -> None:
    course = put_off(after_session(1), 120)
    days_after(course, 100)
    course.tell(AMY, f.HoldAsked(until=course.today + 90 * ONE_DAY, reason=HoldReason.TRAVEL))
    course.pass_until(course.now + 90 * ONE_DAY)

    course.tell(AMY, f.Resume(reason="back again"))

    assert not course.course.goals
    assert not noticed(course), "the resumption says it"


def test_courses_of_an_earlier_edition_and_protocols_without_a_limit_know_no_gap() -> None:
    course = put_off(after_session(1), 240).course

    assert gap_noticed_on(course) is not None
    assert gap_noticed_on(course.model_copy(update={"edition": 1})) is None
    without = course.protocol.model_copy(update={"hold": None})
    assert gap_noticed_on(course.model_copy(update={"protocol": without})) is None


def test_a_session_that_is_cleared_is_recorded_first() -> None:
    course = at(WaitKind.SESSION_RESULT, times=2)
    late = course.course.sessions[0].given_on - 120 * ONE_DAY
    first = course.course.sessions[0].model_copy(update={"given_on": late})
    told = course.course.model_copy(update={"sessions": (first,), "goals_set_on": late})

    assert gap_noticed_on(told) is None
    assert gap_noticed_on(told.model_copy(update={"clearance": None})) is not None


def test_a_refusal_says_since_when_nothing_was_given() -> None:
    course = at(WaitKind.CLEARANCE, times=2)
    late = course.course.sessions[0].given_on - 120 * ONE_DAY
    first = course.course.sessions[0].model_copy(update={"given_on": late})
    course.course = course.course.model_copy(update={"sessions": (first,), "goals_set_on": late})

    refused = course.ask(DR_LEE, f.PreSessionCheck(clear=True))

    assert isinstance(refused, Refusal)
    assert f"nothing was given since {day_in_words(late)}" in refused.reason


def test_goals_and_consent_of_before_the_gap_are_not_corrected_into_those_of_after_it() -> None:
    course = gap_of(183)
    both = f.GoalsValues(goals=("half as many headache days",), consent_signed_on=course.course.started_on)
    first = correction(course, both, subject=None)

    asked = course.ask(DR_LEE, first)
    course.go_on(People(), until=WaitKind.CLEARANCE)
    set_anew = course.course
    again = course.ask(DR_LEE, first)

    assert isinstance(asked, Refusal), "they are asked for anew, not found in the record"
    assert isinstance(again, Refusal)
    assert "told anew since" in again.reason
    assert course.course.consent_signed_on == set_anew.consent_signed_on
    now = correction(course, f.GoalsValues(goals=("a third fewer",)), subject=None)
    course.tell(DR_LEE, now)
    assert course.course.goals == ("a third fewer",)
