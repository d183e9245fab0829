"""Correcting a payer's decision: what it granted, why and when it said no, or that it has not said so at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain import events as e
from domain import facts as f
from domain.billing import COVERED_AFTER_ALL
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import (
    ApprovalAnswer,
    Authorization,
    AuthorizationLine,
    AuthorizationRequest,
    Decision,
    Purpose,
    granted_by,
)
from domain.decide.authorizations import paid_anew, uncovers
from domain.decide.common import Asked, Decided
from domain.decide.correction_words import IN_ERROR, SAYS_SO, UNDONE, changes_of, is_undone, plain, said, text_of
from domain.decide.telling import counted_of, coverage_of_given, without
from domain.denial import Denial, DenialStep
from domain.deviation import Broken, Deviation
from domain.record import Refusal
from domain.session import Session
from domain.ways_on import CHANGES_AN_AUTHORIZATION, last_days_after

TAKEN_BACK_FROM_EDITION = 2
"""In courses that an earlier release began an approval is ended by `authorization-withdrawn`, never undone."""

OF_A_DENIAL = ("reason", "denial_code", "letter_on", "peer_to_peer_until", "appeal_until")
OF_AN_APPROVAL = ("number", "from_on", "until_on", "sessions", "units", "counts")


def decision(asked: Asked, fact: f.Correction) -> Decided:
    """Correct what a payer decided. Yes for no, and the reverse: this one in error, and the decision told anew."""
    values, course = fact.values, asked.course
    assert isinstance(values, f.AuthorizationValues), "the values name their kind"
    request = None if fact.subject is None else course.request(fact.subject)
    if request is None or request.decision is None or is_undone(course, fact.event):
        return UNDONE
    denied = request.decision is Decision.DENIED
    if values.entered_in_error:
        return _denial_undone(asked, fact, request) if denied else _approval_undone(asked, fact, request)
    if denied:
        return _denial(asked, fact, request)
    if told := [name for name in OF_A_DENIAL if getattr(values, name) is not None]:
        return Refusal(reason=f"{', '.join(told)}: the payer has not said no")
    return _approval(asked, fact, values)


# A denial


def _denial(asked: Asked, fact: f.Correction, request: AuthorizationRequest) -> Decided:
    """Correct why and when a payer said no; the last days that its letter's day sets follow it, with what waits for them."""
    values, course = fact.values, asked.course
    assert isinstance(values, f.AuthorizationValues), "the values name their kind"
    if any(getattr(values, name) is not None for name in OF_AN_APPROVAL):
        return Refusal(reason="event: it granted no authorization")
    now_asked = request.model_copy(update={"denial_reason": values.reason or request.denial_reason})
    before = next((one for one in course.denials if one.number == request.number and not one.contested), None)
    if before is None:
        if any(getattr(values, name) is not None for name in OF_A_DENIAL[1:]):
            return Refusal(reason="event: nothing follows this denial that its day or its code would change")
        return _reason_alone(fact, request, now_asked)
    letter_on = values.letter_on or before.letter_on
    sent_on = request.submitted_on or request.opened_on
    if not sent_on <= letter_on <= asked.today:
        days = f"{day_in_words(sent_on)} to {day_in_words(asked.today)}"
        return Refusal(reason=f"letter_on: expected a day from {days}")
    now = _as_corrected(course, before, request, values)
    changes = changes_of(_told_of(before), _told_of(now))
    if not changes:
        return SAYS_SO
    return e.RecordCorrected(
        corrects=fact.event,
        of=values.of,
        subject=request.number,
        changes=changes,
        reason=fact.reason,
        request=now_asked,
        denials=(now, *_talks_after(course, before, now)),
        requests=tuple(_under_last_days(course, before, now)),
    )


def _reason_alone(fact: f.Correction, before: AuthorizationRequest, now: AuthorizationRequest) -> Decided:
    changes = changes_of({"reason": before.denial_reason or ""}, {"reason": now.denial_reason or ""})
    if not changes:
        return SAYS_SO
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=before.number,
        changes=changes,
        reason=fact.reason,
        request=now,
    )


