"""What the driver raises, told in the two words that a port knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from activities.outside import Unavailable

log = structlog.stdlib.get_logger(__name__)

EXPECTED = ("08", "40", "53", "55", "57")
"""Classes of SQLSTATE that pass: connection, rollback (deadlock), resources, lock not available, operator's action."""


@contextmanager
def told_as_outages() -> Iterator[None]:
    """Raise `Unavailable` for whatever PostgreSQL does not do, without its words: they may quote a row.

    Also for our own mistakes in SQL: a migration may be under way, and a person sees the error in the log.
    """
    try:
        yield
    except asyncpg.PostgresError as problem:
        state = problem.sqlstate or "?"
        if not state.startswith(EXPECTED):
            log.error("database.failed", sqlstate=state, error=type(problem).__name__)  # noqa: TRY400 - no trace: it quotes rows
        raise Unavailable(f"PostgreSQL answered with SQLSTATE {state}; it is tried again") from None
    except (OSError, TimeoutError, asyncpg.InterfaceError):
        raise Unavailable("PostgreSQL does not answer; it is tried again") from None
