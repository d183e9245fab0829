"""`python -m cli.stack` runs, backs up and restores the stack, and says in one line why it does not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runtime.embedded import erase_state
from runtime.embedded.ports import any_free_port
from runtime.running_stack import is_locked, read_running_stack
from runtime.settings import PROJECT


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / ".regimen"
    for folder in tmp_path.glob(".regimen*"):
        erase_state(folder)


class Command:
    """One run of the command, and what it has said so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    @classmethod
    async def start(cls, state: Path, *arguments: str, **variables: str) -> Command:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("REGIMEN_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.stack", *arguments),
            cwd=PROJECT,
            env=environ | {"REGIMEN_STATE": str(state)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return cls(process)

    async def until(self, words: str) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.said += line.decode()
            if words in self.said:
                return
        raise AssertionError(f"it ended without saying {words!r}: {self.said}")

    async def end(self) -> int:
        rest, _ = await self.process.communicate()
        self.said += rest.decode()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def a_running_stack(state: Path) -> AsyncIterator[Command]:
    command = await Command.start(state, "run")
    try:
        await command.until("Regimen is running.")
        yield command
    finally:
        if command.process.returncode is None:
            command.process.send_signal(signal.SIGINT)
            await command.end()


async def ended(state: Path, *arguments: str, **variables: str) -> Command:
    command = await Command.start(state, *arguments, **variables)
    await command.end()
    return command


async def test_run_says_where_everything_is_and_ctrl_c_stops_it_in_order(state: Path) -> None:
    async with a_running_stack(state) as command:
        running = read_running_stack(state)
        assert running
        await command.until(str(running.web_ui_url))

        command.process.send_signal(signal.SIGINT)

        assert await command.end() == 0
    assert "Stopping: console, worker, Temporal, PostgreSQL." in command.said
    assert not is_locked(state)


@pytest.mark.long
async def test_a_second_run_a_backup_and_a_restore_beside_a_running_stack_are_refused(
    state: Path, tmp_path: Path
) -> None:
    async with a_running_stack(state):
        second = await ended(state, "run")
        backup = await ended(state, "backup", str(tmp_path / "backup"))

    assert second.process.returncode == 3
    assert "is already running: process" in second.said
    assert "http://127.0.0.1:" in second.said
    assert backup.process.returncode == 3

    made = await ended(state, "backup", str(tmp_path / "backup"))
    again = await ended(state, "restore", str(tmp_path / "backup"))
    forced = await ended(state, "restore", str(tmp_path / "backup"), "--yes")

    assert (made.process.returncode, again.process.returncode, forced.process.returncode) == (0, 5, 0)


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "words"),
    [
        (["run"], {"REGIMEN_DATABASE_URL": "mysql://x"}, 2, "REGIMEN_DATABASE_URL: expected a URL"),
        (["backup", "/nowhere/to/go"], {}, 5, "holds no embedded stack"),
        (["restore", "/no/such/backup"], {}, 5, "is no backup"),
        (["backup", "/x"], {"REGIMEN_DATABASE_URL": "postgresql://db/x"}, 5, "names a real server: back up both there"),
        (["backup"], {}, 2, "Missing argument"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words_without_a_traceback(
    state: Path, arguments: list[str], variables: dict[str, str], status: int, words: str
) -> None:
    command = await ended(state, *arguments, **variables)

    assert command.process.returncode == status, command.said
    assert words in command.said
    assert "Traceback" not in command.said


async def test_a_database_that_is_given_and_not_there_is_named(state: Path) -> None:
    place = f"127.0.0.1:{any_free_port()}/regimen"

    command = await ended(state, "run", REGIMEN_DATABASE_URL=f"postgresql://regimen:tiger@{place}")

    assert command.process.returncode == 69
    assert f"the database at {place} cannot be reached" in command.said
    assert "tiger" not in command.said
