"""One fact of every kind, well formed. Whether it is accepted depends on the moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain import facts as f
from domain.coverage import Decision
from domain.dose import VialOpened
from domain.response import ResponseAnswer
from domain.session import NotGivenReason
from tests.domain.builders import a_clinic
from tests.kit.beginnings import TODAY

LATER = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
VIALS = (VialOpened(size_units=200, lot="C7461", expires_on=date(2028, 6, 30)),)

_ALL: tuple[Any, ...] = (
    f.EligibilityDecision(decision="decline", reason="too few days"),
    f.Goals(goals=("half the headache days",), consent_signed_on=TODAY),
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
    f.Book(starts_at=LATER),
    f.Move(starts_at=LATER, reason="on holiday"),
    f.Cancel(reason="on holiday"),
    f.ReadinessLook(drug_on_hand=True),
    f.NotReadyDecision(reason="it will be there"),
    f.PreSessionCheck(clear=True),
    f.SessionResult(vials=VIALS),
    f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT),
    f.RecordSigned(),
    f.SafetyCall(result="reached"),
    f.AdverseEventTold(note="sore neck"),
    f.RedFlagReview(lift=True, note="a cold"),
    f.Response(answer=ResponseAnswer.CONTINUE),
    f.TryAgain(),
    f.DiaryEntered(first_on=TODAY, last_on=TODAY, days=1),
    f.Withdrawal(reason="moves away"),
    f.Reopen(reason="changed her mind", agreed_by="dr.lee"),
    f.Take(),
    f.Release(),
    f.Assign(to="otto.ops"),
    f.AttemptMade(result="no answer"),
    f.MoveDeadline(due_on=date(2027, 3, 1), reason="the payer is closed"),
    f.RollOver(),
    f.MessageUndelivered(key="c-1/welcome/1", message="welcome", status="failed"),
    f.ReachedOtherwise(how="by telephone"),
    f.SelfPayAgreed(signed_on=TODAY, amount_cents=180_000, sessions=4),
    f.ClinicChanged(clinic=a_clinic(phone="+1 206 555 0199")),
    f.BillingRefused(session=1, reason="no such payer"),
    f.BilledByHand(how="on paper"),
)
FACTS: dict[str, Any] = {fact.kind: fact for fact in _ALL}
