"""The session's record and its bill."""

from __future__ import annotations

from domain import events as e
from domain.changes.claims import day_of, settled, step_key
from domain.changes.common import Change, Changes, with_row, with_session
from domain.claim_denials import ClaimDenial, ClaimStep, DenialState
from domain.claims import Frequency
from domain.course import Course


def _signed(course: Course, event: e.RecordSigned) -> Changes:
    return {"sessions": with_row(course.sessions, event.session, signed_by=event.by, signed_on=event.on)}


def _claim_opened(course: Course, event: e.ClaimOpened) -> Changes:
    now: Changes = {"claim_outdated": event.outdated, "claim_payer": event.payer_id}
    if event.replaces is None:
        return with_session(course, event.session, claim_id=event.claim_id, **now)
    session = course.session(event.session) or course.session_in_error(event.session)
    assert session is not None, "what is billed was given"
    now["replacements"] = (*session.replacements, event.claim_id)
    now["claim_voided"] = event.frequency is Frequency.VOID
    step = ClaimStep(
        key=step_key(event.replaces, event),
        claim_id=event.replaces,
        session=event.session,
        kind="voided" if event.frequency is Frequency.VOID else "replaced",
        on=day_of(event),
        by=event.by,
        reference=event.claim_id,
    )
    denials = tuple(
        settled(denial, event.on, "another claim took its place") if _is_open(denial, event.replaces) else denial
        for denial in course.claim_denials
    )
    return {
        **with_session(course, event.session, **now),
        "claim_steps": (*course.claim_steps, step),
        "claim_denials": denials,
    }


def _is_open(denial: ClaimDenial, claim_id: str) -> bool:
    return denial.claim_id == claim_id and denial.state is not DenialState.SETTLED


def _impossible(course: Course, event: e.BillingImpossible) -> Changes:
    """Let a person bill the session, once for each time that the record has changed."""
    waits_already = event.session in course.to_bill_by_hand
    asked = course.billing_impossible if waits_already else (*course.billing_impossible, event.session)
    return {"billing_impossible": asked, **with_session(course, event.session, claim_outdated=False)}


def _by_hand(course: Course, event: e.BilledByHand) -> Changes:
    return {"billed_by_hand": (*course.billed_by_hand, event.session)}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.RecordSigned: _signed,
    e.ClaimOpened: _claim_opened,
    e.BillingImpossible: _impossible,
    e.BilledByHand: _by_hand,
}
