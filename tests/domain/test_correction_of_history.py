"""Correcting what was told of the patient: doses elsewhere, the intake, other drugs, wearing-off, the agreement to pay."""

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
from domain.denial import DenialStep
from domain.history import CountSource, EarlierDose
from domain.people import Actor
from domain.record import Refusal
from domain.waits import WaitKind
from tests.domain.builders import a_history
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import after_session, agreed, at, correction, denied_with, paying_herself, wearing_off
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_KHAN, DR_LEE

ONE_DAY = timedelta(days=1)
WITHDRAWN = f.DoseElsewhereValues(entered_in_error=True)


def correct(course: PaperCourse, by: Actor, values: Any) -> Refusal | None:
    """Correct what was last told of this kind; what the course is then is what its journal makes of it."""
    refused = course.ask(by, correction(course, values, subject=None))
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(course.course, course.now)
    return refused


def said(course: PaperCourse) -> str:
    """Return what was said to follow from the last correction."""
    event = next(one for one in reversed(course.events) if isinstance(one, e.RecordCorrected))
    told: list[Any] = [*course.events[: event.number - 1]]
    before = fold(told, course_id="c-1", patient_id="p-1")
    return "; ".join(consequences(before, event, after(before, event)))


# A dose elsewhere


def with_a_dose_elsewhere(days_ago: int = 20) -> PaperCourse:
    """Return a course at its goals that was told of a dose so many days ago, given elsewhere."""
    course = at(WaitKind.GOALS)
    course.tell(
        AMY,
        f.DoseElsewhere(given_on=course.today - days_ago * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD),
    )
    return course


def test_the_right_day_of_a_dose_elsewhere_moves_the_84_days() -> None:
    course = with_a_dose_elsewhere(20)
    right = course.today - 50 * ONE_DAY

    assert correct(course, AMY, f.DoseElsewhereValues(given_on=right)) is None

    [dose] = course.course.history.earlier_doses
    assert (dose.given_on, dose.units) == (right, 155)
    assert plan.earliest_from_last_dose(course.course) == right + 84 * ONE_DAY
    assert "the next session may be given from" in said(course)


def test_a_dose_elsewhere_told_by_mistake_is_withdrawn_and_the_first_session_waits_for_nothing() -> None:
    course = with_a_dose_elsewhere()

    assert correct(course, AMY, WITHDRAWN) is None

    assert course.course.doses_on == ()
    assert plan.dates_from_last_dose(course.course) is None
    assert "no dose is known any more" in said(course)
    course.tell(AMY, f.DoseElsewhere(given_on=course.today - 20 * ONE_DAY, source=CountSource.RECALL))
    assert len(course.course.history.earlier_doses) == 1


def test_a_later_day_gives_up_the_appointment_that_has_become_too_early() -> None:
    course = after_session(1)
    course.tell(AMY, f.DoseElsewhere(given_on=course.today - 90 * ONE_DAY, source=CountSource.RECALL))
    booked = course.course.appointment
    assert booked is not None
    course.pass_until(course.now + 10 * ONE_DAY)

    assert correct(course, DR_LEE, f.DoseElsewhereValues(given_on=course.today - ONE_DAY)) is None

    assert course.course.appointment is not None
    assert course.course.appointment.number > booked.number
    assert plan.planned_on(course.course, course.today) >= course.today + 83 * ONE_DAY
    assert "session 1 was given 9 days from the dose of" in said(course)
    assert "is given up" in said(course)


def test_a_full_dose_from_a_record_counts_for_the_trial_and_withdrawn_it_does_not() -> None:
    course = with_a_dose_elsewhere()
    before = course.course.trial_sessions

    correct(course, AMY, f.DoseElsewhereValues(units=100))
    less = course.course.trial_sessions
    correct(course, AMY, f.DoseElsewhereValues(units=155))
    again = course.course.trial_sessions
    correct(course, AMY, WITHDRAWN)

    assert (before, less, again, course.course.trial_sessions) == (1, 0, 1, 0)
    assert "0 sessions count for the trial, not 1" in said(course)


