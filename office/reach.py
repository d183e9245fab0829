"""What a command reaches: the database and Temporal, each opened when it is first asked for.

Imports stand where they are needed: Temporal's client costs half a second, and lists do without it.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from office.errors import BadInput, NotReachable
from runtime.environment import Environment, SettingsError
from runtime.running_stack import RunningStack, read_running_stack
from runtime.unreachable import Unreachable

if TYPE_CHECKING:
    from temporalio.client import Client

    from readmodel.pool import Pool
    from runtime.settings import Settings

CONNECTIONS_MAX = 8
DATABASE, TEMPORAL = "REGIMEN_DATABASE_URL", "REGIMEN_TEMPORAL_ADDRESS"
WEB_UI = "REGIMEN_TEMPORAL_UI_URL"


class Reach:
    """Use as `async with Reach() as reach`. What cannot be reached raises `NotReachable`.

    `quiet`: a command, whose stdout and stderr are for people, not for logs.
    """

    def __init__(self, *, connections: int = CONNECTIONS_MAX, quiet: bool = True) -> None:
        self._connections, self._quiet = connections, quiet
        self._open = AsyncExitStack()
        self._pool: Pool | None = None
        self._client: Client | None = None
        self._settings: Settings | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def pool(self) -> Pool:
        """Return connections to the database."""
        if self._pool is None:
            from runtime.database import open_pool  # noqa: PLC0415 - who needs no database does without it

            if self._quiet:
                _keep_stdout_for_answers()
            try:
                self._pool = await open_pool(_database_url(), max_size=self._connections)
            except Unreachable as outage:
                raise NotReachable(str(outage)) from None
            self._open.push_async_callback(self._pool.close)
        return self._pool

    async def client(self) -> Client:
        """Return Temporal's client."""
        if self._client is None:
            from runtime.temporal import connect  # noqa: PLC0415 - Temporal's client is heavy, and lists do without it

            settings = self.settings
            if self._quiet:
                _silence_temporal()
            try:
                self._client = await connect(settings)
            except Unreachable as outage:
                raise NotReachable(str(outage)) from None
        return self._client

    @property
    def web_ui_url(self) -> str | None:
        """Return where Temporal's Web UI is, if anybody has said so: the variable, or a running embedded stack."""
        try:
            given = Environment(os.environ).url(WEB_UI, schemes=("http", "https"))
        except SettingsError as problem:
            raise BadInput(str(problem)) from None
        running = None if given is not None else read_running_stack(_state())
        return (given or (running.web_ui_url if running else None) or "").rstrip("/") or None

    @property
    def settings(self) -> Settings:
        """Return where everything is. Raises `BadInput` for a wrong variable."""
        if self._settings is None:
            from runtime.settings import load_settings  # noqa: PLC0415 - who asks nobody does without it

            for variable in (DATABASE, TEMPORAL):
                _found(variable)
            try:
                self._settings = load_settings()
            except SettingsError as problem:
                raise BadInput(str(problem)) from None
        return self._settings


def _database_url() -> str:
    """Return where the database is, without loading what only Temporal needs."""
    url = _found(DATABASE)
    try:
        Environment(os.environ).url(DATABASE, schemes=("postgresql", "postgres"))
    except SettingsError as problem:
        raise BadInput(str(problem)) from None
    return url


def _found(variable: str) -> str:
    """Return an address from the environment or from a running embedded stack; neither: it cannot be reached."""
    env = Environment(os.environ)
    try:
        given, folder = env.text(variable), _state()
    except SettingsError as problem:
        raise BadInput(str(problem)) from None
    if given is not None:
        return given
    found = _part(read_running_stack(folder), variable)
    if found is None:
        what = "the database" if variable == DATABASE else "Temporal"
        tried = f"{variable} is not set, and no embedded stack is running in {folder}; start one with `make run`"
        raise NotReachable(f"{what} cannot be reached: {tried}")
    return found


def _state() -> Path:
    """Return the folder in which an embedded stack would run. Raises `SettingsError`."""
    state = Environment(os.environ).text("REGIMEN_STATE")
    return Path(state).expanduser().absolute() if state else Path(__file__).resolve().parent.parent / ".regimen"


def _part(running: RunningStack | None, variable: str) -> str | None:
    if running is None:
        return None
    return running.database_url if variable == DATABASE else running.temporal_address


def _keep_stdout_for_answers() -> None:
    """Send what our own code logs to stderr, and only what is wrong."""
    import structlog  # noqa: PLC0415 - only a command needs it, and only with a database

    wanted = os.environ.get("REGIMEN_LOG_LEVEL", "").upper()
    level = logging.getLevelNamesMapping().get(wanted, logging.ERROR)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@functools.cache
def _silence_temporal() -> None:
    """Keep the logs of Temporal's client from people: what fails is told as an error. Once a process."""
    from runtime.logs import forward_core_logs  # noqa: PLC0415 - Temporal's client is heavy, and lists do without it

    logging.getLogger("temporalio.core").setLevel(logging.CRITICAL)
    with suppress(RuntimeError):  # a program that has a client of its own has said where its logs go
        forward_core_logs()
