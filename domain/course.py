"""The course: the fold of its events. `after` is the only way to change it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from domain import events as e
from domain.clinic import Clinic
from domain.clinic_time import clinic_day
from domain.coverage import Authorization, AuthorizationRequest, Coverage, CoverageKind, Decision
from domain.diary import Baseline
from domain.dose import Dose
from domain.eligibility import PayerVerdict, ProtocolVerdict
from domain.facts import Receipt
from domain.history import ClinicalHistory
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.record import Record
from domain.response import ResponseAnswer, ResponseCheck, ResponseEvidence, Verdict
from domain.session import (
    AdverseEvent,
    Appointment,
    AppointmentStatus,
    Clearance,
    NotGivenReason,
    Readiness,
    Session,
    Unsettled,
    VisitNotGiven,
    WatchEnd,
)
from domain.waits import KINDS, Wait, WaitKind, wait_id

LEDGER = 200
"""Receipts kept in the record. Older doubles are answered from the journal, which keeps every request id."""


class Phase(StrEnum):
    """Where a course stands; what runs beside is in its waits."""

    ADMISSION = "admission"
    PREPARING = "preparing"
    CLINIC_DAY = "clinic_day"
    HELD = "held"
    ENDED = "ended"


class Ending(Record):
    """How and when the course ended."""

    outcome: e.Outcome
    reason: str
    on: date
    at: datetime


class EndingDue(Record):
    """An answer has decided that the course ends; the course ends with its next breath."""

    outcome: e.Outcome
    reason: str
    note: str | None = None


class Wish(Record):
    """A time that somebody asked for, until scheduling has answered."""

    starts_at: datetime
    injector: str | None = None
    reason: str | None = None


class Course(Record):
    """All that a course is. Crosses every roll-over as one record."""

    schema_version: int = 1
    course_id: str
    patient_id: str
    number: int = 0  # of its last event
    started_on: date
    protocol: TreatmentProtocol
    policy: PayerPolicy | None
    clinic: Clinic
    clinician: str
    sample: bool = False
    earlier_course: str | None = None

    history: ClinicalHistory
    protocol_verdict: ProtocolVerdict | None = None
    payer_verdict: PayerVerdict | None = None
    eligibility_settled_on: date | None = None
    goals: tuple[str, ...] = ()
    consent_signed_on: date | None = None
    planned_dose: Dose | None = None

    coverage: Coverage
    requests: tuple[AuthorizationRequest, ...] = ()
    authorizations: tuple[Authorization, ...] = ()

    appointment: Appointment | None = None
    appointments_made: int = 0
    booking_wish: Wish | None = None
    booking_refused: str | None = None
    move_wish: Wish | None = None
    look_from: date | None = None  # do not look for a time before this day
    readiness: Readiness | None = None
    kept_unready: int | None = None  # the appointment kept although something was missing
    clearance: Clearance | None = None
    visits_not_given: tuple[VisitNotGiven, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()

    sessions: tuple[Session, ...] = ()
    baseline: Baseline | None = None
    baseline_frozen_on: date | None = None
    evidence: ResponseEvidence | None = None  # of the open response check
    evidence_is_stale: bool = False
    diary_told: int = 0  # the event by which diary days were last told
    checks: tuple[ResponseCheck, ...] = ()
    adverse_events: tuple[AdverseEvent, ...] = ()
    billing_impossible: tuple[int, ...] = ()  # sessions that a person must bill
    billed_by_hand: tuple[int, ...] = ()
    undelivered: tuple[str, ...] = ()  # kinds of messages that the patient may not have got

    waits: tuple[Wait, ...] = ()
    ledger: tuple[Receipt, ...] = ()
    ending_due: EndingDue | None = None
    ending: Ending | None = None
    endings_before: tuple[Ending, ...] = ()
    closed_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether the course goes on."""
        return self.ending is None

    @property
    def next_session(self) -> int:
        """Return the number that the next session given will have."""
        return len(self.sessions) + 1

    @property
    def last_session(self) -> Session | None:
        """Return the last session given in this course."""
        return self.sessions[-1] if self.sessions else None

    @property
    def doses_on(self) -> tuple[date, ...]:
        """Return the days of all doses known, here or elsewhere, oldest first."""
        elsewhere = (dose.given_on for dose in self.history.earlier_doses)
        return tuple(sorted((*elsewhere, *(session.given_on for session in self.sessions))))

    @property
    def open_request(self) -> AuthorizationRequest | None:
        """Return the request that the payer has not answered yet."""
        return next((request for request in self.requests if request.is_open), None)

    @property
    def red_flags(self) -> tuple[AdverseEvent, ...]:
        """Return the adverse events that stop clearance."""
        return tuple(event for event in self.adverse_events if event.stops)

    @property
    def needs_authorization(self) -> bool:
        """Whether a payer must agree first."""
        return self.coverage.kind is CoverageKind.AUTHORIZATION

    @property
    def to_bill_by_hand(self) -> tuple[int, ...]:
        """Return the sessions that only a person can bill and nobody has billed yet."""
        return tuple(number for number in self.billing_impossible if number not in self.billed_by_hand)

    @property
    def phase(self) -> Phase:
        """Return where the course stands."""
        if not self.is_open:
            return Phase.ENDED
        on_the_day = (WaitKind.CLEARANCE, WaitKind.SESSION_RESULT)
        if any(wait.kind in on_the_day for wait in self.waits):
            return Phase.CLINIC_DAY
        if not self.goals or (self.needs_authorization and not self.authorizations):
            return Phase.ADMISSION
        return Phase.PREPARING

    def wait(self, identity: str) -> Wait | None:
        """Return the open wait with this id."""
        return next((wait for wait in self.waits if wait.id == identity), None)

    def waits_of(self, kind: WaitKind) -> tuple[Wait, ...]:
        """Return the open waits of one kind."""
        return tuple(wait for wait in self.waits if wait.kind is kind)

    def receipt(self, request_id: str) -> Receipt | None:
        """Return the answer that this request got before."""
        return next((receipt for receipt in self.ledger if receipt.request_id == request_id), None)

    def session(self, number: int) -> Session | None:
        """Return the session with this number."""
        return next((session for session in self.sessions if session.number == number), None)

    def request(self, number: int) -> AuthorizationRequest | None:
        """Return the authorization request with this number."""
        return next((request for request in self.requests if request.number == number), None)

    def check_after(self, session: int) -> ResponseCheck | None:
        """Return the last answer to the response check after this session."""
        return next((check for check in reversed(self.checks) if check.session == session), None)


