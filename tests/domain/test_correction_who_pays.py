"""Correcting a session leaves who pays for it as it was: the clinic's risk, the patient's agreement."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import facts as f
from domain.clinic_time import day_in_words
from domain.coverage import CoverageKind, left
from domain.denial import DenialStep
from domain.dose import VialOpened
from domain.waits import WaitKind
from tests.domain.builders import DRUG, a_dose
from tests.kit.answers import People, approved
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import agreed, at, correction, denied_with
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, BEN, DR_LEE

ONE_DAY = timedelta(days=1)
TWO_VIALS = tuple(VialOpened(size_units=size, lot="C7461", expires_on=date(2028, 6, 30)) for size in (200, 100))


def give(course: PaperCourse, people: People) -> None:
    """Have the session recorded that waits for its result."""
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = people.answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer, task=task.id)


def at_the_clinics_risk() -> PaperCourse:
    """Return a course whose session 1 was given at the clinic's risk, and session 2 under what the appeal won.

    What the payer granted at last began before session 1.
    """
    course = denied_with()
    began_on = course.today
    course.tell(ADA, f.AtClinicsRisk(reason="the appeal will be won"))
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    waits = People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None})
    course.go_on(waits, until=WaitKind.SESSION_RESULT)
    people = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, from_on=began_on)})
    give(course, people)
    course.go_on(people, until=WaitKind.SESSION_RESULT)
    give(course, people)
    kinds = [one.coverage.kind for one in course.course.sessions]
    assert kinds == [CoverageKind.CLINICS_RISK, CoverageKind.AUTHORIZATION]
    return course


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(lambda _: f.SessionValues(vials=TWO_VIALS), id="the vials"),
        pytest.param(lambda _: f.SessionValues(dose=a_dose(195), vials=TWO_VIALS), id="the dose"),
        pytest.param(lambda day: f.SessionValues(given_on=day - ONE_DAY), id="the day"),
    ],
)
def test_a_session_at_the_clinics_risk_stays_so_whatever_else_of_it_is_corrected(values: Any) -> None:
    course = at_the_clinics_risk()
    before = course.course
    [granted] = before.authorizations
    left_before = left(granted, before.sessions, drug_code=DRUG)
    fact = correction(course, values(before.sessions[0].given_on), subject=1)

    assert course.ask(DR_LEE, fact) is None

    now = course.course
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(now, course.now)
    assert now.sessions[0].coverage == before.sessions[0].coverage
    assert left(granted, now.sessions, drug_code=DRUG) == left_before
    assert now.sessions[1].coverage == before.sessions[1].coverage


def test_a_day_before_the_risk_was_taken_is_a_deviation_and_the_patient_is_still_not_billed() -> None:
    course = at_the_clinics_risk()
    taken_on = course.course.clinics_risks[0].on
    fact = correction(course, f.SessionValues(given_on=taken_on - ONE_DAY), subject=1)

    refused = course.ask(DR_LEE, fact)
    told = course.ask(DR_LEE, fact, deviation="so it was")

    assert refused is not None
    assert f"coverage: the clinic took the risk on {day_in_words(taken_on)}, after that day" in refused.reason
    assert told is None
    assert course.course.sessions[0].coverage.kind is CoverageKind.CLINICS_RISK


def test_a_session_that_a_corrected_window_leaves_does_not_come_under_another_sessions_risk() -> None:
    course = at(WaitKind.SESSION_RESULT)
    course.tell(ADA, f.AtClinicsRisk(session=3, reason="the renewal will be late"))
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    give(course, People())
    given_on = course.course.sessions[0].given_on

    course.tell(BEN, correction(course, f.AuthorizationValues(from_on=given_on + ONE_DAY)))

    session = course.course.sessions[0]
    assert (session.coverage.kind, session.coverage.authorization) == (CoverageKind.AUTHORIZATION, None)
    assert session.claim_held == "corrected: nothing covers its day"


def test_a_patient_who_has_paid_for_a_session_pays_for_it_still_when_its_dose_is_corrected() -> None:
    course = agreed(by=BEN)
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    give(course, People())
    course.tell(BEN, f.SelfPayAgreed(signed_on=course.today, amount_cents=200_000, sessions=2))
    course.pass_until(course.now + ONE_DAY)
    before = course.course.sessions[0]
    assert before.coverage.amount_cents == 180_000

    fact = correction(course, f.SessionValues(dose=a_dose(195), vials=TWO_VIALS), subject=1)

    assert course.ask(DR_LEE, fact) is None
    assert course.course.sessions[0].coverage == before.coverage
