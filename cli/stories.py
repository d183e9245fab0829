"""Plays a story of `examples/` on the running embedded stack, through the commands that people use.

`python -m cli.stories examples/responds-at-once` plays one and tells what happens. The course is started by
`starter.py` as a program; the commands that follow run in this process, since to start a program for each of them
would take most of the time.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
from pydantic_core import from_json, to_json

from cli import main as command_line
from cli.standing import Standing, differences
from cli.story_file import (
    DiarySheet,
    Fields,
    Step,
    Story,
    StoryError,
    as_csv,
    days_of,
    first_day_of,
    read_story,
    with_days,
)
from cli.story_steps import Doing, command_of, said_of
from domain.record import Record
from domain.waits import WaitKind
from runtime.settings import PROJECT, state_folder

STARTER = PROJECT / "starter.py"
WHO_STARTS = "amy.ops"
THE_INJECTOR = "the injector"
FAST_FORWARDS_MAX = 30
"""A story that passes more tasks on its way to the one it waits for has lost its way."""


MOMENTS, A_MOMENT_SECONDS = 25, 0.2
"""How long a story waits for what follows by itself, such as diary days being counted."""


Command = Callable[..., Any]
"""Runs a command of `starter.py` and returns its answer."""


class CommandRefused(Exception):
    """A command did not do what it was asked. The text is what it said."""


class StoryFailed(Exception):
    """A story could not be played to its end. The text names story, step and what was refused."""


class Told(Record):
    """What the player tells of a step: which, on which of the course's days, and what is done."""

    step: int
    of: int
    on: date
    by: str
    said: str


