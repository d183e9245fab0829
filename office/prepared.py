"""A clinician's tasks with the answer half prepared: what speaks for it in one line, and what is advised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.care import asks_of, effects_of, last_answer, needs_own_consent
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.plan import dose_of
from domain.ready import missing_for_clearance
from domain.session import AdverseEvent, Session
from domain.story import NOBODYS
from domain.story.words import day_in_words, dose_in_words, in_words, time_in_words
from domain.visits import missed, not_given
from domain.waits import Wait, WaitKind
from office.beside import beside
from office.names import with_names

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Prepared:
    """What is known about a task, and what is advised; empty where nobody advises."""

    said: str
    advised: str = ""


def elapsed(since: datetime, now: datetime) -> str:
    """Return how long ago something was, as people say it: elapsed time, also at night."""
    gone = max(now - since, timedelta(0))
    if gone >= DAY:
        return f"{gone.days} day{'s' if gone.days > 1 else ''}"
    hours, minutes = gone // HOUR, gone % HOUR // timedelta(minutes=1)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def prepared(course: Course, wait: Wait, now: datetime, *, names: Mapping[str, str] = NOBODYS) -> Prepared:
    """Return what is known about an open task of a clinician, from the course as it is."""
    prepare = PREPARED.get(wait.kind)
    if prepare is not None:
        ready = prepare(course, wait, now)
        return replace(ready, said=with_names(ready.said, _people_in(course, wait), names))
    return Prepared(said=beside(wait.kind, wait.context))


def prepared_for(course: Course | None, wait_id: str, now: datetime, *, names: Mapping[str, str] = NOBODYS) -> Prepared:
    """Return what is known about the task with this id; of one that was done meanwhile nothing."""
    wait = None if course is None else course.wait(wait_id)
    return Prepared(said="") if course is None or wait is None else prepared(course, wait, now, names=names)


def _number(wait: Wait) -> int | None:
    tail = wait.subject.rsplit("-", 1)[-1]
    return int(tail) if tail.isdigit() else None


def _event_of(course: Course, wait: Wait) -> AdverseEvent | None:
    return next((one for one in course.adverse_events if one.number == _number(wait)), None)


def _session_of(course: Course, wait: Wait) -> Session | None:
    number = _number(wait)
    return None if number is None else course.session(number)


def happened_in_words(course: Course, event: AdverseEvent) -> str:
    """Return what happened to the patient, in the protocol's words and those of who told it."""
    known = effects_of(course.protocol).get(event.effect or "")
    flags = [course.protocol.safety.red_flags.value.get(flag, in_words(flag)) for flag in event.red_flags]
    named = [*flags, *([known.words] if known else [])]
    return f"{', '.join(named)}: {event.note}" if named else event.note


def _check(course: Course, _: Wait, __: datetime) -> Prepared:
    evidence = course.evidence
    if evidence is None:
        return Prepared(said="the evidence is being put together")
    measures = {change.measure: change for change in evidence.changes}
    days = measures.get("headache_days")
    counts = "no count from before treatment" if days is None else f"{days.before_text} → {days.now_text}"
    payer = {True: "payer's rule met", False: "payer's rule not met", None: "payer's rule open"}[evidence.payer_met]
    verdict = "no response" if evidence.verdict == "none" else evidence.verdict.value
    advised = " or ".join(in_words(answer) for answer in evidence.recommendations) or "your choice, with a reason"
    return Prepared(said=f"{counts}: {verdict}; {payer}", advised=advised)


def _red_flag(course: Course, wait: Wait, now: datetime) -> Prepared:
    event = _event_of(course, wait)
    told = "a red flag" if event is None else happened_in_words(course, event)
    return Prepared(
        said=f"told {elapsed(wait.since, now)} ago: {told}", advised="see the patient's account; lift or keep"
    )


def _effect(course: Course, wait: Wait, now: datetime) -> Prepared:
    event = _event_of(course, wait)
    if event is None:
        return Prepared(said="")
    asks = ", ".join(in_words(flag) for flag in asks_of(event, course.protocol))
    serious = "serious, " if event.serious else ""
    said = f"{serious}told {elapsed(wait.since, now)} ago, after session {event.after_session}: {happened_in_words(course, event)}"
    return Prepared(said=said, advised=f"ask for {asks}" if asks else "decide whether it is reported")


def _goals(course: Course, _: Wait, __: datetime) -> Prepared:
    counts = course.history.counts
    stated = f"{counts.headache_days} of {counts.period_days} days with headache; " if counts is not None else ""
    verdict = course.protocol_verdict
    said = f"{stated}{in_words(verdict.verdict) if verdict else 'not judged'} by the protocol"
    return Prepared(said=said, advised="half the headache days, and the consent's date")


