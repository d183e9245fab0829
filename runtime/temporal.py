"""The Temporal client, and what every worker and namespace of ours is set up with."""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import timedelta
from typing import Final

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, Interceptor
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from runtime.payloads import data_converter
from runtime.settings import Settings
from runtime.unreachable import Unreachable

__all__ = [
    "LET_THROUGH",
    "SEARCH_ATTRIBUTES",
    "Unreachable",
    "connect",
    "wait_for_temporal",
    "workflow_runner",
]

CONNECT_PATIENCE = timedelta(seconds=4)

SEARCH_ATTRIBUTES: Final = {
    "RegimenCourseId": "Keyword",
    "RegimenPhase": "Keyword",
    "RegimenPayer": "Keyword",
    "RegimenProtocol": "Keyword",
    "RegimenOutcome": "Keyword",
    "RegimenWaitingFor": "KeywordList",
    "RegimenDueAt": "Datetime",
    "RegimenSession": "Int",
}
"""Names and types to register. SQL stores have ten Keyword and three of each other type, for ever; names of what
is registered in production cannot be reused with another type, so this is chosen once. Workflows define their own keys."""

LET_THROUGH: Final = (
    # Pure records and rules. Re-importing 30 pydantic models per run costs 66 ms and 840 KiB; let through, 2.2 ms and 21 KiB.
    "domain",
    # Together with domain or not at all: otherwise two copies of each class exist and pydantic refuses the other one's.
    "activities",
    # The course itself: re-importing its modules per run makes replay 1.7 times as slow and costs 110 KiB a course.
    "workflows",
)
"""Modules the sandbox does not re-import per run. What is let through is no longer watched by it at work: ruff's
banned names watch it at every check, the recorded histories are replayed, and one test run lets nothing through."""

log = structlog.stdlib.get_logger(__name__)


def workflow_runner(*, let_through: tuple[str, ...] = LET_THROUGH) -> SandboxedWorkflowRunner:
    """Return the sandbox for every worker and replayer. Pass `let_through=()` to watch everything, slowly."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*let_through))


async def connect(
    settings: Settings,
    *,
    patience: timedelta = CONNECT_PATIENCE,
    interceptors: tuple[Interceptor, ...] = (),
) -> Client:
    """Connect and see that our namespace is there, or raise `Unreachable` when `patience` is over."""
    where = settings.temporal_address
    try:
        async with asyncio.timeout(patience.total_seconds()):
            client = await Client.connect(
                where,
                namespace=settings.temporal_namespace,
                data_converter=data_converter(settings.payload_keys),
                interceptors=interceptors,
                identity=f"regimen-{os.getpid()}@{socket.gethostname()}",
                tls=settings.temporal_tls,
                api_key=settings.temporal_api_key,
            )
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except TimeoutError as late:
        raise Unreachable("Temporal", where, f"no answer within {patience.total_seconds():.0f} s") from late
    except RuntimeError as refused:
        # The SDK's only error for a connection that could not be made.
        raise Unreachable("Temporal", where, "the connection failed") from refused
    except RPCError as refused:
        raise Unreachable("Temporal", where, _reason(refused, settings.temporal_namespace)) from refused
    return client


def _reason(refused: RPCError, namespace: str) -> str:
    if refused.status is RPCStatusCode.NOT_FOUND:
        return f"it has no namespace {namespace!r}"
    return refused.status.name


async def wait_for_temporal(settings: Settings) -> Client:
    """Connect, however long Temporal takes to come. For workers; people get `connect`'s error."""
    pause = timedelta(seconds=0.5)
    while True:
        try:
            return await connect(settings)
        except Unreachable as outage:
            log.warning("temporal.awaited", where=outage.where, again_in_seconds=pause.total_seconds())
        await asyncio.sleep(pause.total_seconds())
        pause = min(pause * 2, timedelta(seconds=15))
