"""What must always hold of a course's story (docs/rules.md, "What always holds"), reckoned anew from its events.

Written without the rules under test where that is possible: days are subtracted, units are added, answers are looked up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain import events as e
from domain.changes import after, born
from domain.claims import Frequency
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Coverage, CoverageKind, Decision
from domain.denial import DenialStep
from domain.dose import opened_units
from domain.hold import FOR_A_CLINICIAN
from domain.messages import Message, post_of
from domain.payer import Counts, PayerPolicy
from domain.people import COURSE, Role
from domain.response import ResponseAnswer, ResponseCheck, Verdict
from domain.session import NotGivenReason, Session
from domain.waits import KINDS, WaitKind
from tests.kit.people import EVERYBODY

BILLERS = {actor.user_id for actor in EVERYBODY if actor.role is Role.BILLING}
LICENSED = {actor.user_id for actor in EVERYBODY if actor.may_inject}

HUMAN = {
    e.HistoryCompleted: {Role.CLINICIAN},
    e.GoalsSet: {Role.CLINICIAN},
    e.OwnConsentSigned: {Role.CLINICIAN},
    e.DoseElsewhereTold: {Role.OPERATIONS, Role.CLINICIAN},
    e.PacketSubmitted: {Role.OPERATIONS, Role.BILLING, Role.CLINICIAN},
    e.PayerChased: {Role.OPERATIONS, Role.BILLING},
    e.AuthorizationDecided: {Role.OPERATIONS, Role.BILLING},
    e.AuthorizationAmended: {Role.OPERATIONS, Role.BILLING},
    e.AuthorizationWithdrawn: {Role.OPERATIONS, Role.BILLING},
    e.ApprovalAnswered: {Role.OPERATIONS, Role.BILLING},
    e.UnpaidUnitsAccepted: {Role.BILLING},
    e.CoverageChanged: {Role.OPERATIONS, Role.BILLING},
    e.TransitionAnswered: {Role.OPERATIONS, Role.BILLING},
    e.LapseDealtWith: {Role.OPERATIONS, Role.BILLING},
    e.BookingAsked: {Role.OPERATIONS, Role.CLINICIAN},
    e.MoveAsked: {Role.OPERATIONS, Role.CLINICIAN},
    e.EarlierWanted: {Role.OPERATIONS, Role.CLINICIAN},
    e.EarlierAnswered: {Role.OPERATIONS, Role.CLINICIAN},
    e.ReadinessLooked: {Role.OPERATIONS, Role.CLINICIAN},
    e.KeptUnready: {Role.OPERATIONS, Role.CLINICIAN},
    e.SessionCleared: {Role.CLINICIAN},
    e.SessionGiven: {Role.OPERATIONS, Role.CLINICIAN},
    e.SessionCompleted: {Role.OPERATIONS, Role.CLINICIAN},
    e.DosePlanned: {Role.CLINICIAN},
    e.MissedVisitsDecided: {Role.CLINICIAN},
    e.SessionNotGiven: {Role.OPERATIONS, Role.CLINICIAN},
    e.RecordSigned: {Role.CLINICIAN},
    e.RedFlagReviewed: {Role.CLINICIAN},
    e.AdverseEventReviewed: {Role.CLINICIAN},
    e.AdverseEventEnded: {Role.OPERATIONS, Role.CLINICIAN},
    e.SitesReviewed: {Role.CLINICIAN},
    e.WeekRecalled: {Role.OPERATIONS, Role.CLINICIAN},
    e.DiaryGapsAsked: {Role.OPERATIONS, Role.CLINICIAN},
    e.WearingOffRecorded: {Role.OPERATIONS, Role.CLINICIAN},
    e.WearingOffAnswered: {Role.CLINICIAN},
    e.MedicationChanged: {Role.OPERATIONS, Role.CLINICIAN},
    e.ScoreRecorded: {Role.OPERATIONS, Role.CLINICIAN},
    e.TaperAnswered: {Role.CLINICIAN},
    e.LetterWritten: {Role.CLINICIAN},
    e.ResponseAnswered: {Role.CLINICIAN},
    e.DeviationReviewed: {Role.CLINICIAN},
    e.InvoiceWrittenOff: {Role.BILLING},
    e.DenialAnswered: {Role.BILLING},
    e.AppealDecided: {Role.BILLING},
    e.LastDayExtended: {Role.BILLING},
    e.RecordCorrected: {Role.OPERATIONS, Role.CLINICIAN, Role.BILLING, Role.ADMIN},
    e.ToldAnew: {Role.OPERATIONS, Role.CLINICIAN},
    e.CourseReopened: {Role.ADMIN},
    e.DeathReviewed: {Role.CLINICIAN},
    e.PatientHandedOver: {Role.OPERATIONS, Role.CLINICIAN},
    e.ContactTried: set(Role) - {Role.SYSTEM},
    e.HoldBegun: set(Role) - {Role.SYSTEM},
    e.HoldProlonged: set(Role) - {Role.SYSTEM},
    e.HoldEnded: set(Role) - {Role.SYSTEM},
    e.NextStepChosen: {Role.OPERATIONS, Role.BILLING, Role.CLINICIAN},
    e.MoreTimeGranted: {Role.OPERATIONS, Role.BILLING},
    e.PayerAskedAnyway: {Role.OPERATIONS, Role.BILLING},
    e.TrialTold: {Role.OPERATIONS, Role.CLINICIAN},
    e.SelfPayAgreed: {Role.OPERATIONS, Role.BILLING},
    e.SelfPayConfirmed: {Role.BILLING},
    e.RiskTaken: {Role.BILLING, Role.ADMIN},
}
"""Events that only a person brings about, and in which roles (docs/rules.md, "Who may do what")."""


AFTER_A_SESSION = {
    WaitKind.SIGNATURE,
    WaitKind.SAFETY_CALL_DAY,
    WaitKind.SAFETY_CALL,
    WaitKind.DEVIATION,
    WaitKind.CLAIM_HELD,
    WaitKind.BILLING,
    WaitKind.PAYMENT,
}
"""What a session leaves to do, also one that is told when the course is closed."""


LAST_DAYS = {"letter_on", "peer_to_peer_until", "appeal_until"}
"""What a payer's letter says, and what follows from its day."""


