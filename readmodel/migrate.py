"""Brings a database to this version: `python -m readmodel.migrate`. Forward only; each file in a transaction of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 5_418_776_201  # any number that nobody else locks
CONNECT_SECONDS = 10

TABLE = """
create table if not exists migration (
    name text primary key,
    applied_at timestamptz not null default clock_timestamp()
)
"""


async def migrate(database_url: str) -> list[str]:
    """Apply what is missing and return the names applied, in order. Others who migrate at once wait for us.

    A database that is ahead of this program is left alone as long as it has all that this program knows:
    so an older worker starts during an upgrade.
    """
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(TABLE)
        done = {row["name"] for row in await connection.fetch("select name from migration")}
        missing = [path for path in sorted(MIGRATIONS.glob("*.sql")) if path.stem not in done]
        for path in missing:
            await _apply(connection, path)
        return [path.stem for path in missing]
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection[asyncpg.Record], path: Path) -> None:
    async with connection.transaction():
        await connection.execute(path.read_text(encoding="utf-8"))
        await connection.execute("insert into migration (name) values ($1)", path.stem)


def main() -> int:
    """Migrate the database that the environment names, and say what was done."""
    url = os.environ.get("REGIMEN_DATABASE_URL")
    if not url:
        sys.stderr.write("REGIMEN_DATABASE_URL: say which database, as postgresql://user:password@host:port/name\n")
        return 2
    applied = asyncio.run(migrate(url))
    sys.stdout.write("".join(f"applied {name}\n" for name in applied) or "nothing to do\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
