"""Whether the console lives, and whether it can do its work: for those who start, watch and stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, GetSystemInfoRequest

from console.world import World, world_of
from readmodel.rows import one_value

log = structlog.stdlib.get_logger(__name__)

router = APIRouter(prefix="/health", include_in_schema=False)
ANSWERS_WITHIN_SECONDS = 3.0
ASKED_WITHIN = timedelta(minutes=2)
"""A worker that is well asks Temporal for work at least once a minute."""
Reached = Annotated[World, Depends(world_of)]
Check = Callable[[World], Awaitable[bool]]


@router.get("/live")
async def live() -> dict[str, str]:
    """Say that this process answers. It asks nobody else: a database that is down is no reason to kill the console."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(world: Reached) -> JSONResponse:
    """Say whether people can work: what is missing is named, and no address with it."""
    checks: dict[str, Check] = {"database": _database, "temporal": _temporal, "worker": _worker}
    found = await asyncio.gather(*(_passes(name, check, world) for name, check in checks.items()))
    told = {name: "ready" if passed else "not ready" for name, passed in zip(checks, found, strict=True)}
    return JSONResponse(
        {"status": "ready" if all(found) else "not ready", "checks": told}, status_code=200 if all(found) else 503
    )


async def _passes(name: str, check: Check, world: World) -> bool:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            return await check(world)
    except Exception as failed:  # noqa: BLE001 - whatever it is, the answer is no
        log.warning("health.not_ready", what=name, error=type(failed).__name__)
        return False


async def _database(world: World) -> bool:
    return await one_value(await world.reach.pool(), "is_migrated") is True


async def _temporal(world: World) -> bool:
    await (await world.reach.client()).workflow_service.get_system_info(GetSystemInfoRequest())
    return True


async def _worker(world: World) -> bool:
    """Whether any worker has asked for this clinic's work lately."""
    client = await world.reach.client()
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=world.reach.settings.task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    pollers = (await client.workflow_service.describe_task_queue(request)).pollers
    since = datetime.now(UTC) - ASKED_WITHIN
    return any(poller.last_access_time.ToDatetime(tzinfo=UTC) > since for poller in pollers)
