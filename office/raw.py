"""A course's runs as Temporal keeps them, with their payloads decrypted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WorkflowExecution
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError

from office.in_time import in_time
from office.reach import Reach

RUNS_MAX = 200
WRITES_JOURNAL = "write_journal"
TASK_DONE = "workflow_task_completed"
OF_UPDATES = frozenset({"workflow_execution_update_accepted", "workflow_execution_update_completed"})
WAKES = frozenset(
    {
        "workflow_execution_started",
        "timer_fired",
        "activity_task_completed",
        "activity_task_failed",
        "activity_task_timed_out",
        "workflow_task_started",
        "workflow_task_failed",
    }
)
NOT_SHOWN = frozenset({"eventId", "eventTime", "eventType", "taskId", "version"})


@dataclass(frozen=True)
class Behind:
    """The history events behind one course event, with the run in which it happened."""

    workflow_id: str
    run_id: str
    status: str
    events: tuple[dict[str, Any], ...]


async def runs_of(client: Client, workflow_id: str, course_id: str) -> list[dict[str, Any]]:
    """Return all runs of one course, oldest first, each with its history events."""
    runs = []
    for run in await _runs(client, workflow_id):
        events = await _events(client, run)
        if _is_of(events, course_id):
            runs.append({"run_id": run.run_id, "status": run.status.name if run.status else None, "events": events})
    return runs


async def behind(
    client: Client, workflow_id: str, course_id: str, *, number: int, request_id: str | None, at: datetime | None
) -> Behind | None:
    """Return what Temporal keeps of the making of one course event; None where it keeps nothing any more.

    The run that began last before the event is looked at first. A closed course that was told something late has
    runs under an id of its own. Raises `NotReachable` where Temporal does not answer in time.
    """
    async with in_time(client):
        return await _behind(client, workflow_id, course_id, number=number, request_id=request_id, at=at)


async def _behind(
    client: Client, workflow_id: str, course_id: str, *, number: int, request_id: str | None, at: datetime | None
) -> Behind | None:
    runs = [*await _runs(client, workflow_id), *await _runs(client, f"late:{course_id}")]
    runs.sort(key=lambda run: (at is None or run.start_time <= at, run.start_time), reverse=True)
    for run in runs:
        events = await _events(client, run)
        if not _is_of(events, course_id):
            continue
        if found := behind_in(events, number=number, request_id=request_id):
            status = run.status.name.lower() if run.status else "unknown"
            return Behind(workflow_id=run.id, run_id=run.run_id, status=status, events=found)
    return None


def web_ui_of(reach: Reach, found: Behind) -> str | None:
    """Return the address of the run in Temporal's Web UI, where its address is known."""
    base = reach.web_ui_url
    if base is None:
        return None
    namespace = quote(reach.settings.temporal_namespace, safe="")
    workflow, run = quote(found.workflow_id, safe=""), quote(found.run_id, safe="")
    return f"{base}/namespaces/{namespace}/workflows/{workflow}/{run}/history"


async def _runs(client: Client, workflow_id: str) -> list[WorkflowExecution]:
    """Return the runs of a workflow id, oldest first: those that are listed, and the one that runs now."""
    found = {run.run_id: run async for run in client.list_workflows(f'WorkflowId = "{workflow_id}"', limit=RUNS_MAX)}
    with suppress(RPCError):  # none runs or is kept under this id
        now = await client.get_workflow_handle(workflow_id).describe()
        found.setdefault(now.run_id, now)
    return sorted(found.values(), key=lambda run: run.start_time)


