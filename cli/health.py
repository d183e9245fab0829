"""Says whether the worker on this host is at work: `python -m cli.health`, status 0 or 1.

Courses sleep for weeks, so what was executed lately says nothing. A healthy worker asks Temporal for work at least
once a minute; Temporal remembers who asked when.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from temporalio.client import Client
from temporalio.service import RPCError

from office.workers import workers
from runtime.settings import Settings, SettingsError, load_settings
from runtime.temporal import connect
from runtime.unreachable import Unreachable


async def is_at_work(client: Client, task_queue: str, *, host: str) -> bool:
    """Return whether a worker on `host` has asked for workflow tasks lately."""
    return any(identity.endswith(f"@{host}") for identity in await workers(client, task_queue))


async def check(settings: Settings) -> bool:
    return await is_at_work(await connect(settings), settings.task_queue, host=socket.gethostname())


def main() -> int:
    try:
        healthy = asyncio.run(check(load_settings()))
    except (SettingsError, Unreachable, RPCError) as problem:
        sys.stderr.write(f"regimen: {problem}\n")
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
