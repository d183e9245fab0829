"""Bars and columns as SVG. The table beside says the same, so a chart is one picture with one name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup, escape

WIDTH, ROW, LABELS, ENDS = 482, 22, 172, 70
HIGH, WIDE, NARROW, FOOT, HEAD, EDGE = 150, 34, 17, 26, 16, 14
LABEL_MAX = 24
NAME_ROOM = 60
"""Not every column is named: the names of all would run into each other."""


@dataclass(frozen=True)
class Bar:
    """One bar: how long it is, what stands at its end, and how much of it is shown as a part of its own."""

    label: str
    value: float
    text: str
    part: float = 0


def bars(rows: Sequence[Bar], *, name: str, most: float | None = None) -> Markup:
    """Return lying bars, one below the other. `most` is the value of a whole bar; nothing said: the longest one's."""
    longest = most or max((row.value for row in rows), default=0) or 1
    height = ROW * len(rows) + 2
    drawn = [_lying(row, number, longest) for number, row in enumerate(rows)]
    return _svg(drawn, name=name, width=WIDTH, height=height, kind="bars")


def _lying(row: Bar, number: int, longest: float) -> Markup:
    top, room = ROW * number + 3, WIDTH - LABELS - ENDS
    width = min(1, row.value / longest) * room
    part = min(1, row.part / longest) * room
    label = row.label if len(row.label) <= LABEL_MAX else f"{row.label[: LABEL_MAX - 1]}…"
    return Markup(
        '<text class="label" x="{x}" y="{y}" text-anchor="end">{label}</text>'
        '<rect class="bar" x="{left}" y="{top}" width="{width:.1f}" height="{high}" rx="2"/>'
        '<rect class="part" x="{left}" y="{top}" width="{part:.1f}" height="{high}" rx="2"/>'
        '<text class="value" x="{end:.1f}" y="{y}">{text}</text>'
    ).format(
        x=LABELS - 8,
        y=top + 13,
        label=label,
        left=LABELS,
        top=top,
        width=width,
        part=part,
        high=ROW - 6,
        end=LABELS + width + 6,
        text=row.text,
    )


def columns(rows: Sequence[Bar], *, name: str) -> Markup:
    """Return standing bars, side by side; the part of each stands at its foot."""
    tallest = max((row.value for row in rows), default=0) or 1
    wide = max(NARROW, min(WIDE, (WIDTH - 2 * EDGE) // max(len(rows), 1)))
    every, width = ceil(NAME_ROOM / wide), 2 * EDGE + wide * len(rows)
    drawn = [_standing(row, number, tallest, wide, named=number % every == 0) for number, row in enumerate(rows)]
    drawn.append(Markup('<line class="ground" x1="0" y1="{y}" x2="{x}" y2="{y}"/>').format(y=HEAD + HIGH, x=width))
    return _svg(drawn, name=name, width=width, height=HEAD + HIGH + FOOT, kind="columns")


def _standing(row: Bar, number: int, tallest: float, wide: int, *, named: bool) -> Markup:
    left, foot = EDGE + wide * number, HEAD + HIGH
    high, part = row.value / tallest * HIGH, row.part / tallest * HIGH
    return Markup(
        '<rect class="bar" x="{x}" y="{y:.1f}" width="{w}" height="{high:.1f}"/>'
        '<rect class="part" x="{x}" y="{part_y:.1f}" width="{w}" height="{part:.1f}"/>'
        '<text class="value" x="{middle}" y="{text_y:.1f}" text-anchor="middle">{text}</text>'
        '<text class="label" x="{middle}" y="{label_y}" text-anchor="middle">{label}</text>'
    ).format(
        x=left + (4 if wide == WIDE else 2),
        y=foot - high,
        w=wide - (8 if wide == WIDE else 4),
        high=high,
        part_y=foot - part,
        part=part,
        middle=left + wide // 2,
        text_y=foot - high - 4,
        text=row.text,
        label_y=foot + 16,
        label=row.label if named else "",
    )


def _svg(drawn: Sequence[Markup], *, name: str, width: int, height: int, kind: str) -> Markup:
    inside = Markup("").join(drawn)
    return Markup(
        '<svg class="chart {kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{name}">{inside}</svg>'
    ).format(kind=kind, width=width, height=height, name=escape(name), inside=inside)
