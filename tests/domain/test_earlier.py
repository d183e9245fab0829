"""A new course after an earlier one: what it takes over, what it asks, and what a payer's cap counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.earlier import as_earlier, with_earlier
from domain.eligibility import EligibilityVerdict
from domain.events import CourseStarted
from domain.history import CountSource, EarlierDose, EarlierTreatment, TrialOutcome
from domain.waits import WaitKind
from office.packet import facts_of, rendered
from readmodel.people import Patient
from tests.domain.builders import a_history
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning, insured
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.moments import after_session, at, withdrawn
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_LEE

TWO_YEARS = timedelta(days=730)


def never_responded() -> PaperCourse:
    course = PaperCourse(diary=NEVER_RESPONDS)
    course.go_on(People())
    assert course.course.ending is not None
    assert course.course.ending.reason == "no_response"
    return course


def again(before: PaperCourse, **changes: Any) -> CourseStarted:
    """Return how a course begins two years after `before`."""
    today = clinic_day(before.now + TWO_YEARS, before.course.clinic.zone)
    history = with_earlier(a_history(taken_on=today), [before.course])
    return a_beginning(today, history=history, **changes)


def two_years_after(before: PaperCourse, **changes: Any) -> PaperCourse:
    today = clinic_day(before.now + TWO_YEARS, before.course.clinic.zone)
    return PaperCourse(again(before, **changes), today=today)


def test_it_remembers_the_doses_what_they_did_and_why_it_ended() -> None:
    before = never_responded()

    earlier = as_earlier(before.course)

    assert [dose.given_on for dose in earlier.doses] == [session.given_on for session in before.course.sessions]
    assert {dose.units for dose in earlier.doses} == {155}
    assert (earlier.outcome, earlier.reason, earlier.verdict) == ("discontinued", "no_response", "none")
    assert earlier.payers == {"northwind-commercial": 3}


def test_after_no_response_a_clinician_gives_the_reason_to_try_again() -> None:
    course = two_years_after(never_responded())

    assert course.task(WaitKind.ELIGIBILITY) is not None
    verdict = course.course.protocol_verdict
    assert verdict is not None
    assert verdict.verdict is EligibilityVerdict.NOT_ELIGIBLE
    assert any("To try again a clinician gives a reason" in finding.said for finding in verdict.findings)
    reason = "migraine changed after the menopause"
    course.tell(DR_LEE, f.EligibilityDecision(decision="go_on", reason=reason, patient_informed=True))
    assert course.task(WaitKind.GOALS) is not None


def test_after_another_ending_nobody_is_asked() -> None:
    before = withdrawn()
    before.go_on(People())

    course = two_years_after(before)

    assert course.course.eligibility_settled_on is not None
    assert course.course.protocol_verdict is not None
    assert course.course.protocol_verdict.findings[-1].met


def test_goals_baseline_and_trial_are_its_own() -> None:
    course = two_years_after(never_responded()).course

    assert (course.goals, course.baseline, course.checks, course.trial_sessions) == ((), None, (), 0)


def elsewhere_told(before: PaperCourse) -> date:
    """Have a dose elsewhere told some days after session 1, and the course be withdrawn; return the day of the dose."""
    before.pass_until(before.now + timedelta(days=20))
    before.tell(AMY, f.DoseElsewhere(given_on=before.today, source=CountSource.RECALL, product="other"))
    dose_on = before.today
    before.tell(AMY, f.Withdrawal(reason="moves"))
    return dose_on


@pytest.mark.parametrize("stated", [False, True], ids=["not stated", "stated at intake"])
def test_the_interval_counts_from_the_last_dose_that_the_earlier_course_knew_of_here_or_elsewhere(
    *, stated: bool
) -> None:
    before = after_session(1)
    dose_on = elsewhere_told(before)
    said = EarlierDose(given_on=dose_on, units=50, source=CountSource.RECALL)

    told = with_earlier(a_history(earlier_doses=(said,) if stated else ()), [before.course])

    ours = EarlierDose(given_on=dose_on, source=CountSource.EARLIER_RECORD, of_course=before.course.course_id)
    known = (said,) if stated else (ours,)
    assert told.earlier_doses == known, "each once, and the intake's own words go before"
    course = PaperCourse(a_beginning(before.today, history=told), today=before.today).course
    assert plan.earliest_from_last_dose(course) == dose_on + timedelta(days=84)
    assert course.trial_sessions == 0


def test_without_a_dose_elsewhere_it_counts_from_the_last_session_and_without_any_from_nothing() -> None:
    before = after_session(1)
    before.tell(AMY, f.Withdrawal(reason="moves"))
    never = at(WaitKind.GOALS)
    never.tell(AMY, f.Withdrawal(reason="moves"))

    told = with_earlier(a_history(), [before.course, never.course])

    assert [dose.given_on for dose in told.earlier_doses] == [before.course.sessions[-1].given_on]
    assert with_earlier(a_history(), [never.course]).earlier_doses == ()


def test_preventives_tried_before_are_taken_over_unless_the_intake_names_them() -> None:
    before = never_responded().course
    known = before.history.treatments[0]
    told = EarlierTreatment(
        drug=known.drug.upper(), drug_class=known.drug_class, preventive=True, outcome=TrialOutcome.ONGOING
    )
    history = a_history().model_copy(update={"treatments": (told,)})

    merged = with_earlier(history, [before])

    assert merged.treatments[0] == told
    assert [one.drug for one in merged.treatments[1:]] == [one.drug for one in before.history.treatments[1:]]


def test_a_payer_s_cap_counts_the_sessions_that_it_paid_before() -> None:
    before = never_responded()
    same = two_years_after(before).course
    other = two_years_after(before, coverage=insured("washington-labor")).course

    assert (same.earlier_sessions, other.earlier_sessions) == (3, 0)


def test_the_payer_sees_the_earlier_attempt_in_the_packet() -> None:
    course = two_years_after(never_responded())
    course.tell(DR_LEE, f.EligibilityDecision(decision="go_on", reason="changed", patient_informed=True))
    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)
    who = Patient(patient_id="p-1", record_number="MRN-7", name="Ana", birth_date=course.today - timedelta(days=15000))

    html = rendered(
        facts_of(
            course.course, course.course.requests[-1], who=who, member="N", names={}, evidence=None, on=course.today
        )
    )

    assert "Earlier course here" in html
    assert "discontinued (no response)" in html


def test_without_an_earlier_course_nothing_changes() -> None:
    history = a_history()

    assert with_earlier(history, []) is history


def test_a_course_that_goes_on_is_no_earlier_one() -> None:
    going_on: Course = PaperCourse().course

    assert with_earlier(a_history(), [going_on]).earlier_courses == ()
    assert EarlierDose.model_fields.keys() >= {"given_on", "units"}