def _eligibility(course: Course, _: Wait, __: datetime) -> Prepared:
    verdict = course.protocol_verdict
    if verdict is None:
        return Prepared(said="not judged yet")
    against = "; ".join(one.said for one in verdict.findings if one.met is not True)
    return Prepared(said=f"{in_words(verdict.verdict)}: {against}", advised="accept with a reason, or decline")


def _own_consent(course: Course, _: Wait, now: datetime) -> Prepared:
    needed = needs_own_consent(course, clinic_day(now, course.clinic.zone))
    return Prepared(said="a guardian had consented; the patient is of age" if needed else "the patient comes of age")


def _missed(course: Course, _: Wait, __: datetime) -> Prepared:
    counted = ", ".join(f"{count} {in_words(reason)}" for reason, count in not_given(course).items())
    return Prepared(
        said=f"{missed(course)} missed for session {course.next_session}: {counted}", advised="go on, hold or end"
    )


def _visit(course: Course, _: Wait, now: datetime) -> Prepared:
    booked = course.appointment
    when = "" if booked is None else f"{time_in_words(booked.starts_at, course.clinic.zone)}, "
    missing = () if course.clearance else missing_for_clearance(course, clinic_day(now, course.clinic.zone))
    lacks = "; missing: " + ", ".join(one.what for one in missing) if missing else ""
    return Prepared(said=f"{when}session {course.next_session}, {dose_in_words(dose_of(course))} planned{lacks}")


def _people_in(course: Course, wait: Wait) -> tuple[str, ...]:
    """Return whose ids stand in what is prepared: who wrote the record that is to be signed."""
    session = _session_of(course, wait) if wait.kind is WaitKind.SIGNATURE else None
    return () if session is None else (session.recorded_by,)


def _signature(course: Course, wait: Wait, _: datetime) -> Prepared:
    session = _session_of(course, wait)
    if session is None:
        return Prepared(said="")
    said = f"session {session.number} of {day_in_words(session.given_on)}: {dose_in_words(session.dose)}"
    return Prepared(said=f"{said}, written by {session.recorded_by}", advised="sign")


def _sites(course: Course, wait: Wait, _: datetime) -> Prepared:
    event = _event_of(course, wait)
    return Prepared(
        said=""
        if event is None
        else f"after {happened_in_words(course, event)}; {dose_in_words(dose_of(course))} planned"
    )


def _wearing_off(course: Course, _: Wait, __: datetime) -> Prepared:
    told = [one for one in course.besides.wearing_off if one.answered_on is None]
    weeks = ", ".join(f"from week {one.week} after session {one.session}" for one in told)
    return Prepared(said=f"less effect {weeks}; the next session is never given earlier", advised="a bridge, or none")


def _taper(course: Course, _: Wait, __: datetime) -> Prepared:
    started = [one.drug for one in course.besides.medications if one.preventive and one.change == "started"]
    return Prepared(said=f"a response is noted; other preventives told: {', '.join(started) or 'none'}")


def _letter(course: Course, _: Wait, __: datetime) -> Prepared:
    check = last_answer(course)
    return Prepared(
        said="" if check is None else check.evidence.payer_reason, advised="HIT-6, MIDAS, hours, severe days"
    )


def _deviation(course: Course, wait: Wait, _: datetime) -> Prepared:
    found = next((one for one in course.deviations if one.number == _number(wait)), None)
    if found is None:
        return Prepared(said="")
    return Prepared(said=f"{'; '.join(f'{one.rule}: {one.why}' for one in found.broken)}; because: {found.reason}")


def _hold(course: Course, _: Wait, __: datetime) -> Prepared:
    hold = course.hold
    if hold is None:
        return Prepared(said="")
    said = f"held since {day_in_words(hold.since)}, {in_words(hold.reason)}" + (f": {hold.note}" if hold.note else "")
    return Prepared(said=said, advised="resume, hold longer, or end")


PREPARED: dict[WaitKind, Callable[[Course, Wait, datetime], Prepared]] = {
    WaitKind.RESPONSE_CHECK: _check,
    WaitKind.RED_FLAG: _red_flag,
    WaitKind.EFFECT_REVIEW: _effect,
    WaitKind.GOALS: _goals,
    WaitKind.ELIGIBILITY: _eligibility,
    WaitKind.OWN_CONSENT: _own_consent,
    WaitKind.MISSED_VISITS: _missed,
    WaitKind.CLEARANCE: _visit,
    WaitKind.SESSION_RESULT: _visit,
    WaitKind.SIGNATURE: _signature,
    WaitKind.SITES_REVIEW: _sites,
    WaitKind.WEARING_OFF: _wearing_off,
    WaitKind.TAPER: _taper,
    WaitKind.LETTER: _letter,
    WaitKind.DEVIATION: _deviation,
    WaitKind.HOLD_DECISION: _hold,
}
