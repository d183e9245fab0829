"""At a pregnancy what the payer granted, or is asked for, is dealt with now: kept, extended, withdrawn or given back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import facts as f
from domain.clinic_time import day_in_words
from domain.coverage import Decision, Purpose
from domain.follows import what_follows
from domain.hold import HoldReason, LapseAnswer
from domain.lapsing import lapses_of
from domain.record import Refusal
from domain.story import story_of
from domain.waits import WaitKind
from tests.kit.answers import USUAL, People, Situation
from tests.kit.beginnings import a_beginning
from tests.kit.invariants import check_story
from tests.kit.moments import after_session, at, pregnant
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)


def hold_for_a_pregnancy(course: PaperCourse, days: int = 210) -> None:
    course.tell(AMY, f.Pregnancy())
    course.tell(DR_LEE, f.HoldAsked(until=course.today + days * ONE_DAY))


def test_when_the_clinician_holds_somebody_says_what_becomes_of_what_is_left_and_when_it_lapses() -> None:
    course = after_session(1)
    until_on = course.course.authorizations[0].until_on
    course.tell(AMY, f.Pregnancy())

    assert course.task(WaitKind.LAPSES_IN_HOLD) is None, "a clinician decides first"
    course.tell(DR_LEE, f.HoldAsked(until=course.today + 210 * ONE_DAY))

    assert course.task(WaitKind.LAPSES_IN_HOLD) is not None
    [lapse] = lapses_of(course.course)
    assert f"1 session and 200 units will lapse on {day_in_words(until_on)}" in lapse.said
    [prolonged] = [one for one in course.events if getattr(one, "kind", "") == "hold_prolonged"]
    assert lapse.said in " ".join(what_follows(prolonged, course.course))


def test_a_hold_for_a_pregnancy_with_its_review_date_is_decided_from_the_beginning() -> None:
    course = after_session(1)

    course.tell(DR_LEE, f.HoldAsked(until=course.today + ONE_DAY, reason=HoldReason.PREGNANCY))

    assert course.task(WaitKind.LAPSES_IN_HOLD) is not None


def test_other_holds_and_an_authorization_that_is_used_up_ask_for_nothing() -> None:
    travelling, used_up = after_session(1), after_session(2)

    travelling.tell(AMY, f.HoldAsked(until=travelling.today + 60 * ONE_DAY, reason=HoldReason.TRAVEL))
    hold_for_a_pregnancy(used_up)

    assert lapses_of(travelling.course) == lapses_of(used_up.course) == ()


def test_a_course_of_the_first_edition_is_asked_nothing() -> None:
    course = after_session(1, beginning=a_beginning(edition=1))

    hold_for_a_pregnancy(course)

    assert lapses_of(course.course) == ()


def test_kept_it_is_not_asked_for_again_in_this_hold_but_in_the_next() -> None:
    course = pregnant()

    course.tell(BEN, f.LapseAnswered(answer=LapseAnswer.KEEP, note="she may stop feeding early"))

    assert lapses_of(course.course) == ()
    assert course.course.authorizations[0].stopped_on is None
    course.tell(DR_LEE, f.Resume(reason="the test was wrong", patient_informed=True))
    hold_for_a_pregnancy(course)
    assert len(lapses_of(course.course)) == 1


def test_given_back_it_covers_no_later_session_and_after_the_hold_the_payer_is_asked_anew() -> None:
    course = pregnant(days=30)

    course.tell(AMY, f.LapseAnswered(answer=LapseAnswer.GIVE_BACK))

    [granted] = course.course.authorizations
    assert (granted.stopped_on, granted.stopped_because) == (course.today + ONE_DAY, "given back")
    assert course.course.sessions[0].coverage.authorization == granted.request
    course.tell(DR_LEE, f.Resume(reason="she lost it", patient_informed=True))
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    assert len(course.course.authorizations) == 2
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_an_extension_is_asked_for_as_it_was_sent_and_its_answer_is_taken_in_the_hold() -> None:
    course = pregnant()
    [granted] = course.course.authorizations
    until_on = granted.until_on + 120 * ONE_DAY

    course.tell(AMY, f.LapseAnswered(answer=LapseAnswer.EXTEND, until_on=until_on, reference="call 7"))

    asked = course.course.open_request
    assert asked is not None
    assert (asked.purpose, asked.amends, asked.until_on) == (Purpose.EXTENSION, granted.request, until_on)
    assert lapses_of(course.course) == (), "what was just asked for is no news"
    assert course.task(WaitKind.PAYER_ANSWER) is not None
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.APPROVED, until_on=until_on))
    assert course.course.authorizations[0].until_on == until_on
    assert lapses_of(course.course) == ()


@pytest.mark.parametrize("days", [None, -1, 0])
def test_an_extension_needs_a_later_last_day(days: int | None) -> None:
    course = pregnant()
    until_on = None if days is None else course.course.authorizations[0].until_on + days * ONE_DAY

    refused = course.ask(AMY, f.LapseAnswered(answer=LapseAnswer.EXTEND, until_on=until_on))

    assert isinstance(refused, Refusal)
    assert "until_on" in refused.reason


@pytest.mark.parametrize("kind", [WaitKind.SUBMIT_PACKET, WaitKind.PAYER_ANSWER])
def test_a_request_is_kept_or_withdrawn_sent_or_not(kind: WaitKind) -> None:
    course = at(kind)
    hold_for_a_pregnancy(course)
    task = course.task(WaitKind.LAPSES_IN_HOLD)
    assert task is not None

    refused = course.ask(AMY, f.LapseAnswered(answer=LapseAnswer.GIVE_BACK), task=task.id)
    course.tell(AMY, f.LapseAnswered(answer=LapseAnswer.WITHDRAW), task=task.id)

    assert isinstance(refused, Refusal)
    assert "keep or withdraw" in refused.reason
    assert course.course.open_request is None
    assert course.task(WaitKind.PAYER_ANSWER) is None
    course.tell(DR_LEE, f.Resume(reason="the test was wrong", patient_informed=True))
    assert course.course.open_request is not None, "asked anew"


def test_of_two_that_lapse_the_answer_names_one_and_an_extension_waits_for_the_open_request() -> None:
    course = pregnant()
    asks = f.LapseAnswered(answer=LapseAnswer.EXTEND, until_on=course.today + 300 * ONE_DAY, reference="call 7")
    course.tell(AMY, asks)
    course.tell(DR_LEE, f.HoldAsked(until=course.today + 60 * ONE_DAY, reason=HoldReason.ILLNESS))
    course.tell(DR_LEE, f.HoldAsked(until=course.today + 90 * ONE_DAY, reason=HoldReason.PREGNANCY))

    assert [one.request for one in lapses_of(course.course)] == [1, 2]
    refused = course.ask(AMY, asks.model_copy(update={"request": 1}))
    assert isinstance(refused, Refusal)
    assert "request 2 is open" in refused.reason
    course.tell(AMY, f.LapseAnswered(answer=LapseAnswer.WITHDRAW, request=2))
    course.tell(AMY, asks)
    assert course.course.open_request is not None


def test_it_is_moot_when_the_hold_ends() -> None:
    course = pregnant()

    course.tell(DR_LEE, f.Resume(reason="the test was wrong", patient_informed=True))

    assert course.task(WaitKind.LAPSES_IN_HOLD) is None


def test_every_answer_is_told_in_a_sentence() -> None:
    said = []
    for answer in LapseAnswer:
        course = at(WaitKind.PAYER_ANSWER) if answer is LapseAnswer.WITHDRAW else pregnant()
        if answer is LapseAnswer.WITHDRAW:
            hold_for_a_pregnancy(course)
        until_on = course.today + 300 * ONE_DAY
        course.tell(AMY, f.LapseAnswered(answer=answer, until_on=until_on))
        [event] = [one for one in course.events if getattr(one, "kind", "") == "lapse_dealt_with"]
        said.append(story_of(event, zone=course.course.clinic.zone))

    assert "kept as it is" in said[0]
    assert f"to extend the authorization of request 1 to {day_in_words(until_on)}" in said[1]
    assert "request 1 is withdrawn" in said[2]
    assert "authorization of request 1 is given back" in said[3]


def test_the_usual_answer_is_one_that_is_taken() -> None:
    course = pregnant()
    task = course.task(WaitKind.LAPSES_IN_HOLD)
    assert task is not None

    answer = USUAL[WaitKind.LAPSES_IN_HOLD](Situation(course.course, task, course.now))

    assert answer is not None
    course.tell(*answer, task=task.id)
