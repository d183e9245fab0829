"""What a request becomes: a course event, or a refusal with the reason. Serves validator and handler alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day
from domain.course import Course, reopening_ends
from domain.coverage import (
    Authorization,
    AuthorizationLine,
    CoverageKind,
    Decision,
    counted,
)
from domain.dose import faults_of_dose, faults_of_vials, opened_units, vials_used
from domain.eligibility import EligibilityVerdict
from domain.history import StatedCounts
from domain.people import Role
from domain.record import Record, Refusal
from domain.response import ResponseAnswer, ResponseCheck, allowed_answers, reason_needed
from domain.rights import may, may_work_on
from domain.session import (
    AdverseEvent,
    Clearance,
    NotGivenReason,
    Readiness,
    Session,
    VisitNotGiven,
    WatchEnd,
)
from domain.waits import KINDS, Attempt, Wait, WaitKind, wait_id


class Moment(Record):
    """When a request arrives, by the course's clock."""

    now: datetime
    today: date


def decide(course: Course, request: f.Request, *, now: datetime) -> e.CourseEvent | Refusal:
    """Return the event that `request` makes happen, or why it changes nothing.

    A request answers the open task that takes such a fact, or the one it names.
    """
    fact = request.fact
    if (refused := may(request.by, fact.kind)) is not None:
        return refused
    if course.closed_on is not None and fact.kind not in TOLD_AFTER_CLOSING:
        return Refusal(reason=f"the course was closed on {course.closed_on}")
    if not course.is_open and fact.kind not in TOLD_AFTER_THE_END:
        return Refusal(reason=f"the course has ended: {_outcome(course)}")
    task = _task_for(course, request)
    if isinstance(task, Refusal):
        return task
    moment = Moment(now=now, today=clinic_day(now, course.clinic.zone))
    event = DECISIONS[fact.kind](course, request, task, moment)
    if isinstance(event, Refusal):
        return event
    return event.model_copy(update=_author(request, task))


TOLD_AFTER_THE_END = frozenset(
    {
        "adverse-event",
        "safety-call",
        "red-flag-reviewed",
        "record-signed",
        "reopen",
        "take",
        "release",
        "assign",
        "attempt",
        "deadline",
        "try-again",
        "roll-over",
    }
)
"""The safety watch, adverse events and records outlive the course."""
TOLD_AFTER_CLOSING = frozenset({"adverse-event", "record-signed"})
ABOUT_A_TASK = frozenset({"take", "release", "assign", "attempt", "deadline"})


def _outcome(course: Course) -> str:
    return "" if course.ending is None else f"{course.ending.outcome} on {course.ending.on}"


def _author(request: f.Request, task: Wait | None) -> dict[str, Any]:
    answers = task is not None and request.fact.kind in KINDS[task.kind].answered_by
    return {
        "by": request.by.user_id,
        "role": request.by.role,
        "request_id": request.request_id,
        "task": task.id if task is not None and answers else None,
    }


def _task_for(course: Course, request: f.Request) -> Wait | Refusal | None:
    """Return the open task that the request is about: the named one, else the only one that takes such a fact."""
    kind = request.fact.kind
    if request.task is not None:
        named = course.wait(request.task)
        if named is None:
            return Refusal(reason=f"task {request.task} is not open")
        if kind not in KINDS[named.kind].answered_by and kind not in ABOUT_A_TASK:
            return Refusal(reason=f"task {named.id} is answered by {' or '.join(KINDS[named.kind].answered_by)}, not by {kind}")
        return named
    if kind in ABOUT_A_TASK:
        return Refusal(reason=f"{kind} needs the task it is about")
    takers = [wait for wait in course.waits if kind in KINDS[wait.kind].answered_by]
    return takers[0] if takers else None


# Admission


