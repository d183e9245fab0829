"""What is told to the clinic's own records rather than to a course: the diary, a claim's status, a patient's contact."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import click
from pydantic import Field

from cli.command import Answer, Call, said
from cli.errors import BadInput, NotFound, WrongField, wrong_fields
from cli.fields import Clock, from_file, read_fact
from cli.finding import actor_of, clock_of, course_named
from domain.diary import DiaryDay
from domain.facts import DiaryEntered
from domain.intake import Channel, DiaryDayIntake
from domain.people import Role
from domain.record import Edge
from domain.rights import CARE, OFFICE
from domain.waits import WaitKind
from readmodel.contact import change_contact
from readmodel.diary import write_diary
from readmodel.lookups import CourseRow, bills_of

Pairs = Sequence[tuple[str, str]]
Direct = Callable[[Call, CourseRow, Pairs, str | None, str | None], Awaitable[Answer]]
SHOWN_FAULTS = 20


class DiaryFields(DiaryDayIntake):
    """One day of the diary."""

    kind: Literal["diary"] = "diary"


class ClaimStatusFields(Edge):
    """What the payer said about the claim of a session."""

    kind: Literal["claim-status"] = "claim-status"
    session: int = Field(ge=1, description="number of the session")
    status: Literal["accepted", "paid", "denied"]
    on: date | None = Field(default=None, description="the payer's day; default: today")
    amount: Decimal | None = Field(default=None, ge=0, decimal_places=2, description="paid, in dollars")
    reason: tuple[str, ...] = Field(default=(), description="codes such as CO-50")
    reference: str | None = Field(default=None, description="the payer's own number")


class ContactFields(Edge):
    """How the patient is reached from now on. What is left out stays."""

    kind: Literal["contact-changed"] = "contact-changed"
    name: str | None = Field(default=None, min_length=1)
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    phone: str | None = Field(default=None, min_length=4)
    preferred: Channel | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")


class OptOutFields(Edge):
    """The patient wants no messages any more, or takes that back."""

    kind: Literal["opt-out"] = "opt-out"
    opted_out: bool = Field(default=True, description="no: the patient takes it back")


async def diary(call: Call, course: CourseRow, pairs: Pairs, file: str | None, on: str | None) -> Answer:
    """Enter diary days; an open response check counts them anew."""
    by = await actor_of(call, *CARE)
    clock = await clock_of(call, course)
    days = _days_of_file(file, clock) if file and file.endswith(".csv") else [_day(pairs, file, on, clock)]
    _check_days(days, clock)
    pool = await call.reach.pool()
    entered = await write_diary(
        pool, course.patient_id, days, by=by.user_id, at=clock.now, source=f"staff for course {course.course_id}"
    )
    # Looked up anew: a check that opened while the days were written must count them.
    event = await _tell_open_check(call, await course_named(call, course.course_id), days) if entered else None
    first, last = min(day.on for day in days), max(day.on for day in days)
    text = f"{entered} of {len(days)} diary days are new or changed, {first} to {last}"
    text += "; the open response check counts them" if event is not None else ""
    data = {"course_id": course.course_id, "days": len(days), "entered": entered, "first_on": first, "last_on": last}
    return said(text, data | {"event": event})


def _day(pairs: Pairs, file: str | None, on: str | None, clock: Clock) -> DiaryDay:
    fields = [*pairs, ("on", on)] if on is not None else [*pairs]
    told = read_fact(DiaryFields, fields, from_file(file), clock)
    return DiaryDay(**told.model_dump(exclude={"kind"}))


def _days_of_file(path: str, clock: Clock) -> list[DiaryDay]:
    """Return the days of a CSV file with the columns of `DiaryFields`; empty cells are left out."""
    try:
        with click.open_file(path, encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"{path}: cannot be read: {type(problem).__name__}") from None
    days, faults = [], []
    for line, row in enumerate(rows, start=2):
        pairs = [
            (str(name).strip().replace("-", "_"), value.strip())
            for name, value in row.items()
            if value and value.strip()
        ]
        try:
            told = read_fact(DiaryFields, pairs, {}, clock)
        except BadInput as wrong:
            faults += [
                WrongField(field=f"line {line}, {one.field}", problem=one.problem, expected=one.expected)
                for one in wrong.fields
            ]
            continue
        days.append(DiaryDay(**told.model_dump(exclude={"kind"})))
    if faults:
        raise wrong_fields(faults[:SHOWN_FAULTS], what=f"{path}: nothing was entered")
    if not days:
        raise BadInput(f"{path}: has no days; expected the columns {', '.join(DiaryDay.model_fields)}")
    return days


def _check_days(days: Sequence[DiaryDay], clock: Clock) -> None:
    faults = []
    for day in days:
        if day.on > clock.today:
            faults.append(WrongField(field=f"{day.on}", problem="lies ahead", expected="a day that has come"))
        if day.migraine and not day.headache:
            faults.append(
                WrongField(field=f"{day.on}", problem="a migraine day without headache", expected="headache=yes")
            )
        if not day.headache and (day.worst_pain or day.hours):
            faults.append(
                WrongField(
                    field=f"{day.on}", problem="pain or hours on a day without headache", expected="headache=yes"
                )
            )
    if faults:
        raise wrong_fields(faults[:SHOWN_FAULTS], what="nothing was entered")


async def _tell_open_check(call: Call, course: CourseRow, days: Sequence[DiaryDay]) -> int | None:
    """Tell a course with an open response check that days came in; others read the diary when they need it."""
    if WaitKind.RESPONSE_CHECK not in course.waiting_for:
        return None
    from cli.sending import tell  # noqa: PLC0415 - only then Temporal is needed

    told = DiaryEntered(first_on=min(day.on for day in days), last_on=max(day.on for day in days), days=len(days))
    return await tell(call, course, told)


async def claim_status(call: Call, course: CourseRow, pairs: Pairs, file: str | None, on: str | None) -> Answer:
    """Tell the claim of a session what the payer said."""
    by = await actor_of(call, *OFFICE)
    clock = await clock_of(call, course)
    fields = [*pairs, ("on", on)] if on is not None else [*pairs]
    told = read_fact(ClaimStatusFields, fields, from_file(file), clock)
    bills = {bill.session: bill for bill in await bills_of(await call.reach.pool(), course.course_id)}
    if told.session not in bills:
        raise NotFound(f"no claim or invoice of session {told.session} is with billing yet")
    bill = bills[told.session]
    from cli.claims import tell_claim  # noqa: PLC0415 - only now Temporal is needed

    recorded = await tell_claim(call, bill, told, on=told.on or clock.today, at=clock.now)
    text = (
        f"{bill.kind} {bill.number} of session {told.session} is {recorded.state}, {_dollars(recorded.paid_cents)} paid"
    )
    return said(
        text, recorded.model_dump() | {"course_id": course.course_id, "session": told.session, "by": by.user_id}
    )


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"


async def contact_changed(call: Call, course: CourseRow, pairs: Pairs, file: str | None, on: str | None) -> Answer:
    """Change how the patient is reached."""
    by = await actor_of(call, *CARE, Role.ADMIN)
    _no_day("contact-changed", on)
    clock = await clock_of(call, course)
    told = read_fact(ContactFields, pairs, from_file(file), clock)
    changes: dict[str, Any] = told.model_dump(exclude={"kind", "preferred"}, exclude_none=True)
    if told.preferred is not None:
        changes["preferred_channel"] = told.preferred.value
    if not changes:
        raise BadInput("nothing to change: name, email, phone, preferred or language")
    return await _change(call, course, changes, by.user_id, clock)


async def opt_out(call: Call, course: CourseRow, pairs: Pairs, file: str | None, on: str | None) -> Answer:
    """Stop all messages to the patient, or take that back for him."""
    by = await actor_of(call, *CARE, Role.ADMIN)
    _no_day("opt-out", on)
    clock = await clock_of(call, course)
    told = read_fact(OptOutFields, pairs, from_file(file), clock)
    return await _change(call, course, {"opted_out": told.opted_out}, by.user_id, clock)


async def _change(call: Call, course: CourseRow, changes: dict[str, Any], by: str, clock: Clock) -> Answer:
    if not await change_contact(await call.reach.pool(), course.patient_id, changes, by=by, at=clock.now):
        raise NotFound("the patient of this course is not in the database")
    changed = sorted(changes)
    return said(f"changed: {', '.join(changed)}", {"course_id": course.course_id, "changed": changed})


def _no_day(kind: str, on: str | None) -> None:
    if on is not None:
        raise BadInput(f"{kind} has no day of its own: it counts as of now")


DIRECT: dict[str, Direct] = {
    "diary": diary,
    "claim-status": claim_status,
    "contact-changed": contact_changed,
    "opt-out": opt_out,
}
DIRECT_FIELDS: dict[str, type[Edge]] = {
    "diary": DiaryFields,
    "claim-status": ClaimStatusFields,
    "contact-changed": ContactFields,
    "opt-out": OptOutFields,
}
assert DIRECT.keys() == DIRECT_FIELDS.keys(), "each has its fields"
