"""The response as a small curve: headache and migraine days per 28 days, before treatment and after each session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup, escape

from domain.diary import Baseline, WindowCounts
from domain.protocol import ResponseRules
from domain.shares import exact, per_day

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 30, 12, 12, 34
DAYS_MIN = 7
"""A block of fewer days says nothing: it is not drawn."""


@dataclass(frozen=True)
class Point:
    """One block on the curve: where, and between which counts per 28 days the headache days lie."""

    x: float
    least: float
    most: float
    migraine: float
    said: str
    in_part: bool = False  # a block of fewer days, reckoned up to 28
    known: bool = True  # some of its days are recorded


def curve(baseline: Baseline | None, blocks: Sequence[WindowCounts], rules: ResponseRules) -> Markup:
    """Return the curve. Missing days make a bar: at best they were free of headache, at worst none was."""
    days = rules.window_days.value
    drawn = [block for block in blocks if block.days >= DAYS_MIN]
    step = (WIDTH - LEFT - RIGHT) / max(len(drawn) + 1, 2)
    before = None if baseline is None else _before(baseline, days, LEFT + step / 2)
    points = [_point(block, days, LEFT + step * (place + 1.5)) for place, block in enumerate(drawn)]
    parts = [*_axes(days), *_sessions(drawn, step)]
    if before is not None:
        parts += _marks(before, exact(rules.response_share.value), days)
    shown = points if before is None else [before, *points]
    parts += _lines(shown, days)
    said = escape("; ".join(point.said for point in shown) or "no diary days yet")
    return Markup(  # noqa: S704 - built from numbers here; the one text is escaped
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Headache days per {days} days: {said}">'
        f"{''.join(parts)}</svg>"
    )


def _before(baseline: Baseline, days: int, x: float) -> Point:
    least = per_day(baseline.headache_days, baseline.period_days) * days
    most = per_day(baseline.headache_days + baseline.unknown_days, baseline.period_days) * days
    migraine = per_day(baseline.migraine_days, baseline.period_days) * days
    said = f"before treatment {baseline.headache_days} of {baseline.period_days}"
    return Point(x=x, least=float(least), most=float(most), migraine=float(migraine), said=said)


def _point(block: WindowCounts, days: int, x: float) -> Point:
    missing = block.days - block.recorded_days
    rate = Fraction(days, block.days)
    most = block.headache_days + missing
    counted = str(block.headache_days) if not missing else f"{block.headache_days} to {most}"
    return Point(
        x=x,
        least=float(block.headache_days * rate),
        most=float(most * rate),
        migraine=float(block.migraine_days * rate),
        said=f"after session {block.cycle}, month {block.month}: {counted} of {block.days}",
        in_part=block.days != days,
        known=block.recorded_days > 0,
    )


def _y(count: float, days: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - count / days)


def _axes(days: int) -> list[str]:
    parts = []
    for count in (0, days // 4, days // 2, days * 3 // 4, days):
        y = _y(count, days)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{count}</text>')
    return parts


def _sessions(drawn: Sequence[WindowCounts], step: float) -> list[str]:
    """Return a line where each cycle begins, and below it which session began it."""
    parts = [f'<text class="tick" x="{LEFT + step / 2:.1f}" y="{HEIGHT - 18}" text-anchor="middle">before</text>']
    for place, block in enumerate(drawn):
        x = LEFT + step * (place + 1)
        if block.month == 1 or place == 0:
            parts.append(f'<line class="session" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM + 6}"/>')
            parts.append(f'<text class="tick" x="{x + 2:.1f}" y="{HEIGHT - 4}">session {block.cycle}</text>')
        middle = x + step / 2
        parts.append(
            f'<text class="tick" x="{middle:.1f}" y="{HEIGHT - 18}" text-anchor="middle">m{block.month}</text>'
        )
    return parts


def _marks(before: Point, share: Fraction, days: int) -> list[str]:
    """Return the line of the count before treatment and that of a response."""
    parts = []
    response = before.least * float(1 - share)
    for name, count, label in (
        ("baseline", before.least, ""),
        ("response", response, f"{float(share) * 100:.0f}% fewer"),
    ):
        y = _y(count, days)
        parts.append(f'<line class="{name}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if label:
            parts.append(
                f'<text class="mark-text" x="{WIDTH - RIGHT}" y="{y - 3:.1f}" text-anchor="end">{label}</text>'
            )
    return parts


def _lines(points: Sequence[Point], days: int) -> list[str]:
    parts = []
    for name, counts in (
        ("migraine", [(point.x, point.migraine) for point in points if point.known]),
        ("headache", [(point.x, point.least) for point in points if point.known]),
    ):
        drawn = " ".join(f"{x:.1f},{_y(count, days):.1f}" for x, count in counts)
        parts.append(f'<polyline class="{name}" points="{drawn}"/>')
    for point in points:
        if point.most > point.least:
            low, high = _y(point.least, days), _y(point.most, days)
            parts.append(f'<line class="bounds" x1="{point.x:.1f}" x2="{point.x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>')
        if not point.known:
            continue
        kind = "dot part" if point.in_part else "dot"
        parts.append(f'<circle class="{kind}" cx="{point.x:.1f}" cy="{_y(point.least, days):.1f}" r="3.2"/>')
    return parts
