"""What has happened to a course, in plain words: one sentence for every kind of event. For screens, never for rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, get_args

from domain import events as e
from domain.clinic_time import clinic_clock
from domain.coverage import Coverage, CoverageKind, Decision
from domain.dose import Dose
from domain.session import Appointment, Session
from domain.waits import KINDS, Wait, WaitKind


def story_of(event: e.CourseEvent, *, zone: str) -> str:
    """Return the sentence for one event, without who and when: those stand beside it. Times are the clinic's."""
    tell = SENTENCES.get(type(event))
    if tell is None:
        return f"{getattr(event, 'kind', 'something')}: told by a newer version of Regimen"
    return tell(event, zone)


def in_words(code: str) -> str:
    """Return a coded value as words: `patients_wish` is patients wish."""
    return code.replace("_", " ").replace("-", " ")


def day_in_words(on: date) -> str:
    """Return a day as people write it, unmistakable in any country."""
    return f"{on:%d %b %Y}"


def time_in_words(at: datetime, zone: str) -> str:
    """Return an instant as the clinic's clock shows it."""
    return f"{clinic_clock(at, zone):%a %d %b %Y %H:%M}"


def payment_in_words(coverage: Coverage) -> str:
    """Return who pays, in a few words."""
    match coverage.kind:
        case CoverageKind.SELF_PAY:
            return "the patient pays"
        case CoverageKind.NOT_NEEDED:
            return f"{coverage.payer_id} pays, no authorization needed"
        case CoverageKind.AUTHORIZATION:
            return f"{coverage.payer_id} pays, with its authorization"


def dose_in_words(dose: Dose) -> str:
    """Return units and sites."""
    return f"{dose.units} units in {dose.sites} sites"


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _of_wait(identity: str) -> str:
    """Return the title of a wait by its id, with what it is about."""
    kind, _, subject = identity.partition(":")
    title = KINDS[WaitKind(kind)].title if kind in set(WaitKind) else kind
    return f"{title} ({in_words(subject)})"


def _started(event: e.CourseStarted, _: str) -> str:
    again = ", again after an earlier course" if event.earlier_course else ""
    return f"The course began: {event.protocol.title}, version {event.protocol.version}; {payment_in_words(event.coverage)}{again}"


def _assessed(event: e.EligibilityAssessed, _: str) -> str:
    said = f"Eligibility by the protocol: {in_words(event.protocol_verdict.verdict)}"
    open_ones = [finding.said for finding in event.protocol_verdict.findings if not finding.met]
    if open_ones:
        said += f" ({' '.join(open_ones)})"
    if event.payer_verdict is not None:
        said += "; the payer's criteria are " + ("met" if event.payer_verdict.met else "not met")
        said += _because(" ".join(event.payer_verdict.missing))
    return said


def _goals(event: e.GoalsSet, _: str) -> str:
    return (
        f"Goals were set: {'; '.join(event.goals)}; consent of {day_in_words(event.consent_signed_on)}; "
        f"planned dose {dose_in_words(event.dose)}"
    )


def _requested(event: e.AuthorizationRequested, _: str) -> str:
    asked = event.request
    return (
        f"Authorization request {asked.number} ({asked.purpose}) is to be sent: {asked.sessions} sessions "
        f"of {asked.units_per_session} units, from session {asked.for_session} on"
    )


def _submitted(event: e.PacketSubmitted, _: str) -> str:
    reference = f", reference {event.reference}" if event.reference else ""
    due = day_in_words(event.answer_due_on)
    return f"Request {event.request} went to the payer on {day_in_words(event.submitted_on)}{reference}; an answer is due by {due}"


def _decided(event: e.AuthorizationDecided, _: str) -> str:
    granted = event.authorization
    if event.decision is Decision.DENIED or granted is None:
        return f"The payer denied request {event.request}{_because(event.reason)}"
    units = next((f", {line.quantity} units" for line in granted.lines[1:]), "")
    window = f"{day_in_words(granted.from_on)} to {day_in_words(granted.until_on)}"
    return f"The payer approved request {event.request}: number {granted.number}, {window}, {granted.sessions} sessions{units}"


def _appointment(appointment: Appointment, zone: str) -> str:
    return f"{time_in_words(appointment.starts_at, zone)} with {appointment.injector}, room {appointment.room}"