def behind_in(events: Sequence[dict[str, Any]], *, number: int, request_id: str | None) -> tuple[dict[str, Any], ...]:
    """Return the history events of a run behind the course event `number`, oldest first; empty: it is of another run.

    They are the request that was accepted, or what woke the course; the workflow task in which the course went on; and
    the activity that wrote the event into the journal.
    """
    written = next((event for event in events if _writes(event, number)), None)
    if written is None:
        return ()
    task = written["details"].get("workflowTaskCompletedEventId")
    wanted = {written["id"], _number(task)}
    wanted |= {event["id"] for event in events if event["details"].get("scheduledEventId") == str(written["id"])}
    if request_id is not None:
        updates = (event for event in events if event["type"] in OF_UPDATES)
        wanted |= {event["id"] for event in updates if request_id in json.dumps(event["details"])}
    wanted |= {event["id"] for event in _that_woke(events, _number(task))}
    return tuple(event for event in events if event["id"] in wanted)


def _writes(event: dict[str, Any], number: int) -> bool:
    """Whether a history event schedules the writing of the course event `number` into the journal."""
    details = event["details"]
    if event["type"] != "activity_task_scheduled" or details.get("activityType", {}).get("name") != WRITES_JOURNAL:
        return False
    batches = (details.get("input") or {}).get("payloads") or ()
    return any(
        isinstance(batch, dict) and any(one.get("number") == number for one in batch.get("events", ()))
        for batch in batches
    )


def _that_woke(events: Sequence[dict[str, Any]], task: int) -> Iterator[dict[str, Any]]:
    """Yield what happened between the workflow task before and the one that ended as event `task`."""
    since = max((event["id"] for event in events if event["type"] == TASK_DONE and event["id"] < task), default=0)
    yield from (event for event in events if since < event["id"] < task and event["type"] in WAKES)


def _number(given: Any) -> int:
    return int(given or 0)


def _is_of(events: list[dict[str, Any]], course_id: str) -> bool:
    """Whether a run is of this course: a later course of the same patient has the same workflow id."""
    return bool(events) and course_id in json.dumps(events[0]["details"])


async def _events(client: Client, run: WorkflowExecution) -> list[dict[str, Any]]:
    codec = client.data_converter.payload_codec
    handle = client.get_workflow_handle(run.id, run_id=run.run_id)
    events = []
    try:
        async for event in handle.fetch_history_events():
            await decrypted(event, codec)
            told = MessageToDict(event)
            details = next(
                (value for name, value in told.items() if name not in NOT_SHOWN and isinstance(value, dict)), {}
            )
            kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower()
            at = event.event_time.ToDatetime().isoformat(timespec="seconds")
            events.append({"id": event.event_id, "at": at, "type": kind, "details": _readable(details)})
    except RPCError:  # a run that Temporal has forgotten: its events are in the journal
        return events
    return events


async def decrypted(message: Message, codec: PayloadCodec | None) -> None:
    """Decrypt every payload in a message, and what its failures hide, in place."""
    if codec is None:
        return
    for payload in list(_payloads(message)):
        [decoded] = await codec.decode([payload])
        payload.CopyFrom(decoded)
    for failure in list(_failures(message)):
        if failure.HasField("encoded_attributes"):
            hidden = json.loads(failure.encoded_attributes.data or b"{}")
            failure.message = hidden.get("message", failure.message)
            failure.stack_trace = hidden.get("stack_trace", failure.stack_trace)


def _payloads(message: Message) -> Iterator[Payload]:
    return (one for one in _inside(message) if isinstance(one, Payload))


def _failures(message: Message) -> Iterator[Failure]:
    return (one for one in _inside(message) if isinstance(one, Failure))


def _inside(message: Message) -> Iterator[Message]:
    """Yield a message and all messages in it."""
    yield message
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            values = [one for one in value.values() if isinstance(one, Message)]
        else:
            values = list(value) if field.is_repeated else [value]
        for one in values:
            yield from _inside(one)


def _readable(value: Any) -> Any:
    """Return details with payloads as what they hold."""
    if isinstance(value, list):
        return [_readable(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "data" in value and value.keys() <= {"metadata", "data", "externalPayloads"}:
        return _held(value["data"])
    if value.keys() == {"metadata"}:
        return None
    return {name: _readable(one) for name, one in value.items()}


def _held(data: str) -> Any:
    try:
        return json.loads(base64.b64decode(data))
    except ValueError:
        return f"{len(data)} characters, no JSON"
