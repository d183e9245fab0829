"""Correcting answers: a safety call, a payer's denial, a response check. What was asked is asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import events as e
from domain import facts as f
from domain.changes import after
from domain.consequences import consequences
from domain.course import Course
from domain.coverage import ApprovalAnswer, Decision
from domain.denial import DenialStep
from domain.people import Actor
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.session import WatchEnd
from domain.waits import WaitKind
from tests.domain.builders import a_dose
from tests.kit.answers import People
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import (
    after_session,
    agreed,
    at,
    correction,
    deceased,
    denied_with,
    with_an_approval_that_differs,
)
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_KHAN, DR_LEE

ONE_DAY = timedelta(days=1)
CALLED = f.SafetyCallValues(entered_in_error=True)
NO_DENIAL = f.AuthorizationValues(entered_in_error=True)
NO_ANSWER = f.ResponseValues(entered_in_error=True)


def correct(course: PaperCourse, by: Actor, values: Any, *, subject: int = 1) -> Refusal | None:
    """Correct what was last told of this kind; what the course is then is what its journal makes of it."""
    refused = course.ask(by, correction(course, values, subject=subject))
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(course.course, course.now)
    return refused


def now(course: PaperCourse) -> Course:
    """Return the course as it is by now."""
    return course.course


def said(course: PaperCourse) -> str:
    """Return what was said to follow from the last correction."""
    event = next(one for one in reversed(course.events) if isinstance(one, e.RecordCorrected))
    [before] = _folded(course, event.number - 1)
    return "; ".join(consequences(before, event, after(before, event)))


def _folded(course: PaperCourse, number: int) -> list[Any]:
    return [check_story(course.events[:number], course_id="c-1", patient_id="p-1")]


def called() -> PaperCourse:
    """Return a course whose safety call after session 1 was just recorded as reached."""
    course = at(WaitKind.SAFETY_CALL)
    course.tell(AMY, f.SafetyCall(result="reached"))
    assert course.course.sessions[0].watch_ended is WatchEnd.REACHED
    return course


# A safety call


def test_a_safety_call_of_another_patient_is_undone_and_the_patient_is_called_after_all() -> None:
    course = called()

    assert correct(course, AMY, CALLED) is None

    assert now(course).sessions[0].watch_ended is None
    assert course.task(WaitKind.SAFETY_CALL) is not None
    assert "the safety call after session 1 falls due" in said(course)
    course.tell(AMY, f.SafetyCall(result="refused"))
    assert course.course.sessions[0].watch_ended is WatchEnd.REFUSED


def test_undone_on_the_last_day_of_the_watch_it_goes_on_and_on_the_day_after_it_has_reached_nobody() -> None:
    last, over = called(), called()
    days = last.course.protocol.safety.watch_ends_days.value
    ends = last.course.sessions[0].given_on + days * ONE_DAY
    last.pass_until(last.now + (ends - ONE_DAY - last.today))
    over.pass_until(over.now + (ends - over.today))

    correct(last, DR_LEE, CALLED)
    correct(over, DR_LEE, CALLED)

    assert last.course.sessions[0].watch_ended is None
    assert over.course.sessions[0].watch_ended is WatchEnd.NOT_REACHED
    assert "nobody has been reached" in said(over)


def test_undone_in_an_ended_course_the_watch_goes_on_as_it_would_have() -> None:
    course = called()
    course.tell(DR_LEE, f.Withdrawal(reason="moves away"))

    assert correct(course, DR_LEE, CALLED) is None

    assert course.task(WaitKind.SAFETY_CALL) is not None


def test_nobody_is_called_when_the_patient_has_died() -> None:
    course = called()
    course.tell(AMY, f.Death(note="her sister called"))

    assert correct(course, DR_LEE, CALLED) is None

    assert course.course.sessions[0].watch_ended is WatchEnd.DECEASED
    assert course.task(WaitKind.SAFETY_CALL) is None
    assert deceased().course.sessions


def test_a_call_that_was_refused_not_answered_says_so_and_nothing_is_called_again() -> None:
    course = called()

    assert correct(course, AMY, f.SafetyCallValues(result="refused")) is None

    assert course.course.sessions[0].watch_ended is WatchEnd.REFUSED
    assert correct(course, AMY, f.SafetyCallValues(result="refused")) is not None, "it says so already"


def test_a_call_made_before_its_day_is_not_corrected_to_reached() -> None:
    course = after_session(1)
    course.tell(AMY, f.SafetyCall(result="refused"))

    refused = correct(course, AMY, f.SafetyCallValues(result="reached"))

    assert refused is not None
    assert "before it fell due" in refused.reason


def test_an_undone_call_is_not_undone_twice() -> None:
    course = called()
    fact = correction(course, CALLED)
    course.tell(AMY, fact)
    course.tell(AMY, f.SafetyCall(result="reached"))

    assert isinstance(course.ask(AMY, fact), Refusal)
    assert course.course.sessions[0].watch_ended is WatchEnd.REACHED


def test_a_red_flag_told_by_the_call_of_another_patient_opens_the_call_again_too() -> None:
    course = at(WaitKind.SAFETY_CALL)
    course.tell(AMY, f.SafetyCall(result="reached", red_flags=("swallowing",), note="since yesterday"))
    assert course.course.sessions[0].watch_ended is WatchEnd.REACHED

    assert correct(course, DR_LEE, f.AdverseEventValues(entered_in_error=True)) is None

    assert now(course).sessions[0].watch_ended is None
    assert course.task(WaitKind.SAFETY_CALL) is not None
    assert not course.course.red_flags


def test_a_call_is_corrected_later_by_a_clinician_and_not_by_billing() -> None:
    course = called()
    course.pass_until(course.now + ONE_DAY)

    assert isinstance(correct(course, AMY, CALLED), Refusal)
    assert isinstance(correct(course, BEN, CALLED), Refusal)
    assert correct(course, DR_KHAN, CALLED) is None


# A denial


def test_a_denial_typed_by_mistake_leaves_the_request_waiting_for_the_payers_answer() -> None:
    course = denied_with()

    assert correct(course, BEN, NO_DENIAL) is None

    [request] = course.course.requests
    assert (request.is_open, request.decision, course.course.denials) == (True, None, ())
    assert course.task(WaitKind.PAYER_ANSWER) is not None
    assert course.task(WaitKind.DENIAL) is None
    assert "request 1 waits for the payer's answer as before" in said(course)
    people = People()
    course.go_on(people, until=WaitKind.SESSION_RESULT)


def test_what_was_chosen_after_it_and_not_sent_is_closed() -> None:
    course = denied_with()
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))

    assert correct(course, BEN, NO_DENIAL) is None

    first, appeal = course.course.requests
    assert course.course.open_request == first
    assert appeal.closed_because == "the denial before it was entered in error"
    assert course.task(WaitKind.CONTEST) is None
    assert course.task(WaitKind.PAYER_ANSWER) is not None
    assert "request 2, which was not sent yet, is closed" in said(course)


def test_what_was_sent_because_of_it_a_person_must_withdraw_at_the_payer() -> None:
    course = denied_with()
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course.tell(AMY, f.PacketSubmitted(reference="fax 13"))

    refused = correct(course, BEN, NO_DENIAL)

    assert refused is not None
    assert "request 2 has gone to the payer since; tell the payer that it is withdrawn" in refused.reason


def test_what_was_waited_for_because_of_it_is_waited_for_no_more() -> None:
    course = denied_with()
    course.tell(AMY, f.DenialStepChosen(step=DenialStep.WAIT))
    assert course.course.not_yet is not None

    assert correct(course, BEN, NO_DENIAL) is None

    assert now(course).not_yet is None
    assert course.course.open_request is not None


def test_what_the_patient_agreed_to_pay_stays_and_is_said() -> None:
    course = agreed(by=BEN)

    assert correct(course, BEN, NO_DENIAL) is None

    assert course.course.coverage.self_pay is not None
    assert "what the patient agreed to pay stays" in said(course)


def test_a_course_that_ended_by_it_is_reopened_first() -> None:
    course = denied_with()
    course.tell(DR_LEE, f.DenialStepChosen(step=DenialStep.STOP, note="nothing more is to be had"))
    assert not course.course.is_open

    refused = correct(course, BEN, NO_DENIAL)

    assert refused is not None
    assert "an admin reopens it first" in refused.reason
    course.tell(ADA, f.Reopen(reason="it was no denial", agreed_by="dr.lee"))
    assert correct(course, BEN, NO_DENIAL) is None
    assert course.task(WaitKind.PAYER_ANSWER) is not None


def test_a_contest_that_was_not_denied_is_under_way_again() -> None:
    course = with_an_approval_that_differs()
    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="no pharmacy"))
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course.tell(AMY, f.PacketSubmitted(reference="fax 13"))
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="typed on the wrong line"))
    assert course.course.authorizations[0].answer is None

    assert correct(course, BEN, NO_DENIAL, subject=2) is None

    assert now(course).authorizations[0].answer is ApprovalAnswer.CONTEST
    assert [one.number for one in course.course.denials] == [1]
    assert course.course.open_request == course.course.requests[1]


def test_a_denial_is_undone_by_billing_or_within_the_day_by_who_typed_it() -> None:
    typed, later = denied_with(), denied_with()
    later.pass_until(later.now + ONE_DAY)

    assert correct(typed, AMY, NO_DENIAL) is None
    assert isinstance(correct(later, AMY, NO_DENIAL), Refusal)
    assert isinstance(correct(later, DR_LEE, NO_DENIAL), Refusal)
    assert correct(later, BEN, NO_DENIAL) is None


# A response check


def answered(answer: ResponseAnswer = ResponseAnswer.CONTINUE, **said: Any) -> PaperCourse:
    course = at(WaitKind.RESPONSE_CHECK)
    course.tell(DR_LEE, f.Response(answer=answer, **said))
    return course


def test_an_answer_recorded_wrongly_is_undone_and_the_check_is_answered_anew() -> None:
    course = answered(dose=a_dose(195))

    assert correct(course, DR_LEE, NO_ANSWER, subject=2) is None

    assert now(course).checks == ()
    assert now(course).evidence is not None
    assert course.task(WaitKind.RESPONSE_CHECK) is not None
    assert "the response check after session 2 opens again" in said(course)
    assert "the planned dose stays 195 units" in said(course)
    course.tell(DR_KHAN, f.Response(answer=ResponseAnswer.ONE_MORE, reason="her wish"))
    assert [one.answer for one in now(course).checks] == [ResponseAnswer.ONE_MORE]


def test_an_answer_that_ended_the_course_is_undone_after_it_is_reopened() -> None:
    course = answered(ResponseAnswer.DISCONTINUE, reason="side effects")
    fact = correction(course, NO_ANSWER, subject=2)

    refused = course.ask(DR_LEE, fact)
    course.tell(ADA, f.Reopen(reason="clicked the wrong line", agreed_by="dr.lee"))

    assert refused is not None
    assert "an admin reopens it first" in refused.reason
    assert course.ask(DR_LEE, fact) is None
    assert course.course.checks == ()
    assert course.task(WaitKind.RESPONSE_CHECK) is not None


def test_an_answer_on_which_a_session_was_given_stands() -> None:
    course = answered()
    fact = correction(course, NO_ANSWER, subject=2)
    course.go_on(People(), until=WaitKind.SESSION_RESULT)

    cleared = course.ask(DR_LEE, fact)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)
    given = course.ask(DR_LEE, fact)

    assert cleared is not None
    assert "a session is cleared on it" in cleared.reason
    assert given is not None
    assert "session 3 was given on it" in given.reason


def test_an_answer_that_paused_the_course_is_undone_after_it_is_resumed() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    course.tell(
        DR_LEE,
        f.Response(answer=ResponseAnswer.PAUSE, reason="episodic", look_again_on=course.today + 60 * ONE_DAY),
    )
    fact = correction(course, NO_ANSWER, subject=2)

    refused = course.ask(DR_LEE, fact)
    course.tell(DR_LEE, f.Resume(reason="it was the wrong line"))

    assert refused is not None
    assert "resumes it first" in refused.reason
    assert course.ask(DR_LEE, fact) is None
    assert course.course.checks == ()


def test_the_reason_of_an_answer_is_corrected_and_the_answer_stays() -> None:
    course = answered(reason="fewer severe days")

    assert correct(course, DR_LEE, f.ResponseValues(reason="fewer days"), subject=2) is None

    [check] = course.course.checks
    assert (check.answer, check.reason) == (ResponseAnswer.CONTINUE, "fewer days")


def test_an_answer_is_corrected_by_clinicians_alone() -> None:
    course = answered()

    assert isinstance(correct(course, AMY, NO_ANSWER, subject=2), Refusal)
    assert isinstance(correct(course, BEN, NO_ANSWER, subject=2), Refusal)
    assert correct(course, DR_KHAN, NO_ANSWER, subject=2) is None
