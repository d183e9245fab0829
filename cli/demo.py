"""`make demo`: plays the stories of `examples/` on embedded servers and shows where each course then stands.

State is in `.regimen/demo/` and begins anew each time. Nothing is sent outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic_core import from_json

from cli.demo_screen import Screen, Shown, how_to_go_on, where_they_stand
from cli.stack import (
    ALREADY_THERE,
    BAD_INPUT,
    DONE,
    carried_out,
    fail,
    keep_worker,
    migrate_database,
    say,
    stop_asked_for,
)
from cli.story_file import Story, StoryError, read_stories
from runtime.embedded import AlreadyRunning, EmbeddedStack, StackError, erase_state
from runtime.settings import PROJECT, state_folder

EXAMPLES = PROJECT / "examples"
ADMIN = "ada.admin"
AT_ONCE = 3
"""Stories played at the same time: two keep two cores busy, a third fills their pauses."""
A_STORY_FAILED, STOPPED = 1, 130


@click.command()
@click.option("--exit", "ends", is_flag=True, help="Stop when the stories are told, instead of running on.")
def demo(*, ends: bool) -> None:
    """Play the example courses on embedded servers, with their time fast-forwarded."""
    state = state_folder() / "demo"
    _forget_settings()
    status = DONE

    async def run() -> None:
        nonlocal status
        status = await run_demo(state, ends=ends)

    carried_out(run())
    sys.exit(status)


def _forget_settings() -> None:
    """Leave out every setting: the demo uses its own servers and sends nothing, whatever else is set here."""
    for name in [name for name in os.environ if name.startswith("REGIMEN_")]:
        del os.environ[name]


async def run_demo(state: Path, *, ends: bool) -> int:
    """Start anew, play, show, and stay until Ctrl-C unless it `ends`. Return the exit status."""
    began = time.monotonic()
    stories = _stories()
    click.echo("Starting real servers for a demonstration; it begins anew each time and sends nothing outside.")
    _begin_anew(state)
    stopping = stop_asked_for()
    stack = EmbeddedStack(state, progress=say, synchronous="normal")
    async with stack:
        await migrate_database(stack.settings(os.environ).database_url, told=_say_nothing)
        os.environ.update(stack.environment())
        keeping = [asyncio.create_task(work) for work in (stack.keep_running(), keep_worker(stack))]
        telling = asyncio.create_task(_tell(stories, stack, began=began, ends=ends))
        stopped = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({telling, stopped, *keeping}, return_when=asyncio.FIRST_COMPLETED)
            status = _status(telling, keeping)
            if telling.done() and not ends:
                click.echo("The servers run on until Ctrl-C.")
                await stopping.wait()
        finally:
            await _end(telling, stopped)
            click.echo("Stopping: worker, Temporal, PostgreSQL.")
            await _end(*reversed(keeping))
    return status


def _stories() -> Sequence[Story]:
    try:
        return read_stories(EXAMPLES)
    except StoryError as problem:
        fail(problem, BAD_INPUT)


def _begin_anew(state: Path) -> None:
    try:
        erase_state(state)
    except AlreadyRunning:
        fail(StackError(f"a demonstration is running in {state} already; stop it with Ctrl-C there"), ALREADY_THERE)


def _status(telling: asyncio.Task[list[str]], keeping: Sequence[asyncio.Task[None]]) -> int:
    """Return the exit status: of what was told, or that it was stopped before. Raises what ended it otherwise."""
    for keeper in keeping:
        if keeper.done():
            keeper.result()
    if not telling.done():
        return STOPPED
    return A_STORY_FAILED if telling.result() else DONE


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _say_nothing(_line: str) -> None:
    """Keep the migrations of an empty database to ourselves."""


async def _tell(stories: Sequence[Story], stack: EmbeddedStack, *, began: float, ends: bool) -> list[str]:
    """Set the clinic up, play all stories and show where they stand. Return the names of those that failed."""
    await _starter("users", "load", str(EXAMPLES / "users.toml"))
    await _starter("clinic", "load", str(EXAMPLES / "clinic.toml"))
    say("the clinic of examples/clinic.toml and its users are loaded")
    click.echo(f"Playing {len(stories)} courses, {AT_ONCE} at a time; their time is fast-forwarded.")
    shown = [Shown(story) for story in stories]
    first = time.monotonic()
    with Screen(shown) as screen:
        turns = asyncio.Semaphore(AT_ONCE)
        longest_first = sorted(shown, key=lambda one: -len(one.story.steps))
        await asyncio.gather(*(_play(one, screen, turns) for one in longest_first))
    where_they_stand(shown, seconds=time.monotonic() - first, in_all=time.monotonic() - began)
    how_to_go_on(shown, state=stack.state, web_ui_url=stack.running.web_ui_url, ends=ends)
    return [one.story.name for one in shown if one.failure is not None]


async def _starter(*arguments: str) -> None:
    """Run a command of `starter.py` as the clinic's admin."""
    command = [sys.executable, str(PROJECT / "starter.py"), *arguments, "--by", ADMIN, "--json"]
    done = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    written, _ = await done.communicate()
    if done.returncode:
        raise StackError(f"starter.py {' '.join(arguments)}: {_error_in(written)}")


def _error_in(written: bytes) -> str:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(from_json(written)["error"]["message"])
    return "it said nothing"


async def _play(one: Shown, screen: Screen, turns: asyncio.Semaphore) -> None:
    """Play one story in a process of its own, and show what it tells."""
    command = [sys.executable, "-m", "cli.stories", str(one.story.folder), "--json"]
    async with turns:
        playing = await asyncio.create_subprocess_exec(
            *command,
            cwd=PROJECT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches us first, and we end it
        )
        try:
            screen.begins(one)
            assert playing.stdout is not None
            async for line in playing.stdout:
                for told in _documents(line):
                    screen.tells(one, told)
            status = await playing.wait()
            if not one.end and one.failure is None:
                screen.tells(one, {"failed": f"{one.story.name}: the player ended with status {status}"})
        finally:
            with contextlib.suppress(ProcessLookupError):
                playing.kill()


def _documents(line: bytes) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(ValueError):
        yield from_json(line)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        demo(prog_name="regimen-demo")