def _as_corrected(
    course: Course, before: Denial, request: AuthorizationRequest, values: f.AuthorizationValues
) -> Denial:
    """Return the denial as it should have been told.

    A last day that was reckoned from the letter's day is reckoned anew; one that the letter said, or that the payer
    granted since, stays where it is not corrected itself.
    """
    letter_on = values.letter_on or before.letter_on
    was = last_days_after(course, request, letter_on=before.letter_on)
    now = last_days_after(course, request, letter_on=letter_on)
    until = {
        "peer_to_peer_until": now[0] if before.peer_to_peer_until == was[0] else before.peer_to_peer_until,
        "appeal_until": now[1] if before.appeal_until == was[1] else before.appeal_until,
    }
    words = {"words": values.reason or before.words, "reason": values.denial_code or before.reason}
    told = said(values, "peer_to_peer_until", "appeal_until")
    return before.model_copy(update=words | {"letter_on": letter_on} | until | told)


def _told_of(denial: Denial) -> dict[str, str]:
    names = {"reason": "words", "denial_code": "reason"}
    return {name: text_of(denial, names.get(name, name)) for name in OF_A_DENIAL}


def _talks_after(course: Course, before: Denial, now: Denial) -> tuple[Denial, ...]:
    """Return the denials of talks that followed this one: what they did not change is appealed by the same day as it."""
    return tuple(
        one.model_copy(update={"appeal_until": now.appeal_until})
        for one in course.denials
        if _is_talk_after(course.request(one.number), before)
        and not one.contested
        and one.appeal_until == before.appeal_until != now.appeal_until
    )


def _is_talk_after(request: AuthorizationRequest | None, denial: Denial) -> bool:
    return request is not None and request.purpose is Purpose.PEER_TO_PEER and request.of_request == denial.number


def _under_last_days(course: Course, before: Denial, now: Denial) -> Iterator[AuthorizationRequest]:
    """Yield the requests not sent yet that stand under a last day of the denial, with that day as it is now."""
    of_it = {before.number, *(one.number for one in _talks_after(course, before, now))}
    days = {Purpose(step): (before.last_day_of(step), now.last_day_of(step)) for step in _STEPS}
    for one in course.requests:
        was, is_ = days.get(one.purpose, (None, None))
        if one.of_request in of_it and one.is_open and one.submitted_on is None and one.last_on == was != is_:
            yield one.model_copy(update={"last_on": is_})


_STEPS = (DenialStep.PEER_TO_PEER, DenialStep.APPEAL)


def _denial_undone(asked: Asked, fact: f.Correction, request: AuthorizationRequest) -> Decided:
    """Undo a denial that the payer has not made: its answer is waited for as before."""
    course = asked.course
    refused = next(_hangs_on_denial(course, request), None)
    if refused is not None:
        return Refusal(reason=refused)
    return _undone(asked, fact, request).model_copy(update={"authorization": _contested_again(course, request)})


def _undone(asked: Asked, fact: f.Correction, request: AuthorizationRequest) -> e.RecordCorrected:
    """Return that a decision was told by mistake: what was asked because of it and not sent is closed."""
    since = asked.course.open_request
    what = "denial" if request.decision is Decision.DENIED else "approval"
    over = {"closed_on": asked.today, "closed_because": f"the {what} before it was entered in error"}
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=request.number,
        changes=(IN_ERROR,),
        reason=fact.reason,
        entered_in_error=True,
        request=request.model_copy(update={"decided_on": None, "decision": None, "denial_reason": None}),
        closes=None if since is None else since.model_copy(update=over),
    )


