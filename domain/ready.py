"""What keeps a session from being confirmed with the patient, and from being cleared on its day."""

from __future__ import annotations

from datetime import date

from domain.anew import gap_ends_on, gap_since
from domain.care import needs_own_consent, sites_to_review
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.plan import coverage_of, dates_for_day, day_of_appointment, dose_of, open_check
from domain.record import Record, Refusal
from domain.session import AppointmentStatus

LOOKED_AT_ANEW_FROM_EDITION = 2


class Missing(Record):
    """What keeps a session from being confirmed or cleared: `what` is one word, `why` a sentence."""

    what: str
    why: str


def missing_for_confirmation(course: Course) -> tuple[Missing, ...]:
    """Return what is missing before the patient is told that the appointment stands."""
    on = day_of_appointment(course)
    missing = [*_missing_of_record(course, on), *_missing_consent(course, on)]
    covered = coverage_of(course, on)
    if isinstance(covered, Refusal):
        missing.append(Missing(what="coverage", why=covered.reason))
    assert course.appointment is not None
    look = course.readiness
    if look is None or look.appointment != course.appointment.number:
        missing.append(Missing(what="drug", why="nobody has looked yet whether the drug is there"))
    elif not look.drug_on_hand:
        missing.append(Missing(what="drug", why="the drug is not there"))
    return tuple(missing)


def missing_for_clearance(course: Course, on: date) -> tuple[Missing, ...]:
    """Return every rule of docs/rules.md ("What always holds") that forbids to clear a session on the day `on`."""
    missing = [*_missing_of_record(course, on), *_missing_consent(course, on)]
    missing.extend(
        Missing(what="red flag", why=f"adverse event {flagged.number} is not lifted by a clinician")
        for flagged in course.red_flags
    )
    missing.extend(
        Missing(what="sites", why=f"nobody has looked at the planned sites after adverse event {event.number}")
        for event in sites_to_review(course)
    )
    dates = dates_for_day(course, on)
    if dates is not None and on < dates.earliest_on:
        missing.append(
            Missing(what="interval", why=f"the earliest day is {day_in_words(dates.earliest_on)}: {dates.reason}")
        )
    if dose_of(course).units > course.protocol.dose.units_max.value:
        missing.append(
            Missing(what="dose", why=f"the planned dose exceeds {course.protocol.dose.units_max.value} units")
        )
    covered = coverage_of(course, on)
    if isinstance(covered, Refusal):
        missing.append(Missing(what="coverage", why=covered.reason))
    return tuple(missing)


def _missing_of_record(course: Course, on: date) -> list[Missing]:
    missing = []
    if course.eligibility_settled_on is None:
        missing.append(Missing(what="eligibility", why="eligibility is not settled"))
    if not course.goals or course.consent_signed_on is None:
        missing.append(Missing(what="consent", why="goals and consent are not recorded"))
    elif (ends_on := gap_ends_on(course)) is not None and on >= ends_on:
        last = gap_since(course)
        since = "" if last is None else f" since {day_in_words(last)}"
        why = f"nothing was given{since}: goals, consent and baseline are settled anew from {day_in_words(ends_on)} on"
        missing.append(Missing(what="gap", why=why))
    if (session := open_check(course)) is not None:
        which = f"after session {session.number}" if session.number else "on what was given elsewhere"
        why = f"the response check {which} is not answered"
        missing.append(Missing(what="response check", why=why))
    missing.extend(
        Missing(
            what="claim",
            why=f"the claim of session {denial.session} was denied ({', '.join(denial.reason_codes)}): billing has not settled it",
        )
        for denial in course.claim_denials
        if denial.stops
    )
    return missing


def _missing_consent(course: Course, on: date) -> list[Missing]:
    """Return that who is of age on that day has not consented himself, where a guardian had."""
    if not needs_own_consent(course, on):
        return []
    of_age_on = course.history.comes_of_age_on
    since = "" if of_age_on is None else f" since {day_in_words(of_age_on)}"
    return [Missing(what="own consent", why=f"the patient is of age{since}")]


def may_confirm(course: Course) -> bool:
    """Whether the tentative appointment can be confirmed now."""
    tentative = course.appointment is not None and course.appointment.status is AppointmentStatus.TENTATIVE
    return tentative and not missing_for_confirmation(course)


def is_settled(course: Course) -> bool:
    """Whether nothing is to be seen to about the appointment: it stands, or is kept although something is missing.

    One that was confirmed and lacks something again (another dose, another payer) is looked at anew; in courses that
    an earlier release began, a confirmed one stands.
    """
    appointment = course.appointment
    if appointment is None or course.kept_unready == appointment.number:
        return True
    if appointment.status is AppointmentStatus.CONFIRMED:
        return course.edition < LOOKED_AT_ANEW_FROM_EDITION or not missing_for_confirmation(course)
    return may_confirm(course)
