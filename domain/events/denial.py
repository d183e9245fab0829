"""What follows a payer's no or not yet: the step chosen, what is waited for, who pays meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from domain.coverage import AuthorizationRequest, ClinicsRisk, Coverage
from domain.denial import DenialStep
from domain.eligibility import NotYet, PayerVerdict
from domain.events.common import CourseEvent
from domain.history import ClinicalHistory


class NextStepChosen(CourseEvent):
    """Somebody chose what follows a denial; the request that the choice makes is opened with it."""

    kind: Literal["next_step_chosen"] = "next_step_chosen"
    denial: int
    step: DenialStep
    request: AuthorizationRequest | None = None
    not_yet: NotYet | None = None
    coverage: Coverage | None = None  # with another drug source or place, as the payer wants it
    note: str | None = None


class RequestLapsed(CourseEvent):
    """The payer's last day has passed and the request was not sent: the denial is open again."""

    kind: Literal["request_lapsed"] = "request_lapsed"
    request: int


class MoreTimeGranted(CourseEvent):
    """The payer itself granted more time for a step after a denial."""

    kind: Literal["more_time_granted"] = "more_time_granted"
    denial: int
    step: DenialStep
    last_on: date
    reference: str


class NotYetFound(CourseEvent):
    """What the payer misses takes time: it is not asked before."""

    kind: Literal["not_yet_found"] = "not_yet_found"
    not_yet: NotYet


class TrialTold(CourseEvent):
    """How a treatment goes or went; the payer's criteria are judged anew. `not_yet`: when to ask again."""

    kind: Literal["trial_told"] = "trial_told"
    history: ClinicalHistory
    payer_verdict: PayerVerdict | None
    not_yet: NotYet | None = None
    note: str | None = None


class PayerAskedAnyway(CourseEvent):
    """The payer is asked although its criteria are not met, with a clinician's letter; or again, after a yes too small."""

    kind: Literal["payer_asked_anyway"] = "payer_asked_anyway"
    request: AuthorizationRequest
    reason: str
    letter_by: str | None = None  # None: asked again, no exception


class SelfPayConfirmed(CourseEvent):
    """A biller said whether an insured patient may be charged as she agreed."""

    kind: Literal["self_pay_confirmed"] = "self_pay_confirmed"
    may_be_charged: bool
    reason: str


class RiskTaken(CourseEvent):
    """Somebody took the risk for one session by name; the patient is not billed."""

    kind: Literal["risk_taken"] = "risk_taken"
    risk: ClinicsRisk


DenialEvent: TypeAlias = (
    NextStepChosen
    | RequestLapsed
    | MoreTimeGranted
    | NotYetFound
    | TrialTold
    | PayerAskedAnyway
    | SelfPayConfirmed
    | RiskTaken
)
