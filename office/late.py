"""What is told of a course that was closed: it wakes from its journal, takes the fact, and closes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.temporal.courses import late
from domain.decide import TOLD_AFTER_CLOSING
from domain.facts import Receipt, Request
from office.finding import folded

if TYPE_CHECKING:
    from domain.facts import Fact
    from office.call import Call
    from readmodel.lookups import CourseRow


def may_come_late(fact: Fact) -> bool:
    """Whether a closed course still takes such a fact."""
    return fact.kind in TOLD_AFTER_CLOSING


async def tell_late(call: Call, course: CourseRow, request: Request) -> Receipt:
    """Start the closed course again from its journal, with the request."""
    woken = late(await folded(call, course), call.reach.settings.task_queue)
    client = await call.reach.client()
    receipt: Receipt = await client.execute_update_with_start_workflow(
        "request", request, start_workflow_operation=woken, result_type=Receipt, id=request.request_id
    )
    return receipt
