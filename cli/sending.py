"""A request on its way to a course: sent once in effect, however often it must be sent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import click
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from cli.command import Answer, Call
from cli.errors import BadInput, CourseRefused, NotReachable
from cli.finding import actor_of, clinic_of, course_named, events_of
from cli.late import may_come_late, tell_late
from domain.facts import Receipt, Request
from domain.people import Actor
from domain.story import story_of
from readmodel.lookups import CourseRow, receipt_of

if TYPE_CHECKING:
    from rich.console import Console

    from domain.events import AnyEvent, UnknownEvent
    from domain.facts import Fact

ANSWERS_WITHIN_SECONDS = 20.0
AGAIN_IN_SECONDS = 0.05
AGAIN = "send it again with --request-id {}: it takes effect once"
LOOKS = 20
COMES_AGAIN = frozenset({"RollingOver", "AcceptedUpdateCompletedWorkflow"})
PASSING = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,  # the run that was asked has just ended
    }
)
OF_WAITS = frozenset({"wait_opened", "wait_closed", "wait_raised", "appointment_settled", "roll_over_asked"})


class CourseIsOver(Exception):
    """The workflow has completed: nothing more can be asked of it."""


async def tell(call: Call, course: CourseRow, fact: Fact, *, task: str | None = None, by: Actor | None = None) -> int:
    """Tell the course a fact and return the number of the event it became, once that is in the journal."""
    actor = by or await actor_of(call)
    request = Request(request_id=call.request_id, by=actor, fact=fact, task=task, course_id=course.course_id)
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
    late: Receipt = await _answered(partial(tell_late, call, course, request), again=AGAIN.format(call.request_id))
    return late.number


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

    return await _answered(send, again=again)


async def _answered(send: Callable[[], Awaitable[Any]], *, again: str) -> Any:
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
        raise CourseRefused(cause.message) from None
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


async def report(call: Call, course: CourseRow, number: int) -> Answer:
    """Return what a request made happen, and what the course waits for now."""
    now = await _at_rest(call, course)
    zone = (await clinic_of(call)).zone
    since = min(course.number, number - 1)
    events = [event for event in await events_of(call, now) if event.number > since]
    happened = [_line(event, zone) for event in events if event.kind not in OF_WAITS]
    data = {
        "course_id": course.course_id,
        "event": number,
        "request_id": call.request_id,
        "happened": happened,
        "phase": now.phase,
        "waiting": now.waiting,
    }

    def show(console: Console) -> None:
        for line in happened:
            console.print(f"{line['event']:>4}  {line['said']}", markup=False, highlight=False)
        console.print(f"Now: {now.waiting}", markup=False, highlight=False)

    return Answer(data=data, show=show)


async def _at_rest(call: Call, course: CourseRow) -> CourseRow:
    """Return the course as soon as it waits for something again: what follows from a request follows at once."""
    for _ in range(LOOKS):
        now = await course_named(call, course.course_id)
        if now.waiting_for or now.closed_on is not None:
            return now
        await asyncio.sleep(AGAIN_IN_SECONDS)
    return now


def _line(event: AnyEvent | UnknownEvent, zone: str) -> dict[str, Any]:
    return {"event": event.number, "kind": event.kind, "said": story_of(event, zone=zone)}


def confirm(call: Call, follows: str) -> None:
    """Ask before what cannot be taken back. A program, which cannot be asked, must have said --yes."""
    if call.yes:
        return
    if call.as_json or not sys.stdin.isatty():
        _needs_yes(follows)
    click.echo(follows, err=True)
    if not click.confirm("Go on?", err=True):
        raise click.Abort


def _needs_yes(follows: str) -> NoReturn:
    raise BadInput(f"this cannot be taken back: {follows} Say --yes to do it")
