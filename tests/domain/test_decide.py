"""What becomes of a request: every kind at its moment, at the wrong one, and when its task is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import day_in_words
from domain.course import Wish
from domain.coverage import Decision
from domain.decide import DECISIONS
from domain.dose import Dose, MuscleDose, VialOpened
from domain.history import CountSource
from domain.people import Actor
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.session import NotGivenReason, WatchEnd
from domain.waits import KINDS, WaitKind
from tests.kit.answers import USUAL, People, Situation, given
from tests.kit.beginnings import TODAY, a_beginning, medicare, self_pay
from tests.kit.diaries import NEVER_RESPONDS, SEVERITY_ONLY, no_diary
from tests.kit.examples import FACTS, LATER
from tests.kit.moments import (
    BIRTHDAY,
    after_session,
    agreed,
    another_payer_asked,
    at,
    billing_refused,
    booked_late,
    booking_refused,
    came_of_age,
    claim_told,
    deceased,
    denied_with,
    entered_in_error,
    held,
    in_part,
    injected_on_day,
    invoiced,
    missed,
    not_eligible,
    not_yet,
    outside_does_not_answer,
    paying_herself,
    pregnant,
    transferred,
    undelivered,
    unsigned,
    wearing_off,
    with_a_denied_claim,
    with_a_held_claim,
    with_a_red_flag,
    with_an_appeal,
    with_an_appointment,
    with_an_approval_that_differs,
    with_ptosis,
    with_unpaid_units,
    withdrawn,
)
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DELIVERY, DR_KHAN, DR_LEE, NINA, ONE_OF_EACH_ROLE

TOO_MUCH = Dose(muscles=(MuscleDose(muscle="procerus", sites=40, units=200),), reason="hope")
STOPPED = Dose(
    muscles=(
        MuscleDose(muscle="corrugator", sites=2, units=10),
        MuscleDose(muscle="procerus", sites=1, units=5),
        MuscleDose(muscle="frontalis", sites=4, units=20),
        MuscleDose(muscle="temporalis", sites=5, units=25),
    ),
    reason="fainted",
)


def not_needing_it() -> PaperCourse:
    return PaperCourse(a_beginning(coverage=medicare(TODAY)))


Moment = Callable[[], PaperCourse]
ONE_DAY = timedelta(days=1)


ACCEPTED: list[tuple[Moment, Actor, Any, type[e.CourseEvent]]] = [
    (not_eligible, DR_LEE, FACTS["eligibility-decision"], e.CourseEnded),
    (
        not_eligible,
        DR_LEE,
        f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True),
        e.EligibilitySettled,
    ),
    (
        not_eligible,
        NINA,
        f.EligibilityDecision(
            decision="assess_again", headache_days=18, migraine_days=9, period_days=30, source=CountSource.DIARY
        ),
        e.HistoryCompleted,
    ),
    (PaperCourse, DR_LEE, FACTS["goals"], e.GoalsSet),
    (PaperCourse, AMY, FACTS["dose-elsewhere"], e.DoseElsewhereTold),
    (came_of_age, DR_LEE, f.OwnConsent(signed_on=BIRTHDAY), e.OwnConsentSigned),
    (lambda: at(WaitKind.SUBMIT_PACKET), BEN, FACTS["packet-submitted"], e.PacketSubmitted),
    (lambda: at(WaitKind.PAYER_ANSWER), AMY, FACTS["payer-chased"], e.PayerChased),
    (lambda: at(WaitKind.PAYER_ANSWER), BEN, FACTS["authorization-decision"], e.AuthorizationDecided),
    (with_an_appointment, AMY, FACTS["authorization-amended"], e.AuthorizationAmended),
    (with_an_appointment, BEN, FACTS["authorization-withdrawn"], e.AuthorizationWithdrawn),
    (with_an_approval_that_differs, AMY, FACTS["approval-answered"], e.ApprovalAnswered),
    (with_unpaid_units, BEN, FACTS["unpaid-units"], e.UnpaidUnitsAccepted),
    (PaperCourse, AMY, FACTS["coverage-changed"], e.CoverageChanged),
    (another_payer_asked, BEN, FACTS["transition-answered"], e.TransitionAnswered),
    (pregnant, BEN, FACTS["lapse-answered"], e.LapseDealtWith),
    (booking_refused, AMY, FACTS["book"], e.BookingAsked),
    (with_an_appointment, AMY, FACTS["move"], e.MoveAsked),
    (with_an_appointment, AMY, FACTS["cancel"], e.AppointmentCancelled),
    (booked_late, AMY, FACTS["earlier-wanted"], e.EarlierWanted),
    (lambda: booked_late(offered=True), NINA, FACTS["earlier-answered"], e.EarlierAnswered),
    (lambda: at(WaitKind.READINESS), AMY, FACTS["readiness"], e.ReadinessLooked),
    (
        lambda: at(
            WaitKind.NOT_READY,
            people=People({WaitKind.READINESS: lambda _: (AMY, f.ReadinessLook(drug_on_hand=False))}),
        ),
        AMY,
        FACTS["not-ready"],
        e.KeptUnready,
    ),
    (lambda: at(WaitKind.CLEARANCE), DR_KHAN, FACTS["clearance"], e.SessionCleared),
    (lambda: at(WaitKind.CLEARANCE), DR_LEE, f.PreSessionCheck(clear=True, positive=("infection",)), e.SessionNotGiven),
    (lambda: at(WaitKind.SESSION_RESULT), DR_LEE, FACTS["session-given"], e.SessionGiven),
    (in_part, DR_LEE, FACTS["session-completed"], e.SessionCompleted),
    (lambda: missed(3), NINA, FACTS["missed-visits"], e.MissedVisitsDecided),
    (with_an_appointment, NINA, FACTS["dose-planned"], e.DosePlanned),
    (lambda: at(WaitKind.CLEARANCE), AMY, FACTS["not-given"], e.SessionNotGiven),
    (unsigned, DR_LEE, FACTS["record-signed"], e.RecordSigned),
    (lambda: at(WaitKind.SAFETY_CALL), AMY, FACTS["safety-call"], e.SafetyWatchEnded),
    (
        lambda: at(WaitKind.SAFETY_CALL),
        AMY,
        f.SafetyCall(result="reached", red_flags=("swallowing",), note="since Sunday"),
        e.AdverseEventRecorded,
    ),
    (PaperCourse, BEN, FACTS["adverse-event"], e.AdverseEventRecorded),
    (with_a_red_flag, NINA, FACTS["red-flag-reviewed"], e.RedFlagReviewed),
    (with_ptosis, NINA, FACTS["adverse-event-reviewed"], e.AdverseEventReviewed),
    (with_ptosis, AMY, FACTS["adverse-event-ended"], e.AdverseEventEnded),
    (with_ptosis, NINA, FACTS["sites-reviewed"], e.SitesReviewed),
    (lambda: after_session(1), AMY, FACTS["diary-recall"], e.WeekRecalled),
    (lambda: at(WaitKind.DIARY_GAPS, diary=no_diary), AMY, FACTS["diary-gaps-asked"], e.DiaryGapsAsked),
    (with_an_appointment, AMY, FACTS["wearing-off"], e.WearingOffRecorded),
    (wearing_off, NINA, FACTS["wearing-off-answered"], e.WearingOffAnswered),
    (with_an_appointment, AMY, FACTS["medication-changed"], e.MedicationChanged),
    (with_an_appointment, AMY, FACTS["score-recorded"], e.ScoreRecorded),
    (lambda: at(WaitKind.TAPER), NINA, FACTS["taper-answered"], e.TaperAnswered),
    (lambda: at(WaitKind.LETTER, diary=SEVERITY_ONLY), NINA, FACTS["letter-written"], e.LetterWritten),
    (lambda: at(WaitKind.RESPONSE_CHECK), NINA, FACTS["response"], e.ResponseAnswered),
    (outside_does_not_answer, ADA, FACTS["try-again"], e.TriedAgain),
    (PaperCourse, AMY, FACTS["diary-entered"], e.DiaryEntered),
    (PaperCourse, DELIVERY, FACTS["message-undelivered"], e.MessageUndelivered),
    (undelivered, AMY, FACTS["reached-otherwise"], e.ReachedOtherwise),
    (paying_herself, BEN, FACTS["self-pay-agreed"], e.SelfPayAgreed),
    (denied_with, BEN, FACTS["self-pay-agreed"], e.SelfPayAgreed),
    (denied_with, AMY, FACTS["denial-step"], e.NextStepChosen),
    (denied_with, BEN, FACTS["more-time-granted"], e.MoreTimeGranted),
    (not_yet, AMY, FACTS["ask-payer"], e.PayerAskedAnyway),
    (not_yet, DR_LEE, FACTS["trial-told"], e.TrialTold),
    (agreed, BEN, FACTS["self-pay-confirmed"], e.SelfPayConfirmed),
    (PaperCourse, BEN, FACTS["at-clinics-risk"], e.RiskTaken),
    (PaperCourse, ADA, FACTS["clinic-changed"], e.ClinicChanged),
    (with_an_appointment, DELIVERY, FACTS["billing-refused"], e.BillingImpossible),
    (billing_refused, BEN, FACTS["billed-by-hand"], e.BilledByHand),
    (invoiced, BEN, FACTS["invoice-payment"], e.InvoicePaid),
    (with_an_appointment, DELIVERY, FACTS["claim-told"], e.ClaimDenied),
    (with_a_denied_claim, DELIVERY, claim_told("paid"), e.ClaimPaid),
    (with_a_denied_claim, BEN, FACTS["claim-denial"], e.DenialAnswered),
    (with_an_appeal, BEN, FACTS["claim-appeal"], e.AppealDecided),
    (with_a_denied_claim, BEN, FACTS["claim-extension"], e.LastDayExtended),
    (with_a_held_claim, BEN, FACTS["claim-released"], e.ClaimReleased),
    (lambda: injected_on_day(82), NINA, FACTS["deviation-reviewed"], e.DeviationReviewed),
    (with_an_appointment, NINA, FACTS["correction"], e.RecordCorrected),
    (entered_in_error, AMY, FACTS["told-anew"], e.ToldAnew),
    (PaperCourse, ADA, FACTS["withdraw"], e.CourseEnded),
    (withdrawn, ADA, FACTS["reopen"], e.CourseReopened),
    (PaperCourse, ADA, FACTS["roll-over"], e.RollOverAsked),
    (with_an_appointment, BEN, FACTS["hold"], e.HoldBegun),
    (held, BEN, FACTS["hold"], e.HoldProlonged),
    (held, AMY, FACTS["resume"], e.HoldEnded),
    (PaperCourse, BEN, FACTS["pregnancy"], e.HoldBegun),
    (with_an_appointment, NINA, FACTS["end"], e.CourseEnded),
    (with_an_appointment, BEN, FACTS["death"], e.CourseEnded),
    (deceased, NINA, FACTS["death-reviewed"], e.DeathReviewed),
    (transferred, AMY, FACTS["handed-over"], e.PatientHandedOver),
    (PaperCourse, BEN, FACTS["contact-attempt"], e.ContactTried),
]


@pytest.mark.parametrize(("moment", "by", "fact", "becomes"), ACCEPTED, ids=lambda value: getattr(value, "kind", ""))
def test_told_at_its_moment_a_fact_becomes_its_event_stamped_with_who_and_which_role(
    moment: Moment, by: Actor, fact: Any, becomes: type[e.CourseEvent]
) -> None:
    course = moment()
    number = course.course.number

    course.tell(by, fact)

    event = course.events[number]
    assert type(event) is becomes
    assert (event.by, event.role, event.request_id is not None) == (by.user_id, by.role, True)
    assert (event.at, event.on) == (course.now, course.today)


def test_every_kind_of_fact_about_the_course_is_tried_at_its_moment() -> None:
    about_a_task = {"take", "release", "assign", "attempt", "deadline"}
    assert {fact.kind for _, _, fact, _ in ACCEPTED} | about_a_task == DECISIONS.keys()


WRONG: list[tuple[Moment, Actor, Any, str]] = [
    (PaperCourse, DR_LEE, FACTS["eligibility-decision"], "no decision on eligibility is open"),
    (lambda: at(WaitKind.SUBMIT_PACKET), DR_LEE, FACTS["goals"], "goals are set already"),
    (PaperCourse, AMY, FACTS["packet-submitted"], "no authorization request waits"),
    (lambda: at(WaitKind.SUBMIT_PACKET), AMY, FACTS["payer-chased"], "no request is with a payer"),
    (lambda: at(WaitKind.SUBMIT_PACKET), AMY, FACTS["authorization-decision"], "has not been submitted"),
    (PaperCourse, AMY, FACTS["authorization-decision"], "no authorization request is open"),
    (PaperCourse, AMY, FACTS["book"], "no appointment is to be booked"),
    (with_an_appointment, AMY, FACTS["book"], "it is booked; move it"),
    (PaperCourse, AMY, FACTS["move"], "no appointment can be moved"),
    (lambda: at(WaitKind.SESSION_RESULT), AMY, FACTS["move"], "no appointment can be moved"),
    (PaperCourse, AMY, FACTS["cancel"], "no appointment can be cancelled"),
    (PaperCourse, AMY, FACTS["readiness"], "no session is booked"),
    (PaperCourse, AMY, FACTS["earlier-wanted"], "no time is booked"),
    (with_an_appointment, AMY, FACTS["earlier-wanted"], "no earlier day will do"),
    (booked_late, AMY, FACTS["earlier-answered"], "no earlier time waits"),
    (with_an_appointment, AMY, FACTS["not-ready"], "no appointment waits"),
    (with_an_appointment, DR_LEE, FACTS["clearance"], "no session waits for clearance"),
    (lambda: at(WaitKind.SESSION_RESULT), DR_LEE, FACTS["clearance"], "no session waits for clearance"),
    (lambda: at(WaitKind.CLEARANCE), DR_LEE, FACTS["session-given"], "has not been cleared"),
    (lambda: missed(2), DR_LEE, FACTS["missed-visits"], "no decision on missed visits is open"),
    (lambda: missed(3), AMY, FACTS["book"], "a clinician decides first"),
    (with_an_appointment, DR_LEE, FACTS["session-completed"], "no session was given in part"),
    (PaperCourse, DR_LEE, FACTS["dose-planned"], "planned with the goals"),
    (lambda: at(WaitKind.SESSION_RESULT), DR_LEE, FACTS["dose-planned"], "the session is cleared"),
    (PaperCourse, DR_LEE, FACTS["not-given"], "no visit is booked"),
    (with_an_appointment, AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW), "lies ahead"),
    (lambda: after_session(1), DR_LEE, FACTS["record-signed"], "no session waits for its signature"),
    (unsigned, DR_KHAN, FACTS["record-signed"], "only dr.lee"),
    (PaperCourse, AMY, FACTS["safety-call"], "no safety watch"),
    (PaperCourse, AMY, f.AdverseEventTold(red_flags=("hiccups",), note="x"), "red_flags: unknown hiccups"),
    (PaperCourse, DR_LEE, FACTS["red-flag-reviewed"], "no red flag"),
    (with_an_appointment, DR_LEE, FACTS["response"], "no response check is open"),
    (PaperCourse, AMY, FACTS["try-again"], "no outside system"),
    (PaperCourse, ADA, FACTS["reopen"], "the course is open"),
    (withdrawn, AMY, FACTS["withdraw"], "the course has ended"),
    (withdrawn, AMY, FACTS["move"], "the course has ended"),
    (PaperCourse, AMY, FACTS["reached-otherwise"], "no message"),
    (held, AMY, FACTS["lapse-answered"], "nothing lapses unanswered"),
    (lambda: at(WaitKind.PAYER_ANSWER), AMY, FACTS["transition-answered"], "no payer was asked"),
    (not_needing_it, AMY, FACTS["self-pay-agreed"], "not paid by the patient"),
    (PaperCourse, BEN, FACTS["denial-step"], "no denial waits"),
    (PaperCourse, BEN, FACTS["more-time-granted"], "no denial stands"),
    (PaperCourse, AMY, FACTS["ask-payer"], "not held back"),
    (lambda: agreed(by=BEN), BEN, FACTS["self-pay-confirmed"], "no agreement"),
    (with_an_appointment, BEN, f.AtClinicsRisk(session=1, reason="x"), "session 1 has been given"),
    (PaperCourse, DELIVERY, FACTS["billing-refused"], "there is no session 1"),
    (with_an_appointment, BEN, FACTS["billed-by-hand"], "no such session"),
    (with_an_appointment, BEN, FACTS["invoice-payment"], "no such invoice is open"),
    (with_an_appointment, NINA, FACTS["deviation-reviewed"], "no such deviation"),
    (PaperCourse, NINA, FACTS["correction"], "event: its session was entered in error, or there is none"),
    (with_an_appointment, AMY, FACTS["correction"], "this correction is for clinician"),
    (with_an_appointment, AMY, FACTS["told-anew"], "no message"),
    (PaperCourse, AMY, FACTS["take"], "needs the task"),
    (PaperCourse, AMY, FACTS["resume"], "not held"),
    (PaperCourse, NINA, FACTS["end"], "nothing was given yet"),
    (deceased, AMY, FACTS["death"], "recorded already"),
    (deceased, AMY, FACTS["contact-attempt"], "has died"),
    (withdrawn, NINA, FACTS["death-reviewed"], "no death"),
    (withdrawn, AMY, FACTS["handed-over"], "no transferred patient"),
    (lambda: at(WaitKind.SESSION_RESULT), AMY, FACTS["hold"], "a session is cleared"),
]


@pytest.mark.parametrize(("moment", "by", "fact", "why"), WRONG, ids=lambda value: getattr(value, "kind", ""))
def test_told_at_another_moment_it_is_refused_with_the_reason_and_changes_nothing(
    moment: Moment, by: Actor, fact: Any, why: str
) -> None:
    course = moment()
    before = course.course

    refused = course.ask(by, fact)

    assert isinstance(refused, Refusal)
    assert why in refused.reason
    assert course.course == before


FAULTY: list[tuple[Moment, Actor, Any, str]] = [
    (PaperCourse, DR_LEE, f.Goals(goals=("x",), consent_signed_on=TODAY + ONE_DAY), "consent_signed_on"),
    (PaperCourse, DR_LEE, f.Goals(goals=("x",), consent_signed_on=TODAY, dose=TOO_MUCH), "dose"),
    (not_eligible, DR_LEE, f.EligibilityDecision(decision="go_on"), "needs a reason"),
    (not_eligible, DR_LEE, f.EligibilityDecision(decision="go_on", reason="x"), "patient_informed"),
    (not_eligible, DR_LEE, f.EligibilityDecision(decision="assess_again"), "nothing new"),
    (not_eligible, DR_LEE, f.EligibilityDecision(decision="assess_again", headache_days=9), "belong together"),
    (
        not_eligible,
        DR_LEE,
        f.EligibilityDecision(
            decision="assess_again", headache_days=31, migraine_days=9, period_days=30, source=CountSource.DIARY
        ),
        "headache_days: expected",
    ),
    (lambda: at(WaitKind.SUBMIT_PACKET), AMY, f.PacketSubmitted(submitted_on=TODAY + ONE_DAY), "submitted_on"),
    (lambda: at(WaitKind.SUBMIT_PACKET), AMY, f.PacketSubmitted(submitted_on=TODAY - ONE_DAY), "submitted_on"),
    (lambda: at(WaitKind.PAYER_ANSWER), AMY, f.PayerChased(result="x", again_on=TODAY), "again_on"),
    (lambda: at(WaitKind.PAYER_ANSWER), AMY, f.AuthorizationDecision(decision=Decision.DENIED), "needs its reason"),
    (lambda: at(WaitKind.PAYER_ANSWER), AMY, f.AuthorizationDecision(decision=Decision.APPROVED), "number, from_on"),
    (
        lambda: at(WaitKind.PAYER_ANSWER),
        AMY,
        FACTS["authorization-decision"].model_copy(update={"until_on": TODAY - ONE_DAY}),
        "ends before it begins",
    ),
    (
        lambda: at(WaitKind.PAYER_ANSWER),
        AMY,
        FACTS["authorization-decision"].model_copy(update={"request": 7}),
        "no authorization request is open",
    ),
    (
        with_an_appointment,
        AMY,
        FACTS["move"].model_copy(update={"starts_at": LATER - timedelta(days=600)}),
        "lies ahead",
    ),
    (
        with_an_appointment,
        AMY,
        FACTS["move"].model_copy(update={"starts_at": LATER - timedelta(days=290)}),
        "earliest day",
    ),
    (lambda: at(WaitKind.CLEARANCE), DR_LEE, f.PreSessionCheck(clear=True, positive=("hiccups",)), "unknown item"),
    (
        lambda: at(WaitKind.SESSION_RESULT),
        DR_LEE,
        f.SessionResult(vials=(VialOpened(size_units=200, lot="C1", expires_on=date(2026, 1, 1)),)),
        "expire",
    ),
    (
        lambda: at(WaitKind.SESSION_RESULT),
        DR_LEE,
        f.SessionResult(vials=(VialOpened(size_units=100, lot="C1", expires_on=date(2028, 1, 1)),)),
        "vial",
    ),
    (
        lambda: at(WaitKind.SESSION_RESULT),
        DR_LEE,
        FACTS["session-given"].model_copy(update={"given_at": LATER}),
        "given_at",
    ),
    (
        lambda: at(WaitKind.SESSION_RESULT),
        DR_LEE,
        FACTS["session-given"].model_copy(update={"dose": TOO_MUCH}),
        "200 units",
    ),
    (
        lambda: at(WaitKind.RESPONSE_CHECK),
        DR_LEE,
        f.Response(answer=ResponseAnswer.DISCONTINUE),
        "differs from the recommendation",
    ),
    (
        lambda: at(WaitKind.RESPONSE_CHECK),
        DR_LEE,
        f.Response(answer=ResponseAnswer.ASK_AGAIN, reason="x"),
        "ask_again_on",
    ),
    (
        lambda: at(WaitKind.RESPONSE_CHECK, times=2, diary=NEVER_RESPONDS),
        DR_LEE,
        f.Response(answer=ResponseAnswer.ONE_MORE, reason="hope"),
        "answer: expected",
    ),
]


@pytest.mark.parametrize(("moment", "by", "fact", "why"), FAULTY, ids=lambda value: getattr(value, "kind", ""))
def test_a_faulty_fact_is_refused_and_the_field_is_named(moment: Moment, by: Actor, fact: Any, why: str) -> None:
    course = moment()
    before = course.course

    refused = course.ask(by, fact)

    assert isinstance(refused, Refusal)
    assert why in refused.reason
    assert course.course == before


@pytest.mark.parametrize("kind", USUAL)
def test_an_answer_to_a_closed_task_is_refused_and_the_task_named(kind: WaitKind) -> None:
    course = at(WaitKind.SAFETY_CALL)
    role = KINDS[kind].role
    assert role is not None
    who = ONE_OF_EACH_ROLE[role]
    fact = next(fact for fact in FACTS.values() if fact.kind in _answers_of(kind))

    refused = course.ask(who, fact, task=f"{kind}:session-9")

    assert refused == Refusal(reason=f"task {kind}:session-9 is not open")


def _answers_of(kind: WaitKind) -> tuple[str, ...]:
    return KINDS[kind].answered_by


def test_an_answer_to_a_foreign_task_is_refused() -> None:
    course = at(WaitKind.SAFETY_CALL)
    task = course.task(WaitKind.SAFETY_CALL)
    assert task is not None

    refused = course.ask(AMY, FACTS["readiness"], task=task.id)

    assert refused == Refusal(reason=f"task {task.id} is answered by safety-call, not by readiness")


def test_the_same_request_takes_effect_once_however_often_it_comes() -> None:
    course = PaperCourse()
    assert course.ask(AMY, FACTS["adverse-event"], request_id="twice") is None
    once = course.course

    assert course.ask(AMY, FACTS["adverse-event"], request_id="twice") is None

    assert course.course == once


# Clearance: every rule that forbids it


def test_no_session_is_cleared_while_a_response_check_is_open() -> None:
    unanswered = People({WaitKind.RESPONSE_CHECK: lambda _: None})
    course = after_session(2)
    course.go_on(unanswered, until=WaitKind.CLEARANCE)

    refused = course.ask(DR_LEE, FACTS["clearance"])

    assert refused == Refusal(reason="response check: the response check after session 2 is not answered")


def test_no_session_is_cleared_until_a_clinician_lifts_the_red_flag() -> None:
    course = with_a_red_flag()
    course.go_on(People({WaitKind.RED_FLAG: lambda _: None}), until=WaitKind.CLEARANCE)

    refused = course.ask(DR_LEE, FACTS["clearance"])
    course.tell(NINA, FACTS["red-flag-reviewed"])

    assert refused is not None
    assert "adverse event 1 is not lifted" in refused.reason
    assert course.ask(DR_LEE, FACTS["clearance"]) is None


def test_no_session_is_cleared_beyond_what_is_covered() -> None:
    course = at(WaitKind.CLEARANCE, times=1, beginning=a_beginning(coverage=self_pay(TODAY, sessions=1)))
    course.tell(DR_LEE, FACTS["clearance"])
    course.tell(*given(_situation(course, WaitKind.SESSION_RESULT)))
    course.go_on(People(), until=WaitKind.CLEARANCE)

    refused = course.ask(DR_LEE, FACTS["clearance"])

    assert refused is not None
    assert "the patient agreed to pay 1 sessions and 1 were given" in refused.reason


def test_no_session_is_cleared_after_the_authorization_has_ended() -> None:
    silent = People({WaitKind.SUBMIT_PACKET: lambda s: None if s.course.sessions else (AMY, f.PacketSubmitted())})
    course = after_session(2)
    course.go_on(silent, until=WaitKind.CLEARANCE)

    refused = course.ask(DR_LEE, FACTS["clearance"])

    assert refused is not None
    assert refused.reason.startswith("coverage: ")


def test_a_positive_item_ends_the_visit_unless_the_clinician_says_why_not() -> None:
    turned_away, overridden = at(WaitKind.CLEARANCE), at(WaitKind.CLEARANCE)
    new_drug = f.PreSessionCheck(clear=True, positive=("new_drugs",))

    turned_away.tell(DR_LEE, new_drug)
    overridden.tell(DR_LEE, new_drug.model_copy(update={"overrides": {"new_drugs": "vitamin D"}}))

    assert [visit.reason for visit in turned_away.course.visits_not_given] == [NotGivenReason.TURNED_AWAY]
    assert not turned_away.course.sessions
    assert overridden.course.clearance is not None
    assert overridden.course.clearance.overrides == {"new_drugs": "vitamin D"}


@pytest.mark.parametrize("kind", ["clearance", "cancel", "move"])
def test_while_scheduling_moves_an_appointment_the_visit_is_not_touched(kind: str) -> None:
    course = at(WaitKind.CLEARANCE)
    course.course = course.course.model_copy(update={"move_wish": Wish(starts_at=LATER)})

    refused = course.ask(DR_LEE, FACTS[kind])

    assert refused is not None


# The session


def test_recorded_by_its_injector_a_session_is_signed_and_by_anyone_else_it_is_not() -> None:
    assert after_session(1).course.sessions[0].signed_by == "dr.lee"
    assert unsigned().course.sessions[0].signed_by is None


def test_a_session_below_the_least_trial_dose_is_no_trial() -> None:
    course = at(WaitKind.SESSION_RESULT)
    stopped = {"dose": STOPPED, "in_part": True, "why": "fainted", "patient_left": "walking"}
    fainted = FACTS["session-given"].model_copy(update=stopped)

    course.tell(DR_LEE, fainted)

    session = course.course.sessions[0]
    assert (session.is_trial, session.in_part) == (False, True)
    assert (session.vials[0].given_units, session.vials[0].wasted_units) == (60, 140)


# Several tasks of one kind at once: the answer goes to the one it names


def test_a_signature_for_session_1_leaves_the_task_for_session_2_open() -> None:
    course = two_unsigned_sessions()

    course.tell(DR_LEE, f.RecordSigned(session=2))

    assert course.course.wait("signature:session-1") is not None
    assert course.course.wait("signature:session-2") is None
    assert [session.signed_by for session in course.course.sessions] == [None, "dr.lee"]


def test_an_answer_that_names_a_task_and_another_session_is_refused() -> None:
    course = two_unsigned_sessions()

    refused = course.ask(DR_LEE, f.RecordSigned(session=2), task="signature:session-1")

    assert refused is not None
    assert course.course.sessions[1].signed_by is None


def two_unsigned_sessions() -> PaperCourse:
    by_operations = People({WaitKind.SESSION_RESULT: lambda s: (AMY, given(s)[1]), WaitKind.SIGNATURE: lambda _: None})
    course = unsigned()
    for _ in range(2):
        if len(course.course.sessions) == 2:
            break
        course.go_on(by_operations, until=WaitKind.SESSION_RESULT)
        course.tell(AMY, given(_situation(course, WaitKind.SESSION_RESULT))[1])
    assert [session.signed_by for session in course.course.sessions] == [None, None]
    return course


def test_a_review_of_one_red_flag_leaves_the_task_for_the_other_open() -> None:
    course = with_a_red_flag()
    course.tell(AMY, f.AdverseEventTold(red_flags=("breathing",), note="at night"))

    course.tell(DR_LEE, f.RedFlagReview(adverse_event=2, lift=True, note="a panic attack"))

    assert [event.lifted for event in course.course.adverse_events] == [False, True]
    assert course.course.wait("red-flag:adverse-event-1") is not None
    assert course.course.wait("red-flag:adverse-event-2") is None
    [reviewed] = [event for event in course.events if isinstance(event, e.RedFlagReviewed)]
    assert reviewed.task == "red-flag:adverse-event-2"


# Tasks


def test_a_taken_task_is_given_back_by_who_took_it_or_an_admin_and_by_nobody_else() -> None:
    course = at(WaitKind.SUBMIT_PACKET)
    task = course.tasks[0].id
    other = Actor(user_id="otto.ops", role=AMY.role)

    course.tell(AMY, f.Take(), task=task)

    assert course.tasks[0].owner == "amy.ops"
    assert course.ask(other, f.Take(), task=task) == Refusal(reason="amy.ops has taken it already", people=("amy.ops",))
    assert course.ask(other, f.Release(), task=task) is not None
    course.tell(ADA, f.Assign(to="otto.ops"), task=task)
    assert course.tasks[0].owner == "otto.ops"
    course.tell(ADA, f.Release(), task=task)
    assert course.tasks[0].owner is None


def test_a_task_is_handed_on_only_from_whom_the_sender_saw_to_have_it() -> None:
    course = at(WaitKind.SUBMIT_PACKET)
    task = course.tasks[0].id
    course.tell(AMY, f.Take(), task=task)

    assert course.ask(AMY, f.Assign(to="otto.ops", instead_of=""), task=task) == Refusal(
        reason="amy.ops has it now", people=("amy.ops",)
    )
    course.tell(AMY, f.Assign(to="otto.ops", instead_of="amy.ops"), task=task)
    course.tell(AMY, f.Assign(to="amy.ops"), task=task)

    assert course.tasks[0].owner == "amy.ops"


def test_a_task_of_another_role_is_not_taken() -> None:
    course = at(WaitKind.SUBMIT_PACKET)

    refused = course.ask(DR_LEE, f.Take(), task=course.tasks[0].id)

    assert refused == Refusal(reason="the task is for operations; your role is clinician")


def test_an_admin_hands_a_task_on_but_takes_none_that_others_answer() -> None:
    course = at(WaitKind.SUBMIT_PACKET)
    task = course.tasks[0].id

    refused = course.ask(ADA, f.Take(), task=task)
    course.tell(ADA, f.Assign(to="amy.ops"), task=task)

    assert refused == Refusal(reason="the task is for operations: an admin hands it on, and takes none")
    assert course.tasks[0].owner == "amy.ops"


def test_an_attempt_is_written_down_with_the_task_still_open() -> None:
    course = at(WaitKind.SAFETY_CALL)

    course.tell(AMY, f.AttemptMade(result="no answer"), task=course.tasks[0].id)

    [tried] = course.tasks[0].attempts
    assert (tried.by, tried.result, tried.on) == ("amy.ops", "no answer", course.today)


def test_a_deadline_of_ours_moves_forward_and_since_stays() -> None:
    course = at(WaitKind.SUBMIT_PACKET)
    before = course.tasks[0]

    refused = course.ask(AMY, f.MoveDeadline(due_on=course.today, reason="x"), task=before.id)
    course.tell(AMY, f.MoveDeadline(due_on=course.today + 9 * ONE_DAY, reason="the payer is closed"), task=before.id)

    assert refused is not None
    now = course.tasks[0]
    assert now.since == before.since
    assert now.due > before.due
    assert now.look_at == now.due


def test_what_ends_by_itself_has_no_deadline_to_move() -> None:
    course = with_an_appointment()
    [day] = course.course.waits_of(WaitKind.SESSION_DAY)

    refused = course.ask(AMY, f.MoveDeadline(due_on=course.today + 9 * ONE_DAY, reason="x"), task=day.id)

    assert refused == Refusal(reason="it is nobody's task: it ends by itself")


# The end


def test_the_safety_watch_adverse_events_and_signatures_outlive_the_course() -> None:
    course = unsigned()
    course.tell(AMY, f.Withdrawal(reason="moves away"))

    course.tell(DR_LEE, f.RecordSigned())
    course.tell(BEN, f.AdverseEventTold(note="sore neck"))
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    course.tell(AMY, f.SafetyCall(result="refused"))

    assert course.course.sessions[0].watch_ended is WatchEnd.REFUSED


def test_an_ended_course_is_reopened_within_30_days_and_not_later() -> None:
    in_time, late = withdrawn(), withdrawn()

    in_time.pass_until(in_time.now + timedelta(days=29))
    late.pass_until(late.now + timedelta(days=30))

    assert in_time.ask(ADA, FACTS["reopen"]) is None
    assert in_time.course.is_open
    assert [ending.reason for ending in in_time.course.endings_before] == ["patients_wish"]
    assert late.ask(ADA, FACTS["reopen"]) is not None


AGAIN = f.Response(answer=ResponseAnswer.ASK_AGAIN, reason="diary to come")


def test_a_check_is_asked_again_on_a_day_that_keeps_session_and_renewal() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary)
    due_on = plan.renewal_from_last_dose(course.course)
    assert due_on is not None
    assert due_on < course.course.sessions[-1].given_on + 83 * ONE_DAY

    too_late = course.ask(DR_LEE, AGAIN.model_copy(update={"ask_again_on": due_on + ONE_DAY}))
    course.tell(DR_LEE, AGAIN.model_copy(update={"ask_again_on": due_on}))

    assert too_late is not None
    assert f"{day_in_words(due_on)} at the latest: the renewal falls due then" in too_late.reason
    assert course.course.checks[-1].ask_again_on == due_on


def test_on_the_renewal_s_due_day_no_day_is_left_to_ask_again() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary)
    due_on = plan.renewal_from_last_dose(course.course)
    assert due_on is not None
    course.pass_until(plan.morning_of(course.course, due_on))

    refused = course.ask(DR_LEE, AGAIN.model_copy(update={"ask_again_on": due_on + ONE_DAY}))

    assert refused is not None
    assert f"no day is left; {day_in_words(due_on)} was the last" in refused.reason


@pytest.mark.parametrize("without", ["payer", "sent"])
def test_where_no_renewal_needs_the_verdict_only_the_session_bounds_the_day(without: str) -> None:
    beginning = a_beginning(coverage=medicare(TODAY)) if without == "payer" else a_beginning()
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary, beginning=beginning)
    if without == "sent":
        course.go_on(People({WaitKind.RESPONSE_CHECK: lambda _: None}), until=WaitKind.SUBMIT_PACKET)
        course.tell(AMY, f.PacketSubmitted(reference="fax 13", reason="the payer wants it now"))
    next_session = course.course.sessions[-1].given_on + 84 * ONE_DAY

    too_late = course.ask(DR_LEE, AGAIN.model_copy(update={"ask_again_on": next_session}))
    course.tell(DR_LEE, AGAIN.model_copy(update={"ask_again_on": next_session - ONE_DAY}))

    assert too_late is not None
    assert "the next session may be given on the day after" in too_late.reason


def _situation(course: PaperCourse, kind: WaitKind) -> Situation:
    course.go_on(People(), until=kind)
    task = course.task(kind)
    assert task is not None
    return Situation(course.course, task, course.now)
