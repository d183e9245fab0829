"""Pause: the answer for a responder whose migraine has become episodic. And the success rule, where a protocol has one."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from domain import facts as f
from domain.course import Phase
from domain.hold import HoldReason
from domain.protocol import SuccessRule
from domain.record import Refusal, Sourced
from domain.response import ResponseAnswer, Verdict
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning
from tests.kit.diaries import NEVER_RESPONDS, Diary, a_diary
from tests.kit.invariants import check_story, messages_of
from tests.kit.moments import at
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_LEE

ONE_DAY = timedelta(days=1)
PAUSE = ResponseAnswer.PAUSE


def paused(course: PaperCourse, *, days: int = 120) -> PaperCourse:
    look_again_on = course.today + days * ONE_DAY
    course.tell(DR_LEE, f.Response(answer=PAUSE, reason="episodic for three months", look_again_on=look_again_on))
    return course


def with_success_rule(diary: Diary) -> PaperCourse:
    beginning = a_beginning()
    rule = Sourced(value=SuccessRule(headache_days_below=10, months=3), mark="V", source="EHF: sources.md [6]")  # type: ignore[arg-type] # a rule that no protocol has yet
    response = beginning.protocol.response.model_copy(update={"success": rule})
    protocol = beginning.protocol.model_copy(update={"response": response})
    course = PaperCourse(beginning.model_copy(update={"protocol": protocol}), diary=diary)
    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)
    return course


def test_a_paused_course_is_held_with_a_look_again_date_its_session_gone_and_its_baseline_kept() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    baseline = course.course.baseline

    paused(course)

    now = course.course
    assert (now.phase, now.appointment) == (Phase.HELD, None)
    assert now.hold is not None
    assert (now.hold.reason, now.hold.review_on) == (HoldReason.EPISODIC, now.checks[-1].look_again_on)
    assert now.baseline == baseline
    answered = max(event.number for event in course.events if isinstance(event, e.ResponseAnswered))
    asked = {one.kind for event, one in messages_of(course.events, now) if event.number == answered}
    assert asked == {"appointment_cancelled", "diary_prompt_held"}, "asked for the diary now and then"


def test_a_pause_needs_a_reason_and_the_day_on_which_it_is_looked_at() -> None:
    course = at(WaitKind.RESPONSE_CHECK)

    without_day = course.ask(DR_LEE, f.Response(answer=PAUSE, reason="episodic"))
    without_reason = course.ask(DR_LEE, f.Response(answer=PAUSE, look_again_on=course.today + 90 * ONE_DAY))

    assert isinstance(without_day, Refusal)
    assert "look_again_on" in without_day.reason
    assert isinstance(without_reason, Refusal)
    assert "reason" in without_reason.reason


def test_on_that_day_a_clinician_resumes_and_coverage_is_asked_anew_if_needed() -> None:
    course = paused(at(WaitKind.RESPONSE_CHECK))
    course.go_on(People({WaitKind.HOLD_DECISION: lambda _: None}), until=WaitKind.HOLD_DECISION)
    assert isinstance(course.ask(AMY, f.Resume(reason="14 days again")), Refusal)

    course.tell(DR_LEE, f.Resume(reason="14 headache days again"))
    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert len(course.course.sessions) == 2, "session 3 waits for clearance"
    assert course.course.requests[-1].for_session == 3
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_or_ends_the_course_as_completed() -> None:
    course = paused(at(WaitKind.RESPONSE_CHECK))
    course.go_on(People({WaitKind.HOLD_DECISION: lambda _: None}), until=WaitKind.HOLD_DECISION)

    course.tell(DR_LEE, f.End(outcome="completed", reason="episodic"))

    assert course.course.ending is not None
    assert course.course.ending.outcome is e.Outcome.COMPLETED


def test_a_pause_without_response_settles_nothing_the_check_is_open_again_afterwards() -> None:
    course = paused(at(WaitKind.RESPONSE_CHECK, diary=NEVER_RESPONDS), days=30)
    assert course.course.checks[-1].evidence.verdict is Verdict.NONE

    course.tell(DR_LEE, f.Resume(reason="she wants to go on"))

    assert course.task(WaitKind.RESPONSE_CHECK) is not None


def test_a_clinic_without_a_success_rule_is_shown_none() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=a_diary(after=(4, 4)))

    evidence = course.course.evidence

    assert evidence is not None
    assert evidence.success is None
    assert PAUSE not in evidence.recommendations


def test_where_the_protocol_has_one_a_pause_is_an_option_that_needs_no_reason_and_nothing_happens_by_itself() -> None:
    course = with_success_rule(a_diary(after=(4, 4)))

    evidence = course.course.evidence

    assert evidence is not None
    assert evidence.success is not None
    assert evidence.recommendations == (ResponseAnswer.CONTINUE, PAUSE)
    assert course.course.is_under_way
    course.tell(DR_LEE, f.Response(answer=PAUSE, look_again_on=course.today + 90 * ONE_DAY))


def test_ten_days_in_one_of_the_months_are_too_many() -> None:
    course = with_success_rule(a_diary(after=(10, 4)))

    assert course.course.evidence is not None
    assert course.course.evidence.success is None
