"""What a course waits for, in words."""

from __future__ import annotations

from datetime import date

import pytest

from domain.events import DiaryLooked
from domain.sentences import waiting_sentence
from domain.story import story_of
from domain.story.telling import value_in_words
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.examples import FACTS
from tests.kit.moments import after_session, at, withdrawn
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_LEE


def test_a_persons_task_says_for_whom_since_when_until_when_and_what_then() -> None:
    assert waiting_sentence(PaperCourse().course) == (
        "Waits for a clinician since 02 Mar 2026: set goals and record consent by 03 Mar 2026; else it is raised again"
    )


def test_the_payer_is_named_as_who_is_waited_for_with_what_happens_at_the_deadline() -> None:
    said = waiting_sentence(at(WaitKind.PAYER_ANSWER).course)

    assert (
        said
        == "Waits for the payer since 02 Mar 2026: enter the payer's decision by 16 Mar 2026; else operations chase the payer"
    )


def test_a_task_comes_before_a_day_that_comes_by_itself() -> None:
    course = at(WaitKind.READINESS, times=2)

    said = waiting_sentence(course.course)

    assert said.startswith("Waits for operations")
    assert said.endswith(" more)")


def test_with_days_only_the_next_day_is_named_with_what_it_brings() -> None:
    said = waiting_sentence(after_session(1).course)

    assert said == "Safety call falls due on 10 Mar 2026: then operations call the patient (and 3 more)"


def test_an_ended_course_says_until_when_it_can_be_reopened() -> None:
    course = withdrawn()
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    course.tell(AMY, FACTS["safety-call"])

    assert waiting_sentence(course.course).startswith("The time for reopening ends on ")


def test_a_closed_course_waits_for_nothing() -> None:
    course = withdrawn()
    course.go_on(People())

    assert waiting_sentence(course.course) == "closed"


def test_every_moment_of_a_course_has_its_sentence() -> None:
    course = PaperCourse()
    for kind in (WaitKind.SUBMIT_PACKET, WaitKind.CLEARANCE, WaitKind.SAFETY_CALL, WaitKind.RESPONSE_CHECK):
        course.go_on(People(), until=kind)
        assert waiting_sentence(course.course)
        assert "None" not in waiting_sentence(course.course)
    assert DR_LEE.user_id not in waiting_sentence(course.course)


def test_a_vial_that_is_corrected_is_told_in_words() -> None:
    said = value_in_words("200:C7461:2027-10-03:00023392102", "UTC")

    assert said == "200 units of lot C7461, expires 03 Oct 2027"
    assert value_in_words("100:A:2027-10-03", "UTC") == "100 units of lot A, expires 03 Oct 2027"
    assert value_in_words("at 10:30:2 units", "UTC") == "at 10:30:2 units"


@pytest.mark.parametrize(("missing", "said"), [(0, "The diary has every day so far"), (3, "3 of the days")])
def test_a_look_at_a_diary_says_what_is_missing_or_that_nothing_is(missing: int, said: str) -> None:
    looked = DiaryLooked(session=2, missing=missing, first_on=date(2027, 3, 18), last_on=date(2027, 3, 31), asks=False)

    assert story_of(looked, zone="UTC").startswith(said)
    assert story_of(looked, zone="UTC").endswith("(18 Mar 2027 to 31 Mar 2027)")
