"""What a task is about, in words: what the record knows of its session, request, event or claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from domain.clinic_time import clinic_day
from domain.course import Course, days_since
from domain.decide.common import subject_number
from domain.plan import coverage_of, dates_of_next, dose_of, opened_of
from domain.planner import notices
from domain.ready import missing_for_clearance, missing_for_confirmation
from domain.record import Record, Refusal
from domain.story import NOBODYS
from domain.story.named import named
from domain.story.words import (
    day_in_words,
    dollars,
    dose_in_words,
    in_words,
    payment_in_words,
    time_in_words,
    transition_in_words,
)
from domain.waits import KINDS, Wait, WaitKind
from office.names import payer_names

VISIT = frozenset(
    {
        WaitKind.BOOKING,
        WaitKind.READINESS,
        WaitKind.NOT_READY,
        WaitKind.CLEARANCE,
        WaitKind.SESSION_RESULT,
        WaitKind.RESULT_MISSING,
        WaitKind.MISSED_VISITS,
        WaitKind.UNPAID_UNITS,
        WaitKind.EARLIER_TIME,
        WaitKind.FALLS_SHORT,
    }
)
REQUEST = frozenset(
    {
        WaitKind.SUBMIT_PACKET,
        WaitKind.PAYER_ANSWER,
        WaitKind.CHASE_PAYER,
        WaitKind.DENIAL,
        WaitKind.CONTEST,
        WaitKind.APPROVAL_DIFFERS,
        WaitKind.AUTHORIZATION_NUMBER,
        WaitKind.LAPSES_IN_HOLD,
    }
)
ASKED = REQUEST - {WaitKind.DENIAL, WaitKind.APPROVAL_DIFFERS, WaitKind.LAPSES_IN_HOLD}
"""Their context says what the request itself says, but for the response."""
EVENT = frozenset({WaitKind.RED_FLAG, WaitKind.EFFECT_REVIEW, WaitKind.SITES_REVIEW})


class About(Record):
    """One thing to know about a task."""

    name: str
    said: str


def about_task(course: Course, wait: Wait, today: date, *, names: Mapping[str, str] = NOBODYS) -> tuple[About, ...]:
    """Return what to know about a task before it is answered; `names` are those of people by their ids."""
    return tuple(About(name=name, said=said) for name, said in _about(course, wait, today, names) if said)


def _about(course: Course, wait: Wait, today: date, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    number = subject_number(wait)
    if wait.kind in VISIT:
        yield from _of_visit(course, wait, today, names)
    elif wait.kind in REQUEST:
        yield from _of_request(course, number)
    elif wait.kind in EVENT:
        yield from _of_event(course, number)
    elif wait.kind in {WaitKind.ELIGIBILITY, WaitKind.GOALS}:
        yield from _of_intake(course)
    else:
        yield from _of_session(course, wait, number, names)
    if wait.kind not in ASKED:
        yield from ((in_words(name).capitalize(), value) for name, value in wait.context.items())
    yield "Response", wait.context.get("response", "") if wait.kind in ASKED else ""
    for tried in wait.attempts:
        again = f", again on {day_in_words(tried.again_on)}" if tried.again_on else ""
        yield "Tried", f"{day_in_words(tried.on)}, {tried.way}: {tried.result}{again}"


def _of_visit(course: Course, wait: Wait, today: date, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    zone = course.clinic.zone
    yield "Session", str(course.next_session)
    if wait.kind is WaitKind.BOOKING:
        dates = dates_of_next(course, today)
        yield "Earliest", f"{day_in_words(dates.earliest_on)}: {dates.reason}"
        yield "Recommended", day_in_words(dates.recommended_on)
        yield "Latest", day_in_words(dates.latest_on)
    if (booked := course.appointment) is not None:
        yield (
            "Appointment",
            f"{time_in_words(booked.starts_at, zone)} with {names.get(booked.injector, booked.injector)}, {booked.status}",
        )
        if wait.kind is WaitKind.EARLIER_TIME:  # the offer says the rest
            return
        on = clinic_day(booked.starts_at, zone)
        covered = coverage_of(course, on)
        if isinstance(covered, Refusal):
            yield "Coverage", f"not covered: {covered.reason}"
        else:
            yield "Coverage", covered.authorization_number or in_words(covered.kind)
        if course.clearance is None and wait.kind is not WaitKind.RESULT_MISSING:
            on_the_day = wait.kind is WaitKind.CLEARANCE
            missing = missing_for_clearance(course, on) if on_the_day else missing_for_confirmation(course)
            yield from (("Missing", one.why) for one in missing)
    yield "Planned dose", f"{dose_in_words(dose_of(course))}, opens {opened_of(course)} units"
    if (since := days_since(course, today)) is not None:
        yield "Days since the last dose", str(since)
    yield from (("Note", said) for said in notices(course))


def _of_request(course: Course, number: int | None) -> Iterator[tuple[str, str]]:
    request = None if number is None else course.request(number)
    yield "Who pays", payment_in_words(named(course.coverage, payer_names()))
    if request is None:
        return
    yield "Request", f"{request.number}, {in_words(request.purpose)}, from session {request.for_session} on"
    yield "Asked for", f"{request.sessions} sessions, {request.units_per_session} units each"
    if request.reason:
        yield "Why it is asked", request.reason
    if (asked := request.transition) is not None:
        answer = {None: "not answered yet", True: "granted", False: "refused"}[asked.granted]
        yield "Asked for with it", f"{transition_in_words(asked)}: {answer}"
    if request.submitted_on:
        yield "Submitted", day_in_words(request.submitted_on) + (f", {request.reference}" if request.reference else "")
    if request.answer_due_on:
        yield "Answer due", day_in_words(request.answer_due_on)
    if request.last_on:
        yield "Last day", day_in_words(request.last_on)
    yield from _answered(course, request.number)


def _answered(course: Course, number: int) -> Iterator[tuple[str, str]]:
    """Yield what the payer said to a request."""
    if (denial := course.denial(number)) is not None:
        yield "Denied", f"{in_words(denial.reason)}" + (f": {denial.words}" if denial.words else "")
        if denial.peer_to_peer_until:
            yield "Talk with the payer's physician until", day_in_words(denial.peer_to_peer_until)
        if denial.appeal_until:
            yield "Appeal until", day_in_words(denial.appeal_until)
    for granted in course.authorizations:
        if granted.request == number:
            window = f"{day_in_words(granted.from_on)} to {day_in_words(granted.until_on)}"
            yield "Granted", f"{granted.name}, {granted.sessions} sessions, {window}"
            yield "Differs", "; ".join(granted.differs)


def _of_event(course: Course, number: int | None) -> Iterator[tuple[str, str]]:
    for event in course.adverse_events:
        if event.number == number:
            yield "Told on", day_in_words(event.told_on)
            yield "Red flags", ", ".join(course.protocol.safety.red_flags.value.get(c, c) for c in event.red_flags)
            yield "Effect", in_words(event.effect or "")
            yield "Told", event.note
            yield "After session", str(event.after_session or "")
            yield "Serious", "yes" if event.serious else ""


def _of_intake(course: Course) -> Iterator[tuple[str, str]]:
    counts = course.history.counts
    if counts is not None:
        days = f"{counts.headache_days} headache and {counts.migraine_days} migraine days in {counts.period_days} days"
        yield "Before treatment", f"{days} ({in_words(counts.source)})"
    yield "Diagnosis", course.history.diagnosis
    if course.protocol_verdict is not None:
        yield "The protocol says", in_words(course.protocol_verdict.verdict)
        yield from (("Not met", one.said) for one in course.protocol_verdict.findings if one.met is False)
        yield from (("Not known", one.said) for one in course.protocol_verdict.findings if one.met is None)
    if course.payer_verdict is not None:
        yield "The payer's criteria", "met" if course.payer_verdict.met else "not met"
        yield from (("Missing for the payer", one) for one in course.payer_verdict.missing)


def _of_session(course: Course, wait: Wait, number: int | None, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    session = None if number is None or not wait.subject.startswith("session-") else course.session(number)
    if session is not None:
        injector = names.get(session.injector, session.injector)
        yield "Session", f"{session.number}, given {day_in_words(session.given_on)} by {injector}"
        yield "Dose", f"{dose_in_words(session.dose)}, {session.wasted_units} units wasted"
        yield "Reactions", ", ".join(session.reactions)
        yield "Claim held", session.claim_held or ""
    if wait.kind is WaitKind.PAYMENT:
        yield from _of_invoice(course, number)
    if wait.kind is WaitKind.DEVIATION:
        for deviation in course.deviations:
            if deviation.number == number:
                yield from ((one.rule.capitalize(), one.why) for one in deviation.broken)
                yield "Because", deviation.reason
    if (hold := course.hold) is not None and wait.kind in {WaitKind.HOLD_REVIEW, WaitKind.HOLD_DECISION}:
        yield "Held", f"for {in_words(hold.reason)} since {day_in_words(hold.since)}"
        yield "It stops", ", ".join(hold.stops)
        yield "Note", hold.note or ""


def _of_invoice(course: Course, number: int | None) -> Iterator[tuple[str, str]]:
    for invoice in course.invoices:
        if invoice.number == number:
            yield "Invoice", f"{dollars(invoice.amount_cents)}, issued {day_in_words(invoice.issued_on)}"
            for one in invoice.payments:
                yield "Paid", f"{dollars(one.amount_cents)} on {day_in_words(one.on)}"
    if course.is_deceased:
        yield (
            "The patient has died",
            "nothing goes to anybody before a person has decided it; what is left may be written off",
        )


assert KINDS.keys() >= VISIT | REQUEST | EVENT, "tasks are named by their kind"
