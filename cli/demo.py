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
    keep_console,
    keep_worker,
    migrate_database,
    say,
    stop_asked_for,
)
from cli.story_file import Story, StoryError, chosen, read_stories
from runtime.embedded import AlreadyRunning, EmbeddedStack, StackError, erase_state
from runtime.settings import PROJECT, state_folder

EXAMPLES = PROJECT / "examples"
ADMIN = "ada.admin"
AT_ONCE = 3
"""Stories played at the same time: two keep two cores busy, a third fills their pauses."""
A_STORY_FAILED, STOPPED = 1, 130


@click.command()
@click.option("--exit", "ends", is_flag=True, help="Stop when the stories are told, instead of running on.")
@click.option("--only", default="", help="Only stories whose names begin so: p17, or p17,p18.")
@click.option("--group", default="", help="Only stories of one group: claims.")
def demo(only: str, group: str, *, ends: bool) -> None:
    """Play the example courses on embedded servers, with their time fast-forwarded."""
    state = state_folder() / "demo"
    _forget_settings()
    status = DONE

    async def run() -> None:
        nonlocal status
        status = await run_demo(state, _stories(only, group), ends=ends)

    carried_out(run())
    sys.exit(status)


def _forget_settings() -> None:
    """Leave out every setting: the demo uses its own servers and sends nothing, whatever else is set here."""
    for name in [name for name in os.environ if name.startswith("REGIMEN_")]:
        del os.environ[name]


async def run_demo(state: Path, stories: Sequence[Story], *, ends: bool) -> int:
    """Start anew, play, show, and stay until Ctrl-C unless it `ends`. Return the exit status."""
    began = time.monotonic()
    click.echo("Starting real servers for a demonstration; it begins anew each time and sends nothing outside.")
    _begin_anew(state)
    stopping = stop_asked_for()
    stack = EmbeddedStack(state, progress=say, synchronous="normal")
    async with stack:
        await migrate_database(stack.settings(os.environ).database_url, told=_say_nothing)
        os.environ.update(stack.environment())
        keeping = [
            asyncio.create_task(work) for work in (stack.keep_running(), keep_worker(stack), keep_console(stack))
        ]
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
            click.echo("Stopping: console, worker, Temporal, PostgreSQL.")
            await _end(*reversed(keeping))
    return status


def _stories(only: str, group: str) -> Sequence[Story]:
    try:
        return chosen(read_stories(EXAMPLES), only=only, group=group)
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
        longest_first = iter(sorted(shown, key=lambda one: -len(one.story.steps)))
        await asyncio.gather(*(_play_one_after_another(longest_first, screen) for _ in range(AT_ONCE)))
    where_they_stand(shown, seconds=time.monotonic() - first, in_all=time.monotonic() - began)
    how_to_go_on(shown, state=stack.state, running=stack.running, ends=ends)
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


async def _play_one_after_another(stories: Iterator[Shown], screen: Screen) -> None:
    """Play stories in a process of its own, for which starting anew would take longer than a story; show what it tells."""
    player = await _player()
    try:
        for one in stories:
            screen.begins(one)
            if player.returncode is not None:
                player = await _player()
            await _play(one, player, screen)
    finally:
        with contextlib.suppress(ProcessLookupError):
            player.kill()


async def _player() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.stories", "--each-line", "--json"),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us first, and we end it
    )


async def _play(one: Shown, player: asyncio.subprocess.Process, screen: Screen) -> None:
    assert player.stdin is not None
    assert player.stdout is not None
    with contextlib.suppress(ConnectionError):
        player.stdin.write(f"{one.story.folder}\n".encode())
        await player.stdin.drain()
    while not one.is_over:
        line = await player.stdout.readline()
        for told in _documents(line):
            screen.tells(one, told)
        if not line and not one.is_over:
            status = await player.wait()
            screen.tells(one, {"failed": f"{one.story.name}: the player ended with status {status}"})


def _documents(line: bytes) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(ValueError):
        yield from_json(line)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        demo(prog_name="regimen-demo")