REQUESTS_A_DAY = 5
"""An extension refused, a renewal in its place, and some that people ask for: more on one day would be a loop."""


def check_requests_of_a_day(course: Course) -> None:
    """Nobody is asked again and again: a payer's answer that does not help is a person's, not the next request's."""
    of_a_day = Counter(one.opened_on for one in course.requests if one.of_request is None)  # else a denial's next step
    most = max(of_a_day.values(), default=0)
    assert most <= REQUESTS_A_DAY, f"a request answered opens the next: {most} on one day"


def check_story(events: Sequence[e.CourseEvent], *, course_id: str, patient_id: str) -> Course:
    """Return the course that the events make, having checked every rule at every step."""
    first, *rest = events
    assert isinstance(first, e.CourseStarted)
    course = born(first, course_id=course_id, patient_id=patient_id)
    for event in rest:
        check_step(course, event)
        before, course = course, after(course, event)
        check_change(before, event, course)
    check_whole(events, course)
    return course


def check_sentence(said: str) -> None:
    """Check that a sentence speaks as people do: its days are written out."""
    assert not re.search(r"\d{4}-\d\d-\d\d", said), f"a day as machines write it: {said}"


def check_step(course: Course, event: e.CourseEvent) -> None:  # noqa: C901 - one table, a row per kind of event
    """Check what must hold when `event` happens to `course`."""
    assert event.number == course.number + 1, "9: no gap and no double"
    _who_pays(course, event)
    assert event.at is not None
    assert event.on == clinic_day(event.at, course.clinic.zone)
    _decided_by_the_right_person(event)
    _nobody_goes_on_in_silence(course, event)
    _others_deadlines_stand(course, event)
    match event:
        case e.SessionCleared():
            _may_be_cleared(course, event)
        case e.SessionGiven():
            _may_be_given(course, event)
        case e.SessionCompleted():
            _may_be_completed(course, event)
        case e.AppointmentBooked() | e.AppointmentMoved():
            _may_be_booked(course, event)
        case e.ClaimOpened():
            _may_be_billed(course, event)
        case e.DenialAnswered():
            _may_be_answered(course, event)
        case e.RecordCorrected():
            _may_be_corrected(course, event)
        case e.WaitOpened():
            assert course.wait(event.wait.id) is None, "a wait opens once"
            assert KINDS[event.wait.kind].next_step, "8: with a next step"
        case _:
            pass


def _who_pays(course: Course, event: e.CourseEvent) -> None:
    match event:
        case e.AuthorizationRequested():
            check_requests_of_a_day(after(course, event))
        case e.AuthorizationDecided() | e.TransitionAnswered():
            _is_seen_by_a_biller(course, event)
        case e.PacketSubmitted():
            _nothing_is_sent_unawares(course, event)
        case e.CoverageChanged():
            _may_be_changed(course, event)
        case _:
            pass


