"""Both databases and the keys are backed up together and come back together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from temporalio.service import RPCError

from runtime.embedded import AlreadyRunning, EmbeddedStack, StackError, erase_state
from runtime.embedded.backup import MANIFEST, UNFINISHED, BackupError, back_up, refuse_unfinished, restore
from runtime.running_stack import KEYS_FILE
from runtime.settings import Settings
from runtime.temporal import connect

a_stack = partial(EmbeddedStack, synchronous="normal", usual_ports=False, web_ui=False)


def quiet(_line: str) -> None:
    pass


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    state = tmp_path / "state"
    yield state
    for folder in tmp_path.glob("state*"):
        erase_state(folder)


async def open_a_course(settings: Settings, number: int) -> None:
    """Write one course to both databases, as the real ones do."""
    client = await connect(settings)
    await client.start_workflow("Course", "Ada", id=f"course-{number}", task_queue="nobody")
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("create extension if not exists btree_gist")
    await connection.execute("create table if not exists journal (number int primary key)")
    await connection.execute("insert into journal values ($1)", number)
    await connection.close()


async def courses_of(settings: Settings) -> tuple[list[int], list[str]]:
    """Return the courses in the journal, and those in Temporal whose input can be decrypted."""
    connection = await asyncpg.connect(settings.database_url)
    journal = [row["number"] for row in await connection.fetch("select number from journal order by number")]
    await connection.close()
    client = await connect(settings)
    readable = []
    for number in range(1, 4):
        try:
            history = await client.get_workflow_handle(f"course-{number}").fetch_history()
        except RPCError:
            continue
        payloads = history.events[0].workflow_execution_started_event_attributes.input.payloads
        assert await client.data_converter.decode(payloads) == ["Ada"]
        readable.append(f"course-{number}")
    return journal, readable


async def test_a_restored_stack_has_both_databases_and_the_keys_as_they_were(state: Path, tmp_path: Path) -> None:
    async with a_stack(state) as stack:
        await open_a_course(stack.settings(), 1)
    await back_up(state, tmp_path / "deeper" / "backup", progress=quiet)
    async with a_stack(state) as stack:
        await open_a_course(stack.settings(), 2)

    await restore(state, tmp_path / "deeper" / "backup", replace=True, progress=quiet)

    async with a_stack(state) as stack:
        assert await courses_of(stack.settings()) == ([1], ["course-1"])


@pytest.mark.long
async def test_what_a_restore_replaced_can_be_moved_back(state: Path, tmp_path: Path) -> None:
    async with a_stack(state) as stack:
        await open_a_course(stack.settings(), 1)
    await back_up(state, tmp_path / "backup", progress=quiet)
    await restore(state, tmp_path / "backup", replace=True, progress=quiet)
    [replaced] = tmp_path.glob("state.replaced-*")

    state.rename(tmp_path / "state.not-wanted")
    replaced.rename(state)

    async with a_stack(state) as stack:
        assert await courses_of(stack.settings()) == ([1], ["course-1"])


@pytest.mark.long
async def test_a_backup_can_be_restored_on_another_machine(state: Path, tmp_path: Path) -> None:
    async with a_stack(state) as stack:
        await open_a_course(stack.settings(), 3)
    await back_up(state, tmp_path / "backup", progress=quiet)
    elsewhere = tmp_path / "other machine" / "state"

    await restore(elsewhere, tmp_path / "backup", replace=False, progress=quiet)

    async with a_stack(elsewhere, throw_away=True) as stack:
        assert await courses_of(stack.settings()) == ([3], ["course-3"])


async def test_a_running_stack_is_not_backed_up(state: Path, tmp_path: Path) -> None:
    async with a_stack(state):
        with pytest.raises(AlreadyRunning):
            await back_up(state, tmp_path / "backup", progress=quiet)
        assert not list(tmp_path.glob("*backup*"))
        assert not list(tmp_path.glob(".backup*"))


class TestABackupThatIsNotFit:
    @pytest.fixture
    async def backup(self, state: Path, tmp_path: Path) -> Path:
        async with a_stack(state):
            pass
        await back_up(state, tmp_path / "backup", progress=quiet)
        return tmp_path / "backup"

    async def test_it_is_refused_with_the_file_and_the_reason_and_nothing_changes(
        self, state: Path, backup: Path, tmp_path: Path
    ) -> None:
        before = sorted(path.name for path in state.iterdir())
        manifest = json.loads((backup / MANIFEST).read_text())

        with pytest.raises(BackupError, match="holds a stack already; say --yes"):
            await restore(state, backup, replace=False, progress=quiet)
        with pytest.raises(BackupError, match="is no backup"):
            await restore(state, tmp_path, replace=True, progress=quiet)
        with pytest.raises(BackupError, match="there and not empty"):
            await back_up(state, backup, progress=quiet)
        (backup / KEYS_FILE).write_text("k1:changed")
        with pytest.raises(BackupError, match=r"payload.keys is not what the backup wrote"):
            await restore(state, backup, replace=True, progress=quiet)
        (backup / KEYS_FILE).unlink()
        with pytest.raises(BackupError, match=r"payload.keys is missing"):
            await restore(state, backup, replace=True, progress=quiet)
        (backup / MANIFEST).write_text(json.dumps(manifest | {"format": 99}))
        with pytest.raises(BackupError, match="has format 99"):
            await restore(state, backup, replace=True, progress=quiet)

        assert sorted(path.name for path in state.iterdir()) == before


def test_a_restore_that_was_cut_off_stops_the_next_start(tmp_path: Path) -> None:
    (tmp_path / UNFINISHED).touch()

    with pytest.raises(StackError, match="was cut off"):
        refuse_unfinished(tmp_path)
