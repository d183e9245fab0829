"""What a correction means for the course: said before it is made, and with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from domain import events as e
from domain import plan
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import ApprovalAnswer, Left, left
from domain.decide.correction_of_coverage import BY_MISTAKE
from domain.denial import ONCE, DenialCode, DenialStep
from domain.session import Session, WatchEnd
from domain.story.words import day_in_words, dose_in_words
from domain.ways_on import as_insured_next


def consequences(before: Course, event: e.RecordCorrected, now: Course) -> tuple[str, ...]:
    """Return in sentences what differs in the course `now`, after the correction, from the course `before`."""
    said = [*_deviation(event), *_of_sessions(before, event), *_dates(before, now), *_units(before, now)]
    said += _appointment(before, event, now)
    if before.baseline_frozen_on is not None and now.baseline_frozen_on is None:
        said.append("the counts before treatment are frozen anew")
    if before.evidence is not None and now.evidence is None:
        said.append("the evidence of the open response check is put together anew")
    said += [
        f"a payer covers session {one} after all, which somebody else pays: billing looks at it"
        for one in event.paid_otherwise
    ]
    said += [*_of_history(before, event, now), *_of_decision(before, event, now), *_of_coverage(before, now)]
    said += _of_answer(before, event, now)
    said += [*_of_agreement(before, event), *_checks(before, event)]
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
            yield f"who injected signs the record of session {session.number} again"
        if session.claim_outdated and not old.claim_outdated:
            yield f"the bill of session {session.number} is replaced"
        yield from _watch(before, old, session)


def _watch(course: Course, old: Session, now: Session) -> Iterator[str]:
    if old.watch_ended is not None and now.watch_ended is WatchEnd.NOT_REACHED:
        yield f"the time of the safety watch after session {now.number} is over: nobody has been reached"
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


def _of_history(before: Course, event: e.RecordCorrected, now: Course) -> Iterator[str]:
    """Say what differs by a dose elsewhere or by what the intake said."""
    if event.history is None:
        return
    if before.trial_sessions != now.trial_sessions:
        yield f"{now.trial_sessions} sessions count for the trial, not {before.trial_sessions}"
    yield from _too_close(before, now)
    if now.history.diagnosis == before.history.diagnosis:
        return
    if now.eligibility_settled_on is None:
        yield "eligibility is assessed anew"
    else:
        yield "eligibility was settled on what the record said then: a clinician looks whether it stands"
    yield from (
        f"request {one.number} went to the payer with it: tell the payer"
        for one in now.requests
        if one.submitted_on is not None
    )


def _too_close(before: Course, now: Course) -> Iterator[str]:
    """Say which sessions given here lie too close to a dose elsewhere as it is told now."""
    known = {dose.given_on for dose in before.history.earlier_doses}
    days = now.protocol.timing.interval_days_min.value
    for dose in now.history.earlier_doses:
        for session in now.sessions:
            apart = abs((session.given_on - dose.given_on).days)
            if dose.given_on not in known and apart < days:
                on = day_in_words(dose.given_on)
                yield f"session {session.number} was given {apart} days from the dose of {on}, expected {days}: look at it"


def _of_decision(before: Course, event: e.RecordCorrected, now: Course) -> Iterator[str]:
    """Say what differs by a payer's decision that was told wrongly, or never made."""
    if event.of != "authorization_decided" or event.request is None:
        return
    if not event.entered_in_error:
        yield from _last_days(event, now)
        return
    number = event.request.number
    yield f"request {number} waits for the payer's answer as before"
    if event.closes is not None:
        yield f"request {event.closes.number}, which was not sent yet, is closed"
    yield from _of_approval(before, event, number)
    undone = next((one for one in before.denials if one.number == number and not one.contested), None)
    if undone is None:
        return
    if undone.step is DenialStep.WAIT:
        yield "nothing is waited for any more before the payer is asked"
    if undone.step is DenialStep.SELF_PAY:
        yield "what the patient agreed to pay stays: correct it too if it was signed only because of the denial"
    if undone.reason is DenialCode.SOURCE_OR_PLACE and undone.step is DenialStep.SEND_ANEW:
        yield "drug source and place of service stay as they were chosen after it: look whether they are right"


