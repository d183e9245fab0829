"""Rows become frozen records at once."""

from __future__ import annotations

from typing import TypeVar

from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.sql import query

Row = TypeVar("Row", bound=Record)


async def all_rows(pool: Pool, record: type[Row], name: str, *parameters: object) -> list[Row]:
    """Return the rows of `queries/<name>.sql`. Raises `Unavailable`."""
    with told_as_outages():
        rows = await pool.fetch(query(name), *parameters)
    return [record.model_validate(dict(row)) for row in rows]


async def one_row(pool: Pool, record: type[Row], name: str, *parameters: object) -> Row | None:
    """Return the first row of `queries/<name>.sql`, or None. Raises `Unavailable`."""
    rows = await all_rows(pool, record, name, *parameters)
    return rows[0] if rows else None


async def one_value(pool: Pool, name: str, *parameters: object) -> object:
    """Return the first column of the first row, or None. Raises `Unavailable`."""
    with told_as_outages():
        return await pool.fetchval(query(name), *parameters)
