"""What has happened to a course. The journal holds these; the course is their fold (`domain.course.after`)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from domain.clinic import Clinic
from domain.coverage import Authorization, AuthorizationRequest, Coverage, Decision, SelfPayAgreement
from domain.diary import Baseline
from domain.dose import Dose
from domain.eligibility import PayerVerdict, ProtocolVerdict
from domain.history import ClinicalHistory
from domain.payer import PayerPolicy
from domain.people import COURSE, Role
from domain.protocol import TreatmentProtocol
from domain.record import Record
from domain.response import ResponseCheck, ResponseEvidence
from domain.session import (
    AdverseEvent,
    Appointment,
    Clearance,
    Readiness,
    Session,
    VisitNotGiven,
    WatchEnd,
)
from domain.waits import Attempt, Wait


class Outcome(StrEnum):
    """How a course ended."""

    COMPLETED = "completed"
    DISCONTINUED = "discontinued"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    LOST = "lost_to_follow_up"
    DECEASED = "deceased"


class CourseEvent(Record):
    """A fact that has happened. Number, time, day and author are stamped when it happens."""

    number: int = 0
    at: datetime | None = None
    on: date | None = None  # the clinic's day
    by: str = COURSE
    role: Role | None = None
    request_id: str | None = None
    task: str | None = None  # the wait that it answers


class CourseStarted(CourseEvent):
    """The course begins with all it knows and the rules it goes by."""

    kind: Literal["course_started"] = "course_started"
    protocol: TreatmentProtocol
    policy: PayerPolicy | None
    clinic: Clinic
    history: ClinicalHistory
    coverage: Coverage
    clinician: str
    sample: bool = False
    earlier_course: str | None = None


class HistoryCompleted(CourseEvent):
    """What was missing or wrong at intake was told; eligibility is assessed anew."""

    kind: Literal["history_completed"] = "history_completed"
    history: ClinicalHistory
    reason: str | None = None


class EligibilityAssessed(CourseEvent):
    """The two verdicts, each with its findings."""

    kind: Literal["eligibility_assessed"] = "eligibility_assessed"
    protocol_verdict: ProtocolVerdict
    payer_verdict: PayerVerdict | None


class EligibilitySettled(CourseEvent):
    """The course may go on: eligible, or a clinician's decision with its reason."""

    kind: Literal["eligibility_settled"] = "eligibility_settled"
    reason: str | None = None


class GoalsSet(CourseEvent):
    """Goals and consent are recorded, and the first dose is planned."""

    kind: Literal["goals_set"] = "goals_set"
    goals: tuple[str, ...]
    consent_signed_on: date
    dose: Dose


class AuthorizationRequested(CourseEvent):
    """A request to the payer is to be submitted."""

    kind: Literal["authorization_requested"] = "authorization_requested"
    request: AuthorizationRequest


class PacketSubmitted(CourseEvent):
    """The request has gone to the payer."""

    kind: Literal["packet_submitted"] = "packet_submitted"
    request: int
    submitted_on: date
    reference: str | None
    answer_due_on: date


class PayerChased(CourseEvent):
    """The payer was asked; `due` is when the course asks again."""

    kind: Literal["payer_chased"] = "payer_chased"
    request: int
    result: str
    again_on: date
    due: datetime


class AuthorizationDecided(CourseEvent):
    """The payer's decision."""

    kind: Literal["authorization_decided"] = "authorization_decided"
    request: int
    decision: Decision
    authorization: Authorization | None
    reason: str | None = None


class AuthorizationExpired(CourseEvent):
    """The last covered day has passed. Nobody tells us: it is our own timer."""

    kind: Literal["authorization_expired"] = "authorization_expired"
    request: int


class SelfPayAgreed(CourseEvent):
    """The patient agreed in writing to pay further sessions."""

    kind: Literal["self_pay_agreed"] = "self_pay_agreed"
    agreement: SelfPayAgreement


class ClinicChanged(CourseEvent):
    """The clinic's settings have changed."""

    kind: Literal["clinic_changed"] = "clinic_changed"
    clinic: Clinic


class AppointmentBooked(CourseEvent):
    """A time is booked."""

    kind: Literal["appointment_booked"] = "appointment_booked"
    appointment: Appointment


class AppointmentConfirmed(CourseEvent):
    """Coverage, drug and response check allow it: the patient may count on it."""

    kind: Literal["appointment_confirmed"] = "appointment_confirmed"
    appointment: int