def _given(session: Session, zone: str) -> str:
    part = " in part" if session.in_part else ""
    vials = ", ".join(f"{vial.size_units} units of lot {vial.lot}" for vial in session.vials)
    reactions = f"; reactions: {', '.join(session.reactions)}" if session.reactions else ""
    return (
        f"Session {session.number} was given{part} by {session.injector} at {time_in_words(session.given_at, zone)}: "
        f"{dose_in_words(session.dose)}; opened {vials}; wasted {session.wasted_units}{reactions}"
    )


def _not_given(event: e.SessionNotGiven, _: str) -> str:
    visit = event.visit
    return f"Session {visit.for_session} was not given on {day_in_words(visit.on)}: {in_words(visit.reason)}{_because(visit.note)}"


def _baseline(event: e.BaselineFrozen, _: str) -> str:
    if event.baseline is None:
        return "There are no counts from before treatment"
    one = event.baseline
    return (
        f"The counts before treatment stand: {one.headache_days} headache and {one.migraine_days} migraine days "
        f"in {one.period_days} days ({in_words(one.source)})"
    )


def _adverse(event: e.AdverseEventRecorded, _: str) -> str:
    told = event.adverse_event
    flags = f"; RED FLAG: {', '.join(in_words(flag) for flag in told.red_flags)}" if told.red_flags else ""
    return f"Adverse event {told.number}{_because(told.note)}{flags}"


def _reviewed(event: e.RedFlagReviewed, _: str) -> str:
    verdict = "and lifted the stop" if event.lift else "and keeps the stop"
    return f"A clinician looked at adverse event {event.adverse_event} {verdict}: {event.note}"


def _evidence(event: e.EvidenceGathered, _: str) -> str:
    one = event.evidence
    return f"The evidence after session {one.session} was put together: {one.verdict_reason}; advised: {one.recommendation_reason}"


def _answered(event: e.ResponseAnswered, _: str) -> str:
    check = event.check
    said = f"The response check after session {check.session} was answered: {in_words(check.answer)}"
    if check.ask_again_on is not None:
        said += f" on {day_in_words(check.ask_again_on)}"
    return f"{said} (the rule said {in_words(check.evidence.verdict)}){_because(check.reason)}"


def _opened(event: e.WaitOpened, zone: str) -> str:
    return f"Waits now: {_subject(event.wait)}, until {time_in_words(event.wait.due, zone)}"


def _subject(wait: Wait) -> str:
    return f"{KINDS[wait.kind].title} ({in_words(wait.subject)})"


def _closed(event: e.WaitClosed, _: str) -> str:
    why = {"due": "its day has come", "moot": "it is no longer needed", "ended": "its time is over, unanswered"}
    return f"No longer waits: {_of_wait(event.wait)}; {why[event.why]}"


def _attempt(event: e.TaskAttempted, _: str) -> str:
    again = f"; again on {day_in_words(event.attempt.again_on)}" if event.attempt.again_on else ""
    return f"Tried: {_of_wait(event.wait)}: {event.attempt.result}{again}"


def _ended(event: e.CourseEnded, _: str) -> str:
    return f"The course ended: {in_words(event.outcome)}, {in_words(event.reason)}{_because(event.note)}"


def _cancelled(event: e.AppointmentCancelled, _: str) -> str:
    later = f"; not before {day_in_words(event.not_before)}" if event.not_before else ""
    return f"The appointment was cancelled: {event.reason}{later}"


def _diary(event: e.DiaryEntered, _: str) -> str:
    days = f"{event.days} diary day{'s' if event.days != 1 else ''}"
    return f"{days} came in, {day_in_words(event.first_on)} to {day_in_words(event.last_on)}"


Tell = Callable[[Any, str], str]

SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.CourseStarted: _started,
    e.HistoryCompleted: lambda event, _: f"What was missing at intake was told{_because(event.reason)}",
    e.EligibilityAssessed: _assessed,
    e.EligibilitySettled: lambda event, _: f"Eligibility is settled{_because(event.reason)}",
    e.GoalsSet: _goals,
    e.AuthorizationRequested: _requested,
    e.PacketSubmitted: _submitted,
    e.PayerChased: lambda event, _: f"The payer was asked: {event.result}; again on {day_in_words(event.again_on)}",
    e.AuthorizationDecided: _decided,
    e.AuthorizationExpired: lambda event, _: f"The authorization of request {event.request} has ended",
    e.SelfPayAgreed: lambda event, _: (
        f"The patient agreed in writing on {day_in_words(event.agreement.signed_on)} to pay "
        f"{event.agreement.sessions} sessions"
    ),
    e.ClinicChanged: lambda *_: "The clinic's settings have changed",
    e.AppointmentBooked: lambda event, zone: (
        f"Session {event.appointment.for_session} is booked for {_appointment(event.appointment, zone)}, tentatively"
    ),
    e.AppointmentConfirmed: lambda *_: "The appointment is confirmed",
    e.AppointmentMoved: lambda event, zone: (
        f"The session moved to {_appointment(event.appointment, zone)}{_because(event.reason)}"
    ),
    e.MoveAsked: lambda event, zone: (
        f"Asked to move the session to {time_in_words(event.starts_at, zone)}: {event.reason}"
    ),
    e.MoveRefused: lambda event, _: f"The session could not be moved: {event.reason}",
    e.BookingAsked: lambda event, zone: f"Asked to book {time_in_words(event.starts_at, zone)}",
    e.BookingRefused: lambda event, _: f"No time could be booked: {event.reason}",
    e.AppointmentCancelled: _cancelled,
    e.AppointmentSettled: lambda *_: "Scheduling knows what became of the appointment",
    e.ReadinessLooked: lambda event, _: f"The drug is {'there' if event.readiness.drug_on_hand else 'NOT there'}",
    e.KeptUnready: lambda event, _: (
        f"The appointment is kept although {', '.join(event.missing) or 'something'} is missing: {event.reason}"
    ),
    e.SessionCleared: lambda event, _: (
        f"The session of {day_in_words(event.clearance.cleared_on)} was cleared"
        + "".join(f"; {in_words(item)}: {why}" for item, why in event.clearance.overrides.items())
    ),
    e.SessionGiven: lambda event, zone: _given(event.session, zone),
    e.SessionNotGiven: _not_given,
    e.BaselineFrozen: _baseline,
    e.RecordSigned: lambda event, _: f"The record of session {event.session} was signed",
    e.ClaimOpened: lambda event, _: f"Session {event.session} was handed to billing",
    e.BillingImpossible: lambda event, _: f"Session {event.session} cannot be billed: {event.reason}",
    e.BilledByHand: lambda event, _: f"Session {event.session} was billed by hand: {event.how}",
    e.SafetyWatchEnded: lambda event, _: (
        f"The safety watch after session {event.session} is over: {in_words(event.how)}{_because(event.note)}"
    ),
    e.AdverseEventRecorded: _adverse,
    e.RedFlagReviewed: _reviewed,
    e.EvidenceGathered: _evidence,
    e.ResponseAnswered: _answered,
    e.DiaryEntered: _diary,
    e.MessageUndelivered: lambda event, _: (
        f"The message {in_words(event.message)} "
        + (
            "was refused by the mail system"
            if event.status == "failed"
            else "may not have arrived; it is not sent again"
        )
    ),
    e.ReachedOtherwise: lambda event, _: f"The patient was told otherwise: {event.how}",
    e.CourseEnded: _ended,
    e.CourseReopened: lambda event, _: f"The course was reopened, agreed by {event.agreed_by}: {event.reason}",
    e.CourseClosed: lambda *_: "The course is closed for good",
    e.WaitOpened: _opened,
    e.WaitRaised: lambda event, _: f"Overdue: {_of_wait(event.wait)}; it is raised again",
    e.WaitClosed: _closed,
    e.TaskTaken: lambda event, _: f"{event.owner} has the task: {_of_wait(event.wait)}",
    e.TaskReleased: lambda event, _: f"The task was given back: {_of_wait(event.wait)}",
    e.TaskAttempted: _attempt,
    e.DeadlineMoved: lambda event, zone: (
        f"Deadline moved to {time_in_words(event.due, zone)}: {_of_wait(event.wait)}: {event.reason}"
    ),
    e.TriedAgain: lambda event, _: f"Tried again now: {_of_wait(event.wait)}",
    e.RollOverAsked: lambda *_: "The course was asked to go on in a new run",
}
assert SENTENCES.keys() == set(get_args(e.AnyEvent)), "every kind of event has its sentence"
