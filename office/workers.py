"""Who asks Temporal for work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

ASKED_WITHIN = timedelta(minutes=2)
"""A healthy worker asks at least once a minute."""
KINDS_OF_WORK = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}


async def workers(client: Client, task_queue: str, kind: str = "workflow") -> list[str]:
    """Return the identities of the workers that have asked for this kind of work lately. Raises `RPCError`."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=KINDS_OF_WORK[kind]
    )
    pollers = (await client.workflow_service.describe_task_queue(request)).pollers
    since = datetime.now(UTC) - ASKED_WITHIN
    return [poller.identity for poller in pollers if poller.last_access_time.ToDatetime(tzinfo=UTC) > since]