class AppointmentMoved(CourseEvent):
    """The session has another time; the old one is free again."""

    kind: Literal["appointment_moved"] = "appointment_moved"
    from_appointment: int
    appointment: Appointment
    reason: str


class MoveAsked(CourseEvent):
    """Somebody wants another time; scheduling is asked for it."""

    kind: Literal["move_asked"] = "move_asked"
    starts_at: datetime
    injector: str | None
    reason: str


class MoveRefused(CourseEvent):
    """Scheduling has no such time; the appointment stays as it was."""

    kind: Literal["move_refused"] = "move_refused"
    reason: str


class BookingAsked(CourseEvent):
    """Somebody names the time that scheduling is to book."""

    kind: Literal["booking_asked"] = "booking_asked"
    starts_at: datetime
    injector: str | None


class BookingRefused(CourseEvent):
    """Scheduling cannot book; a person must find a time."""

    kind: Literal["booking_refused"] = "booking_refused"
    reason: str


class AppointmentCancelled(CourseEvent):
    """The appointment is given up."""

    kind: Literal["appointment_cancelled"] = "appointment_cancelled"
    appointment: int
    reason: str
    not_before: date | None = None


class AppointmentSettled(CourseEvent):
    """Scheduling knows what became of an appointment."""

    kind: Literal["appointment_settled"] = "appointment_settled"
    appointment_id: str


class ReadinessLooked(CourseEvent):
    """Operations looked before the session."""

    kind: Literal["readiness_looked"] = "readiness_looked"
    readiness: Readiness


class KeptUnready(CourseEvent):
    """The appointment stays although something is missing."""

    kind: Literal["kept_unready"] = "kept_unready"
    appointment: int
    missing: tuple[str, ...]
    reason: str


class SessionCleared(CourseEvent):
    """The clinician's yes on the day."""

    kind: Literal["session_cleared"] = "session_cleared"
    clearance: Clearance


class SessionGiven(CourseEvent):
    """Drug was given."""

    kind: Literal["session_given"] = "session_given"
    session: Session


class SessionNotGiven(CourseEvent):
    """The visit gave no drug and takes no number."""

    kind: Literal["session_not_given"] = "session_not_given"
    visit: VisitNotGiven


class BaselineFrozen(CourseEvent):
    """The counts before treatment, which do not move any more. None: there are none."""

    kind: Literal["baseline_frozen"] = "baseline_frozen"
    baseline: Baseline | None


class RecordSigned(CourseEvent):
    """The injector signed the record of a session."""

    kind: Literal["record_signed"] = "record_signed"
    session: int


class ClaimOpened(CourseEvent):
    """The session's claim or invoice has been handed to billing."""

    kind: Literal["claim_opened"] = "claim_opened"
    session: int
    claim_id: str


class BillingImpossible(CourseEvent):
    """No claim can be made for a session, with the reason."""

    kind: Literal["billing_impossible"] = "billing_impossible"
    session: int
    reason: str


class BilledByHand(CourseEvent):
    """Somebody billed the session, or settled that it is not billed."""

    kind: Literal["billed_by_hand"] = "billed_by_hand"
    session: int
    how: str


class SafetyWatchEnded(CourseEvent):
    """The safety watch of one session is over."""

    kind: Literal["safety_watch_ended"] = "safety_watch_ended"
    session: int
    how: WatchEnd
    note: str = ""


class AdverseEventRecorded(CourseEvent):
    """Something happened to the patient."""

    kind: Literal["adverse_event_recorded"] = "adverse_event_recorded"
    adverse_event: AdverseEvent
    ends_watch_of: int | None = None  # the session whose safety call told it


class RedFlagReviewed(CourseEvent):
    """A clinician looked at a red flag."""

    kind: Literal["red_flag_reviewed"] = "red_flag_reviewed"
    adverse_event: int
    lift: bool
    note: str


class EvidenceGathered(CourseEvent):
    """The evidence of an open response check as of now."""

    kind: Literal["evidence_gathered"] = "evidence_gathered"
    evidence: ResponseEvidence


class ResponseAnswered(CourseEvent):
    """A clinician answered the response check."""

    kind: Literal["response_answered"] = "response_answered"
    check: ResponseCheck


class DiaryEntered(CourseEvent):
    """Days were entered into the diary while a response check was open."""

    kind: Literal["diary_entered"] = "diary_entered"
    first_on: date
    last_on: date
    days: int


