"""What an intake that is still being written would come to: both verdicts, an open course, and the dates ahead.

Nothing is written. The rules are those that the course itself asks once it has begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.changes import born
from domain.coverage import Coverage
from domain.earlier import with_earlier
from domain.eligibility import (
    EligibilityVerdict,
    PayerVerdict,
    ProtocolVerdict,
    assess_for_payer,
    assess_for_protocol,
)
from domain.history import ClinicalHistory
from domain.intake import Intake
from domain.intake_parts import coverage_of_parts, history_of_parts
from domain.plan import dates_of_next, morning_of
from domain.planner import Expected, forecast
from domain.timing import SessionDates
from office.errors import WrongField
from office.starting import AlreadyOpen, Front
from readmodel.lookups import CourseRow
from readmodel.people import patient_by_number


@dataclass(frozen=True)
class Calendar:
    """What is expected when, if everybody answers in time and the first session is given on its day."""

    answer_on: date | None
    """The day by which the payer answers; None: nobody is asked."""
    first: SessionDates
    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Preview:
    """What is known so far. `faults` are all that still keep the course from being started."""

    faults: tuple[WrongField, ...]
    open_course: CourseRow | None
    other_patient: bool
    """The record number is of somebody born on another day."""
    verdict: ProtocolVerdict | None
    payer: PayerVerdict | None
    payer_name: str | None
    calendar: Calendar | None

    @property
    def missing(self) -> tuple[WrongField, ...]:
        """Return what has still to be typed."""
        return tuple(one for one in self.faults if one.problem == "is missing")

    @property
    def wrong(self) -> tuple[WrongField, ...]:
        """Return what cannot be taken as it was typed."""
        return tuple(one for one in self.faults if one.problem != "is missing")


async def preview(front: Front, data: Mapping[str, Any]) -> Preview:
    """Return what an intake would come to, as far as it can be read."""
    checked = await front.check(data)
    protocol = front.protocols.get(str(data.get("protocol", "")))
    number, born_on = _patient_of(data)
    today = await front.today_for(number)
    known = await patient_by_number(front.pool, number) if number else None
    other = known is not None and born_on is not None and known.birth_date.isoformat() != born_on
    open_course, earlier = None, []
    if known is not None and protocol is not None and not other:
        try:
            earlier = await front.refuse_open(known.patient_id, protocol.id)
        except AlreadyOpen as there:
            open_course = there.course
    history, coverage = history_of_parts(data, today=today), coverage_of_parts(data)
    verdict = payer = payer_name = calendar = None
    if history is not None and protocol is not None:
        told = with_earlier(history, [await front.folded(row) for row in earlier])
        verdict = assess_for_protocol(told, protocol=protocol, today=today)
        if coverage is not None and _is_known(front, coverage):
            policy = front.policies.get(coverage.payer_id or "")
            payer = assess_for_payer(told, policy=policy if _asks(coverage) else None, today=today)
            payer_name = None if policy is None else policy.name
            if verdict.verdict is not EligibilityVerdict.NOT_ELIGIBLE:
                calendar = _calendar(front, coverage, told, earlier, protocol=protocol.id, today=today)
    return Preview(
        faults=() if isinstance(checked, Intake) else checked,
        open_course=open_course,
        other_patient=other,
        verdict=verdict,
        payer=payer,
        payer_name=payer_name,
        calendar=calendar,
    )


def _patient_of(data: Mapping[str, Any]) -> tuple[str, str | None]:
    patient = data.get("patient")
    named = patient if isinstance(patient, Mapping) else {}
    number = str(named.get("record_number", "")).strip()
    return "" if "\x00" in number else number, named.get("birth_date")


def _asks(coverage: Coverage) -> bool:
    """Whether a payer is asked to agree before the first session."""
    return coverage.kind == "authorization"


def _is_known(front: Front, coverage: Coverage) -> bool:
    return coverage.kind == "self_pay" or coverage.payer_id in front.policies


def _calendar(
    front: Front, coverage: Coverage, told: ClinicalHistory, earlier: list[CourseRow], *, protocol: str, today: date
) -> Calendar:
    """Return the dates of the course as it would be born today, with goals set today and the payer's answer in time."""
    now = datetime.now(UTC)
    begun = front.beginning(coverage, told, earlier, protocol=protocol, clinician=front.by.user_id)
    stamped = begun.model_copy(update={"number": 1, "at": now, "on": today})
    course = born(stamped, course_id="-", patient_id="-").model_copy(update={"goals": ("-",)})
    answer_on = None
    if _asks(coverage) and course.policy is not None:
        answer_on = today + timedelta(days=course.policy.timing.answer_days.value)
    begins = answer_on or today
    return Calendar(
        answer_on=answer_on,
        first=dates_of_next(course, begins),
        expected=tuple(one for one in forecast(course, morning_of(course, begins)) if not one.open),
    )
