"""Appointments: scheduling is waited for a little after a time was asked for."""

from __future__ import annotations

import asyncio

from domain.events import BookingRefused, MoveRefused
from domain.facts import Book, EarlierAnswered, Move
from office.call import Call
from office.errors import CourseRefused
from office.finding import events_of
from readmodel.lookups import CourseRow

SCHEDULING_ANSWERS_WITHIN_SECONDS = 6.0
LOOK_EVERY_SECONDS = 0.1
ANSWERS = frozenset({"appointment_booked", "appointment_moved", "booking_refused", "move_refused"})


def asks_scheduling(fact: object) -> bool:
    """Whether a fact asks for a time that scheduling may not have: its answer is worth waiting for."""
    return isinstance(fact, Book | Move) or (isinstance(fact, EarlierAnswered) and fact.takes)


async def scheduling_answered(call: Call, row: CourseRow, number: int) -> None:
    """Wait a little for scheduling. Its no is a refusal; when it does not answer the course goes on trying."""
    for _ in range(int(SCHEDULING_ANSWERS_WITHIN_SECONDS / LOOK_EVERY_SECONDS)):
        answer = next((one for one in await events_of(call, row) if one.number > number and one.kind in ANSWERS), None)
        if isinstance(answer, BookingRefused | MoveRefused):
            raise CourseRefused(answer.reason)
        if answer is not None:
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
