"""What someone asks of a course or tells it. Each becomes a course event or is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from domain.clinic import Clinic
from domain.coverage import Decision
from domain.dose import Dose, VialOpened
from domain.history import CountSource
from domain.payer import Counts
from domain.people import Actor
from domain.record import Edge, Record
from domain.response import ResponseAnswer
from domain.session import NotGivenReason


class EligibilityDecision(Edge):
    """A clinician decides where the protocol's verdict is not a plain yes."""

    kind: Literal["eligibility-decision"] = "eligibility-decision"
    decision: Literal["go_on", "decline", "assess_again"]
    reason: str | None = Field(default=None, description="coded or in words; needed to go on against the verdict")
    patient_informed: bool = Field(
        default=False, description="the patient knows that it is off-label or may not be paid"
    )
    headache_days: int | None = Field(default=None, ge=0, le=31, description="corrected count, to assess again")
    migraine_days: int | None = Field(default=None, ge=0, le=31)
    period_days: int | None = Field(default=None, ge=1, le=31)
    source: CountSource | None = None
    months_with_headache: int | None = Field(default=None, ge=0)


class Goals(Edge):
    """Realistic goals, consent, and the dose planned for the first session."""

    kind: Literal["goals"] = "goals"
    goals: tuple[str, ...] = Field(min_length=1, description="what patient and clinician want to reach")
    consent_signed_on: date
    dose: Dose | None = Field(default=None, description="default: the protocol's dose")

    @field_validator("goals", mode="before")
    @classmethod
    def _one_goal_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class PacketSubmitted(Edge):
    """The authorization request has gone to the payer."""

    kind: Literal["packet-submitted"] = "packet-submitted"
    submitted_on: date | None = Field(default=None, description="default: today")
    reference: str | None = Field(default=None, description="the payer's reference for the request")


class PayerChased(Edge):
    """Somebody asked the payer where the decision is."""

    kind: Literal["payer-chased"] = "payer-chased"
    result: str = Field(min_length=1, description="what the payer said")
    again_on: date = Field(description="when to ask again if nothing comes")


class AuthorizationDecision(Edge):
    """The payer's decision, as it was received."""

    kind: Literal["authorization-decision"] = "authorization-decision"
    request: int | None = Field(default=None, description="number of the request; default: the open one")
    decision: Decision
    number: str | None = Field(default=None, description="the payer's authorization number")
    from_on: date | None = Field(default=None, description="first covered day")
    until_on: date | None = Field(default=None, description="last covered day")
    sessions: int | None = Field(default=None, ge=1)
    units: int | None = Field(default=None, ge=1, description="drug units in all")
    counts: Counts | None = Field(default=None, description="what the payer counts; default: its policy")
    reason: str | None = Field(default=None, description="why denied, in the payer's words or code")


class Book(Edge):
    """Ask for an appointment at a time."""

    kind: Literal["book"] = "book"
    starts_at: datetime = Field(description="with offset, or local to the clinic")
    injector: str | None = None


class Move(Edge):
    """Ask for the appointment to be moved."""

    kind: Literal["move"] = "move"
    starts_at: datetime
    injector: str | None = None
    reason: str = Field(min_length=1)


class Cancel(Edge):
    """Ask for the appointment to be cancelled and a new one to be found later."""

    kind: Literal["cancel"] = "cancel"
    reason: str = Field(min_length=1)
    not_before: date | None = Field(
        default=None, description="where to look for a new time from; default: the day after"
    )


class ReadinessLook(Edge):
    """Whether the drug for the session is there."""

    kind: Literal["readiness"] = "readiness"
    drug_on_hand: bool


class NotReadyDecision(Edge):
    """Keep an appointment although something is missing. To move it instead, ask with `move`."""

    kind: Literal["not-ready"] = "not-ready"
    choice: Literal["keep"] = "keep"
    reason: str = Field(min_length=1)


class PreSessionCheck(Edge):
    """The questions asked on the day, and the clinician's yes or no."""

    kind: Literal["clearance"] = "clearance"
    clear: bool = Field(description="drug may be given now")
    positive: tuple[str, ...] = Field(default=(), description="items of the pre-session check that were positive")
    overrides: dict[str, str] = Field(default={}, description="positive item -> why the session is given all the same")
    note: str | None = None


class SessionResult(Edge):
    """What was given. Without `dose` it is the planned dose."""

    kind: Literal["session-given"] = "session-given"
    vials: tuple[VialOpened, ...] = Field(
        min_length=1, description="opened vials: size:lot:expiry, e.g. 200:C7461:2027-06-30"
    )
    given_at: datetime | None = Field(default=None, description="default: now")
    injector: str | None = Field(default=None, description="user id; default: the appointment's injector")
    dose: Dose | None = None
    in_part: bool = False
    reactions: tuple[str, ...] = ()


class NotGiven(Edge):
    """The visit gave no drug."""

    kind: Literal["not-given"] = "not-given"
    reason: NotGivenReason
    note: str | None = None


class RecordSigned(Edge):
    """The injector signs the record of a session."""

    kind: Literal["record-signed"] = "record-signed"
    session: int | None = None


