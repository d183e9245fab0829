"""What is told of a course that was closed: it wakes from its journal, takes the fact, and closes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from cli.finding import folded
from domain.course import CourseInput
from domain.decide import TOLD_AFTER_CLOSING
from domain.facts import Receipt, Request

if TYPE_CHECKING:
    from cli.command import Call
    from domain.facts import Fact
    from readmodel.lookups import CourseRow


def may_come_late(fact: Fact) -> bool:
    """Whether a closed course still takes such a fact."""
    return fact.kind in TOLD_AFTER_CLOSING


async def tell_late(call: Call, course: CourseRow, request: Request) -> Receipt:
    """Start the closed course again from its journal, with the request.

    It runs under an id of its own: the patient's may be a later course's by now. The same request takes effect once,
    since the journal keeps its id.
    """
    asleep = await folded(call, course)
    woken: WithStartWorkflowOperation[object, object] = WithStartWorkflowOperation(
        "Course",
        CourseInput(course=asleep),
        id=f"late:{course.course_id}",
        task_queue=call.reach.settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    client = await call.reach.client()
    receipt: Receipt = await client.execute_update_with_start_workflow(
        "request", request, start_workflow_operation=woken, result_type=Receipt, id=request.request_id
    )
    return receipt
