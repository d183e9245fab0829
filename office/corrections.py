"""Corrections: a recorded fact was told wrongly. Both values stay; what hangs on it is said before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, get_args

from domain import facts as f
from domain.changes import after, fold
from domain.clinic_time import clinic_day
from domain.consequences import consequences
from domain.correction import Changed
from domain.course import Course
from domain.decide import decide
from domain.events import AnyEvent, CourseEvent, RecordCorrected, UnknownEvent
from domain.people import COURSE, Actor, Role
from domain.record import Record, Refusal
from domain.rights import CORRECTING, DAYS
from domain.story import NOBODYS
from domain.story.named import named
from domain.story.telling import value_in_words
from domain.story.words import in_words
from domain.told import subject_of, watch_of
from office.call import Call
from office.errors import CourseRefused
from office.finding import events_of, wrong
from office.names import with_names
from office.telling import Foreseen, foreseen, see_licence
from readmodel.lookups import CourseRow, MessageRow, messages

VALUES: dict[str, Any] = {model.model_fields["of"].default: model for model in get_args(f.Values)}
VALUES["session_completed"] = VALUES["session_given"]
SENT = frozenset({"sent", "unknown", "sending"})


class Follows(Record):
    """What a correction changes, with both values, and what that means for the course."""

    changes: tuple[Changed, ...]
    consequences: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in one text."""
        changed = (f"{one.field}: {one.before} -> {one.after}" for one in self.changes)
        return "; ".join((*changed, *self.consequences)) + "."


def values_of(told: CourseEvent) -> Any:
    """Return what the values of an event are read into. Raises `BadInput` for what nobody corrects."""
    kind = getattr(told, "kind", "")
    if kind not in VALUES:
        raise wrong("event", f"event {told.number} is {kind}; can be corrected: {', '.join(VALUES)}")
    if told.by == COURSE:
        raise wrong("event", f"event {told.number} is {kind} and was told by nobody: the course did it by itself")
    return VALUES[kind]


def may_correct(actor: Actor, told: CourseEvent, today: date) -> bool:
    """Whether somebody may correct this event, or at least its days."""
    kind = getattr(told, "kind", "")
    if kind not in VALUES or told.by == COURSE:
        return False
    own = told.by == actor.user_id and told.on == today
    has_days = actor.role is Role.OPERATIONS and not DAYS.isdisjoint(VALUES[kind].model_fields)
    return own or has_days or actor.role in CORRECTING[kind]


async def correction_of(call: Call, told: CourseEvent, values: Any, reason: str) -> f.Correction:
    """Return the correction of an event by these values. Raises `BadInput`."""
    if not reason.strip():
        raise wrong("reason", "expected why it was told wrongly")
    if isinstance(values, f.SessionValues) and values.injector is not None:
        await see_licence(call, values.injector)
    assert told.on is not None, "what is in the journal is stamped"
    return f.Correction(
        event=told.number,
        subject=subject_of(told),
        watch_of=watch_of(told),
        recorded_by=told.by,
        recorded_on=told.on,
        values=values,
        reason=reason,
    )


def follows(
    journal: Sequence[AnyEvent | UnknownEvent],
    request: f.Request,
    row: CourseRow,
    *,
    names: Mapping[str, str] = NOBODYS,
) -> Follows:
    """Return what will follow from a correction. Raises `CourseRefused` where the course would refuse it."""
    before = fold(list(journal), course_id=row.course_id, patient_id=row.patient_id)
    decided = decide(before, request, now=row.now)
    if isinstance(decided, Refusal):
        raise CourseRefused(with_names(decided.reason, decided.people, names))
    assert isinstance(decided, RecordCorrected), "a correction becomes that"
    stamp = {"number": before.number + 1, "at": row.now, "on": clinic_day(row.now, before.clinic.zone)}
    stamped = decided.model_copy(update=stamp)
    changed = tuple(named(one, names) for one in stamped.changes)
    return Follows(changes=changed, consequences=consequences(before, stamped, after(before, stamped)))


def foreseen_of(
    course: Course,
    journal: Sequence[AnyEvent | UnknownEvent],
    request: f.Request,
    row: CourseRow,
    *,
    names: Mapping[str, str] = NOBODYS,
) -> Foreseen:
    """Return what any request would make happen; of a correction both values, and what hung on the one before."""
    if not isinstance(request.fact, f.Correction):
        return foreseen(course, request, row.now, names=names)
    said = follows(journal, request, row, names=names)
    zone = course.clinic.zone
    changed = "; ".join(
        f"{in_words(one.field)}: {value_in_words(one.before, zone)} → {value_in_words(one.after, zone)}"
        for one in said.changes
    )
    return Foreseen(said=changed, follows=said.consequences)


async def messages_sent(call: Call, row: CourseRow, number: int) -> list[MessageRow]:
    """Return the messages that may have told the patient what the correction of this number has corrected."""
    sent = await messages(await call.reach.pool(), course_id=row.course_id, statuses=SENT)
    told = next(one for one in await events_of(call, row) if one.number == number)
    kinds = _kinds_touched(told)
    return [one for one in sent if one.kind in kinds and told.at is not None and one.send_at <= told.at]


def _kinds_touched(told: CourseEvent) -> frozenset[str]:
    """Return the kinds of messages that may have told the patient what was wrong."""
    if not isinstance(told, RecordCorrected):
        return frozenset()
    about_the_time = {"appointment_planned", "appointment_moved", "appointment_confirmed", "reminder"}
    kinds = set(told.told) | (about_the_time if told.gives_up is not None else set())
    if told.of == "session_given":
        kinds.add("aftercare")
    return frozenset(kinds)
