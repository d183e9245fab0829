"""How other programs find an embedded stack that is running: `stack.json` beside a lock that its process holds."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

STACK_FILE = "stack.json"
LOCK_FILE = "stack.lock"
KEYS_FILE = "payload.keys"


@dataclass(frozen=True, kw_only=True)
class RunningStack:
    """Where the parts of a running embedded stack are. A part that was replaced by a real one is None."""

    stack_pid: int
    started_at: str
    temporal_address: str | None = None
    temporal_pid: int | None = None
    web_ui_url: str | None = None
    console_url: str | None = None
    codec_url: str | None = field(default=None, repr=False)
    database_url: str | None = field(default=None, repr=False)
    postgres_pid: int | None = None


class StackLock:
    """Held by the one process that runs the stack in a state folder.

    The kernel drops it when that process dies, however it dies, so a lock that is held means a live stack;
    a pid in a file proves nothing once pids are used again.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / LOCK_FILE
        self._file: IO[str] | None = None

    def take(self) -> bool:
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def is_locked(state: Path) -> bool:
    """Return whether a process holds the stack lock. A shared lock is tried, so that two askers don't see each other."""
    try:
        with (state / LOCK_FILE).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def read_running_stack(state: Path) -> RunningStack | None:
    """Return the stack that runs in a state folder; None if there is none, or if it is still starting."""
    if not is_locked(state):
        return None
    try:
        return RunningStack(**json.loads((state / STACK_FILE).read_text()))
    except FileNotFoundError:
        return None


def write_running_stack(state: Path, stack: RunningStack) -> None:
    write_private(state / STACK_FILE, json.dumps(asdict(stack), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - needs the mode at creation
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
