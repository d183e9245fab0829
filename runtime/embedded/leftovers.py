"""Servers of a stack that was killed, where the system did not end them with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path


def command_line(pid: int) -> str:
    """Return a process's command line; empty if there is no such process."""
    proc = Path(f"/proc/{pid}/cmdline")
    try:
        return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    except OSError:
        return ""
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - our own question, no shell; `ps` is where the system has it
    return shown.stdout.strip()


def end_leftover(pid_file: Path, *, mark: str, ask: signal.Signals, within: float = 20.0) -> bool:
    """End the process whose pid is on the first line of a file, if its command line holds `mark`. Returns whether it did.

    The mark (a path that only our server has on its command line) guards against a pid that is used again.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return False
    if mark not in command_line(pid):
        return False
    os.kill(pid, ask)
    deadline = time.monotonic() + within
    while mark in command_line(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += within
        time.sleep(0.02)
    return True
