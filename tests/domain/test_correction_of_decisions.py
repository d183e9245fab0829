"""Correcting what a payer decided: a denial's day and reason, and a decision that was told wrongly or never made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.billing import COVERED_AFTER_ALL
from domain.coverage import ApprovalAnswer, Authorization, CoverageKind, Decision
from domain.decide import decide
from domain.denial import DenialCode, DenialStep
from domain.facts import Request
from domain.people import Actor
from domain.record import Refusal
from domain.session import AppointmentStatus
from domain.waits import WaitKind
from tests.domain.test_after_all import paid_otherwise
from tests.domain.test_correction_of_answers import correct, said
from tests.kit.answers import People
from tests.kit.moments import after_session, at, correction, denied_with, with_an_approval_that_differs
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_KHAN, DR_LEE

ONE_DAY = timedelta(days=1)
NEVER_SAID = f.AuthorizationValues(entered_in_error=True)


def later(course: PaperCourse, days: int) -> PaperCourse:
    course.pass_until(course.now + days * ONE_DAY)
    return course


def denied(days_ago: int = 0, **letter: Any) -> PaperCourse:
    """Return a course whose first request, sent 20 days before, was denied by a letter of today, told so many days ago."""
    course = at(WaitKind.PAYER_ANSWER)
    later(course, 20)
    plain = {"decision": Decision.DENIED, "reason": "not necessary", "denial_code": DenialCode.NOT_NECESSARY}
    course.tell(AMY, f.AuthorizationDecision(**(plain | letter)))
    return later(course, days_ago)


def request_sent_on(course: PaperCourse) -> date:
    sent_on = course.course.requests[0].submitted_on
    assert sent_on is not None
    return sent_on


# A denial's day and reason


@pytest.mark.parametrize("earlier", [1, 20])
def test_a_corrected_letters_day_moves_the_last_days_that_it_sets(earlier: int) -> None:
    course = denied()
    [before] = course.course.denials
    assert before.appeal_until is not None
    assert before.peer_to_peer_until is not None

    assert correct(course, BEN, f.AuthorizationValues(letter_on=before.letter_on - earlier * ONE_DAY)) is None

    [now] = course.course.denials
    assert now.letter_on == before.letter_on - earlier * ONE_DAY
    assert now.appeal_until == before.appeal_until - earlier * ONE_DAY
    assert now.peer_to_peer_until == before.peer_to_peer_until - earlier * ONE_DAY
    assert course.task(WaitKind.DENIAL) is not None
    assert "the last day for an appeal is" in said(course)


@pytest.mark.parametrize(("days", "told"), [(-1, False), (0, True)])
def test_a_letter_is_not_of_a_day_before_its_request_was_sent(days: int, *, told: bool) -> None:
    course = denied()
    sent_on = request_sent_on(course)

    refused = correct(course, BEN, f.AuthorizationValues(letter_on=sent_on + days * ONE_DAY))

    assert (refused is None) is told


@pytest.mark.parametrize(("days", "told"), [(1, True), (2, False)])
def test_nor_of_one_that_lies_ahead(days: int, *, told: bool) -> None:
    course = denied(1)

    refused = correct(course, BEN, f.AuthorizationValues(letter_on=course.course.denials[0].letter_on + days * ONE_DAY))

    assert (refused is None) is told


def test_a_last_day_that_the_letter_says_stays_where_it_is_not_corrected_itself() -> None:
    course = denied()
    until = course.today + 31 * ONE_DAY
    stated = denied(appeal_until=until)
    letter_on = stated.today - 5 * ONE_DAY

    assert correct(stated, BEN, f.AuthorizationValues(letter_on=letter_on)) is None
    assert stated.course.denials[0].appeal_until == until
    assert correct(stated, BEN, f.AuthorizationValues(appeal_until=until + ONE_DAY)) is None
    assert stated.course.denials[0].appeal_until == until + ONE_DAY


def test_more_time_that_the_payer_gave_stays() -> None:
    course = denied()
    before = course.course.denials[0].appeal_until
    assert before is not None
    granted = f.MoreTimeGranted(step=DenialStep.APPEAL, last_on=before + 9 * ONE_DAY, reference="call 7")
    course.tell(BEN, granted)

    assert correct(course, BEN, f.AuthorizationValues(letter_on=course.today - 5 * ONE_DAY)) is None

    assert course.course.denials[0].appeal_until == before + 9 * ONE_DAY


def test_an_appeal_that_is_not_sent_yet_stands_under_the_right_last_day() -> None:
    course = denied()
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    before = course.course.requests[1].last_on
    assert before is not None

    assert correct(course, BEN, f.AuthorizationValues(letter_on=course.today - 5 * ONE_DAY)) is None

    assert course.course.requests[1].last_on == before - 5 * ONE_DAY
    assert "request 2 is to be sent by" in said(course)


def test_where_the_right_last_day_has_passed_the_appeal_lapses_and_a_person_chooses_anew() -> None:
    course = denied()
    days = (course.course.denials[0].appeal_until or course.today) - course.today
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course.pass_until(course.now + days - 2 * ONE_DAY)

    assert correct(course, BEN, f.AuthorizationValues(letter_on=request_sent_on(course))) is None

    assert "which has passed" in said(course)
    assert course.course.requests[1].lapsed_on == course.today
    assert course.task(WaitKind.DENIAL) is not None
    assert isinstance(course.ask(BEN, f.DenialStepChosen(step=DenialStep.APPEAL)), Refusal)


def test_an_appeal_sent_after_the_right_last_day_is_said_and_stays() -> None:
    course = denied()
    days = (course.course.denials[0].appeal_until or course.today) - course.today
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course.pass_until(course.now + days - 2 * ONE_DAY)
    course.tell(AMY, f.PacketSubmitted(reference="fax 13"))
    sent = course.course.requests[1]

    assert correct(course, BEN, f.AuthorizationValues(letter_on=request_sent_on(course))) is None

    assert course.course.open_request == sent, "it is not told that it went under another day"
    assert "request 2 went to the payer on" in said(course)


def test_what_a_talk_did_not_change_is_appealed_by_the_same_right_day() -> None:
    course = denied()
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.PEER_TO_PEER))
    course.tell(DR_LEE, f.PacketSubmitted(reference="call 8"))
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="the same"))
    first, talk = course.course.denials
    assert first.appeal_until is not None
    assert first.appeal_until == talk.appeal_until

    assert correct(course, BEN, f.AuthorizationValues(letter_on=course.today - 5 * ONE_DAY)) is None

    first_now, talk_now = course.course.denials
    assert first_now.appeal_until == talk_now.appeal_until == first.appeal_until - 5 * ONE_DAY


def test_a_corrected_code_advises_another_step_and_the_words_are_the_requests_too() -> None:
    course = denied()

    values = f.AuthorizationValues(denial_code=DenialCode.STEP_THERAPY, reason="a second preventive")
    assert correct(course, BEN, values) is None

    [denial], [request] = course.course.denials, course.course.requests
    assert (denial.reason, denial.words) == (DenialCode.STEP_THERAPY, "a second preventive")
    assert request.denial_reason == "a second preventive"
    [made] = course.course.corrections
    assert {(one.field, one.before, one.after) for one in made.changes} == {
        ("denial_code", "not_medically_necessary", "step_therapy"),
        ("reason", "not necessary", "a second preventive"),
    }
    assert correct(course, BEN, values) is not None, "it says so already"


def test_a_yes_has_no_letter_of_denial_and_a_no_no_window() -> None:
    granted, refused = after_session(1), denied()

    for_a_yes = correct(granted, BEN, f.AuthorizationValues(letter_on=granted.today, denial_code=DenialCode.OTHER))
    for_a_no = correct(refused, BEN, f.AuthorizationValues(until_on=refused.today))

    assert for_a_yes is not None
    assert "denial_code, letter_on: the payer has not said no" in for_a_yes.reason
    assert for_a_no is not None
    assert "it granted no authorization" in for_a_no.reason


def test_the_day_is_corrected_by_operations_too_and_the_code_by_billing_alone() -> None:
    course = denied(1)
    day = f.AuthorizationValues(letter_on=course.today - 3 * ONE_DAY)
    code = f.AuthorizationValues(denial_code=DenialCode.OTHER)

    assert correct(course, AMY, code) is not None
    assert correct(course, DR_LEE, code) is not None
    assert correct(course, AMY, day) is None
    assert correct(course, BEN, code) is None


# A decision that was never made, or is the other one


def test_an_approval_typed_for_a_denial_is_undone_and_the_denial_told_anew() -> None:
    course = at(WaitKind.READINESS)
    [granted] = course.course.authorizations

    assert correct(course, BEN, NEVER_SAID) is None

    [request] = course.course.requests
    assert (course.course.authorizations, request.is_open, request.decision) == ((), True, None)
    assert course.task(WaitKind.PAYER_ANSWER) or course.task(WaitKind.CHASE_PAYER)
    assert f"authorization {granted.number} was never granted" in said(course)
    assert "request 1 waits for the payer's answer as before" in said(course)
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="not necessary"))
    assert course.task(WaitKind.DENIAL) is not None
    assert course.course.open_request is None


def test_a_denial_typed_for_an_approval_is_undone_and_the_approval_told_anew() -> None:
    course = denied_with()

    assert correct(course, BEN, NEVER_SAID) is None
    course.go_on(People(), until=WaitKind.SESSION_RESULT)

    assert course.course.denials == ()
    assert [one.request for one in course.course.authorizations] == [1]


def test_an_appointment_that_was_confirmed_under_it_is_tentative_again() -> None:
    course = after_session(1)
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    course.go_on(People({WaitKind.CLEARANCE: lambda _: None}), until=WaitKind.CLEARANCE)
    before = course.course.appointment

    correct(course, BEN, NEVER_SAID)

    now = course.course.appointment
    assert before is not None
    assert now is not None
    assert [before.status, now.status] == [AppointmentStatus.CONFIRMED, AppointmentStatus.TENTATIVE]
    assert "nothing pays for the appointment of" in said(course)
    refused = course.ask(DR_LEE, f.PreSessionCheck(clear=True))
    assert isinstance(refused, Refusal)


def test_a_session_given_under_it_has_lost_its_coverage_a_deviation_and_its_bill_waits() -> None:
    course = after_session(1)
    later(course, 1)
    before = course.course.sessions[0]
    assert before.claim_id is not None

    assert correct(course, BEN, NEVER_SAID) is None

    [session], [deviation] = course.course.sessions, course.course.deviations
    assert (session.coverage.kind, session.coverage.authorization) == (CoverageKind.AUTHORIZATION, None)
    assert session.coverage.uncovered == "no authorization has been granted"
    assert (session.claim_held, session.claim_outdated) == ("deviation: coverage", True)
    assert (deviation.session, deviation.rules) == (1, "coverage")
    assert {WaitKind.DEVIATION, WaitKind.CLAIM_HELD} <= {wait.kind for wait in course.tasks}
    assert "nothing covers session 1: no authorization has been granted" in said(course)
    assert "it is a deviation (coverage)" in said(course)
    course.tell(DR_KHAN, f.DeviationReviewed(note="typed on the wrong line"))
    course.tell(BEN, f.ClaimReleased(bill=True, authorization_number="A-LATE", note="granted on another day"))


def another(course: PaperCourse, granted: Authorization) -> PaperCourse:
    """Return the course with a second authorization of the same payer that covers the same days."""
    request = course.course.requests[0].model_copy(update={"number": 2, "submitted_on": None})
    second = granted.model_copy(update={"request": 2, "number": "B-2"})
    changes = {"requests": (*course.course.requests, request), "authorizations": (granted, second)}
    course.course = course.course.model_copy(update=changes)
    return course


def test_a_session_that_another_authorization_covers_comes_under_that_and_is_no_deviation() -> None:
    course = after_session(1)
    another(course, course.course.authorizations[0])

    refused = course.ask(BEN, correction(course, NEVER_SAID))

    [session] = course.course.sessions
    assert refused is None
    assert (session.coverage.authorization, session.coverage.authorization_number) == (2, "B-2")
    assert (session.claim_held, course.course.deviations) == (None, ())


def test_what_was_paid_otherwise_and_seemed_covered_is_no_billers_case_any_more() -> None:
    course = paid_otherwise()
    granted, given_on = course.course.authorizations[0], course.course.sessions[0].given_on
    course.tell(BEN, correction(course, f.AuthorizationValues(from_on=given_on), subject=granted.request))
    before = course.course.sessions[0].claim_held

    assert correct(course, BEN, NEVER_SAID, subject=granted.request) is None

    assert (before, course.course.sessions[0].claim_held) == (COVERED_AFTER_ALL, None)
    assert course.task(WaitKind.CLAIM_HELD) is None


def test_a_contest_of_it_falls_with_it() -> None:
    course = with_an_approval_that_differs()
    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="no pharmacy"))
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))

    assert correct(course, BEN, NEVER_SAID) is None

    assert (course.course.denials, course.course.authorizations) == ((), ())
    assert course.course.open_request == course.course.requests[0]
    assert course.course.requests[1].closed_because == "the approval before it was entered in error"


def test_what_has_gone_to_the_payer_since_makes_it_a_persons_matter() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    course.go_on(People({WaitKind.PAYER_ANSWER: lambda _: None}), until=WaitKind.PAYER_ANSWER)

    refused = correct(course, BEN, NEVER_SAID)

    assert refused is not None
    assert "request 2 has gone to the payer since" in refused.reason
    assert "`authorization-withdrawn`" in refused.reason


def test_while_a_session_is_cleared_under_it_its_result_comes_first() -> None:
    refused = correct(at(WaitKind.SESSION_RESULT), BEN, NEVER_SAID)

    assert refused is not None
    assert "a session is cleared under it" in refused.reason


@pytest.mark.parametrize(("by", "allowed"), [(AMY, False), (DR_LEE, False), (BEN, True)])
def test_it_is_undone_by_billing(by: Actor, *, allowed: bool) -> None:
    course = later(at(WaitKind.READINESS), 1)

    assert (correct(course, by, NEVER_SAID) is None) is allowed


def test_what_was_undone_is_corrected_no_more_and_the_new_decision_is() -> None:
    course = at(WaitKind.READINESS)
    fact = correction(course, NEVER_SAID)
    course.tell(BEN, fact)
    again = course.ask(BEN, fact)
    window = course.ask(BEN, fact.model_copy(update={"values": f.AuthorizationValues(sessions=3)}))
    course.go_on(People(), until=WaitKind.CLEARANCE)

    assert again is not None
    assert window is not None
    assert course.ask(BEN, fact) is not None
    assert correct(course, BEN, f.AuthorizationValues(sessions=3)) is None
    assert course.course.authorizations[0].sessions == 3


def test_in_a_course_of_an_earlier_release_an_approval_is_withdrawn_not_undone() -> None:
    course = after_session(1)
    old = course.course.model_copy(update={"edition": 1})

    decided = decide(old, Request(request_id="r", by=BEN, fact=correction(course, NEVER_SAID)), now=course.now)

    assert isinstance(decided, Refusal)
    assert "`authorization-withdrawn`" in decided.reason


def test_the_history_says_that_it_was_entered_in_error() -> None:
    course = at(WaitKind.READINESS)
    correct(course, BEN, NEVER_SAID)

    [event] = [one for one in course.events if isinstance(one, e.RecordCorrected)]

    assert (event.entered_in_error, event.subject) == (True, 1)