def check_change(before: Course, event: e.CourseEvent, course: Course) -> None:
    """5 and 8: while a course is held, it has a review date and no appointment; nothing new is asked of a payer."""
    _nothing_concerns_the_dead(before, event, course)
    clinical = before.hold is not None and before.hold.reason in FOR_A_CLINICIAN
    if clinical and isinstance(event, e.HoldEnded | e.HoldProlonged):
        assert event.role is Role.CLINICIAN, "10: a clinical hold is a clinician's"
    if not course.is_held:
        return
    hold = course.hold
    assert hold is not None
    assert hold.review_on >= hold.since, "8: a hold has a review date"
    assert hold.stops, "a hold says what it stops"
    if not isinstance(event, e.AppointmentBooked | e.AppointmentMoved):  # scheduling had begun; it is given up at once
        assert course.appointment is None, "5: a held course has no future session appointment"
    against_a_rule = isinstance(event, e.SessionGiven) and event.deviation is not None  # it has happened all the same
    if before.is_held and not against_a_rule:
        stopped = e.AuthorizationRequested | e.SessionCleared | e.SessionGiven | e.AppointmentConfirmed | e.BookingAsked
        assert not isinstance(event, stopped), f"a hold stops {event}"


def _is_seen_by_a_biller(course: Course, event: e.AuthorizationDecided | e.TransitionAnswered) -> None:
    """P12: a yes that covers what the patient has paid is a biller's case."""
    granted = event.authorization
    for session in () if granted is None or course.edition == 1 else course.sessions:
        inside = granted is not None and granted.from_on <= session.given_on <= granted.until_on
        coverage, _ = _of_day(course, session.given_on)
        insured = coverage.kind is CoverageKind.AUTHORIZATION
        insured = insured and granted is not None and granted.payer_id in {None, coverage.payer_id}
        if inside and insured and session.coverage.kind is CoverageKind.SELF_PAY:
            now = after(course, event).session(session.number)
            assert now is not None
            assert now.claim_held, "P12: covered after all, and paid by the patient"


def _nothing_is_sent_unawares(course: Course, event: e.PacketSubmitted) -> None:
    """P6: a renewal after a check that is open and undetermined is sent with a reason."""
    asked = course.request(event.request)
    open_one = course.evidence is not None and asked is not None and course.evidence.session == asked.for_session - 1
    if course.edition > 1 and asked is not None and asked.purpose == "renewal" and open_one:
        answered = course.check_after(asked.for_session - 1)
        asked_again = answered is None or answered.answer is ResponseAnswer.ASK_AGAIN
        if asked_again and course.evidence is not None and course.evidence.verdict is Verdict.UNDETERMINED:
            assert event.reason, "a renewal is not sent as undetermined without a reason"


def _others_deadlines_stand(course: Course, event: e.CourseEvent) -> None:
    """8: a payer's last day is moved by nobody; what it grants itself is recorded with its reference."""
    if isinstance(event, e.AuthorizationDecided) and event.decision is Decision.DENIED and course.edition > 1:
        assert after(course, event).ending_due is None, "a denial ends nothing: a person chooses"
    if isinstance(event, e.MoreTimeGranted):
        assert event.reference, "8: granted by the payer, with its reference"
        return
    if isinstance(event, e.RecordCorrected) and any(one.field in LAST_DAYS for one in event.changes):
        return  # the payer's letter says another day: its days are not moved, they were told wrongly
    now = {request.number: request.last_on for request in after(course, event).requests}
    before = {request.number: request.last_on for request in course.requests}
    assert {number: now[number] for number in before} == before, "8: the payer's last days stand"
    for request in course.requests:
        if isinstance(event, e.PacketSubmitted) and event.request == request.number and request.last_on is not None:
            assert event.submitted_on <= request.last_on, "8: nothing is sent after the payer's last day"


def _nobody_goes_on_in_silence(course: Course, event: e.CourseEvent) -> None:
    """Where the diary does not show a response, a clinician attests it with a coded basis."""
    if isinstance(event, e.ResponseAnswered) and event.check.answer is ResponseAnswer.CONTINUE:
        shown = event.check.evidence.verdict is not Verdict.UNDETERMINED
        assert shown or event.check.basis or course.edition == 1, "nobody goes on in silence"


