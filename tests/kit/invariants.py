"""What must always hold of a course's story (docs/rules.md, "What always holds"), reckoned anew from its events.

Written without the rules under test where that is possible: days are subtracted, units are added, answers are looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from domain import events as e
from domain.clinic_time import clinic_day
from domain.course import Course, after, born
from domain.coverage import CoverageKind
from domain.dose import opened_units
from domain.messages import Message, post_of
from domain.payer import Counts
from domain.people import COURSE, Role
from domain.response import ResponseAnswer, Verdict
from domain.waits import KINDS, WaitKind
from tests.kit.people import EVERYBODY

LICENSED = {actor.user_id for actor in EVERYBODY if actor.may_inject}

HUMAN = {
    e.HistoryCompleted: {Role.CLINICIAN},
    e.GoalsSet: {Role.CLINICIAN},
    e.PacketSubmitted: {Role.OPERATIONS, Role.BILLING},
    e.PayerChased: {Role.OPERATIONS, Role.BILLING},
    e.AuthorizationDecided: {Role.OPERATIONS, Role.BILLING},
    e.BookingAsked: {Role.OPERATIONS, Role.CLINICIAN},
    e.MoveAsked: {Role.OPERATIONS, Role.CLINICIAN},
    e.ReadinessLooked: {Role.OPERATIONS, Role.CLINICIAN},
    e.KeptUnready: {Role.OPERATIONS, Role.CLINICIAN},
    e.SessionCleared: {Role.CLINICIAN},
    e.SessionGiven: {Role.OPERATIONS, Role.CLINICIAN},
    e.SessionNotGiven: {Role.OPERATIONS, Role.CLINICIAN},
    e.RecordSigned: {Role.CLINICIAN},
    e.RedFlagReviewed: {Role.CLINICIAN},
    e.ResponseAnswered: {Role.CLINICIAN},
    e.CourseReopened: {Role.ADMIN},
}
"""Events that only a person brings about, and in which roles (docs/rules.md, "Who may do what")."""


def check_story(events: Sequence[e.CourseEvent], *, course_id: str, patient_id: str) -> Course:
    """Return the course that the events make, having checked every rule at every step."""
    first, *rest = events
    assert isinstance(first, e.CourseStarted)
    course = born(first, course_id=course_id, patient_id=patient_id)
    for event in rest:
        check_step(course, event)
        course = after(course, event)
    check_whole(events, course)
    return course


def check_step(course: Course, event: e.CourseEvent) -> None:
    """Check what must hold when `event` happens to `course`."""
    assert event.number == course.number + 1, "9: no gap and no double"
    assert event.at is not None
    assert event.on == clinic_day(event.at, course.clinic.zone)
    _decided_by_the_right_person(event)
    match event:
        case e.SessionCleared():
            _may_be_cleared(course, event)
        case e.SessionGiven():
            _may_be_given(course, event)
        case e.AppointmentBooked() | e.AppointmentMoved():
            _may_be_booked(course, event)
        case e.ClaimOpened():
            session = course.session(event.session)
            assert session is not None
            assert session.claim_id is None, "4: one original claim"
            assert session.signed_by is not None, "4: only after the record is signed"
        case e.WaitOpened():
            assert course.wait(event.wait.id) is None, "a wait opens once"
            assert KINDS[event.wait.kind].next_step, "8: with a next step"
        case _:
            pass


def _decided_by_the_right_person(event: e.CourseEvent) -> None:
    """10: every human decision carries who, in which role, when, what and why."""
    roles = HUMAN.get(type(event))
    if roles is not None:
        assert event.by != COURSE, f"10: {event} is a person's"
        assert event.role in roles, f"10: {event} by {event.role}"
        assert event.request_id, f"10: {event} was asked by somebody"
    if isinstance(event, e.SessionCleared | e.RecordSigned):
        assert event.by in LICENSED, "10: only who may inject"
    if isinstance(event, e.CourseEnded) and event.outcome is e.Outcome.WITHDRAWN:
        assert event.role in {Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN}


def _may_be_cleared(course: Course, event: e.SessionCleared) -> None:
    assert course.is_open
    assert event.on is not None
    assert course.eligibility_settled_on is not None, "1: eligibility is settled"
    assert course.goals, "1: goals are set"
    assert course.consent_signed_on is not None, "1: consent is signed"
    assert not [one for one in course.adverse_events if one.red_flags and not one.lifted], "no session until lifted"
    _check_is_answered(course)
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    least = 84 if course.policy is None else max(84, course.policy.timing.interval_days_min.value)
    assert all((event.on - day).days >= least for day in doses), "2: 84 days and the payer's interval"
    dose = course.planned_dose
    assert dose is not None
    assert dose.units <= course.protocol.dose.units_max.value, "3: the protocol's maximum"
    _is_covered(course, event, dose.units)


def _check_is_answered(course: Course) -> None:
    """1: a due response check is answered; 6: nothing after the last trial session without response or override."""
    full = sum(session.dose.units >= course.protocol.dose.trial_units_min.value for session in course.sessions)
    final = {check.session: check for check in course.checks if check.answer is not ResponseAnswer.ASK_AGAIN}
    went_on = any(check.answer is ResponseAnswer.CONTINUE for check in final.values())
    last = len(course.sessions)
    if not went_on and full >= min(course.protocol.response.check_after_sessions.value):
        assert last in final, f"1: the check after session {last} is answered"
        answer = final[last]
        reopened = any(ending.on >= answer.answered_on for ending in course.endings_before)
        last_trial = full >= course.protocol.response.trial_sessions_max.value
        if last_trial and answer.evidence.verdict is not Verdict.RESPONSE and not reopened:
            assert answer.answer is ResponseAnswer.CONTINUE, "6: no further trial session"
            assert answer.reason, "6: overridden with a reason"
        assert answer.answer is not ResponseAnswer.DISCONTINUE or reopened, "6: discontinued means ended"


def _is_covered(course: Course, event: e.SessionCleared, planned: int) -> None:
    covered, coverage = event.clearance.coverage, course.coverage
    assert event.on is not None
    if coverage.kind is CoverageKind.SELF_PAY:
        assert coverage.self_pay is not None
        assert coverage.self_pay.signed_on <= event.on
        assert len(course.sessions) < coverage.self_pay.sessions, "1: agreed in writing for this session"
        return
    if coverage.kind is CoverageKind.NOT_NEEDED:
        assert coverage.not_needed is not None, "1: somebody said that none is needed"
        return
    granted = next(one for one in course.authorizations if one.request == covered.authorization)
    assert granted.from_on <= event.on <= granted.until_on, "1: coverage holds on that day"
    under = [session for session in course.sessions if session.coverage.authorization == granted.request]
    assert len(under) < granted.sessions, "3: a session is left"
    line = next((one for one in granted.lines if one.code == course.protocol.billing.drug_code.value), None)
    if line is not None and line.counts is not Counts.UNKNOWN:
        used = sum(
            session.dose.units if line.counts is Counts.GIVEN else sum(vial.size_units for vial in session.vials)
            for session in under
        )
        need = planned if line.counts is Counts.GIVEN else min(planned, opened_units(planned, protocol=course.protocol))
        assert used + need <= line.quantity, "3: what is left by what the payer counts"


def _may_be_given(course: Course, event: e.SessionGiven) -> None:
    session, clearance = event.session, course.clearance
    assert clearance is not None, "only after clearance"
    assert course.appointment is not None
    assert clearance.appointment == course.appointment.number
    assert session.number == len(course.sessions) + 1
    assert session.given_on == clearance.cleared_on
    for vial in session.vials:
        assert vial.given_units + vial.wasted_units == vial.size_units, "3: given + wasted = opened"
        assert vial.expires_on >= session.given_on, "no expired drug"
    assert sum(vial.given_units for vial in session.vials) == session.dose.units, "3: all drug came from the vials"
    assert session.dose.units <= course.protocol.dose.units_max.value, "3: the protocol's maximum"


def _may_be_booked(course: Course, event: e.AppointmentBooked | e.AppointmentMoved) -> None:
    day = clinic_day(event.appointment.starts_at, course.clinic.zone)
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    assert all((day - one).days >= 84 for one in doses), "2: also what is booked"


def check_whole(events: Sequence[e.CourseEvent], course: Course) -> None:
    """Check what must hold of the story as a whole."""
    asked = Counter(event.request_id for event in events if event.request_id)
    assert all(times == 1 for times in asked.values()), "a request takes effect once"
    claims = Counter(event.session for event in events if isinstance(event, e.ClaimOpened))
    assert all(times == 1 for times in claims.values()), "4: one original claim per session"
    assert claims.keys() <= {session.number for session in course.sessions}, "4: none for what was not given"
    if not course.is_open:
        assert course.appointment is None, "5: an ended course has no future appointment"
    if course.closed_on is not None:
        left = {wait.kind for wait in course.waits}
        assert left <= {WaitKind.RED_FLAG}, f"closed: nothing is left but what was told later: {left}"
        assert all(session.watch_ended for session in course.sessions), "12: the watch ran to its end"
        assert not course.unsettled, "closed: scheduling knows all"
    check_messages(messages_of(events, course))


def check_idle(course: Course, now: datetime) -> None:
    """Check what must hold when nothing is under way: 8 (never silently stuck) and 12."""
    if course.closed_on is None:
        assert course.waits, "8: a course waits for something that is written down"
    assert all(wait.look_at > now for wait in course.waits if not _handed_on(course, wait.kind)), (
        f"8: none is past its moment: {now} {course.waits}"
    )
    _sessions_are_seen_to(course)
    for flagged in course.red_flags:
        if course.closed_on is None:
            assert course.wait(f"red-flag:adverse-event-{flagged.number}"), "a red flag waits for a clinician"
    if course.is_open:
        _goes_somewhere(course)


def _sessions_are_seen_to(course: Course) -> None:
    watched = {wait.subject for wait in course.waits if wait.kind in {WaitKind.SAFETY_CALL, WaitKind.SAFETY_CALL_DAY}}
    for session in course.sessions:
        if session.watch_ended is None:
            assert f"session-{session.number}" in watched, f"12: the watch of session {session.number} runs"
        if session.signed_by is None:
            assert course.wait(f"signature:session-{session.number}"), "the record waits for its signature"
        elif session.claim_id is None and session.number not in course.billing_impossible:
            assert any(wait.kind is WaitKind.OUTSIDE for wait in course.waits), "4: a signed session is billed"


def _goes_somewhere(course: Course) -> None:
    """8: besides the safety watch, an open course waits for its own next step."""
    beside = {
        WaitKind.SAFETY_CALL,
        WaitKind.SAFETY_CALL_DAY,
        WaitKind.SIGNATURE,
        WaitKind.RED_FLAG,
        WaitKind.UNDELIVERED,
        WaitKind.BILLING,
        WaitKind.AUTHORIZATION_ENDS,
    }
    own = [wait for wait in course.waits if wait.kind not in beside]
    assert own, f"8: no line of its own waits: {[wait.id for wait in course.waits]}"


def _handed_on(course: Course, kind: WaitKind) -> bool:
    """Whether the wait stays open past its moment, with the next step beside it."""
    return kind is WaitKind.PAYER_ANSWER and bool(course.waits_of(WaitKind.CHASE_PAYER))


def messages_of(events: Sequence[e.CourseEvent], course: Course) -> list[tuple[e.CourseEvent, Message]]:
    """Return the messages the events ask for, with the event that asked."""
    first, *rest = events
    assert isinstance(first, e.CourseStarted)
    then = born(first, course_id=course.course_id, patient_id=course.patient_id)
    found: list[tuple[e.CourseEvent, Message]] = [(first, message) for message in post_of(first, then).messages]
    for event in rest:
        then = after(then, event)
        found += [(event, message) for message in post_of(event, then).messages]
    return found


def check_messages(found: Sequence[tuple[e.CourseEvent, Message]]) -> None:
    """7: each kind and occurrence once, but for diary prompts, which later events ask for again under the same key."""
    keys = Counter(message.key for _, message in found if message.kind != "diary_prompt")
    assert all(times == 1 for times in keys.values()), f"7: {keys.most_common(3)}"