def born(event: e.CourseStarted, *, course_id: str, patient_id: str) -> Course:
    """Return the course whose first event is `event`. Ids are no part of the fold: they never change."""
    assert event.on is not None, "an event is stamped before it happens"
    return Course(
        course_id=course_id,
        patient_id=patient_id,
        started_on=event.on,
        protocol=event.protocol,
        policy=event.policy,
        clinic=event.clinic,
        clinician=event.clinician,
        sample=event.sample,
        earlier_course=event.earlier_course,
        history=event.history,
        coverage=event.coverage,
        number=event.number,
        ledger=_receipts((), event),
    )


def fold(events: list[e.AnyEvent | e.UnknownEvent], *, course_id: str, patient_id: str) -> Course:
    """Return the course that these events make, oldest first; the first is `course_started`."""
    first, *rest = events
    assert isinstance(first, e.CourseStarted), "a journal begins with course_started"
    course = born(first, course_id=course_id, patient_id=patient_id)
    for event in rest:
        course = after(course, event)
    return course


def after(course: Course, event: e.CourseEvent) -> Course:
    """Return the course after `event` has happened. The read model is the same fold."""
    assert event.number == course.number + 1, f"event {event.number} after {course.number}"
    changes: dict[str, Any] = {"waits": tuple(wait for wait in course.waits if wait.id != event.task)}
    changed = course.model_copy(update=changes)
    changes |= _changes(changed, event)
    return course.model_copy(
        update=changes | {"number": event.number, "ledger": _receipts(course.ledger, event)},
    )


def _receipts(ledger: tuple[Receipt, ...], event: e.CourseEvent) -> tuple[Receipt, ...]:
    if event.request_id is None:
        return ledger
    return (*ledger, Receipt(request_id=event.request_id, number=event.number))[-LEDGER:]


