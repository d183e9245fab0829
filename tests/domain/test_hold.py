"""Holds: what stands still and what goes on, who lifts them, and what a long one makes settle anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain import events as e
from domain import facts as f
from domain import plan
from domain.course import Phase
from domain.coverage import Coverage
from domain.history import CheckElsewhere, CountSource, EarlierDose
from domain.hold import FOR_A_CLINICIAN, HoldEnd, HoldReason
from domain.messages import post_of
from domain.planner import forecast
from domain.record import Refusal
from domain.response import Basis, ResponseAnswer
from domain.sentences import waiting_sentence
from domain.session import NotGivenReason
from domain.waits import KINDS, WaitKind
from tests.domain.builders import a_history
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, medicare, self_pay
from tests.kit.diaries import NEVER_RESPONDS, Diary, no_diary
from tests.kit.invariants import check_story, messages_of
from tests.kit.moments import after_session, at, not_eligible, unsigned, with_an_appointment
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)


def hold(course: PaperCourse, reason: HoldReason = HoldReason.TRAVEL, *, days: int = 60) -> PaperCourse:
    course.tell(AMY, f.HoldAsked(until=course.today + days * ONE_DAY, reason=reason))
    return course


def held_for(days: int, *, sessions: int = 1, reason: HoldReason = HoldReason.TRAVEL, diary: Diary) -> PaperCourse:
    """Return a course that was resumed by a clinician after so many days of holding."""
    course = after_session(sessions, diary=diary)
    hold(course, reason, days=min(days, 360))
    course.pass_until(course.now + days * ONE_DAY)
    course.tell(DR_LEE, f.Resume(reason="well again", patient_informed=True))
    return course


def test_a_hold_frees_the_appointment_and_says_what_it_stops() -> None:
    course = with_an_appointment()
    booked = course.course.appointment
    assert booked is not None

    hold(course, HoldReason.TRAVEL)

    now = course.course
    assert (now.phase, now.appointment) == (Phase.HELD, None)
    assert now.hold is not None
    assert now.hold.freed == booked.number
    assert "booking" in now.hold.stops
    assert "diary prompts" in now.hold.stops
    told = [event.appointment_id for event in course.events if isinstance(event, e.AppointmentSettled)]
    assert booked.id in told, "scheduling knows"


def test_the_sentence_says_since_when_why_and_when_somebody_looks() -> None:
    course = hold(with_an_appointment(), HoldReason.TRAVEL)
    held = course.course.hold
    assert held is not None

    said = waiting_sentence(course.course)

    assert said.startswith(f"Held since {held.since:%d %b %Y} for travel; review on {held.review_on:%d %b %Y}")


@pytest.mark.parametrize(
    "moment",
    [
        PaperCourse,
        not_eligible,
        lambda: at(WaitKind.SUBMIT_PACKET),
        lambda: at(WaitKind.PAYER_ANSWER),
        with_an_appointment,
        lambda: at(WaitKind.READINESS),
        lambda: at(WaitKind.CLEARANCE),
        lambda: at(WaitKind.RESPONSE_CHECK),
    ],
    ids=["intake", "not eligible", "request", "payer", "booked", "readiness", "clinic day", "response check"],
)
def test_at_any_moment_a_course_can_be_held_and_comes_back_to_where_it_stood(moment: Callable[[], PaperCourse]) -> None:
    course = moment()
    before = {wait.kind for wait in course.course.waits if wait.is_task}

    hold(course)

    assert all(KINDS[wait.kind].in_hold or KINDS[wait.kind].outlives_end for wait in course.course.waits)
    course.tell(AMY, f.Resume(reason="back again"))
    on_the_day = {WaitKind.CLEARANCE, WaitKind.READINESS}
    assert before - on_the_day <= {wait.kind for wait in course.course.waits}
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_a_hold_needs_a_reason_and_a_review_date_that_lies_ahead() -> None:
    course = with_an_appointment()

    without = course.ask(AMY, f.HoldAsked(until=course.today + 9 * ONE_DAY))
    past = course.ask(AMY, f.HoldAsked(until=course.today, reason=HoldReason.TRAVEL))
    far = course.ask(AMY, f.HoldAsked(until=course.today + 400 * ONE_DAY, reason=HoldReason.TRAVEL))

    assert [isinstance(one, Refusal) for one in (without, past, far)] == [True, True, True]
    assert isinstance(without, Refusal)
    assert "reason" in without.reason
    assert course.course.hold is None


def test_a_cleared_session_is_finished_before_the_course_is_held() -> None:
    course = at(WaitKind.SESSION_RESULT)

    refused = course.ask(AMY, f.HoldAsked(until=course.today + 9 * ONE_DAY, reason=HoldReason.TRAVEL))

    assert isinstance(refused, Refusal)
    assert "cleared" in refused.reason


def test_while_held_nothing_is_booked_cleared_or_asked_of_a_payer() -> None:
    course = hold(with_an_appointment(), days=150)

    for fact in (
        f.Book(starts_at=course.now + 90 * ONE_DAY),
        f.Move(starts_at=course.now + 90 * ONE_DAY, reason="wish"),
        f.PreSessionCheck(clear=True),
        f.ReadinessLook(drug_on_hand=True),
    ):
        assert isinstance(course.ask(DR_LEE, fact), Refusal), fact
    requests = course.course.requests
    course.pass_until(course.now + 140 * ONE_DAY)
    assert course.course.requests == requests
    assert course.course.appointment is None


def test_the_payer_s_answer_that_was_asked_for_is_still_taken() -> None:
    course = hold(at(WaitKind.PAYER_ANSWER))

    course.go_on(People(), until=WaitKind.HOLD_REVIEW)

    assert course.course.authorizations
    assert course.course.appointment is None


def test_the_safety_watch_and_the_signature_go_on() -> None:
    course = hold(unsigned(), days=90)

    kinds = {wait.kind for wait in course.course.waits}
    assert {WaitKind.SIGNATURE, WaitKind.SAFETY_CALL_DAY} <= kinds
    course.pass_until(course.now + 60 * ONE_DAY)
    session = course.course.session(1)
    assert session is not None
    assert session.watch_ended is not None, "12: it runs to its end"


def test_on_the_review_date_operations_are_asked_and_a_later_date_is_set() -> None:
    course = hold(with_an_appointment(), days=30)
    course.go_on(People({WaitKind.HOLD_REVIEW: lambda _: None}), until=WaitKind.HOLD_REVIEW)

    later = course.today + 45 * ONE_DAY
    course.tell(AMY, f.HoldAsked(until=later))

    assert course.task(WaitKind.HOLD_REVIEW) is None
    held = course.course.hold
    assert held is not None
    assert (held.number, held.review_on) == (1, later)
    assert [one.at.date() for one in forecast(course.course, course.now) if one.kind is WaitKind.HOLD_ENDS] == [later]


@pytest.mark.parametrize("reason", sorted(FOR_A_CLINICIAN))
def test_a_clinical_hold_is_lifted_and_prolonged_by_a_clinician_only(reason: HoldReason) -> None:
    course = hold(with_an_appointment(), reason, days=30)

    lifted = course.ask(AMY, f.Resume(reason="well again", patient_informed=True))
    prolonged = course.ask(BEN, f.HoldAsked(until=course.today + 90 * ONE_DAY))
    changed = course.ask(AMY, f.HoldAsked(until=course.today + 90 * ONE_DAY, reason=HoldReason.TRAVEL))

    assert [isinstance(one, Refusal) for one in (lifted, prolonged, changed)] == [True, True, True]
    course.pass_until(course.now + 31 * ONE_DAY)
    assert course.task(WaitKind.HOLD_DECISION) is not None
    course.tell(NINA, f.Resume(reason="well again", patient_informed=True))
    assert course.course.is_under_way


def test_another_reason_replaces_the_hold_and_since_stays() -> None:
    course = hold(with_an_appointment(), HoldReason.TRAVEL, days=30)
    since = course.today
    course.pass_until(course.now + 10 * ONE_DAY)

    hold(course, HoldReason.ILLNESS, days=30)

    first, second = course.course.holds
    assert first.ended is HoldEnd.REPLACED
    assert (second.reason, second.since, second.number) == (HoldReason.ILLNESS, since, 2)


def test_a_pregnancy_told_by_anyone_stops_booking_and_asks_a_clinician_at_once() -> None:
    course = with_an_appointment()

    course.tell(BEN, f.Pregnancy(expected_on=course.today + 200 * ONE_DAY))

    assert course.course.phase is Phase.HELD
    assert course.course.appointment is None
    assert course.task(WaitKind.HOLD_DECISION) is not None
    assert isinstance(course.ask(AMY, f.Resume(reason="she wants to", patient_informed=True)), Refusal)


def test_on_the_clinic_day_after_clearance_a_pregnancy_still_stops_the_session() -> None:
    course = at(WaitKind.SESSION_RESULT)

    course.tell(AMY, f.Pregnancy())

    assert course.course.clearance is None
    assert course.task(WaitKind.SESSION_RESULT) is None


def test_a_pregnancy_at_the_pre_session_check_is_a_clinicians_decision_as_one_told_by_telephone() -> None:
    course = at(WaitKind.CLEARANCE, times=2)

    course.tell(DR_LEE, f.PreSessionCheck(clear=False, positive=("pregnancy",)), task=course.tasks[0].id)

    hold, [visit] = course.course.hold, course.course.visits_not_given
    assert hold is not None
    assert (hold.reason, hold.review_on, hold.freed) == (HoldReason.PREGNANCY, course.today, None)
    assert (visit.reason, visit.for_session) == (NotGivenReason.TURNED_AWAY, 2)
    assert course.task(WaitKind.HOLD_DECISION) is not None
    assert course.course.appointment is None
    assert isinstance(course.ask(AMY, f.Resume(reason="she wants to", patient_informed=True)), Refusal)
    messages = {
        message.kind for event, message in messages_of(course.events, course.course) if event.on == course.today
    }
    assert "appointment_cancelled" not in messages, "she came"
    course.tell(DR_LEE, f.Resume(reason="the test was wrong", patient_informed=True))
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_a_clinician_who_clears_a_pregnant_patient_with_a_reason_has_decided() -> None:
    course = at(WaitKind.CLEARANCE)

    reason = {"pregnancy": "she weighs it and wants to go on"}
    course.tell(DR_LEE, f.PreSessionCheck(clear=True, positive=("pregnancy",), overrides=reason))

    assert course.course.is_under_way
    assert course.course.clearance is not None


def test_another_positive_item_turns_the_patient_away_and_holds_nothing() -> None:
    course = at(WaitKind.CLEARANCE)

    course.tell(DR_LEE, f.PreSessionCheck(clear=False, positive=("infection",)))

    assert course.course.is_under_way


def test_a_course_of_the_first_edition_only_turns_a_pregnant_patient_away() -> None:
    course = at(WaitKind.CLEARANCE, beginning=a_beginning(edition=1))

    course.tell(DR_LEE, f.PreSessionCheck(clear=False, positive=("pregnancy",)))

    assert course.course.is_under_way


def test_to_go_on_while_pregnant_the_patient_must_be_informed() -> None:
    course = with_an_appointment()
    course.tell(AMY, f.Pregnancy())

    refused = course.ask(DR_LEE, f.Resume(reason="she weighs it and wants to go on"))

    assert isinstance(refused, Refusal)
    assert "patient_informed" in refused.reason
    course.tell(DR_LEE, f.Resume(reason="she weighs it and wants to go on", patient_informed=True))
    assert course.course.is_under_way


def test_birth_and_feeding_are_review_dates() -> None:
    course = with_an_appointment()
    course.tell(AMY, f.Pregnancy(expected_on=course.today + 200 * ONE_DAY))

    course.tell(DR_LEE, f.HoldAsked(until=course.today + 200 * ONE_DAY, note="the birth"))
    course.pass_until(course.now + 201 * ONE_DAY)
    course.tell(DR_LEE, f.HoldAsked(until=course.today + 180 * ONE_DAY, note="she feeds"))

    assert course.course.hold is not None
    assert course.course.hold.reason is HoldReason.PREGNANCY
    assert course.task(WaitKind.HOLD_DECISION) is None


def test_within_the_protocol_s_limit_a_resumed_course_keeps_what_was_settled() -> None:
    course = held_for(182, diary=NEVER_RESPONDS)

    assert course.course.goals
    assert course.course.baseline is not None
    assert course.course.trial_from == 1


def test_past_the_limit_goals_consent_baseline_coverage_and_trial_are_settled_anew() -> None:
    course = held_for(183, diary=NEVER_RESPONDS)
    now = course.course

    ended = course.events[-1]
    while not isinstance(ended, e.HoldEnded):
        ended = course.events[ended.number - 2]
    assert ended.anew == ("goals", "consent", "baseline", "trial", "coverage")
    assert (now.goals, now.consent_signed_on, now.baseline) == ((), None, None)
    assert len(now.baselines_before) == 1, "the old one stays visible"
    assert all(granted.expired_on is not None for granted in now.authorizations)
    assert course.task(WaitKind.GOALS) is not None
    assert now.trial_sessions == 0


@pytest.mark.parametrize("coverage", [medicare(TODAY), self_pay(TODAY)], ids=["none needed", "self-pay"])
def test_past_the_limit_who_pays_is_said_anew_where_no_payer_is_asked(coverage: Coverage) -> None:
    course = after_session(1, beginning=a_beginning(coverage=coverage))
    given_on = course.course.sessions[0].given_on
    hold(course, HoldReason.TRAVEL, days=183)
    course.pass_until(course.now + 183 * ONE_DAY)
    course.tell(DR_LEE, f.Resume(reason="well again"))

    asked = course.task(WaitKind.COVERAGE)
    covered = plan.coverage_of(course.course, course.today)
    course.go_on(People({WaitKind.COVERAGE: lambda _: None}), until=WaitKind.CLEARANCE)
    refused = course.ask(DR_LEE, f.PreSessionCheck(clear=True))
    assert asked is not None
    assert isinstance(covered, Refusal)
    assert isinstance(refused, Refusal)
    assert "coverage" in refused.reason
    assert not isinstance(plan.coverage_of(course.course, given_on), Refusal), "what was said before holds for before"

    course.go_on(People(), until=WaitKind.SESSION_RESULT)

    assert course.task(WaitKind.COVERAGE) is None
    assert not isinstance(plan.coverage_of(course.course, course.today), Refusal)
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_within_the_limit_what_was_said_of_who_pays_holds() -> None:
    course = after_session(1, beginning=a_beginning(coverage=medicare(TODAY)))
    hold(course, HoldReason.TRAVEL, days=182)
    course.pass_until(course.now + 182 * ONE_DAY)

    course.tell(DR_LEE, f.Resume(reason="well again"))

    assert course.task(WaitKind.COVERAGE) is None


def test_with_the_next_session_a_new_baseline_is_frozen_and_the_trial_is_judged_after_two_more() -> None:
    course = held_for(183, diary=NEVER_RESPONDS)

    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)

    now = course.course
    assert len(now.sessions) == 2
    assert now.baseline is not None
    assert now.baseline.last_on == now.sessions[1].given_on - ONE_DAY
    assert (now.trial_sessions, plan.open_check(now)) == (1, None)
    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)
    assert len(course.course.sessions) == 3
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_an_earlier_response_stays_evidence_and_the_trial_does_not_begin_anew() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
    hold(course, days=200)
    course.pass_until(course.now + 200 * ONE_DAY)

    course.tell(AMY, f.Resume(reason="back again"))

    assert course.course.trial_from == 1
    assert [check.answer for check in course.course.trial_checks] == ["continue"]
    assert course.course.baselines_before


@pytest.mark.parametrize("basis", ["hit_6", None])
def test_the_trial_does_not_begin_anew_where_a_clinician_attested_the_response(basis: Basis | None) -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary)
    answer = ResponseAnswer.ONE_MORE if basis is None else ResponseAnswer.CONTINUE
    course.tell(DR_LEE, f.Response(answer=answer, basis=basis, reason="no diary"))
    hold(course, days=200)
    course.pass_until(course.now + 200 * ONE_DAY)

    course.tell(AMY, f.Resume(reason="back again"))

    assert course.course.trial_from == (3 if basis is None else 1)


@pytest.mark.parametrize(("responded", "trial_from"), [(True, 1), (False, 2)])
def test_nor_where_another_clinic_s_check_had_found_a_response(*, responded: bool, trial_from: int) -> None:
    doses = tuple(
        EarlierDose(given_on=TODAY - days * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD)
        for days in (190, 100)
    )
    checks = (CheckElsewhere(answered_on=TODAY - 40 * ONE_DAY, responded=responded),)
    history = a_history(taken_on=TODAY, earlier_doses=doses, checks_elsewhere=checks)
    course = after_session(1, beginning=a_beginning(history=history))
    hold(course, days=200)
    course.pass_until(course.now + 200 * ONE_DAY)

    course.tell(AMY, f.Resume(reason="back again"))

    assert course.course.trial_from == trial_from


def test_a_protocol_without_a_limit_settles_nothing_anew() -> None:
    beginning = a_beginning()
    older = beginning.model_copy(update={"protocol": beginning.protocol.model_copy(update={"hold": None})})
    course = PaperCourse(older)
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    hold(course, days=300)
    course.pass_until(course.now + 300 * ONE_DAY)

    course.tell(AMY, f.Resume(reason="back again"))

    assert course.course.goals


def test_the_diary_is_asked_for_seldom_or_not_at_all_and_weekly_again_afterwards() -> None:
    left_alone = hold(with_an_appointment(), HoldReason.PATIENTS_WISH)
    asked = hold(with_an_appointment(), HoldReason.DRUG_SUPPLY)

    def kinds(course: PaperCourse) -> set[str]:
        began = next(event.number for event in course.events if isinstance(event, e.HoldBegun))
        return {message.kind for event, message in messages_of(course.events, course.course) if event.number == began}

    assert "diary_prompt_held" not in kinds(left_alone)
    assert kinds(asked) == {"diary_prompt_held", "appointment_cancelled"}
    began = next(event for event in asked.events if isinstance(event, e.HoldBegun))
    assert {"c-1/diary_prompt/", "c-1/reminder/"} <= set(post_of(began, asked.course).withdrawn)
    asked.tell(AMY, f.Resume(reason="it is there"))
    ended = next(event for event in asked.events if isinstance(event, e.HoldEnded))
    post = post_of(ended, asked.course)
    assert {message.kind for message in post.messages} == {"diary_prompt"}
    assert post.withdrawn == ("c-1/diary_prompt_held/",)


def test_a_course_that_ended_while_held_is_held_again_when_it_is_reopened() -> None:
    course = hold(with_an_appointment(), HoldReason.UNREACHABLE, days=90)
    course.tell(AMY, f.Withdrawal(reason="no longer wants it"))
    assert not course.course.is_open

    course.tell(ADA, f.Reopen(reason="she called", agreed_by="dr.lee"))

    assert course.course.phase is Phase.HELD
    assert {wait.kind for wait in course.course.waits} & {WaitKind.HOLD_ENDS, WaitKind.HOLD_REVIEW}
