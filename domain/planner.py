"""What is expected to happen to a course, and when. Pure: the workflow waits by the same functions (`plan`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.anew import gap_noticed_on
from domain.asking_payer import days_in_words, lapse_in_words, must_ask_payer, renewal_on
from domain.care import comes_of_age_on
from domain.checks import diary_looks_ahead
from domain.clinic_time import clinic_day
from domain.course import Course, reopening_ends
from domain.coverage import (
    Authorization,
    AuthorizationLine,
    CoverageKind,
    SessionCoverage,
    granted_by,
    last_day,
    left,
    need,
)
from domain.last_month import last_month_after, loss_in_words, response_lost_by
from domain.plan import (
    coverage_of,
    dates_of_next,
    dose_of,
    earliest_from_last_dose,
    last_look_on,
    morning_of,
    open_check,
    opened_of,
    planned_on,
    readiness_due,
    readiness_on,
    renewal_from_last_dose,
    times_of_check,
    unpaid_of_next,
)
from domain.ready import is_settled
from domain.record import Record, Refusal
from domain.requests import asks_at_once
from domain.response import ResponseAnswer
from domain.session import AppointmentStatus, Session
from domain.timing import SessionDates, renewal_forecast
from domain.waiting_list import offer_in_words
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


class PlannedSession(Record):
    """A session that lies ahead, and whether somebody pays for it as things stand."""

    number: int
    on: date
    earliest_on: date
    recommended_on: date
    latest_on: date
    booked: AppointmentStatus | None = None
    authorization: int | None = None  # the request of the one that covers it
    not_covered: str | None = None  # why nothing that is there pays for it on that day


def planned_sessions(course: Course, now: datetime) -> tuple[PlannedSession, ...]:
    """Return the next session and those after it, each given on its planned day, against what is granted already.

    None while the course is held, has ended, or has no goals yet: nothing is planned then.
    """
    if not course.is_under_way or not course.goals:
        return ()
    today, granted = clinic_day(now, course.clinic.zone), course.authorizations
    on, dates = planned_on(course, today), dates_of_next(course, today)
    booked = None if course.appointment is None else course.appointment.status
    found = [_planned(course, on, dates, granted).model_copy(update={"booked": booked})]
    for _ in range(SESSIONS_AHEAD):
        course = _as_if_given(course, on)
        dates = dates_of_next(course, on)
        on = dates.recommended_on
        found.append(_planned(course, on, dates, granted))
    return tuple(found)


def _planned(course: Course, on: date, dates: SessionDates, granted: tuple[Authorization, ...]) -> PlannedSession:
    covered = coverage_of(course.model_copy(update={"authorizations": granted}), on)
    return PlannedSession(
        number=course.next_session,
        on=on,
        **dates.model_dump(exclude={"reason"}),
        authorization=None if isinstance(covered, Refusal) else covered.authorization,
        not_covered=covered.reason if isinstance(covered, Refusal) else None,
    )


def forecast(course: Course, now: datetime) -> tuple[Expected, ...]:
    """Return what is expected from `now` on, earliest first, if everybody answers in time and each check says continue.

    What the course waits for already stands with its due time. Days are the clinic's; a day begins in its morning.
    """
    found: dict[str, Expected] = {}
    for wait in course.waits:
        found[wait.id] = _expected(wait.kind, wait.subject, wait.due, is_open=True)
    zone = course.clinic.zone
    for one in (*_coming(course, now), *_later(course, now)):
        if clinic_day(one.at, zone) >= clinic_day(now, zone):  # what is over and not waited for comes no more
            found.setdefault(one.wait, one)
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.wait)))


def looked_at_before(course: Course, now: datetime) -> Expected | None:
    """Return the look at the appointment that the course asks for, now or on its day; None where none is needed any more.

    `forecast` names only its day. After a move it is asked for anew, also where it was open or done for the time before.
    """
    if course.appointment is None or course.readiness is not None or is_settled(course):
        return None
    opens_at = max(now, morning_of(course, readiness_on(course)))
    return _expected(WaitKind.READINESS, _subject_of_visit(course), readiness_due(course, opens_at))


def notices(course: Course, today: date | None = None) -> tuple[str, ...]:
    """Return what should be known ahead about the next session.

    That it will be late, or what the payer gets instead: said from the last session's day on, so that there is time
    to act. With `today` also what an authorization loses, and what may stay unpaid.
    """
    of_payment = () if today is None or not course.is_under_way else (*_lapses(course, today), *warnings_of(course))
    return (*_of_renewal(course), *of_payment, *_of_waiting_list(course))


def _of_waiting_list(course: Course) -> Iterator[str]:
    """Yield that an earlier time is looked for, since when, and what is offered."""
    wish = course.earlier
    if wish is None:
        return
    looked = "" if wish.looked_on is None else f", last on {day_in_short(wish.looked_on)}"
    offered = "" if wish.offer is None else f"; {offer_in_words(course, wish.offer)}: the patient is asked"
    yield f"an earlier time by {day_in_short(wish.until_on)} is looked for since {day_in_short(wish.since)}{looked}{offered}"


def _lapses(course: Course, today: date) -> Iterator[str]:
    """Yield what of a running authorization will lapse, because the next session is planned after its end."""
    on = planned_on(course, today)
    drug = course.protocol.billing.drug_code.value
    for granted in granted_by(course.covered_on(on).coverage.payer_id, course.authorizations):
        rest, ends_on = left(granted, course.sessions, drug_code=drug), last_day(granted)
        if today <= ends_on < on and rest.sessions > 0:
            yield (
                f"{day_in_short(on)} is {days_in_words((on - ends_on).days)} after the end; {lapse_in_words(rest)}; "
                f"a time by {day_in_short(ends_on)} would save them"
            )


def warnings_of(course: Course) -> tuple[str, ...]:
    """Return what a clinician who clears the next session should know; it forbids nothing.

    About who pays, and of a trial whose last month shows no response any more.
    """
    if course.appointment is None:
        return ()
    said = list(_lost(course))
    covered = coverage_of(course, clinic_day(course.appointment.starts_at, course.clinic.zone))
    if isinstance(covered, Refusal):
        return tuple(said)
    if covered.authorization is not None and not covered.authorization_number:
        said.append("the authorization's number is still to come: the claim waits for it")
    if unpaid := unpaid_of_next(course):
        said.append(f"{unpaid} units may not be paid: billing has not accepted that yet")
    return tuple(said)


def _lost(course: Course) -> Iterator[str]:
    month = last_month_after(course, course.last_number)
    found = None if month is None else response_lost_by(course, month)
    if month is not None and found is not None:
        yield loss_in_words(month, found)


def day_in_short(on: date) -> str:
    """Return a day of about now, such as 9 Jul."""
    return f"{on.day} {on:%b}"


def _of_renewal(course: Course) -> tuple[str, ...]:
    last, policy = course.last_session, course.policy
    if last is None or policy is None or not course.is_under_way or renewal_from_last_dose(course) is None:
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
    said = f"{KINDS[kind].title} ({subject.replace('-', ' ')})"
    return Expected(wait=wait_id(kind, subject), kind=kind, at=at, open=is_open, said=said)


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
    yield from _timers(course)
    if (hold := course.hold) is not None:
        yield _on(course, WaitKind.HOLD_ENDS, f"hold-{hold.number}", hold.review_on)
        return
    yield from _check_and_renewal(course, today)
    yield from _visit(course)


def _timers(course: Course) -> Iterator[Expected]:
    """Yield the days of which nobody tells us: the 18th birthday, a gap that is too long, and the end of each authorization."""
    if (birthday := comes_of_age_on(course)) is not None:
        yield _on(course, WaitKind.COMES_OF_AGE, "birthday", birthday)
    if course.is_under_way and (noticed_on := gap_noticed_on(course)) is not None:
        yield _on(course, WaitKind.GAP_TOO_LONG, f"session-{course.next_session}", noticed_on)
    for granted in course.authorizations:
        if granted.expired_on is None and granted.stopped_on is None:
            after_last = granted.until_on + timedelta(days=1)
            yield _on(course, WaitKind.AUTHORIZATION_ENDS, f"request-{granted.request}", after_last)


def _check_and_renewal(course: Course, today: date) -> Iterator[Expected]:
    session = open_check(course)
    if session is not None and course.evidence is None:
        before, times = course.check_after(session.number), times_of_check(course, session)
        asked_again = before.ask_again_on if before is not None else None
        for subject, look_on in diary_looks_ahead(course):
            yield _on(course, WaitKind.DIARY_LOOK, subject, look_on)
        yield _on(course, WaitKind.CHECK_OPENS, f"session-{session.number}", asked_again or times.opens_on)
        yield _on(course, WaitKind.RESPONSE_CHECK, f"session-{session.number}", times.due_on)
    due_on = renewal_on(course, today)
    if due_on is not None and must_ask_payer(course, today) and not asks_at_once(course, today):
        yield _on(course, WaitKind.RENEWAL_DUE, f"session-{course.next_session}", max(due_on, today))


def _visit(course: Course) -> Iterator[Expected]:
    if course.appointment is None:
        return
    subject = _subject_of_visit(course)
    if course.appointment.status is AppointmentStatus.TENTATIVE or not is_settled(course):
        if course.readiness is None:
            yield _on(course, WaitKind.READINESS_DAY, subject, readiness_on(course))
        yield _on(course, WaitKind.LAST_LOOK_DAY, subject, last_look_on(course))
    yield _on(course, WaitKind.SESSION_DAY, subject, clinic_day(course.appointment.starts_at, course.clinic.zone))


def _subject_of_visit(course: Course) -> str:
    missed = sum(visit.for_session == course.next_session for visit in course.visits_not_given)
    return f"session-{course.next_session}" + (f"-visit-{missed + 1}" if missed else "")


def _later(course: Course, now: datetime) -> Iterator[Expected]:
    """Yield what the next cycles bring, if each session is given on its planned day."""
    if not course.is_under_way or not course.goals:
        return
    given_on = planned_on(course, clinic_day(now, course.clinic.zone))
    if course.appointment is None:
        yield _on(course, WaitKind.SESSION_DAY, f"session-{course.next_session}", given_on)
    for _ in range(SESSIONS_AHEAD):
        course = _as_if_given(course, given_on)
        number = course.sessions[-1].number
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
    course = course.covered_on(on)
    if course.coverage.kind is not CoverageKind.AUTHORIZATION or course.policy is None:
        return None
    ours = granted_by(course.coverage.payer_id, course.authorizations)
    live = [one for one in ours if one.from_on <= on <= last_day(one) and one.lines]
    used = sum(session.coverage.authorization == live[-1].request for session in course.sessions) if live else 0
    if live and used < live[-1].sessions:
        return live[-1]
    grant, drug = course.policy.grant, course.protocol.billing.drug_code.value
    units = grant.units_per_session.value * grant.sessions.value
    return Authorization(
        request=max((one.request for one in course.authorizations), default=0) + 1,
        number="expected",
        payer_id=course.coverage.payer_id,
        from_on=on,
        until_on=on + timedelta(days=grant.window_days.value - 1),
        sessions=grant.sessions.value,
        lines=(AuthorizationLine(code=drug, quantity=units, counts=grant.counts.value),),
    )


def _call_on(course: Course, session: Session) -> date:
    return session.given_on + timedelta(days=course.protocol.safety.call_from_days.value)


def _on(course: Course, kind: WaitKind, subject: str, day: date) -> Expected:
    return _expected(kind, subject, morning_of(course, day))