def _hangs_on_denial(course: Course, request: AuthorizationRequest) -> Iterator[str]:
    """Yield why a denial is not undone by itself: what hangs on it has left the house, with what a person must do."""
    if course.ending is not None and course.ending.reason == "authorization_denied":
        yield "event: the course has ended because of it; an admin reopens it first (`reopen`), then it is corrected"
    for later in course.requests:
        because = later.of_request == request.number or later is course.open_request
        if because and later.submitted_on is not None and later.purpose is not Purpose.TRANSITION:
            yield (
                f"event: request {later.number} has gone to the payer since; "
                "tell the payer that it is withdrawn, and tell here what the payer answers to it"
            )
    amended = _amended_by(course, request)
    if amended is None:
        return
    if request.purpose in CHANGES_AN_AUTHORIZATION and (amended.expired_on or amended.stopped_on):
        yield "event: the authorization that it would change has ended since; the renewal goes on"
    if request.purpose not in CHANGES_AN_AUTHORIZATION and amended.answer is not None:
        yield "event: the approval has been answered since; tell what the payer says with `authorization-amended`"


def _amended_by(course: Course, request: AuthorizationRequest) -> Authorization | None:
    return next((one for one in course.authorizations if one.request == request.amends), None)


def _contested_again(course: Course, request: AuthorizationRequest) -> Authorization | None:
    """Return the authorization whose contest is under way again, or None: an extension does not contest one."""
    amended = _amended_by(course, request)
    if amended is None or request.purpose in CHANGES_AN_AUTHORIZATION:
        return None
    return amended.model_copy(update={"answer": ApprovalAnswer.CONTEST})


# An approval


def _approval_undone(asked: Asked, fact: f.Correction, request: AuthorizationRequest) -> Decided:
    """Undo an approval that the payer has not given: its answer is waited for as before.

    Sessions given under it come under what else pays for them; where nothing does, each is a deviation that opens with
    the correction: a clinician looks at it, and the bill waits for billing.
    """
    course = asked.course
    granted = next((one for one in course.authorizations if one.request == request.number), None)
    if granted is None:
        return Refusal(reason="event: it granted no authorization")
    refused = next(_hangs_on_approval(course, request), None)
    if refused is not None:
        return Refusal(reason=refused)
    others = tuple(one for one in course.authorizations if one is not granted)
    then = course.model_copy(update={"authorizations": others})
    sessions = tuple(_sessions_without(then, granted))
    return _undone(asked, fact, request).model_copy(
        update={"sessions": sessions, "deviation": _uncovered(asked, fact, sessions), "uncovers": uncovers(then)}
    )


def _hangs_on_approval(course: Course, request: AuthorizationRequest) -> Iterator[str]:
    """Yield why an approval is not undone by itself, with what a person must do."""
    if course.edition < TAKEN_BACK_FROM_EDITION:
        yield "event: correct what the approval says, or tell `authorization-withdrawn`"
    for later in course.requests:
        if later.number > request.number and later.submitted_on is not None and later.purpose is not Purpose.TRANSITION:
            yield (
                f"event: request {later.number} has gone to the payer since; correct what the approval says, or end it "
                "from its first day on with `authorization-withdrawn`"
            )
    if course.clearance is not None and course.clearance.coverage.authorization == request.number:
        yield "event: a session is cleared under it: record first what was given, or that nothing was"


def _sessions_without(course: Course, granted: Authorization) -> Iterator[Session]:
    """Yield the sessions whose payment changes when an authorization was never granted; `course` is without it."""
    under = [one for one in course.sessions if one.coverage.authorization == granted.request]
    paid = {one.session: one.coverage for one in paid_anew(course, under)}
    for session in course.sessions:
        if session.number in paid:
            covered = paid[session.number]
            outdated = session.claim_outdated or session.claim_id is not None
            held = "deviation: coverage" if covered.uncovered is not None else session.claim_held
            now = {"coverage": covered, "claim_outdated": outdated, "claim_held": held}
            yield session.model_copy(update=now)
        elif session.claim_held == COVERED_AFTER_ALL and not _is_reached(course, session):
            yield session.model_copy(update={"claim_held": None})


