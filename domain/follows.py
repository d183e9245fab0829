"""What follows from what was just told or asked, in sentences: said with the answer, while there is time to act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain import asking_payer, plan
from domain import events as e
from domain.course import Course
from domain.coverage import SessionCoverage
from domain.dose import vials_for
from domain.lapsing import lapses_of
from domain.record import Refusal
from domain.session import Session
from domain.story.words import day_in_words
from domain.visits import missed, must_decide


def what_follows(event: e.CourseEvent, course: Course) -> tuple[str, ...]:
    """Return what `event` means for the course, which has it already; nothing for most events."""
    assert event.on is not None, "an event is stamped before it happens"
    match event:
        case e.DosePlanned() | e.ResponseAnswered() if _plans_dose(event, course):
            return tuple(_of_dose(course, event.on))
        case e.AdverseEventRecorded() | e.CoverageChanged() | e.AuthorizationWithdrawn() if (
            course.clearance is not None
        ):
            return tuple(_of_cleared(event, course))
        case e.SessionGiven(session=session) | e.SessionCompleted(session=session):
            return tuple(_of_part(course, session) if session.in_part else _of_waste(course, session))
        case e.MoveAsked() | e.BookingAsked() | e.AppointmentCancelled() | e.SessionNotGiven():
            return tuple(_of_visit(course, event.on))
        case e.HoldBegun() | e.HoldProlonged() | e.HoldEnded() | e.CourseReopened():
            return tuple(_of_standing(event, course, event.on))
        case _:
            return ()


def _of_cleared(event: e.CourseEvent, course: Course) -> Iterator[str]:
    """Yield what is other now about a session that is cleared and not given yet."""
    match event:
        case e.AdverseEventRecorded(adverse_event=told) if told.stops:
            yield f"session {course.next_session} is cleared: nothing is given until a clinician lifts the stop"
        case e.CoverageChanged(cleared=paid) | e.AuthorizationWithdrawn(cleared=paid) if paid and paid.uncovered:
            yield f"session {course.next_session} is cleared, and nothing pays for it any more: {paid.uncovered}"
            yield "given all the same, its bill waits for billing"


def _plans_dose(event: e.DosePlanned | e.ResponseAnswered, course: Course) -> bool:
    """Whether the next dose was planned with it, and a session is to come."""
    return isinstance(event, e.DosePlanned) or (event.check.next_dose is not None and course.is_under_way)


def _of_standing(event: e.CourseEvent, course: Course, today: date) -> Iterator[str]:
    """Yield what stops with a hold, and what begins again after it or after an end taken back."""
    match event:
        case e.HoldBegun(hold=hold):
            if hold.freed is not None:
                yield "the appointment is given up"
            yield f"it stops {', '.join(hold.stops)}"
            yield "safety watch, adverse events, claims and an answer that a payer already owes go on"
            yield f"it is reviewed on {day_in_words(hold.review_on)}"
            yield from _lapses(course)
        case e.HoldProlonged():
            yield from _lapses(course)
        case e.HoldEnded(anew=anew) if anew:
            yield f"settled anew after so long: {', '.join(anew)}"
        case _ if course.goals:
            yield f"session {course.next_session} is looked for from {day_in_words(plan.look_for_from(course, today))} on"
        case _:
            yield "goals and consent come first"


def _lapses(course: Course) -> Iterator[str]:
    """Yield what would lapse in the meantime: operations say what becomes of it."""
    yield from (f"to be dealt with now: {one.said}" for one in lapses_of(course))


def _of_dose(course: Course, today: date) -> Iterator[str]:
    """Yield vials, coverage and the payer's own limit for the planned dose (docs/rules.md, "Units")."""
    units = plan.dose_of(course).units
    vials = vials_for(units, protocol=course.protocol)
    opened = sum(vials)
    yield f"{units} units open {opened}: {' and '.join(f'a vial of {size}' for size in vials)}, {opened - units} wasted"
    on = plan.planned_on(course, today)
    covered = plan.coverage_of(course, on)
    if isinstance(covered, Refusal):
        yield f"not covered on {day_in_words(on)}: {covered.reason}"
        yield from _asked(course, today)
    else:
        yield from _covered(covered, on)
    yield from _payers_limit(course, opened)


def _of_part(course: Course, session: Session) -> Iterator[str]:
    """Yield what a session given in part counts for, and what may become of it."""
    least = course.protocol.dose.trial_units_min.value
    if not session.is_trial:
        yield f"{session.dose.units} of {least} units: no trial session"
    yield (
        f"what is left may be given on {day_in_words(session.given_on)} still, from the opened vial; "
        f"a session on another day from {day_in_words(plan.earliest_from_last_dose(course))} on"
    )


def _of_waste(course: Course, session: Session) -> Iterator[str]:
    """Yield that as much was wasted as a whole vial holds, which few sessions need; it forbids nothing."""
    smallest = min(vial.size_units for vial in course.protocol.dose.vials.value)
    if session.wasted_units >= smallest:
        yield (
            f"{session.wasted_units} of {session.opened_units} opened units were wasted, as much as a vial of {smallest}: "
            "look whether the vials are right"
        )


def _of_visit(course: Course, today: date) -> Iterator[str]:
    """Yield what is late or no longer covered on the day that the next session is now planned for."""
    if not course.is_under_way or not course.goals:
        return
    if must_decide(course):
        yield f"{missed(course)} visits were missed: a clinician decides before another time is looked for"
        return
    on, session = plan.planned_on(course, today), course.next_session
    latest_on = plan.latest_by_protocol(course)
    if latest_on is not None and on > latest_on:
        late = (on - latest_on).days
        yield (
            f"session {session} is planned for {day_in_words(on)}, {late} day{'s' if late > 1 else ''} after the "
            f"protocol's latest day, {day_in_words(latest_on)}"
        )
    covered = plan.coverage_of(course, on)
    if isinstance(covered, Refusal):
        yield f"session {session} is not covered on {day_in_words(on)}: {covered.reason}"
        yield from _asked(course, today)


def _covered(covered: SessionCoverage, on: date) -> Iterator[str]:
    by = f" by authorization {covered.authorization_number}" if covered.authorization_number else ""
    unpaid = f"; {covered.unpaid_units} units may stay unpaid" if covered.unpaid_units else ""
    yield f"covered on {day_in_words(on)}{by}{unpaid}"


def _asked(course: Course, today: date) -> Iterator[str]:
    """Yield how the payer comes to agree to the dose."""
    units = plan.dose_of(course).units
    if (asked := course.open_request) is not None:
        told = "" if asked.planned_units >= units else f" for {asked.planned_units} units: tell the payer the new dose"
        yield f"request {asked.number} is open{told}"
    elif asking_payer.must_ask_payer(course, today):
        due_on = asking_payer.renewal_on(course, today)
        when = "at once" if due_on is None or due_on <= today else f"on {day_in_words(due_on)}"
        yield f"the payer is asked {when}"


def _payers_limit(course: Course, opened: int) -> Iterator[str]:
    policy = course.policy
    if policy is None:
        return
    usual = policy.grant.units_per_session.value
    if course.needs_authorization and opened > usual:
        yield f"{policy.name} grants {usual} units a session, {opened} are opened"
    units = plan.dose_of(course).units
    if policy.dose is not None and units > policy.dose.justify_above_units.value:
        yield f"{policy.name} wants a dose above {policy.dose.justify_above_units.value} units justified in the note"