class MessageUndelivered(CourseEvent):
    """A message did not reach the patient, or nobody knows whether it did."""

    kind: Literal["message_undelivered"] = "message_undelivered"
    key: str
    message: str
    status: str


class ReachedOtherwise(CourseEvent):
    """The patient was told in another way."""

    kind: Literal["reached_otherwise"] = "reached_otherwise"
    how: str


class CourseEnded(CourseEvent):
    """The course is over, with its outcome and coded reason."""

    kind: Literal["course_ended"] = "course_ended"
    outcome: Outcome
    reason: str
    note: str | None = None


class CourseReopened(CourseEvent):
    """The course goes on after all."""

    kind: Literal["course_reopened"] = "course_reopened"
    reason: str
    agreed_by: str


class CourseClosed(CourseEvent):
    """Nothing is left to do; the course can no longer be reopened."""

    kind: Literal["course_closed"] = "course_closed"


class WaitOpened(CourseEvent):
    """The course begins to wait for something."""

    kind: Literal["wait_opened"] = "wait_opened"
    wait: Wait


class WaitRaised(CourseEvent):
    """A wait's due time has passed and it goes on."""

    kind: Literal["wait_raised"] = "wait_raised"
    wait: str
    look_at: datetime


class WaitClosed(CourseEvent):
    """A wait is over without an answer of its own."""

    kind: Literal["wait_closed"] = "wait_closed"
    wait: str
    why: Literal["due", "moot", "ended"]


class TaskTaken(CourseEvent):
    """Somebody does a task."""

    kind: Literal["task_taken"] = "task_taken"
    wait: str
    owner: str


class TaskReleased(CourseEvent):
    """Nobody in particular does the task."""

    kind: Literal["task_released"] = "task_released"
    wait: str


class TaskAttempted(CourseEvent):
    """A try to reach someone."""

    kind: Literal["task_attempted"] = "task_attempted"
    wait: str
    attempt: Attempt


class DeadlineMoved(CourseEvent):
    """A deadline of ours was moved."""

    kind: Literal["deadline_moved"] = "deadline_moved"
    wait: str
    due: datetime
    reason: str


class TriedAgain(CourseEvent):
    """Somebody wants an outside system tried again now."""

    kind: Literal["tried_again"] = "tried_again"
    wait: str


class RollOverAsked(CourseEvent):
    """Somebody wants the course to go on in a new run."""

    kind: Literal["roll_over_asked"] = "roll_over_asked"


AnyEvent: TypeAlias = (
    CourseStarted
    | HistoryCompleted
    | EligibilityAssessed
    | EligibilitySettled
    | GoalsSet
    | AuthorizationRequested
    | PacketSubmitted
    | PayerChased
    | AuthorizationDecided
    | AuthorizationExpired
    | SelfPayAgreed
    | ClinicChanged
    | AppointmentBooked
    | AppointmentConfirmed
    | AppointmentMoved
    | MoveAsked
    | MoveRefused
    | BookingAsked
    | BookingRefused
    | AppointmentCancelled
    | AppointmentSettled
    | ReadinessLooked
    | KeptUnready
    | SessionCleared
    | SessionGiven
    | SessionNotGiven
    | BaselineFrozen
    | RecordSigned
    | ClaimOpened
    | BillingImpossible
    | BilledByHand
    | SafetyWatchEnded
    | AdverseEventRecorded
    | RedFlagReviewed
    | EvidenceGathered
    | ResponseAnswered
    | DiaryEntered
    | MessageUndelivered
    | ReachedOtherwise
    | CourseEnded
    | CourseReopened
    | CourseClosed
    | WaitOpened
    | WaitRaised
    | WaitClosed
    | TaskTaken
    | TaskReleased
    | TaskAttempted
    | DeadlineMoved
    | TriedAgain
    | RollOverAsked
)


class UnknownEvent(CourseEvent):
    """An event of a newer version, kept as it is."""

    kind: str


_KNOWN: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="kind")])
_KINDS = {cls.model_fields["kind"].default for cls in AnyEvent.__args__}


def parse_event(data: dict[str, Any]) -> AnyEvent | UnknownEvent:
    """Return the event that a journal row holds; of a kind not known here, as it is."""
    if data.get("kind") in _KINDS:
        return _KNOWN.validate_python(data)
    return UnknownEvent.model_validate(data)
