"""The embedded PostgreSQL: one process per stack, on loopback only, with a password."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg

from runtime.embedded.child import Child
from runtime.embedded.cluster import QUIET_ENV, Home, Programs, ensure_cluster, ensure_home, find_programs, home_of
from runtime.embedded.errors import StackError
from runtime.embedded.leftovers import end_leftover
from runtime.embedded.ports import LOOPBACK
from runtime.embedded.secrets_of_state import DATABASE_PASSWORD_FILE, ensure_secret

USUAL_PORT = 5432
USER = "regimen"
DATABASE = "regimen"
READY_SECONDS = 60  # after a power cut it first reads its log again
POLL_SECONDS = 0.02

Synchronous: TypeAlias = Literal["full", "normal"]
"""`full` survives a power cut. `normal` survives the death of every process, and is faster: tests and the demo."""


class EmbeddedPostgres:
    def __init__(self, state: Path, *, port: int, synchronous: Synchronous) -> None:
        self._state = state
        self._port = port
        self._synchronous = synchronous
        self._home: Home | None = None
        self._programs: Programs | None = None
        self._password = ""
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self._port}/{DATABASE}"

    @property
    def version(self) -> str:
        return self._programs.version if self._programs else ""

    async def prepare(self) -> None:
        """Find the programs and make the cluster, where that was not done before."""
        self._home = ensure_home(self._state)
        if self._home.cluster.exists() and not (self._state / DATABASE_PASSWORD_FILE).exists():
            raise StackError(f"{self._state / DATABASE_PASSWORD_FILE} is missing; restore a backup")
        self._password = ensure_secret(self._state, DATABASE_PASSWORD_FILE)
        self._programs = await asyncio.to_thread(find_programs, self._home.owner)
        await asyncio.to_thread(
            ensure_cluster, self._state, self._home, self._programs, user=USER, password=self._password
        )
        await asyncio.to_thread(end_leftover_postgres, self._state)

    async def start(self) -> None:
        """Start the server and return when it answers."""
        if self._programs is None:
            await self.prepare()
        deadline = time.monotonic() + READY_SECONDS
        while not await self._started(deadline):
            # Backends of a postmaster that was killed are about to notice; until then they hold its memory.
            await asyncio.sleep(0.1)
        await self._ensure_database()

    async def _started(self, deadline: float) -> bool:
        assert self._home, "prepare comes first"
        child = await Child.start(
            self._command(),
            log=self._state / "logs" / "postgres.log",
            env=QUIET_ENV,
            owner=self._home.owner,
            dies_by=signal.SIGINT,
        )
        self.child = child
        while time.monotonic() < deadline:
            if child.exit_status is not None:
                if "pre-existing shared memory block" in child.last_words():
                    return False
                raise StackError(f"PostgreSQL did not start; {child.log} ends with:\n{child.last_words()}")
            if await self._answers():
                return True
            await asyncio.sleep(POLL_SECONDS)
        await child.kill()
        raise StackError(f"PostgreSQL did not answer within {READY_SECONDS} s; see {child.log}")

    def _command(self) -> list[str]:
        assert self._home, "prepare comes first"
        assert self._programs, "prepare comes first"
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": "",  # a socket's path has at most 107 bytes, a state folder may have more
            "timezone": "UTC",
            "log_timezone": "UTC",
            "shared_buffers": "64MB",
            # Neither values nor statements: they would carry patients into the log.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if self._synchronous == "normal":
            options |= {"fsync": "off", "full_page_writes": "off"}
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        return [self._programs.path("postgres"), "-D", str(self._home.cluster), *flags]

    async def _answers(self) -> bool:
        try:
            connection = await self._connected("postgres")
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        except asyncpg.InvalidPasswordError as refused:
            file = self._state / DATABASE_PASSWORD_FILE
            raise StackError(f"PostgreSQL on port {self._port} refuses the password in {file}") from refused
        await connection.close()
        return True

    async def _connected(self, database: str) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(
            host=LOOPBACK, port=self._port, user=USER, password=self._password, database=database, timeout=3, ssl=False
        )

    async def _ensure_database(self) -> None:
        connection = await self._connected("postgres")
        try:
            if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()

    async def stop(self) -> None:
        """Stop as PostgreSQL's "fast" shutdown does: open transactions are rolled back, all else is safe on disk."""
        if self.child:
            await self.child.stop(signal.SIGINT, within=30)

    async def kill(self) -> None:
        if self.child:
            await self.child.kill()


def end_leftover_postgres(state: Path) -> bool:
    """End a PostgreSQL that still runs on this state's cluster."""
    cluster = home_of(state).cluster
    return end_leftover(cluster / "postmaster.pid", mark=f"{cluster} ", ask=signal.SIGINT)
