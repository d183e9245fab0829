"""What a phase may use: the record, and a few verbs. Nothing else here touches Temporal.

`happened` changes the record, `write` puts it in the journal, `wait` waits, `do` has an outside system do something,
`beside` lets work run beside the main line. Only the desk opens waits, starts tasks and executes activities.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.failures import refusal_in
from activities.journal import JournalActivities, JournalBatch
from domain.changes import after
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.events import CourseEvent, TaskEscalated, WaitClosed, WaitOpened, WaitRaised
from domain.messages import Post, post_of, together
from domain.plan import morning_of
from domain.summary import summary_of
from domain.waits import KINDS, AtDue, Wait, WaitKind, wait_id
from workflows.signs import show_signs

Answer = TypeVar("Answer")
Wanted = TypeVar("Wanted")
Moot = Callable[[Course], bool]

OUTSIDE_GIVES_UP = timedelta(minutes=10)
"""An outside call that has no answer by then becomes a task: never an endless retry that nobody sees."""
OUTSIDE_AGAIN = timedelta(minutes=15)
JOURNAL_TRY = timedelta(seconds=5)
ONE_DAY = timedelta(days=1)
ENDS_FROM_EDITION = 2
"""Courses that an earlier release began move a deadline also beyond the end of its wait."""


class Interrupted(Exception):
    """No error: the line must stop: the course ended, is held, or goes on in a new run. Only `run` catches it."""


class SaidNo(Exception):
    """An outside system answered no, with its reason: a person must decide."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def never(_: Course) -> bool:
    """Return that the wait is never moot."""
    return False


def corrected_since(number: int) -> Moot:
    """Return whether a record was corrected after the event of this number: days reckoned from it may have moved."""
    return lambda course: course.corrected != number


