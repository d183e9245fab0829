"""Whether the course goes on: endings, reopening, closing."""

from __future__ import annotations

from datetime import date

from domain import events as e
from domain.anew import coverage_said_on, old_authorizations
from domain.changes.authorizations import covered_from
from domain.changes.common import Change, Changes, held, no_appointment, with_row
from domain.changes.denial import with_step
from domain.course import Course, Ending
from domain.denial import Denial, DenialStep
from domain.hold import HoldEnd
from domain.people import Role
from domain.session import MissedVisits, Session, WatchEnd
from domain.visits import missed_in_all, must_decide
from domain.waits import WaitKind, wait_id
from domain.ways_on import last_denial


def _ended(course: Course, event: e.CourseEnded) -> Changes:
    assert event.on is not None
    assert event.at is not None
    ending = Ending(
        outcome=event.outcome,
        reason=event.reason,
        on=event.on,
        at=event.at,
        event=event.number,
        died_on=event.died_on,
        replaces=course.ending,
    )
    ended = course.model_copy(update={"ending": ending})
    gone = () if course.ending is None else (WaitKind.REOPENING,)  # it begins anew
    going_on = tuple(wait for wait in course.waits if ended.goes_on(wait.kind) and wait.kind not in gone)
    return no_appointment(course, "cancelled", "course ended") | {
        "ending": ending,
        "ending_due": None,
        "waits": going_on,
        "evidence": None,
        "sessions": _watches_end(course) if ended.is_deceased else course.sessions,
    }


def _watches_end(course: Course) -> tuple[Session, ...]:
    """Return the sessions with every watch ended that still runs: nobody is left to be called."""
    return tuple(
        session if session.watch_ended else session.model_copy(update={"watch_ended": WatchEnd.DECEASED})
        for session in course.sessions
    )


def _watches_run_again(course: Course) -> tuple[Session, ...]:
    return tuple(
        session.model_copy(update={"watch_ended": None}) if session.watch_ended is WatchEnd.DECEASED else session
        for session in course.sessions
    )


def _reopened(course: Course, _: e.CourseReopened) -> Changes:
    """Take the ending back. A death told of an ended course leaves it ended as it was before."""
    assert course.ending is not None
    before = course.ending.replaces
    waits = course.waits if before is None else tuple(w for w in course.waits if w.kind is not WaitKind.REOPENING)
    return {
        "ending": before,
        "endings_before": (*course.endings_before, course.ending),
        "sessions": _watches_run_again(course),
        "waits": waits,
        "denials": course.denials if before is not None else _chosen_again(course),
    }


def _chosen_again(course: Course) -> tuple[Denial, ...]:
    """Return the denials with a choice to stop taken back: somebody chooses what follows anew."""
    denial = last_denial(course)
    return with_step(course, None) if denial is not None and denial.step is DenialStep.STOP else course.denials


def _ending_seen_to(course: Course, **changes: date | None) -> Changes:
    assert course.ending is not None
    return {"ending": course.ending.model_copy(update=changes)}


def _death_reviewed(course: Course, event: e.DeathReviewed) -> Changes:
    return _ending_seen_to(course, reviewed_on=event.on)


def _handed_over(course: Course, event: e.PatientHandedOver) -> Changes:
    changes = _ending_seen_to(course, handed_over_on=event.on)
    if event.authorization != "none":
        changes |= _no_authorization(course, event.on)
    return changes


def _no_authorization(course: Course, on: date | None, *, since: date | None = None) -> Changes:
    """Return that no authorization covers a later session; with `since`, none that was granted until that day."""
    old = old_authorizations(course, since)
    return {
        "authorizations": tuple(
            granted.model_copy(update={"expired_on": on}) if granted in old else granted
            for granted in course.authorizations
        )
    }


def _contact_tried(course: Course, event: e.ContactTried) -> Changes:
    return {"attempts": () if event.reached else (*course.attempts, event.attempt)}


def _closed(_: Course, event: e.CourseClosed) -> Changes:
    return {"closed_on": event.on}


def _hold_begun(course: Course, event: e.HoldBegun) -> Changes:
    return held(course, event.hold, event.on)


def _hold_prolonged(course: Course, event: e.HoldProlonged) -> Changes:
    day = wait_id(WaitKind.HOLD_ENDS, f"hold-{event.hold}")
    return {
        "holds": with_row(course.holds, event.hold, review_on=event.review_on, is_decided=True),
        "waits": with_row(course.waits, day, due=event.due, look_at=event.due),
    }


def _hold_ended(course: Course, event: e.HoldEnded) -> Changes:
    ended = {"holds": with_row(course.holds, event.hold, ended_on=event.on, ended=HoldEnd.RESUMED)}
    return ended | _missed_visits_settled(course, event) | _settled_anew(course, event)


def _missed_visits_settled(course: Course, event: e.HoldEnded) -> Changes:
    """Return that a clinician who resumes a course has decided about the visits missed before."""
    if event.role is not Role.CLINICIAN or not must_decide(course):
        return {}
    assert event.on is not None
    decided = MissedVisits(
        for_session=course.next_session,
        missed=missed_in_all(course),
        decision="go_on",
        reason=event.reason,
        by=event.by,
        on=event.on,
    )
    return {"missed_visits": (*course.missed_visits, decided)}


def _gap_too_long(course: Course, event: e.GapTooLong) -> Changes:
    return _settled_anew(course, event, since=event.since)


def _settled_anew(course: Course, event: e.HoldEnded | e.GapTooLong, *, since: date | None = None) -> Changes:
    """Return what a long hold or gap takes back: it is asked for again. What there was before stays visible."""
    anew: Changes = {}
    if "goals" in event.anew:
        anew |= {"goals": (), "consent_signed_on": None, "evidence": None, "evidence_is_stale": False}
    if "baseline" in event.anew:
        before = () if course.baseline is None else (course.baseline,)
        anew |= {
            "baselines_before": (*course.baselines_before, *before),
            "baseline": None,
            "baseline_frozen_on": None,
            "baseline_from": course.next_session,
        }
    if "trial" in event.anew:
        anew["trial_from"] = course.next_session
    if "coverage" in event.anew:
        anew |= _no_authorization(course, event.on, since=since) | _unsaid(course, event, since)
    return anew


def _unsaid(course: Course, event: e.HoldEnded | e.GapTooLong, since: date | None) -> Changes:
    """Return that nobody has said since the hold or gap that no authorization is needed, or signed to pay."""
    on = event.on
    assert on is not None
    said_on = coverage_said_on(course)
    if since is not None and said_on is not None and said_on > since:
        return {}
    if course.needs_authorization or any(period.until_on >= on for period in course.coverages_before):
        return {}
    unsaid = course.coverage.model_copy(update={"not_needed": None, "self_pay": None})
    return covered_from(course, on, unsaid, course.policy, told=event)


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.CourseEnded: _ended,
    e.CourseReopened: _reopened,
    e.CourseClosed: _closed,
    e.HoldBegun: _hold_begun,
    e.HoldProlonged: _hold_prolonged,
    e.HoldEnded: _hold_ended,
    e.GapTooLong: _gap_too_long,
    e.DeathReviewed: _death_reviewed,
    e.PatientHandedOver: _handed_over,
    e.ContactTried: _contact_tried,
}
