"""What follows a payer's no or not yet: which step first, until when, who pays meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import asking_payer, plan
from domain import events as e
from domain import facts as f
from domain.claims import Claim, claim_for
from domain.clinic_time import day_in_words
from domain.coverage import CoverageKind, Decision, Purpose, SessionCoverage
from domain.denial import Denial, DenialCode, DenialStep, last_days, steps_left
from domain.eligibility import assess_for_payer, payer_not_yet
from domain.history import TrialOutcome
from domain.payer import DrugSource
from domain.people import Actor
from domain.record import Refusal
from domain.requests import request_after
from domain.waits import WaitKind
from tests.domain.builders import a_history, a_session, a_treatment, counts, the_policy, the_protocol, with_value
from tests.kit.answers import People, Situation, approved, denied
from tests.kit.beginnings import TODAY, a_beginning, medicare
from tests.kit.moments import agreed, at, denied_with, not_yet, one_preventive
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_LEE

LETTER = date(2026, 3, 2)
ONE_DAY = timedelta(days=1)


def a_denial(**changes: Any) -> Denial:
    plain: dict[str, Any] = {
        "number": 1,
        "payer_id": "northwind-commercial",
        "reason": DenialCode.NOT_NECESSARY,
        "letter_on": LETTER,
        "peer_to_peer_until": LETTER + timedelta(days=14),
        "appeal_until": LETTER + timedelta(days=180),
    }
    return Denial(**{**plain, **changes})


def choose(course: PaperCourse, step: DenialStep, **changes: Any) -> Refusal | None:
    return course.ask(DR_LEE if step is DenialStep.STOP else BEN, f.DenialStepChosen(step=step, **changes))


# The steps and their last days


@pytest.mark.parametrize(
    ("code", "first"),
    [
        (DenialCode.MISSING_INFORMATION, DenialStep.SEND_ANEW),
        (DenialCode.STEP_THERAPY, DenialStep.WAIT),
        (DenialCode.NOT_NECESSARY, DenialStep.PEER_TO_PEER),
        (DenialCode.SOURCE_OR_PLACE, DenialStep.SEND_ANEW),
        (DenialCode.OTHER, DenialStep.PEER_TO_PEER),
    ],
)
def test_the_coded_reason_chooses_the_first_step(code: DenialCode, first: DenialStep) -> None:
    left = steps_left(a_denial(reason=code), today=LETTER)

    assert left[0].step is first
    assert {one.step for one in left} == set(DenialStep), "all others are left to choose"


def test_the_last_day_counts_and_the_day_after_it_does_not() -> None:
    on_it = steps_left(a_denial(), today=LETTER + timedelta(days=14))
    after_it = steps_left(a_denial(), today=LETTER + timedelta(days=15))

    assert on_it[0].step is DenialStep.PEER_TO_PEER
    assert after_it[0].step is DenialStep.APPEAL
    assert DenialStep.PEER_TO_PEER not in {one.step for one in after_it}


def test_the_last_days_are_the_policys_of_each_line_of_business() -> None:
    assert last_days(the_policy("northwind-commercial"), letter_on=LETTER, level=0) == (
        date(2026, 3, 16),
        date(2026, 8, 29),
    )
    assert last_days(the_policy("medicare-part-b"), letter_on=LETTER, level=0) == (None, date(2026, 6, 30))
    assert last_days(the_policy("medicare-part-b"), letter_on=LETTER, level=1) == (None, date(2026, 8, 29))
    assert last_days(the_policy("northwind-commercial"), letter_on=LETTER, level=2) == (None, None)
    assert last_days(None, letter_on=LETTER, level=0) == (None, None)


def test_an_approval_that_is_contested_is_talked_about_first() -> None:
    contested = a_denial(reason=DenialCode.SOURCE_OR_PLACE, contested=True)

    assert steps_left(contested, today=LETTER)[0].step is DenialStep.PEER_TO_PEER


# A denial is not the end


def test_a_denial_ends_nothing_and_a_person_is_asked_what_follows() -> None:
    course = denied_with()

    assert course.course.is_open
    assert course.course.open_request is None
    assert course.task(WaitKind.DENIAL) is not None
    assert not asking_payer.must_ask_payer(course.course, course.today), "nothing is asked for by itself"


def test_in_the_first_edition_a_denial_was_the_end() -> None:
    course = PaperCourse(a_beginning(edition=1))
    course.go_on(People(), until=WaitKind.PAYER_ANSWER)

    course.tell(*denied(Situation(course.course, course.tasks[0], course.now)))

    assert course.course.ending is not None
    assert course.course.ending.outcome == "declined"


def test_days_count_from_the_letter_and_the_letters_own_days_go_before_the_policys() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    course.pass_until(course.now + timedelta(days=10))
    letter_on = course.today - timedelta(days=3)
    told = {"letter_on": letter_on, "appeal_until": letter_on + timedelta(days=60)}
    course.tell(*denied(Situation(course.course, course.tasks[0], course.now), **told))

    [denial] = course.course.denials

    assert denial.peer_to_peer_until == letter_on + timedelta(days=14)
    assert denial.appeal_until == letter_on + timedelta(days=60)


@pytest.mark.parametrize("days", [-30, 1])
def test_a_letter_is_written_between_the_request_and_today(days: int) -> None:
    course = at(WaitKind.PAYER_ANSWER)
    seen = Situation(course.course, course.tasks[0], course.now)

    refused = course.ask(*denied(seen, letter_on=course.today + timedelta(days=days)))

    assert refused is not None
    assert "letter_on" in refused.reason


def test_to_send_anew_is_a_new_request_and_no_update_of_the_denied_one() -> None:
    course = denied_with(denial_code=DenialCode.MISSING_INFORMATION)

    assert choose(course, DenialStep.SEND_ANEW) is None

    old, new = course.course.requests
    assert old.decision is Decision.DENIED
    assert (new.number, new.of_request, new.purpose, new.submitted_on) == (2, 1, "initial", None)


def test_a_new_request_may_take_the_drug_from_where_the_payer_wants_it() -> None:
    course = denied_with(denial_code=DenialCode.SOURCE_OR_PLACE)

    assert choose(course, DenialStep.SEND_ANEW, drug_source=DrugSource.SPECIALTY_PHARMACY) is None

    assert course.course.coverage.drug_source is DrugSource.SPECIALTY_PHARMACY


def test_a_conversation_that_changes_nothing_leaves_the_appeal_its_first_last_day() -> None:
    course = denied_with()
    appeal_until = course.course.denials[0].appeal_until
    assert choose(course, DenialStep.PEER_TO_PEER) is None
    course.go_on(People(), until=WaitKind.PAYER_ANSWER)
    course.pass_until(course.now + timedelta(days=5))

    course.tell(*denied(Situation(course.course, course.tasks[0], course.now)))

    assert course.course.denials[-1].appeal_until == appeal_until
    refused = choose(course, DenialStep.PEER_TO_PEER)
    assert refused is not None
    assert "there is none" in refused.reason


def test_an_appeal_denied_is_followed_by_the_next_level_until_there_is_none() -> None:
    course = denied_with()
    for level in (1, 2):
        assert choose(course, DenialStep.APPEAL) is None
        assert course.course.requests[-1].level == level
        course.go_on(People(), until=WaitKind.PAYER_ANSWER)
        course.tell(*denied(Situation(course.course, course.tasks[0], course.now)))

    refused = choose(course, DenialStep.APPEAL)

    assert refused is not None
    assert "there is none after this denial" in refused.reason


def test_the_payers_time_to_answer_an_appeal_is_that_of_its_level() -> None:
    course = denied_with()
    assert choose(course, DenialStep.APPEAL) is None

    course.tell(AMY, f.PacketSubmitted(reference="by fax"))

    [_, appeal] = course.course.requests
    assert appeal.answer_due_on == course.today + timedelta(days=30)


def test_stopping_needs_its_reason_and_is_declined_before_session_1_and_discontinued_after_it() -> None:
    before = denied_with()
    refused = choose(before, DenialStep.STOP)
    assert refused is not None
    assert "note" in refused.reason
    after = PaperCourse()
    after.go_on(
        People({WaitKind.PAYER_ANSWER: lambda s: denied(s) if s.course.sessions else approved(s)}),
        until=WaitKind.DENIAL,
    )

    for course in (before, after):
        assert choose(course, DenialStep.STOP, note="she does not want to go on") is None

    endings = [course.course.ending for course in (before, after)]
    assert [ending.outcome for ending in endings if ending] == ["declined", "discontinued"]


@pytest.mark.parametrize("by", [AMY, BEN])
def test_who_may_not_end_a_course_does_not_stop_it_after_a_denial(by: Actor) -> None:
    course = denied_with()

    refused = course.ask(by, f.DenialStepChosen(step=DenialStep.STOP, note="nothing more is to be had"))

    assert refused is not None
    assert "to stop is for clinician" in refused.reason
    assert course.course.is_open


def test_a_clinician_stops_and_takes_no_other_step_after_a_denial() -> None:
    course = denied_with()

    refused = course.ask(DR_LEE, f.DenialStepChosen(step=DenialStep.APPEAL))

    assert refused is not None
    assert "is for operations or billing" in refused.reason
    course.tell(DR_LEE, f.DenialStepChosen(step=DenialStep.STOP, note="nothing more is to be had"))
    assert course.course.ending is not None


def test_a_course_that_stopped_and_is_reopened_asks_anew_what_follows_the_denial() -> None:
    course = denied_with()
    assert choose(course, DenialStep.STOP, note="she does not want to go on") is None

    course.tell(ADA, f.Reopen(reason="changed her mind", agreed_by="dr.lee"))

    assert course.task(WaitKind.DENIAL) is not None
    assert choose(course, DenialStep.SEND_ANEW) is None


@pytest.mark.parametrize(
    ("step", "changes", "why"),
    [
        (DenialStep.SELF_PAY, {}, "has not agreed"),
        (DenialStep.APPEAL, {"drug_source": DrugSource.SPECIALTY_PHARMACY}, "only a new request"),
        (DenialStep.APPEAL, {"until_on": TODAY + ONE_DAY}, "with wait"),
        (DenialStep.WAIT, {"until_on": TODAY}, "a day after"),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused_with_its_reason(
    step: DenialStep, changes: dict[str, Any], why: str
) -> None:
    course = denied_with()
    before = course.course

    refused = choose(course, step, **changes)

    assert refused is not None
    assert why in refused.reason
    assert course.course == before


# Others' deadlines


def test_what_is_not_sent_by_the_payers_last_day_lapses_and_the_choice_is_open_again() -> None:
    course = denied_with()
    assert choose(course, DenialStep.PEER_TO_PEER) is None
    last_on = course.course.requests[-1].last_on
    assert last_on is not None

    course.pass_until(plan.morning_of(course.course, last_on))
    assert course.task(WaitKind.CONTEST) is not None, "the last day itself counts"
    course.pass_until(plan.morning_of(course.course, last_on + ONE_DAY))

    assert course.course.requests[-1].lapsed_on == last_on + ONE_DAY
    assert course.task(WaitKind.DENIAL) is not None
    refused = choose(course, DenialStep.PEER_TO_PEER)
    assert refused is not None
    assert f"its last day was {day_in_words(last_on)}" in refused.reason


def test_what_was_sent_in_time_and_is_told_late_has_not_lapsed() -> None:
    course = denied_with()
    assert choose(course, DenialStep.PEER_TO_PEER) is None
    last_on = course.course.requests[-1].last_on
    assert last_on is not None
    course.pass_until(plan.morning_of(course.course, last_on + 3 * ONE_DAY))
    late = course.ask(AMY, f.PacketSubmitted(submitted_on=last_on + ONE_DAY))
    assert late is not None
    assert f"to {day_in_words(last_on)}" in late.reason

    course.tell(AMY, f.PacketSubmitted(submitted_on=last_on))

    assert course.course.open_request is not None
    assert course.course.open_request.submitted_on == last_on
    assert course.course.denials[-1].step is DenialStep.PEER_TO_PEER
    assert course.task(WaitKind.DENIAL) is None


def test_a_clinician_records_the_talk_with_the_payers_physician() -> None:
    course = denied_with()
    assert choose(course, DenialStep.PEER_TO_PEER) is None
    task = course.task(WaitKind.CONTEST)
    assert task is not None

    course.tell(DR_LEE, f.PacketSubmitted(reference="talked with their physician"), task=task.id)

    assert course.course.open_request is not None
    assert course.course.open_request.submitted_on == course.today
    assert course.task(WaitKind.CONTEST) is None


@pytest.mark.parametrize("what", ["request", "appeal"])
def test_a_clinician_sends_no_request_and_no_appeal(what: str) -> None:
    course = at(WaitKind.SUBMIT_PACKET) if what == "request" else denied_with()
    if what == "appeal":
        assert choose(course, DenialStep.APPEAL) is None

    refused = course.ask(DR_LEE, f.PacketSubmitted(reference="fax 12"))

    assert refused is not None
    assert refused.reason.startswith("`packet-submitted` is for billing or operations")


def test_only_the_payer_grants_more_time_and_its_reference_is_kept() -> None:
    course = denied_with()
    assert choose(course, DenialStep.APPEAL) is None
    before = course.course.requests[-1].last_on
    assert before is not None
    shorter = course.ask(BEN, f.MoreTimeGranted(step=DenialStep.APPEAL, last_on=before, reference="call 7"))
    assert shorter is not None

    course.tell(BEN, f.MoreTimeGranted(step=DenialStep.APPEAL, last_on=before + timedelta(days=30), reference="call 7"))

    assert course.course.requests[-1].last_on == before + timedelta(days=30)
    assert course.course.denials[-1].appeal_until == before + timedelta(days=30)
    told = course.events[-1]
    assert isinstance(told, e.MoreTimeGranted)
    assert told.reference == "call 7"


# Not yet


def test_what_only_takes_time_is_waited_for_and_the_payer_is_not_asked_before() -> None:
    course = not_yet()

    assert course.course.requests == ()
    assert course.course.not_yet is not None
    assert course.course.not_yet.ask_on == TODAY + timedelta(days=60)
    [wait] = [one for one in course.course.waits if one.kind is WaitKind.TRIAL_DAY]
    assert wait.due == plan.morning_of(course.course, TODAY + timedelta(days=60))


def test_a_running_trial_is_waited_for_until_it_has_lasted_long_enough() -> None:
    running = a_treatment("amitriptyline", "antidepressant", outcome=TrialOutcome.ONGOING, days=45)
    course = not_yet(one_preventive().model_copy(update={"treatments": (a_treatment(), running)}))

    assert course.course.not_yet is not None
    assert course.course.not_yet.ask_on == TODAY + timedelta(days=15)


@pytest.mark.parametrize(
    "history",
    [
        one_preventive().model_copy(update={"age_years": 17}),
        one_preventive().model_copy(
            update={"treatments": (a_treatment(), a_treatment("x", "beta_blocker", days=None))}
        ),
        a_history(counts=counts(headache_days=14), treatments=(a_treatment(),)),
    ],
    ids=["too young", "a length is missing", "too few days"],
)
def test_what_no_waiting_brings_is_not_waited_for(history: Any) -> None:
    verdict = assess_for_payer(history, policy=the_policy(), today=TODAY)
    assert verdict is not None
    assert not verdict.met

    assert payer_not_yet(history, verdict=verdict, policy=the_policy(), today=TODAY) is None


def test_a_diary_is_waited_for_until_it_has_enough_days() -> None:
    policy = with_value(the_policy(), "initial.diary_days_min", 90)
    history = a_history(taken_on=TODAY, diary_days=62)
    verdict = assess_for_payer(history, policy=policy, today=TODAY)

    found = payer_not_yet(history, verdict=verdict, policy=policy, today=TODAY)

    assert found is not None
    assert found.ask_on == TODAY + timedelta(days=28)


def test_a_trial_told_is_judged_anew_and_then_the_payer_is_asked() -> None:
    course = not_yet()
    course.go_on(People({WaitKind.TRIAL: lambda _: None}), until=WaitKind.TRIAL)

    course.tell(
        AMY,
        f.TrialTold(drug="Amitriptyline", drug_class="antidepressant", outcome=TrialOutcome.NOT_TOLERATED, days=12),
    )

    assert course.course.payer_verdict is not None
    assert course.course.payer_verdict.met
    assert course.course.not_yet is None
    assert [request.purpose for request in course.course.requests] == ["initial"]


def test_a_trial_that_still_runs_is_asked_about_again_on_the_day_it_has_lasted_long_enough() -> None:
    course = not_yet()
    course.pass_until(course.now + timedelta(days=20))

    told = f.TrialTold(drug="amitriptyline", drug_class="antidepressant", outcome=TrialOutcome.ONGOING, days=10)
    course.tell(DR_LEE, told)

    assert course.course.requests == ()
    assert course.course.not_yet is not None
    assert course.course.not_yet.ask_on == course.today + timedelta(days=50)


def test_a_running_trial_that_ends_has_lasted_from_its_first_day() -> None:
    running = a_treatment("amitriptyline", "antidepressant", outcome=TrialOutcome.ONGOING, days=45)
    course = not_yet(one_preventive().model_copy(update={"treatments": (a_treatment(), running)}))
    course.pass_until(course.now + timedelta(days=20))

    course.tell(AMY, f.TrialTold(drug="amitriptyline", outcome=TrialOutcome.NOT_EFFECTIVE))

    assert course.course.history.treatments[-1].days == 65
    assert course.course.open_request is not None


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (f.TrialTold(note="nothing new"), "expected what there is to tell"),
        (f.TrialTold(drug="amitriptyline", drug_class="antidepressant"), "outcome"),
        (f.TrialTold(drug="amitriptyline", outcome=TrialOutcome.ONGOING), "drug_class"),
        (f.TrialTold(ask_again_on=TODAY), "ask_again_on"),
    ],
)
def test_a_trial_told_in_part_is_refused_with_what_is_missing(told: f.TrialTold, why: str) -> None:
    course = not_yet()

    refused = course.ask(AMY, told)

    assert refused is not None
    assert why in refused.reason


def test_operations_may_ask_all_the_same_with_a_clinicians_letter() -> None:
    course = not_yet()

    course.tell(AMY, f.AskPayer(reason="a second preventive is not to be had", letter_by="dr.lee"))

    assert course.course.not_yet is None
    [asked] = course.course.requests
    assert asked.is_open


def test_who_needs_no_authorization_goes_on_now() -> None:
    course = not_yet(coverage=medicare(TODAY))

    assert course.course.not_yet is None
    assert course.course.appointment is not None


# Who pays meanwhile

SILENT = People({WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None})


def test_the_patient_who_agreed_pays_only_once_a_biller_has_confirmed_it() -> None:
    course = agreed()
    assert course.course.awaits_first_coverage
    assert course.task(WaitKind.CONFIRM_SELF_PAY) is not None

    course.tell(BEN, f.SelfPayConfirmed(may_be_charged=True, reason="not covered, she signed the form"))

    covered = plan.coverage_of(course.course, course.today)
    assert isinstance(covered, SessionCoverage)
    assert (covered.kind, covered.amount_cents) == (CoverageKind.SELF_PAY, 180_000)
    assert course.course.coverage.kind is CoverageKind.AUTHORIZATION
    assert course.course.appointment is not None, "the session can be booked"


def test_a_patient_who_may_not_be_charged_does_not_pay_and_the_choice_is_open_again() -> None:
    course = agreed()

    course.tell(BEN, f.SelfPayConfirmed(may_be_charged=False, reason="the clinic's loss: no authorization was asked"))

    assert isinstance(plan.coverage_of(course.course, course.today), Refusal)
    assert course.task(WaitKind.DENIAL) is not None


def test_an_agreement_signed_after_the_session_pays_for_nothing() -> None:
    course = agreed(by=BEN)

    assert isinstance(plan.coverage_of(course.course, course.today - ONE_DAY), Refusal)


def test_beside_the_patients_payment_an_appeal_can_still_be_made_and_its_approval_goes_first() -> None:
    course = agreed(by=BEN, sessions=2)
    assert choose(course, DenialStep.APPEAL) is None
    course.tell(AMY, f.PacketSubmitted(reference="by fax"))
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None

    course.tell(*approved(Situation(course.course, task, course.now)))

    covered = plan.coverage_of(course.course, course.today)
    assert isinstance(covered, SessionCoverage)
    assert covered.kind is CoverageKind.AUTHORIZATION


@pytest.mark.parametrize(("days_before", "held"), [(0, True), (-1, False)])
def test_an_approval_that_covers_what_the_patient_has_paid_is_a_billers_case(days_before: int, held: bool) -> None:
    course = agreed(by=BEN, sessions=2)
    assert choose(course, DenialStep.APPEAL) is None
    course.tell(AMY, f.PacketSubmitted(reference="by fax"))
    course.go_on(SILENT, until=WaitKind.SAFETY_CALL)
    task, (session,) = course.task(WaitKind.PAYER_ANSWER), course.course.sessions
    assert task is not None
    assert session.coverage.kind is CoverageKind.SELF_PAY
    seen = Situation(course.course, task, course.now)

    course.tell(*approved(seen, from_on=session.given_on - days_before * ONE_DAY))

    assert (course.task(WaitKind.CLAIM_HELD) is not None) is held
    if held:
        course.tell(BEN, f.ClaimReleased(note="refunded; billed to the payer by hand"))
        assert course.task(WaitKind.CLAIM_HELD) is None


def test_when_the_agreed_sessions_are_used_up_a_person_chooses_anew() -> None:
    course = agreed(by=BEN, sessions=1)
    course.go_on(People({WaitKind.DENIAL: lambda _: None}), until=WaitKind.SAFETY_CALL)

    assert [session.coverage.kind for session in course.course.sessions] == [CoverageKind.SELF_PAY]
    assert course.task(WaitKind.DENIAL) is not None


def test_a_session_that_the_patient_paid_gets_an_invoice_and_no_claim() -> None:
    course = agreed(by=BEN)
    paid = plan.coverage_of(course.course, course.today)
    assert isinstance(paid, SessionCoverage)

    bill = claim_for(
        a_session(coverage=paid),
        course_id="c-1",
        coverage=course.course.coverage,
        policy=course.course.policy,
        diagnosis="G43.709",
        protocol=the_protocol(),
    )

    assert isinstance(bill, Claim)
    assert (bill.kind, bill.amount_cents, bill.payer_id) == ("invoice", 180_000, None)


def test_the_clinic_takes_the_risk_of_one_session_by_name_and_bills_the_patient_nothing() -> None:
    course = denied_with()
    course.tell(ADA, f.AtClinicsRisk(reason="the appeal will be won"))
    again = course.ask(BEN, f.AtClinicsRisk(reason="x"))
    assert again is not None
    assert "taken already" in again.reason

    covered = plan.coverage_of(course.course, course.today)

    assert isinstance(covered, SessionCoverage)
    assert covered.kind is CoverageKind.CLINICS_RISK
    [risk] = course.course.clinics_risks
    assert (risk.session, risk.by) == (1, "ada.admin")
    following = course.course.model_copy(update={"sessions": (a_session(coverage=covered),)})
    assert isinstance(plan.coverage_of(following, course.today), Refusal), "for that session only"


def test_a_clinician_alone_does_not_take_the_clinics_risk() -> None:
    refused = denied_with().ask(DR_LEE, f.AtClinicsRisk(reason="she needs it"))

    assert refused is not None
    assert "is for admin or billing" in refused.reason


# What is asked of the payer after its no


def test_a_conversation_asks_for_what_was_denied_and_has_no_level() -> None:
    course = denied_with()
    request = course.course.requests[0].model_copy(update={"payer_id": "washington-labor", "amends": 7})
    before = course.course.model_copy(update={"requests": (request,)})

    asked = request_after(before, before.denials[0], DenialStep.PEER_TO_PEER, course.today)

    kept = ("for_session", "sessions", "units_per_session", "planned_units", "policy_version", "payer_id", "amends")
    assert [getattr(asked, name) for name in kept] == [getattr(request, name) for name in kept]
    assert (asked.of_request, asked.last_on) == (1, before.denials[0].peer_to_peer_until)
    assert (asked.level, asked.answer_days, asked.reason) == (None, None, None)


def test_an_appeal_of_an_approval_that_is_contested_changes_that_approval_and_says_why() -> None:
    course = denied_with()
    contested = course.course.denials[0].model_copy(update={"contested": True, "words": "too few units"})

    asked = request_after(course.course, contested, DenialStep.APPEAL, course.today)

    assert (asked.purpose, asked.level, asked.amends, asked.reason) == (Purpose.APPEAL, 1, 1, "too few units")
    assert asked.answer_days == 30
    assert asked.last_on == contested.appeal_until