def _nothing_concerns_the_dead(before: Course, event: e.CourseEvent, course: Course) -> None:
    """7 and 12: after a death nothing goes to the patient, no task concerns her, and every watch is over."""
    if course.ending is None or course.ending.outcome is not e.Outcome.DECEASED:
        return
    assert all(session.watch_ended for session in course.sessions), "12: the watch ends with death"
    assert not post_of(event, course).messages, f"7: nothing is sent after death: {event}"
    if before.is_deceased and isinstance(event, e.WaitOpened):
        quiet = {
            WaitKind.SIGNATURE,
            WaitKind.BILLING,
            WaitKind.OUTSIDE,
            WaitKind.DEATH_REVIEW,
            WaitKind.DEVIATION,
            WaitKind.AUTHORIZATION_NUMBER,
            WaitKind.REOPENING,
        }
        assert event.wait.kind in quiet or KINDS[event.wait.kind].role is Role.BILLING, f"7: {event.wait.id}"


def _decided_by_the_right_person(event: e.CourseEvent) -> None:
    """10: every human decision carries who, in which role, when, what and why."""
    roles = HUMAN.get(type(event))
    if roles is not None:
        assert event.by != COURSE, f"10: {event} is a person's"
        assert event.role in roles, f"10: {event} by {event.role}"
        assert event.request_id, f"10: {event} was asked by somebody"
    if isinstance(event, e.NextStepChosen):
        stops = event.step is DenialStep.STOP
        assert (event.role is Role.CLINICIAN) is stops, "10: to stop is a clinician's, and nothing else after a denial"
    if isinstance(event, e.ClaimReleased) and event.by != COURSE:  # else what it was held for has come
        assert event.role is Role.BILLING, f"10: {event} by {event.role}"
    if isinstance(event, e.SessionCleared | e.RecordSigned):
        assert event.by in LICENSED, "10: only who may inject"
    if isinstance(event, e.CourseEnded):
        _ended_by_the_right_person(event)


def _ended_by_the_right_person(event: e.CourseEnded) -> None:
    """10: what only people say is said by them: a course never ends by itself as one of these."""
    said_by = {
        e.Outcome.WITHDRAWN: {Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN},
        e.Outcome.COMPLETED: {Role.CLINICIAN},
        e.Outcome.TRANSFERRED: {Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN},
        e.Outcome.LOST: {Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN},
        e.Outcome.DECEASED: set(Role) - {Role.SYSTEM},
    }
    assert event.outcome not in said_by or event.role in said_by[event.outcome], f"10: {event}"


def _may_be_cleared(course: Course, event: e.SessionCleared) -> None:
    assert course.is_open
    assert event.on is not None
    assert course.eligibility_settled_on is not None, "1: eligibility is settled"
    assert course.goals, "1: goals are set"
    assert course.consent_signed_on is not None, "1: consent is signed"
    assert not _stood_too_long(course, event.on), "1: goals and consent of before a long gap do not hold"
    birthday = course.history.comes_of_age_on
    if birthday is not None and course.edition >= 2:
        of_age = event.on >= birthday
        assert course.consented_by == "guardian" or birthday <= course.consent_signed_on, "1: who answers for a minor"
        own = course.consented_by == "patient" or course.own_consent_on is not None
        assert own or not of_age, "1: who is of age on the day of the session consents himself"
    assert not [one for one in course.adverse_events if one.red_flags and not one.lifted], "no session until lifted"
    drooping = [
        one for one in course.adverse_events if one.effect == "ptosis" and one.after_session == course.last_number
    ]
    assert all(one.sites_reviewed_on for one in drooping), (
        "after ptosis the sites are looked at before the next session"
    )
    questioned = [one for one in course.claim_denials if one.state == "open" and one.questions]
    assert not questioned, "no session while a denied claim questions its coverage"
    _check_is_answered(course)
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    _, policy = _of_day(course, event.on)
    least = 84 if policy is None else max(84, policy.timing.interval_days_min.value)
    assert all((event.on - day).days >= least for day in doses), "2: 84 days and the payer's interval"
    dose = course.planned_dose
    assert dose is not None
    assert dose.units <= course.protocol.dose.units_max.value, "3: the protocol's maximum"
    _is_covered(course, event, dose.units)


def _stood_too_long(course: Course, on: date) -> bool:
    """Whether goals are older than the longest time without a dose that the protocol allows."""
    if course.edition < 2 or course.protocol.hold is None or course.goals_set_on is None:
        return False
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    return all((on - day).days > course.protocol.hold.anew_after_days.value for day in (*doses, course.goals_set_on))