def _changes(course: Course, event: e.CourseEvent) -> dict[str, Any]:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one table, a row per kind of event
    on, at = event.on, event.at
    match event:
        case e.HistoryCompleted():
            return {"history": event.history, "protocol_verdict": None, "payer_verdict": None}
        case e.EligibilityAssessed():
            return {"protocol_verdict": event.protocol_verdict, "payer_verdict": event.payer_verdict}
        case e.EligibilitySettled():
            return {"eligibility_settled_on": on}
        case e.GoalsSet():
            return {"goals": event.goals, "consent_signed_on": event.consent_signed_on, "planned_dose": event.dose}
        case e.AuthorizationRequested():
            return {"requests": (*course.requests, event.request)}
        case e.PacketSubmitted():
            told = event.model_dump(include={"submitted_on", "reference", "answer_due_on"})
            return {"requests": _with(course.requests, event.request, **told)}
        case e.PayerChased():
            payer_answer = wait_id(WaitKind.PAYER_ANSWER, f"request-{event.request}")
            return {
                "requests": _with(course.requests, event.request, answer_due_on=event.again_on),
                "waits": _with(course.waits, payer_answer, due=event.due, look_at=event.due),
            }
        case e.AuthorizationDecided():
            return _decided(course, event)
        case e.AuthorizationExpired():
            return {"authorizations": _with(course.authorizations, event.request, expired_on=on)}
        case e.SelfPayAgreed():
            return {"coverage": course.coverage.model_copy(update={"self_pay": event.agreement})}
        case e.ClinicChanged():
            return {"clinic": event.clinic}
        case e.AppointmentBooked() | e.AppointmentMoved():
            made = {"appointment": event.appointment, "appointments_made": course.appointments_made + 1}
            return _no_appointment(course) | made
        case e.AppointmentConfirmed():
            assert course.appointment is not None
            return {"appointment": course.appointment.model_copy(update={"status": AppointmentStatus.CONFIRMED})}
        case e.AppointmentCancelled():
            return _no_appointment(course, "cancelled", event.reason) | {"look_from": event.not_before}
        case e.AppointmentSettled():
            left = (one for one in course.unsettled if one.appointment_id != event.appointment_id)
            return {"unsettled": tuple(left)}
        case e.BookingAsked():
            return {"booking_wish": Wish(starts_at=event.starts_at, injector=event.injector), "booking_refused": None}
        case e.BookingRefused():
            return {"booking_wish": None, "booking_refused": event.reason}
        case e.MoveAsked():
            return {"move_wish": Wish(starts_at=event.starts_at, injector=event.injector, reason=event.reason)}
        case e.MoveRefused():
            return {"move_wish": None}
        case e.ReadinessLooked():
            return {"readiness": event.readiness}
        case e.KeptUnready():
            return {"kept_unready": event.appointment}
        case e.SessionCleared():
            return {"clearance": event.clearance}
        case e.SessionGiven():
            given = {"sessions": (*course.sessions, event.session), "evidence": None, "evidence_is_stale": False}
            return _no_appointment(course, "fulfilled") | given
        case e.SessionNotGiven():
            to = "noshow" if event.visit.reason is NotGivenReason.NO_SHOW else "cancelled"
            missed = {"visits_not_given": (*course.visits_not_given, event.visit), "look_from": _day_after(course)}
            return _no_appointment(course, to, event.visit.reason) | missed
        case e.BaselineFrozen():
            return {"baseline": event.baseline, "baseline_frozen_on": on}
        case e.RecordSigned():
            return {"sessions": _with(course.sessions, event.session, signed_by=event.by, signed_on=on)}
        case e.ClaimOpened():
            return {"sessions": _with(course.sessions, event.session, claim_id=event.claim_id)}
        case e.BillingImpossible():
            return {"billing_impossible": (*course.billing_impossible, event.session)}
        case e.BilledByHand():
            return {"billed_by_hand": (*course.billed_by_hand, event.session)}
        case e.SafetyWatchEnded():
            return {"sessions": _with(course.sessions, event.session, watch_ended=event.how)}
        case e.AdverseEventRecorded():
            told = {"adverse_events": (*course.adverse_events, event.adverse_event)}
            if event.ends_watch_of is not None:
                told["sessions"] = _with(course.sessions, event.ends_watch_of, watch_ended=WatchEnd.REACHED)
            return told
        case e.RedFlagReviewed():
            seen = {"reviewed_by": event.by, "reviewed_on": on, "lifted": event.lift}
            return {"adverse_events": _with(course.adverse_events, event.adverse_event, **seen)}
        case e.EvidenceGathered():
            return {"evidence": event.evidence, "evidence_is_stale": False}
        case e.DiaryEntered():
            return {"evidence_is_stale": course.evidence is not None, "diary_told": event.number}
        case e.ResponseAnswered():
            check = event.check
            return {
                "checks": (*course.checks, check),
                "evidence": None,
                "planned_dose": check.next_dose or course.planned_dose,
                "ending_due": _discontinued(check) if check.answer is ResponseAnswer.DISCONTINUE else None,
            }
        case e.MessageUndelivered():
            return {"undelivered": (*course.undelivered, event.message)}
        case e.ReachedOtherwise():
            return {"undelivered": ()}
        case e.CourseEnded():
            assert on is not None
            assert at is not None
            ending = Ending(outcome=event.outcome, reason=event.reason, on=on, at=at)
            going_on = tuple(wait for wait in course.waits if KINDS[wait.kind].outlives_end)
            return _no_appointment(course, "cancelled", "course ended") | {
                "ending": ending,
                "ending_due": None,
                "waits": going_on,
                "evidence": None,
            }
        case e.CourseReopened():
            assert course.ending is not None
            return {"ending": None, "endings_before": (*course.endings_before, course.ending)}
        case e.CourseClosed():
            return {"closed_on": on}
        case e.WaitOpened():
            return {"waits": (*course.waits, event.wait)}
        case e.WaitRaised():
            raised = course.wait(event.wait)
            times = raised.raised + 1 if raised else 1
            return {"waits": _with(course.waits, event.wait, look_at=event.look_at, raised=times)}
        case e.WaitClosed():
            return {"waits": tuple(wait for wait in course.waits if wait.id != event.wait)}
        case e.TaskTaken():
            return {"waits": _with(course.waits, event.wait, owner=event.owner)}
        case e.TaskReleased():
            return {"waits": _with(course.waits, event.wait, owner=None)}
        case e.TaskAttempted():
            tried = course.wait(event.wait)
            attempts = (*tried.attempts, event.attempt) if tried else (event.attempt,)
            return {"waits": _with(course.waits, event.wait, attempts=attempts)}
        case e.DeadlineMoved():
            return {"waits": _with(course.waits, event.wait, due=event.due, look_at=event.due)}
        case e.TriedAgain():
            return {"waits": tuple(wait for wait in course.waits if wait.id != event.wait)}
        case _:  # asked or tried only; or a kind of a newer version, kept in the journal
            return {}


