"""Tables for people: dense, one line a row, wrapped only in the last column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, nothing: str) -> Callable[[Console], None]:
    """Return what prints a table, or the sentence that there is nothing to show."""
    lines = [tuple(row) for row in rows]

    def show(console: Console) -> None:
        if not lines:
            console.print(nothing, markup=False, highlight=False)
            return
        from rich import box  # noqa: PLC0415 - a program that asks for JSON does without it
        from rich.table import Table  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for number, column in enumerate(columns):
            drawn.add_column(column, no_wrap=number < len(columns) - 1, overflow="fold")
        for line in lines:
            drawn.add_row(*(Text(cell) for cell in line))
        console.print(drawn)

    return show