def _eligibility(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.EligibilityDecision, request)
    if task is None or course.protocol_verdict is None:
        return Refusal(reason="no decision on eligibility is open")
    if fact.decision == "assess_again":
        return _assess_again(course, fact, moment)
    if fact.decision == "decline":
        return e.CourseEnded(outcome=e.Outcome.DECLINED, reason="not_eligible", note=fact.reason)
    if not fact.reason:
        return Refusal(reason="reason: to go on against the verdict needs a reason")
    if course.protocol_verdict.verdict is EligibilityVerdict.NEEDS_INFORMATION:
        return Refusal(reason="decision: information is missing; assess again with it, or decline")
    if not fact.patient_informed:
        return Refusal(reason="patient_informed: the patient must know before the course goes on against the verdict")
    return e.EligibilitySettled(reason=fact.reason)


def _assess_again(course: Course, fact: f.EligibilityDecision, moment: Moment) -> e.CourseEvent | Refusal:
    told = (fact.headache_days, fact.migraine_days, fact.period_days, fact.source)
    history = course.history
    if any(value is not None for value in told):
        headache, migraine, period, source = told
        if headache is None or migraine is None or period is None or source is None:
            return Refusal(reason="headache_days, migraine_days, period_days and source belong together")
        if not migraine <= headache <= period:
            return Refusal(reason="headache_days: expected migraine_days <= headache_days <= period_days")
        counts = StatedCounts(
            headache_days=headache, migraine_days=migraine, period_days=period, source=source, stated_on=moment.today
        )
        history = history.model_copy(update={"counts": counts})
    if fact.months_with_headache is not None:
        history = history.model_copy(update={"months_with_headache": fact.months_with_headache})
    if history == course.history and course.protocol_verdict is not None:
        until = course.protocol_verdict.until
        if until is None or moment.today < until:
            return Refusal(reason="decision: nothing new was told, so the verdict would be the same")
    return e.HistoryCompleted(history=history, reason=fact.reason)


def _goals(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.Goals, request)
    if task is None:
        return Refusal(reason="goals are not asked for now" if not course.goals else "goals are set already")
    if fact.consent_signed_on > moment.today:
        return Refusal(reason="consent_signed_on: expected a day that has come")
    dose = fact.dose or plan.dose_of(course)
    if faults := faults_of_dose(dose, protocol=course.protocol):
        return Refusal(reason="dose: " + "; ".join(faults))
    return e.GoalsSet(goals=fact.goals, consent_signed_on=fact.consent_signed_on, dose=dose)


# Coverage


