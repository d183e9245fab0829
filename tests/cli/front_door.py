"""`starter.py` as people and scripts run it: a program with arguments, a status, stdout and stderr."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

from cli.main import main

ROOT = Path(__file__).parents[2]
INTAKE = ROOT / "examples" / "responds-at-once" / "intake.json"


@dataclass(frozen=True)
class Ran:
    """What a run of the command came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return stdout, which is one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """Return the error of a command that was asked for JSON."""
        assert self.status != 0, self.out
        error: dict[str, Any] = self.json["error"]
        return error


@dataclass(frozen=True)
class FrontDoor:
    """Runs commands against the stack whose state is in a folder.

    Most run in this process, on a thread of their own: a new program for each would take most of the time.
    `program` starts one, as a shell does.
    """

    state: Path

    def environ(self, **variables: str) -> dict[str, str]:
        """Return the environment of a command: nothing of ours but where the stack is."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("REGIMEN_")}
        return ours | {"REGIMEN_STATE": str(self.state)} | variables

    async def __call__(self, *arguments: str, **variables: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environ(**variables), clear=True),
            mock.patch("sys.stdin", io.StringIO()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = await asyncio.to_thread(main, arguments)
        return Ran(status=status, out=out.getvalue(), err=err.getvalue())

    async def program(self, *arguments: str, **variables: str) -> Ran:
        """Run `starter.py` as a program."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "starter.py", *arguments),
            cwd=ROOT,
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Ran(status=process.returncode or 0, out=out.decode(), err=err.decode())

    async def done(self, *arguments: str) -> Any:
        """Run a command with --json, which must succeed, and return its answer."""
        ran = await self(*arguments, "--json")
        assert ran.status == 0, ran.out + ran.err
        return ran.json

    async def refused(self, *arguments: str) -> tuple[int, str]:
        """Run a command that must fail, and return its status and its one line on stderr."""
        ran = await self(*arguments)
        assert ran.status != 0, ran.out
        assert ran.out == ""
        assert ran.err.startswith("error: ")
        assert ran.err.count("\n") == 1
        return ran.status, ran.err.removeprefix("error: ").strip()


def an_intake(**changes: Any) -> dict[str, Any]:
    """Return the intake of a new patient; `changes` are of the top level."""
    intake: dict[str, Any] = json.loads(INTAKE.read_text())
    intake["patient"]["record_number"] = f"T-{uuid4().hex[:10]}"
    return intake | changes


def written(folder: Path, intake: dict[str, Any]) -> str:
    """Write an intake to a file and return its path."""
    path = folder / f"{uuid4().hex}.json"
    path.write_text(json.dumps(intake))
    return str(path)
