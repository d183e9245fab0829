"""What is told to the clinic's own records rather than to a course: the diary, a claim's status, a patient's contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import Field

from domain.diary import DiaryDay
from domain.facts import DiaryEntered
from domain.intake import Channel, DiaryDayIntake
from domain.people import Role
from domain.record import Edge
from domain.rights import CARE, OFFICE
from domain.story.words import day_in_words, dollars, in_words
from domain.waits import WaitKind
from office.call import Call
from office.claim_fields import ClaimStatusFields
from office.errors import BadInput, NotFound, WrongField, wrong_fields
from office.fields import Clock
from office.finding import actor_of, clock_of, course_named, user_named, wrong
from readmodel.contact import OptOutSaid, change_contact, say_opt_out
from readmodel.diary import write_diary
from readmodel.lookups import BillRow, CourseRow, bills_of

SHOWN_FAULTS = 20
Said = tuple[str, dict[str, Any]]
"""What was done: in words, and as programs see it."""


class DiaryFields(DiaryDayIntake):
    """One day of the diary."""

    kind: Literal["diary"] = "diary"


class ContactFields(Edge):
    """How the patient is reached from now on. What is left out stays."""

    kind: Literal["contact-changed"] = "contact-changed"
    name: str | None = Field(default=None, min_length=1)
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    phone: str | None = Field(default=None, min_length=4)
    preferred: Channel | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")


class OptOutFields(Edge):
    """The patient wants no messages any more, or takes that back: as the patient's own wish, and nobody else's."""

    kind: Literal["opt-out"] = "opt-out"
    opted_out: bool = Field(default=True, description="no: the patient takes it back; then how and on are needed")
    how: Literal["in_person", "phone", "written"] | None = Field(default=None, description="how the patient said so")
    on: date | None = Field(default=None, description="the day on which the patient said so; default: today")
    heard_by: str | None = Field(default=None, description="user id of who heard it; default: who records it")


DIRECT_FIELDS: dict[str, type[Edge]] = {
    "diary": DiaryFields,
    "claim-status": ClaimStatusFields,
    "contact-changed": ContactFields,
    "opt-out": OptOutFields,
}
MAY_TELL: Mapping[str, frozenset[Role]] = {
    "diary": CARE,
    "claim-status": OFFICE,
    "contact-changed": CARE | {Role.ADMIN},
    "opt-out": CARE | {Role.ADMIN},
}
assert DIRECT_FIELDS.keys() == MAY_TELL.keys(), "each says who may tell it"


async def tell_direct(call: Call, course: CourseRow, told: Edge) -> Said:
    """Do what is told, and say what was done. Raises what `office.errors` names."""
    match told:
        case DiaryFields():
            return await enter_days(call, course, [day_of(told)])
        case ClaimStatusFields():
            return await claim_status(call, course, told)
        case ContactFields():
            return await contact_changed(call, course, told)
        case OptOutFields():
            return await opt_out(call, course, told)
        case _:
            raise NotImplementedError(type(told).__name__)


def day_of(told: DiaryFields) -> DiaryDay:
    """Return the diary's day that was told."""
    return DiaryDay(**told.model_dump(exclude={"kind"}))


def _entered_in_words(entered: int, days: int, first: date, last: date) -> str:
    """Return what came of entering diary days."""
    if days == 1:
        return f"The diary of {day_in_words(first)} " + ("is new or changed" if entered else "says this already")
    return f"{entered} of {days} diary days are new or changed, {day_in_words(first)} to {day_in_words(last)}"


async def enter_days(call: Call, course: CourseRow, days: Sequence[DiaryDay]) -> Said:
    """Enter diary days; an open response check counts them anew."""
    by = await actor_of(call, *MAY_TELL["diary"])
    clock = await clock_of(call, course)
    _check_days(days, clock)
    pool = await call.reach.pool()
    entered = await write_diary(
        pool, course.patient_id, days, by=by.user_id, at=clock.now, source=f"staff for course {course.course_id}"
    )
    # Looked up anew: a check that opened while the days were written must count them.
    event = await _tell_open_check(call, await course_named(call, course.course_id), days) if entered else None
    first, last = min(day.on for day in days), max(day.on for day in days)
    text = _entered_in_words(entered, len(days), first, last)
    text += "; the open response check counts anew" if event is not None else ""
    data = {"course_id": course.course_id, "days": len(days), "entered": entered, "first_on": first, "last_on": last}
    return text, data | {"event": event}


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
    from office.sending import tell  # noqa: PLC0415 - only then Temporal is needed

    told = DiaryEntered(first_on=min(day.on for day in days), last_on=max(day.on for day in days), days=len(days))
    return await tell(call, course, told)