def _check_is_answered(course: Course) -> None:
    """1: a due response check is answered; 6: nothing after the last trial session without response or override."""
    least, first = course.protocol.dose.trial_units_min.value, course.trial_from
    full = sum(
        session.dose.units >= least or (session.is_trial and session.trial_said_by is not None)
        for session in course.sessions
        if session.number >= first
    )
    last = course.sessions[-1].number if course.sessions else 0
    given_since_the_long_hold = last >= course.baseline_from
    final = {check.session: check for check in course.checks if _settles(check)}
    going_on = {ResponseAnswer.CONTINUE, ResponseAnswer.PAUSE}  # of a pause the response settles
    went_on = any(check.answer in going_on for check in final.values()) or course.went_on_elsewhere
    for check in final.values():
        advised = check.answer in check.evidence.recommendations
        assert advised or check.reason or check.coded_reason or check.basis, "6: overridden with a reason"
    if not course.sessions and len(course.trial_elsewhere) > 1 and not course.went_on_elsewhere:
        assert 0 in final, "1: two sessions elsewhere and no check: it comes before the first session here"
    trial = full >= min(course.protocol.response.check_after_sessions.value) and given_since_the_long_hold
    if not went_on and trial:
        assert last in final, f"1: the check after session {last} is answered"
        answer = final[last]
        reopened = any(ending.on >= answer.answered_on for ending in course.endings_before)
        last_trial = full >= course.protocol.response.trial_sessions_max.value
        if last_trial and answer.evidence.verdict is not Verdict.RESPONSE and not reopened:
            raise AssertionError("6: no further trial session")
        assert answer.answer is not ResponseAnswer.DISCONTINUE or reopened, "6: discontinued means ended"


def _of_day(course: Course, on: date) -> tuple[Coverage, PayerPolicy | None]:
    """Return the coverage and policy of a day: of the first period that has not ended before it."""
    for period in course.coverages_before:
        if on <= period.until_on:
            return period.coverage, period.policy
    return course.coverage, course.policy


def _settles(check: ResponseCheck) -> bool:
    """6: a pause settles a check only where there was a response; else it is asked again after the hold."""
    paused = check.answer is ResponseAnswer.PAUSE
    return check.evidence.verdict is Verdict.RESPONSE if paused else check.answer is not ResponseAnswer.ASK_AGAIN


def _is_covered(course: Course, event: e.SessionCleared, planned: int) -> None:
    assert event.on is not None
    covered, (coverage, _) = event.clearance.coverage, _of_day(course, event.on)
    if covered.kind is CoverageKind.CLINICS_RISK:
        taken = [risk for risk in course.clinics_risks if risk.session == course.next_session]
        assert len(taken) == 1, "1: the clinic took the risk of this session by name"
        assert taken[0].reason, "10: with a reason"
        return
    if covered.kind is CoverageKind.SELF_PAY:
        _is_agreed(course, event)
        return
    assert covered.payer_id == coverage.payer_id, "1: by who pays on that day"
    if coverage.kind is CoverageKind.NOT_NEEDED:
        assert coverage.not_needed is not None, "1: somebody said that none is needed"
        return
    granted = next(one for one in course.authorizations if one.request == covered.authorization)
    assert granted.from_on <= event.on <= granted.until_on, "1: coverage holds on that day"
    assert granted.stopped_on is None or event.on < granted.stopped_on, "1: not withdrawn, and no other payer since"
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


def _is_agreed(course: Course, event: e.SessionCleared) -> None:
    """1: a patient pays only for what she has agreed to in writing; an insured one if a biller has confirmed it."""
    assert event.on is not None
    coverage, _ = _of_day(course, event.on)
    agreement = coverage.self_pay
    assert agreement is not None, "1: agreed in writing"
    assert agreement.signed_on <= event.on, "1: signed before the session"
    if coverage.kind is CoverageKind.AUTHORIZATION:
        assert agreement.confirmed_by in BILLERS, "1: a biller says that she may be charged"
    paid = [one for one in course.sessions if one.coverage.kind is CoverageKind.SELF_PAY]
    first = agreement.from_session or 0
    since = [one for one in paid if one.given_on >= agreement.signed_on and one.number >= first]
    assert len(since) < agreement.sessions, "1: for this session"


def _may_be_changed(course: Course, event: e.CoverageChanged) -> None:
    """10: an insured patient is not made to pay without a biller."""
    agreement = event.coverage.self_pay
    if agreement is None or course.edition == 1:
        return
    assert event.on is not None
    assert agreement.signed_on <= event.on, "1: signed"
    birthday = course.history.comes_of_age_on
    assert birthday is None or agreement.signed_on >= birthday or agreement.signed_by == "guardian", "1: for a minor"
    paid_before = {course.coverage.kind, _of_day(course, event.from_on - timedelta(days=1))[0].kind}
    if CoverageKind.SELF_PAY not in paid_before:
        assert event.role is Role.BILLING, "10: a biller says that she may be charged"


