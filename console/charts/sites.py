"""A picture of the injection sites: which are given as planned, which are left out, which are more than the protocol's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from domain.protocol import Muscle
from domain.story.words import in_words

WIDTH, HEIGHT = 720, 276
Place = tuple[float, float]

FACE, LEFT_SIDE, RIGHT_SIDE, BACK = (95.0, 105.0), (270.0, 105.0), (425.0, 105.0), (605.0, 92.0)
"""The middle of each of the four heads."""

PLACES: dict[str, tuple[Place, ...]] = {
    "corrugator": ((80, 82), (110, 82)),
    "procerus": ((95, 92),),
    "frontalis": ((76, 62), (114, 62), (62, 55), (128, 55)),
    "temporalis": (
        (262, 92),
        (433, 92),
        (256, 70),
        (439, 70),
        (274, 64),
        (421, 64),
        (284, 84),
        (411, 84),
        (270, 46),
        (425, 46),
    ),
    "occipitalis": ((588, 92), (622, 92), (577, 78), (633, 78), (592, 74), (618, 74), (574, 62), (636, 62)),
    "cervical_paraspinal": ((594, 122), (616, 122), (591, 136), (619, 136)),
    "trapezius": (
        (572, 168),
        (638, 168),
        (552, 178),
        (658, 178),
        (532, 188),
        (678, 188),
        (582, 158),
        (628, 158),
        (542, 198),
        (668, 198),
    ),
}
"""Where the sites of each muscle lie, in the order in which they are counted: the protocol's first, then extra ones.

The places are for finding one's way in the form; the protocol says how many there are, never where to inject.
"""


@dataclass(frozen=True)
class Site:
    """One place on the picture. `state` is given, left-out, extra or spare."""

    muscle: str
    number: int
    at: Place
    state: str


def sites(muscles: Sequence[Muscle], planned: Mapping[str, int], given: Mapping[str, int]) -> Markup:
    """Return the picture: every place that the protocol has, and what of it is planned and given."""
    drawn = [site for muscle in muscles for site in _sites_of(muscle, planned, given)]
    total, units = sum(given.values()), sum(given.get(one.name, 0) * one.units_per_site for one in muscles)
    said = escape(f"{total} sites, {units} units: {_in_words(muscles, given)}")
    parts = [*_heads(), *(_circle(site) for site in drawn), *_labels(muscles, given)]
    return Markup(  # noqa: S704 - built from numbers here; every text is escaped
        f'<svg class="sites" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{"".join(parts)}</svg>'
    )


def _in_words(muscles: Sequence[Muscle], given: Mapping[str, int]) -> str:
    return ", ".join(f"{in_words(one.name)} {given.get(one.name, 0)}" for one in muscles)


def _sites_of(muscle: Muscle, planned: Mapping[str, int], given: Mapping[str, int]) -> Iterator[Site]:
    wanted, done = planned.get(muscle.name, 0), given.get(muscle.name, 0)
    places = _places(muscle, most=max(muscle.sites + muscle.extra_sites_max, wanted, done))
    for number, at in enumerate(places, start=1):
        if number <= done:
            state = "given" if number <= wanted else "extra"
        else:
            state = "left-out" if number <= wanted else "spare"
        yield Site(muscle=muscle.name, number=number, at=at, state=state)


def _places(muscle: Muscle, *, most: int) -> Iterator[Place]:
    """Yield so many places; those that have none on a head stand in a row below."""
    known = PLACES.get(muscle.name, ())
    yield from known[:most]
    row = sum(map(ord, muscle.name)) % 4
    for number in range(max(0, most - len(known))):
        yield 20.0 + row * 110 + number * 9, 198.0


def _heads() -> list[str]:
    front, left, right, back = FACE, LEFT_SIDE, RIGHT_SIDE, BACK
    outline = [
        f'<ellipse class="head" cx="{front[0]}" cy="{front[1]}" rx="52" ry="68"/>',
        f'<path class="head" d="M{front[0] - 22} 98h12M{front[0] + 10} 98h12M{front[0]} 100v22M{front[0] - 12} 138q12 8 24 0"/>',
        f'<ellipse class="head" cx="{left[0]}" cy="{left[1]}" rx="58" ry="68"/>',
        f'<path class="head" d="M{left[0] - 58} 112l-10 14 12 6M{left[0] + 14} 108q-8 -14 4 -18q12 2 6 22z"/>',
        f'<ellipse class="head" cx="{right[0]}" cy="{right[1]}" rx="58" ry="68"/>',
        f'<path class="head" d="M{right[0] + 58} 112l10 14 -12 6M{right[0] - 14} 108q8 -14 -4 -18q-12 2 -6 22z"/>',
        f'<ellipse class="head" cx="{back[0]}" cy="{back[1] - 12}" rx="48" ry="56"/>',
        '<path class="head" d="M585 128v18q-8 14 -82 34v34M625 128v18q8 14 82 34v34"/>',
    ]
    names = ((front[0], "face"), (left[0], "left"), (right[0], "right"), (back[0], "back"))
    return outline + [f'<text class="view" x="{x}" y="14" text-anchor="middle">{name}</text>' for x, name in names]


def _circle(site: Site) -> str:
    x, y = site.at
    name = escape(f"{in_words(site.muscle)} {site.number}: {site.state.replace('-', ' ')}")
    data = f'data-muscle="{escape(site.muscle)}" data-number="{site.number}"'
    return f'<circle class="site {site.state}" cx="{x}" cy="{y}" r="5" {data}><title>{name}</title></circle>'


def _labels(muscles: Sequence[Muscle], given: Mapping[str, int]) -> Iterator[str]:
    """Yield what each muscle gets, below the head that its sites are on; between two heads where it has some on both."""
    lines = Counter[float]()
    for muscle in muscles:
        count = given.get(muscle.name, 0)
        said = escape(f"{in_words(muscle.name)} {count} × {muscle.units_per_site} = {count * muscle.units_per_site}")
        x, y = _head_of(muscle), HEIGHT - 44 + 18 * lines[_head_of(muscle)]
        lines[_head_of(muscle)] += 1
        yield f'<text class="count" x="{x}" y="{y}" text-anchor="middle">{said}</text>'


def _head_of(muscle: Muscle) -> float:
    """Return the middle of the heads that a muscle's places are on; of a muscle without places, that of the sides."""
    places = PLACES.get(muscle.name, ((LEFT_SIDE[0], 0.0), (RIGHT_SIDE[0], 0.0)))
    heads = {min((FACE, LEFT_SIDE, RIGHT_SIDE, BACK), key=lambda head: abs(head[0] - x))[0] for x, _ in places}
    return sum(heads) / len(heads)
