"""What a correction means for the course: said before it is made, and with its answer."""

from __future__ import annotations

from collections.abc import Iterator

from domain import events as e
from domain import plan
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Left, left
from domain.session import Session
from domain.story.words import day_in_words


def consequences(before: Course, event: e.RecordCorrected, now: Course) -> tuple[str, ...]:
    """Return in sentences what differs in the course `now`, after the correction, from the course `before`."""
    said = [*_deviation(event), *_of_sessions(before, event), *_dates(before, now), *_units(before, now)]
    said += _appointment(before, event, now)
    if before.baseline_frozen_on is not None and now.baseline_frozen_on is None:
        said.append("the counts before treatment are frozen anew")
    if before.evidence is not None and now.evidence is None:
        said.append("the evidence of the open response check is put together anew")
    said += _checks(before, event)
    if event.told:
        said.append(f"the patient was told wrongly and is told anew, a task for operations: {', '.join(event.told)}")
    return tuple(said)


def _deviation(event: e.RecordCorrected) -> Iterator[str]:
    if event.deviation is not None:
        yield f"it is a deviation ({event.deviation.rules}): a clinician looks at it, and the bill waits for billing"


def _of_sessions(before: Course, event: e.RecordCorrected) -> Iterator[str]:
    for session in event.sessions:
        old = before.session(session.number)
        assert old is not None, "what is corrected was there"
        if session.entered_in_error:
            yield f"session {session.number} never was; its number stays, and everything is reckoned without it"
            if session.claim_outdated:
                yield f"the bill of session {session.number} is taken back"
            continue
        if old.signed_by is not None and session.signed_by is None:
            yield f"{session.injector} signs the record of session {session.number} again"
        if session.claim_outdated and not old.claim_outdated:
            yield f"the bill of session {session.number} is replaced"
        yield from _watch(before, old, session)


def _watch(course: Course, old: Session, now: Session) -> Iterator[str]:
    if now.watch_ended is None and (old.given_on != now.given_on or old.watch_ended is not None):
        days = course.protocol.safety.call_from_days.value
        yield f"the safety call after session {now.number} falls due {days} days after {day_in_words(now.given_on)}"


def _dates(before: Course, now: Course) -> Iterator[str]:
    was, is_ = plan.dates_from_last_dose(before), plan.dates_from_last_dose(now)
    if was == is_:
        return
    if is_ is None:
        yield "no dose is known any more: the next session may be given as soon as it is cleared"
    elif was is None or was.earliest_on != is_.earliest_on:
        yield f"the next session may be given from {day_in_words(is_.earliest_on)} on" + (
            f", not from {day_in_words(was.earliest_on)}" if was is not None else ""
        )


def _units(before: Course, now: Course) -> Iterator[str]:
    drug = now.protocol.billing.drug_code.value
    for granted in now.authorizations:
        old = next((one for one in before.authorizations if one.request == granted.request), granted)
        was, is_ = left(old, before.sessions, drug_code=drug), left(granted, now.sessions, drug_code=drug)
        if was != is_:
            yield f"authorization {granted.number} has left {_in_words(is_)}; before: {_in_words(was)}"


def _in_words(rest: Left) -> str:
    units = "" if rest.units is None else f" and {rest.units} units"
    return f"{rest.sessions} sessions{units} until {day_in_words(rest.until_on)}"


def _appointment(before: Course, event: e.RecordCorrected, now: Course) -> Iterator[str]:
    if before.appointment is None:
        return
    day = clinic_day(before.appointment.starts_at, before.clinic.zone)
    if event.gives_up is not None:
        yield f"the appointment of {day_in_words(day)} is given up, the patient is told, and a new time is looked for"
        return
    dates = plan.dates_from_last_dose(now)
    if dates is not None and dates != plan.dates_from_last_dose(before) and dates.recommended_on < day:
        yield f"the appointment of {day_in_words(day)} stays; {day_in_words(dates.recommended_on)} would do: move it?"


def _checks(before: Course, event: e.RecordCorrected) -> Iterator[str]:
    corrected = {session.number for session in event.sessions}
    for check in before.checks:
        if corrected & set(range(1, check.session + 1)):
            yield f"the response check after session {check.session} was answered by what the record said then"
