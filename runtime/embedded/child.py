"""A server process that we started: it ends when we do, and its output goes to a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_TAIL_BYTES = 2000


@dataclass(frozen=True)
class Owner:
    """The system user a server runs as, when that is not ours."""

    name: str
    uid: int
    gid: int


def launch_command(command: Sequence[str], *, owner: Owner | None, dies_by: signal.Signals) -> list[str]:
    identity = f"{owner.uid}:{owner.gid}" if owner else "-"
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(int(dies_by)), identity, *command]


def run_to_end(command: Sequence[str], *, owner: Owner | None, env: Mapping[str, str], timeout: float) -> str:
    """Run a tool such as initdb and return its output; raises `subprocess.CalledProcessError` with it."""
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        launch_command(command, owner=owner, dies_by=signal.SIGKILL),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        check=True,
        text=True,
        errors="replace",
    )
    return done.stdout


class Child:
    """One running server. In a session of its own, so that Ctrl-C reaches us first and we stop it in order."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        owner: Owner | None = None,
        dies_by: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start a server. Its signal at our death comes when the thread that calls this ends, so call it in the main one."""
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *launch_command(command, owner=owner, dies_by=dies_by),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                start_new_session=True,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        return await self._process.wait()

    async def stop(self, ask: signal.Signals = signal.SIGTERM, *, within: float = 20.0) -> None:
        """Ask the server to end; after `within` seconds make it."""
        self._send(ask)
        try:
            async with asyncio.timeout(within):
                await self.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the server at once, as a power cut would."""
        self._send(signal.SIGKILL)
        await self.wait()

    def _send(self, what: signal.Signals) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(what)

    def last_words(self) -> str:
        """Return the end of the server's log, for an error message."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - LOG_TAIL_BYTES))
            return file.read().decode(errors="replace").strip()
