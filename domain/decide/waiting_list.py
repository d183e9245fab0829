"""An earlier time: wanted, and what the patient says to one that is free."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day, day_in_words
from domain.decide.common import Asked, Decide, Decided
from domain.plan import day_of_appointment
from domain.record import Refusal
from domain.session import EarlierWish
from domain.visits import passed_on
from domain.waiting_list import LOOKED_FOR_FROM_EDITION, earlier_wish, first_day_wanted, saves_by

ONE_DAY = timedelta(days=1)


def earlier_wanted(asked: Asked) -> Decided:
    """Put the session that is booked on the waiting list, with another last day, or take it from there."""
    fact, course = asked.fact_as(f.EarlierWanted), asked.course
    if not fact.wanted:
        none = Refusal(reason="wanted: no earlier time is looked for")
        return none if course.earlier is None else e.EarlierGivenUp(reason="it is not wanted any more")
    if (refused := _nothing_to_be_earlier(asked)) is not None:
        return refused
    first_on, booked_on = first_day_wanted(course, asked.today), day_of_appointment(course)
    saves = saves_by(course)
    until_on = fact.until_on or (saves if saves is not None and saves >= first_on else booked_on - ONE_DAY)
    if first_on >= booked_on:
        return Refusal(reason=f"no earlier day will do: the first is {day_in_words(first_on)}")
    if not first_on <= until_on < booked_on:
        last_on = day_in_words(booked_on - ONE_DAY)
        return Refusal(reason=f"until_on: expected a day from {day_in_words(first_on)} to {last_on}")
    return e.EarlierWanted(wish=EarlierWish(until_on=until_on, since=asked.today, by=asked.by.user_id))


def _nothing_to_be_earlier(asked: Asked) -> Refusal | None:
    """Return why no booked time can become an earlier one now, or None."""
    course = asked.course
    if course.appointment is None or course.clearance is not None or course.move_wish is not None:
        return Refusal(reason="no time is booked that could become an earlier one now")
    if course.edition < LOOKED_FOR_FROM_EDITION or passed_on(course, asked.today) is not None:
        return Refusal(
            reason="no earlier time can be looked for: move the appointment, or say what became of the visit"
        )
    return None


def earlier_answered(asked: Asked) -> Decided:
    """Take the patient's answer. A yes asks scheduling to move the session, which may have given the time away by now."""
    fact, course = asked.fact_as(f.EarlierAnswered), asked.course
    wish = earlier_wish(course)
    if wish is None or wish.offer is None:
        return Refusal(reason="no earlier time waits for the patient's answer")
    day = clinic_day(wish.offer.starts_at, course.clinic.zone)
    if fact.takes and day < first_day_wanted(course, asked.today):
        first_on = day_in_words(first_day_wanted(course, asked.today))
        return Refusal(
            reason=f"takes: the first day that will do is {first_on} by now; say no, and another is looked for"
        )
    return e.EarlierAnswered(
        offer=wish.offer, day=day, takes=fact.takes, reason=fact.note or "an earlier time was free"
    )


DECISIONS: dict[str, Decide] = {
    "earlier-wanted": earlier_wanted,
    "earlier-answered": earlier_answered,
}
