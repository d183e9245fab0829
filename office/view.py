"""Where a course stands, as one document: what `show` prints as JSON, and tells people line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Left, granted_by, left
from domain.plan import dates_of_next, dose_of, opened_of
from domain.planner import notices
from domain.ready import missing_for_confirmation
from domain.sentences import waiting_sentence
from domain.session import Session
from domain.visits import missed, missed_allowed, not_given, result_missing_since
from domain.waits import KINDS, Wait
from office.kinds import answer_command, needed_fields
from readmodel.lookups import BillRow, MessageRow


def view_of(
    course: Course, *, now: datetime, bills: Sequence[BillRow], messages: Sequence[MessageRow]
) -> dict[str, Any]:
    """Return where a course stands at `now` by its own clock."""
    today = clinic_day(now, course.clinic.zone)
    return {
        "course_id": course.course_id,
        "patient_id": course.patient_id,
        "protocol": {"id": course.protocol.id, "version": course.protocol.version, "title": course.protocol.title},
        "clinician": course.clinician,
        "sample": course.sample,
        "earlier_course": course.earlier_course,
        "earlier_courses": [earlier.model_dump() for earlier in course.history.earlier_courses],
        "started_on": course.started_on,
        "phase": course.phase,
        "outcome": _outcome(course),
        "clock": now,
        "today": today,
        "waiting": waiting_sentence(course),
        "waiting_for": [wait_data(wait) for wait in sorted(course.waits, key=lambda wait: (wait.due, wait.id))],
        "next_session": _next_session(course, today),
        "baseline": _baseline(course),
        "baselines_before": [before.model_dump() for before in course.baselines_before],
        "planned_dose": _dose(course),
        "coverage": _coverage(course, today),
        "sessions": [_session(session) for session in course.sessions],
        "sessions_in_error": [_session(session) for session in course.sessions_in_error],
        "deviations": [deviation.model_dump() for deviation in course.deviations],
        "corrections": [correction.model_dump() for correction in course.corrections],
        "visits_missed": _missed(course, now),
        "visits_not_given": [visit.model_dump() for visit in course.visits_not_given],
        "requests": [request.model_dump() for request in course.requests],
        "authorizations": [_authorization(course, granted, today) for granted in course.authorizations],
        "response_checks": [_check(check) for check in course.checks],
        "last_months": [month.model_dump() for month in course.last_months],
        "adverse_events": [event.model_dump() for event in course.adverse_events],
        "invoices": [
            invoice.model_dump() | {"paid_cents": invoice.paid_cents, "left_cents": invoice.left_cents}
            for invoice in course.invoices
        ],
        "claims": [bill.model_dump() for bill in bills],
        "holds": [hold.model_dump() for hold in course.holds],
        "open_tasks": [
            _task(course, wait, now) for wait in sorted(course.waits, key=lambda one: one.due) if wait.is_task
        ],
        "messages": {
            status: sum(message.status == status for message in messages)
            for status in sorted({message.status for message in messages})
        },
        "events": course.number,
    }


def wait_data(wait: Wait) -> dict[str, Any]:
    """Return a wait as programs see it."""
    kind = KINDS[wait.kind]
    return {
        "id": wait.id,
        "kind": wait.kind,
        "subject": wait.subject,
        "title": kind.title,
        "waits_for": kind.waits_for,
        "role": kind.role,
        "since": wait.since,
        "due": wait.due,
        "look_at": wait.look_at,
        "then": kind.next_step,
        "context": wait.context,
    }


def _outcome(course: Course) -> dict[str, Any] | None:
    if course.ending is None:
        return None
    return course.ending.model_dump() | {"closed_on": course.closed_on}


def _next_session(course: Course, today: date) -> dict[str, Any] | None:
    if not course.is_open:
        return None
    data: dict[str, Any] = {"number": course.next_session} | dates_of_next(course, today).model_dump()
    data["appointment"] = None if course.appointment is None else course.appointment.model_dump()
    data["notices"] = list(notices(course, today))
    data["missing"] = (
        [] if course.appointment is None else [missing.model_dump() for missing in missing_for_confirmation(course)]
    )
    return data


def _missed(course: Course, now: datetime) -> dict[str, Any]:
    """Return what became of the visits for the next session that gave no drug."""
    return {
        "for_session": course.next_session,
        "by_reason": not_given(course),
        "missed": missed(course),
        "clinician_decides_after": missed_allowed(course),
        "result_missing_since": result_missing_since(course, now),
    }


def _baseline(course: Course) -> dict[str, Any] | None:
    if course.baseline is not None:
        return course.baseline.model_dump() | {"frozen": True, "frozen_on": course.baseline_frozen_on}
    stated = course.history.counts
    if stated is None or course.baseline_frozen_on is not None or course.baseline_from > 1:
        return None
    return stated.model_dump(include={"headache_days", "migraine_days", "period_days", "source", "severity"}) | {
        "frozen": False
    }


def _dose(course: Course) -> dict[str, Any]:
    dose = dose_of(course)
    return {"units": dose.units, "sites": dose.sites, "opened_units": opened_of(course), "reason": dose.reason}


def _coverage(course: Course, today: date) -> dict[str, Any]:
    ours = granted_by(course.coverage.payer_id, course.authorizations)
    live = [granted for granted in ours if granted.expired_on is None and granted.stopped_on is None]
    drug = course.protocol.billing.drug_code.value
    return {
        "kind": course.coverage.kind,
        "payer_id": course.coverage.payer_id,
        "place_of_service": course.coverage.place_of_service,
        "drug_source": course.coverage.drug_source,
        "not_needed": None if course.coverage.not_needed is None else course.coverage.not_needed.model_dump(),
        "before": [
            one.coverage.model_dump(exclude={"self_pay", "not_needed"}) | {"until_on": one.until_on}
            for one in course.coverages_before
        ],
        "authorization": live[-1].number if live else None,
        "left": _left(left(live[-1], course.sessions, drug_code=drug), today) if live else None,
    }


def _left(rest: Left, today: date) -> dict[str, Any]:
    return {
        "sessions": rest.sessions,
        "units": rest.units,
        "until_on": rest.until_on,
        "days": max(0, (rest.until_on - today).days + 1),
    }


def _session(session: Session) -> dict[str, Any]:
    data = session.model_dump(exclude={"dose"})
    return data | {"units": session.dose.units, "sites": session.dose.sites, "wasted_units": session.wasted_units}


def _authorization(course: Course, granted: Any, today: date) -> dict[str, Any]:
    rest = left(granted, course.sessions, drug_code=course.protocol.billing.drug_code.value)
    data: dict[str, Any] = granted.model_dump()
    return data | {"left": _left(rest, today)}


def _check(check: Any) -> dict[str, Any]:
    evidence = check.evidence
    return {
        "session": check.session,
        "answer": check.answer,
        "answered_on": check.answered_on,
        "by": check.by,
        "reason": check.reason,
        "ask_again_on": check.ask_again_on,
        "verdict": evidence.verdict,
        "verdict_reason": evidence.verdict_reason,
        "payer_met": evidence.payer_met,
        "recommendations": evidence.recommendations,
    }


def _task(course: Course, wait: Wait, now: datetime) -> dict[str, Any]:
    kind = KINDS[wait.kind]
    return {
        "task": f"{course.course_id}/{wait.id}",
        "wait_id": wait.id,
        "kind": wait.kind,
        "title": kind.title,
        "role": kind.role,
        "due": wait.due,
        "overdue": wait.due < now,
        "owner": wait.owner,
        "attempts": wait.attempts,
        "context": wait.context,
        "answered_by": [{"kind": name, "needs": needed_fields(name)} for name in kind.answered_by],
        "command": answer_command(f"{course.course_id}/{wait.id}", wait.kind),
    }