def _may_be_given(course: Course, event: e.SessionGiven) -> None:
    session, clearance = event.session, course.clearance
    assert session.number == course.next_session, "numbers are given once"
    assert session.given_at <= (event.at or session.given_at), "what lies ahead has not happened"
    if session.trial_said_by is not None:
        assert event.role is Role.CLINICIAN, "10: a clinician says that it is a trial session"
    _dose_came_from_its_vials(session)
    _broken_rules_are_named(course, event)
    if "clearance" in rules_of(event):
        return
    assert clearance is not None, "only after clearance, or as a deviation"
    assert course.appointment is not None
    assert clearance.appointment == course.appointment.number
    assert session.given_on == clearance.cleared_on


def _may_be_completed(course: Course, event: e.SessionCompleted) -> None:
    before, now = course.session(event.session.number), event.session
    assert before is not None
    assert before.in_part
    assert event.on is not None
    assert clinic_day(now.completed_at or now.given_at, course.clinic.zone) == before.given_on, "on its own day"
    assert (now.id, now.given_on, now.given_at) == (before.id, before.given_on, before.given_at), "the same session"
    assert now.dose.units > before.dose.units
    assert sum(vial.size_units for vial in now.vials) >= sum(vial.size_units for vial in before.vials)
    _dose_came_from_its_vials(now)


def _dose_came_from_its_vials(session: Session) -> None:
    for vial in session.vials:
        assert vial.given_units + vial.wasted_units == vial.size_units, "3: given + wasted = opened"
    assert sum(vial.given_units for vial in session.vials) == session.dose.units, "3: all drug came from the vials"


def rules_of(event: e.CourseEvent) -> set[str]:
    """Return the names of the rules that what the event tells broke."""
    deviation = getattr(event, "deviation", None)
    return set() if deviation is None else {one.rule for one in deviation.broken}


def _may_be_corrected(course: Course, event: e.RecordCorrected) -> None:
    """13: it names what it corrects, both values stay, and what hung on it is reckoned anew."""
    assert 0 < event.corrects < event.number, "13: a correction names the event that it corrects"
    assert event.reason, "13: with its reason"
    assert event.changes, "13: both values stay"
    assert all(one.before != one.after for one in event.changes)
    now = after(course, event)
    assert now.corrections[-1].changes == event.changes
    for session in event.sessions:
        before = course.session(session.number)
        assert before is not None
        _session_may_be_corrected(course, event, before, session)
    stays_too_early = now.appointment is not None and course.sessions and _too_early(now) and not _too_early(course)
    assert not stays_too_early, "2: no appointment stays that has become too early"


def _too_early(course: Course) -> bool:
    """Whether a dose lies too close before the appointment. A dose told after clearance lets it stand."""
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    assert course.appointment is not None
    day = clinic_day(course.appointment.starts_at, course.clinic.zone)
    return any((day - one).days < 84 for one in doses)


def _session_may_be_corrected(course: Course, event: e.RecordCorrected, before: Session, now: Session) -> None:
    if now.entered_in_error:
        assert before.claim_id is None or now.claim_outdated, "4: its claim is taken back"
        return
    if now.number == event.subject and event.of == "session_given":
        assert now.signed_by in {None, event.by}, "a corrected record is signed again"
        _dose_came_from_its_vials(now)
        others = [one.given_on for one in course.sessions if one.number != now.number]
        others += [dose.given_on for dose in course.history.earlier_doses]
        if now.given_on != before.given_on and any(abs((now.given_on - day).days) < 84 for day in others):
            told = [one for dev in course.deviations if dev.session == now.number for one in dev.broken]
            assert "interval" in rules_of(event) or any(one.rule == "interval" for one in told), "2: or a deviation"
    same_bill = (now.given_on, now.dose.units, now.opened_units, now.injector) == (
        before.given_on,
        before.dose.units,
        before.opened_units,
        before.injector,
    )
    assert same_bill or before.claim_id is None or now.claim_outdated, "4: what was billed is billed anew"