class Desk:
    """The course's record and the verbs of its phases."""

    def __init__(self, course: Course, first: CourseEvent | None = None) -> None:
        self.course = course
        self.closing = False  # requests are asked to come again, for milliseconds
        self.roll_over_asked = False
        self.on_event: Callable[[], None] = lambda: None  # starts the work that the record now asks for
        self._unwritten: list[CourseEvent] = []
        self._posts: list[Post] = []
        self._written = course.number
        self._writing = False
        self._parking = False
        self._resting: list[Callable[[], bool]] = []  # of each line that waits: what would make it go on
        self._waited_for: list[str] = []  # ids of the waits that a line waits for now
        self._trouble: BaseException | None = None
        self._beside: dict[str, asyncio.Task[None]] = {}
        if first is not None:
            self._written = 0
            self._note(first)

    @property
    def now(self) -> datetime:
        """Return the course's now."""
        return workflow.now()

    @property
    def today(self) -> date:
        """Return the clinic's day by the course's clock."""
        return clinic_day(self.now, self.course.clinic.zone)

    def morning(self, on: date) -> datetime:
        """Return when the clinic's day `on` begins."""
        return morning_of(self.course, on)

    def happened(self, event: CourseEvent) -> None:
        """Number and stamp `event`, and let it change the record."""
        stamped = event.model_copy(update={"number": self.course.number + 1, "at": self.now, "on": self.today})
        self.course = after(self.course, stamped)
        self._note(stamped)
        self.on_event()

    def _note(self, event: CourseEvent) -> None:
        self._unwritten.append(event)
        self._posts.append(post_of(event, self.course))

    async def let_go_on(self) -> None:
        """Return after every line has gone as far as it can, so that an answer and what follows are one write.

        Twice, because a line that waits with a time limit wakes one turn later than one that waits without.
        """
        for _ in range(2):
            await workflow.wait_condition(lambda: True)

    async def write(self) -> None:
        """Return when everything that has happened so far is in the journal.

        Who comes first writes, the others wait. It never gives up: what has happened must be written down.
        """
        mine = self.course.number
        while self._written < mine:
            if self._writing:
                await workflow.wait_condition(lambda: not self._writing)
                continue
            self._writing = True
            batch = self._take_batch()
            try:
                await workflow.execute_activity_method(
                    JournalActivities.write_journal,
                    batch,
                    start_to_close_timeout=JOURNAL_TRY,
                    retry_policy=RetryPolicy(
                        initial_interval=timedelta(milliseconds=200), maximum_interval=JOURNAL_TRY
                    ),
                    summary=f"journal {batch.events[0].number} to {batch.events[-1].number}",
                )
                self._written = batch.events[-1].number
            finally:
                self._writing = False

    def _take_batch(self) -> JournalBatch:
        show_signs(self.course)
        post = together(self._posts)
        batch = JournalBatch(
            workflow_id=workflow.info().workflow_id,
            summary=summary_of(self.course),
            events=tuple(self._unwritten),
            waits=self.course.waits,
            messages=post.messages,
            withdrawn=post.withdrawn,
        )
        self._unwritten, self._posts = [], []
        return batch

    async def wait(
        self,
        kind: WaitKind,
        subject: str,
        *,
        due: datetime,
        moot: Moot = never,
        ends: datetime | None = None,
        context: dict[str, str] | None = None,
    ) -> bool:
        """Wait for a person, an outside answer or a date.

        Return True when it was answered or became moot; False when its day has come, it is handed on, or it ended
        unanswered at `ends`. The phase then looks at the record. A wait that is open already goes on.
        """
        identity = wait_id(kind, subject)
        while True:
            self._stop_if_interrupted(kind)
            seen = self.course.wait(identity)
            if moot(self.course):
                self._close(seen, "moot")
                return True
            if seen is None:
                if KINDS[kind].at_due is AtDue.END and self.now >= due:
                    return False
                self._open(identity, kind, subject, due=due, ends=ends, context=context or {})
            elif self.now >= seen.look_at:
                if self._at_due(seen, ends):
                    return False
            elif await self._is_answered(seen, moot):
                return True

    async def until(self, comes: Moot) -> None:
        """Return when the record says so, for a line that goes on where another line's wait has ended."""

        def goes_on() -> bool:
            return comes(self.course) or self._interrupted(None)

        await self.write()
        with self._at_rest_until(goes_on):
            await workflow.wait_condition(goes_on)
        self._stop_if_interrupted(None)

    def _close(self, seen: Wait | None, why: Literal["due", "moot", "ended"]) -> None:
        if seen is not None:
            self.happened(WaitClosed(wait=seen.id, why=why))

    def _open(
        self,
        identity: str,
        kind: WaitKind,
        subject: str,
        *,
        due: datetime,
        ends: datetime | None,
        context: dict[str, str],
    ) -> None:
        opened = Wait(id=identity, kind=kind, subject=subject, since=self.now, due=due, look_at=due, context=context)
        if self.course.edition >= ENDS_FROM_EDITION:
            opened = opened.model_copy(update={"ends": ends})
        self.happened(WaitOpened(wait=opened))

    def _at_due(self, seen: Wait, ends: datetime | None) -> bool:
        """Do what this kind of wait does when its time has passed. Return whether the phase goes on."""
        match KINDS[seen.kind].at_due:
            case AtDue.END:
                self._close(seen, "due")
                return True
            case AtDue.HAND_ON:
                return True
            case AtDue.RAISE if ends is not None and self.now >= ends:
                self._close(seen, "ended")
                return True
            case AtDue.RAISE:
                self._raise(seen, ends)
                return False

    def _raise(self, seen: Wait, ends: datetime | None) -> None:
        """Raise an overdue task again. What is due within hours goes to who is on call, and is raised every day."""
        urgent = self.course.edition >= 2 and KINDS[seen.kind].escalates and seen.due - seen.since <= ONE_DAY
        again = self.now + (ONE_DAY if urgent else timedelta(days=self.course.clinic.task_repeat_days))
        on_call = self.course.clinic.on_call
        if urgent and on_call is not None and seen.owner != on_call:
            self.happened(TaskEscalated(wait=seen.id, to=on_call, look_at=again))
        else:
            self.happened(WaitRaised(wait=seen.id, look_at=min(again, ends) if ends else again))

    async def _is_answered(self, seen: Wait, moot: Moot) -> bool:
        """Wait until something about the wait changes or its next moment comes. Return whether it was answered."""
        interruptions = self.course.interruptions
        await self.write()

        def changed() -> bool:
            return self.course.wait(seen.id) is not seen or moot(self.course) or self._interrupted(seen.kind)

        def goes_on() -> bool:  # a timer may come a moment after its time
            return changed() or self.now >= seen.look_at

        with contextlib.suppress(TimeoutError), self._at_rest_until(goes_on, seen):
            summary = f"{KINDS[seen.kind].title} ({seen.subject})"
            await workflow.wait_condition(changed, timeout=seen.look_at - self.now, timeout_summary=summary)
        if self.course.wait(seen.id) is not None:
            return False
        stopped_meanwhile = self.course.interruptions > interruptions and not KINDS[seen.kind].outlives_end
        if stopped_meanwhile or not self.course.goes_on(seen.kind):
            raise Interrupted
        return True

    async def do(
        self,
        call: Callable[[Any, Wanted], Awaitable[Answer]],
        wanted: Wanted,
        *,
        what: str,
        outlives_end: bool = False,
    ) -> Answer:
        """Have an outside system do something and return its answer.

        Raises `SaidNo` when it refuses. When it does not answer it is a task, and is tried again, without end but
        in everybody's sight. A roll-over or an end does not cut the call short: what was done is recorded first.
        """
        while True:
            self._stop_if_interrupted(WaitKind.OUTSIDE if outlives_end else None)
            if self.course.wait(wait_id(WaitKind.OUTSIDE, what)) is not None:  # a run before this one had no answer
                await self.wait(WaitKind.OUTSIDE, what, due=self.now)
                continue
            try:
                return await workflow.execute_activity_method(
                    call,
                    wanted,
                    start_to_close_timeout=timedelta(seconds=30),
                    schedule_to_close_timeout=OUTSIDE_GIVES_UP,
                    retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
                    summary=what,
                )
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                if (reason := refusal_in(error)) is not None:
                    raise SaidNo(reason) from None
            await self.wait(WaitKind.OUTSIDE, what, due=self.now + OUTSIDE_AGAIN)

    def beside(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Let `work` run beside the main line, once at a time. It must be resumable from the record."""
        running = self._beside.get(name)
        if self._parking or (running is not None and not running.done()):
            return
        self._beside[name] = asyncio.create_task(self._supervised(name, work), name=name)

    async def _supervised(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work`. A bug in it must fail the workflow task: a task that nobody awaits would die unseen."""
        begun_at, stopped = self.course.number, False
        try:
            try:
                await work()
            except Interrupted:
                stopped = True
            del self._beside[name]  # the record may ask for the same work again, and for what it asked meanwhile
            if stopped and self.course.number == begun_at:
                return  # stopped before anything happened: begun again it would stop again, for ever
            if not self.is_rolling:  # else each line that stops would start the others anew
                self.on_event()
                await self.write()
        except BaseException as trouble:
            self._trouble = trouble
            raise

    @property
    def is_rolling(self) -> bool:
        """Whether the course is to go on in a new run."""
        info = workflow.info()
        return (
            self._parking
            or self.roll_over_asked
            or info.is_continue_as_new_suggested()
            or info.is_target_worker_deployment_version_changed()
        )

    def _interrupted(self, kind: WaitKind | None) -> bool:
        if self._trouble is not None:
            raise self._trouble
        return self.is_rolling or not self.course.goes_on(kind)

    def _stop_if_interrupted(self, kind: WaitKind | None) -> None:
        if self._interrupted(kind):
            raise Interrupted

    def not_while_held(self) -> None:
        """Stop the line where it stands if the course is held: what it is about to do comes after the hold."""
        if self.course.is_held:
            raise Interrupted

    async def until_not_held(self) -> None:
        """Return when the course is held no more, or is to roll over. The hold's own review waits beside."""

        def over() -> bool:
            return not self.course.is_held or self.is_rolling

        if not over():
            with self._at_rest_until(over):
                await workflow.wait_condition(over)

    async def close_what_nobody_waits_for(self) -> None:
        """Close the waits that a run has taken over and no line of it waits for.

        A roll-over stops a line where it waits. What makes its wait moot in that moment may also let the next run not
        start the line again, and then nobody would ever close the wait.
        """

        def others_rest() -> bool:
            others = sum(not task.done() for task in self._beside.values())  # and the main line, without this one
            return len(self._resting) == others and not any(goes_on() for goes_on in self._resting)

        await workflow.wait_condition(lambda: self.is_rolling or others_rest())
        if self.is_rolling:
            return
        for left in self.course.waits:
            if left.id not in self._waited_for and KINDS[left.kind].at_due is not AtDue.HAND_ON:
                self._close(left, "moot")

    async def idle(self) -> None:
        """Return when nothing is under way: every line waits for a person, an answer or a date. Or the run is over."""
        await workflow.wait_condition(lambda: self.is_rolling or self._is_idle())

    def _is_idle(self) -> bool:
        lines = 1 + sum(not task.done() for task in self._beside.values())
        all_rest = len(self._resting) == lines and not any(goes_on() for goes_on in self._resting)
        return all_rest and self._written == self.course.number

    @contextlib.contextmanager
    def _at_rest_until(self, goes_on: Callable[[], bool], seen: Wait | None = None) -> Iterator[None]:
        self._resting.append(goes_on)
        waited_for = [] if seen is None else [seen.id]
        self._waited_for += waited_for
        try:
            yield
        finally:
            self._resting.remove(goes_on)
            for identity in waited_for:
                self._waited_for.remove(identity)

    async def all_beside_is_done(self) -> None:
        """Return when no work runs beside any more."""

        def done() -> bool:
            return all(task.done() for task in self._beside.values())

        with self._at_rest_until(done):
            await workflow.wait_condition(done)

    async def park(self) -> None:
        """Stop all lines where they stand and write down what has happened; then take no more requests.

        In this order: a request that comes while the lines stop is still answered.
        """
        self._parking = True
        await self.all_beside_is_done()
        await self.write()
        self.closing = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self.write()
