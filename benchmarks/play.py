"""An uneventful course, played as people would: nothing late, nothing refused."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from temporalio.client import WorkflowHandle, WorkflowHistory

from benchmarks.stage import CLINICIAN, OPERATIONS, Stage, ask, settled
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Begin, Course, CourseInput
from domain.coverage import Decision
from domain.diary import DiaryDay
from domain.dose import VialOpened
from domain.people import Actor
from domain.waits import Wait, WaitKind
from readmodel.diary import write_diary
from readmodel.people import Patient, save_patient
from runtime.time_travel import course_clock, fast_forward
from workflows.course import CourseWorkflow

SESSIONS = 4
ENDS_WITH_TASK = 200  # moments that are looked at before the play is given up


class UneventfulCourse:
    """Plays a responder from intake to the roll-over after session 4, and returns the histories of its runs."""

    def __init__(self, stage: Stage, *, settles: bool = False) -> None:
        """`settles`: the course is asked when nothing is under way, so that a busy machine plays it too."""
        self._stage, self._settles = stage, settles
        self._id = uuid4().hex

    @property
    def _handle(self) -> WorkflowHandle[CourseWorkflow, object]:
        return self._stage.client.get_workflow_handle_for(CourseWorkflow.run, f"bench-{self._id}")

    async def play(self) -> list[WorkflowHistory]:
        """Return the histories, oldest run first."""
        begin = Begin(course_id=self._id, patient_id=self._id, started=self._stage.beginning)
        await self._stage.client.start_workflow(
            CourseWorkflow.run,
            CourseInput(begin=begin),
            id=f"bench-{self._id}",
            task_queue=self._stage.settings.task_queue,
        )
        for _ in range(ENDS_WITH_TASK):
            course = await self._look()
            if len(course.sessions) == SESSIONS:
                break
            task = next((wait for wait in course.waits if wait.is_task), None)
            if task is None:
                await self._wait_on(course)
            else:
                await self._do(course, task)
        return await self._histories()

    async def _look(self) -> Course:
        """Return the course once nothing is under way, without an update: those would be counted."""
        seen = None
        if self._settles:
            await settled(self._handle)
        while True:
            course = await self._handle.query(CourseWorkflow.show)
            if seen == course.number and course.waits:
                return course
            seen = course.number
            await course_clock(self._stage.client, self._handle.id)

    async def _wait_on(self, course: Course) -> None:
        now = await course_clock(self._stage.client, self._handle.id)
        moment = min(wait.look_at for wait in course.waits)
        await fast_forward(self._stage.client, self._handle.id, max(moment - now, timedelta(0)) + timedelta(seconds=1))

    async def _do(self, course: Course, task: Wait) -> None:
        now = await course_clock(self._stage.client, self._handle.id)
        today = clinic_day(now, course.clinic.zone)
        if task.kind is WaitKind.CLEARANCE and not course.sessions:
            await self._fill_diary(today)
        by, fact = self._answer(course, task, today)
        await ask(self._handle, by, fact, task.id)

    def _answer(self, course: Course, task: Wait, today: date) -> tuple[Actor, f.Fact]:
        grant = f.AuthorizationDecision(
            decision=Decision.APPROVED,
            number=f"BENCH-{len(course.authorizations) + 1}",
            from_on=today,
            until_on=today + timedelta(days=180),
            sessions=2,
            units=400,
        )
        vial = VialOpened(size_units=200, lot="C7461", expires_on=today + timedelta(days=300))
        advised = course.evidence.recommendations[0] if course.evidence else None
        answers: dict[WaitKind, tuple[Actor, f.Fact]] = {
            WaitKind.GOALS: (CLINICIAN, f.Goals(goals=("fewer headache days",), consent_signed_on=today)),
            WaitKind.SUBMIT_PACKET: (OPERATIONS, f.PacketSubmitted()),
            WaitKind.PAYER_ANSWER: (OPERATIONS, grant),
            WaitKind.READINESS: (OPERATIONS, f.ReadinessLook(drug_on_hand=True)),
            WaitKind.CLEARANCE: (CLINICIAN, f.PreSessionCheck(clear=True)),
            WaitKind.SESSION_RESULT: (CLINICIAN, f.SessionResult(vials=(vial,), injector=CLINICIAN.user_id)),
            WaitKind.SAFETY_CALL: (OPERATIONS, f.SafetyCall(result="reached")),
            WaitKind.TAPER: (CLINICIAN, f.TaperAnswer(answer="not_now")),
        }
        if task.kind is WaitKind.RESPONSE_CHECK and advised is not None:
            return CLINICIAN, f.Response(answer=advised)
        return answers[task.kind]

    async def _fill_diary(self, today: date) -> None:
        """Write a diary of 20 headache days in 28 before session 1 and 8 after."""
        days = [DiaryDay(on=today + timedelta(days=n), headache=n % 28 < (20 if n < 0 else 8)) for n in range(-28, 300)]
        now = await course_clock(self._stage.client, self._handle.id)
        nobody = Patient(
            patient_id=self._id, record_number=f"BENCH-{self._id}", name="Bench Patient", birth_date=date(1985, 3, 2)
        )
        await save_patient(self._stage.pool, nobody, by="bench", at=now)
        await write_diary(
            self._stage.pool,
            self._id,
            days,
            by="bench",
            at=now,
            source="bench",
        )

    async def _histories(self) -> list[WorkflowHistory]:
        found: list[WorkflowHistory] = []
        run_id: str | None = (await self._handle.describe()).run_id
        while run_id:
            history = await self._stage.client.get_workflow_handle(self._handle.id, run_id=run_id).fetch_history()
            found.append(history)
            run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        return found[::-1]