def _broken_rules_are_named(course: Course, event: e.SessionGiven) -> None:
    """2, 3: telling is bound by no rule, but each rule broken is named, by a clinician, with the reason."""
    session, named = event.session, rules_of(event)
    if event.deviation is not None:
        assert named, "a deviation names a rule"
        assert event.role is Role.CLINICIAN, "a deviation is recorded by a clinician"
        assert event.deviation.reason, "with its reason"
        assert session.claim_held, "4: its bill waits for billing"
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    too_close = any(abs((session.given_on - day).days) < 84 for day in doses)
    assert not too_close or "interval" in named, "2: 84 days, or a deviation"
    assert session.dose.units <= course.protocol.dose.units_max.value or "dose" in named, "3: the protocol's maximum"
    assert all(vial.expires_on >= session.given_on for vial in session.vials) or "drug" in named, "no expired drug"
    assert course.is_open or "ended" in named, "an ended course has no session"
    if session.coverage.kind is CoverageKind.AUTHORIZATION and session.coverage.authorization is None:
        lost = session.coverage.uncovered is not None and course.clearance is not None  # since it was cleared
        assert "coverage" in named or (lost and session.claim_held), "1: covered, or a deviation"


def _may_be_billed(course: Course, event: e.ClaimOpened) -> None:
    session = course.session(event.session) or course.session_in_error(event.session)
    assert session is not None
    if not event.outdated:  # else the record has changed while the claim went to billing
        assert session.signed_by is not None, "4: only after the record is signed"
        assert session.claim_held is None, "a held claim does not go out"
    by_payer = session.coverage.kind not in {CoverageKind.SELF_PAY, CoverageKind.CLINICS_RISK}
    if event.frequency != "8" and by_payer:
        assert session.coverage.payer_id == _of_day(course, session.given_on)[0].payer_id, "4: by who pays on its day"
    if session.entered_in_error and event.replaces is not None:
        assert event.frequency == Frequency.VOID, "4: what never was is taken back and not billed anew"
    if event.replaces is None:
        assert session.claim_id is None, "4: one original claim"
        return
    last = session.replacements[-1] if session.replacements else session.claim_id
    assert event.replaces == last, "4: a correction names the claim that it replaces"
    assert event.claim_id not in {session.claim_id, *session.replacements}, "4: under an id of its own"
    assert session.claim_outdated, "4: nothing is replaced without a reason"


def _may_be_answered(course: Course, event: e.DenialAnswered) -> None:
    denial = course.claim_denials[event.denial - 1]
    assert denial.number == event.denial
    if event.action == "bill_patient":
        assert any(code.startswith("PR-") for code in denial.reason_codes), "only what is left to the patient"
    if event.action == "appeal" and denial.appeal_by is not None:
        assert event.sent_on is not None
        assert event.sent_on <= denial.appeal_by, "the payer's last day is nobody's to move"


def _may_be_booked(course: Course, event: e.AppointmentBooked | e.AppointmentMoved) -> None:
    _not_missed_too_often(course, event)
    day = clinic_day(event.appointment.starts_at, course.clinic.zone)
    doses = [dose.given_on for dose in course.history.earlier_doses] + [one.given_on for one in course.sessions]
    assert all((day - one).days >= 84 for one in doses), "2: also what is booked"


def _not_missed_too_often(course: Course, event: e.AppointmentBooked | e.AppointmentMoved) -> None:
    """After the protocol's number of missed visits a clinician decides before another time is booked."""
    rule = course.protocol.visits
    asked_for = isinstance(event, e.AppointmentMoved) or course.booking_wish is not None
    if rule is None or course.edition == 1 or asked_for:
        return
    clinics = NotGivenReason.CANCELLED_BY_CLINIC
    visits = [visit for visit in course.visits_not_given if visit.for_session == course.next_session]
    missed = sum(visit.reason is not clinics for visit in visits)
    decided = [one.missed for one in course.missed_visits if one.for_session == course.next_session]
    assert missed - max(decided, default=0) < rule.missed_max.value, "a clinician decides after so many missed visits"


