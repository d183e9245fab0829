"""Coverage that comes late: a session that patient or clinic has paid for, and that a payer covers after all, is a biller's case."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import facts as f
from domain.billing import COVERED_AFTER_ALL
from domain.coverage import CoverageKind
from domain.decide import decide
from domain.denial import DenialStep
from domain.events import AuthorizationAmended, RecordCorrected
from domain.facts import Request
from domain.story import story_of
from domain.waits import WaitKind
from tests.domain.test_correction_who_pays import give
from tests.kit.answers import People, approved
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import agreed, correction, denied_with
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)
SILENT = People(
    {
        WaitKind.PAYER_ANSWER: lambda _: None,
        WaitKind.CHASE_PAYER: lambda _: None,
        WaitKind.DENIAL: lambda _: (BEN, f.DenialStepChosen(step=DenialStep.APPEAL)),
    }
)


def paid_otherwise(*, risk: bool = False, **granted: Any) -> PaperCourse:
    """Return a course whose session 1 the patient paid, or the clinic risked, and whose appeal was granted from the day after."""
    course = denied_with() if risk else agreed(by=BEN)
    if risk:
        course.tell(ADA, f.AtClinicsRisk(reason="the appeal will be won"))
        course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course.go_on(SILENT, until=WaitKind.SESSION_RESULT)
    give(course, People())
    [session] = course.course.sessions
    from_on = session.given_on + ONE_DAY
    course.go_on(SILENT, until=WaitKind.PAYER_ANSWER)
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    course.pass_until(course.now + 2 * ONE_DAY)
    people = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, **({"from_on": from_on} | granted))})
    answer = people.answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer, task=task.id)
    return course


def checked(course: PaperCourse) -> None:
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(course.course, course.now)


def a_billers_task(course: PaperCourse, session: int = 1) -> bool:
    given = course.course.session(session)
    assert given is not None
    task = course.task(WaitKind.CLAIM_HELD)
    held = given.claim_held == COVERED_AFTER_ALL
    assert held is (task is not None and task.subject == f"session-{session}")
    return held


@pytest.mark.parametrize("risk", [False, True])
def test_one_whose_window_begins_after_the_session_is_nobodys_case(*, risk: bool) -> None:
    course = paid_otherwise(risk=risk)

    assert not a_billers_task(course)
    checked(course)


@pytest.mark.parametrize("risk", [False, True])
@pytest.mark.parametrize(("days", "late"), [(0, False), (1, True)])
def test_a_corrected_window_that_reaches_back_over_it_is_a_billers_task(days: int, *, late: bool, risk: bool) -> None:
    course = paid_otherwise(risk=risk)
    given_on = course.course.sessions[0].given_on
    before = course.course.sessions[0].coverage
    values = f.AuthorizationValues(from_on=given_on + ONE_DAY - days * ONE_DAY, sessions=2 if days else 3)

    course.tell(BEN, correction(course, values, subject=course.course.authorizations[0].request))

    assert a_billers_task(course) is late
    assert course.course.sessions[0].coverage == before, "what was paid stays until the biller says otherwise"
    checked(course)


def test_the_preview_of_a_correction_and_the_history_say_so() -> None:
    course = paid_otherwise()
    given_on = course.course.sessions[0].given_on
    fact = correction(course, f.AuthorizationValues(from_on=given_on), subject=course.course.authorizations[0].request)

    event = decide(course.course, Request(request_id="r", by=BEN, fact=fact), now=course.now)

    assert isinstance(event, RecordCorrected)
    assert event.paid_otherwise == (1,)
    assert "a biller looks at session 1, which it covers and somebody else has paid" in story_of(event, zone="UTC")


def test_an_amendment_that_leaves_room_for_a_session_paid_otherwise_is_a_billers_task() -> None:
    course = paid_otherwise(sessions=1, units=200)
    course.tell(BEN, f.SelfPayAgreed(signed_on=course.today, amount_cents=180_000, sessions=1))
    for number in (2, 3):
        course.go_on(SILENT, until=WaitKind.SESSION_RESULT)
        give(course, People())
        assert course.course.last_number == number
    kinds = [one.coverage.kind for one in course.course.sessions]
    assert kinds == [CoverageKind.SELF_PAY, CoverageKind.AUTHORIZATION, CoverageKind.SELF_PAY]

    granted = course.course.authorizations[0]
    course.tell(AMY, f.AuthorizationAmended(request=granted.request, number="A-NEW"))
    assert course.task(WaitKind.CLAIM_HELD) is None, "another number covers nothing more"
    course.tell(AMY, f.AuthorizationAmended(request=granted.request, sessions=2, units=400))

    [event] = [one for one in course.events if isinstance(one, AuthorizationAmended) and one.paid_otherwise]
    assert event.paid_otherwise == (3,)
    assert a_billers_task(course, 3)
    checked(course)


def test_a_corrected_day_that_falls_into_a_window_is_a_billers_task_and_the_patient_has_paid_still() -> None:
    course = paid_otherwise()
    given_on = course.course.sessions[0].given_on

    course.tell(
        DR_LEE,
        correction(course, f.SessionValues(given_on=given_on + ONE_DAY), subject=1),
        deviation="it was the day after",
    )

    session = course.course.sessions[0]
    assert session.coverage.kind is CoverageKind.SELF_PAY
    assert session.claim_held is not None
    assert course.task(WaitKind.CLAIM_HELD) is not None


def test_what_a_biller_has_left_as_it_was_is_not_asked_again() -> None:
    course = paid_otherwise()
    granted, given_on = course.course.authorizations[0], course.course.sessions[0].given_on
    course.tell(BEN, correction(course, f.AuthorizationValues(from_on=given_on), subject=granted.request))
    task = course.task(WaitKind.CLAIM_HELD)
    assert task is not None
    course.tell(BEN, f.ClaimReleased(note="she keeps the discount"), task=task.id)

    last_on: date = granted.until_on + 30 * ONE_DAY
    course.tell(AMY, f.AuthorizationAmended(request=granted.request, until_on=last_on))

    assert not a_billers_task(course)
