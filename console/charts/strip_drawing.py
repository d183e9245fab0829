"""The strip of a course as SVG. Its colours come from the page's style; every part says itself in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup

from console.charts.strip import BLOCK_DAYS, Bar, Strip, description, planned_in_words
from domain.planner import PlannedSession
from domain.story.words import day_in_words

WIDTH, LEFT, RIGHT = 1180, 116, 106
PIXELS_PER_DAY = 1.25
LANE, ROW, CHART = 24, 62, 112
SIGN = 6.4
"""About how wide a sign of small type is: what does not fit into its bar is left to tooltip and table."""
LABEL = 62


@dataclass(frozen=True)
class _Plan:
    """Where things are drawn."""

    strip: Strip
    lanes: tuple[int, ...]

    @property
    def width(self) -> int:
        days = (self.strip.last_on - self.strip.first_on).days
        return max(WIDTH, round(days * PIXELS_PER_DAY) + LEFT + RIGHT)

    @property
    def sessions_y(self) -> int:
        return 26 + LANE * max(1, max(self.lanes, default=0) + 1) + 26

    @property
    def checks_y(self) -> int:
        return self.sessions_y + ROW

    @property
    def chart_y(self) -> int:
        return self.checks_y + 34

    @property
    def height(self) -> int:
        return self.chart_y + CHART + 24

    def x(self, on: date) -> float:
        days = (self.strip.last_on - self.strip.first_on).days
        return round(LEFT + (on - self.strip.first_on).days * (self.width - LEFT - RIGHT) / days, 1)

    def y(self, count: float) -> float:
        return round(self.chart_y + CHART - count * CHART / BLOCK_DAYS, 1)


def drawn(strip: Strip) -> Markup:
    """Return the strip as SVG. Its colours come from the page's style."""
    plan = _Plan(strip, _lanes(strip.authorizations))
    body = Markup("\n").join(
        part
        for draw in (_frame, _drawn_today, _drawn_holds, _drawn_bars, _drawn_sessions, _drawn_checks, _drawn_chart)
        for part in draw(plan)
    )
    return Markup(
        '<svg class="course-strip" role="img" aria-labelledby="strip-title strip-desc" '
        'width="{w}" height="{h}" viewBox="0 0 {w} {h}" preserveAspectRatio="xMinYMin meet">'
        '<title id="strip-title">The course from {first} to {last}</title>'
        '<desc id="strip-desc">{desc}</desc>\n{body}\n</svg>'
    ).format(
        w=plan.width,
        h=plan.height,
        first=day_in_words(strip.first_on),
        last=day_in_words(strip.last_on),
        desc=description(strip),
        body=body,
    )


def _lanes(bars: Sequence[Bar]) -> tuple[int, ...]:
    """Return on which lane each bar is drawn, so that none covers another."""
    ends: list[date] = []
    lanes = []
    for bar in bars:
        lane = next((number for number, end in enumerate(ends) if end < bar.from_on), len(ends))
        ends[lane:] = [bar.until_on, *ends[lane + 1 :]]
        lanes.append(lane)
    return tuple(lanes)


def _part(template: str, **values: object) -> Markup:
    return Markup(template).format(**values)  # noqa: S704 - templates are ours; what is filled in is escaped


def _frame(plan: _Plan) -> Iterator[Markup]:
    strip = plan.strip
    for name, y in (
        ("Authorizations", 42),
        ("Sessions", plan.sessions_y + 4),
        ("Checks", plan.checks_y + 4),
        ("Headache days", plan.chart_y + 14),
        ("per 28 days", plan.chart_y + 29),
    ):
        yield _part('<text class="row" x="0" y="{y}">{name}</text>', y=y, name=name)
    month = date(strip.first_on.year, strip.first_on.month, 1)
    every = 1 if plan.width / max(1, (strip.last_on - strip.first_on).days) > 1.2 else 3
    while month <= strip.last_on:
        if month >= strip.first_on and (month.month - 1) % every == 0:
            x = plan.x(month)
            yield _part('<path class="month" d="M{x} 18V{h}"/>', x=x, h=plan.height - 18)
            name = f"{month:%b %Y}" if month.month == 1 else f"{month:%b}"
            yield _part('<text class="date" x="{x}" y="12">{name}</text>', x=x + 2, name=name)
        month = (month + timedelta(days=32)).replace(day=1)


