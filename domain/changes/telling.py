"""What was told against a rule, and what is seen to because of it."""

from __future__ import annotations

from domain import events as e
from domain.after_all import for_a_biller
from domain.changes.authorizations import taken_back, uncovered
from domain.changes.common import Change, Changes, deviated, in_order, no_appointment, with_row
from domain.changes.denial import with_agreement, with_step
from domain.correction import CorrectionMade
from domain.course import Course
from domain.denial import DenialStep
from domain.last_month import months_that_stand
from domain.session import Session
from domain.waits import WaitKind, wait_id
from domain.ways_on import last_denial

OF_COVERAGE = frozenset({"coverage_changed", "authorization_withdrawn"})
"""Kinds of events that told who pays, and are undone as a whole."""


def _reviewed(course: Course, event: e.DeviationReviewed) -> Changes:
    seen = {"reviewed_by": event.by, "reviewed_on": event.on}
    return {"deviations": with_row(course.deviations, event.deviation, **seen)}


def _corrected(course: Course, event: e.RecordCorrected) -> Changes:
    assert event.on is not None
    made = CorrectionMade(
        number=event.number,
        corrects=event.corrects,
        of=event.of,
        subject=event.subject,
        changes=event.changes,
        reason=event.reason,
        by=event.by,
        on=event.on,
    )
    undone = _who_pays(course, event)
    changes: Changes = undone | {
        "corrections": (*course.corrections, made),
        "to_tell_anew": tuple(dict.fromkeys((*course.to_tell_anew, *event.told))),
        **deviated(course, event.number, event.deviation),
        **_records(course.model_copy(update=undone), event),
        **_history(course, event),
        **_sessions(course, event),
    }
    if event.paid_otherwise:
        sessions = changes.get("sessions", course.sessions)
        changes["sessions"] = tuple(for_a_biller(one, event.paid_otherwise) for one in sessions)
    if event.gives_up is not None:
        changes |= no_appointment(course, "cancelled", "a correction moved the earliest day")
    return changes


def _who_pays(course: Course, event: e.RecordCorrected) -> Changes:
    """Return that who pays, or that an authorization was withdrawn, was told by mistake; nothing of other corrections."""
    if event.of not in OF_COVERAGE:
        return {}
    changes = taken_back(course, event.corrects)
    if event.of == "coverage_changed":
        changes["payer_verdict"] = event.payer_verdict
    if event.uncovers:
        changes["appointment"] = uncovered(course.appointment, event.on)
    return changes


def _records(course: Course, event: e.RecordCorrected) -> Changes:
    """Return what a correction changes of anything but sessions."""
    changes: Changes = {}
    if event.visit is not None:
        others = tuple(one for one in course.visits_not_given if one.appointment != event.subject)
        kept = tuple(event.visit if one.appointment == event.subject else one for one in course.visits_not_given)
        changes["visits_not_given"] = others if event.entered_in_error else kept
    if event.authorization is not None:
        rows = course.authorizations
        now = event.authorization
        kept_rows = tuple(now if one.request == now.request else one for one in rows)
        changes["authorizations"] = kept_rows
    if event.adverse_event is not None:
        rows_told = tuple(event.adverse_event if one.number == event.subject else one for one in course.adverse_events)
        changes["adverse_events"] = rows_told
    if event.goals is not None:
        changes["goals"] = event.goals
    if event.consent_signed_on is not None:
        changes["consent_signed_on"] = event.consent_signed_on
    return (
        changes | _asked(course, event) | _decision(course, event) | _check(course, event) | _agreement(course, event)
    )


def _asked(course: Course, event: e.RecordCorrected) -> Changes:
    """Return what a correction changes of requests and denials, and of what waits for them."""
    now = {one.number: one for one in event.requests} | (
        {} if event.request is None else {event.subject: event.request}
    )
    denials = {(one.number, one.contested): one for one in event.denials}
    changes: Changes = {}
    if now:
        changes["requests"] = tuple(now.get(one.number, one) for one in course.requests)
    if denials:
        changes["denials"] = tuple(denials.get((one.number, one.contested), one) for one in course.denials)
    if event.answer_due is not None:
        answer = wait_id(WaitKind.PAYER_ANSWER, f"request-{event.subject}")
        changes["waits"] = with_row(course.waits, answer, due=event.answer_due, look_at=event.answer_due)
    return changes