def test_the_counts_before_treatment_are_frozen_anew_without_the_dose_that_never_was() -> None:
    course = after_session(1)
    alone = course.course.baseline
    course.tell(
        AMY,
        f.DoseElsewhere(given_on=course.today - 90 * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD),
    )
    assert correct(course, AMY, f.DoseElsewhereValues(given_on=course.today - 100 * ONE_DAY)) is None
    with_it = course.course.baseline

    correct(course, AMY, WITHDRAWN)

    assert alone is not None
    assert with_it != alone
    assert course.course.baseline == alone


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (lambda today: f.DoseElsewhereValues(given_on=today + ONE_DAY), "a day that has come"),
        (lambda today: f.DoseElsewhereValues(given_on=today - 20 * ONE_DAY), "the record says so already"),
        (lambda today: f.DoseElsewhereValues(given_on=today - 40 * ONE_DAY), "known already"),
    ],
)
def test_no_day_ahead_no_day_twice_and_nothing_that_is_so_already(values: Any, why: str) -> None:
    course = at(WaitKind.GOALS)
    for days in (40, 20):
        told = f.DoseElsewhere(given_on=course.today - days * ONE_DAY, source=CountSource.RECALL)
        course.tell(AMY, told)

    refused = correct(course, AMY, values(course.today))

    assert refused is not None
    assert why in refused.reason


def test_operations_correct_the_day_of_a_dose_elsewhere_later_and_nothing_else_of_it() -> None:
    course = with_a_dose_elsewhere()
    course.pass_until(course.now + ONE_DAY)

    assert isinstance(correct(course, AMY, WITHDRAWN), Refusal)
    assert isinstance(correct(course, BEN, WITHDRAWN), Refusal)
    day = course.today - 30 * ONE_DAY
    assert correct(course, AMY, f.DoseElsewhereValues(given_on=day, entered_in_error=False)) is None
    assert correct(course, DR_KHAN, WITHDRAWN) is None
    assert isinstance(correct(course, DR_KHAN, WITHDRAWN), Refusal), "once"


# The intake


def test_a_dose_that_the_intake_did_not_know_or_knew_wrongly_is_corrected_there() -> None:
    course = with_a_dose_elsewhere(20)
    said_doses = (
        f.EarlierDoseSaid(given_on=course.today - 150 * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD),
    )

    assert correct(course, DR_LEE, f.IntakeValues(earlier_doses=said_doses)) is None
    both = course.course.doses_on
    assert correct(course, DR_LEE, f.IntakeValues(earlier_doses=())) is None

    assert both == (course.today - 150 * ONE_DAY, course.today - 20 * ONE_DAY)
    assert course.course.doses_on == (course.today - 20 * ONE_DAY,), "what was told later stays"


def test_a_dose_that_an_earlier_course_here_knew_of_stays_when_the_intake_is_corrected() -> None:
    given_on = TODAY - 20 * ONE_DAY
    known = EarlierDose(given_on=given_on, source=CountSource.EARLIER_RECORD, of_course="c-0")
    stated = EarlierDose(given_on=TODAY - 200 * ONE_DAY, source=CountSource.RECALL)
    course = PaperCourse(a_beginning(TODAY, history=a_history(taken_on=TODAY, earlier_doses=(stated, known))))

    assert correct(course, DR_LEE, f.IntakeValues(earlier_doses=())) is None

    assert course.course.doses_on == (given_on,)


def test_a_day_of_the_intake_that_is_known_already_or_lies_ahead_is_refused() -> None:
    course = with_a_dose_elsewhere(20)

    for days in (20, -1):
        doses = (f.EarlierDoseSaid(given_on=course.today - days * ONE_DAY, source=CountSource.RECALL),)
        assert isinstance(correct(course, DR_LEE, f.IntakeValues(earlier_doses=doses)), Refusal)


