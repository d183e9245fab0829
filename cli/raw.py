"""A course's runs as Temporal keeps them, with their payloads decrypted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WorkflowExecution
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError

RUNS_MAX = 200
NOT_SHOWN = frozenset({"eventId", "eventTime", "eventType", "taskId", "version"})


async def runs_of(client: Client, workflow_id: str, course_id: str) -> list[dict[str, Any]]:
    """Return all runs of one course, oldest first, each with its history events."""
    found = [run async for run in client.list_workflows(f'WorkflowId = "{workflow_id}"', limit=RUNS_MAX)]
    runs = []
    for run in sorted(found, key=lambda run: run.start_time):
        events = await _events(client, run)
        if _is_of(events, course_id):
            runs.append({"run_id": run.run_id, "status": run.status.name if run.status else None, "events": events})
    return runs


def _is_of(events: list[dict[str, Any]], course_id: str) -> bool:
    """Whether a run is of this course: a later course of the same patient has the same workflow id."""
    return bool(events) and course_id in json.dumps(events[0]["details"])


async def _events(client: Client, run: WorkflowExecution) -> list[dict[str, Any]]:
    codec = client.data_converter.payload_codec
    handle = client.get_workflow_handle(run.id, run_id=run.run_id)
    events = []
    try:
        async for event in handle.fetch_history_events():
            await _decrypt(event, codec)
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


async def _decrypt(message: Message, codec: PayloadCodec | None) -> None:
    """Decrypt every payload in a message, and what a failure hides."""
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