def _of_approval(before: Course, event: e.RecordCorrected, number: int) -> Iterator[str]:
    """Say what differs by an approval that the payer has not given."""
    granted = next((one for one in before.authorizations if one.request == number), None)
    if granted is None:
        return
    yield f"{granted.name} was never granted: its sessions and units are not there any more"
    for session in event.sessions:
        if session.coverage.uncovered is not None:
            yield f"nothing covers session {session.number}: {session.coverage.uncovered}"
    if event.uncovers and before.appointment is not None:
        day = day_in_words(clinic_day(before.appointment.starts_at, before.clinic.zone))
        yield f"nothing pays for the appointment of {day} any more: it is tentative again"
    if granted.answer is ApprovalAnswer.ACCEPT and (granted.drug_source or granted.place_of_service):
        yield "drug source and place of service stay as they were accepted: look whether they are right"


def _of_coverage(before: Course, now: Course) -> Iterator[str]:
    """Say what holds again where another coverage, or that an authorization was withdrawn, was told by mistake."""
    if len(now.coverages_before) < len(before.coverages_before):
        since = day_in_words(before.coverages_before[-1].until_on + timedelta(days=1))
        yield f"{now.policy.name if now.policy is not None else 'the patient'} pays from {since} on, as before"
    was = {one.request: one for one in before.authorizations}
    yield from (
        f"{one.name} holds again, until {day_in_words(one.until_on)}"
        for one in now.authorizations
        if one.stopped_on is None and one.request in was and was[one.request].stopped_on is not None
    )
    asked = {one.number: one.is_open for one in before.requests}
    for one in now.requests:
        if one.is_open and not asked.get(one.number, True):
            yield f"request {one.number} waits for the payer's answer again"
        if one.closed_because == BY_MISTAKE and asked.get(one.number, False):
            sent = "" if one.submitted_on is None else ": tell the payer that it is withdrawn"
            yield f"no answer to request {one.number} is waited for any more{sent}"


def _last_days(event: e.RecordCorrected, now: Course) -> Iterator[str]:
    """Say what is to be done by another day, since a denial's letter is of another."""
    titles = {"peer_to_peer_until": "a talk with the payer's physician", "appeal_until": "an appeal"}
    for changed in event.changes:
        if changed.field in titles and changed.after:
            last_on = date.fromisoformat(changed.after)
            over = ", which has passed" if event.on is not None and last_on < event.on else ""
            yield f"the last day for {titles[changed.field]} is {day_in_words(last_on)}{over}"
    for asked in event.requests:
        if asked.last_on is not None:
            yield f"request {asked.number} is to be sent by {day_in_words(asked.last_on)}"
    for denial in event.denials:
        days = {step.value: denial.last_day_of(step) for step in ONCE}
        for one in now.requests:
            until = days.get(one.purpose.value) if one.of_request == denial.number else None
            if one.submitted_on is not None and until is not None and one.submitted_on > until:
                yield f"request {one.number} went to the payer on {day_in_words(one.submitted_on)}, after its last day"


def _of_answer(before: Course, event: e.RecordCorrected, now: Course) -> Iterator[str]:
    """Say what an answer to a response check leaves when it is undone."""
    check = event.check
    if check is None or not event.entered_in_error:
        return
    if now.is_open:
        yield f"the response check after session {check.session} opens again and is answered anew"
    if check.next_dose is not None and now.planned_dose is not None:
        yield f"the planned dose stays {dose_in_words(now.planned_dose)}: set it anew if it is another"
    for request in before.requests:
        if request.for_session == check.session + 1 and (request.submitted_on or check.answered_on) > check.answered_on:
            yield f"request {request.number} went to the payer after this answer: tell the payer"
    if any(taper.session == check.session for taper in before.tapers):
        yield "whether other preventives are tapered was answered after it: a clinician looks at that"
    if check.session in before.letters:
        yield "a letter to the payer was written after it: look whether it is right"


def _of_agreement(before: Course, event: e.RecordCorrected) -> Iterator[str]:
    agreement, had = event.agreement, as_insured_next(before).coverage.self_pay
    if agreement is None or had is None:
        return
    if event.entered_in_error:
        yield "the patient has not agreed to pay: who pays for the next session is asked anew"
    elif had.confirmed_by is not None and agreement.confirmed_by is None:
        yield "billing confirms again that the patient may be charged"


def _checks(before: Course, event: e.RecordCorrected) -> Iterator[str]:
    if event.of not in {"session_given", "authorization_decided"}:
        return
    corrected = {session.number for session in event.sessions}
    for check in before.checks:
        if corrected & set(range(1, check.session + 1)):
            yield f"the response check after session {check.session} was answered by what the record said then"
