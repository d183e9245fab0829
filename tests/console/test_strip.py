"""The strip of a course, as data, as a table and as SVG: without servers."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

from console.charts.strip import Strip, lines_of, strip_of
from console.charts.strip_drawing import drawn
from domain import facts as f
from domain.hold import HoldReason
from domain.planner import planned_sessions
from domain.session import NotGivenReason
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.diaries import a_diary, days_of
from tests.kit.moments import after_session, at
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY

BEFORE = timedelta(days=90)


def strip(paper: PaperCourse, *, missing_day: int | None = None) -> Strip:
    given_on = tuple(session.given_on for session in paper.course.sessions)
    days = days_of(a_diary(before=20, after=(14, 8)), TODAY - BEFORE, paper.today, given_on)
    return strip_of(paper.course, [day for day in days if day.on.day != missing_day], paper.now)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - drawn by ourselves; here it is seen to be well-formed


def parts(svg: str, name: str) -> list[ET.Element]:
    """Return the groups of a class, as well-formed XML has them."""
    return [one for one in parsed(svg).iter() if name in one.get("class", "").split()]


def said(svg: str, name: str) -> str:
    return " ".join("".join(part.itertext()) for part in parts(svg, name))


def test_a_planned_session_outside_its_authorization_is_marked_and_says_so_in_words() -> None:
    shown = strip(after_session(2))
    svg = drawn(shown)

    assert [one.number for one in shown.outside] == [3, 4, 5]
    assert len(parts(svg, "outside")) == 3
    assert "not covered" in said(svg, "outside")
    assert "has no session left of 2" in said(svg, "outside")
    assert [line.what for line in lines_of(shown) if line.is_outside] == ["Session 3", "Session 4", "Session 5"]


def test_a_planned_session_inside_its_authorization_is_not() -> None:
    shown = strip(after_session(1))

    assert [(one.number, one.not_covered is None) for one in shown.planned] == [(2, True), (3, False), (4, False)]
    assert "outside" not in parts(drawn(shown), "planned")[0].get("class", "")


def test_a_patient_who_pays_herself_is_covered_as_far_as_she_agreed() -> None:
    paid = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY, sessions=2)))

    assert [(one.number, one.not_covered is None) for one in planned_sessions(paid.course, paid.now)] == [
        (2, True),
        (3, False),
        (4, False),
    ]


def test_the_next_session_has_its_window_and_those_after_it_follow_in_their_order() -> None:
    shown = strip(after_session(1))
    following = shown.planned[0]

    assert following.earliest_on <= following.recommended_on <= following.latest_on
    assert following.earliest_on == shown.given[0].on + timedelta(days=84)
    assert all(one.on < other.on for one, other in pairwise(shown.planned))
    assert "earliest" in said(drawn(shown), "window")


def test_whole_blocks_of_28_days_are_counted_with_both_bounds_where_days_are_missing() -> None:
    known, gaps = strip(after_session(2)), strip(after_session(2), missing_day=9)

    assert [block.headache_days for block in known.blocks] == [20, 20, 20, 14, 14, 14]
    assert all((block.last_on - block.first_on).days == 27 for block in known.blocks)
    assert all(block.at_most == block.headache_days for block in known.blocks)
    assert all(block.at_most == block.headache_days + 1 for block in gaps.blocks[:3])
    assert "1 day has no entry" in said(drawn(gaps), "some")
    assert known.baseline == 20
    assert known.mark == 10


def test_holds_checks_and_missed_visits_are_drawn_and_told() -> None:
    course = after_session(2)
    course.go_on(People(), until=WaitKind.CLEARANCE)
    assert course.course.appointment is not None
    course.pass_until(course.course.appointment.ends_at)
    course.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))
    course.tell(AMY, f.HoldAsked(until=course.today + timedelta(days=30), reason=HoldReason.TRAVEL))
    shown = strip(course)
    svg = drawn(shown)

    assert shown.planned == ()
    assert "held for travel" in said(svg, "hold")
    assert "no show" in said(svg, "missed")
    assert "continue" in said(svg, "check")
    assert {line.what for line in lines_of(shown)} >= {"Hold", "Visit", "Response check"}


def test_it_is_one_picture_with_title_and_description_and_no_style_of_its_own() -> None:
    svg = str(drawn(strip(after_session(2))))
    root = parsed(svg)

    assert root.get("role") == "img"
    assert [root[0].tag.endswith("title"), root[1].tag.endswith("desc")] == [True, True]
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    assert "Session 3 on" in (root[1].text or "")
    assert not re.search(r"style=|<script|\son\w+=", svg)


def test_what_payers_write_is_text_in_it() -> None:
    course = after_session(1).course
    hostile = course.authorizations[0].model_copy(update={"number": '<script>"x"</script>'})
    svg = str(drawn(strip_of(course.model_copy(update={"authorizations": (hostile,)}), (), after_session(1).now)))

    assert "<script" not in svg
    parsed(svg)


def test_a_course_that_has_just_begun_has_a_strip_too() -> None:
    shown = strip(at(WaitKind.GOALS))

    assert not (shown.given)
    assert not (shown.planned)
    assert not (shown.authorizations)
    assert shown.baseline is not None
    assert "so far" in shown.baseline_said
    parsed(str(drawn(shown)))


def test_the_line_of_the_count_before_treatment_says_per_how_many_days() -> None:
    assert "before: 20 per 28" in said(drawn(strip(after_session(1))), "baseline")