def run_apart(*arguments: str) -> Any:
    """Run a command of `starter.py` as a program and return its answer. Raises `CommandRefused`."""
    command = [sys.executable, str(STARTER), *arguments, "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - our own command, no shell
    return _answer(done.returncode, done.stdout)


def run_here(*arguments: str) -> Any:
    """Run a command of `starter.py` in this process and return its answer. Raises `CommandRefused`."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        status = command_line.main([*arguments, "--json"])
    return _answer(status, written.getvalue())


def patiently(*arguments: str) -> Any:
    """Run a command; a course that is still counting the diary days just entered asks to come again."""
    for _ in range(MOMENTS):
        try:
            return run_here(*arguments)
        except CommandRefused as no:
            if not str(no).endswith("answer again"):
                raise
        time.sleep(A_MOMENT_SECONDS)
    return run_here(*arguments)


def _answer(status: int, written: str) -> Any:
    answer = from_json(written) if written.strip() else {}
    if status == 0:
        return answer
    raise CommandRefused(answer.get("error", {}).get("message") or f"status {status}")


WHERE_DAYS_COME_LAST = timezone(timedelta(hours=-12))


class Player:
    """Plays one story. `folder` gets what the steps write: diary sheets and authorization requests."""

    def __init__(self, story: Story, *, folder: Path, tell: Callable[[Told], None], start: Command) -> None:
        self._story = story
        self._folder = folder
        self._tell = tell
        self._start = start
        self._sheets = 0
        self.course_id = ""

    def play(self) -> Standing:
        """Play the story and return where the course stands. Raises `StoryFailed`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._named("the start"):
            today = datetime.now(WHERE_DAYS_COME_LAST).date()  # no clinic takes it for a day to come
            self._begin(self._start, self._story.intake, today, by=WHO_STARTS)
        for number, step in enumerate(self._story.steps, start=1):
            with self._named(f"step {number}, {said_of(step)}"):
                self._play(number, step)
        with self._named("the end"):
            return self._end()

    def _begin(self, start: Command, intake: Path, today: date, *, by: str) -> None:
        """Start a course; what follows is about that one."""
        started = start("start", str(self._written_out(intake, today)), "--sample", "--by", by)
        self.course_id = started["course_id"]

    def _written_out(self, intake: Path, today: date) -> Path:
        """Return where the intake is; one whose days are told from today on is written out first."""
        told = intake.read_text(encoding="utf-8")
        written = with_days(told, today)
        if written == told:
            return intake
        path = self._folder / intake.name
        path.write_text(written, encoding="utf-8")
        return path

    @contextlib.contextmanager
    def _named(self, where: str) -> Iterator[None]:
        try:
            yield
        except (CommandRefused, StoryError) as no:
            raise StoryFailed(f"{self._story.name}, {where}: {no}") from None

    def _play(self, number: int, step: Step) -> None:
        if step.days is not None:
            self._forward("--days", str(step.days))
        now, task = self._standing(), ""
        if step.until is not None:
            now, task = self._until(step.until)
        by = self._by(step, now)
        self._tell(Told(step=number, of=len(self._story.steps), on=now.today, by=by, said=said_of(step)))
        if step.diary is not None:
            sheet = str(self._sheet(step.diary, now))
            run_here("record", self.course_id, "diary", "--file", sheet, "--by", by)
        elif step.start is not None:
            self._begin(run_here, self._story.folder / step.start, now.today, by=by)
        elif step.actions:
            event = self._event(step.correct) if step.correct is not None else 0
            patiently(*command_of(Doing(step, self.course_id, by, task, now.today, self._folder, event)))

    def _event(self, correct: Fields) -> int:
        """Return the number of the last event of the kind that a correction names."""
        journal = run_here("history", self.course_id)["journal"]
        found = [line["event"] for line in journal if line["kind"] == correct["event"]]
        if not found:
            raise StoryError(f"nothing of kind {correct['event']} has happened")
        return int(found[-1])

    def _until(self, kind: WaitKind) -> tuple[Standing, str]:
        """Let time pass until a task of this kind is open, and return it."""
        for _ in range(FAST_FORWARDS_MAX):
            now = self._standing()
            if (task := now.task(kind)) is not None:
                return now, task
            if now.closed:
                raise StoryError(f"the course is closed and has no task {kind}")
            if not self._forward("--until-task")["new_tasks"]:
                break
        raise StoryError(f"no task {kind} opened; the course waits for {', '.join(self._standing().waits_for)}")

    def _forward(self, *how: str) -> Any:
        return run_here("fast-forward", self.course_id, *how, "--by", WHO_STARTS)

    def _standing(self) -> Standing:
        return Standing.of(run_here("show", self.course_id))

    def _by(self, step: Step, now: Standing) -> str:
        if step.by != THE_INJECTOR:
            return step.by or ""
        injector = now.last_injector if step.until is WaitKind.SIGNATURE else now.next_injector
        if injector is None:
            raise StoryError("there is no injector: nothing is booked")
        return injector

    def _sheet(self, sheet: DiarySheet, now: Standing) -> Path:
        """Write the diary sheet that the patient hands in, up to yesterday, and return where it is."""
        self._sheets += 1
        first_on = first_day_of(sheet, started_on=now.started_on, sessions_on=now.sessions_on)
        path = self._folder / f"diary-{self._sheets}.csv"
        path.write_text(as_csv(days_of(sheet, first_on=first_on, last_on=now.yesterday)))
        return path

    def _end(self) -> Standing:
        """Return where the course stands, once it does as the story says. What follows by itself may take a moment."""
        for _ in range(MOMENTS):
            now = self._standing()
            wrong = differences(self._story.end, now, self._besides())
            if not wrong:
                return now
            time.sleep(A_MOMENT_SECONDS)
        raise StoryError("; ".join(wrong))

    def _besides(self) -> dict[str, Any]:
        """Return what `show` does not tell: messages to the patient, and the evidence of the open response check."""
        end, found = self._story.end, dict[str, Any]()
        if end.messages:
            found["messages"] = {message["kind"] for message in run_here("messages", self.course_id)}
        if end.open_check is not None:
            found["open_check"] = run_here("evidence", self.course_id)["evidence"]["verdict"]
        return found


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, for programs.")
@click.option("--each-line", is_flag=True, help="Play the folders that stdin names, a line each, one after another.")
def play(folder: Path | None, *, as_json: bool, each_line: bool) -> None:
    """Play the story in FOLDER on the embedded stack that is running, and say where the course then stands."""
    if each_line:
        start: Command = run_apart
        for line in sys.stdin:
            _play(Path(line.strip()), as_json=as_json, start=start)
            start = run_here  # that the program starts a course was seen once
    elif folder is None:
        raise click.UsageError("expected the FOLDER of a story")
    elif not _play(folder, as_json=as_json, start=run_apart):
        raise SystemExit(1)


def _play(folder: Path, *, as_json: bool, start: Command) -> bool:
    """Play one story and say how it ended. Return whether it ended well."""

    def tell(told: Told) -> None:
        line = f"{told.step:3} of {told.of}  {told.on:%d %b %Y}  {told.by:12} {told.said}"
        click.echo(to_json(told).decode() if as_json else line)

    try:
        story = read_story(folder)
        player = Player(story, folder=state_folder() / "stories" / story.name, tell=tell, start=start)
        standing = player.play()
    except (StoryError, StoryFailed) as problem:
        _fail(str(problem), as_json=as_json)
        return False
    click.echo(to_json({"end": standing}).decode() if as_json else f"course {player.course_id}: {standing.waiting}")
    return True


def _fail(problem: str, *, as_json: bool) -> None:
    click.echo(to_json({"failed": problem}).decode() if as_json else f"error: {problem}", err=not as_json)


if __name__ == "__main__":
    play()
