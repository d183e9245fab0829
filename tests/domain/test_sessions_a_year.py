"""A payer that pays so many sessions a year: the next one is planned and cleared when its year has room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import facts as f
from domain import plan
from domain.history import CountSource, EarlierCourse, EarlierDose
from domain.payer import PayerPolicy
from domain.ready import missing_for_clearance
from domain.record import Mark, Sourced
from tests.domain.builders import a_history, the_policy
from tests.kit.beginnings import TODAY, a_beginning
from tests.kit.examples import VIALS
from tests.kit.invariants import check_story
from tests.kit.moments import after_session, correction
from tests.kit.paper import PaperCourse
from tests.kit.people import BEN, DR_LEE

ONE_DAY = timedelta(days=1)
GIVEN = f.SessionResult(vials=VIALS, injector="dr.lee")


def a_year(sessions: int) -> PayerPolicy:
    """Return a payer's policy that pays so many sessions a year."""
    cap = Sourced[int](value=sessions, mark=Mark.UNVERIFIED, source="a test")
    policy = the_policy()
    return policy.model_copy(update={"timing": policy.timing.model_copy(update={"sessions_per_year": cap})})


def earliest_after(course: PaperCourse) -> int:
    """Return the days from session 1 to the earliest day of session 2."""
    return (plan.earliest_from_last_dose(course.course) - course.course.sessions[0].given_on).days


@pytest.mark.parametrize(("sessions", "days"), [(1, 365), (2, 84), (4, 84)])
def test_the_next_session_waits_until_the_payers_year_has_room(sessions: int, days: int) -> None:
    course = after_session(1, beginning=a_beginning(policy=a_year(sessions)))

    assert earliest_after(course) == days
    missing = missing_for_clearance(course.course, course.course.sessions[0].given_on + (days - 1) * ONE_DAY)
    assert "interval" in [one.what for one in missing]


def earlier(payer: str, days_ago: int) -> EarlierCourse:
    """Return an earlier course whose one session this payer has paid."""
    dose = EarlierDose(given_on=TODAY - days_ago * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD)
    return EarlierCourse(
        course_id="c-0",
        started_on=dose.given_on,
        ended_on=dose.given_on,
        outcome="withdrawn",
        reason="patients_wish",
        doses=(dose,),
        payers={payer: 1},
    )


@pytest.mark.parametrize(("payer", "days"), [("northwind-commercial", 365 - 201), ("washington-labor", 84)])
def test_sessions_of_earlier_courses_that_this_payer_has_paid_count(payer: str, days: int) -> None:
    history = a_history(taken_on=TODAY, earlier_courses=(earlier(payer, 200),))

    course = after_session(1, beginning=a_beginning(policy=a_year(2), history=history))

    assert course.course.sessions[0].given_on == TODAY + ONE_DAY
    assert earliest_after(course) == days


def test_a_patient_who_pays_is_not_bound_by_the_payers_cap() -> None:
    course = after_session(1, beginning=a_beginning(policy=a_year(1)))

    course.tell(BEN, f.SelfPayAgreed(signed_on=course.today, amount_cents=150_000, sessions=1))

    assert earliest_after(course) == 84


def told_after(days: int, cap: int, *, first: int = 1) -> PaperCourse:
    """Return a course whose next session would be told so many days after session 1, by a payer with this cap."""
    course = after_session(first, beginning=a_beginning(policy=a_year(cap)))
    course.pass_until(course.now + days * ONE_DAY)
    return course


@pytest.mark.parametrize(("days", "beyond"), [(364, True), (365, False)])
def test_a_session_told_beyond_the_payers_year_is_refused_at_first_and_named_a_deviation(
    days: int, *, beyond: bool
) -> None:
    course = told_after(days, 1)

    refused = course.ask(DR_LEE, GIVEN)
    course.tell(DR_LEE, GIVEN, deviation="she was in the building with an attack")

    [deviation] = course.course.deviations
    assert refused is not None
    assert ("sessions a year: " in refused.reason) is beyond
    assert ("sessions a year" in deviation.rules) is beyond
    assert (course.course.sessions[-1].claim_held is not None) is True
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_it_says_whose_year_and_which_sessions() -> None:
    refused = told_after(100, 1).ask(DR_LEE, GIVEN)

    assert refused is not None
    assert "pays 1 session a year, and this would be 2 from 03 Mar 2026 to 11 Jun 2026" in refused.reason


def test_one_told_late_counts_with_what_was_given_after_it() -> None:
    course = told_after(0, 1)
    course.pass_until(course.now + 30 * ONE_DAY)
    before = course.course.sessions[0].given_on - 90 * ONE_DAY

    refused = course.ask(DR_LEE, GIVEN.model_copy(update={"given_on": before, "injector": "dr.lee"}))

    assert refused is not None
    assert "sessions a year" in refused.reason


def test_what_the_patient_pays_goes_beyond_no_payers_year() -> None:
    course = told_after(100, 1)
    course.tell(BEN, f.SelfPayAgreed(signed_on=course.today, amount_cents=150_000, sessions=1))

    refused = course.ask(DR_LEE, GIVEN)

    assert refused is not None
    assert "sessions a year" not in refused.reason


def test_a_corrected_day_that_the_payers_year_has_no_room_for_is_a_deviation_too() -> None:
    course = told_after(365, 1)
    course.tell(DR_LEE, GIVEN, deviation="she was in the building with an attack")
    values = f.SessionValues(given_on=course.today - ONE_DAY)

    refused = course.ask(DR_LEE, correction(course, values, subject=2))
    course.tell(DR_LEE, correction(course, values, subject=2), deviation="it was the evening before")

    assert refused is not None
    assert "sessions a year" in refused.reason
    assert "sessions a year" in course.course.deviations[-1].rules
