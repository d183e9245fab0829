"""Runs, backs up and restores the embedded stack: `python -m cli.stack run | backup FOLDER | restore FOLDER`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from asyncpg import PostgresError

from console.settings import USUAL_PORT as CONSOLE_USUAL_PORT
from readmodel.migrate import migrate
from runtime.database import place_of
from runtime.embedded import ALL_PARTS, AlreadyRunning, EmbeddedStack, Part, StackError
from runtime.embedded.backup import BackupError, back_up, refuse_unfinished, restore
from runtime.embedded.child import Child
from runtime.running_stack import RunningStack
from runtime.settings import PROJECT, SettingsError, state_folder
from runtime.unreachable import Unreachable

DONE, BAD_INPUT, ALREADY_THERE, REFUSED, UNREACHABLE = 0, 2, 3, 5, 69
WORKER = PROJECT / "worker.py"
WORKER_STOP_SECONDS = 40  # it gives its activities 30
CONSOLE_STOP_SECONDS = 8  # it gives open pages 5
RESTART_PAUSE_SECONDS_MAX = 15.0


def say(line: str) -> None:
    click.echo(f"  {line}")


def fail(problem: Exception, status: int) -> NoReturn:
    click.echo(f"regimen: {problem}", err=True)
    sys.exit(status)


def carried_out(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; every way it can fail is one line on stderr and a status."""
    try:
        asyncio.run(work)
    except AlreadyRunning as running:
        if running.running:
            click.echo("\n".join(where_everything_is(running.running, state_folder())))
        fail(running, ALREADY_THERE)
    except SettingsError as problem:
        fail(problem, BAD_INPUT)
    except BackupError as problem:
        fail(problem, REFUSED)
    except (StackError, Unreachable, PostgresError) as problem:
        fail(problem, UNREACHABLE)


@click.group()
def cli() -> None:
    """Regimen's embedded stack: real PostgreSQL and Temporal on this machine."""


@cli.command()
def run() -> None:
    """Start everything and stay until Ctrl-C."""
    carried_out(run_stack(state_folder()))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Copy both databases and the keys of a stopped stack into a new FOLDER."""
    carried_out(_backup(state_folder(), folder))


@cli.command(name="restore")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Put it in the place of a stack that is there; that one is moved aside.")
def restore_command(folder: Path, *, yes: bool) -> None:
    """Put the backup in FOLDER back."""
    carried_out(_restore(state_folder(), folder, replace=yes))


def _refuse_half() -> None:
    """Refuse to copy one database of a pair: a real server's is its operator's to back up, together with the other."""
    if len(parts_to_run()) < len(ALL_PARTS):
        raise BackupError("REGIMEN_DATABASE_URL or REGIMEN_TEMPORAL_ADDRESS names a real server: back up both there")


async def _backup(state: Path, folder: Path) -> None:
    _refuse_half()
    manifest = await back_up(state, folder.absolute(), progress=say)
    click.echo(
        f"Backed up to {folder} at {manifest.made_at}. It holds patients and the keys: keep it as you keep those."
    )


async def _restore(state: Path, folder: Path, *, replace: bool) -> None:
    _refuse_half()
    manifest = await restore(state, folder.absolute(), replace=replace, progress=say)
    click.echo(f"Restored the backup of {manifest.made_at} into {state}. Start it with `make run`.")


def parts_to_run() -> list[Part]:
    """Return the parts that no real server replaces."""
    given: dict[Part, str] = {"postgres": "REGIMEN_DATABASE_URL", "temporal": "REGIMEN_TEMPORAL_ADDRESS"}
    return [part for part, name in given.items() if not (os.environ.get(name) or os.environ.get(f"{name}_FILE"))]


async def run_stack(state: Path) -> None:
    refuse_unfinished(state)
    click.echo("Starting Regimen; Ctrl-C stops it.")
    stopping = stop_asked_for()
    stack = EmbeddedStack(state, progress=say, only=parts_to_run())
    async with stack:
        settings = stack.settings(os.environ)
        await migrate_database(settings.database_url)
        async with asyncio.TaskGroup() as work:
            keeping = [work.create_task(one(stack)) for one in (EmbeddedStack.keep_running, keep_worker, keep_console)]
            await asyncio.sleep(0)  # each begins
            click.echo("\n".join(where_everything_is(stack.running, state)))
            await stopping.wait()
            click.echo("Stopping: console, worker, Temporal, PostgreSQL.")
            for task in reversed(keeping):
                task.cancel()
    click.echo("Stopped. All courses go on at the next start.")


async def migrate_database(database_url: str, *, told: Callable[[str], None] = say) -> None:
    try:
        applied = await migrate(database_url)
    except (OSError, TimeoutError) as problem:
        raise Unreachable("the database", place_of(database_url), type(problem).__name__) from problem
    for name in applied:
        told(f"migrated {name}")


def stop_asked_for() -> asyncio.Event:
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:  # `nohup make run` goes on when its terminal is closed
            loop.add_signal_handler(name, stopping.set)
    return stopping


async def keep_worker(stack: EmbeddedStack) -> None:
    """Run the worker until cancelled."""
    await _keep(stack, "worker", [str(WORKER)], {}, stop_seconds=WORKER_STOP_SECONDS)


async def keep_console(stack: EmbeddedStack) -> None:
    """Serve the console until cancelled, always at the same address."""
    listen = {"REGIMEN_CONSOLE_LISTEN": stack.console_address(CONSOLE_USUAL_PORT)}
    await _keep(stack, "console", ["-m", "console"], listen, stop_seconds=CONSOLE_STOP_SECONDS)


async def _keep(
    stack: EmbeddedStack, name: str, program: Sequence[str], variables: dict[str, str], *, stop_seconds: float
) -> None:
    """Run a program of ours until cancelled; one that ends by itself is started again after a pause that grows."""
    pause = 0.0
    while True:
        began = time.monotonic()
        child = await Child.start(
            [sys.executable, *program],
            log=stack.state / "logs" / f"{name}.log",
            env=os.environ | stack.environment() | variables,
        )
        try:
            status = await child.wait()
        finally:
            await asyncio.shield(child.stop(within=stop_seconds))
        pause = 0.0 if time.monotonic() - began > 60 else min(2 * pause + 0.5, RESTART_PAUSE_SECONDS_MAX)
        say(f"the {name} ended by itself (status {status}, see {child.log}); starting it again")
        await asyncio.sleep(pause)


def where_everything_is(running: RunningStack, state: Path) -> list[str]:
    lines = ["", "Regimen is running."]
    if running.console_url:
        lines.append(f"  Console             {running.console_url}")
    if running.web_ui_url:
        lines.append(f"  Temporal's Web UI   {running.web_ui_url}")
    lines += [
        "  Operations          .venv/bin/python starter.py --help",
        f"  State and logs      {state}",
        "",
    ]
    return lines


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        cli(prog_name="regimen-stack")