def _drawn_holds(plan: _Plan) -> Iterator[Markup]:
    for hold in plan.strip.holds:
        x, end = plan.x(hold.from_on), plan.x(hold.until_on)
        yield _part(
            '<g class="hold"><title>{said}</title><rect x="{x}" y="{y}" width="{w}" height="{h}"/>'
            '<text x="{tx}" y="{ty}">held</text></g>',
            said=hold.said,
            x=x,
            y=plan.sessions_y - 24,
            w=max(3, round(end - x, 1)),
            h=ROW + 12,
            tx=x + 3,
            ty=plan.checks_y - 17,
        )


def _drawn_bars(plan: _Plan) -> Iterator[Markup]:
    if not plan.strip.authorizations:
        yield _part('<text class="soft" x="{x}" y="42">none granted</text>', x=LEFT)
    for bar, lane in zip(plan.strip.authorizations, plan.lanes, strict=True):
        x, end, y = plan.x(bar.from_on), plan.x(bar.until_on), 26 + lane * LANE
        room = end - x - 8
        texts = (f"{bar.name} · {bar.said}", bar.name, "")
        yield _part(
            '<g class="bar{over}"><title>Authorization {name}, {first} to {last}: {said}</title>'
            '<rect x="{x}" y="{y}" width="{w}" height="20" rx="3"/><text x="{tx}" y="{ty}">{text}</text></g>',
            over=" over" if bar.is_over else "",
            name=bar.name,
            first=day_in_words(bar.from_on),
            last=day_in_words(bar.until_on),
            said=bar.said,
            x=x,
            y=y,
            w=max(3, round(end - x, 1)),
            tx=x + 5,
            ty=y + 14,
            text=next(text for text in texts if len(text) * SIGN <= room or not text),
        )


def _drawn_sessions(plan: _Plan) -> Iterator[Markup]:
    y, labelled = plan.sessions_y, -LABEL * 2.0
    for mark in plan.strip.missed:
        yield _part(
            '<g class="missed"><title>{on}: {said}</title><path d="M{x} {y}l8 8m0 -8l-8 8"/></g>',
            on=day_in_words(mark.on),
            said=mark.said,
            x=plan.x(mark.on) - 4,
            y=y - 4,
        )
    for session in plan.strip.given:
        x = plan.x(session.on)
        room, labelled = x - labelled >= LABEL, x if x - labelled >= LABEL else labelled
        yield _part(
            '<g class="given"><title>Session {n}, {on}: {said}</title><circle cx="{x}" cy="{y}" r="11"/>'
            '<text x="{x}" y="{ty}">{n}</text>{label}</g>',
            n=session.number,
            on=day_in_words(session.on),
            said=session.said,
            x=x,
            y=y,
            ty=y + 4,
            label=_label(x, y + 26, session.on) if room else "",
        )
    for place, planned in enumerate(plan.strip.planned):
        x, outside = plan.x(planned.on), planned.not_covered is not None
        room, labelled = x - labelled >= LABEL, x if x - labelled >= LABEL else labelled
        if place == 0:
            yield _window(plan, planned)
        yield _part(
            '<g class="planned{outside}"><title>Session {n}, {on}: {said}</title><circle cx="{x}" cy="{y}" r="11"/>'
            '<text x="{x}" y="{ty}">{n}</text>{label}{red}</g>',
            outside=" outside" if outside else "",
            n=planned.number,
            on=day_in_words(planned.on),
            said=planned_in_words(planned),
            x=x,
            y=y,
            ty=y + 4,
            label=_label(x, y + 26, planned.on) if room else "",
            red=_part('<text class="on" x="{x}" y="{y}">not covered</text>', x=x, y=y + 38) if outside else "",
        )


def _label(x: float, y: float, on: date) -> Markup:
    return _part('<text class="on" x="{x}" y="{y}">{on}</text>', x=x, y=y, on=f"{on.day} {on:%b %y}")


