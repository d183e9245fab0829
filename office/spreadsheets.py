"""Cells of CSV files, for spreadsheets that take some text for a formula and run it."""

from __future__ import annotations

from typing import Any

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
NOTHING = "-"
"""Stands where there is nothing to show; no spreadsheet runs a lone dash."""


def typed(text: str) -> str:
    """Return what a cell that we have written says: without the apostrophe that kept it from being a formula."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULAS) else text


def cell(value: Any) -> str:
    """Return a cell. Text that a spreadsheet would take for a formula begins with an apostrophe instead."""
    text = "" if value is None else str(value)
    is_formula = isinstance(value, str) and text != NOTHING and text.lstrip(" ").startswith(FORMULAS)
    return f"'{text}" if is_formula else text
