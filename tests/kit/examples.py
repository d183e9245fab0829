"""One fact of every kind, well formed. Whether it is accepted depends on the moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain import facts as f
from domain.coverage import ApprovalAnswer, CoverageKind, Decision
from domain.denial import DenialStep
from domain.denial_reasons import Questions
from domain.dose import VialOpened
from domain.history import CountSource, TrialOutcome
from domain.hold import HoldReason, LapseAnswer
from domain.response import ResponseAnswer
from domain.session import NotGivenReason, Whose
from tests.domain.builders import a_clinic
from tests.kit.beginnings import TODAY

LATER = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
VIALS = (VialOpened(size_units=200, lot="C7461", expires_on=date(2028, 6, 30)),)

_ALL: tuple[Any, ...] = (
    f.EligibilityDecision(decision="decline", reason="too few days"),
    f.Goals(goals=("half the headache days",), consent_signed_on=TODAY),
    f.DoseElsewhere(given_on=TODAY - timedelta(days=30), units=155, source=CountSource.EARLIER_RECORD),
    f.OwnConsent(signed_on=TODAY),
    f.PacketSubmitted(reference="fax 12"),
    f.PayerChased(result="in review", again_on=TODAY + timedelta(days=300)),
    f.AuthorizationDecision(
        decision=Decision.APPROVED,
        number="A-7",
        from_on=TODAY,
        until_on=TODAY + timedelta(days=179),
        sessions=2,
        units=400,
    ),
    f.AuthorizationAmended(until_on=TODAY + timedelta(days=270), reason="by telephone"),
    f.AuthorizationWithdrawn(from_on=TODAY + timedelta(days=100), reason="the plan has ended"),
    f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT),
    f.UnpaidUnitsAccepted(reason="written off"),
    f.CoverageChanged(from_on=TODAY + timedelta(days=60), pays=CoverageKind.AUTHORIZATION, reason="a new employer"),
    f.TransitionAnswered(granted=True, until_on=TODAY + timedelta(days=150), number="T-7"),
    f.LapseAnswered(answer=LapseAnswer.KEEP),
    f.Book(starts_at=LATER),
    f.Move(starts_at=LATER, reason="on holiday"),
    f.EarlierWanted(),
    f.EarlierAnswered(takes=True),
    f.Cancel(reason="on holiday", whose=Whose.PATIENT),
    f.ReadinessLook(drug_on_hand=True),
    f.NotReadyDecision(reason="it will be there"),
    f.PreSessionCheck(clear=True),
    f.SessionResult(vials=VIALS),
    f.SessionCompleted(),
    f.DosePlanned(reason="pain in neck and shoulders", extra_sites={"temporalis": 2, "trapezius": 4}),
    f.MissedVisitsDecision(decision="go_on", reason="moves house, wants to go on"),
    f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT),
    f.RecordSigned(),
    f.SafetyCall(result="reached"),
    f.AdverseEventTold(note="sore neck"),
    f.RedFlagReview(lift=True, note="a cold"),
    f.AdverseEventReview(asked=("double_vision", "swallowing", "general_weakness"), note="the lid only"),
    f.AdverseEventEnd(),
    f.SitesReview(note="frontalis higher"),
    f.DiaryRecall(week_from=TODAY - timedelta(days=60), headache_days=3, migraine_days=1),
    f.DiaryGapsAsked(result="brings the booklet on Friday"),
    f.WearingOffTold(week=10, note="daily again"),
    f.WearingOffAnswer(bridge="nerve_block", for_next_dose="follow the pain"),
    f.MedicationChanged(drug="erenumab", drug_class="cgrp", change="started", elsewhere=True),
    f.ScoreRecorded(instrument="hit_6", value=66),
    f.TaperAnswer(answer="not_now"),
    f.LetterWritten(note="severity, hours and HIT-6"),
    f.Response(answer=ResponseAnswer.CONTINUE),
    f.TryAgain(),
    f.DiaryEntered(first_on=TODAY, last_on=TODAY, days=1),
    f.Withdrawal(reason="moves away"),
    f.Reopen(reason="changed her mind", agreed_by="dr.lee"),
    f.HoldAsked(until=TODAY + timedelta(days=60), reason=HoldReason.TRAVEL),
    f.Resume(reason="back again"),
    f.Pregnancy(),
    f.End(outcome="discontinued", reason="clinicians_decision"),
    f.Death(note="her sister called"),
    f.DeathReview(related="no", report=False, note="a fall"),
    f.HandedOver(authorization="closed"),
    f.ContactAttempt(result="no answer"),
    f.Take(),
    f.Release(),
    f.Assign(to="otto.ops"),
    f.AttemptMade(result="no answer"),
    f.MoveDeadline(due_on=date(2027, 3, 1), reason="the payer is closed"),
    f.RollOver(),
    f.MessageUndelivered(key="c-1/welcome/1", message="welcome", status="failed"),
    f.ReachedOtherwise(how="by telephone"),
    f.SelfPayAgreed(signed_on=TODAY, amount_cents=180_000, sessions=4),
    f.DenialStepChosen(step=DenialStep.APPEAL),
    f.AskPayer(reason="urgent", letter_by="dr.lee"),
    f.TrialTold(drug="amitriptyline", drug_class="antidepressant", outcome=TrialOutcome.NOT_EFFECTIVE, days=70),
    f.SelfPayConfirmed(may_be_charged=True, reason="she signed the payer's form"),
    f.MoreTimeGranted(step=DenialStep.APPEAL, last_on=date(2027, 6, 30), reference="call 7"),
    f.AtClinicsRisk(reason="the appeal will be won"),
    f.ClinicChanged(clinic=a_clinic(phone="+1 206 555 0199")),
    f.BillingRefused(session=1, reason="no such payer"),
    f.BilledByHand(how="on paper"),
    f.InvoicePayment(what="paid"),
    f.ClaimTold(
        session=1,
        claim_id="c-1/session-1/claim",
        what="denied",
        on=TODAY,
        reason_codes=("CO-50",),
        questions=(Questions.NECESSITY,),
    ),
    f.DenialAnswered(action="appeal", note="the record is sent", next_session="the payer agreed by telephone"),
    f.AppealAnswered(outcome="lost"),
    f.LastDayExtended(deadline="appeal", until_on=TODAY + timedelta(days=700), reference="EXT-1"),
    f.ClaimReleased(modifier="52", note="reduced service"),
    f.DeviationReviewed(note="the calendar was wrong"),
    f.Correction(
        event=1,
        subject=1,
        recorded_by="dr.lee",
        recorded_on=TODAY,
        values=f.SessionValues(vials=(VialOpened(size_units=200, lot="C9999", expires_on=date(2028, 6, 30)),)),
        reason="typed from another vial",
    ),
    f.ToldAnew(how="by telephone"),
)
FACTS: dict[str, Any] = {fact.kind: fact for fact in _ALL}
