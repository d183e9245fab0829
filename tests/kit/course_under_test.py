"""A course on the real servers: started, asked, moved through time, and looked at from all sides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, TypeVar
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, GetWorkflowExecutionHistoryRequest
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from domain.clinic_time import clinic_day
from domain.course import Begin, Course, CourseInput
from domain.events import CourseEvent, CourseStarted, UnknownEvent, parse_event
from domain.facts import Receipt, Request
from domain.people import Actor
from domain.planner import Expected, forecast
from domain.record import Refusal
from domain.summary import CourseSummary, summary_of
from domain.waits import Wait, WaitKind
from readmodel.diary import write_diary
from readmodel.people import Patient, save_patient
from runtime.temporal import workflow_runner
from runtime.time_travel import course_clock, fast_forward, starting_ahead
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning
from tests.kit.diaries import RESPONDS_AT_ONCE, Diary, days_of
from tests.kit.invariants import check_idle, check_story, messages_of
from tests.kit.world import World
from worker import WORKFLOWS
from workflows.course import CourseWorkflow

Answer = TypeVar("Answer")
A_MOMENT = timedelta(seconds=1)
AGAIN = {"RollingOver", "AcceptedUpdateCompletedWorkflow"}
PASSING = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.FAILED_PRECONDITION,  # a workflow task failed, such as one whose worker had no time for it
    RPCStatusCode.UNKNOWN,  # "transport error": the server was killed in mid-call
}
STEPS_MAX = 300


class Over(Exception):
    """The course's workflow has completed."""


