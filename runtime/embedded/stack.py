"""The embedded stack: PostgreSQL, Temporal with its Web UI and the codec endpoint, as one thing to start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from runtime.codec_endpoint import LOOPBACK, codec_app, serving
from runtime.embedded.cluster import erase_home
from runtime.embedded.errors import AlreadyRunning, StackError
from runtime.embedded.ports import Ports
from runtime.embedded.postgres import USUAL_PORT as USUAL_POSTGRES_PORT
from runtime.embedded.postgres import EmbeddedPostgres, Synchronous, end_leftover_postgres
from runtime.embedded.secrets_of_state import CODEC_SECRET_FILE, ensure_payload_keys, ensure_secret
from runtime.embedded.temporal_server import DATABASE_FILE, USUAL_WEB_UI_PORT, EmbeddedTemporal, end_leftover_temporal
from runtime.embedded.temporal_server import USUAL_PORT as USUAL_TEMPORAL_PORT
from runtime.payloads import KeyRing
from runtime.running_stack import (
    STACK_FILE,
    RunningStack,
    StackLock,
    is_locked,
    read_running_stack,
    write_running_stack,
)
from runtime.settings import Settings, load_settings

Part: TypeAlias = Literal["postgres", "temporal"]
ALL_PARTS: tuple[Part, ...] = ("postgres", "temporal")
USUAL_CODEC_PORT = 8234
RESTART_PAUSE_SECONDS_MAX = 15.0


def _say_nothing(_line: str) -> None:
    pass


class EmbeddedStack:
    """Use as `async with EmbeddedStack(folder) as stack`, in the main thread.

    `only` leaves out parts that real servers replace. `usual_ports=False` never takes the usual ports (tests).
    `throw_away` erases the state when the stack stops (tests).
    """

    def __init__(
        self,
        state: Path,
        *,
        progress: Callable[[str], None] = _say_nothing,
        synchronous: Synchronous = "full",
        only: Collection[Part] = ALL_PARTS,
        web_ui: bool = True,
        usual_ports: bool = True,
        throw_away: bool = False,
    ) -> None:
        self.state = state.expanduser().absolute()
        self._progress = progress
        self._synchronous = synchronous
        self._parts = frozenset(only)
        self._web_ui = web_ui and "temporal" in self._parts
        self._ports = Ports(usual=usual_ports)
        self._throw_away = throw_away
        self._lock = StackLock(self.state)
        self._open = contextlib.AsyncExitStack()
        self._codec_url: str | None = None
        self._console_url: str | None = None
        self._stopped_on_purpose: set[Part] = set()
        self._started_at = ""
        self.postgres: EmbeddedPostgres | None = None
        self.temporal: EmbeddedTemporal | None = None

    async def __aenter__(self) -> Self:
        self._prepare_state()
        try:
            self._open.callback(self._lock.release)
            if self._throw_away:
                self._open.callback(_erase, self.state)
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        (self.state / STACK_FILE).unlink(missing_ok=True)
        await self._open.aclose()

    def _prepare_state(self) -> None:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(mode=0o700, exist_ok=True)
        if not self._lock.take():
            raise AlreadyRunning(self.state, read_running_stack(self.state))
        (self.state / STACK_FILE).unlink(missing_ok=True)  # of a stack that was killed

    async def _start(self) -> None:
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        ring = ensure_payload_keys(self.state, temporal_file=self.state / DATABASE_FILE)
        starts: list[Awaitable[None]] = []
        if "postgres" in self._parts:
            starts.append(self._start_new_postgres())
        if "temporal" in self._parts:
            starts.append(self._start_new_temporal(ring))
        results = await asyncio.gather(*starts, return_exceptions=True)
        for failure in results:
            if isinstance(failure, BaseException):
                raise failure
        self._publish()

    async def _start_new_postgres(self) -> None:
        port, said = self._ports.take(USUAL_POSTGRES_PORT)
        self.postgres = EmbeddedPostgres(self.state, port=port, synchronous=self._synchronous)
        self._open.push_async_callback(self.postgres.stop)
        began = time.monotonic()
        await self.postgres.prepare()
        await self.postgres.start()
        self._progress(f"PostgreSQL {self.postgres.version} on {said}, {time.monotonic() - began:.1f} s")

    async def _start_new_temporal(self, ring: KeyRing) -> None:
        port, said = self._ports.take(USUAL_TEMPORAL_PORT)
        web_ui_port, web_ui_said = self._ports.take(USUAL_WEB_UI_PORT) if self._web_ui else (None, "")
        codec_port, codec_said = self._ports.take(USUAL_CODEC_PORT) if self._web_ui else (None, "")
        if codec_port:
            secret = ensure_secret(self.state, CODEC_SECRET_FILE)
            self._codec_url = f"http://{LOOPBACK}:{codec_port}/{secret}"
        self.temporal = EmbeddedTemporal(
            self.state,
            port=port,
            web_ui_port=web_ui_port,
            codec_url=self._codec_url,
            synchronous=self._synchronous,
        )
        self._open.push_async_callback(self.temporal.stop)
        began = time.monotonic()
        await self.temporal.start()
        self._progress(f"Temporal on {said}, {time.monotonic() - began:.1f} s")
        if codec_port and self.temporal.web_ui_url:
            app = codec_app(ring, secret=secret, web_ui_url=self.temporal.web_ui_url)
            await self._open.enter_async_context(serving(app, port=codec_port))
            self._progress(f"Web UI on {web_ui_said}; it decrypts through {codec_said}")

    @property
    def running(self) -> RunningStack:
        temporal, postgres = self.temporal, self.postgres
        return RunningStack(
            stack_pid=os.getpid(),
            started_at=self._started_at,
            temporal_address=temporal.address if temporal else None,
            temporal_pid=_pid(temporal),
            web_ui_url=temporal.web_ui_url if temporal else None,
            console_url=self._console_url,
            codec_url=self._codec_url,
            database_url=postgres.url if postgres else None,
            postgres_pid=_pid(postgres),
        )

    def console_address(self, usual_port: int) -> str:
        """Return host:port for a console of this stack, and tell other programs of it."""
        port, _ = self._ports.take(usual_port)
        self._console_url = f"http://{LOOPBACK}:{port}"
        self._publish()
        return f"{LOOPBACK}:{port}"

    def _publish(self) -> None:
        """Tell other programs where everything is."""
        write_running_stack(self.state, self.running)

    def environment(self) -> dict[str, str]:
        """Return what a program of ours needs in its environment to find this stack."""
        return {"REGIMEN_STATE": str(self.state)}

    def settings(self, environ: Mapping[str, str] | None = None) -> Settings:
        """Return settings for this stack. `environ` names the servers that replace its parts, and whatever else."""
        return load_settings({**(environ or {}), **self.environment()})

    async def start_temporal(self) -> None:
        """Start Temporal again, on the same port and file."""
        await self._part("temporal").start()
        self._stopped_on_purpose.discard("temporal")
        self._publish()

    async def stop_temporal(self) -> None:
        self._stopped_on_purpose.add("temporal")
        await self._part("temporal").stop()

    async def kill_temporal(self) -> None:
        """End Temporal as a power cut would."""
        self._stopped_on_purpose.add("temporal")
        await self._part("temporal").kill()

    async def start_postgres(self) -> None:
        """Start PostgreSQL again, on the same port and data."""
        await self._part("postgres").start()
        self._stopped_on_purpose.discard("postgres")
        self._publish()

    async def stop_postgres(self) -> None:
        self._stopped_on_purpose.add("postgres")
        await self._part("postgres").stop()

    async def kill_postgres(self) -> None:
        """End PostgreSQL as a power cut would."""
        self._stopped_on_purpose.add("postgres")
        await self._part("postgres").kill()

    def _part(self, name: Part) -> EmbeddedPostgres | EmbeddedTemporal:
        part = self.postgres if name == "postgres" else self.temporal
        if part is None:
            raise StackError(f"this stack does not run {name}")
        return part

    async def keep_running(self) -> None:
        """Start again whatever server ends by itself, until cancelled."""
        async with asyncio.TaskGroup() as watches:
            for name in self._parts:
                watches.create_task(self._keep_running(name))

    async def _keep_running(self, name: Part) -> None:
        part = self._part(name)
        start_again = self.start_postgres if name == "postgres" else self.start_temporal
        pause = 0.0
        while True:
            began = time.monotonic()
            status = await part.child.wait() if part.child else 0
            if name in self._stopped_on_purpose:
                await asyncio.sleep(0.1)
                continue
            pause = 0.0 if time.monotonic() - began > 60 else min(2 * pause + 0.5, RESTART_PAUSE_SECONDS_MAX)
            self._progress(f"{name} ended by itself (status {status}); starting it again")
            await asyncio.sleep(pause)
            try:
                await start_again()
            except StackError as problem:
                self._progress(str(problem))


def _pid(part: EmbeddedPostgres | EmbeddedTemporal | None) -> int | None:
    return part.child.pid if part and part.child else None


def erase_state(state: Path) -> None:
    """Remove everything a stack keeps: its state folder, and the data that root's PostgreSQL has elsewhere.

    Raises `AlreadyRunning` while a stack runs on it.
    """
    if is_locked(state):
        raise AlreadyRunning(state, read_running_stack(state))
    end_leftovers(state)
    _erase(state)


def _erase(state: Path) -> None:
    erase_home(state)
    shutil.rmtree(state, ignore_errors=True)


def end_leftovers(state: Path) -> None:
    """End servers that a killed stack left behind. For a caller that holds the stack's lock."""
    end_leftover_temporal(state)
    end_leftover_postgres(state)