def _day_after(course: Course) -> date | None:
    """Return the day after the appointment: the time that the patient gave up is not to be found again."""
    if course.appointment is None:
        return None
    return clinic_day(course.appointment.starts_at, course.clinic.zone) + timedelta(days=1)


def _no_appointment(course: Course, to: str | None = None, reason: str = "") -> dict[str, Any]:
    """Return the changes that leave no appointment and nothing that hung on it; scheduling is still to be told `to`."""
    gone = ("appointment", "booking_wish", "booking_refused", "move_wish", "look_from", "readiness", "kept_unready")
    changes: dict[str, Any] = dict.fromkeys((*gone, "clearance"))
    changes["waits"] = tuple(wait for wait in course.waits if not KINDS[wait.kind].of_visit)
    if course.appointment is not None and to is not None:
        told = Unsettled.model_validate({"appointment_id": course.appointment.id, "to": to, "reason": reason})
        changes["unsettled"] = (*course.unsettled, told)
    return changes


def _decided(course: Course, event: e.AuthorizationDecided) -> dict[str, Any]:
    told = {"decided_on": event.on, "decision": event.decision, "denial_reason": event.reason}
    changes: dict[str, Any] = {"requests": _with(course.requests, event.request, **told)}
    if event.decision is Decision.APPROVED:
        return changes | {"authorizations": (*course.authorizations, event.authorization)}
    outcome = e.Outcome.DISCONTINUED if course.sessions else e.Outcome.DECLINED
    return changes | {"ending_due": EndingDue(outcome=outcome, reason="authorization_denied", note=event.reason)}


def _discontinued(check: ResponseCheck) -> EndingDue:
    reason = "clinicians_decision" if check.evidence.verdict is Verdict.RESPONSE else "no_response"
    return EndingDue(outcome=e.Outcome.DISCONTINUED, reason=reason, note=check.reason)


def _with(rows: tuple[Any, ...], key: int | str, **changes: Any) -> tuple[Any, ...]:
    """Return `rows` with `changes` made to the one with this number, request or id."""
    return tuple(row.model_copy(update=changes) if _key(row) == key else row for row in rows)


def _key(row: Any) -> int | str:
    """Return what names a row: an authorization by its request, a wait by its id, all others by number."""
    if isinstance(row, Authorization):
        return row.request
    return row.id if isinstance(row, Wait) else row.number


def days_since(course: Course, today: date) -> int | None:
    """Return the days since the last dose known, here or elsewhere."""
    doses = [day for day in course.doses_on if day <= today]
    return (today - doses[-1]).days if doses else None


def reopening_ends(course: Course) -> datetime:
    """Return until when the ended course can be reopened."""
    assert course.ending is not None, "only an ended course is reopened"
    return course.ending.at + timedelta(days=course.protocol.end.reopen_days.value)


class Begin(Record):
    """What a new course begins with."""

    course_id: str
    patient_id: str
    started: e.CourseStarted


class CourseInput(Record):
    """What a run of the course's workflow is given: a beginning, or the course as the run before left it."""

    begin: Begin | None = None
    course: Course | None = None
