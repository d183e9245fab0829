"""Correcting answers: a safety call, a response check. What was asked is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from domain import events as e
from domain import facts as f
from domain.course import Course
from domain.decide.common import Asked, Decided
from domain.decide.correction_words import IN_ERROR, SAYS_SO, UNDONE, changes_of, is_undone
from domain.hold import HoldReason
from domain.record import Refusal
from domain.response import ResponseAnswer, ResponseCheck
from domain.session import Session, WatchEnd

ANSWERED = frozenset({WatchEnd.REACHED, WatchEnd.REFUSED})


# A safety call


def safety_call(asked: Asked, fact: f.Correction) -> Decided:
    """Correct how a safety call went; one that reached nobody, or another patient, is made again."""
    values, course = fact.values, asked.course
    assert isinstance(values, f.SafetyCallValues), "the values name their kind"
    session = None if fact.subject is None else course.session(fact.subject)
    if session is None or session.watch_ended not in ANSWERED or is_undone(course, fact.event):
        return Refusal(reason="event: no safety call ended this watch, or it was entered in error")
    if values.entered_in_error:
        return _corrected(fact, session=watch_again(asked, session))
    if values.result == "reached" and fact.recorded_on < _call_due(asked, session):
        return Refusal(
            reason="result: the call was made before it fell due, so it does not end the watch: enter it in error"
        )
    how = WatchEnd.REACHED if values.result == "reached" else WatchEnd.REFUSED
    if how is session.watch_ended:
        return SAYS_SO
    return _corrected(fact, session=session.model_copy(update={"watch_ended": how}), before=session.watch_ended)


def watch_again(asked: Asked, session: Session) -> Session:
    """Return the session with its watch as before a call: it goes on where its time is not over."""
    over_on = session.given_on + timedelta(days=asked.course.protocol.safety.watch_ends_days.value)
    goes_on = None if asked.today < over_on else WatchEnd.NOT_REACHED
    return session.model_copy(update={"watch_ended": WatchEnd.DECEASED if asked.course.is_deceased else goes_on})


def _call_due(asked: Asked, session: Session) -> date:
    return session.given_on + timedelta(days=asked.course.protocol.safety.call_from_days.value)


def _corrected(fact: f.Correction, *, session: Session, before: WatchEnd | None = None) -> e.RecordCorrected:
    in_error = before is None
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=session.number,
        changes=(IN_ERROR,) if in_error else changes_of({"result": str(before)}, {"result": str(session.watch_ended)}),
        reason=fact.reason,
        entered_in_error=in_error,
        sessions=(session,),
    )


# A response check


def response(asked: Asked, fact: f.Correction) -> Decided:
    """Correct the reason of an answer, or undo the answer: the check opens again."""
    values, course = fact.values, asked.course
    assert isinstance(values, f.ResponseValues), "the values name their kind"
    check = None if fact.subject is None else course.check_after(fact.subject)
    ours = check is not None and (check.answered_on, check.by) == (fact.recorded_on, fact.recorded_by)
    if check is None or not ours or is_undone(course, fact.event):
        return UNDONE
    if values.entered_in_error:
        refused = next(_hangs_on_answer(course, check), None)
        return _undone(fact, check) if refused is None else Refusal(reason=refused)
    changes = changes_of({"reason": check.reason or ""}, {"reason": values.reason or ""})
    if not changes:
        return SAYS_SO
    return e.RecordCorrected(
        corrects=fact.event,
        of=values.of,
        subject=check.session,
        changes=changes,
        reason=fact.reason,
        check=check.model_copy(update={"reason": values.reason}),
    )


def _undone(fact: f.Correction, check: ResponseCheck) -> e.RecordCorrected:
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=check.session,
        changes=(IN_ERROR,),
        reason=fact.reason,
        entered_in_error=True,
        check=check,
    )


def _hangs_on_answer(course: Course, check: ResponseCheck) -> Iterator[str]:
    """Yield why an answer is not undone by itself, with what a person must do."""
    ending = course.ending
    if course.last_number > check.session:
        yield f"event: session {course.last_number} was given on it; the next response check decides"
    if course.clearance is not None:
        yield "event: a session is cleared on it: record first what was given, or that nothing was"
    if check.answer is ResponseAnswer.DISCONTINUE and ending is not None and ending.outcome is e.Outcome.DISCONTINUED:
        yield "event: the course has ended by it; an admin reopens it first (`reopen`), then the check is answered anew"
    paused = course.is_held and course.hold is not None and course.hold.reason is HoldReason.EPISODIC
    if check.answer is ResponseAnswer.PAUSE and paused:
        yield "event: the course is held by it; a clinician resumes it first (`resume`), then it is corrected"
