"""What is expected to happen to a course, and when. Pure: the workflow waits by the same functions (`plan`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.clinic_time import clinic_day
from domain.course import Course, reopening_ends
from domain.coverage import Authorization, AuthorizationLine, CoverageKind, SessionCoverage, need
from domain.plan import (
    dates_of_next,
    dose_of,
    earliest_from_last_dose,
    last_look_on,
    morning_of,
    must_ask_payer,
    open_check,
    opened_of,
    planned_on,
    readiness_on,
    renewal_on,
    times_of_check,
)
from domain.record import Record
from domain.response import ResponseAnswer
from domain.session import AppointmentStatus, Session
from domain.timing import renewal_forecast
from domain.waits import KINDS, WaitKind, wait_id

SESSIONS_AHEAD = 2
"""Sessions forecast beyond the next one: further ahead the payer's and patient's clocks say nothing yet."""


class Expected(Record):
    """One thing that is expected: the wait it concerns, when, and in words."""

    wait: str  # the id that the wait has or will have
    kind: WaitKind
    at: datetime
    open: bool = False  # the course is waiting for it already
    said: str


def forecast(course: Course, now: datetime) -> tuple[Expected, ...]:
    """Return what is expected from `now` on, earliest first, if everybody answers in time and each check says continue.

    What the course waits for already stands with its due time. Days are the clinic's; a day begins in its morning.
    """
    found: dict[str, Expected] = {}
    for wait in course.waits:
        found[wait.id] = _expected(wait.kind, wait.subject, wait.due, is_open=True)
    for one in (*_coming(course, now), *_later(course, now)):
        found.setdefault(one.wait, one)
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.wait)))


def notices(course: Course) -> tuple[str, ...]:
    """Return what should be known ahead about the next session: that it will be late, or what the payer gets instead.

    Said from the last session's day on, so that there is time to act.
    """
    last, policy = course.last_session, course.policy
    if last is None or policy is None or not course.is_open or renewal_on(course) is None:
        return ()
    if open_check(course) is None:
        return ()
    said = renewal_forecast(
        session_given_on=last.given_on,
        planned_on=earliest_from_last_dose(course),
        policy=policy,
        drug_source=course.coverage.drug_source,
        protocol=course.protocol,
        clinic=course.clinic,
    )
    return (said.reason,) if said.needs_interim_evidence or said.late_days else ()


def _expected(kind: WaitKind, subject: str, at: datetime, *, is_open: bool = False) -> Expected:
    return Expected(
        wait=wait_id(kind, subject), kind=kind, at=at, open=is_open, said=f"{KINDS[kind].title} ({subject})"
    )


def _coming(course: Course, now: datetime) -> Iterator[Expected]:
    """Yield what this cycle still brings."""
    for session in course.sessions:
        if session.watch_ended is None:
            yield _on(course, WaitKind.SAFETY_CALL_DAY, f"session-{session.number}", _call_on(course, session))
    if course.ending is not None and course.closed_on is None:
        yield _expected(WaitKind.REOPENING, "end", reopening_ends(course))
    if not course.is_open:
        return
    today = clinic_day(now, course.clinic.zone)
    for granted in course.authorizations:
        if granted.expired_on is None:
            after_last = granted.until_on + timedelta(days=1)
            yield _on(course, WaitKind.AUTHORIZATION_ENDS, f"request-{granted.request}", after_last)
    yield from _check_and_renewal(course, today)
    yield from _visit(course)


def _check_and_renewal(course: Course, today: date) -> Iterator[Expected]:
    session = open_check(course)
    if session is not None and course.evidence is None:
        before, times = course.check_after(session.number), times_of_check(course, session)
        asked_again = before.ask_again_on if before is not None else None
        yield _on(course, WaitKind.CHECK_OPENS, f"session-{session.number}", asked_again or times.opens_on)
        yield _on(course, WaitKind.RESPONSE_CHECK, f"session-{session.number}", times.due_on)
    due_on = renewal_on(course)
    if due_on is not None and must_ask_payer(course, today):
        yield _on(course, WaitKind.RENEWAL_DUE, f"session-{course.next_session}", max(due_on, today))


def _visit(course: Course) -> Iterator[Expected]:
    if course.appointment is None:
        return
    subject = f"session-{course.next_session}"
    missed = sum(visit.for_session == course.next_session for visit in course.visits_not_given)
    subject += f"-visit-{missed + 1}" if missed else ""
    if course.appointment.status is AppointmentStatus.TENTATIVE:
        if course.readiness is None:
            yield _on(course, WaitKind.READINESS_DAY, subject, readiness_on(course))
        yield _on(course, WaitKind.LAST_LOOK_DAY, subject, last_look_on(course))
    yield _on(course, WaitKind.SESSION_DAY, subject, clinic_day(course.appointment.starts_at, course.clinic.zone))


def _later(course: Course, now: datetime) -> Iterator[Expected]:
    """Yield what the next cycles bring, if each session is given on its planned day."""
    if not course.is_open or not course.goals:
        return
    given_on = planned_on(course, clinic_day(now, course.clinic.zone))
    if course.appointment is None:
        yield _on(course, WaitKind.SESSION_DAY, f"session-{course.next_session}", given_on)
    for _ in range(SESSIONS_AHEAD):
        course = _as_if_given(course, given_on)
        number = len(course.sessions)
        yield _on(course, WaitKind.SAFETY_CALL_DAY, f"session-{number}", _call_on(course, course.sessions[-1]))
        yield from _check_and_renewal(course, given_on)
        given_on = dates_of_next(course, given_on).recommended_on
        yield _on(course, WaitKind.SESSION_DAY, f"session-{course.next_session}", given_on)


def _as_if_given(course: Course, on: date) -> Course:
    """Return the course as it would be with the next session given on `on`, covered, and every check so far passed."""
    answered = tuple(check.model_copy(update={"answer": ResponseAnswer.CONTINUE}) for check in course.checks)
    granted = _holding(course, on)
    covered = SessionCoverage(
        kind=course.coverage.kind,
        authorization=granted.request if granted else None,
        counted_units=need(dose_of(course).units, opened_of(course), granted.lines[-1].counts) if granted else 0,
    )
    session = Session(
        number=course.next_session,
        id=f"{course.course_id}/session-{course.next_session}",
        given_on=on,
        given_at=morning_of(course, on),
        recorded_by=course.clinician,
        injector=course.clinician,
        dose=dose_of(course),
        vials=(),
        coverage=covered,
    )
    authorizations = course.authorizations
    if granted is not None and granted not in authorizations:
        authorizations = (*authorizations, granted)
    changes = {"sessions": (*course.sessions, session), "appointment": None, "checks": answered, "evidence": None}
    return course.model_copy(update=changes | {"authorizations": authorizations, "look_from": None, "requests": ()})


def _holding(course: Course, on: date) -> Authorization | None:
    """Return the authorization that would hold on `on`: the last one, or one as this payer usually grants."""
    if course.coverage.kind is not CoverageKind.AUTHORIZATION or course.policy is None:
        return None
    live = [one for one in course.authorizations if one.from_on <= on <= one.until_on and one.lines]
    used = sum(session.coverage.authorization == live[-1].request for session in course.sessions) if live else 0
    if live and used < live[-1].sessions:
        return live[-1]
    grant, drug = course.policy.grant, course.protocol.billing.drug_code.value
    units = grant.units_per_session.value * grant.sessions.value
    return Authorization(
        request=max((one.request for one in course.authorizations), default=0) + 1,
        number="expected",
        from_on=on,
        until_on=on + timedelta(days=grant.window_days.value - 1),
        sessions=grant.sessions.value,
        lines=(AuthorizationLine(code=drug, quantity=units, counts=grant.counts.value),),
    )


def _call_on(course: Course, session: Session) -> date:
    return session.given_on + timedelta(days=course.protocol.safety.call_from_days.value)


def _on(course: Course, kind: WaitKind, subject: str, day: date) -> Expected:
    return _expected(kind, subject, morning_of(course, day))
