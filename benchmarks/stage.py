"""What all measures run on: one embedded stack, one worker for the floor and for us."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from adapters.files.policies import load_policies
from adapters.files.protocols import load_protocols
from benchmarks.floor import Floor, FloorOnce, nothing
from domain.clinic_time import clinic_day
from domain.course import Begin, CourseInput
from domain.events import CourseStarted
from domain.facts import Fact, Request
from domain.intake import Intake, coverage_from, history_from, parse_intake
from domain.people import Actor, Role
from office.sending import COMES_AGAIN
from readmodel.lookups import clinic
from readmodel.migrate import migrate
from runtime.database import ConnectionPool, open_pool
from runtime.embedded import EmbeddedStack
from runtime.settings import PROJECT, Settings
from runtime.temporal import connect
from worker import WORKFLOWS, activities_of, build_worker
from workflows.course import CourseWorkflow

EXAMPLE = PROJECT / "examples" / "responds-at-once"
OPERATIONS = Actor(user_id="amy.ops", role=Role.OPERATIONS)
CLINICIAN = Actor(user_id="dr.lee", role=Role.CLINICIAN, may_inject=True)


@dataclass(frozen=True)
class Stage:
    """Where measures act."""

    stack: EmbeddedStack
    settings: Settings
    client: Client
    pool: ConnectionPool
    intake: Intake
    beginning: CourseStarted

    async def start_course(self) -> WorkflowHandle[CourseWorkflow, object]:
        """Start a course and return when its journal is written."""
        identity = uuid4().hex
        begin = Begin(course_id=identity, patient_id=identity, started=self.beginning)
        handle = await self.client.start_workflow(
            CourseWorkflow.run, CourseInput(begin=begin), id=f"bench-{identity}", task_queue=self.settings.task_queue
        )
        await handle.execute_update(CourseWorkflow.settle)
        return self.client.get_workflow_handle_for(CourseWorkflow.run, handle.id)


async def ask(handle: WorkflowHandle[CourseWorkflow, object], by: Actor, fact: Fact, task: str | None = None) -> None:
    """Send one request, as the command line does."""
    identity = uuid4().hex
    request = Request(request_id=identity, by=by, fact=fact, task=task)
    await _between_runs(lambda: handle.execute_update(CourseWorkflow.request, request, id=identity), fact.kind)


async def settled(handle: WorkflowHandle[CourseWorkflow, object]) -> None:
    """Return when the course waits on every line."""
    await _between_runs(lambda: handle.execute_update(CourseWorkflow.settle), "settle")


async def _between_runs(send: Callable[[], Awaitable[object]], what: str) -> None:
    """Send, and again while the course is between two runs, as the command line does."""
    while True:
        try:
            await send()
        except WorkflowUpdateFailedError as failed:
            if not isinstance(failed.cause, ApplicationError) or failed.cause.type not in COMES_AGAIN:
                raise SystemExit(f"{what} was refused: {failed.cause}") from failed
        else:
            return


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Start the stack as `make run` does (nothing made faster than in use), with the worker in this process."""
    with tempfile.TemporaryDirectory(prefix="regimen-bench-") as folder:
        async with EmbeddedStack(Path(folder), web_ui=False, usual_ports=False, throw_away=True) as stack:
            settings = stack.settings()
            await migrate(settings.database_url)
            await set_up(stack)
            client, pool = await connect(settings), await open_pool(settings.database_url)
            try:
                async with worker_of(settings, client, pool):
                    intake = _intake()
                    yield Stage(stack, settings, client, pool, intake, await _beginning(pool, intake))
            finally:
                await pool.close()


def worker_of(settings: Settings, client: Client, pool: ConnectionPool) -> Worker:
    """Return our worker, which takes the floor's work too."""
    return build_worker(
        settings,
        client,
        pool,
        workflows=[*WORKFLOWS, Floor, FloorOnce],
        activities=[*activities_of(settings, client, pool), nothing],
    )


async def set_up(stack: EmbeddedStack) -> None:
    """Load the example clinic and its users through the command line."""
    for command in (("users", "load", "examples/users.toml"), ("clinic", "load", "examples/clinic.toml")):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "starter.py",
            *command,
            "--by",
            "ada.admin",
            cwd=PROJECT,
            env=os.environ | stack.environment(),
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait() != 0:
            raise SystemExit(f"starter.py {' '.join(command)} failed")


def _intake() -> Intake:
    intake = parse_intake(json.loads((EXAMPLE / "intake.json").read_text()))
    assert isinstance(intake, Intake), "the example is valid"
    return intake


async def _beginning(pool: ConnectionPool, intake: Intake) -> CourseStarted:
    """Return the first event of a course as `start` makes it from the example's intake."""
    settings = await clinic(pool)
    assert settings is not None, "the clinic was loaded"
    return CourseStarted(
        protocol=load_protocols(PROJECT / "protocols")[intake.protocol],
        policy=load_policies(PROJECT / "payers")[intake.coverage.payer_id or ""],
        clinic=settings,
        history=history_from(intake, today=clinic_day(datetime.now(UTC), settings.zone)),
        coverage=coverage_from(intake),
        clinician=intake.clinician,
        sample=True,
    )
