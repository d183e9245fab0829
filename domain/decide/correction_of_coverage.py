"""Taking back what was told of coverage by mistake: another payer, another place, or that an authorization was withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain import asking_payer, plan
from domain import events as e
from domain import facts as f
from domain.changes.authorizations import ANOTHER_FOLLOWED, taken_back
from domain.course import Course
from domain.coverage import AuthorizationRequest, Coverage, CoveragePeriod, SessionCoverage
from domain.decide.authorizations import paid_anew, uncovers
from domain.decide.common import Asked, Decided
from domain.decide.correction_words import IN_ERROR, SAYS_SO, UNDONE, is_undone
from domain.eligibility import assess_for_payer
from domain.record import Refusal
from domain.session import Session

BY_MISTAKE = "it was asked because of what was told by mistake"
CLEARED = Refusal(reason="event: a session is cleared: record first what was given, or that nothing was")


def coverage(asked: Asked, fact: f.Correction) -> Decided:
    """Take back that another coverage follows: who paid before pays on, by what was granted then."""
    assert isinstance(fact.values, f.CoverageChangedValues), "the values name their kind"
    course = asked.course
    period = course.coverages_before[-1] if course.coverages_before else None
    if period is None or period.told_in != fact.event or is_undone(course, fact.event):
        return UNDONE
    if not fact.values.entered_in_error:
        return SAYS_SO
    then = _then(course, fact.event)
    since = [one for one in course.sessions if one.given_on > period.until_on and _as_covered(course, one)]
    return _undone(asked, fact, then, since).model_copy(
        update={
            "requests": (*_asked_since(then, course.coverage, period, asked.today), *_asked_before(then, period)),
            "payer_verdict": assess_for_payer(course.history, policy=period.policy, today=asked.today),
        }
    )


def withdrawal(asked: Asked, fact: f.Correction) -> Decided:
    """Take back that a payer withdrew an authorization: it covers again what lies in its window."""
    assert isinstance(fact.values, f.WithdrawalValues), "the values name their kind"
    course = asked.course
    if is_undone(course, fact.event) or all(one.stopped_in != fact.event for one in course.authorizations):
        return UNDONE
    if not fact.values.entered_in_error:
        return SAYS_SO
    then = _then(course, fact.event)
    revived = [one for one in course.authorizations if one.stopped_in == fact.event]
    first_on = min(one.stopped_on or one.from_on for one in revived)
    since = [one for one in course.sessions if one.given_on >= first_on and _as_covered(course, one)]
    return _undone(asked, fact, then, since).model_copy(update={"requests": tuple(_not_needed(then, asked.today))})


def _then(course: Course, event: int) -> Course:
    """Return the course as it is without what this event told."""
    return course.model_copy(update=taken_back(course, event))


def _undone(asked: Asked, fact: f.Correction, then: Course, since: list[Session]) -> e.RecordCorrected | Refusal:
    if asked.course.clearance is not None:
        return CLEARED
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=fact.subject,
        changes=(IN_ERROR,),
        reason=fact.reason,
        entered_in_error=True,
        sessions=tuple(_paid_as_before(then, since)),
        uncovers=uncovers(then),
    )


def _as_covered(course: Course, session: Session) -> bool:
    """Whether a session is paid as its day's coverage says, not by a patient or a clinic that stood in for a payer."""
    return session.coverage.kind is course.covered_on(session.given_on).coverage.kind


def _paid_as_before(then: Course, since: list[Session]) -> Iterator[Session]:
    """Yield the sessions whose payment changes, with what becomes of their bills."""
    now = {one.session: one.coverage for one in paid_anew(then, since)}
    for session in since:
        if session.number in now:
            covered = now[session.number]
            outdated = session.claim_outdated or session.claim_id is not None
            changes = {
                "coverage": covered,
                "claim_outdated": outdated and not _is_still_right(session, covered),
                "claim_held": covered.uncovered or _held(then, session),
            }
            yield session.model_copy(update=changes)


def _was_held(session: Session) -> bool:
    """Whether the bill waits only because by the mistake nothing covered the session."""
    return session.coverage.uncovered is not None and session.claim_held == session.coverage.uncovered


def _is_still_right(session: Session, covered: SessionCoverage) -> bool:
    """Whether the payer has the right bill: it went out before the mistake, and none has since."""
    told = session.signed_by is not None and not session.claim_voided
    return told and _was_held(session) and session.claim_payer == covered.payer_id


def _held(course: Course, session: Session) -> str | None:
    """Return why the bill waits all the same: as before; of a deviation billing looks at it once more."""
    if not _was_held(session):
        return session.claim_held
    broken = next((one for one in course.deviations if one.session == session.number), None)
    return None if broken is None else f"deviation: {broken.rules}"


def _asked_since(then: Course, now: Coverage, period: CoveragePeriod, today: date) -> Iterator[AuthorizationRequest]:
    """Yield what is asked of the payer who was told by mistake, as it is not waited for any more."""
    over = {"closed_on": today, "closed_because": BY_MISTAKE}
    same = now.payer_id == period.coverage.payer_id
    for one in then.requests:
        since = period.told_on is not None and one.opened_on >= period.told_on
        if one.is_open and (one.payer_id == now.payer_id if not same else since):
            yield one.model_copy(update=over)


def _asked_before(then: Course, period: CoveragePeriod) -> Iterator[AuthorizationRequest]:
    """Yield what the payer before was asked and is waited for again."""
    for one in then.requests:
        since = one.closed_on is not None and period.told_on is not None and one.closed_on >= period.told_on
        if since and one.closed_because in {ANOTHER_FOLLOWED, asking_payer.ANOTHER_PAYS}:
            yield one.model_copy(update={"closed_on": None, "closed_because": None})


def _not_needed(then: Course, today: date) -> Iterator[AuthorizationRequest]:
    """Yield the request that nobody has sent yet, where the next session is covered without it."""
    asked = then.open_request
    covered = not isinstance(plan.coverage_of(then, plan.planned_on(then, today)), Refusal)
    if asked is not None and asked.submitted_on is None and covered:
        yield asked.model_copy(update={"closed_on": today, "closed_because": BY_MISTAKE})
