"""Whether what a payer granted is what is needed; where it is not, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from domain import plan
from domain.clinic_time import day_in_words, next_working_day
from domain.course import Course
from domain.coverage import Authorization, AuthorizationRequest, Per, left
from domain.payer import Counts
from domain.timing import interval_days


def differences(course: Course, request: AuthorizationRequest, granted: Authorization, today: date) -> tuple[str, ...]:
    """Return how an approval falls short of what the next sessions need, one sentence for each difference.

    Compared are sessions, units by what the payer counts (where that is unknown, by the reading that is best for the
    patient), the window with the days the sessions are planned for, drug source, place of service and conditions.
    """
    then = course.model_copy(update={"authorizations": (*_others(course, granted), granted)})
    return (*_sessions(request, granted), *_units(then, granted), *_window(then, granted, today), *_terms(granted))


def _others(course: Course, granted: Authorization) -> tuple[Authorization, ...]:
    return tuple(one for one in course.authorizations if one.request != granted.request)


def _sessions(request: AuthorizationRequest, granted: Authorization) -> Iterator[str]:
    if granted.sessions < request.sessions:
        yield f"sessions: {request.sessions} were asked for, {granted.sessions} granted"


def _units(course: Course, granted: Authorization) -> Iterator[str]:
    drug = course.protocol.billing.drug_code.value
    line = next((one for one in granted.lines if one.code == drug), None)
    if line is None:
        return
    each = plan.opened_of(course) if line.counts is Counts.BILLED else plan.dose_of(course).units
    sessions = 1 if line.per is Per.SESSION else granted.sessions
    if line.quantity < each * sessions:
        whose = "a session needs" if sessions == 1 else f"{sessions} sessions need"
        short = each * sessions - line.quantity
        yield f"units: {line.quantity} are granted, {whose} {each * sessions} {_counted(line.counts)}: {short} short"


def _counted(counts: Counts) -> str:
    return "as billed" if counts is Counts.BILLED else "as given"


def _window(course: Course, granted: Authorization, today: date) -> Iterator[str]:
    """Yield where the sessions granted cannot be given on their days within the window."""
    first_on = plan.planned_on(course, today)
    number, until_on = course.next_session, granted.until_on
    if first_on < granted.from_on:
        yield f"window: it begins on {day_in_words(granted.from_on)}, and session {number} is planned for {day_in_words(first_on)}"
    if first_on > until_on:
        yield f"window: it ends on {day_in_words(until_on)}, and session {number} is planned for {day_in_words(first_on)}"
        return
    days = interval_days(protocol=course.protocol, policy=course.policy)
    rest = left(granted, course.sessions, drug_code=course.protocol.billing.drug_code.value)
    for more in range(1, rest.sessions):
        on = next_working_day(first_on + timedelta(days=days * more), course.clinic)
        if on > until_on:
            yield f"window: it ends on {day_in_words(until_on)}, and session {number + more} cannot be before {day_in_words(on)}"
            return


def _terms(granted: Authorization) -> Iterator[str]:
    if granted.drug_source is not None:
        yield f"drug source: {granted.drug_source.replace('_', ' ')} only"
    if granted.place_of_service is not None:
        yield f"place of service: {granted.place_of_service.replace('_', ' ')} only"
    if granted.conditions is not None:
        yield f"conditions: {granted.conditions}"
