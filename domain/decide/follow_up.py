"""After a session: signature, safety watch, adverse events, response check."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.course import Course
from domain.decide.common import Asked, Decided, subject_number
from domain.dose import faults_of_dose
from domain.record import Refusal
from domain.response import (
    ResponseAnswer,
    ResponseCheck,
    ResponseEvidence,
    allowed_answers,
    goes_beyond_trial,
    reason_needed,
)
from domain.session import (
    AdverseEvent,
    WatchEnd,
)


def record_signed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.RecordSigned)
    number = fact.session or subject_number(asked.task)
    session = asked.course.session(number) if number is not None else asked.course.last_session
    if session is None or session.signed_by is not None:
        return Refusal(reason="no session waits for its signature")
    if asked.by.user_id != session.injector:
        return Refusal(reason=f"only {session.injector}, who injected, signs this record")
    return e.RecordSigned(session=session.number)


def billing_refused(asked: Asked) -> Decided:
    fact = asked.fact_as(f.BillingRefused)
    if asked.course.session(fact.session) is None:
        return Refusal(reason=f"session: there is no session {fact.session}")
    return e.BillingImpossible(session=fact.session, reason=fact.reason)


def billed_by_hand(asked: Asked) -> Decided:
    fact = asked.fact_as(f.BilledByHand)
    number = fact.session or subject_number(asked.task)
    if number is None or number not in asked.course.to_bill_by_hand:
        return Refusal(reason="session: no such session waits to be billed by hand")
    return e.BilledByHand(session=number, how=fact.how)


def safety_called(asked: Asked) -> Decided:
    fact = asked.fact_as(f.SafetyCall)
    number = fact.session or subject_number(asked.task)
    session = asked.course.session(number) if number is not None else asked.course.last_session
    if session is None or session.watch_ended is not None:
        return Refusal(reason="no safety watch is running for this session")
    if unknown := _unknown_flags(asked.course, fact.red_flags):
        return unknown
    falls_due_on = session.given_on + timedelta(days=asked.course.protocol.safety.call_from_days.value)
    early = asked.today < falls_due_on
    if fact.red_flags:
        told = _adverse(asked.course, asked, fact.red_flags, fact.note, session.number)
        return e.AdverseEventRecorded(adverse_event=told, ends_watch_of=None if early else session.number)
    if early and fact.result == "reached":
        return Refusal(
            reason=f"result: the safety call falls due on {falls_due_on}; until then tell it as adverse-event"
        )
    how = WatchEnd.REACHED if fact.result == "reached" else WatchEnd.REFUSED
    return e.SafetyWatchEnded(session=session.number, how=how, note=fact.note)


def adverse_event_told(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AdverseEventTold), asked.course
    last = course.last_session.number if course.last_session else None
    told = _adverse(course, asked, fact.red_flags, fact.note, last)
    return _unknown_flags(course, fact.red_flags) or e.AdverseEventRecorded(adverse_event=told)


def _unknown_flags(course: Course, flags: tuple[str, ...]) -> Refusal | None:
    known = course.protocol.safety.red_flags.value
    if unknown := sorted(set(flags) - known.keys()):
        return Refusal(reason=f"red_flags: unknown {', '.join(unknown)}; expected {', '.join(known)}")
    return None


def _adverse(course: Course, asked: Asked, flags: tuple[str, ...], note: str, session: int | None) -> AdverseEvent:
    return AdverseEvent(
        number=len(course.adverse_events) + 1, told_on=asked.today, red_flags=flags, note=note, after_session=session
    )


def red_flag_reviewed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.RedFlagReview)
    open_ones = [one for one in asked.course.red_flags if fact.adverse_event in {None, one.number}]
    if not open_ones:
        return Refusal(reason="no red flag stops this course")
    number = fact.adverse_event or subject_number(asked.task) or open_ones[0].number
    return e.RedFlagReviewed(adverse_event=number, lift=fact.lift, note=fact.note)


def response_answered(asked: Asked) -> Decided:
    fact, evidence = asked.fact_as(f.Response), asked.course.evidence
    session = plan.open_check(asked.course)
    if asked.task is None or evidence is None or session is None:
        return Refusal(reason="no response check is open")
    if asked.course.evidence_is_stale:
        return Refusal(reason="diary days have just come in and are being counted; look at them and answer again")
    if (refused := _incomplete(asked, fact, evidence)) is not None:
        return refused
    check = ResponseCheck(
        session=session.number,
        answer=fact.answer,
        answered_on=asked.today,
        by=asked.by.user_id,
        reason=fact.reason,
        ask_again_on=fact.ask_again_on,
        evidence=evidence,
        next_dose=fact.dose,
        beyond_trial=goes_beyond_trial(
            fact.answer,
            session=session.number,
            evidence=evidence,
            checks=asked.course.checks,
            protocol=asked.course.protocol,
            trial_session=sum(given.is_trial for given in asked.course.sessions),
        ),
    )
    return e.ResponseAnswered(check=check)


def _incomplete(asked: Asked, fact: f.Response, evidence: ResponseEvidence) -> Refusal | None:
    """Return what is wrong with the answer or missing from it, or None."""
    course = asked.course
    trial = sum(given.is_trial for given in course.sessions)
    allowed = allowed_answers(
        evidence.session, evidence=evidence, checks=course.checks, protocol=course.protocol, trial_session=trial
    )
    if fact.answer not in allowed:
        return Refusal(reason=f"answer: expected {' or '.join(allowed)} after session {evidence.session}")
    if reason_needed(fact.answer, evidence=evidence) and not fact.reason:
        return Refusal(
            reason=f"reason: {fact.answer} differs from the recommendation: {evidence.recommendation_reason}"
        )
    if fact.dose is not None and (faults := faults_of_dose(fact.dose, protocol=course.protocol)):
        return Refusal(reason="dose: " + "; ".join(faults))
    return _ask_again(course, fact, asked)


def _ask_again(course: Course, fact: f.Response, asked: Asked) -> Refusal | None:
    """Return why the check may not be asked again on that day: never past the day that keeps the session."""
    if fact.answer is not ResponseAnswer.ASK_AGAIN:
        return None
    last_day = plan.earliest_from_last_dose(course) - timedelta(days=1)
    if fact.ask_again_on is None or not asked.today < fact.ask_again_on <= last_day:
        return Refusal(reason=f"ask_again_on: expected a day after {asked.today}, {last_day} at the latest")
    return None
