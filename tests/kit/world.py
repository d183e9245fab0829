"""The real world of whole-course tests: Temporal and PostgreSQL from wheels, the clinic of `examples/`, the worker."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from temporalio.client import Client
from temporalio.worker import Worker

from domain.clinic import Clinic
from domain.clinic_file import ClinicFile, UsersFile
from readmodel.migrate import migrate
from readmodel.pool import Pool
from readmodel.setup import load_clinic, load_users
from runtime.database import open_pool
from runtime.embedded import EmbeddedStack
from runtime.settings import Settings
from runtime.temporal import connect
from worker import build_worker

DEADLOCK_SECONDS = 60
EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class World:
    """A running stack with its clinic, and how to reach it. `settings.task_queue` is the queue that courses start on."""

    stack: EmbeddedStack
    settings: Settings
    client: Client
    pool: Pool
    clinic: Clinic

    def on_a_queue_of_its_own(self) -> World:
        """Return the same world for courses that only one worker takes."""
        return replace(self, settings=replace(self.settings, task_queue=f"courses-{uuid4().hex[:8]}"))

    def worker(self, **changes: Any) -> Worker:
        """Return the worker as in production, but for a machine that is busy with tests.

        The SDK takes a thread that does not come to run for two seconds for a deadlock, and fails its workflow task.
        """
        worker = build_worker(self.settings, self.client, self.pool, **changes)
        takes_workflows = worker._workflow_worker  # it offers no other way but to switch detection off
        assert takes_workflows is not None, "it has workflows"
        takes_workflows._deadlock_timeout_seconds = DEADLOCK_SECONDS
        return worker


@asynccontextmanager
async def a_world(
    state: Path,
    environ: Mapping[str, str] | None = None,
    *,
    synchronous: Literal["full", "normal"] = "normal",
    clinic: Mapping[str, Any] | None = None,
) -> AsyncIterator[World]:
    """Start everything but the worker. `clinic` replaces fields of the clinic's file."""
    async with EmbeddedStack(state, synchronous=synchronous, usual_ports=False, web_ui=False, throw_away=True) as stack:
        settings = stack.settings(environ)
        await migrate(settings.database_url)
        pool = await open_pool(settings.database_url)
        try:
            opened = await open_the_clinic(pool, **clinic or {})
            client = await connect(settings)
            yield World(stack=stack, settings=settings, client=client, pool=pool, clinic=opened)
        finally:
            await pool.close()


async def open_the_clinic(pool: Pool, **changes: Any) -> Clinic:
    """Load the users and the clinic of `examples/`, changed as told."""
    now = datetime.now(UTC)
    users = UsersFile.model_validate(tomllib.loads((EXAMPLES / "users.toml").read_text()))
    clinic = ClinicFile.model_validate(tomllib.loads((EXAMPLES / "clinic.toml").read_text()) | changes)
    await load_users(pool, users, at=now)
    await load_clinic(pool, clinic, by="ada.admin", at=now)
    return clinic.clinic()
