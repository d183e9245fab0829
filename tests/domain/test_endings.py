"""Every ending: who says it, with which reason, what stops, what goes on, and how it is taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.clinic_time import time_in_words
from domain.course import Phase, reopening_ends
from domain.endings import END_REASONS, MAY_END, attempts_missing
from domain.messages import post_of
from domain.people import Role
from domain.record import Refusal
from domain.session import NotGivenReason, WatchEnd, Whose
from domain.story import story_of
from domain.waits import KINDS, WaitKind, Way
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.invariants import check_story, messages_of
from tests.kit.moments import after_session, at, deceased, held, transferred, unsigned, with_an_appointment, withdrawn
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DELIVERY, DR_LEE, NINA, ONE_OF_EACH_ROLE

ONE_DAY = timedelta(days=1)


def post_after(course: PaperCourse, kind: type[e.CourseEvent]) -> tuple[list[str], tuple[str, ...]]:
    """Return the kinds of messages that the last event of this kind asked for, and what it withdrew."""
    number = max(event.number for event in course.events if isinstance(event, kind))
    asked = [one.kind for event, one in messages_of(course.events, course.course) if event.number == number]
    return asked, post_of(course.events[number - 1], course.course).withdrawn


def tried(course: PaperCourse, *ways: Way) -> PaperCourse:
    for way in ways:
        course.tell(AMY, f.ContactAttempt(how=way, result="no answer"))
    return course


# Ended by people


@pytest.mark.parametrize("outcome", END_REASONS)
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
def test_each_outcome_is_said_by_its_roles_with_one_of_its_reasons(outcome: e.Outcome, role: Role) -> None:
    before_session_1 = outcome is e.Outcome.DECLINED
    course = at(WaitKind.SUBMIT_PACKET) if before_session_1 else with_an_appointment()
    tried(course, Way.CALL, Way.CALL, Way.CALL, Way.LETTER)

    for reason in END_REASONS[outcome]:
        fact = f.End.model_validate({"outcome": outcome.value, "reason": reason, "note": "as agreed"})
        refused = course.ask(ONE_OF_EACH_ROLE[role], fact)
        if role not in MAY_END[outcome]:
            assert isinstance(refused, Refusal)
            continue
        assert refused is None
        assert course.course.ending is not None
        assert (course.course.ending.outcome, course.course.ending.reason) == (outcome, reason)
        course.tell(ADA, f.Reopen(reason="try the next", agreed_by="dr.lee"))
        tried(course, Way.CALL, Way.CALL, Way.CALL, Way.LETTER)


def test_a_reason_of_another_outcome_is_refused_and_the_right_ones_are_named() -> None:
    course = with_an_appointment()

    refused = course.ask(DR_LEE, f.End(outcome="completed", reason="moved_away"))

    assert isinstance(refused, Refusal)
    assert "goal_reached, episodic" in refused.reason


def test_declined_is_said_before_session_1_completed_and_discontinued_after_it() -> None:
    early, late = at(WaitKind.SUBMIT_PACKET), with_an_appointment()

    for course, outcome, reason in (
        (early, "completed", "goal_reached"),
        (early, "discontinued", "clinicians_decision"),
        (late, "declined", "patients_decision"),
    ):
        fact = f.End.model_validate({"outcome": outcome, "reason": reason})
        assert isinstance(course.ask(DR_LEE, fact), Refusal), outcome


def test_a_cleared_session_is_finished_before_the_course_ends_but_for_death() -> None:
    course = at(WaitKind.SESSION_RESULT, times=2)

    refused = course.ask(DR_LEE, f.End(outcome="completed", reason="goal_reached"))

    assert isinstance(refused, Refusal)
    course.tell(AMY, f.Death(note="at home, this morning"))
    assert course.course.is_deceased


def test_the_review_of_a_hold_can_end_the_course() -> None:
    course = held()
    course.go_on(People({WaitKind.HOLD_REVIEW: lambda _: None}), until=WaitKind.HOLD_REVIEW)

    course.tell(DR_LEE, f.End(outcome="completed", reason="goal_reached"), task="hold-review:hold-1")

    assert course.course.phase is Phase.ENDED
    assert not {wait.kind for wait in course.course.waits} & {WaitKind.HOLD_REVIEW, WaitKind.HOLD_ENDS}


@pytest.mark.parametrize("outcome", sorted(END_REASONS))
def test_for_30_days_every_outcome_can_be_taken_back_and_the_course_comes_back(outcome: e.Outcome) -> None:
    course = at(WaitKind.SUBMIT_PACKET) if outcome is e.Outcome.DECLINED else with_an_appointment()
    tried(course, Way.CALL, Way.CALL, Way.CALL, Way.LETTER)
    before = {wait.kind for wait in course.course.waits}
    fact = f.End.model_validate({"outcome": outcome.value, "reason": next(iter(END_REASONS[outcome]))})
    course.tell(DR_LEE, fact)
    course.pass_until(course.now + 29 * ONE_DAY)

    course.tell(ADA, f.Reopen(reason="she called", agreed_by="dr.lee"))

    on_the_way = {WaitKind.SAFETY_CALL_DAY, WaitKind.READINESS_DAY}
    assert before - on_the_way <= {wait.kind for wait in course.course.waits}
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_after_30_days_it_cannot() -> None:
    course = withdrawn()
    course.now = reopening_ends(course.course)

    refused = course.ask(ADA, f.Reopen(reason="she called", agreed_by="dr.lee"))

    assert isinstance(refused, Refusal)
    assert f"until {time_in_words(course.now, course.course.clinic.zone)};" in refused.reason, "by the clinic's clock"


# Lost to follow-up


def test_a_patient_is_lost_only_after_three_calls_and_a_letter() -> None:
    course = tried(with_an_appointment(), Way.CALL, Way.CALL, Way.TEXT)
    lost = f.End(outcome="lost_to_follow_up", reason="no_answer")

    refused = course.ask(AMY, lost)

    assert isinstance(refused, Refusal)
    assert "1 by call and 1 by letter" in refused.reason
    tried(course, Way.CALL, Way.LETTER)
    assert attempts_missing(course.course) == {}
    course.tell(AMY, lost)
    assert course.course.ending is not None


def test_attempts_about_a_task_count_and_stay_when_the_task_is_over() -> None:
    course = after_session(1)
    course.go_on(People({WaitKind.SAFETY_CALL: lambda _: None}), until=WaitKind.SAFETY_CALL)
    for _ in range(2):
        course.tell(AMY, f.AttemptMade(result="no answer"), task="safety-call:session-1")

    course.pass_until(course.now + 40 * ONE_DAY)

    assert course.task(WaitKind.SAFETY_CALL) is None
    assert [attempt.way for attempt in course.course.attempts] == [Way.CALL, Way.CALL]


def test_an_attempt_at_the_payer_does_not_count() -> None:
    course = at(WaitKind.CHASE_PAYER, people=People({WaitKind.PAYER_ANSWER: lambda _: None}))

    course.tell(AMY, f.AttemptMade(result="held the line for an hour"), task="chase-payer:request-1")

    assert course.course.attempts == ()


def test_once_she_is_reached_counting_begins_anew() -> None:
    by_phone = tried(with_an_appointment(), Way.CALL, Way.CALL, Way.LETTER)
    by_phone.tell(AMY, f.ContactAttempt(result="she had lost her phone", reached=True))
    at_the_call = tried(with_an_appointment(), Way.CALL)
    at_the_call.go_on(People({WaitKind.SAFETY_CALL: lambda _: None}), until=WaitKind.SAFETY_CALL)
    at_the_call.tell(AMY, f.SafetyCall(result="reached"))

    assert by_phone.course.attempts == ()
    assert at_the_call.course.attempts == ()


@pytest.mark.parametrize(
    ("fact", "reaches"),
    [
        (f.Cancel(reason="she works that day", whose=Whose.PATIENT), True),
        (f.Cancel(reason="the injector is ill", whose=Whose.CLINIC), False),
        (f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT), True),
        (f.NotGiven(reason=NotGivenReason.TURNED_AWAY), True),
        (f.NotGiven(reason=NotGivenReason.NO_SHOW), False),
        (f.NotGiven(reason=NotGivenReason.CANCELLED_BY_CLINIC), False),
        (f.DiaryRecall(week_from=TODAY - 8 * ONE_DAY, headache_days=2, migraine_days=1), True),
        (f.AdverseEventTold(note="her husband called"), False),
        (f.Move(starts_at=datetime(2026, 9, 1, 17, tzinfo=UTC), reason="a closed day"), False),
    ],
)
def test_so_it_does_by_whatever_nobody_can_tell_without_having_spoken_to_her(fact: Any, *, reaches: bool) -> None:
    course = tried(with_an_appointment(), Way.CALL, Way.CALL, Way.LETTER)
    assert course.course.appointment is not None
    course.now = course.course.appointment.ends_at

    course.tell(AMY, fact)

    assert (course.course.attempts == ()) is reaches


def test_a_course_that_was_lost_and_is_reopened_counts_anew_another_one_does_not() -> None:
    lost = tried(with_an_appointment(), Way.CALL, Way.CALL, Way.CALL, Way.LETTER)
    lost.tell(AMY, f.End(outcome="lost_to_follow_up", reason="no_answer"))
    left = tried(with_an_appointment(), Way.CALL)
    left.tell(AMY, f.Withdrawal(reason="moves abroad"))

    for course in (lost, left):
        course.tell(ADA, f.Reopen(reason="she called", agreed_by="dr.lee"))

    assert lost.course.attempts == ()
    assert len(left.course.attempts) == 1
    refused = lost.ask(AMY, f.End(outcome="lost_to_follow_up", reason="no_answer"))
    assert isinstance(refused, Refusal)


def test_a_protocol_without_a_number_asks_for_no_attempts() -> None:
    beginning = a_beginning()
    end = beginning.protocol.end.model_copy(update={"lost_after_attempts": None})
    course = PaperCourse(beginning.model_copy(update={"protocol": beginning.protocol.model_copy(update={"end": end})}))

    course.tell(AMY, f.End(outcome="lost_to_follow_up", reason="no_answer"))

    assert course.course.ending is not None


# Transferred


def test_the_dossier_goes_to_nobody_without_the_patients_consent_and_a_patient_may_want_none() -> None:
    course = transferred()

    refused = course.ask(AMY, f.HandedOver(dossier_to="Lakeside", authorization="closed"))

    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("consent_signed_on: the dossier goes to nobody")
    assert course.task(WaitKind.HAND_OVER) is not None
    course.tell(AMY, f.HandedOver(authorization="closed"))
    assert course.task(WaitKind.HAND_OVER) is None
    told = next(one for one in course.events if isinstance(one, e.PatientHandedOver))
    assert "wanted no dossier sent" in story_of(told, zone=course.course.clinic.zone)


def test_a_transferred_patient_s_papers_and_authorization_are_a_task_and_the_watch_runs_on() -> None:
    course = transferred()

    kinds = {wait.kind for wait in course.course.waits}
    assert {WaitKind.HAND_OVER, WaitKind.SAFETY_CALL_DAY} <= kinds
    assert course.course.appointment is None
    course.tell(AMY, f.HandedOver(dossier_to="Lakeside", consent_signed_on=course.today, authorization="closed"))
    assert all(granted.expired_on == course.today for granted in course.course.authorizations)
    assert course.task(WaitKind.HAND_OVER) is None


def test_a_transferred_course_is_not_closed_before_it_is_handed_over() -> None:
    course = transferred()

    course.pass_until(course.now + 50 * ONE_DAY)

    assert course.course.closed_on is None
    course.tell(AMY, f.HandedOver(authorization="none"))
    assert course.course.closed_on is not None


def test_reopened_before_it_was_handed_over_there_is_nothing_to_hand_over() -> None:
    course = transferred()

    course.tell(ADA, f.Reopen(reason="she stays", agreed_by="dr.lee"))

    assert course.task(WaitKind.HAND_OVER) is None
    assert [granted.expired_on for granted in course.course.authorizations] == [None]


# Death


def test_death_stops_everything_to_the_patient_at_once() -> None:
    course = with_an_appointment()
    course.tell(DELIVERY, f.MessageUndelivered(key="c-1/aftercare/1", message="aftercare", status="failed"))
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since Sunday"))

    course.tell(BEN, f.Death(died_on=course.today, note="her husband called"))

    asked, gone = post_after(course, e.CourseEnded)
    assert (asked, gone) == ([], ("c-1/",)), "no closing words, no aftercare, no prompt"
    assert course.course.appointment is None
    assert {wait.kind for wait in course.course.waits} == {WaitKind.DEATH_REVIEW, WaitKind.REOPENING}
    session = course.course.session(1)
    assert session is not None
    assert session.watch_ended is WatchEnd.DECEASED


def test_signature_and_claim_go_on_quietly_after_death() -> None:
    course = unsigned()
    course.tell(AMY, f.Death(note="her husband called"))
    assert course.task(WaitKind.SIGNATURE) is not None

    course.tell(DR_LEE, f.RecordSigned(session=1))

    session = course.course.session(1)
    assert session is not None
    assert session.claim_id is not None


def test_no_invoice_goes_to_the_dead_without_a_person() -> None:
    course = unsigned_and_paying()
    course.tell(AMY, f.Death(note="her husband called"))

    course.tell(DR_LEE, f.RecordSigned(session=1))

    assert course.task(WaitKind.BILLING) is not None


def unsigned_and_paying() -> PaperCourse:
    course = at(WaitKind.SESSION_RESULT, beginning=a_beginning(coverage=self_pay(TODAY)))
    _, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    course.tell(AMY, result)
    return course


def test_a_death_within_weeks_of_a_session_is_looked_at_by_a_clinician_a_later_one_is_not() -> None:
    soon, late = after_session(1), after_session(1)
    soon.pass_until(soon.now + 56 * ONE_DAY)
    late.pass_until(late.now + 57 * ONE_DAY)
    soon.tell(AMY, f.Death(note="her sister called"))
    late.tell(AMY, f.Death(note="her sister called"))

    assert soon.task(WaitKind.DEATH_REVIEW) is not None
    assert late.task(WaitKind.DEATH_REVIEW) is None
    soon.tell(NINA, f.DeathReview(related="possible", report=True, note="pneumonia after trouble swallowing"))
    assert soon.task(WaitKind.DEATH_REVIEW) is None


def test_a_death_on_the_wrong_patient_is_taken_back_and_all_of_it_goes_on() -> None:
    course = with_an_appointment()
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since Sunday"))
    before = {wait.kind for wait in course.course.waits}
    course.tell(AMY, f.Death(note="the husband of another patient"))

    course.tell(ADA, f.Reopen(reason="typed for the wrong patient", agreed_by="dr.lee"))

    assert before <= {wait.kind for wait in course.course.waits}, "tasks are open again, the watch runs"
    session = course.course.session(1)
    assert session is not None
    assert session.watch_ended is None
    asked, _ = post_after(course, e.CourseReopened)
    assert set(asked) == {"diary_prompt", "aftercare"}, "what still makes sense is queued again"
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_a_death_told_after_another_ending_stops_the_rest_and_taken_back_leaves_that_ending() -> None:
    course = withdrawn()
    assert WaitKind.SAFETY_CALL_DAY in {wait.kind for wait in course.course.waits}
    course.pass_until(course.now + 3 * ONE_DAY)
    course.tell(AMY, f.Death(note="her sister called"))
    assert course.course.is_deceased
    assert WaitKind.SAFETY_CALL_DAY not in {wait.kind for wait in course.course.waits}

    course.tell(ADA, f.Reopen(reason="typed for the wrong patient", agreed_by="dr.lee"))

    ending = course.course.ending
    assert ending is not None
    assert ending.outcome is e.Outcome.WITHDRAWN
    assert WaitKind.SAFETY_CALL_DAY in {wait.kind for wait in course.course.waits}
    asked, _ = post_after(course, e.CourseReopened)
    assert set(asked) == {"aftercare", "closing"}
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_after_closing_a_death_is_told_as_an_adverse_event() -> None:
    course = withdrawn()
    course.go_on(People())
    assert course.course.closed_on is not None

    assert isinstance(course.ask(AMY, f.Death(note="her sister called")), Refusal)


def test_only_billing_s_tasks_and_papers_outlive_death() -> None:
    quiet = {kind for kind, one in KINDS.items() if one.outlives_death}

    assert not quiet & {WaitKind.SAFETY_CALL, WaitKind.SAFETY_CALL_DAY, WaitKind.RED_FLAG, WaitKind.UNDELIVERED}
    assert {WaitKind.BILLING, WaitKind.SIGNATURE, WaitKind.DEATH_REVIEW, WaitKind.REOPENING} <= quiet


def test_a_course_whose_patient_died_is_closed_after_its_time_with_a_red_flag_still_open() -> None:
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since Sunday"))
    course.tell(AMY, f.Death(note="her sister called"))

    course.go_on(People({WaitKind.RED_FLAG: lambda _: None}))

    assert course.course.closed_on is not None
    assert deceased().course.is_deceased