def check_whole(events: Sequence[e.CourseEvent], course: Course) -> None:
    """Check what must hold of the story as a whole."""
    asked = Counter(event.request_id for event in events if event.request_id)
    assert all(times == 1 for times in asked.values()), "a request takes effect once"
    opened = [event for event in events if isinstance(event, e.ClaimOpened)]
    claims = Counter(event.session for event in opened if event.replaces is None)
    assert all(times == 1 for times in claims.values()), "4: one original claim per session"
    assert {event.session for event in opened} == claims.keys(), "4: what is replaced was there"
    told = {session.number for session in (*course.sessions, *course.sessions_in_error)}
    assert claims.keys() <= told, "4: none for what was not given"
    if not course.is_open:
        assert course.appointment is None, "5: an ended course has no future appointment"
    if course.closed_on is not None:
        closed = next(event for event in reversed(events) if isinstance(event, e.CourseClosed))
        late = {one.session.number for one in events if isinstance(one, e.SessionGiven) and one.number > closed.number}
        left = (
            {wait.kind for wait in course.waits}
            - {
                WaitKind.RED_FLAG,
                WaitKind.EFFECT_REVIEW,
                WaitKind.CLAIM_DENIED,
                WaitKind.CLAIM_APPEAL,
                WaitKind.BILLING,
            }
            - (AFTER_A_SESSION if late else set())
        )
        assert not left, f"closed: nothing is left but what was told later: {left}"
        on_time = (session for session in course.sessions if session.number not in late)
        assert all(session.watch_ended for session in on_time), "12: the watch ran to its end"
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
    for flagged in () if course.is_deceased else course.red_flags:
        if course.closed_on is None:
            assert course.wait(f"red-flag:adverse-event-{flagged.number}"), "a red flag waits for a clinician"
    for event in () if course.is_deceased else course.adverse_events:
        if course.closed_on is None and event.ended_on is None and not event.stops and event.effect == "ptosis":
            assert course.wait(f"adverse-event-review:adverse-event-{event.number}"), "ptosis waits for a clinician"
    if course.is_open:
        _goes_somewhere(course)
    if course.is_held:
        reviews = {WaitKind.HOLD_ENDS, WaitKind.HOLD_REVIEW, WaitKind.HOLD_DECISION}
        assert any(wait.kind in reviews for wait in course.waits), "8: a hold waits for its review"


def _sessions_are_seen_to(course: Course) -> None:
    watched = {wait.subject for wait in course.waits if wait.kind in {WaitKind.SAFETY_CALL, WaitKind.SAFETY_CALL_DAY}}
    for session in course.sessions:
        if session.watch_ended is None:
            assert f"session-{session.number}" in watched, f"12: the watch of session {session.number} runs"
        if session.claim_held is not None:
            assert course.wait(f"claim-held:session-{session.number}"), "a held claim waits for billing"
        if session.signed_by is None:
            assert course.wait(f"signature:session-{session.number}"), "the record waits for its signature"
        elif session.claim_held is None:
            billed = session.claim_id is not None or session.number in course.billing_impossible
            is_outside = any(wait.kind is WaitKind.OUTSIDE for wait in course.waits)
            assert is_outside or (billed and not session.claim_outdated), "4: a signed session is billed, as it is now"
    _bills_are_seen_to(course)


def _bills_are_seen_to(course: Course) -> None:
    for invoice in course.invoices if course.edition > 1 else ():
        paid = sum(one.amount_cents for one in invoice.payments)
        if paid < invoice.amount_cents and not invoice.written_off:
            assert course.wait(f"payment:session-{invoice.number}"), "an invoice waits for its payment"
    for denial in course.claim_denials:
        if denial.state != "settled":
            waits = {f"claim-denied:denial-{denial.number}", f"claim-appeal:denial-{denial.number}"}
            assert any(course.wait(identity) for identity in waits), "a denied claim waits for somebody"


def _goes_somewhere(course: Course) -> None:
    """8: besides the safety watch, an open course waits for its own next step."""
    beside = {
        WaitKind.SAFETY_CALL,
        WaitKind.SAFETY_CALL_DAY,
        WaitKind.SIGNATURE,
        WaitKind.RED_FLAG,
        WaitKind.EFFECT_REVIEW,
        WaitKind.SITES_REVIEW,
        WaitKind.COMES_OF_AGE,
        WaitKind.GAP_TOO_LONG,
        WaitKind.OWN_CONSENT,
        WaitKind.DIARY_GAPS,
        WaitKind.WEARING_OFF,
        WaitKind.TAPER,
        WaitKind.LETTER,
        WaitKind.UNDELIVERED,
        WaitKind.BILLING,
        WaitKind.PAYMENT,
        WaitKind.CLAIM_HELD,
        WaitKind.CLAIM_DENIED,
        WaitKind.CLAIM_APPEAL,
        WaitKind.DEVIATION,
        WaitKind.TELL_ANEW,
        WaitKind.AUTHORIZATION_ENDS,
    }
    own = [wait for wait in course.waits if wait.kind not in beside]
    assert own, f"8: no line of its own waits: {[wait.id for wait in course.waits]}"


def _handed_on(course: Course, kind: WaitKind) -> bool:
    """Whether the wait stays open past its moment, with the next step beside it."""
    if kind is WaitKind.EARLIER_DAY:
        return course.wait("outside:find-earlier-time") is not None
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
    prompts = {"diary_prompt", "diary_prompt_held"}
    keys = Counter(
        message.key
        for event, message in found
        if message.kind not in prompts and not isinstance(event, e.CourseReopened)  # a death taken back asks again
    )
    assert all(times == 1 for times in keys.values()), f"7: {keys.most_common(3)}"
