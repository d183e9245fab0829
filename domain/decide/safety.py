"""The safety watch and what happens to the patient."""

from __future__ import annotations

from datetime import timedelta

from domain import care
from domain import events as e
from domain import facts as f
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.record import Refusal
from domain.session import (
    AdverseEvent,
    WatchEnd,
)


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
            reason=f"result: the safety call falls due on {day_in_words(falls_due_on)}; until then tell it as adverse-event"
        )
    how = WatchEnd.REACHED if fact.result == "reached" else WatchEnd.REFUSED
    return e.SafetyWatchEnded(session=session.number, how=how, note=fact.note)


def adverse_event_told(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AdverseEventTold), asked.course
    if refused := _unknown_flags(course, fact.red_flags) or _wrong_effect(asked, fact):
        return refused
    before = [one for one in course.sessions if fact.onset_on is None or one.given_on <= fact.onset_on]
    number = fact.session or (before[-1].number if before else None)
    told = _adverse(course, asked, fact.red_flags, fact.note, number)
    fields = fact.model_dump(include={"effect", "onset_on", "serious", "channel"})
    return e.AdverseEventRecorded(adverse_event=told.model_copy(update=fields))


def _wrong_effect(asked: Asked, fact: f.AdverseEventTold) -> Refusal | None:
    """Return what does not fit the protocol, the sessions or the day, or None."""
    known = care.effects_of(asked.course.protocol)
    if fact.effect is not None and fact.effect not in known:
        return Refusal(reason=f"effect: unknown {fact.effect}; expected {', '.join(known) or 'none'}")
    if fact.onset_on is not None and fact.onset_on > asked.today:
        return Refusal(reason="onset_on: expected a day that has come")
    if fact.session is None:
        return None
    session = asked.course.session(fact.session)
    if session is None:
        return Refusal(reason=f"session: there is no session {fact.session}")
    if fact.onset_on is not None and fact.onset_on < session.given_on:
        return Refusal(
            reason=f"onset_on: session {session.number} was given on {day_in_words(session.given_on)}, after that day"
        )
    return None


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
    flagged = next((one for one in open_ones if one.number == number), open_ones[0])
    if (refused := _report_undecided(flagged, report=fact.report)) is not None and fact.lift:
        return refused
    return e.RedFlagReviewed(adverse_event=number, lift=fact.lift, note=fact.note, reported=fact.report)


def _report_undecided(event: AdverseEvent, *, report: bool | None) -> Refusal | None:
    if event.serious and event.reported is None and report is None:
        return Refusal(reason="report: a serious adverse event needs the decision whether it is reported, yes or no")
    return None


def _open_event(asked: Asked, number: int | None) -> AdverseEvent | None:
    """Return the adverse event that is meant: the named one, the task's, or the only one that is not over."""
    wanted = number or subject_number(asked.task)
    going_on = [one for one in asked.course.adverse_events if one.ended_on is None]
    if wanted is not None:
        return next((one for one in going_on if one.number == wanted), None)
    return going_on[0] if len(going_on) == 1 else None


NONE_OPEN = Refusal(reason="adverse_event: expected the number of an adverse event that is not over")


def adverse_event_reviewed(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AdverseEventReview), asked.course
    event = _open_event(asked, fact.adverse_event)
    if event is None:
        return NONE_OPEN
    asked_for = tuple(dict.fromkeys((*fact.asked, *fact.red_flags)))
    if refused := _unknown_flags(course, asked_for) or _report_undecided(event, report=fact.report):
        return refused
    wanted = care.asks_of(event, course.protocol)
    if left := [flag for flag in wanted if flag not in (*event.asked, *asked_for)]:
        return Refusal(reason=f"asked: ask for {', '.join(left)} too")
    if fact.again_on is not None and fact.again_on <= asked.today:
        return Refusal(reason=f"again_on: expected a day after {day_in_words(asked.today)}")
    return e.AdverseEventReviewed(
        adverse_event=event.number,
        asked=asked_for,
        red_flags=fact.red_flags,
        reported=fact.report,
        look_again_on=fact.again_on or asked.today + timedelta(days=care.follow_up_days(course.protocol)),
        note=fact.note,
    )


def adverse_event_ended(asked: Asked) -> Decided:
    fact = asked.fact_as(f.AdverseEventEnd)
    event = _open_event(asked, fact.adverse_event)
    if event is None:
        return NONE_OPEN
    if event.stops:
        return Refusal(reason="adverse_event: a red flag ends when a clinician lifts it: `red-flag-reviewed`")
    if event.serious and event.reported is None:
        return Refusal(
            reason="adverse_event: a clinician decides first whether it is reported: `adverse-event-reviewed`"
        )
    ended_on = fact.ended_on or asked.today
    if not (event.onset_on or ended_on) <= ended_on <= asked.today:
        return Refusal(reason=f"ended_on: expected a day from its beginning to {day_in_words(asked.today)}")
    return e.AdverseEventEnded(adverse_event=event.number, ended_on=ended_on, note=fact.note)


def sites_reviewed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.SitesReview)
    wanted = fact.adverse_event or subject_number(asked.task)
    open_ones = [one for one in care.sites_to_review(asked.course) if wanted in {None, one.number}]
    if not open_ones:
        return Refusal(reason="adverse_event: no adverse event asks for a look at the planned sites")
    return e.SitesReviewed(adverse_event=open_ones[0].number, note=fact.note)


DECISIONS: dict[str, Decide] = {
    "safety-call": safety_called,
    "adverse-event": adverse_event_told,
    "red-flag-reviewed": red_flag_reviewed,
    "adverse-event-reviewed": adverse_event_reviewed,
    "adverse-event-ended": adverse_event_ended,
    "sites-reviewed": sites_reviewed,
}
TOLD_AFTER_THE_END = frozenset(
    {"safety-call", "adverse-event", "red-flag-reviewed", "adverse-event-reviewed", "adverse-event-ended"}
)
