"""A Temporal namespace as Regimen needs it: histories kept for years, our search attributes registered."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.temporal import SEARCH_ATTRIBUTES
from runtime.unreachable import Unreachable

RETENTION = timedelta(days=3650)
"""How long the history of a closed run can be looked at. The journal keeps what happened for good."""

SEEN_SECONDS_MAX = 60  # a server learns of a new namespace within 10 s
POLL_SECONDS = 0.1


async def ensure_namespace(client: Client) -> None:
    """Bring the client's namespace to what Regimen needs; can be repeated. A longer retention is left as it is."""
    kept = await _retention(client)
    if kept is None:
        await _register(client)
    elif kept < RETENTION:
        config = NamespaceConfig(workflow_execution_retention_ttl=_protobuf(RETENTION))
        await client.workflow_service.update_namespace(
            UpdateNamespaceRequest(namespace=client.namespace, config=config)
        )
    await _register_search_attributes(client)


def _protobuf(span: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(span)
    return duration


async def _retention(client: Client) -> timedelta | None:
    """Return how long histories are kept; None if there is no such namespace."""
    try:
        found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as refused:
        if refused.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return found.config.workflow_execution_retention_ttl.ToTimedelta()


async def _register(client: Client) -> None:
    request = RegisterNamespaceRequest(
        namespace=client.namespace,
        description="Regimen's treatment courses",
        workflow_execution_retention_period=_protobuf(RETENTION),
    )
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as refused:
        if refused.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    deadline = time.monotonic() + SEEN_SECONDS_MAX
    while await _retention(client) is None:
        if time.monotonic() > deadline:
            raise Unreachable("Temporal's namespace", client.namespace, f"not seen within {SEEN_SECONDS_MAX} s")
        await asyncio.sleep(POLL_SECONDS)


async def _register_search_attributes(client: Client) -> None:
    """Add what is missing: all of them, or those that an earlier version of Regimen did not know."""
    listing = ListSearchAttributesRequest(namespace=client.namespace)
    deadline = time.monotonic() + SEEN_SECONDS_MAX
    while True:
        try:
            known = (await client.operator_service.list_search_attributes(listing)).custom_attributes
            break
        except RPCError as refused:
            # Of a namespace just registered, each service of the server learns in its own time.
            if refused.status is not RPCStatusCode.NOT_FOUND or time.monotonic() > deadline:
                raise
        await asyncio.sleep(POLL_SECONDS)
    missing = {name: _indexed(kind) for name, kind in SEARCH_ATTRIBUTES.items() if name not in known}
    if missing:
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        await client.operator_service.add_search_attributes(request)


def _indexed(kind: str) -> IndexedValueType.ValueType:
    snake = "KEYWORD_LIST" if kind == "KeywordList" else kind.upper()
    return IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{snake}")