def _go_on_unless_cancelled() -> None:
    """Raise where our own time limit ended the call, which Temporal's client tells as if the server had."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@dataclass
class CourseUnderTest:
    """One course and its patient. `seen` are the forecasts and waits of each cycle, as they were seen at rest."""

    world: World
    course_id: str
    patient: Patient
    diary: Diary
    sessions_in_diary: tuple[date, ...] = ()
    on_rest: list[Callable[[Course, datetime], None]] = field(default_factory=list)

    @classmethod
    async def start(
        cls,
        world: World,
        beginning: CourseStarted | None = None,
        *,
        diary: Diary = RESPONDS_AT_ONCE,
        at: datetime | None = None,
    ) -> Self:
        """Write down a patient and start the course, now or at an instant that lies ahead."""
        now = at or datetime.now(UTC)
        patient = await a_patient(world, now)
        course = cls(world=world, course_id=f"c-{uuid4().hex}", patient=patient, diary=diary)
        today = clinic_day(now, world.clinic.zone)
        started = (beginning or a_beginning(today)).model_copy(update={"clinic": world.clinic, "by": "amy.ops"})
        begin = Begin(course_id=course.course_id, patient_id=patient.patient_id, started=started)
        await course._write_diary(today - timedelta(days=60), today + timedelta(days=60))
        client = starting_ahead(world.client, now - datetime.now(UTC))
        await client.start_workflow(
            CourseWorkflow.run, CourseInput(begin=begin), id=course.workflow_id, task_queue=world.settings.task_queue
        )
        return course

    @property
    def workflow_id(self) -> str:
        return f"course/{self.course_id}"

    @property
    def handle(self) -> WorkflowHandle[CourseWorkflow, Any]:
        return self.world.client.get_workflow_handle_for(CourseWorkflow.run, self.workflow_id)

    # Asking

    async def ask(
        self,
        by: Actor,
        fact: Any,
        *,
        task: str | None = None,
        request_id: str | None = None,
        deviation: str | None = None,
    ) -> Receipt | Refusal:
        """Make a request and return its answer; again and again while the course is between two runs."""
        identity = request_id or uuid4().hex
        request = Request(request_id=identity, by=by, fact=fact, task=task, deviation=deviation)

        async def send() -> Receipt:
            return await self.handle.execute_update(CourseWorkflow.request, request, id=request.request_id)

        try:
            return await self._until_answered(send)
        except Refused as refused:
            return Refusal(reason=str(refused))

    async def tell(self, by: Actor, fact: Any, *, task: str | None = None, deviation: str | None = None) -> Receipt:
        """Make a request that must not be refused."""
        answer = await self.ask(by, fact, task=task, deviation=deviation)
        assert isinstance(answer, Receipt), answer
        return answer

    async def settle(self) -> bool:
        """Return True once every line of the course waits; False when its workflow is over."""
        try:
            await self._until_answered(lambda: self.handle.execute_update(CourseWorkflow.settle))
        except Over:
            return False
        return True

    async def _until_answered(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        while True:
            try:
                return await send()
            except WorkflowUpdateFailedError as failed:
                cause = failed.cause
                assert isinstance(cause, ApplicationError), f"{cause!r}"
                if cause.type == "Refused":
                    raise Refused(cause.message) from None
                assert cause.type in AGAIN, f"{cause!r}"
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                _go_on_unless_cancelled()
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    raise Over from None
                if error.status not in PASSING:
                    raise
            await asyncio.sleep(0.02)

    # Looking

    async def course(self) -> Course:
        """Return the course as its workflow shows it."""
        return await self.handle.query(CourseWorkflow.show)

    async def now(self) -> datetime:
        return await course_clock(self.world.client, self.workflow_id)

    async def journal(self) -> list[CourseEvent]:
        rows = await self.world.pool.fetch(
            "select data from course_event where course_id = $1 order by number", self.course_id
        )
        return [parse_event(json.loads(row["data"])) for row in rows]

    async def forecast(self) -> tuple[Expected, ...]:
        return forecast(await self.course(), await self.now())

    # Time

    async def until(self, kind: WaitKind | None = None, people: People | None = None) -> Wait | None:
        """Have people answer and time pass until a task of this kind is open; None: until the course is closed."""
        people = people or People()
        for _ in range(STEPS_MAX):
            settled = await self.settle()
            course = await self.course()
            if not settled or course.closed_on is not None:
                assert kind is None, f"closed ({course.ending}) before {kind}"
                return None
            now = await self.now()
            await self.keep_diary(course)
            for look in self.on_rest:
                look(course, now)
            if kind is not None and (open_ones := course.waits_of(kind)):
                return open_ones[0]
            if not await self._somebody_answers(course, people, now):
                ahead = [wait.look_at for wait in course.waits if wait.look_at > now]
                assert ahead, f"8: {now}: it waits for nothing ahead: {course.waits}"
                await self.pass_until(min(ahead))
        raise AssertionError(f"it never came to {kind}: {[wait.id for wait in course.waits]}")

    async def _somebody_answers(self, course: Course, people: People, now: datetime) -> bool:
        for wait in course.waits:
            answer = people.answer(course, wait, now) if wait.is_task else None
            if answer is not None and isinstance(await self.ask(*answer, task=wait.id), Receipt):
                return True
        return False

    async def pass_until(self, moment: datetime) -> None:
        """Let time pass; what falls due on the way happens in its order."""
        duration = moment - await self.now() + A_MOMENT
        if duration > timedelta(0):
            await fast_forward(self.world.client, self.workflow_id, duration)
        await self.settle()

    async def pass_days(self, days: int) -> None:
        await self.pass_until(await self.now() + timedelta(days=days))

    async def pass_on(self, duration: timedelta) -> None:
        """Let time pass although something is under way that does not settle before."""
        await fast_forward(self.world.client, self.workflow_id, duration)

    async def keep_diary(self, course: Course) -> None:
        given_on = tuple(session.given_on for session in course.sessions)
        if given_on and given_on != self.sessions_in_diary:
            self.sessions_in_diary = given_on
            await self._write_diary(given_on[-1] + timedelta(days=1), given_on[-1] + timedelta(days=200))

    async def _write_diary(self, first_on: date, last_on: date) -> None:
        days = days_of(self.diary, first_on, last_on, self.sessions_in_diary)
        if days:
            assert self.patient.patient_id
            await write_diary(
                self.world.pool, self.patient.patient_id, days, by="amy.ops", at=datetime.now(UTC), source="patient"
            )

    # What must always hold

    async def check(self) -> Course:
        """Check all that must always hold (docs/rules.md), the replay of all runs included. Return the course."""
        now = await self.now()  # before the course settles: what falls due from here on is no standstill
        settled = await self.settle()
        course, events = await self.course(), await self.journal()
        folded = check_story(events, course_id=self.course_id, patient_id=self.patient.patient_id)
        assert folded == course, f"9: journal and workflow disagree in {differences(folded, course)}"
        await self._read_model_agrees(course)
        if settled:
            check_idle(course, now - A_MOMENT)
        await self._bills_agree(course)
        await self._appointments_agree(course)
        await self._messages_agree(course, events)
        runs = await self.runs()
        await self._no_patient_in_clear(runs)
        await replay(self.world, runs)
        return course

    async def _read_model_agrees(self, course: Course) -> None:
        row = await self.world.pool.fetchrow("select * from course where course_id = $1", self.course_id)
        assert row is not None
        told = {
            name: value for name, value in dict(row).items() if name not in {"workflow_id", "ahead", "appointment_at"}
        }
        assert CourseSummary.model_validate(told) == summary_of(course), "9: the course's row is the fold"
        waits = await self.world.pool.fetch("select * from wait where course_id = $1", self.course_id)
        read = {
            one["wait_id"]: Wait(
                id=one["wait_id"],
                attempts=json.loads(one["attempts"]),
                context=json.loads(one["context"]),
                **{name: one[name] for name in ("kind", "subject", "since", "due", "look_at", "raised", "owner")},
            )
            for one in waits
        }
        unread = {"ends": None}  # no list reads it
        kept = {wait.id: wait.model_copy(update=unread) for wait in course.waits}
        assert read == kept, "9: the waits' rows are the fold"
        conflicts = await self.world.pool.fetchval(
            "select count(*) from journal_conflict where course_id = $1", self.course_id
        )
        assert conflicts == 0, "9: nothing was ever written twice with other content"

    async def _bills_agree(self, course: Course) -> None:
        """4: the bills that were handed to billing, none else; one original for a session, each other names its own.

        Claims file in their own time.
        """
        told = (*course.sessions, *course.sessions_in_error)
        handed = [one for session in told for one in (session.claim_id, *session.replacements) if one]
        by_hand = {session.id for session in told if session.number in course.billing_impossible}
        opened = {one for one in handed if one.rpartition("/")[0] not in by_hand}

        async def billed() -> dict[str, tuple[int, str | None]]:
            rows = await self.world.pool.fetch(
                "select claim_id as id, session, replaces from claim where course_id = $1"
                " union all select invoice_id, session, null from invoice where course_id = $1",
                self.course_id,
            )
            return {row["id"]: (row["session"], row["replaces"]) for row in rows if not row["id"].endswith("/patient")}

        await eventually(billed, lambda found: found.keys() >= opened)
        found = await billed()
        originals = [session for session, replaces in found.values() if replaces is None]
        replaced = [replaces for _, replaces in found.values() if replaces is not None]
        assert len(originals) == len(set(originals)), f"4: one original bill per session: {found}"
        assert len(replaced) == len(set(replaced)), f"4: a claim is replaced once: {found}"
        assert set(replaced) <= found.keys(), f"4: what is replaced was filed: {found}"
        assert found.keys() <= set(handed), f"4: none for what was not handed to billing: {found}"

    async def _appointments_agree(self, course: Course) -> None:
        if course.waits_of(WaitKind.OUTSIDE):
            return  # scheduling does not answer: it is to be told later
        rows = await self.world.pool.fetch(
            "select appointment_id, state from appointment where course_id = $1", self.course_id
        )
        ahead = {row["appointment_id"]: row["state"] for row in rows if row["state"] in {"tentative", "confirmed"}}
        pending = {one.appointment_id for one in course.unsettled}
        mine = {} if course.appointment is None else {course.appointment.id: str(course.appointment.status)}
        if course.move_wish is None and course.booking_wish is None:
            assert {key: state for key, state in ahead.items() if key not in pending} == mine, "5: booked as recorded"

    async def _messages_agree(self, course: Course, events: Sequence[CourseEvent]) -> None:
        """7: each message once; after the end only closing words and safety watch are still to go out."""
        rows = await self.world.pool.fetch(
            "select key, kind, status, send_at from message where course_id = $1", self.course_id
        )
        asked = {message.key for _, message in messages_of(events, course)}
        assert {row["key"] for row in rows} == asked, "7: what the events ask for, and nothing else"
        if not course.is_open:
            queued = {row["kind"] for row in rows if row["status"] == "queued"}
            assert queued <= {"closing", "alternatives", "aftercare", "appointment_cancelled", "red_flag_advice"}, (
                f"7: {queued}"
            )

    # Temporal's own view

    async def runs(self) -> list[WorkflowHistory]:
        """Return the histories of all runs, oldest first."""
        return await runs_of(self.world, self.workflow_id)

    async def _no_patient_in_clear(self, runs: Sequence[WorkflowHistory]) -> None:
        """11: the raw bytes of history and description name no patient."""
        patient, course = self.patient, await self.course()
        secrets = [patient.name, patient.record_number, patient.email, patient.phone, patient.birth_date.isoformat()]
        secrets.append(course.history.diagnosis)
        for run in runs:
            raw = await raw_history(self.world, self.workflow_id, run.run_id)
            for secret in secrets:
                assert secret, "a test patient has it all"
                assert secret.encode() not in raw, f"11: {secret} in clear"


class Refused(Exception):
    """The course said no."""


def differences(one: Course, other: Course) -> list[str]:
    left, right = one.model_dump(), other.model_dump()
    return [name for name in left if left[name] != right.get(name)]


async def a_patient(world: World, now: datetime) -> Patient:
    number = uuid4().hex[:10]
    patient = Patient(
        record_number=f"MRN-{number}",
        name=f"Quintessa Vandermeulen {number}",
        birth_date=date(1984, 3, 12),
        email=f"quintessa.{number}@example.org",
        phone=f"+1 206 555 {int(number, 16) % 10000:04}",
    )
    patient_id = await save_patient(world.pool, patient, by="amy.ops", at=now, members={"northwind-commercial": "N-1"})
    return patient.model_copy(update={"patient_id": patient_id})


async def eventually(
    look: Callable[[], Awaitable[Answer]], holds: Callable[[Answer], bool], *, within: float = 60
) -> Answer:
    """Return what is seen once it holds; fail when it does not come about."""
    ends = asyncio.get_running_loop().time() + within
    while not holds(seen := await look()):
        assert asyncio.get_running_loop().time() < ends, f"it never came about: {seen}"
        await asyncio.sleep(0.02)
    return seen


async def runs_of(world: World, workflow_id: str) -> list[WorkflowHistory]:
    found: list[WorkflowHistory] = []
    run_id: str | None = (await world.client.get_workflow_handle(workflow_id).describe()).run_id
    while run_id:
        history = await world.client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        found.append(history)
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return found[::-1]


async def raw_history(world: World, workflow_id: str, run_id: str) -> bytes:
    """Return what the server holds of a run, not decrypted: its history and its description."""
    execution = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
    service, namespace, raw, token = world.client.workflow_service, world.client.namespace, b"", b""
    while True:
        page = await service.get_workflow_execution_history(
            GetWorkflowExecutionHistoryRequest(namespace=namespace, execution=execution, next_page_token=token)
        )
        raw += page.history.SerializeToString()
        token = page.next_page_token
        if not token:
            break
    described = await service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(namespace=namespace, execution=execution)
    )
    return raw + described.SerializeToString()


async def replay(world: World, runs: Sequence[WorkflowHistory], **changes: Any) -> None:
    """Replay histories on this code; raise where they part."""
    replayer = Replayer(
        **{
            "workflows": WORKFLOWS,
            "data_converter": world.client.data_converter,
            "workflow_runner": workflow_runner(),
            **changes,
        }
    )
    for run in runs:
        await replayer.replay_workflow(run)


@asynccontextmanager
async def watched(course: CourseUnderTest) -> AsyncIterator[CourseUnderTest]:
    """Say where the course stands when a test fails."""
    try:
        yield course
    except BaseException as failure:
        described = await course.handle.describe()
        failure.add_note(f"{course.workflow_id} {described.run_id} {described.status}")
        if described.status is WorkflowExecutionStatus.RUNNING:
            failure.add_note(f"events: {[getattr(one, 'kind', '?') for one in await course.journal()][-12:]}")
        raise


__all__ = ["CourseUnderTest", "Over", "UnknownEvent", "eventually", "replay", "runs_of", "watched"]
