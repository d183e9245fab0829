"""Letting the time of one workflow pass, on the embedded Temporal only.

The server keeps a clock per workflow. A workflow started in the ordinary way lives in real time until somebody moves
it; afterwards its clock goes on at the usual pace, ahead by what was skipped. Two limits, both measured: a running
activity stops the skipping until it is done, and an open child workflow blocks its parent's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import FastForwardConfig, TimeSkippingConfig, WorkflowExecution
from temporalio.api.enums.v1.time_skipping_pb2 import FastForwardPollingResult
from temporalio.api.workflowservice.v1 import PollWorkflowExecutionTimeSkippingRequest
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.testing import TimeSkipper

__all__ = ["course_ahead", "course_clock", "fast_forward", "starting_ahead"]

_SETTLED = frozenset(
    {
        FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED,
        FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED,
    }
)


async def fast_forward(client: Client, workflow_id: str, duration: timedelta) -> bool:
    """Move a workflow's clock on by `duration` and wait until it is there, through roll-overs.

    Everything that falls due on the way happens in its order. Returns False if the workflow ended on the way.
    Raises `RuntimeError` if someone else moves the same workflow meanwhile.
    """
    return await TimeSkipper(client).fast_forward(client.get_workflow_handle(workflow_id), duration)


async def course_clock(client: Client, workflow_id: str) -> datetime:
    """Return what time it is for a workflow, in UTC.

    A query cannot say: it answers with the time of the workflow's last task, which may be days ago.
    """
    return await TimeSkipper(client).get_current_time(client.get_workflow_handle(workflow_id))


async def course_ahead(client: Client, workflow_id: str) -> timedelta:
    """Return how far a workflow's clock is ahead of the real one, zero if it was never moved."""
    info = await TimeSkipper(client).get_time_skipping_info(client.get_workflow_handle(workflow_id))
    if info is None:
        return timedelta(0)
    return max(info.current_time.ToDatetime(tzinfo=UTC) - datetime.now(UTC), timedelta(0))


def starting_ahead(client: Client, lag: timedelta) -> Client:
    """Return a client whose workflows start with their clock ahead by `lag`: a claim of a fast-forwarded course.

    A plain start would begin at the real date. The start is delayed by `lag` and that delay is skipped, so that
    already the first task sees the right time; then the clock runs on as usual. Without lag it is the client itself.
    """
    if lag <= timedelta(0):
        return client
    config = client.config()
    config["interceptors"] = [*config["interceptors"], _StartsAhead(client, lag)]
    return Client(**config)


class _StartsAhead(Interceptor):
    def __init__(self, client: Client, lag: timedelta) -> None:
        super().__init__()
        self._client = client
        self._lag = lag

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - Temporal's name
        return _StartsAheadOutbound(next, self._client, self._lag)


class _StartsAheadOutbound(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, client: Client, lag: timedelta) -> None:
        super().__init__(following)
        self._client = client
        self._lag = lag

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - Temporal's name
        skip = self._skip()
        input.start_delay = self._lag + (input.start_delay or timedelta(0))
        input.time_skipping_config = skip
        handle = await super().start_workflow(input)
        await self._until_there(handle.id, skip.fast_forward_config.id)
        return handle

    def _skip(self) -> TimeSkippingConfig:
        once = FastForwardConfig(id=str(uuid4()))
        once.duration.FromTimedelta(self._lag)
        return TimeSkippingConfig(enabled=True, fast_forward_config=once)

    async def _until_there(self, workflow_id: str, skip_id: str) -> None:
        """Wait until the delay is skipped: an update sent before would start the first task at once, at the real date.

        A workflow that was there already (USE_EXISTING) knows nothing of our skip, which the answer says at once.
        """
        request = PollWorkflowExecutionTimeSkippingRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            fast_forward_id=skip_id,
        )
        poll = self._client.workflow_service.poll_workflow_execution_time_skipping
        while (await poll(request, retry=True)).fast_forward_polling_result not in _SETTLED:
            pass

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 - Temporal's name
    ) -> WorkflowUpdateHandle[Any]:
        # With an update the server starts the first task at once and refuses a delay, so that task still sees the
        # real time; then the clock moves on, and what falls due on the way happens.
        input.start_workflow_input.time_skipping_config = self._skip()
        return await super().start_update_with_start_workflow(input)
