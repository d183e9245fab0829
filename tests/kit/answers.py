"""What people usually answer. One table for courses on paper and on the real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Decision
from domain.dose import VialOpened
from domain.people import Actor
from domain.plan import dose_of
from domain.response import ResponseAnswer
from domain.waits import Wait, WaitKind
from tests.kit.people import AMY, BEN, DR_KHAN, DR_LEE

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
    policy = situation.course.policy
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


def denied(situation: Situation) -> tuple[Actor, Any]:
    return AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="not medically necessary")


def as_recommended(situation: Situation) -> tuple[Actor, Any]:
    """Answer the response check as the protocol advises; where it advises nothing, discontinue."""
    evidence = situation.course.evidence
    assert evidence is not None
    advised = [answer for answer in evidence.recommendations if answer != "ask_again"]
    answer = advised[0] if advised else ResponseAnswer.DISCONTINUE
    return DR_LEE, f.Response(answer=answer, reason=None if advised else "nothing is advised")


USUAL: dict[WaitKind, Answer] = {
    WaitKind.GOALS: lambda s: (DR_LEE, f.Goals(goals=("half the headache days",), consent_signed_on=s.today)),
    WaitKind.SUBMIT_PACKET: lambda _: (AMY, f.PacketSubmitted(reference="fax 12")),
    WaitKind.PAYER_ANSWER: approved,
    WaitKind.CHASE_PAYER: lambda s: (AMY, f.PayerChased(result="in review", again_on=s.today + 3 * ONE_DAY)),
    WaitKind.READINESS: lambda _: (AMY, f.ReadinessLook(drug_on_hand=True)),
    WaitKind.NOT_READY: lambda _: (AMY, f.NotReadyDecision(reason="it will be there")),
    WaitKind.CLEARANCE: lambda _: (DR_LEE, f.PreSessionCheck(clear=True)),
    WaitKind.SESSION_RESULT: given,
    WaitKind.SAFETY_CALL: lambda _: (AMY, f.SafetyCall(result="reached")),
    WaitKind.RESPONSE_CHECK: as_recommended,
    WaitKind.UNDELIVERED: lambda _: (AMY, f.ReachedOtherwise(how="by telephone")),
    WaitKind.BILLING: lambda _: (BEN, f.BilledByHand(how="on paper")),
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
