"""The waiting list: an earlier time is wanted for a session that is booked, and looked for each working day's morning."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from domain.clinic_time import clinic_clock, clinic_day, instant_of, next_working_day
from domain.course import Course
from domain.coverage import granted_by, last_day, left
from domain.plan import dates_from_last_dose, day_of_appointment, morning_of
from domain.session import EarlierWish, FreeTime

LOOKED_FOR_FROM_EDITION = 2
ONE_DAY = timedelta(days=1)
LAST_START = time(23, 59)


def first_day_wanted(course: Course, today: date) -> date:
    """Return the first day on which the patient could still come and the session be given: tomorrow at the earliest."""
    dates = dates_from_last_dose(course)
    return today + ONE_DAY if dates is None else max(today + ONE_DAY, dates.earliest_on)


def saves_by(course: Course) -> date | None:
    """Return the last day of what covers no session of the appointment's day any more, and has sessions left: it would lapse."""
    if course.appointment is None:
        return None
    on, drug = day_of_appointment(course), course.protocol.billing.drug_code.value
    then = course.covered_on(on)
    days = [
        last_day(granted)
        for granted in granted_by(then.coverage.payer_id, course.authorizations)
        if left(granted, course.sessions, drug_code=drug).sessions > 0
    ]
    return max(days) if days and max(days) < on and then.needs_authorization else None


def earlier_wish(course: Course) -> EarlierWish | None:
    """Return the wish for an earlier time while it is looked for: there is an appointment that lies ahead and stands."""
    waits_for_scheduling = course.move_wish is not None or course.clearance is not None
    if not course.is_under_way or course.appointment is None or waits_for_scheduling:
        return None
    return course.earlier


def is_too_late(course: Course, wish: EarlierWish, today: date) -> bool:
    """Whether no time by the last day that would do can be had any more."""
    return first_day_wanted(course, today) > wish.until_on


def next_look(course: Course, wish: EarlierWish) -> datetime | None:
    """Return when scheduling is asked next: each working day's morning, and at last on the last day. None: at once."""
    if wish.looked_on is None:
        return None
    return morning_of(course, min(next_working_day(wish.looked_on + ONE_DAY, course.clinic), wish.until_on))


def window_of(course: Course, wish: EarlierWish, today: date) -> tuple[datetime, datetime]:
    """Return from when to when a free time is looked for."""
    return (
        morning_of(course, first_day_wanted(course, today)),
        instant_of(wish.until_on, LAST_START, course.clinic.zone),
    )


def offer_in_words(course: Course, offer: FreeTime) -> str:
    """Return what the patient is asked, such as "9 Jul could become 3 Jul 09:00"."""
    assert course.appointment is not None, "what is offered is instead of another time"
    zone = course.clinic.zone
    now, then = (clinic_clock(at, zone) for at in (course.appointment.starts_at, offer.starts_at))
    return f"{now.day} {now:%b} could become {then.day} {then:%b %H:%M}"


def lapses_on(course: Course, offer: FreeTime) -> datetime:
    """Return when an offer that nobody has answered is over: on the morning of its day."""
    return morning_of(course, clinic_day(offer.starts_at, course.clinic.zone))
