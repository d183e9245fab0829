"""A request on its way to a course: sent once in effect, however often it must be sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.facts import Receipt, Request
from domain.people import Actor, Role
from office.call import Call
from office.errors import CourseRefused, NotReachable
from office.finding import actor_of, user_named, wrong
from office.late import may_come_late, tell_late
from office.names import by_name
from readmodel.lookups import CourseRow, receipt_of

if TYPE_CHECKING:
    from domain.facts import Fact

ANSWERS_WITHIN_SECONDS = 20.0
AGAIN_IN_SECONDS = 0.05
AGAIN = "send it again with --request-id {}: it takes effect once"
AGAIN_SAID = re.compile(r"send it again with --request-id \S+: it takes effect once")
"""The same in a message: pages and programs send it again in their own ways."""
CLINICIANS_NAMED = ("agreed_by", "letter_by")
"""Fields of facts that name a clinician. The course knows no users, so the list is looked up here."""
COMES_AGAIN = frozenset({"RollingOver", "AcceptedUpdateCompletedWorkflow"})
PASSING = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,  # the run that was asked has just ended
        RPCStatusCode.FAILED_PRECONDITION,  # a workflow task failed; what only its worker's load made fail, passes
    }
)


class CourseIsOver(Exception):
    """The workflow has completed: nothing more can be asked of it."""


async def tell(
    call: Call,
    course: CourseRow,
    fact: Fact,
    *,
    task: str | None = None,
    by: Actor | None = None,
    deviation: str | None = None,
) -> int:
    """Tell the course a fact and return the number of the event it became, once that is in the journal.

    Raises what `office.errors` names; a refusal calls people by their names.
    """
    try:
        return await _tell(call, course, fact, task=task, by=by or await actor_of(call), deviation=deviation)
    except CourseRefused as refused:
        raise await by_name(await call.reach.pool(), refused) from None


async def _tell(
    call: Call, course: CourseRow, fact: Fact, *, task: str | None, by: Actor, deviation: str | None
) -> int:
    await _who_agreed(call, fact)
    request = Request(
        request_id=call.request_id,
        by=by,
        fact=fact,
        task=task,
        course_id=course.course_id,
        deviation=deviation,
    )
    pool = await call.reach.pool()
    known = await receipt_of(pool, course.course_id, call.request_id)  # the course itself forgets old ones
    if known is not None:
        return known.number
    if course.closed_on is None:
        try:
            return (await tell_workflow(call, course.workflow_id, request)).number
        except CourseIsOver:  # it has just closed, perhaps with this very request
            if (known := await receipt_of(pool, course.course_id, call.request_id)) is not None:
                return known.number
    if not may_come_late(fact):
        closed = f" on {course.closed_on}" if course.closed_on else ""
        raise CourseRefused(f"the course was closed{closed}; it takes no more requests but late facts")
    late: Receipt = await answered(partial(tell_late, call, course, request), again=AGAIN.format(call.request_id))
    return late.number


async def _who_agreed(call: Call, fact: Fact) -> None:
    """See that whoever is said to have agreed or to sign is a clinician of the list. Raises `BadInput`."""
    for field in CLINICIANS_NAMED:
        named = getattr(fact, field, None)
        if named is not None and (user := await user_named(call, named, field=field)).role is not Role.CLINICIAN:
            raise wrong(field, f"{user.name} is {user.role}; expected a clinician")


async def tell_workflow(call: Call, workflow_id: str, request: Request) -> Receipt:
    """Send a request to a course's workflow. Raises `CourseRefused`, `CourseIsOver` or `NotReachable`."""
    receipt: Receipt = await update(
        await call.reach.client(),
        workflow_id,
        "request",
        request,
        update_id=request.request_id,
        result_type=Receipt,
        again=AGAIN.format(request.request_id),
    )
    return receipt


async def update(
    client: Client,
    workflow_id: str,
    name: str,
    *arguments: Any,
    update_id: str,
    result_type: type[Any],
    again: str,
) -> Any:
    """Send an update until it is answered. Raises `CourseRefused`, `CourseIsOver` or `NotReachable`."""
    handle = client.get_workflow_handle(workflow_id)

    async def send() -> Any:
        return await handle.execute_update(name, args=arguments, id=update_id, result_type=result_type)

    return await answered(send, again=again)


async def answered(send: Callable[[], Awaitable[Any]], *, again: str) -> Any:
    """Return the answer, sending until there is one. Raises `CourseRefused`, `CourseIsOver` or `NotReachable`."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            return await _until_answered(send)
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise NotReachable(
            f"the course did not answer within {ANSWERS_WITHIN_SECONDS:.0f} s; is a worker running? Then {again}"
        ) from None


async def _until_answered(send: Callable[[], Awaitable[Any]]) -> Any:
    while True:
        try:
            return await send()
        except WorkflowUpdateFailedError as failed:
            _refused_or_again(failed)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise CourseIsOver from None
            if error.status not in PASSING:
                raise NotReachable(f"Temporal did not take the request: {error.status.name}") from None
        await asyncio.sleep(AGAIN_IN_SECONDS)


def _refused_or_again(failed: WorkflowUpdateFailedError) -> None:
    """Return when the same request shall be sent again; raise what the course said otherwise."""
    cause: BaseException | None = failed.cause
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        if cause.type in COMES_AGAIN:
            return
        raise CourseRefused(cause.message, map(str, cause.details)) from None
    raise CourseRefused(f"the request failed: {type(cause).__name__}") from None


async def settle(call: Call, course: CourseRow) -> None:
    """Return when the course waits on every line; a course that is over is settled."""
    client = await call.reach.client()
    try:
        await update(
            client,
            course.workflow_id,
            "settle",
            update_id=f"settle-{call.request_id}-{asyncio.get_running_loop().time()}",
            result_type=int,
            again="try again",
        )
    except CourseIsOver:
        return
