"""Courses as the journal and the lists see them. Builders mention only what matters to a test."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from activities.journal import JournalBatch
from domain.events import AnyEvent, CourseClosed, MoveRefused, RollOverAsked
from domain.messages import Message
from domain.summary import CourseSummary
from domain.waits import Wait, WaitKind

AT = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def a_summary(**changes: Any) -> CourseSummary:
    return CourseSummary.model_validate(
        {
            "course_id": "c1",
            "patient_id": "p1",
            "number": 1,
            "protocol_id": "onabotulinumtoxin-a-chronic-migraine",
            "protocol_version": "1",
            "payer_id": "aetna",
            "coverage_kind": "authorization",
            "clinician": "dr.lee",
            "phase": "preparing",
            "outcome": None,
            "outcome_reason": None,
            "started_on": date(2026, 3, 2),
            "ended_on": None,
            "closed_on": None,
            "sample": False,
            "sessions_given": 0,
            "last_session_on": None,
            "next_session": 1,
            "appointment_id": None,
            "appointment_starts_at": None,
            "appointment_status": None,
            "appointment_injector": None,
            "authorization_number": None,
            "authorization_until_on": None,
            "planned_units": 155,
            "waiting": "waiting for the payer since 2 March",
            "waiting_for": ("payer-answer",),
            "next_due_at": datetime(2026, 3, 16, 17, 0, tzinfo=UTC),
        }
        | changes
    )


def an_event(number: int, *, reason: str = "no time", request_id: str | None = None) -> AnyEvent:
    return MoveRefused(number=number, at=AT, on=date(2026, 3, 2), reason=reason, request_id=request_id)


def asked_to_roll_over(number: int, *, request_id: str) -> AnyEvent:
    return RollOverAsked(number=number, at=AT, on=date(2026, 3, 2), request_id=request_id, by="ada.admin")


def closed(number: int) -> AnyEvent:
    return CourseClosed(number=number, at=AT, on=date(2026, 3, 2))


def a_wait(kind: WaitKind = WaitKind.PAYER_ANSWER, subject: str = "request-1", **changes: Any) -> Wait:
    return Wait.model_validate(
        {
            "id": f"{kind}:{subject}",
            "kind": kind,
            "subject": subject,
            "since": AT,
            "due": datetime(2026, 3, 16, 17, 0, tzinfo=UTC),
            "look_at": datetime(2026, 3, 16, 17, 0, tzinfo=UTC),
        }
        | changes
    )


def a_message(kind: str = "reminder", occurrence: str = "1/24h", course: str = "c1", **changes: Any) -> Message:
    return Message.model_validate(
        {"key": f"{course}/{kind}/{occurrence}", "kind": kind, "send_at": AT} | changes,
    )


def a_batch(
    *events: AnyEvent,
    waits: tuple[Wait, ...] = (),
    messages: tuple[Message, ...] = (),
    withdrawn: tuple[str, ...] = (),
    **summary: Any,
) -> JournalBatch:
    number = events[-1].number if events else 1
    return JournalBatch(
        workflow_id="course-w1",
        summary=a_summary(**({"number": number} | summary)),
        events=events,
        waits=waits,
        messages=messages,
        withdrawn=withdrawn,
    )
