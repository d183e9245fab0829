"""Temporal is waited for no longer than people wait for a page: where it hangs, they are told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client

from office.errors import NotReachable

HEARD_WITHIN_SECONDS, ANSWERS_WITHIN_SECONDS = 3.0, 20.0
"""So long until Temporal says that it is there, and until it has said all that a page asks."""


@asynccontextmanager
async def in_time(client: Client) -> AsyncIterator[None]:
    """Let Temporal be asked something, if it is there. Raises `NotReachable` where it takes too long."""
    try:
        async with asyncio.timeout(HEARD_WITHIN_SECONDS):
            await client.workflow_service.get_system_info(GetSystemInfoRequest())
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            yield
    except TimeoutError:
        raise NotReachable("Temporal does not answer in time") from None