def test_the_right_diagnosis_replaces_claims_and_says_what_has_gone_to_the_payer() -> None:
    course = after_session(1)
    claim = course.course.sessions[0].claim_id
    assert claim is not None
    other = next(
        code for code in course.course.protocol.billing.diagnoses.value if code != course.course.history.diagnosis
    )

    refused = correct(course, DR_LEE, f.IntakeValues(diagnosis="R51.9"))
    assert correct(course, DR_LEE, f.IntakeValues(diagnosis=other)) is None

    assert refused is not None
    assert "expected one of" in refused.reason
    assert course.course.history.diagnosis == other
    assert course.course.sessions[0].replacements == (f"{course.course.sessions[0].id}/claim-2",)
    assert "request 1 went to the payer with it: tell the payer" in said(course)
    assert "a clinician looks whether it stands" in said(course)


def test_before_eligibility_is_settled_it_is_assessed_anew() -> None:
    course = at(WaitKind.GOALS)
    course.course = course.course.model_copy(update={"eligibility_settled_on": None})
    other = next(
        code for code in course.course.protocol.billing.diagnoses.value if code != course.course.history.diagnosis
    )
    assessed = sum(isinstance(one, e.EligibilityAssessed) for one in course.events)

    course.tell(DR_LEE, correction(course, f.IntakeValues(diagnosis=other), subject=None))

    assert sum(isinstance(one, e.EligibilityAssessed) for one in course.events) == assessed + 1


def test_the_intake_is_corrected_later_by_a_clinician_alone() -> None:
    course = at(WaitKind.GOALS)
    course.pass_until(course.now + ONE_DAY)
    values = f.IntakeValues(earlier_doses=(f.EarlierDoseSaid(given_on=date(2025, 1, 7), source=CountSource.RECALL),))

    assert isinstance(correct(course, AMY, values), Refusal)
    assert isinstance(correct(course, BEN, values), Refusal)
    assert correct(course, DR_LEE, values) is None


# Beside the curve


def test_the_right_week_of_a_wearing_off_stands_and_one_that_never_was_asks_nobody() -> None:
    course = wearing_off()

    assert correct(course, AMY, f.WearingOffValues(week=11)) is None
    [told] = course.course.besides.wearing_off
    assert (told.week, course.task(WaitKind.WEARING_OFF) is not None) == (11, True)
    assert correct(course, DR_LEE, f.WearingOffValues(entered_in_error=True)) is None

    assert course.course.besides.wearing_off == ()
    assert course.task(WaitKind.WEARING_OFF) is None
    assert isinstance(correct(course, DR_LEE, f.WearingOffValues(week=9)), Refusal)
    course.tell(AMY, f.WearingOffTold(week=12))
    assert len(course.course.besides.wearing_off) == 1


def test_another_drug_told_wrongly_is_corrected_and_an_open_check_shows_it_so() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    told = f.MedicationChanged(drug="erenumab", drug_class="cgrp", change="started", elsewhere=True)
    course.tell(AMY, told)
    course.tell(AMY, told.model_copy(update={"drug": "galcanezumab"}))

    assert correct(course, AMY, f.MedicationValues(change="stopped", on=course.today - 3 * ONE_DAY)) is None
    first, second = course.course.besides.medications
    assert (first.change, second.change, second.on) == ("started", "stopped", course.today - 3 * ONE_DAY)
    assert correct(course, AMY, f.MedicationValues(entered_in_error=True)) is None

    assert [one.drug for one in course.course.besides.medications] == ["erenumab"]
    evidence = course.course.evidence
    assert evidence is not None
    assert [one.drug for one in evidence.besides.medications] == ["erenumab"]
    assert isinstance(correct(course, AMY, f.MedicationValues(drug="x")), Refusal), "it never was"