def _packet(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, asked = _as(f.PacketSubmitted, request), course.open_request
    if task is None or asked is None or course.policy is None:
        return Refusal(reason="no authorization request waits to be submitted")
    submitted_on = fact.submitted_on or moment.today
    if not asked.opened_on <= submitted_on <= moment.today:
        return Refusal(reason=f"submitted_on: expected a day from {asked.opened_on} to {moment.today}")
    answer_due_on = submitted_on + timedelta(days=course.policy.timing.answer_days.value)
    return e.PacketSubmitted(
        request=asked.number, submitted_on=submitted_on, reference=fact.reference, answer_due_on=answer_due_on
    )


def _chased(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, asked = _as(f.PayerChased, request), course.open_request
    if asked is None or asked.submitted_on is None:
        return Refusal(reason="no request is with a payer")
    if fact.again_on <= moment.today:
        return Refusal(reason=f"again_on: expected a day after {moment.today}")
    due = plan.morning_of(course, fact.again_on)
    return e.PayerChased(request=asked.number, result=fact.result, again_on=fact.again_on, due=due)


def _authorization(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.AuthorizationDecision, request)
    asked = course.open_request if fact.request is None else course.request(fact.request)
    if asked is None or not asked.is_open:
        return Refusal(reason="no authorization request is open")
    if asked.submitted_on is None:
        return Refusal(reason="the request has not been submitted yet")
    if fact.decision is Decision.DENIED:
        if not fact.reason:
            return Refusal(reason="reason: a denial needs its reason")
        return e.AuthorizationDecided(request=asked.number, decision=fact.decision, authorization=None, reason=fact.reason)
    granted = _granted(course, fact, asked.number)
    if isinstance(granted, Refusal):
        return granted
    return e.AuthorizationDecided(
        request=asked.number, decision=fact.decision, authorization=granted, reason=fact.reason
    )


def _granted(course: Course, fact: f.AuthorizationDecision, asked: int) -> Authorization | Refusal:
    """Return the authorization as it was granted, or every field that an approval lacks."""
    needed = {"number": fact.number, "from_on": fact.from_on, "until_on": fact.until_on, "sessions": fact.sessions}
    if missing := [name for name, value in needed.items() if value is None]:
        return Refusal(reason=f"{', '.join(missing)}: an approval needs {'them' if len(missing) > 1 else 'it'}")
    assert fact.number and fact.from_on and fact.until_on and fact.sessions, "checked above"
    if fact.until_on < fact.from_on:
        return Refusal(reason=f"until_on: expected {fact.from_on} or later; the authorization ends before it begins")
    if any(one.number == fact.number for one in course.authorizations):
        return Refusal(reason="number: this authorization is recorded already")
    assert course.policy is not None
    counts = fact.counts or course.policy.grant.counts.value
    codes = course.protocol.billing
    lines = [AuthorizationLine(code=codes.procedure_code.value, quantity=fact.sessions)]
    if fact.units is not None:
        lines.append(AuthorizationLine(code=codes.drug_code.value, quantity=fact.units, counts=counts))
    return Authorization(
        request=asked,
        number=fact.number,
        from_on=fact.from_on,
        until_on=fact.until_on,
        sessions=fact.sessions,
        lines=tuple(lines),
    )


# Preparing a session


def _earliest(course: Course, starts_at: datetime) -> Refusal | None:
    """Return why a session may not be booked at `starts_at`, or None. Asking is refused, always (DESIGN 5)."""
    dates = plan.dates_from_last_dose(course)
    day = clinic_day(starts_at, course.clinic.zone)
    if dates is not None and day < dates.earliest_on:
        return Refusal(reason=f"starts_at: the earliest day is {dates.earliest_on}: {dates.reason}")
    return None


def _book(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.Book, request)
    if task is None or course.booking_wish is not None:
        return Refusal(reason="no appointment is to be booked now" if course.appointment is None else "it is booked; move it")
    if fact.starts_at <= moment.now:
        return Refusal(reason="starts_at: expected a time that lies ahead")
    return _earliest(course, fact.starts_at) or e.BookingAsked(starts_at=fact.starts_at, injector=fact.injector)


def _move(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.Move, request)
    if course.appointment is None or course.clearance is not None or course.move_wish is not None:
        return Refusal(reason="no appointment can be moved now")
    if fact.starts_at <= moment.now:
        return Refusal(reason="starts_at: expected a time that lies ahead")
    asked = e.MoveAsked(starts_at=fact.starts_at, injector=fact.injector, reason=fact.reason)
    return _earliest(course, fact.starts_at) or asked


def _cancel(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.Cancel, request)
    if course.appointment is None or course.clearance is not None:
        return Refusal(reason="no appointment can be cancelled now")
    # The freed time must not be found again at once: without a wish the search begins the day after.
    day_after = clinic_day(course.appointment.starts_at, course.clinic.zone) + timedelta(days=1)
    return e.AppointmentCancelled(
        appointment=course.appointment.number, reason=fact.reason, not_before=fact.not_before or day_after
    )


def _readiness(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    if course.appointment is None:
        return Refusal(reason="no session is booked")
    looked = Readiness(
        appointment=course.appointment.number,
        drug_on_hand=_as(f.ReadinessLook, request).drug_on_hand,
        looked_on=moment.today,
    )
    return e.ReadinessLooked(readiness=looked)


def _keep(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    if task is None or course.appointment is None:
        return Refusal(reason="no appointment waits for this decision")
    missing = tuple(one.what for one in plan.missing_for_confirmation(course))
    reason = _as(f.NotReadyDecision, request).reason
    return e.KeptUnready(appointment=course.appointment.number, missing=missing, reason=reason)


# The session


def _clearance(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, appointment = _as(f.PreSessionCheck, request), course.appointment
    if task is None or appointment is None:
        return Refusal(reason="no session waits for clearance")
    items = course.protocol.safety.pre_session_check.value
    if unknown := sorted({*fact.positive, *fact.overrides} - items.keys()):
        return Refusal(reason=f"positive: unknown item {', '.join(unknown)}; expected {', '.join(items)}")
    stopping = [item for item in fact.positive if not fact.overrides.get(item)]
    if stopping or not fact.clear:
        note = fact.note or "; ".join(items[item] for item in stopping) or None
        return _turned_away(course, moment, NotGivenReason.TURNED_AWAY, note)
    if missing := plan.missing_for_clearance(course, moment.today):
        return Refusal(reason="; ".join(f"{one.what}: {one.why}" for one in missing))
    covered = plan.coverage_of(course, moment.today)
    assert not isinstance(covered, Refusal), "coverage is part of what may be missing"
    cleared = Clearance(
        appointment=appointment.number,
        cleared_on=moment.today,
        by=request.by.user_id,
        coverage=covered,
        overrides={item: fact.overrides[item] for item in fact.positive},
    )
    return e.SessionCleared(clearance=cleared)


def _turned_away(course: Course, moment: Moment, reason: NotGivenReason, note: str | None) -> e.SessionNotGiven:
    assert course.appointment is not None, "a visit has an appointment"
    visit = VisitNotGiven(
        appointment=course.appointment.number,
        for_session=course.next_session,
        on=moment.today,
        reason=reason,
        note=note,
    )
    return e.SessionNotGiven(visit=visit)


def _given(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, appointment, clearance = _as(f.SessionResult, request), course.appointment, course.clearance
    if appointment is None or clearance is None:
        return Refusal(reason="the session has not been cleared; drug may be given only after that")
    given_at = fact.given_at or moment.now
    given_on = clinic_day(given_at, course.clinic.zone)
    if given_at > moment.now or given_on != clearance.cleared_on:
        return Refusal(reason=f"given_at: expected a time on {clearance.cleared_on}, the day it was cleared, not ahead")
    dose = fact.dose or plan.dose_of(course)
    vials = vials_used(dose.units, fact.vials, protocol=course.protocol)
    faults = (
        *faults_of_dose(dose, protocol=course.protocol),
        *faults_of_vials(vials, dose=dose, given_on=given_on, protocol=course.protocol),
    )
    if faults:
        return Refusal(reason="; ".join(faults))
    bigger = course.model_copy(update={"planned_dose": dose})
    covered = plan.coverage_of(bigger, given_on) if dose.units > plan.dose_of(course).units else clearance.coverage
    if isinstance(covered, Refusal):
        return covered
    injector = fact.injector or appointment.injector
    opened = sum(vial.size_units for vial in vials)
    used = covered.model_copy(update={"counted_units": _counted(course, covered.authorization, dose.units, opened)})
    signed = request.by.user_id == injector
    session = Session(
        number=course.next_session,
        id=f"{course.course_id}/session-{course.next_session}",
        given_on=given_on,
        given_at=given_at,
        recorded_by=request.by.user_id,
        injector=injector,
        dose=dose,
        vials=vials,
        in_part=fact.in_part,
        reactions=fact.reactions,
        coverage=used,
        signed_by=injector if signed else None,
        signed_on=moment.today if signed else None,
        is_trial=dose.units >= course.protocol.dose.trial_units_min.value,
    )
    return e.SessionGiven(session=session)


def _counted(course: Course, authorization: int | None, given: int, opened: int) -> int:
    """Return the units that the session uses up, by what its payer counts."""
    drug = course.protocol.billing.drug_code.value
    for granted in course.authorizations:
        if granted.request == authorization:
            line = next((line for line in granted.lines if line.code == drug), None)
            return 0 if line is None else counted(given_units=given, opened_units=opened, counts=line.counts)
    return 0


def _not_given(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.NotGiven, request)
    if course.appointment is None:
        return Refusal(reason="no visit is booked")
    if fact.reason is NotGivenReason.NO_SHOW and moment.now < course.appointment.starts_at:
        return Refusal(reason="reason: nobody has missed an appointment that lies ahead; cancel it")
    return _turned_away(course, moment, fact.reason, fact.note)


def _signed(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.RecordSigned, request)
    number = fact.session or _subject_number(task)
    session = course.session(number) if number is not None else course.last_session
    if session is None or session.signed_by is not None:
        return Refusal(reason="no session waits for its signature")
    if request.by.user_id != session.injector:
        return Refusal(reason=f"only {session.injector}, who injected, signs this record")
    return e.RecordSigned(session=session.number)


# After a session


def _safety_call(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.SafetyCall, request)
    number = fact.session or _subject_number(task)
    session = course.session(number) if number is not None else course.last_session
    if session is None or session.watch_ended is not None:
        return Refusal(reason="no safety watch is running for this session")
    if unknown := _unknown_flags(course, fact.red_flags):
        return unknown
    if fact.red_flags:
        told = _adverse(course, moment, fact.red_flags, fact.note, session.number)
        return e.AdverseEventRecorded(adverse_event=told, ends_watch_of=session.number)
    how = WatchEnd.REACHED if fact.result == "reached" else WatchEnd.REFUSED
    return e.SafetyWatchEnded(session=session.number, how=how, note=fact.note)


def _adverse_event(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.AdverseEventTold, request)
    last = course.last_session.number if course.last_session else None
    told = _adverse(course, moment, fact.red_flags, fact.note, last)
    return _unknown_flags(course, fact.red_flags) or e.AdverseEventRecorded(adverse_event=told)


def _unknown_flags(course: Course, flags: tuple[str, ...]) -> Refusal | None:
    known = course.protocol.safety.red_flags.value
    if unknown := sorted(set(flags) - known.keys()):
        return Refusal(reason=f"red_flags: unknown {', '.join(unknown)}; expected {', '.join(known)}")
    return None


def _adverse(course: Course, moment: Moment, flags: tuple[str, ...], note: str, session: int | None) -> AdverseEvent:
    return AdverseEvent(
        number=len(course.adverse_events) + 1, told_on=moment.today, red_flags=flags, note=note, after_session=session
    )


def _reviewed(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.RedFlagReview, request)
    open_ones = [one for one in course.red_flags if fact.adverse_event in {None, one.number}]
    if not open_ones:
        return Refusal(reason="no red flag stops this course")
    number = fact.adverse_event or _subject_number(task) or open_ones[0].number
    return e.RedFlagReviewed(adverse_event=number, lift=fact.lift, note=fact.note)


# The response check


def _response(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, evidence = _as(f.Response, request), course.evidence
    session = plan.open_check(course)
    if task is None or evidence is None or session is None:
        return Refusal(reason="no response check is open")
    if course.evidence_is_stale:
        return Refusal(reason="diary days have just come in and are being counted; look at them and answer again")
    allowed = allowed_answers(
        session.number,
        evidence=evidence,
        checks=course.checks,
        protocol=course.protocol,
        trial_session=sum(given.is_trial for given in course.sessions),
    )
    if fact.answer not in allowed:
        return Refusal(reason=f"answer: expected {' or '.join(allowed)} after session {session.number}")
    if reason_needed(fact.answer, evidence=evidence) and not fact.reason:
        return Refusal(reason=f"reason: {fact.answer} differs from the recommendation: {evidence.recommendation_reason}")
    if (refused := _ask_again(course, fact, moment)) is not None:
        return refused
    if fact.dose is not None and (faults := faults_of_dose(fact.dose, protocol=course.protocol)):
        return Refusal(reason="dose: " + "; ".join(faults))
    check = ResponseCheck(
        session=session.number,
        answer=fact.answer,
        answered_on=moment.today,
        by=request.by.user_id,
        reason=fact.reason,
        ask_again_on=fact.ask_again_on,
        evidence=evidence,
        next_dose=fact.dose,
    )
    return e.ResponseAnswered(check=check)


def _ask_again(course: Course, fact: f.Response, moment: Moment) -> Refusal | None:
    """Return why the check may not be asked again on that day: never past the day that keeps the session."""
    if fact.answer is not ResponseAnswer.ASK_AGAIN:
        return None
    last_day = plan.earliest_from_last_dose(course) - timedelta(days=1)
    if fact.ask_again_on is None or not moment.today < fact.ask_again_on <= last_day:
        return Refusal(reason=f"ask_again_on: expected a day after {moment.today}, {last_day} at the latest")
    return None


# The course as a whole


def _withdraw(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    reason = _as(f.Withdrawal, request).reason
    return e.CourseEnded(outcome=e.Outcome.WITHDRAWN, reason="patients_wish", note=reason)


def _reopen(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.Reopen, request)
    if course.is_open:
        return Refusal(reason="the course is open")
    if moment.now >= reopening_ends(course):
        return Refusal(reason=f"the course could be reopened until {reopening_ends(course):%d %b %Y}; start a new one")
    return e.CourseReopened(reason=fact.reason, agreed_by=fact.agreed_by)


def _diary(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact = _as(f.DiaryEntered, request)
    return e.DiaryEntered(first_on=fact.first_on, last_on=fact.last_on, days=fact.days)


def _roll_over(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    return e.RollOverAsked()


# Tasks


def _working_on(request: f.Request, task: Wait | None) -> Wait | Refusal:
    assert task is not None, "the task was looked up"
    kind = KINDS[task.kind]
    return may_work_on(request.by, kind.role, licensed=kind.licensed) or task


def _take(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    wait = _working_on(request, task)
    if isinstance(wait, Refusal):
        return wait
    if wait.owner is not None and wait.owner != request.by.user_id:
        return Refusal(reason=f"{wait.owner} has taken it already")
    return e.TaskTaken(wait=wait.id, owner=request.by.user_id)


def _release(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    wait = _working_on(request, task)
    if isinstance(wait, Refusal):
        return wait
    if wait.owner != request.by.user_id and request.by.role is not Role.ADMIN:
        return Refusal(reason="only who has taken a task gives it back")
    return e.TaskReleased(wait=wait.id)


def _assign(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    wait = _working_on(request, task)
    if isinstance(wait, Refusal):
        return wait
    return e.TaskTaken(wait=wait.id, owner=_as(f.Assign, request).to)


def _attempt(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, wait = _as(f.AttemptMade, request), _working_on(request, task)
    if isinstance(wait, Refusal):
        return wait
    tried = Attempt(on=moment.today, by=request.by.user_id, result=fact.result, again_on=fact.again_on)
    return e.TaskAttempted(wait=wait.id, attempt=tried)


def _deadline(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    fact, wait = _as(f.MoveDeadline, request), _working_on(request, task)
    if isinstance(wait, Refusal):
        return wait
    due = plan.morning_of(course, fact.due_on)
    if due <= moment.now:
        return Refusal(reason=f"due_on: expected a day after {moment.today}")
    return e.DeadlineMoved(wait=wait.id, due=due, reason=fact.reason)


def _try_again(course: Course, request: f.Request, task: Wait | None, moment: Moment) -> e.CourseEvent | Refusal:
    if task is None:
        return Refusal(reason="no outside system is waited for")
    return e.TriedAgain(wait=task.id)


def _as(kind: type[Any], request: f.Request) -> Any:
    """Return the request's fact, which the table below has matched with its kind."""
    assert isinstance(request.fact, kind)
    return request.fact


def _subject_number(task: Wait | None) -> int | None:
    """Return the number that a wait's subject ends with: of a session, a request or an adverse event."""
    if task is None:
        return None
    tail = task.subject.rsplit("-", 1)[-1]
    return int(tail) if tail.isdigit() else None


Decide = Callable[[Course, f.Request, Wait | None, Moment], e.CourseEvent | Refusal]
DECISIONS: dict[str, Decide] = {
    "eligibility-decision": _eligibility,
    "goals": _goals,
    "packet-submitted": _packet,
    "payer-chased": _chased,
    "authorization-decision": _authorization,
    "book": _book,
    "move": _move,
    "cancel": _cancel,
    "readiness": _readiness,
    "not-ready": _keep,
    "clearance": _clearance,
    "session-given": _given,
    "not-given": _not_given,
    "record-signed": _signed,
    "safety-call": _safety_call,
    "adverse-event": _adverse_event,
    "red-flag-reviewed": _reviewed,
    "response": _response,
    "try-again": _try_again,
    "diary-entered": _diary,
    "withdraw": _withdraw,
    "reopen": _reopen,
    "take": _take,
    "release": _release,
    "assign": _assign,
    "attempt": _attempt,
    "deadline": _deadline,
    "roll-over": _roll_over,
}