class SafetyCall(Edge):
    """The call after a session."""

    kind: Literal["safety-call"] = "safety-call"
    session: int | None = None
    result: Literal["reached", "refused"] = Field(description="no answer yet: log it with `attempt`")
    red_flags: tuple[str, ...] = Field(default=(), description="codes of the protocol's red flags")
    note: str = ""

    @field_validator("red_flags", mode="before")
    @classmethod
    def _one_flag_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class AdverseEventTold(Edge):
    """Something happened to the patient."""

    kind: Literal["adverse-event"] = "adverse-event"
    red_flags: tuple[str, ...] = ()
    note: str = Field(min_length=1)

    @field_validator("red_flags", mode="before")
    @classmethod
    def _one_flag_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class RedFlagReview(Edge):
    """A clinician has looked at a red flag, and lifts the stop or keeps it."""

    kind: Literal["red-flag-reviewed"] = "red-flag-reviewed"
    adverse_event: int | None = None
    lift: bool
    note: str = Field(min_length=1)


class Response(Edge):
    """The clinician's answer to "does it work?"."""

    kind: Literal["response"] = "response"
    answer: ResponseAnswer
    reason: str | None = Field(default=None, description="needed where the answer differs from the recommendation")
    ask_again_on: date | None = None
    dose: Dose | None = Field(default=None, description="the next planned dose; default: as before")


class TryAgain(Edge):
    """Try a system that did not answer again, now."""

    kind: Literal["try-again"] = "try-again"


class DiaryEntered(Edge):
    """Days were entered into the diary; an open response check looks at them anew."""

    kind: Literal["diary-entered"] = "diary-entered"
    first_on: date
    last_on: date
    days: int


class MessageUndelivered(Edge):
    """A message was refused for good, or nobody knows whether it arrived. It is not sent again."""

    kind: Literal["message-undelivered"] = "message-undelivered"
    key: str
    message: str = Field(description="the kind of message")
    status: Literal["failed", "unknown"]


class ReachedOtherwise(Edge):
    """The patient was told what the undelivered messages say."""

    kind: Literal["reached-otherwise"] = "reached-otherwise"
    how: str = Field(min_length=1, description="by telephone, at the visit, ...")


class BillingRefused(Edge):
    """Billing will not take the bill of a session."""

    kind: Literal["billing-refused"] = "billing-refused"
    session: int
    reason: str


class BilledByHand(Edge):
    """Somebody billed the session, or settled that it is not billed."""

    kind: Literal["billed-by-hand"] = "billed-by-hand"
    session: int | None = None
    how: str = Field(min_length=1)


class SelfPayAgreed(Edge):
    """The patient agrees in writing to pay further sessions. Replaces the agreement before."""

    kind: Literal["self-pay-agreed"] = "self-pay-agreed"
    signed_on: date
    amount_cents: int = Field(ge=0, description="per session, in cents")
    sessions: int = Field(ge=1, description="sessions from the day of signing on")


class ClinicChanged(Edge):
    """The clinic's settings have changed; the course reckons with the new ones."""

    kind: Literal["clinic-changed"] = "clinic-changed"
    clinic: Clinic


class Withdrawal(Edge):
    """The patient no longer wants the course."""

    kind: Literal["withdraw"] = "withdraw"
    reason: str = Field(min_length=1)


class Reopen(Edge):
    """An ended course goes on."""

    kind: Literal["reopen"] = "reopen"
    reason: str = Field(min_length=1)
    agreed_by: str = Field(description="user id of the clinician who agreed")


class Take(Edge):
    """Take a task."""

    kind: Literal["take"] = "take"


class Release(Edge):
    """Give a task back."""

    kind: Literal["release"] = "release"


class Assign(Edge):
    """Give a task to somebody."""

    kind: Literal["assign"] = "assign"
    to: str


class AttemptMade(Edge):
    """One try to reach someone about a task."""

    kind: Literal["attempt"] = "attempt"
    result: str = Field(min_length=1)
    again_on: date | None = None


class MoveDeadline(Edge):
    """Move a running deadline of ours."""

    kind: Literal["deadline"] = "deadline"
    due_on: date
    reason: str = Field(min_length=1)


class RollOver(Edge):
    """Continue in a new run now, on the current version of the code. Nothing else changes."""

    kind: Literal["roll-over"] = "roll-over"


Fact = Annotated[
    EligibilityDecision
    | Goals
    | PacketSubmitted
    | PayerChased
    | AuthorizationDecision
    | Book
    | Move
    | Cancel
    | ReadinessLook
    | NotReadyDecision
    | PreSessionCheck
    | SessionResult
    | NotGiven
    | RecordSigned
    | SafetyCall
    | AdverseEventTold
    | RedFlagReview
    | Response
    | TryAgain
    | DiaryEntered
    | MessageUndelivered
    | ReachedOtherwise
    | BillingRefused
    | BilledByHand
    | SelfPayAgreed
    | ClinicChanged
    | Withdrawal
    | Reopen
    | Take
    | Release
    | Assign
    | AttemptMade
    | MoveDeadline
    | RollOver,
    Field(discriminator="kind"),
]
"""Everything that can be asked of a course or told to it."""


class Request(Record):
    """A fact on its way to a course. The same `request_id` takes effect once, however often it is sent."""

    request_id: str
    by: Actor
    fact: Fact
    task: str | None = None  # the wait that it answers; None: the course finds it
    course_id: str | None = None  # the course it is meant for: a later course of the same patient refuses it


class Receipt(Record):
    """The course's answer to a request: the number of the event that it became."""

    request_id: str
    number: int
