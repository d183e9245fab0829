"""Named SQL: one statement per file, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

QUERIES = Path(__file__).with_name("queries")


@cache
def query(name: str) -> str:
    """Return the statement in `queries/<name>.sql`."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