def _window(plan: _Plan, planned: PlannedSession) -> Markup:
    """Return the window of the next session: a band from the earliest to the latest day, a line at the recommended."""
    x, end = plan.x(planned.earliest_on), plan.x(planned.latest_on)
    return _part(
        '<g class="window"><title>Window of session {n}: earliest {first}, recommended {best}, latest {last}</title>'
        '<rect x="{x}" y="{y}" width="{w}" height="36" rx="3"/><path d="M{bx} {y}v36"/></g>',
        n=planned.number,
        first=day_in_words(planned.earliest_on),
        best=day_in_words(planned.recommended_on),
        last=day_in_words(planned.latest_on),
        x=x,
        y=plan.sessions_y - 18,
        w=max(3, round(end - x, 1)),
        bx=plan.x(planned.recommended_on),
    )


def _drawn_checks(plan: _Plan) -> Iterator[Markup]:
    y = plan.checks_y
    for check in plan.strip.checks:
        x = plan.x(check.on)
        yield _part(
            '<g class="check{open}"><title>Response check {said}, {on}</title><path d="M{x} {top}l7 7l-7 7l-7 -7z"/>'
            '<text x="{tx}" y="{ty}">{name}</text></g>',
            open=" open" if check.is_open else "",
            said=check.said,
            on=day_in_words(check.on),
            x=x,
            top=y - 7,
            tx=x + 11,
            ty=y + 4,
            name=check.name,
        )


def _drawn_chart(plan: _Plan) -> Iterator[Markup]:
    strip, end = plan.strip, plan.width - RIGHT
    for days in range(0, BLOCK_DAYS + 1, 7):
        y = plan.y(days)
        yield _part('<path class="grid" d="M{x} {y}H{end}"/>', x=LEFT, y=y, end=end)
        yield _part('<text class="tick" x="{x}" y="{y}">{days}</text>', x=LEFT - 6, y=y + 4, days=days)
    if strip.baseline is not None and strip.mark is not None:
        for name, count, said in (
            ("baseline", strip.baseline, f"before: {strip.baseline:.0f} per {BLOCK_DAYS}"),
            ("half", strip.mark, f"{strip.mark_said}: {strip.mark:.0f}"),
        ):
            yield _part(
                '<g class="{name}"><title>{title}</title><path d="M{x} {y}H{end}"/><text x="{tx}" y="{ty}">{said}</text></g>',
                name=name,
                title=f"Before treatment {strip.baseline_said}" if name == "baseline" else said,
                x=LEFT,
                y=plan.y(min(count, BLOCK_DAYS)),
                end=end,
                tx=end + 4,
                ty=plan.y(min(count, BLOCK_DAYS)) + 4,
                said=said,
            )
    yield from _line(plan)


def _line(plan: _Plan) -> Iterator[Markup]:
    blocks = plan.strip.blocks
    for before, after in pairwise(blocks):
        if (after.first_on - before.last_on).days <= BLOCK_DAYS:  # a longer gap is drawn as one
            yield _part(
                '<path class="line" d="M{x} {y}L{x2} {y2}"/>',
                x=plan.x(before.middle),
                y=plan.y(before.headache_days),
                x2=plan.x(after.middle),
                y2=plan.y(after.headache_days),
            )
    for block in blocks:
        x, y = plan.x(block.middle), plan.y(block.headache_days)
        known = block.at_most == block.headache_days
        bounds = (
            "" if known else _part('<path class="bounds" d="M{x} {y}V{top}"/>', x=x, y=y, top=plan.y(block.at_most))
        )
        yield _part(
            '<g class="count{some}"><title>{first} to {last}: {said}</title>{bounds}<circle cx="{x}" cy="{y}" r="4"/>'
            '<text x="{x}" y="{ty}">{n}</text></g>',
            some="" if known else " some",
            first=day_in_words(block.first_on),
            last=day_in_words(block.last_on),
            said=block.said,
            bounds=bounds,
            x=x,
            y=y,
            ty=y - 7,
            n=str(block.headache_days) if known else f"{block.headache_days}–{block.at_most}",
        )


def _drawn_today(plan: _Plan) -> Iterator[Markup]:
    x = plan.x(plan.strip.today)
    yield _part(
        '<g class="today"><path d="M{x} 16V{h}"/><text x="{x}" y="{y}">today</text></g>',
        x=x,
        h=plan.height - 16,
        y=plan.height - 4,
    )
