"""The small curve of a response and the picture of the injection sites: what is drawn, from counts alone."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

from console.charts.curve import curve
from console.charts.sites import PLACES, sites
from domain.diary import WindowCounts
from domain.dose import planned_dose, sites_of
from domain.protocol import Muscle
from tests.domain.builders import a_baseline, the_protocol

RULES = the_protocol().response
MUSCLES = the_protocol().dose.muscles.value
PLANNED = sites_of(planned_dose(the_protocol()))
SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ET.Element:
    """Return the picture as it is read by a browser: well formed, whatever stands in it."""
    return ET.fromstring(svg)  # noqa: S314 - made by the code under test


def block(headache_days: int, *, month: int = 1, days: int = 28, recorded: int | None = None) -> WindowCounts:
    return WindowCounts(
        first_on=date(2026, 3, 2),
        last_on=date(2026, 3, 29),
        days=days,
        recorded_days=days if recorded is None else recorded,
        headache_days=headache_days,
        migraine_days=headache_days // 2,
        hours=0,
        acute_medication_days=0,
        severe_days=0,
        rated_days=0,
        severity=None,
        cycle=1,
        month=month,
    )


def of_class(svg: str, name: str) -> list[ET.Element]:
    return [one for one in drawn(svg).iter() if name in one.get("class", "").split()]


def test_the_curve_tells_its_counts_to_who_cannot_see_it() -> None:
    said = drawn(curve(a_baseline(20), [block(8)], RULES)).get("aria-label")

    assert said is not None
    assert "before treatment 20 of 28; after session 1, month 1: 8 of 28" in said


def test_missing_days_are_a_bar_between_both_bounds() -> None:
    whole, gaps = curve(a_baseline(20), [block(8)], RULES), curve(a_baseline(20), [block(8, recorded=20)], RULES)
    [bar] = of_class(gaps, "bounds")

    assert of_class(whole, "bounds") == []
    assert "8 to 16 of 28" in (drawn(gaps).get("aria-label") or "")
    assert float(bar.get("y2", "")) < float(bar.get("y1", "")), "more headache days stand higher"


def test_the_mark_of_a_response_is_half_the_count_before_treatment() -> None:
    svg = curve(a_baseline(20), [block(10)], RULES)
    [mark], dots = of_class(svg, "response"), of_class(svg, "dot")

    assert mark.get("y1") == dots[-1].get("cy"), "10 of 28 lie on the mark of 20"


def test_a_block_of_few_days_is_not_drawn_and_an_unfinished_one_looks_so() -> None:
    few, unfinished = block(1, month=2, days=5), block(6, month=2, days=14)

    assert len(of_class(curve(a_baseline(20), [block(8), few], RULES), "dot")) == 2
    assert len(of_class(curve(a_baseline(20), [block(8), unfinished], RULES), "part")) == 1


def test_a_block_without_any_entry_is_a_bar_and_no_dot() -> None:
    svg = curve(a_baseline(20), [block(0, recorded=0)], RULES)

    assert (len(of_class(svg, "dot")), len(of_class(svg, "bounds"))) == (1, 1)


def test_without_any_count_there_is_still_a_picture() -> None:
    assert "no diary days yet" in (drawn(curve(None, [], RULES)).get("aria-label") or "")


def test_the_picture_has_a_place_for_every_site_of_the_protocol() -> None:
    for muscle in MUSCLES:
        assert len(PLACES[muscle.name]) >= muscle.sites + muscle.extra_sites_max, muscle.name


def test_the_planned_dose_is_31_sites_and_155_units() -> None:
    svg = sites(MUSCLES, PLANNED, PLANNED)

    assert "31 sites, 155 units" in (drawn(svg).get("aria-label") or "")
    assert len(of_class(svg, "given")) == 31
    assert len(of_class(svg, "spare")) == 8


def test_what_is_left_out_and_what_is_more_look_different() -> None:
    svg = sites(MUSCLES, PLANNED, PLANNED | {"temporalis": 10, "procerus": 0})

    assert (len(of_class(svg, "given")), len(of_class(svg, "extra")), len(of_class(svg, "left-out"))) == (30, 2, 1)


def test_a_muscle_without_a_place_on_the_heads_is_drawn_all_the_same_and_as_text() -> None:
    odd = Muscle(name="<b>masseter</b>", sites=3, units_per_site=5)
    svg = sites([odd], {odd.name: 3}, {odd.name: 3})

    assert len(of_class(svg, "given")) == 3
    assert "<b>" not in svg


def test_what_a_muscle_gets_stands_under_the_head_that_its_sites_are_on() -> None:
    svg = sites(MUSCLES, PLANNED, PLANNED)
    heads = {one.text: float(one.get("x", "")) for one in of_class(svg, "view")}
    under = {(one.text or "").rpartition(" × ")[0]: one for one in of_class(svg, "count")}

    for said in ("corrugator 2", "procerus 1", "frontalis 4"):
        assert float(under[said].get("x", "")) == heads["face"], said
    for said in ("occipitalis 6", "cervical paraspinal 4", "trapezius 6"):
        assert float(under[said].get("x", "")) == heads["back"], said
    assert heads["left"] < float(under["temporalis 8"].get("x", "")) < heads["right"]
    assert len({(one.get("x"), one.get("y")) for one in under.values()}) == len(MUSCLES)