async def claim_status(call: Call, course: CourseRow, told: ClaimStatusFields) -> Said:
    """Tell the claim of a session what the payer said."""
    by = await actor_of(call, *MAY_TELL["claim-status"])
    clock = await clock_of(call, course)
    bill = _bill_meant(told, await bills_of(await call.reach.pool(), course.course_id))
    from office.claims import tell_claim  # noqa: PLC0415 - only now Temporal is needed

    recorded = await tell_claim(call, bill, told, on=told.on or clock.today, at=clock.now)
    paid = dollars(recorded.paid_cents)
    text = f"{bill.kind} {bill.number} of session {told.session} is {in_words(recorded.state)}, {paid} paid"
    text += "".join(f"\n  {reason.says}: {reason.first_step}" for reason in recorded.reasons)
    return text, recorded.model_dump() | {"course_id": course.course_id, "session": told.session, "by": by.user_id}


def _bill_meant(told: ClaimStatusFields, bills: Sequence[BillRow]) -> BillRow:
    """Return the session's last claim or invoice, or the one named by its number."""
    of_session = [bill for bill in bills if bill.session == told.session]
    if not of_session:
        raise NotFound(f"no claim or invoice of session {told.session} is with billing yet")
    if told.claim is None:
        return of_session[-1]
    named = [bill for bill in of_session if bill.number == told.claim]
    if not named:
        numbers = ", ".join(bill.number for bill in of_session)
        raise wrong("claim", f"session {told.session} has no claim {told.claim}; expected one of {numbers}")
    return named[0]


async def contact_changed(call: Call, course: CourseRow, told: ContactFields) -> Said:
    """Change how the patient is reached."""
    by = await actor_of(call, *MAY_TELL["contact-changed"])
    changes: dict[str, Any] = told.model_dump(exclude={"kind", "preferred"}, exclude_none=True)
    if told.preferred is not None:
        changes["preferred_channel"] = told.preferred.value
    if not changes:
        raise BadInput("nothing to change: name, email, phone, preferred or language")
    return await _change(call, course, changes, by.user_id)


async def opt_out(call: Call, course: CourseRow, told: OptOutFields) -> Said:
    """Record what the patient wishes. Only the patient takes an opt-out back, so that says who heard it, how and when."""
    by = await actor_of(call, *MAY_TELL["opt-out"])
    clock = await clock_of(call, course)
    missing = [] if told.opted_out else [name for name in ("how", "on") if getattr(told, name) is None]
    if missing:
        expected = {"how": "in_person, phone or written", "on": "the day on which the patient said so"}
        faults = [WrongField(field=name, problem="is missing", expected=expected[name]) for name in missing]
        raise wrong_fields(faults, what="only the patient takes it back")
    said_on = told.on or clock.today
    if said_on > clock.today:
        raise wrong("on", "on: expected a day that has come")
    heard_by = (
        by.user_id if told.heard_by is None else (await user_named(call, told.heard_by, field="heard_by")).user_id
    )
    said = OptOutSaid(opted_out=told.opted_out, heard_by=heard_by, how=told.how, said_on=said_on)
    if not await say_opt_out(await call.reach.pool(), course.patient_id, said, by=by.user_id, at=clock.now):
        raise NotFound("the patient of this course is not in the database")
    wish = "wants no messages" if told.opted_out else "takes messages again"
    text = f"the patient {wish}: said on {said_on}, heard by {heard_by}"
    return text, {"course_id": course.course_id, "changed": ["opted_out"], **said.model_dump()}


async def _change(call: Call, course: CourseRow, changes: dict[str, Any], by: str) -> Said:
    clock = await clock_of(call, course)
    if not await change_contact(await call.reach.pool(), course.patient_id, changes, by=by, at=clock.now):
        raise NotFound("the patient of this course is not in the database")
    changed = sorted(changes)
    return f"changed: {', '.join(changed)}", {"course_id": course.course_id, "changed": changed}
