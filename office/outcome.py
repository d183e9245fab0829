"""What a request made happen, and where the course stands then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from domain.changes import fold
from domain.consequences import consequences
from domain.events import AnyEvent, RecordCorrected, UnknownEvent
from domain.follows import what_follows
from domain.story import story_of
from office.call import Call
from office.finding import clinic_of, course_named, events_of
from office.names import names_of
from readmodel.lookups import CourseRow

LOOKS, LOOK_EVERY_SECONDS = 20, 0.05
OF_WAITS = frozenset(
    {"wait_opened", "wait_closed", "wait_raised", "appointment_settled", "claim_step_kept", "roll_over_asked"}
)
"""Kinds of events that say what the course does by itself; people read the others."""


async def outcome_of(call: Call, course: CourseRow, number: int) -> dict[str, Any]:
    """Return what the request that became the event of this number made happen, once the course waits again."""
    now = await at_rest(call, course)
    zone = (await clinic_of(call)).zone
    since = min(course.number, number - 1)
    journal, names = await events_of(call, now), await names_of(await call.reach.pool())
    return {
        "course_id": course.course_id,
        "event": number,
        "request_id": call.request_id,
        "happened": [_line(one, zone, names) for one in journal if one.number > since and one.kind not in OF_WAITS],
        "follows": follows_from(now, journal, number),
        "phase": now.phase,
        "waiting": now.waiting,
    }


def follows_from(row: CourseRow, journal: Sequence[AnyEvent | UnknownEvent], number: int) -> list[str]:
    """Return what the event of this number means for the course as it is now."""
    told = next((event for event in journal if event.number == number), None)
    if told is None:
        return []
    if isinstance(told, RecordCorrected):
        before, after = (
            fold([one for one in journal if one.number <= last], course_id=row.course_id, patient_id=row.patient_id)
            for last in (number - 1, number)
        )
        return list(consequences(before, told, after))
    return list(what_follows(told, fold(list(journal), course_id=row.course_id, patient_id=row.patient_id)))


async def at_rest(call: Call, course: CourseRow) -> CourseRow:
    """Return the course as soon as it waits for something again: what follows from a request follows at once."""
    for _ in range(LOOKS):
        now = await course_named(call, course.course_id)
        if now.waiting_for or now.closed_on is not None:
            return now
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return now


async def written_since(call: Call, course: CourseRow) -> CourseRow:
    """Return the course as soon as its journal has more than it had; as it is, where nothing follows within a second."""
    for _ in range(LOOKS):
        now = await course_named(call, course.course_id)
        if now.number > course.number:
            return now
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return now


def _line(event: AnyEvent | UnknownEvent, zone: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {"event": event.number, "kind": event.kind, "said": story_of(event, zone=zone, names=names)}
