"""What runs beside the main line of a course: started by what the record asks for, never twice.

Phases keep nothing, so that this module and the main line each have their own.
"""

from __future__ import annotations

from functools import partial

from domain.anew import gap_noticed_on
from domain.asking_payer import (
    ANOTHER_PAYS,
    NOT_NEEDED,
    falls_short,
    must_ask_payer,
    needless_request,
    superseded_request,
    waits_for_number,
)
from domain.billing import waits_to_be_billed, waits_to_be_voided
from domain.care import advice_unsaid, comes_of_age_on, effects_to_review, others_undelivered
from domain.course import Course
from domain.events import CourseEnded, RequestClosed
from domain.lapsing import lapses_of
from domain.plan import open_check, too_early, unpaid_of_next
from domain.ready import is_settled, may_confirm
from domain.session import Session
from domain.visits import closed_for
from domain.waiting_list import earlier_wish
from domain.ways_on import agreement_to_confirm, open_denial
from workflows.admission import Admission
from workflows.billing import Billing
from workflows.coverage import Coverage, asks_beside
from workflows.denial import AfterDenial
from workflows.desk import Desk
from workflows.follow_up import FollowUp
from workflows.patients_turns import PatientsTurns
from workflows.response_check import ResponseCheck
from workflows.standing import Standing
from workflows.telling import Telling
from workflows.visit import Visit
from workflows.waiting_list import WaitingList