def _decision(course: Course, event: e.RecordCorrected) -> Changes:
    """Return what a decision entered in error leaves behind: nothing granted, chosen or asked because of it."""
    if event.of != "authorization_decided" or not event.entered_in_error or event.request is None:
        return {}
    number, over = event.request.number, event.closes
    now = {number: event.request} | ({} if over is None else {over.number: over})
    undone = next((one for one in course.denials if one.number == number and not one.contested), None)
    changes: Changes = {"requests": tuple(now.get(one.number, one) for one in course.requests)}
    if any(one.request == number for one in course.authorizations):  # a contest of it falls with it
        changes |= {
            "authorizations": tuple(one for one in course.authorizations if one.request != number),
            "denials": tuple(one for one in course.denials if one.number != number),
        }
    else:
        changes["denials"] = tuple(one for one in course.denials if one is not undone)
    if event.uncovers:
        changes["appointment"] = uncovered(course.appointment, event.on)
    if undone is not None and undone.step is DenialStep.WAIT:
        changes["not_yet"] = None
    return changes


def _check(course: Course, event: e.RecordCorrected) -> Changes:
    """Return the answers to response checks: one with another reason, or without one that was entered in error."""
    if event.check is None:
        return {}
    last = course.check_after(event.check.session)
    kept = () if event.entered_in_error else (event.check,)
    checks = tuple(now for one in course.checks for now in (kept if one is last else (one,)))
    anew: Changes = {"evidence": None, "evidence_is_stale": False, "ending_due": None} if event.entered_in_error else {}
    return {"checks": checks, **anew}


def _agreement(course: Course, event: e.RecordCorrected) -> Changes:
    """Return the patient's agreement to pay, or that there is none: then somebody chooses anew after a denial."""
    if event.agreement is None:
        return {}
    agreement = None if event.entered_in_error else event.agreement
    changes = with_agreement(course, agreement)
    denial = last_denial(course)
    if agreement is None and denial is not None and denial.step is DenialStep.SELF_PAY:
        changes["denials"] = with_step(course, None)
    return changes


def _history(course: Course, event: e.RecordCorrected) -> Changes:
    """Return what was told of the patient before and beside treatment, and what was put together from it."""
    changes: Changes = {}
    if event.besides is not None:
        stale = course.evidence_is_stale or course.evidence is not None
        changes |= {"besides": event.besides, "evidence_is_stale": stale}
    if event.history is None:
        return changes
    changes |= {"history": event.history, "payer_verdict": event.payer_verdict or course.payer_verdict}
    if event.of == "course_started" and course.eligibility_settled_on is None:
        changes |= {"protocol_verdict": None, "payer_verdict": None}
    if event.history.earlier_doses != course.history.earlier_doses:
        changes |= {"evidence": None, "evidence_is_stale": False}
    now = course.model_copy(update={"history": event.history})
    if now.trial_elsewhere[:1] != course.trial_elsewhere[:1]:  # no day after the first dose counts before treatment
        changes |= {"baseline": None, "baseline_frozen_on": None, "last_months": ()}
    return changes


def _sessions(course: Course, event: e.RecordCorrected) -> Changes:
    """Return what a correction changes of sessions, and what hung on their days: baseline and evidence."""
    if not event.sessions:
        return {}
    now = {session.number: session for session in event.sessions}
    merged = tuple(now.get(session.number, session) for session in course.sessions)
    standing = in_order(tuple(session for session in merged if not session.entered_in_error))
    changes: Changes = {
        "sessions": standing,
        "sessions_in_error": (*course.sessions_in_error, *(one for one in merged if one.entered_in_error)),
    }
    changed = course.model_copy(update=changes)
    if _day_of(changed.baseline_session) != _day_of(course.baseline_session):
        changes |= {"baseline": None, "baseline_frozen_on": None}
    changes["last_months"] = months_that_stand(course, changed)
    if [_basis(one) for one in standing] != [_basis(one) for one in course.sessions]:
        changes |= {"evidence": None, "evidence_is_stale": False}
    in_error = {one.number for one in merged if one.entered_in_error}
    if in_error:  # nothing is left to look at
        changes["deviations"] = tuple(
            one.model_copy(update={"reviewed_by": event.by, "reviewed_on": event.on})
            if one.session in in_error and one.reviewed_by is None
            else one
            for one in course.deviations
        )
    return changes


def _day_of(session: Session | None) -> object:
    return None if session is None else (session.number, session.given_on)


def _basis(session: Session) -> object:
    """Return what the evidence of a response check rests on."""
    return session.number, session.given_on, session.is_trial


def _told_anew(_: Course, __: e.ToldAnew) -> Changes:
    return {"to_tell_anew": ()}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.DeviationReviewed: _reviewed,
    e.RecordCorrected: _corrected,
    e.ToldAnew: _told_anew,
}
