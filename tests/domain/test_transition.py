"""A payer who follows another in the middle of a treatment is asked for a transition period, and answers (P9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import asking_payer, plan, requests
from domain import events as e
from domain import facts as f
from domain.billing import COVERED_AFTER_ALL
from domain.coverage import CoverageKind, Decision, Purpose
from domain.hold import LapseAnswer
from domain.payer import DrugSource
from domain.record import Refusal
from domain.story import story_of
from domain.story.words import covered_after_all_in_words
from domain.waits import WaitKind
from office.about import about_task
from tests.domain.builders import the_policy
from tests.domain.test_correction_who_pays import give
from tests.domain.test_coverage_changed import another_payer
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning, insured
from tests.kit.invariants import check_story
from tests.kit.moments import after_session, another_payer_asked, at
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)
OTHER = "washington-labor"


def granted(course: PaperCourse, **changes: object) -> None:
    until_on = plan.planned_on(course.course, course.today) + 10 * ONE_DAY
    course.tell(AMY, f.TransitionAnswered.model_validate({"granted": True, "until_on": until_on, **changes}))


def test_it_is_asked_for_with_the_continuation_for_the_sessions_planned_under_the_payer_before() -> None:
    course = after_session(1)
    [before] = course.course.authorizations

    course.tell(AMY, another_payer(course.today + 20 * ONE_DAY))

    asked = course.course.open_request
    assert asked is not None
    assert asked.purpose is Purpose.CONTINUATION
    assert asked.transition is not None
    assert (asked.transition.sessions, asked.transition.until_on) == (1, before.until_on)
    assert asked.transition.payer_before == "northwind-commercial"
    told = [one for one in course.events if getattr(one, "kind", "") == "authorization_requested"]
    assert "a transition period to" in story_of(told[-1], zone=course.course.clinic.zone)


def test_where_the_payer_before_had_granted_no_session_more_it_is_for_the_one_that_is_planned() -> None:
    course = after_session(2)

    course.tell(AMY, another_payer(course.today + 20 * ONE_DAY))

    asked, on = course.course.open_request, plan.planned_on(course.course, course.today)
    assert asked is not None
    assert asked.transition is not None
    late = course.course.protocol.timing.latest_after_planned_days.value
    assert (asked.transition.sessions, asked.transition.until_on) == (1, on + late * ONE_DAY)


@pytest.mark.parametrize(
    "course",
    [
        pytest.param(lambda: at(WaitKind.PAYER_ANSWER), id="nothing given yet"),
        pytest.param(lambda: after_session(1, beginning=a_beginning(edition=1)), id="first edition"),
    ],
)
def test_who_has_no_session_yet_and_a_course_of_the_first_edition_ask_for_none(course: object) -> None:
    assert callable(course)
    told: PaperCourse = course()

    told.tell(AMY, another_payer(told.today))

    asked = told.course.open_request
    assert asked is not None
    assert asked.transition is None


def test_after_a_patient_who_paid_herself_no_payer_is_asked_to_take_anything_over() -> None:
    course = after_session(1)
    herself = f.CoverageChanged(
        from_on=course.today + ONE_DAY,
        pays=CoverageKind.SELF_PAY,
        signed_on=course.today,
        amount_cents=100,
        sessions=1,
        reason="between two insurers",
    )
    course.tell(BEN, herself)
    again = another_payer(course.today + 3 * ONE_DAY, payer_id="northwind-commercial", policy=the_policy())

    course.tell(AMY, again)

    assert all(one.transition is None for one in course.course.requests)


def test_granted_it_covers_the_session_up_to_its_day_and_the_continuation_is_still_waited_for() -> None:
    course = another_payer_asked()
    planned_on = plan.planned_on(course.course, course.today)

    granted(course, until_on=planned_on, number="T-7")

    covered = plan.coverage_of(course.course, planned_on)
    assert not isinstance(covered, Refusal)
    assert (covered.payer_id, covered.authorization_number) == (OTHER, "T-7")
    assert isinstance(plan.coverage_of(course.course, planned_on + ONE_DAY), Refusal)
    asked = course.course.open_request
    assert asked is not None
    assert asked.purpose is Purpose.CONTINUATION
    assert course.task(WaitKind.PAYER_ANSWER) is not None
    course.go_on(
        People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None}),
        until=WaitKind.SESSION_RESULT,
    )
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_without_a_number_the_number_is_asked_for() -> None:
    course = another_payer_asked()

    granted(course)

    assert course.task(WaitKind.AUTHORIZATION_NUMBER) is not None


def test_refused_the_session_stays_uncovered_and_it_is_not_asked_for_again() -> None:
    course = another_payer_asked()

    course.tell(BEN, f.TransitionAnswered(granted=False, reason="no provider contract"))

    assert isinstance(plan.coverage_of(course.course, plan.planned_on(course.course, course.today)), Refusal)
    assert requests.next_request(course.course, course.today).transition is None
    refused = course.ask(AMY, f.TransitionAnswered(granted=True, until_on=course.today + 90 * ONE_DAY))
    assert isinstance(refused, Refusal)


def test_the_answer_belongs_to_a_request_that_was_sent_and_names_a_last_day_of_the_new_coverage() -> None:
    unsent = after_session(1)
    unsent.tell(AMY, another_payer(unsent.today + 20 * ONE_DAY))
    sent = another_payer_asked()
    first_on = sent.today + 20 * ONE_DAY

    for course, until_on, why in (
        (unsent, first_on, "has not been submitted"),
        (sent, None, "until_on"),
        (sent, first_on - ONE_DAY, "until_on"),
    ):
        refused = course.ask(AMY, f.TransitionAnswered(granted=True, until_on=until_on))
        assert isinstance(refused, Refusal)
        assert why in refused.reason
    granted(sent, until_on=first_on)
    assert sent.course.authorizations[-1].from_on == first_on


def test_it_is_neither_extended_nor_renewed_when_the_session_slips_past_it() -> None:
    course = another_payer_asked()
    on = plan.planned_on(course.course, course.today)
    granted(course, until_on=on - ONE_DAY)
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="not necessary"))

    asked = requests.next_request(course.course, course.today)

    assert asking_payer.amendment_needed(course.course, course.today) is None
    assert asked.purpose is Purpose.CONTINUATION


def test_a_continuation_that_was_withdrawn_is_asked_for_anew_whatever_the_transition_covers() -> None:
    course = another_payer_asked()
    granted(course, until_on=plan.planned_on(course.course, course.today) - ONE_DAY)
    course.tell(AMY, f.Pregnancy())
    course.tell(DR_LEE, f.HoldAsked(until=course.today + 20 * ONE_DAY))
    course.tell(AMY, f.LapseAnswered(answer=LapseAnswer.WITHDRAW, request=2))

    course.tell(DR_LEE, f.Resume(reason="the test was wrong", patient_informed=True))

    asked = course.course.open_request
    assert asked is not None
    assert (asked.purpose, asked.transition) == (Purpose.CONTINUATION, None)


def test_once_the_payer_has_decided_its_authorization_pays() -> None:
    course = another_payer_asked()
    on = plan.planned_on(course.course, course.today)
    granted(course, until_on=course.today + 30 * ONE_DAY)
    yes = f.AuthorizationDecision(
        decision=Decision.APPROVED,
        number="B-1",
        from_on=course.today,
        until_on=on + 90 * ONE_DAY,
        sessions=2,
        units=400,
    )

    course.tell(AMY, yes)

    covered = plan.coverage_of(course.course, on)
    assert not isinstance(covered, Refusal)
    assert covered.authorization_number == "B-1"
    assert len({one.request for one in course.course.authorizations}) == 3


def test_the_task_says_what_was_asked_for_and_what_was_answered() -> None:
    course = another_payer_asked()
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    said = {one.name: one.said for one in about_task(course.course, task, course.today)}
    assert said["Asked for with it"].endswith("not answered yet")

    granted(course)

    said = {one.name: one.said for one in about_task(course.course, task, course.today)}
    assert said["Asked for with it"].endswith("1 session: granted")
    [told] = [one for one in course.events if getattr(one, "kind", "") == "transition_answered"]
    assert story_of(told, zone=course.course.clinic.zone).startswith("The payer granted a transition period to")


def test_a_specialty_pharmacy_is_not_taken_over_from_the_payer_before_without_a_word() -> None:
    pharmacy = insured().model_copy(update={"drug_source": DrugSource.SPECIALTY_PHARMACY})
    course = after_session(1, beginning=a_beginning(coverage=pharmacy))

    refused = course.ask(AMY, another_payer(course.today + 20 * ONE_DAY))

    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("drug_source: ")
    same_payer = f.CoverageChanged(
        from_on=course.today, pays=CoverageKind.AUTHORIZATION, keeps_authorizations=True, reason="a new plan year"
    )
    course.tell(AMY, same_payer)
    course.tell(AMY, another_payer(course.today + 20 * ONE_DAY, drug_source=DrugSource.CLINIC_STOCK))
    assert course.course.coverage.drug_source is DrugSource.CLINIC_STOCK


def test_granted_over_a_session_that_was_given_at_the_clinics_risk_it_is_a_billers_task() -> None:
    course = another_payer_asked()
    silent = People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None})
    course.tell(ADA, f.AtClinicsRisk(reason="the new payer will agree"))
    course.go_on(silent, until=WaitKind.SESSION_RESULT)
    give(course, People())
    given = course.course.sessions[-1]

    granted(course, until_on=given.given_on)

    held = course.course.session(given.number)
    assert held is not None
    assert held.claim_held == COVERED_AFTER_ALL
    [answered] = (one for one in course.events if isinstance(one, e.TransitionAnswered))
    assert answered.paid_otherwise == (given.number,)
    assert covered_after_all_in_words((given.number,)) in story_of(answered, zone="UTC")
    check_story(course.events, course_id="c-1", patient_id="p-1")