class Beside:
    """The lines beside the main one. Each ends by itself; what the record still asks for begins again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._admission = Admission(desk)
        self._coverage = Coverage(desk)
        self._after_denial = AfterDenial(desk)
        self._visit = Visit(desk)
        self._waiting_list = WaitingList(desk)
        self._response_check = ResponseCheck(desk)
        self._follow_up = FollowUp(desk)
        self._patient = PatientsTurns(desk)
        self._standing = Standing(desk)
        self._billing = Billing(desk)
        self._telling = Telling(desk)

    def start(self) -> None:
        """Start what the record asks for beside the main line. Called after every event; starts nothing twice."""
        if (due := self._desk.course.ending_due) is not None:
            self._desk.happened(CourseEnded(outcome=due.outcome, reason=due.reason, note=due.note))
            return
        course = self._desk.course
        if course.is_open and comes_of_age_on(course) is not None:
            self._desk.beside("of age", self._patient.come_of_age)
        if course.is_held:
            self._a_held_course(course)
        elif course.is_open:
            self._an_open_course(course)
        for told in course.unsettled:
            self._desk.beside(f"settle {told.appointment_id}", partial(self._visit.settle, told))
        for session in course.sessions:
            self._after(session, course)
        self._to_the_last(course)

    def _to_the_last(self, course: Course) -> None:
        """What goes on whether the course is open, held or ended."""
        self._have_numbers_told(course)
        self._the_bills(course)
        self._what_was_told(course)
        if course.death_to_review:
            self._desk.beside("death", self._standing.look_at_the_death)
        if course.to_hand_over:
            self._desk.beside("hand over", self._standing.hand_over)
        if course.is_deceased:
            return  # nothing else concerns the patient any more
        if advice_unsaid(course):
            self._desk.beside("advice", self._follow_up.call_at_once)
        if others_undelivered(course):
            self._desk.beside("undelivered", self._follow_up.reach_otherwise)
        self._for_safety(course)

    def _for_safety(self, course: Course) -> None:
        """What a clinician looks at, also when the course has ended: red flags, and adverse events until they are over."""
        for flagged in course.red_flags:
            self._desk.beside(f"red flag {flagged.number}", partial(self._follow_up.review, flagged))
        for event in effects_to_review(course):
            self._desk.beside(f"adverse event {event.number}", partial(self._patient.look_at, event))

    def _a_held_course(self, course: Course) -> None:
        """The hold's review, a payer's answer that is already asked for, the end of authorizations, and what would lapse."""
        self._desk.beside("hold", self._standing.review)
        asked = course.open_request
        if asks_beside(course) and asked is not None and (asked.submitted_on or asked.last_on):
            self._desk.beside("coverage", self._coverage.secure_next)
        if open_denial(course) is not None:  # the payer's last days pass all the same
            self._desk.beside("denial", self._after_denial.be_chosen)
        self._authorizations(course)
        for lapse in lapses_of(course):
            self._desk.beside(f"lapse {lapse.request}", partial(self._coverage.deal_with_lapse, lapse))

    def _an_open_course(self, course: Course) -> None:
        """Coverage and response check of the next session, and its appointment's readiness."""
        if (old := superseded_request(course, self._desk.today)) is not None:
            self._desk.happened(RequestClosed(request=old.number, reason=ANOTHER_PAYS))
            return
        if (idle := needless_request(course, self._desk.today)) is not None:
            self._desk.happened(RequestClosed(request=idle.number, reason=NOT_NEEDED))
            return
        if asks_beside(course) and (course.open_request or must_ask_payer(course, self._desk.today)):
            self._desk.beside("coverage", self._coverage.secure_next)
        if falls_short(course, self._desk.today) is not None:
            self._desk.beside("falls short", self._coverage.have_shortfall_settled)
        if course.coverage.is_unsaid:
            self._desk.beside("who pays", self._coverage.be_said_anew)
        self._authorizations(course)
        if course.evidence_is_stale and open_check(course) is not None:
            self._desk.beside("evidence", self._response_check.gather)
        if open_check(course) is not None:
            self._desk.beside("response check", self._response_check.be_answered)
        self._after_a_gap(course)
        self._patient.run_beside(course)
        self._after_a_denial(course)
        self._the_appointment(course)

    def _after_a_gap(self, course: Course) -> None:
        """Notice that nothing was given for too long; the visit stays booked while goals are set anew."""
        if gap_noticed_on(course) is not None:
            self._desk.beside("gap", self._standing.notice_gap)
        if course.edition >= 2 and course.appointment is not None and not course.goals:
            self._desk.beside("goals", self._admission.agree_on_goals)

    def _after_a_denial(self, course: Course) -> None:
        """What follows the payer's no or not yet, and who pays meanwhile."""
        if open_denial(course) is not None:
            self._desk.beside("denial", self._after_denial.be_chosen)
        if course.not_yet is not None:
            self._desk.beside("not yet", self._after_denial.wait_for_what_is_missing)
        if agreement_to_confirm(course):
            self._desk.beside("self-pay", self._after_denial.have_self_pay_confirmed)

    def _authorizations(self, course: Course) -> None:
        """Let authorizations end; have what differs from the need answered, and units that may stay unpaid settled."""
        for granted in course.authorizations:
            if granted.expired_on is None and granted.stopped_on is None:
                self._desk.beside(f"end {granted.request}", partial(self._coverage.expire, granted))
            if granted.waits_for_answer:
                self._desk.beside(f"differs {granted.request}", partial(self._coverage.answer_what_differs, granted))
        if unpaid_of_next(course):
            self._desk.beside("unpaid units", self._coverage.settle_unpaid)

    def _have_numbers_told(self, course: Course) -> None:
        """Ask for the numbers of authorizations that were granted by telephone, also when the course has ended."""
        for granted in course.authorizations:
            if waits_for_number(course, granted):
                self._desk.beside(f"number {granted.request}", partial(self._coverage.get_number, granted))

    def _the_appointment(self, course: Course) -> None:
        """Move, give up, confirm or make ready what is booked; an earlier time may be wanted meanwhile."""
        if course.edition >= 2 and earlier_wish(course) is not None:
            self._desk.beside("earlier", self._waiting_list.look_for_earlier)
        if (closed := closed_for(course, self._desk.now) or too_early(course)) is not None:
            self._visit.give_up(closed)
        elif course.move_wish is not None:
            self._desk.beside("move", self._visit.move)
        elif may_confirm(course):
            self._desk.beside("confirm", self._visit.confirm)
        elif not is_settled(course):
            self._desk.beside("readiness", self._visit.get_ready)

    def _after(self, session: Session, course: Course) -> None:
        """What a session given leaves to do, also when the course has ended."""
        number = session.number
        if course.baseline_frozen_on is None and course.baseline_session is not None:
            self._desk.beside("baseline", self._follow_up.freeze_baseline)
        if session.watch_ended is None:
            self._desk.beside(f"watch {number}", partial(self._follow_up.watch, session))
        if session.signed_by is None:
            self._desk.beside(f"signature {number}", partial(self._follow_up.have_signed, session))
        if session.claim_held is not None:
            self._desk.beside(f"held claim {number}", partial(self._billing.have_released, session))
        elif waits_to_be_billed(course, session):
            self._desk.beside(f"claim {number}", partial(self._billing.bill, session))

    def _the_bills(self, course: Course) -> None:
        """What billing must see to, also when the course has ended."""
        for number in course.to_bill_by_hand:
            self._desk.beside(f"billing {number}", partial(self._billing.have_billed, number))
        for invoice in course.open_invoices if course.edition >= 2 else ():
            self._desk.beside(f"invoice {invoice.number}", partial(self._billing.be_paid, invoice))
        for denial in course.open_denials:
            self._desk.beside(f"denial {denial.number}", partial(self._billing.settle_denial, denial))
        for step in course.claim_steps:
            self._desk.beside(f"claim step {step.key}", partial(self._billing.keep_step, step))

    def _what_was_told(self, course: Course) -> None:
        """What was told against a rule, or wrongly."""
        for deviation in course.deviations:
            if deviation.reviewed_by is None:
                self._desk.beside(f"deviation {deviation.number}", partial(self._telling.have_looked_at, deviation))
        if course.to_tell_anew and not course.is_deceased:
            self._desk.beside("tell anew", self._telling.have_told_anew)
        for session in course.sessions_in_error:
            if waits_to_be_voided(session):
                self._desk.beside(f"claim {session.number}", partial(self._billing.void, session))
