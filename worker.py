"""Assembles adapters -> activities -> Worker, and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion, WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.billing import BillingActivities
from activities.claims import ClaimActivities
from activities.courses import CourseActivities
from activities.diary import DiaryActivities
from activities.journal import JournalActivities
from activities.messages import MessageActivities
from activities.scheduling import SchedulingActivities
from adapters.files.denial_reasons import load_denial_reasons
from adapters.postgres.billing import PostgresBilling
from adapters.postgres.diary import PostgresDiary
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.scheduling import PostgresScheduling
from adapters.smtp.mailer import SmtpMailer
from adapters.temporal.claims import TemporalClaims
from adapters.temporal.courses import TemporalCourses
from readmodel.store import JournalStore
from readmodel.whereabouts import asleep, opened_before, workflow_id_of
from runtime.database import ConnectionPool, wait_for_database
from runtime.logs import configure_logging, forward_core_logs
from runtime.settings import PROJECT, Settings, load_settings
from runtime.temporal import wait_for_temporal, workflow_runner
from runtime.time_travel import starting_ahead
from workflows.claim import ClaimWorkflow
from workflows.course import CourseWorkflow
from workflows.delivery import Deliver, MessageDelivery

WORKFLOWS: Sequence[type] = (CourseWorkflow, ClaimWorkflow, MessageDelivery)
DELIVERY_ID = "message-delivery"
STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that knows the course before another may take it: a clinician waits too."""
GRACE = timedelta(seconds=20)

log = structlog.stdlib.get_logger(__name__)


def activities_of(settings: Settings, client: Client, pool: ConnectionPool) -> list[Callable[..., Any]]:
    """Return what workflows may ask of the world, wired to the clinic's own systems."""
    journal = JournalActivities(JournalStore(pool))
    scheduling = SchedulingActivities(PostgresScheduling(pool))
    billing = BillingActivities(PostgresBilling(pool), load_denial_reasons(PROJECT / "payers"))
    diary = DiaryActivities(PostgresDiary(pool))
    messages = MessageActivities(PostgresOutbox(pool, _mailer(settings)))
    ahead = starting_ahead if settings.fast_forward else None
    queue, before = settings.task_queue, partial(opened_before, pool)
    claims = ClaimActivities(TemporalClaims(client, before, task_queue=queue, starting_ahead=ahead))
    whereabouts = partial(workflow_id_of, pool), partial(asleep, pool)
    courses = CourseActivities(TemporalCourses(client, *whereabouts, task_queue=queue))
    return [
        journal.write_journal,
        scheduling.find_slots,
        scheduling.book_session,
        scheduling.move_session,
        scheduling.change_appointment,
        billing.file_claim,
        billing.issue_invoice,
        billing.record_claim_status,
        billing.record_claim_step,
        diary.read_diary,
        messages.deliver_messages,
        claims.open_claim,
        claims.keep_step,
        courses.tell_course,
    ]


def _mailer(settings: Settings) -> SmtpMailer | None:
    """Return what sends mail; without it messages are kept and shown."""
    if settings.smtp_url is None or settings.messages_from is None:
        return None
    return SmtpMailer(settings.smtp_url, sender=settings.messages_from)


def build_worker(settings: Settings, client: Client, pool: ConnectionPool, **changes: Any) -> Worker:
    """Return the worker as it runs in production; tests pass what they change of it."""
    options: dict[str, Any] = {
        "task_queue": settings.task_queue,
        "workflows": WORKFLOWS,
        "activities": activities_of(settings, client, pool),
        "workflow_runner": workflow_runner(),
        "max_cached_workflows": settings.max_cached_workflows,
        "sticky_queue_schedule_to_start_timeout": STICKY,
        "graceful_shutdown_timeout": GRACE,
        "deployment_config": _deployment(settings),
    }
    return Worker(client, **(options | changes))


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return how this worker takes part in a versioned deployment: runs stay on it until their roll-over."""
    if settings.deployment is None or settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


async def ensure_delivery(client: Client, settings: Settings) -> None:
    """Have the clinic's one delivery of messages run."""
    try:
        await client.start_workflow(
            MessageDelivery.run,
            Deliver(),
            id=DELIVERY_ID,
            task_queue=settings.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
    except WorkflowAlreadyStartedError:
        return


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop` is set. Waits for Temporal and PostgreSQL, however long they take to come."""
    client = await wait_for_temporal(settings)
    pool = await wait_for_database(settings.database_url)
    try:
        async with build_worker(settings, client, pool):
            await ensure_delivery(client, settings)
            log.info("worker.started", task_queue=settings.task_queue, temporal=settings.temporal_address)
            await stop.wait()
            log.info("worker.stopping")
    finally:
        await pool.close()


async def main() -> None:
    """Run until SIGINT or SIGTERM."""
    settings = load_settings()
    configure_logging(settings.log_level)
    forward_core_logs()
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await run(settings, stop)


if __name__ == "__main__":
    asyncio.run(main())
