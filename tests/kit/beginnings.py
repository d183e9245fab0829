"""How courses in tests begin. Builders mention only what matters; nothing said: 41 years old, 20 headache days of 30."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain.changes import born
from domain.course import EDITION, Course
from domain.coverage import Coverage, CoverageKind, NotNeeded, SelfPayAgreement
from domain.events import CourseStarted
from domain.payer import PayerPolicy
from tests.domain.builders import a_clinic, a_history, counts, the_policy, the_protocol
from tests.kit.people import DR_LEE

TODAY = date(2026, 3, 2)  # a Monday


def insured(payer_id: str = "northwind-commercial") -> Coverage:
    return Coverage(kind=CoverageKind.AUTHORIZATION, payer_id=payer_id)


def medicare(said_on: date) -> Coverage:
    said = NotNeeded(said_by="provider line", said_on=said_on)
    return Coverage(kind=CoverageKind.NOT_NEEDED, payer_id="medicare-part-b", not_needed=said)


def self_pay(signed_on: date, *, sessions: int = 4) -> Coverage:
    agreed = SelfPayAgreement(signed_on=signed_on, amount_cents=180_000, sessions=sessions)
    return Coverage(kind=CoverageKind.SELF_PAY, self_pay=agreed)


def a_beginning(today: date = TODAY, *, policy: PayerPolicy | None = None, **changes: Any) -> CourseStarted:
    """Return how an insured, eligible patient's course begins."""
    coverage: Coverage = changes.get("coverage", insured())
    if policy is None and coverage.payer_id is not None:
        policy = the_policy(coverage.payer_id)
    history = a_history(taken_on=today, counts=counts(stated_on=today - timedelta(days=1)))
    plain: dict[str, Any] = {
        "protocol": the_protocol(),
        "policy": policy,
        "clinic": a_clinic(),
        "clinician": DR_LEE.user_id,
        "history": history,
        "coverage": coverage,
        "sample": True,
        "edition": EDITION,
    }
    return CourseStarted(**{**plain, **changes})


def a_newborn_course(beginning: CourseStarted, **stamp: Any) -> Course:
    """Return the course with its first event stamped."""
    return born(beginning.model_copy(update={"number": 1, **stamp}), course_id="c-1", patient_id="p-1")
