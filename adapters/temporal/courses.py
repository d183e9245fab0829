"""Courses as Temporal workflows, told by update."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.courses import TellCourse
from activities.failures import Refused, Unavailable

WorkflowIdOf = Callable[[str], Awaitable[str | None]]
REFUSED = "Refused"


class TemporalCourses:
    """Tells courses. `workflow_id_of` looks up where a course runs."""

    def __init__(self, client: Client, workflow_id_of: WorkflowIdOf) -> None:
        self._client = client
        self._workflow_id_of = workflow_id_of

    async def tell(self, told: TellCourse) -> None:
        """Send the request as an update, under its own id."""
        workflow_id = await self._workflow_id_of(told.course_id)
        if workflow_id is None:
            raise Refused(f"there is no course {told.course_id}")
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            await handle.execute_update("request", told.request, id=told.request.request_id)
        except WorkflowUpdateFailedError as failed:
            raise _told(failed) from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            raise Unavailable("the course did not answer in time") from None
        except RPCError as failed:
            if failed.status is RPCStatusCode.NOT_FOUND:
                raise Refused("the course is over") from None
            raise Unavailable(f"Temporal did not reach the course: {failed.status.name}") from None


def _told(failed: WorkflowUpdateFailedError) -> Refused | Unavailable:
    """Return a course's no for good, or that it is between two runs and is to be asked again."""
    if isinstance(failed.cause, ApplicationError) and failed.cause.type == REFUSED:
        return Refused("the course refused it")
    return Unavailable("the course is between two runs")
