"""Courses as Temporal workflows, told by update. One that is closed wakes from its journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.courses import TellCourse
from activities.failures import Refused, Unavailable
from adapters.temporal.answers import told_no
from domain.course import Course, CourseInput
from domain.decide import TOLD_AFTER_CLOSING

COURSE_WORKFLOW = "Course"
WorkflowIdOf = Callable[[str], Awaitable[str | None]]
Asleep = Callable[[str], Awaitable[Course]]


class TemporalCourses:
    """Tells courses. `workflow_id_of` looks up where a course runs, `asleep` the course as its journal has it."""

    def __init__(
        self,
        client: Client,
        workflow_id_of: WorkflowIdOf,
        asleep: Asleep,
        *,
        task_queue: str,
    ) -> None:
        self._client = client
        self._workflow_id_of = workflow_id_of
        self._asleep = asleep
        self._task_queue = task_queue

    async def tell(self, told: TellCourse) -> None:
        """Send the request as an update, under its own id."""
        workflow_id = await self._workflow_id_of(told.course_id)
        if workflow_id is None:
            raise Refused(f"there is no course {told.course_id}")
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            await handle.execute_update("request", told.request, id=told.request.request_id)
        except WorkflowUpdateFailedError as failed:
            raise told_no(failed, "the course") from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            raise Unavailable("the course did not answer in time") from None
        except RPCError as failed:
            if failed.status is not RPCStatusCode.NOT_FOUND:
                raise Unavailable(f"Temporal did not reach the course: {failed.status.name}") from None
            await self._wake_for(told)

    async def _wake_for(self, told: TellCourse) -> None:
        course = await self._asleep(told.course_id)
        if course.closed_on is None:
            raise Unavailable("the course's workflow is over and its journal does not say so yet")
        if told.request.fact.kind not in TOLD_AFTER_CLOSING:
            raise Refused("the course is over")
        try:
            await self._client.execute_update_with_start_workflow(
                "request",
                told.request,
                start_workflow_operation=late(course, self._task_queue),
                id=told.request.request_id,
            )
        except WorkflowUpdateFailedError as failed:
            raise told_no(failed, "the course") from None
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise Unavailable(f"the course did not wake: {type(error).__name__}") from None


def late(course: Course, task_queue: str) -> WithStartWorkflowOperation[Any, Any]:
    """Return how a closed course starts again.

    It runs under an id of its own: the patient's may be a later course's by now. The same request takes effect once,
    since the journal keeps its id.
    """
    return WithStartWorkflowOperation(
        COURSE_WORKFLOW,
        CourseInput(course=course),
        id=f"late:{course.course_id}",
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
