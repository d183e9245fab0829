"""The course of one patient's treatment, from intake to its end. Reads like the clinic's own description."""

from __future__ import annotations

from functools import partial
from typing import NoReturn

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from domain.clinic_time import clinic_day
from domain.course import Course, CourseInput, born, reopening_ends
from domain.decide import decide
from domain.events import CourseClosed, CourseEnded, Outcome
from domain.facts import Receipt, Request
from domain.plan import may_confirm, must_ask_payer, open_check
from domain.record import Refusal
from domain.session import Session
from domain.waits import WaitKind
from workflows.admission import Admission
from workflows.coverage import Coverage
from workflows.desk import Desk, Interrupted
from workflows.follow_up import FollowUp
from workflows.response_check import ResponseCheck
from workflows.visit import Visit, is_settled

NEWEST = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""The next run begins on the current version of the code, where workers are versioned."""


@workflow.defn(name="Course")
class CourseWorkflow:
    """One patient's course. Update `request` asks or tells; query `show` answers where it stands."""

    @workflow.init
    def __init__(self, given: CourseInput) -> None:
        self.desk = _desk(given)
        self.admission = Admission(self.desk)
        self.coverage = Coverage(self.desk)
        self.visit = Visit(self.desk)
        self.response_check = ResponseCheck(self.desk)
        self.follow_up = FollowUp(self.desk)

    @property
    def course(self) -> Course:
        """Return the course as it is now."""
        return self.desk.course

    @workflow.run
    async def run(self, given: CourseInput) -> Outcome | None:  # noqa: ARG002 - `init` has taken it; Temporal wants it
        """Treat the patient: session after session, until the course ends and nothing is left to do."""
        self.desk.on_event = self.run_beside
        self.run_beside()
        while self.course.closed_on is None:
            try:
                while self.course.is_open:
                    await self.admit()
                    await self.prepare_session()
                    await self.give_session()
                await self.close()
            except Interrupted:
                await self.stand_still()
        await self.finish()
        return self.course.ending.outcome if self.course.ending else None

    async def admit(self) -> None:
        """Settle eligibility, set goals with the patient, and have the first session paid for."""
        await self.admission.settle_eligibility()
        await self.admission.agree_on_goals()
        await self.coverage.secure_first()

    async def prepare_session(self) -> None:
        """Wait for the session's day, while date, coverage, drug and response check are seen to beside."""
        await self.visit.reach_the_day()

    async def give_session(self) -> None:
        """On the day, clear the session and record what was given. Then the next cycle begins, in a new run."""
        if await self.visit.give():
            await self.roll_over()

    def run_beside(self) -> None:
        """Start what the record asks for beside the main line. Called after every event; starts nothing twice."""
        if (due := self.course.ending_due) is not None:
            self.desk.happened(CourseEnded(outcome=due.outcome, reason=due.reason, note=due.note))
            return
        course = self.course
        if course.is_open:
            self.run_beside_an_open_course(course)
        for told in course.unsettled:
            self.desk.beside(f"settle {told.appointment_id}", partial(self.visit.settle, told))
        for session in course.sessions:
            self.run_beside_after(session, course)
        for number in course.to_bill_by_hand:
            self.desk.beside(f"billing {number}", partial(self.follow_up.have_billed, number))
        if course.undelivered:
            self.desk.beside("undelivered", self.follow_up.reach_otherwise)
        for flagged in course.red_flags:
            self.desk.beside(f"red flag {flagged.number}", partial(self.follow_up.review, flagged))

    def run_beside_an_open_course(self, course: Course) -> None:
        """Coverage and response check of the next session, and its appointment's readiness."""
        if course.authorizations and (course.open_request or must_ask_payer(course, self.desk.today)):
            self.desk.beside("coverage", self.coverage.secure_next)
        for granted in course.authorizations:
            if granted.expired_on is None:
                self.desk.beside(f"end {granted.request}", partial(self.coverage.expire, granted))
        if course.evidence_is_stale and open_check(course) is not None:
            self.desk.beside("evidence", self.response_check.gather)
        if open_check(course) is not None:
            self.desk.beside("response check", self.response_check.be_answered)
        self.run_beside_the_appointment(course)

    def run_beside_the_appointment(self, course: Course) -> None:
        """Move, confirm or make ready what is booked."""
        if course.move_wish is not None:
            self.desk.beside("move", self.visit.move)
        elif may_confirm(course):
            self.desk.beside("confirm", self.visit.confirm)
        elif not is_settled(course):
            self.desk.beside("readiness", self.visit.get_ready)

    def run_beside_after(self, session: Session, course: Course) -> None:
        """What a session given leaves to do, also when the course has ended."""
        number = session.number
        if course.baseline_frozen_on is None:
            self.desk.beside("baseline", self.follow_up.freeze_baseline)
        if session.watch_ended is None:
            self.desk.beside(f"watch {number}", partial(self.follow_up.watch, session))
        if session.signed_by is None:
            self.desk.beside(f"signature {number}", partial(self.follow_up.have_signed, session))
        elif session.claim_id is None and number not in course.billing_impossible:
            self.desk.beside(f"claim {number}", partial(self.follow_up.bill, session))

    async def stand_still(self) -> None:
        """The course ended, or goes on in a new run."""
        if self.desk.is_rolling:
            await self.roll_over()

    async def roll_over(self) -> None:
        """Go on in a new run, on the current version of this code, with the whole course in hand."""
        await self.desk.park()
        self._next_run()

    def _next_run(self) -> NoReturn:
        workflow.continue_as_new(CourseInput(course=self.course), initial_versioning_behavior=NEWEST)

    async def close(self) -> None:
        """Keep the ended course until it can no longer be reopened and its safety watch is over."""
        due = reopening_ends(self.course)
        if await self.desk.wait(WaitKind.REOPENING, "end", due=due, moot=lambda course: course.is_open):
            return
        await self.desk.all_beside_is_done()
        if not self.course.is_open and not self.desk.is_rolling:
            self.desk.happened(CourseClosed())

    async def finish(self) -> None:
        """See to what was told of a closed course, and leave nothing unwritten."""
        await self.desk.all_beside_is_done()
        if self.desk.is_rolling:
            await self.roll_over()
        known = self.course.number
        await self.desk.park()
        if self.course.number > known:  # told in its last moments: the next run sees to it
            self._next_run()

    @workflow.update
    async def request(self, request: Request) -> Receipt:
        """Take a request; answer when it is in the journal. The same request id takes effect once."""
        receipt = self.course.receipt(request.request_id)
        if receipt is None:
            event = decide(self.course, request, now=workflow.now())
            if isinstance(event, Refusal):
                raise _refused(event)
            self.desk.happened(event)
            self.desk.roll_over_asked = self.desk.roll_over_asked or request.fact.kind == "roll-over"
            receipt = self.course.receipt(request.request_id)
            assert receipt is not None, "the fold keeps a receipt of every request"
        await self.desk.let_go_on()
        await self.desk.write()
        return receipt

    @request.validator
    def check_request(self, request: Request) -> None:
        """Refuse what cannot be, before it reaches history."""
        if self.desk.closing:
            raise _between_two_runs()
        if self.course.receipt(request.request_id) is None:
            verdict = decide(self.course, request, now=workflow.now())
            if isinstance(verdict, Refusal):
                raise _refused(verdict)

    @workflow.update
    async def settle(self) -> int:
        """Return the number of the last event once every line of the course waits. Demonstrations and tests use it."""
        await self.desk.idle()
        if self.desk.is_rolling:  # the next run has still to begin what it waits for
            raise _between_two_runs()
        return self.course.number

    @settle.validator
    def check_settle(self) -> None:
        """Ask again while rolling over."""
        if self.desk.closing:
            raise _between_two_runs()

    @workflow.query
    def show(self) -> Course:
        """Return the course as it is now."""
        return self.course


def _desk(given: CourseInput) -> Desk:
    """Return the desk of a course that begins, or of one that goes on."""
    if given.course is not None:
        return Desk(given.course)
    assert given.begin is not None, "a run begins a course or goes on with one"
    first = given.begin.started.model_copy(
        update={"number": 1, "at": workflow.now(), "on": clinic_day(workflow.now(), given.begin.started.clinic.zone)}
    )
    return Desk(born(first, course_id=given.begin.course_id, patient_id=given.begin.patient_id), first)


def _refused(refusal: Refusal) -> ApplicationError:
    return ApplicationError(refusal.reason, type="Refused", non_retryable=True)


def _between_two_runs() -> ApplicationError:
    return ApplicationError("the course is between two runs; again, please", type="RollingOver", non_retryable=True)
