"""Whether and when a payer is asked for the next session: a new authorization, or another one changed. Pure.

The workflow asks by these functions and the planner forecasts by them, so that both say the same.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import (
    Authorization,
    AuthorizationRequest,
    Decision,
    Left,
    Purpose,
    last_day,
    left,
)
from domain.plan import (
    TURNS,
    coverage_of,
    covers,
    dose_of,
    grants_of,
    held_by,
    opened_of,
    planned_on,
    renewal_for,
    renewal_from_last_dose,
)
from domain.record import Record, Refusal
from domain.ways_on import CHANGES_AN_AUTHORIZATION, is_held_back

NOT_NEEDED = "the session is covered as it is planned now"
"""Why an extension or an amendment is closed that may be asked for again."""
ANOTHER_PAYS = "another payer pays for the next session"
"""Why a request to the payer before is closed."""


def must_ask_payer(course: Course, today: date) -> bool:
    """Whether a payer must agree, none of its authorizations holds for the planned session, and none is asked for.

    After a denial, and while what the payer misses is waited for, nothing is asked for by itself; nor while somebody
    has still to say whether an approval that differs from what is needed is accepted, nor again where the payer has
    answered in time and covers the session all the same not (`falls_short`).
    """
    on = planned_on(course, today)
    course = course.covered_on(on)
    if not course.needs_authorization or course.open_request is not None or is_held_back(course):
        return False
    if any(one.waits_for_answer for one in grants_of(course)):
        return False
    if covers(course, on):
        return False
    return _answered_in_vain(course, on) is None or amendment_needed(course, today) is not None


def falls_short(course: Course, today: date) -> str | None:
    """Return why the planned session is not covered although the payer agreed to a request for it that was in time.

    A person decides then: moves it, asks the payer again, or settles otherwise who pays. None: nothing falls short, the
    payer is asked by itself, or is being asked.
    """
    on = planned_on(course, today)
    course = course.covered_on(on)
    if not course.is_under_way or not course.needs_authorization or course.open_request or is_held_back(course):
        return None
    granted = _answered_in_vain(course, on)
    if any(one.waits_for_answer for one in grants_of(course)) or granted is None:
        return None
    if amendment_needed(course, today) is not None or not isinstance(coverage_of(course, on), Refusal):
        return None
    held = held_by(course, granted, on)
    assert isinstance(held, Refusal), "what does not cover the session is none that holds"
    return held.reason


def _answered_in_vain(course: Course, on: date) -> Authorization | None:
    """Return what the payer granted on a request in time for this session and this dose, and yet does not cover it.

    In time is a request from the day on which a grant as long as this payer's reaches the session: what was asked
    before that day is asked for anew on it.
    """
    if course.edition < TURNS or covers(course, on):
        return None
    asked = {one.number: one for one in course.requests if one.purpose not in CHANGES_AN_AUTHORIZATION}
    from_on, units = _reaches_from(course, on), dose_of(course).units
    for granted in reversed(grants_of(course)):
        request = asked.get(granted.request)
        if request is None or granted.stopped_on is not None or request.for_session != course.next_session:
            continue
        if granted.is_transition:  # it was never to reach further
            continue
        if request.opened_on >= from_on and request.planned_units >= units:
            return granted
    return None


def _reaches_from(course: Course, on: date) -> date:
    """Return the first day on which what this payer grants, beginning that day, reaches the day `on`.

    As long as its policy says, or as its last authorization was where that was shorter.
    """
    assert course.policy is not None, "an authorization has a payer with a policy"
    days = [course.policy.grant.window_days.value]
    last = [one for one in grants_of(course) if not one.is_transition][-1:]
    days += [(one.until_on - one.from_on).days + 1 for one in last]
    return on - timedelta(days=min(days) - 1)


def waits_for_number(course: Course, granted: Authorization) -> bool:
    """Whether the number of an authorization is still to come, and somebody needs it."""
    if granted.number:
        return False
    used = any(one.coverage.authorization == granted.request for one in course.sessions)
    return used or (course.is_open and granted.stopped_on is None)


def asks_nobody(course: Course, today: date) -> str | None:
    """Return why no payer is to be asked about the next session, or None: who pays on its day needs no authorization."""
    on = planned_on(course, today)
    if course.covered_on(on).needs_authorization:
        return None
    return f"the next session falls under another coverage, about {day_in_words(on)}, which needs no authorization"


def superseded_request(course: Course, today: date) -> AuthorizationRequest | None:
    """Return the open request to a payer who does not pay for the next session any more, or None."""
    asked = course.open_request
    if asked is None or not course.coverages_before:
        return None
    then = course.covered_on(planned_on(course, today))
    stands = then.needs_authorization and asked.payer_id in {None, then.coverage.payer_id}
    return None if stands else asked


def needless_request(course: Course, today: date) -> AuthorizationRequest | None:
    """Return the extension or amendment that nobody has sent and the next session does not need any more, or None.

    So it is where an earlier time was found after all, or a smaller dose is planned.
    """
    asked = course.open_request
    if asked is None or asked.submitted_on is not None or course.edition < TURNS:
        return None
    on = planned_on(course, today)
    changes = asked.purpose in CHANGES_AN_AUTHORIZATION and course.appointment is not None
    return asked if changes and covers(course.covered_on(on), on) else None


class Amendment(Record):
    """What is asked of an authorization that would cover the next session if it were changed."""

    request: int  # of the authorization
    purpose: Purpose
    sessions: int
    until_on: date | None = None
    reason: str


def amendment_needed(course: Course, today: date) -> Amendment | None:
    """Return what an authorization must be asked for to cover the next session; None where only a new one will do.

    A planned session has slipped past its end with sessions left (an extension, while it lasts), or a session left
    has too few units. Nothing is asked twice: what was refused makes way for a renewal.
    """
    if course.edition < TURNS:
        return None
    on = planned_on(course, today)
    if covers(course, on):
        return None
    wishes = (_amendment(course, one, on, today) for one in reversed(grants_of(course)))
    return next((wish for wish in wishes if wish is not None), None)


def _amendment(course: Course, granted: Authorization, on: date, today: date) -> Amendment | None:
    """Return what must be asked of this authorization for a session on the day `on`, if that can help."""
    drug = course.protocol.billing.drug_code.value
    rest = left(granted, course.sessions, drug_code=drug)
    if last_day(granted) < max(today, granted.until_on) or rest.sessions <= 0 or on < granted.from_on:
        return None
    if granted.is_transition:
        return None
    number = course.next_session
    if on > granted.until_on:
        if _was_asked(course, granted, Purpose.EXTENSION, on) or not _would_cover(course, granted, on, until_on=on):
            return None
        days = (on - granted.until_on).days
        reason = f"session {number} is planned for {day_in_words(on)}, {days_in_words(days)} after the end; {lapse_in_words(rest)}"
        until_on = on + timedelta(days=course.protocol.timing.latest_after_planned_days.value)
        purpose = Purpose.EXTENSION
    else:
        if rest.units is None or granted.only_for is not None or _was_asked(course, granted, Purpose.AMENDMENT, on):
            return None
        reason = f"session {number} needs {opened_of(course)} units, {max(0, rest.units)} are left"
        until_on, purpose = None, Purpose.AMENDMENT
    return Amendment(request=granted.request, purpose=purpose, sessions=rest.sessions, until_on=until_on, reason=reason)


def _was_asked(course: Course, granted: Authorization, purpose: Purpose, on: date) -> bool:
    """Whether the payer was asked for it, and said no, let the time pass, or gave less or another authorization."""
    asked = [one for one in course.requests if one.purpose is purpose and one.closed_because != NOT_NEEDED]
    of_it = [one for one in asked if one.amends == granted.request]
    if any(one.decision is Decision.DENIED or one.closed_on is not None for one in of_it):
        return True
    for_it = [one for one in asked if one in of_it or one.for_session == course.next_session]
    return any((one.until_on or on) >= on and one.planned_units >= dose_of(course).units for one in for_it)


def _would_cover(course: Course, granted: Authorization, on: date, **changes: date) -> bool:
    changed = granted.model_copy(update=changes)
    return covers(course.model_copy(update={"authorizations": (changed,)}), on)


def days_in_words(days: int) -> str:
    """Return a number of days as people say it."""
    return f"{days} day{'s' if days > 1 else ''}"


def lapse_in_words(rest: Left) -> str:
    """Return what is left of an authorization and will lapse."""
    units = f" and {max(0, rest.units)} units" if rest.units is not None else ""
    return f"{rest.sessions} session{'s' if rest.sessions > 1 else ''}{units} will lapse"


def renewal_on(course: Course, today: date) -> date | None:
    """Return the day on which the renewal for the planned session falls due, or None where nothing is waited for.

    It is reckoned from the day of the appointment, and not before a grant as long as this payer's would reach it. A
    first authorization is asked for at once; without a payer who must agree none is. In courses that an earlier
    release began the day is reckoned from the last dose.
    """
    if course.edition < TURNS:
        return renewal_from_last_dose(course)
    on = planned_on(course, today)
    course = course.covered_on(on)
    if course.policy is None or not course.needs_authorization:
        return None
    if course.last_session is None and not grants_of(course):
        return None
    return max(renewal_for(course, on), _reaches_from(course, on))
