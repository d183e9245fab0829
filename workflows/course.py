"""The course of one patient's treatment, from intake to its end. Reads like the clinic's own description."""

from __future__ import annotations

from typing import NoReturn

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from domain.changes import born
from domain.clinic_time import clinic_day
from domain.course import EDITION, Course, CourseInput, reopening_ends
from domain.decide import decide
from domain.events import CourseClosed, EditionChanged, Outcome
from domain.facts import Receipt, Request
from domain.record import Refusal
from domain.waits import WaitKind
from workflows.admission import Admission
from workflows.beside import Beside
from workflows.coverage import Coverage
from workflows.desk import Desk, Interrupted
from workflows.visit import Visit

NEWEST = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""The next run begins on the current version of the code, where workers are versioned."""


@workflow.defn(name="Course")
class CourseWorkflow:
    """One patient's course. Update `request` asks or tells; query `show` answers where it stands."""

    @workflow.init
    def __init__(self, given: CourseInput) -> None:
        self.edition = _edition()
        self.desk = _desk(given, self.edition)
        self.admission = Admission(self.desk)
        self.coverage = Coverage(self.desk)
        self.visit = Visit(self.desk)
        self.beside = Beside(self.desk)
        self.first_session = self.course.next_session

    @property
    def course(self) -> Course:
        """Return the course as it is now."""
        return self.desk.course

    @workflow.run
    async def run(self, given: CourseInput) -> Outcome | None:  # noqa: ARG002 - `init` has taken it; Temporal wants it
        """Treat the patient: session after session, until the course ends and nothing is left to do."""
        if self.course.edition < self.edition:
            self.desk.happened(EditionChanged(edition=self.edition))
        self.desk.on_event = self.beside.start
        self.beside.start()
        if self.course.edition >= 2 and self.course.waits:
            self.desk.beside("left over", self.desk.close_what_nobody_waits_for)
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
        await self.visit.give()
        if self.course.next_session > self.first_session:  # also one that was told against a rule
            await self.roll_over()

    async def stand_still(self) -> None:
        """Held: until somebody lifts the hold. Rolling over: do. Ended: go on to close."""
        await self.desk.until_not_held()
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
        if self.course.edition >= 2:  # what else goes on may take weeks
            await self.desk.write()
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


def _edition() -> int:
    """Return the edition of the rules that this run goes by: a run that 0.1 began keeps the first to its end."""
    return EDITION if workflow.patched("edition-2") else 1


def _desk(given: CourseInput, edition: int) -> Desk:
    """Return the desk of a course that begins, or of one that goes on."""
    if given.course is not None:
        return Desk(given.course)
    assert given.begin is not None, "a run begins a course or goes on with one"
    first = given.begin.started.model_copy(
        update={
            "number": 1,
            "at": workflow.now(),
            "on": clinic_day(workflow.now(), given.begin.started.clinic.zone),
            "edition": edition,
        }
    )
    return Desk(born(first, course_id=given.begin.course_id, patient_id=given.begin.patient_id), first)


def _refused(refusal: Refusal) -> ApplicationError:
    return ApplicationError(refusal.reason, *refusal.people, type="Refused", non_retryable=True)


def _between_two_runs() -> ApplicationError:
    return ApplicationError("the course is between two runs; again, please", type="RollingOver", non_retryable=True)
