"""What people usually answer. One table for courses on paper and on the real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain import facts as f
from domain.care import asks_of, is_minor
from domain.checks import unshown_response
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import ApprovalAnswer, CoverageKind, Decision
from domain.denial import DenialCode, DenialStep
from domain.dose import VialOpened
from domain.history import TrialOutcome
from domain.hold import LapseAnswer
from domain.people import Actor
from domain.plan import dose_of
from domain.response import ResponseAnswer
from domain.session import NotGivenReason
from domain.waits import Wait, WaitKind
from tests.kit.people import AMY, BEN, DR_KHAN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
Answer = Callable[["Situation"], tuple[Actor, Any] | None]


@dataclass(frozen=True)
class Situation:
    """What somebody sees who answers a task."""

    course: Course
    wait: Wait
    now: datetime

    @property
    def today(self) -> date:
        return clinic_day(self.now, self.course.clinic.zone)


def vials(units: int, today: date) -> tuple[VialOpened, ...]:
    """Return the vials that so many units open, good for another year."""
    sizes = (200,) if units <= 200 else (200, 100)
    return tuple(VialOpened(size_units=size, lot="C7461", expires_on=today + timedelta(days=400)) for size in sizes)


def given(situation: Situation) -> tuple[Actor, Any]:
    course = situation.course
    assert course.appointment is not None
    injector = {"dr.lee": DR_LEE, "dr.khan": DR_KHAN}[course.appointment.injector]
    return injector, f.SessionResult(vials=vials(dose_of(course).units, situation.today))


def approved(situation: Situation, **changes: Any) -> tuple[Actor, Any]:
    """Approve as this payer usually does: its sessions, units and days."""
    asked = situation.course.open_request
    policy = situation.course.policy if asked is None else situation.course.policy_of(asked.payer_id)
    assert policy is not None
    grant, today = policy.grant, situation.today
    sessions = grant.sessions.value
    plain: dict[str, Any] = {
        "decision": Decision.APPROVED,
        "number": f"A-{situation.wait.subject}",
        "from_on": today,
        "until_on": today + timedelta(days=grant.window_days.value - 1),
        "sessions": sessions,
        "units": grant.units_per_session.value * sessions,
    }
    return AMY, f.AuthorizationDecision(**{**plain, **changes})


def denied(_: Situation, **changes: Any) -> tuple[Actor, Any]:
    plain: dict[str, Any] = {
        "decision": Decision.DENIED,
        "reason": "not medically necessary",
        "denial_code": DenialCode.NOT_NECESSARY,
    }
    return AMY, f.AuthorizationDecision(**{**plain, **changes})


def submitted(situation: Situation) -> tuple[Actor, Any]:
    """Send the request; where the diary does not show the response, with a reason."""
    asked = situation.course.open_request
    unshown = None if asked is None else unshown_response(situation.course, asked)
    return AMY, f.PacketSubmitted(reference="fax 12", reason=unshown and "the payer wants it by the end of the month")


def tried(situation: Situation) -> tuple[Actor, Any]:
    """Tell that two more preventives have failed."""
    drugs = (("topiramate", "anticonvulsant"), ("propranolol", "beta_blocker"), ("amitriptyline", "antidepressant"))
    known = {one.drug for one in situation.course.history.treatments if one.outcome is TrialOutcome.NOT_EFFECTIVE}
    drug, drug_class = next((one for one in drugs if one[0] not in known), drugs[-1])
    return AMY, f.TrialTold(
        drug=drug, drug_class=drug_class, outcome=TrialOutcome.NOT_EFFECTIVE, days=90, diary_days=90
    )


def as_recommended(situation: Situation) -> tuple[Actor, Any]:
    """Answer the response check as the protocol advises; where it advises nothing, discontinue."""
    evidence = situation.course.evidence
    assert evidence is not None
    advised = [answer for answer in evidence.recommendations if answer != "ask_again"]
    answer = advised[0] if advised else ResponseAnswer.DISCONTINUE
    return DR_LEE, f.Response(answer=answer, reason=None if advised else "nothing is advised")


def goals_of(situation: Situation) -> f.Goals:
    """Set goals; for a minor who answers for him consents, and he agrees."""
    who: dict[str, Any] = {}
    if is_minor(situation.course, situation.today):
        who = {"consented_by": "guardian", "assent": True}
    return f.Goals(goals=("half the headache days",), consent_signed_on=situation.today, **who)


def looked_at(situation: Situation) -> tuple[Actor, Any]:
    """Look at an adverse event once and ask for all that is to be asked; the second time it is over."""
    number = int(situation.wait.subject.rsplit("-", 1)[-1])
    event = next(one for one in situation.course.adverse_events if one.number == number)
    if event.reviewed_on is not None and event.reported is not None:
        return DR_LEE, f.AdverseEventEnd(adverse_event=number)
    asks = asks_of(event, situation.course.protocol)
    return DR_LEE, f.AdverseEventReview(adverse_event=number, asked=asks, report=False, note="looked at")


def said_anew(situation: Situation) -> f.CoverageChanged | f.SelfPayAgreed:
    """Say after a long hold that none is needed as before, or that the patient has signed to pay."""
    today, pays = situation.today, situation.course.coverage.kind
    if pays is CoverageKind.SELF_PAY:
        minor = is_minor(situation.course, today)
        signed_by: Literal["patient", "guardian"] = "guardian" if minor else "patient"
        return f.SelfPayAgreed(signed_on=today, amount_cents=180_000, sessions=2, signed_by=signed_by)
    return f.CoverageChanged(
        from_on=today, pays=pays, said_by="provider line", said_on=today, reason="asked after the hold"
    )


USUAL: dict[WaitKind, Answer] = {
    WaitKind.GOALS: lambda s: (DR_LEE, goals_of(s)),
    WaitKind.OWN_CONSENT: lambda s: (DR_LEE, f.OwnConsent(signed_on=s.today)),
    WaitKind.SUBMIT_PACKET: submitted,
    WaitKind.PAYER_ANSWER: approved,
    WaitKind.APPROVAL_DIFFERS: lambda _: (AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT)),
    WaitKind.AUTHORIZATION_NUMBER: lambda s: (AMY, f.AuthorizationAmended(number=f"T-{s.wait.subject}")),
    WaitKind.UNPAID_UNITS: lambda _: (BEN, f.UnpaidUnitsAccepted(reason="written off")),
    WaitKind.FALLS_SHORT: lambda _: (AMY, f.AskPayer(reason="what was granted does not reach the session")),
    WaitKind.COVERAGE: lambda s: (AMY, said_anew(s)),
    WaitKind.LAPSES_IN_HOLD: lambda _: (AMY, f.LapseAnswered(answer=LapseAnswer.KEEP)),
    WaitKind.CHASE_PAYER: lambda s: (AMY, f.PayerChased(result="in review", again_on=s.today + 3 * ONE_DAY)),
    WaitKind.MISSED_VISITS: lambda _: (DR_LEE, f.MissedVisitsDecision(decision="go_on", reason="wants to go on")),
    WaitKind.CONTEST: lambda _: (AMY, f.PacketSubmitted(reference="by fax, with records")),
    WaitKind.DENIAL: lambda _: (DR_LEE, f.DenialStepChosen(step=DenialStep.STOP, note="nothing more is to be had")),
    WaitKind.TRIAL: tried,
    WaitKind.CONFIRM_SELF_PAY: lambda _: (BEN, f.SelfPayConfirmed(may_be_charged=True, reason="not covered")),
    WaitKind.EARLIER_TIME: lambda _: (AMY, f.EarlierAnswered(takes=True)),
    WaitKind.READINESS: lambda _: (AMY, f.ReadinessLook(drug_on_hand=True)),
    WaitKind.NOT_READY: lambda _: (AMY, f.NotReadyDecision(reason="it will be there")),
    WaitKind.CLEARANCE: lambda _: (DR_LEE, f.PreSessionCheck(clear=True)),
    WaitKind.SESSION_RESULT: given,
    WaitKind.RESULT_MISSING: lambda _: (AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW)),
    WaitKind.SAFETY_CALL: lambda _: (AMY, f.SafetyCall(result="reached")),
    WaitKind.RESPONSE_CHECK: as_recommended,
    WaitKind.EFFECT_REVIEW: looked_at,
    WaitKind.DIARY_GAPS: lambda _: (AMY, f.DiaryGapsAsked(result="the booklet is lost")),
    WaitKind.WEARING_OFF: lambda _: (NINA, f.WearingOffAnswer(bridge="none")),
    WaitKind.TAPER: lambda _: (NINA, f.TaperAnswer(answer="taper")),
    WaitKind.LETTER: lambda _: (NINA, f.LetterWritten(note="severity and hours")),
    WaitKind.SITES_REVIEW: lambda _: (DR_LEE, f.SitesReview(note="left as planned")),
    WaitKind.UNDELIVERED: lambda _: (AMY, f.ReachedOtherwise(how="by telephone")),
    WaitKind.CALL_AT_ONCE: lambda _: (AMY, f.ReachedOtherwise(how="by telephone, the advice was said")),
    WaitKind.TELL_ANEW: lambda _: (AMY, f.ToldAnew(how="by telephone")),
    WaitKind.DEVIATION: lambda _: (DR_KHAN, f.DeviationReviewed(note="the calendar was wrong")),
    WaitKind.PAYMENT: lambda _: (BEN, f.InvoicePayment(what="paid")),
    WaitKind.BILLING: lambda _: (BEN, f.BilledByHand(how="on paper")),
    WaitKind.HOLD_REVIEW: lambda _: (DR_LEE, f.Resume(reason="well again")),
    WaitKind.HOLD_DECISION: lambda _: (DR_LEE, f.Resume(reason="well again", patient_informed=True)),
    WaitKind.CLAIM_HELD: lambda _: (
        BEN,
        f.ClaimReleased(modifier="52", authorization_number="A-LATE", note="reduced service"),
    ),
    WaitKind.CLAIM_DENIED: lambda _: (
        BEN,
        f.DenialAnswered(action="write_off", note="too late", next_session="agreed"),
    ),
    WaitKind.CLAIM_APPEAL: lambda _: (BEN, f.AppealAnswered(outcome="won")),
    WaitKind.DEATH_REVIEW: lambda _: (DR_LEE, f.DeathReview(related="no", report=False, note="a fall")),
    WaitKind.HAND_OVER: lambda s: (
        AMY,
        f.HandedOver(dossier_to="another clinic", consent_signed_on=s.today, authorization="closed"),
    ),
    WaitKind.OUTSIDE: lambda _: (AMY, f.TryAgain()),
}


@dataclass
class People:
    """Who answers what. `instead` replaces usual answers by kind of task; None as an answer leaves the task open."""

    instead: dict[WaitKind, Answer] = field(default_factory=dict)

    def answer(self, course: Course, wait: Wait, now: datetime) -> tuple[Actor, Any] | None:
        """Return who answers this task with what, or None."""
        answer = self.instead.get(wait.kind) or USUAL.get(wait.kind)
        return None if answer is None else answer(Situation(course, wait, now))
