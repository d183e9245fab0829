"""Taking back what was told of coverage by mistake: another payer, another place, a withdrawal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain import plan
from domain.changes import after, fold
from domain.consequences import consequences
from domain.coverage import CoverageKind
from domain.payer import PlaceOfService
from domain.people import Actor
from domain.record import Refusal
from domain.session import AppointmentStatus
from domain.waits import WaitKind
from tests.domain.builders import the_policy
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, medicare
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import after_session, at, correction
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)
OTHER = "washington-labor"
BY_MISTAKE = f.CoverageChangedValues(entered_in_error=True)
NOT_WITHDRAWN = f.WithdrawalValues(entered_in_error=True)


def another_payer(from_on: date) -> f.CoverageChanged:
    return f.CoverageChanged(
        from_on=from_on,
        pays=CoverageKind.AUTHORIZATION,
        payer_id=OTHER,
        policy=the_policy(OTHER),
        reason="told for another patient",
    )


def undo(course: PaperCourse, values: Any = BY_MISTAKE, *, by: Actor = BEN) -> Refusal | None:
    """Take back what was last told of this kind; what the course is then is what its journal makes of it."""
    refused = course.ask(by, correction(course, values, subject=None))
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(course.course, course.now)
    return refused


def said(course: PaperCourse) -> str:
    """Return what was said to follow from the last correction."""
    event = next(one for one in reversed(course.events) if isinstance(one, e.RecordCorrected))
    before = fold([*course.events[: event.number - 1]], course_id="c-1", patient_id="p-1")  # type: ignore[list-item] # a list of any events
    return "; ".join(consequences(before, event, after(before, event)))


def who_pays(course: PaperCourse) -> tuple[Any, ...]:
    """Return all that says who pays, as it should be again when a mistake is taken back."""
    now = course.course
    paid = [(one.number, one.coverage, one.claim_id, one.replacements, one.claim_held) for one in now.sessions]
    granted = [one.model_copy(update={"payer_id": None}) for one in now.authorizations]  # named where there are two
    return now.coverage, now.policy, now.coverages_before, granted, now.payer_verdict, paid


@pytest.mark.parametrize("days", [-1, 0, 1, 60], ids=["before session 1", "on its day", "after it", "to come"])
def test_another_payer_told_by_mistake_leaves_all_as_it_was(days: int) -> None:
    course = after_session(1)
    before = who_pays(course)
    course.pass_until(course.now + 3 * ONE_DAY)
    course.tell(BEN, another_payer(course.course.sessions[0].given_on + days * ONE_DAY))
    assert who_pays(course) != before

    assert undo(course) is None

    assert who_pays(course) == before
    assert course.course.open_request is None
    assert isinstance(undo(course), Refusal), "once"
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    assert course.course.clearance is not None
    assert course.course.clearance.coverage.payer_id == "northwind-commercial"


def test_what_follows_is_said() -> None:
    course = after_session(1)
    course.tell(BEN, another_payer(course.today + ONE_DAY))
    course.go_on(People(), until=WaitKind.PAYER_ANSWER)

    assert undo(course) is None

    told = said(course)
    assert "Northwind Health pays from" in told
    assert "holds again" in told
    assert "no answer to request 2 is waited for any more: tell the payer that it is withdrawn" in told
    assert course.task(WaitKind.PAYER_ANSWER) is None


def test_what_the_payer_before_was_asked_is_waited_for_again() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    course.tell(BEN, another_payer(course.today))
    assert [one.is_open for one in course.course.requests] == [False, True]

    assert undo(course) is None

    assert [one.is_open for one in course.course.requests] == [True, False]
    assert "request 1 waits for the payer's answer again" in said(course)
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    assert task.subject == "request-1"


def test_a_session_billed_to_the_wrong_payer_since_goes_back_to_the_right_one() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on
    none_needed = another_payer(given_on).model_copy(
        update={"pays": CoverageKind.NOT_NEEDED, "said_by": "their hotline", "said_on": given_on}
    )
    course.tell(BEN, none_needed)
    assert course.course.sessions[0].claim_payer == OTHER

    assert undo(course) is None

    [session] = course.course.sessions
    assert session.claim_payer == "northwind-commercial"
    assert session.claim_outdated is False
    assert len(session.replacements) > 1, "the claim to the wrong payer is voided, and the right one gets its own"


def test_another_place_told_by_mistake_is_taken_back_with_what_was_asked_for_it() -> None:
    course = after_session(1, beginning=a_beginning(coverage=medicare(TODAY)))
    before = who_pays(course)
    hospital = f.CoverageChanged(
        from_on=course.today + ONE_DAY,
        pays=CoverageKind.AUTHORIZATION,
        place_of_service=PlaceOfService.HOSPITAL_OUTPATIENT,
        policy=course.course.policy,
        reason="told for another patient",
    )
    course.tell(BEN, hospital)
    assert course.course.open_request is not None

    assert undo(course) is None

    assert who_pays(course) == before
    assert course.course.open_request is None


def status_of(course: PaperCourse) -> AppointmentStatus | None:
    booked = course.course.appointment
    return None if booked is None else booked.status


def test_a_confirmed_appointment_that_the_mistake_covered_is_tentative_again() -> None:
    course = after_session(1)
    (granted,) = course.course.authorizations
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today + ONE_DAY, reason="the plan has ended"))
    agreed: dict[str, Any] = {"signed_on": course.today, "amount_cents": 150_000, "sessions": 2}
    pays: dict[str, Any] = {"from_on": course.today + ONE_DAY, "pays": CoverageKind.SELF_PAY, "reason": "so she says"}
    course.tell(BEN, f.CoverageChanged(**pays, **agreed))
    course.go_on(People(), until=WaitKind.CLEARANCE)
    assert status_of(course) is AppointmentStatus.CONFIRMED

    assert undo(course) is None

    assert status_of(course) is AppointmentStatus.TENTATIVE
    assert [one.stopped_on for one in course.course.authorizations if one.number == granted.number] != [None]


def test_nobody_takes_back_under_a_session_that_is_cleared() -> None:
    course = after_session(1)
    course.tell(BEN, another_payer(course.today + ONE_DAY))
    course.go_on(People(), until=WaitKind.SESSION_RESULT)

    refused = undo(course)

    assert refused is not None
    assert "a session is cleared" in refused.reason


def test_only_the_last_change_is_taken_back_and_none_that_has_put_aside_another() -> None:
    course = after_session(1)
    course.tell(BEN, another_payer(course.today + 60 * ONE_DAY))
    first = correction(course, BY_MISTAKE, subject=None)
    course.tell(BEN, another_payer(course.today + 30 * ONE_DAY))

    assert isinstance(course.ask(BEN, first), Refusal)
    assert isinstance(undo(course), Refusal), "what was known to follow has given way to it"


@pytest.mark.parametrize(
    ("by", "days_later", "heard"),
    [(AMY, 0, True), (AMY, 1, False), (ADA, 0, False), (DR_LEE, 1, False), (BEN, 1, True)],
)
def test_its_author_takes_it_back_within_the_day_and_later_billing(by: Actor, days_later: int, *, heard: bool) -> None:
    course = after_session(1)
    course.tell(AMY, another_payer(course.today + 60 * ONE_DAY))
    course.pass_until(course.now + days_later * ONE_DAY)

    refused = undo(course, by=by)

    assert (refused is None) is heard
    assert heard or (refused is not None and "this correction is for billing" in refused.reason)


# A withdrawal


def withdrawn_from(course: PaperCourse, from_on: date) -> None:
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=from_on, reason="told for another patient"))


def test_an_authorization_withdrawn_by_mistake_covers_again_and_nothing_is_asked_for() -> None:
    course = after_session(1)
    before = who_pays(course)
    withdrawn_from(course, course.today + ONE_DAY)
    course.go_on(People({WaitKind.SUBMIT_PACKET: lambda _: None}), until=WaitKind.SUBMIT_PACKET)
    asked = course.course.open_request

    assert undo(course, NOT_WITHDRAWN) is None

    assert asked is not None
    assert who_pays(course)[3] == before[3]
    assert course.course.open_request is None
    assert not isinstance(plan.coverage_of(course.course, plan.planned_on(course.course, course.today)), Refusal)
    assert isinstance(undo(course, NOT_WITHDRAWN), Refusal), "once"


@pytest.mark.parametrize(("days", "covered"), [(0, False), (1, True)])
def test_a_session_given_since_comes_under_it_again(*, days: int, covered: bool) -> None:
    course = after_session(1)
    before = course.course.sessions[0]
    withdrawn_from(course, before.given_on + days * ONE_DAY)
    since = course.course.sessions[0]

    assert undo(course, NOT_WITHDRAWN) is None

    now = course.course.sessions[0]
    assert (since.coverage == before.coverage) is covered
    assert (now.coverage, now.claim_held, now.claim_outdated) == (before.coverage, None, False)
