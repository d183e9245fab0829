"""What each answer to a response check leads to: the course is folded with the answer, and asked by its own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain import asking_payer, plan
from domain import facts as f
from domain.care import taper_to_ask
from domain.changes import after
from domain.checks import letter_wanted
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import granted_by, last_day, left
from domain.decide import decide
from domain.events import ResponseAnswered
from domain.facts import Request
from domain.hold import REVIEW_WITHIN_DAYS
from domain.people import Actor, Role
from domain.planner import forecast
from domain.record import Refusal
from domain.response import (
    ResponseAnswer,
    ResponseCheck,
    ResponseEvidence,
    Verdict,
    allowed_answers,
    goes_beyond_trial,
    is_check_due_after,
    reason_needed,
)
from domain.story.words import day_in_words as day
from domain.story.words import in_words, time_in_words
from domain.waits import Wait, WaitKind

ASKED_AGAIN_AFTER_DAYS, LOOKED_AT_AGAIN_AFTER_DAYS = 7, 84
"""Days that stand in the form until somebody types others."""
SOMEBODY = "somebody"
"""Stands for what the clinician has still to say when an answer is only supposed."""


@dataclass(frozen=True)
class LeadsTo:
    """One answer: whether it may be given, what it needs to be said with it, and what follows from it."""

    answer: ResponseAnswer
    advised: bool
    needs: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: str | None = None
    on: date | None = None
    last_on: date | None = None


def open_wait(course: Course) -> Wait | None:
    """Return the open response check's wait."""
    return next(iter(course.waits_of(WaitKind.RESPONSE_CHECK)), None)


def answers_of(course: Course, now: datetime) -> tuple[LeadsTo, ...]:
    """Return every answer to the open response check, always in the same order; none where no check is open."""
    evidence, wait = course.evidence, open_wait(course)
    if evidence is None or wait is None or plan.open_check(course) is None:
        return ()
    allowed = allowed_answers(
        evidence.session,
        evidence=evidence,
        checks=course.trial_checks,
        protocol=course.protocol,
        trial_session=course.trial_sessions,
        went_on_elsewhere=course.went_on_elsewhere,
    )
    return tuple(_leads_to(course, answer, now, evidence, wait, allowed) for answer in ResponseAnswer)


def _leads_to(  # noqa: PLR0917 - six things that are all there is to know
    course: Course,
    answer: ResponseAnswer,
    now: datetime,
    evidence: ResponseEvidence,
    wait: Wait,
    allowed: tuple[ResponseAnswer, ...],
) -> LeadsTo:
    today = clinic_day(now, course.clinic.zone)
    advised = answer in evidence.recommendations
    if answer not in allowed:
        return LeadsTo(answer=answer, advised=False, refused="the trial has no further session: continue overrides it")
    on, last_on = _days_of(course, answer, today)
    fact = f.Response(
        answer=answer,
        reason=SOMEBODY if reason_needed(answer, evidence=evidence) else None,
        basis="patients_statement" if needs_basis(course, answer) else None,
        ask_again_on=on if answer is ResponseAnswer.ASK_AGAIN else None,
        look_again_on=on if answer is ResponseAnswer.PAUSE else None,
        agreed_by=SOMEBODY if needs_second(course, answer) else None,
    )
    by = Actor(user_id=course.clinician, role=Role.CLINICIAN)
    request = Request(request_id="supposed", by=by, fact=fact, task=wait.id)
    event = decide(course, request, now=now)
    if isinstance(event, Refusal):
        return LeadsTo(answer=answer, advised=advised, refused=event.reason)
    assert isinstance(event, ResponseAnswered), "an answer is an answer"
    then = after(course, event.model_copy(update={"number": course.number + 1, "on": today, "at": now}))
    return LeadsTo(
        answer=answer,
        advised=advised,
        needs=tuple(_needs(course, answer, evidence)),
        follows=tuple(_follows(then, event.check, now, today)),
        warnings=tuple(_warnings(event.check)),
        on=on,
        last_on=last_on,
    )


def needs_basis(course: Course, answer: ResponseAnswer) -> bool:
    """Whether who goes on must say by what a response is attested, since the diary does not show it."""
    evidence = course.evidence
    undetermined = evidence is not None and evidence.verdict is Verdict.UNDETERMINED
    return undetermined and answer is ResponseAnswer.CONTINUE and course.edition >= 2


def needs_second(course: Course, answer: ResponseAnswer) -> bool:
    """Whether this clinic asks for a second clinician for this answer."""
    evidence = course.evidence
    return (
        evidence is not None
        and course.clinic.second_clinician
        and goes_beyond_trial(
            answer,
            session=evidence.session,
            evidence=evidence,
            checks=course.trial_checks,
            protocol=course.protocol,
            trial_session=course.trial_sessions,
            went_on_elsewhere=course.went_on_elsewhere,
        )
    )