def test_a_score_typed_wrongly_is_corrected_within_its_bounds() -> None:
    course = after_session(1)
    course.tell(AMY, f.ScoreRecorded(instrument="hit_6", value=66))

    assert isinstance(correct(course, AMY, f.ScoreValues(value=99)), Refusal)
    assert correct(course, AMY, f.ScoreValues(value=60)) is None
    assert [one.value for one in course.course.besides.scores] == [60]
    assert correct(course, AMY, f.ScoreValues(entered_in_error=True)) is None
    assert course.course.besides.scores == ()


# The agreement to pay


def test_the_right_amount_of_an_agreement_is_what_the_sessions_under_it_are_charged() -> None:
    course = agreed(by=BEN, sessions=2)
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)
    [session] = course.course.sessions
    assert (session.coverage.kind, session.coverage.amount_cents) == (CoverageKind.SELF_PAY, 180_000)

    assert correct(course, BEN, f.SelfPayValues(amount_cents=150_000)) is None

    agreement = course.course.coverage.self_pay
    assert agreement is not None
    assert (agreement.amount_cents, agreement.sessions, agreement.confirmed_by) == (150_000, 2, "ben.billing")
    assert course.course.sessions[0].coverage.amount_cents == 150_000
    assert course.task(WaitKind.BILLING) is not None, "an invoice is settled by hand"


def test_an_agreement_is_not_corrected_below_what_was_given_under_it() -> None:
    course = agreed(by=BEN, sessions=2)
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)

    later = correct(course, BEN, f.SelfPayValues(signed_on=course.today + ONE_DAY))
    gone = correct(course, BEN, f.SelfPayValues(entered_in_error=True))

    assert later is not None
    assert gone is not None
    assert "coverage-changed" in gone.reason
    assert correct(course, BEN, f.SelfPayValues(sessions=1)) is None


def test_an_agreement_told_by_mistake_is_none_and_billing_chooses_anew_after_the_denial() -> None:
    course = agreed(by=BEN)
    assert course.course.denials[0].step is DenialStep.SELF_PAY

    assert correct(course, BEN, f.SelfPayValues(entered_in_error=True)) is None

    assert course.course.coverage.self_pay is None
    assert course.task(WaitKind.DENIAL) is not None
    assert "the patient has not agreed to pay" in said(course)


def test_an_amount_that_operations_correct_is_confirmed_by_billing_again() -> None:
    course = denied_with()
    course.tell(AMY, f.SelfPayAgreed(signed_on=course.today, amount_cents=180_000, sessions=1))
    course.tell(BEN, f.SelfPayConfirmed(may_be_charged=True, reason="not covered"))

    assert correct(course, AMY, f.SelfPayValues(amount_cents=150_000)) is None

    assert course.task(WaitKind.CONFIRM_SELF_PAY) is not None
    assert "billing confirms again" in said(course)


def test_an_agreement_that_another_has_replaced_is_history() -> None:
    course = paying_herself()
    course.tell(AMY, f.SelfPayAgreed(signed_on=course.today, amount_cents=100_000, sessions=1))
    fact = correction(course, f.SelfPayValues(amount_cents=90_000), subject=None)
    course.tell(AMY, f.SelfPayAgreed(signed_on=course.today, amount_cents=200_000, sessions=1))

    assert isinstance(course.ask(BEN, fact), Refusal)
    agreement = course.course.coverage.self_pay
    assert agreement is not None
    assert agreement.amount_cents == 200_000


def test_billing_corrects_an_agreement_later_and_nobody_clinical() -> None:
    course = agreed()
    course.pass_until(course.now + ONE_DAY)

    assert isinstance(correct(course, AMY, f.SelfPayValues(amount_cents=1)), Refusal)
    assert isinstance(correct(course, DR_LEE, f.SelfPayValues(amount_cents=1)), Refusal)
    assert correct(course, BEN, f.SelfPayValues(amount_cents=150_000)) is None