def _is_reached(course: Course, session: Session) -> bool:
    payer = course.covered_on(session.given_on).coverage.payer_id
    return any(one.from_on <= session.given_on <= one.until_on for one in granted_by(payer, course.authorizations))


def _uncovered(asked: Asked, fact: f.Correction, sessions: Iterable[Session]) -> Deviation | None:
    """Return the deviation of sessions that turn out to have been given uncovered; None where each has its coverage."""
    lost = [one for one in sessions if one.coverage.uncovered is not None]
    if not lost:
        return None
    broken = tuple(Broken(rule="coverage", why=f"session {one.number}: {one.coverage.uncovered}") for one in lost)
    reason = asked.request.deviation or fact.reason
    return Deviation(broken=broken, reason=reason, by=asked.by.user_id, session=lost[0].number)


def _approval(asked: Asked, fact: f.Correction, values: f.AuthorizationValues) -> Decided:
    """Correct what an approval says; sessions given under it follow."""
    course = asked.course
    before = next((one for one in course.authorizations if one.request == fact.subject), None)
    if before is None:
        return Refusal(reason="event: it granted no authorization")
    now = before.model_copy(update=said(values, "number", "from_on", "until_on", "sessions"))
    if now.until_on < now.from_on:
        return Refusal(
            reason=f"until_on: expected {day_in_words(now.from_on)} or later; the authorization ends before it begins"
        )
    if any(one.number == now.number for one in course.authorizations if one.request != now.request):
        return Refusal(reason="number: this authorization is recorded already")
    now = now.model_copy(update={"lines": _lines(course, before, values, now.sessions)})
    if now.until_on != before.until_on and before.expired_on is not None and asked.today <= now.until_on:
        now = now.model_copy(update={"expired_on": None})
    changed = course.model_copy(
        update={"authorizations": tuple(now if one.request == now.request else one for one in course.authorizations)}
    )
    sessions = tuple(_sessions_under(changed, before, now))
    fields = ("number", "from_on", "until_on", "sessions", "lines")
    return plain(fact, before, now, fields=fields, authorization=now, sessions=sessions)


def _lines(
    course: Course, before: Authorization, values: f.AuthorizationValues, sessions: int
) -> tuple[AuthorizationLine, ...]:
    codes = course.protocol.billing
    drug = next((line for line in before.lines if line.code == codes.drug_code.value), None)
    others = tuple(
        line.model_copy(update={"quantity": sessions}) if line.code == codes.procedure_code.value else line
        for line in before.lines
        if drug is None or line.code != drug.code
    )
    if drug is None and values.units is None:
        return others
    assert course.policy is not None, "an authorization has a payer with a policy"
    counts = values.counts or (drug.counts if drug is not None else course.policy.grant.counts.value)
    old = drug or AuthorizationLine(code=codes.drug_code.value, quantity=0)
    quantity = values.units if values.units is not None else old.quantity
    return (*others, old.model_copy(update={"quantity": quantity, "counts": counts}))


def _sessions_under(course: Course, before: Authorization, now: Authorization) -> Iterable[Session]:
    """Yield the sessions given under an authorization, with what they come under as it is corrected."""
    for session in course.sessions:
        if session.coverage.authorization != before.request:
            continue
        holds = now.from_on <= session.given_on <= now.until_on
        if holds:
            opened = session.opened_units
            units = counted_of(course, now.request, session.dose.units, opened)
            told = {"authorization_number": now.number, "counted_units": units}
            covered = session.coverage.model_copy(update=told)
        else:
            earlier = without(course, session)
            covered = coverage_of_given(
                earlier, session.given_on, dose=session.dose, vials=session.vials, session=session.number
            )
        if covered == session.coverage:
            continue
        outdated = session.claim_outdated or session.claim_id is not None
        changed = {"coverage": covered, "claim_outdated": outdated}
        if not holds and covered.authorization is None:
            changed["claim_held"] = "corrected: nothing covers its day"
        yield session.model_copy(update=changed)