def _needs(course: Course, answer: ResponseAnswer, evidence: ResponseEvidence) -> Iterator[str]:
    """Yield the fields that the answer cannot do without."""
    if needs_basis(course, answer):
        yield "basis"
    elif reason_needed(answer, evidence=evidence):
        yield "reason"
    if needs_second(course, answer):
        yield "agreed_by"
    if answer is ResponseAnswer.ASK_AGAIN:
        yield "ask_again_on"
    if answer is ResponseAnswer.PAUSE:
        yield "look_again_on"


def _days_of(course: Course, answer: ResponseAnswer, today: date) -> tuple[date | None, date | None]:
    """Return the day that stands in the form and the last one that may stand there."""
    if answer is ResponseAnswer.ASK_AGAIN:
        last_on, _ = plan.last_day_to_ask_again(course)
        return min(today + timedelta(days=ASKED_AGAIN_AFTER_DAYS), last_on), last_on
    if answer is ResponseAnswer.PAUSE:
        return today + timedelta(days=LOOKED_AT_AGAIN_AFTER_DAYS), today + timedelta(days=REVIEW_WITHIN_DAYS)
    return None, None


def _warnings(check: ResponseCheck) -> Iterator[str]:
    if check.beyond_trial:
        yield "goes on beyond the last trial session without response: it stands in the record as an override"
    if check.means is not None:
        yield check.means


def _follows(then: Course, check: ResponseCheck, now: datetime, today: date) -> Iterator[str]:
    """Yield what follows, for the course as it is with the answer."""
    match check.answer:
        case ResponseAnswer.DISCONTINUE:
            yield from _ended(then)
        case ResponseAnswer.PAUSE:
            assert check.look_again_on is not None, "a pause says when it is looked at"
            yield f"held, looked at on {day(check.look_again_on)}; the appointment is given up, no renewal is sent"
        case ResponseAnswer.ASK_AGAIN:
            assert check.ask_again_on is not None, "it says when"
            yield f"asked again on {day(check.ask_again_on)} with the days that come in until then"
            if settling := check.evidence.days_that_would_settle:
                yield f"{settling} of {check.evidence.missing_days} missing days could settle it"
            yield from _next_session(then, today)
        case _:
            yield from _next_session(then, today)
            yield from _authorization(then, today)
            yield from _next_check(then, check, now)


def _ended(then: Course) -> Iterator[str]:
    rules = then.protocol.end
    if then.appointment is not None:
        yield f"the time on {time_in_words(then.appointment.starts_at, then.clinic.zone)} is cancelled"
    yield f"alternatives are offered: {', '.join(in_words(one) for one in rules.alternatives.value)}"
    yield f"can be reopened for {rules.reopen_days.value} days; the safety watch goes on"


def _next_session(then: Course, today: date) -> Iterator[str]:
    booked, number = then.appointment, then.next_session
    if booked is not None:
        yield f"session {number} on {time_in_words(booked.starts_at, then.clinic.zone)}, {booked.status}"
        return
    dates = plan.dates_of_next(then, today)
    yield f"session {number} from {day(dates.earliest_on)}, recommended {day(dates.recommended_on)}"


def _authorization(then: Course, today: date) -> Iterator[str]:
    """Yield what pays for the next session, or by when who must be asked."""
    on = plan.planned_on(then, today)
    as_of = then.covered_on(on)
    covered = plan.coverage_of(then, on)
    if not isinstance(covered, Refusal):
        if covered.authorization is None:
            return
        granted = next(one for one in then.authorizations if one.request == covered.authorization)
        rest = left(granted, then.sessions, drug_code=then.protocol.billing.drug_code.value)
        named = granted.number or "its number is to come"
        yield f"authorization {named} covers it: {rest.sessions} session(s) left to {day(last_day(granted))}"
        return
    if then.open_request is not None:
        yield "the payer is asked already and has not answered"
    elif (due_on := asking_payer.renewal_on(then, today)) is not None:
        ran_out = granted_by(as_of.coverage.payer_id, then.authorizations)
        why = f" (no authorization holds on {day(on)})" if ran_out else ""
        yield f"send the renewal by {day(due_on)}{why}" if due_on > today else f"send the renewal now{why}"
    if letter_wanted(then) is not None:
        yield "a letter to the payer is asked for"


def _next_check(then: Course, check: ResponseCheck, now: datetime) -> Iterator[str]:
    """Yield when the effect is judged next, and what a clinician is asked besides."""
    if taper_to_ask(then) is not None:
        yield "asks whether other preventives are tapered"
    number = then.next_session
    if check.answer is ResponseAnswer.ONE_MORE and is_check_due_after(
        number, checks=then.trial_checks, protocol=then.protocol, went_on_elsewhere=then.went_on_elsewhere
    ):
        yield f"judged again after session {number}"
        return
    coming = (one for one in forecast(then, now) if one.kind is WaitKind.RESPONSE_CHECK and not one.open)
    if (expected := next(coming, None)) is not None:
        number = int(expected.wait.rsplit("-", 1)[-1])
        yield f"next check after session {number}, about {day(clinic_day(expected.at, then.clinic.zone))}"
