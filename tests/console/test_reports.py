"""Reports over real courses: right after corrections, fresh after a change, by payer and by day, as files without formulas."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import httpx
import pytest

from console.charts.bars import WIDTH, Bar, bars, columns
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.response import ResponseAnswer
from domain.session import NotGivenReason
from domain.waits import WaitKind
from office.measures import SHAPE, count_for
from office.reports import REPORTS, Report, percent, wanted
from office.words import day
from readmodel import measures
from tests.console.kit import signed_in
from tests.kit.answers import Situation, as_recommended, denied
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.diaries import NEVER_RESPONDS, RESPONDS_AT_ONCE
from tests.kit.people import AMY, DR_LEE
from tests.kit.world import World

ON_A_DAY_OF_ITS_OWN = timedelta(days=365)

LETTER, HALF_A_NAME = 6.2, 18
"""Widths in pixels: of a letter of a chart's names, and of half a day such as 23 Nov."""


async def far_ahead(world: World, years: int) -> tuple[CourseUnderTest, date]:
    """Return a course that begins on a day on which no other course begins, so that a report can be about it alone."""
    at = datetime.now(UTC) + years * ON_A_DAY_OF_ITS_OWN
    return await CourseUnderTest.start(world, at=at), clinic_day(at, world.clinic.zone)


async def rows_of(world: World, name: str, on: date) -> list[tuple[object, ...]]:
    """Return a report about the courses that began on one day, fully counted."""
    await count_for(world.pool, 60)
    report = await REPORTS[name](
        world.pool, wanted(since=on, until=on, payer_id=None, first_on=on, today=on, count=104)
    )
    return list(report.rows)


async def test_a_course_that_responds_counts_after_session_1_by_its_diary_and_after_session_2_by_its_check(
    world: World,
) -> None:
    at = datetime.now(UTC) + 11 * ON_A_DAY_OF_ITS_OWN
    running = await CourseUnderTest.start(world, at=at, diary=RESPONDS_AT_ONCE)
    on = clinic_day(at, world.clinic.zone)
    await running.until(WaitKind.RESPONSE_CHECK)
    only_first = await rows_of(world, "response", on)
    course = await running.course()
    [task] = course.waits_of(WaitKind.RESPONSE_CHECK)
    await running.tell(*as_recommended(Situation(course, task, await running.now())))
    both = await rows_of(world, "response", on)

    assert [(row[0], row[1], row[7]) for row in only_first] == [(1, "100%", 0)]
    assert [(row[0], row[1], row[7]) for row in both] == [(1, "100%", 0), (2, "100%", 1)]


async def test_turnaround_denials_and_the_way_to_session_1_are_counted_from_the_journal(world: World) -> None:
    running, on = await far_ahead(world, 12)
    await running.until(WaitKind.PAYER_ANSWER)
    await running.pass_days(9)
    course = await running.course()
    [task] = course.waits_of(WaitKind.PAYER_ANSWER)
    await running.tell(*denied(Situation(course, task, await running.now())), task=task.id)

    payers, denials = await rows_of(world, "payers", on), await rows_of(world, "denials", on)
    first = await rows_of(world, "first-session", on)
    asked = course.requests[0]
    assert asked.submitted_on is not None
    took = (clinic_day(await running.now(), world.clinic.zone) - asked.submitted_on).days

    assert took >= 9
    assert payers == [("Northwind Health", took, took, "100%", 1, 0, 0, 1, 1)]
    assert denials == [("Northwind Health", "not medically necessary", 1)]
    assert first == [("Northwind Health", None, None, None, 0, 1)]


async def test_missed_visits_and_weeks_ahead_and_endings_are_counted(world: World) -> None:
    running, on = await far_ahead(world, 13)
    await running.until(WaitKind.CLEARANCE)
    appointment = (await running.course()).appointment
    assert appointment is not None
    await running.pass_until(appointment.ends_at)
    await running.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))
    await running.settle()
    missed, weeks = await rows_of(world, "missed", on), await rows_of(world, "weeks", on)
    planned = [row for row in weeks if row[1]]
    course = await running.course()
    await running.tell(AMY, f.Withdrawal(reason="moves away"))
    ended, after_end = await rows_of(world, "endings", on), await rows_of(world, "weeks", on)

    assert missed == [("no show", 1, "100%")]
    assert sum(row[1] for row in planned) == 3, "the next session and two more"  # type: ignore[misc] # a column of numbers
    assert [row[3] for row in planned] == [155, 155, 155]
    assert planned[0][2] == int(course.appointment is not None)
    assert [row[2] for row in ended] == [1]
    assert not any(row[1] for row in after_end), "nothing is planned for a course that ended"


async def test_weeks_ahead_begin_where_something_is_planned_unless_somebody_asks_for_a_day(world: World) -> None:
    running, on = await far_ahead(world, 17)
    await running.until(WaitKind.CLEARANCE)
    await count_for(world.pool, 60)
    long_before = on - timedelta(days=400)

    async def weeks(*, first_on: date | None = None, today: date = long_before) -> Report:
        what = wanted(since=on, until=on, payer_id=None, first_on=first_on, today=today, count=12)
        return await REPORTS["weeks"](world.pool, what)

    by_itself, asked, there = await weeks(), await weeks(first_on=long_before), await weeks(today=on)
    appointment = (await running.course()).appointment
    assert appointment is not None
    booked = clinic_day(appointment.starts_at, world.clinic.zone)
    monday = booked - timedelta(days=booked.weekday())

    assert by_itself.rows[0] == (monday, 1, 1, 155)
    assert (day(monday) in by_itself.note, by_itself.leads_on) == (True, None)
    assert [row[1] for row in asked.rows] == [0] * 12
    assert (day(monday) in asked.note, asked.leads_on) == (True, monday)
    assert (there.note, there.leads_on) == ("", None)


async def test_a_report_page_leads_from_empty_weeks_to_the_first_planned_one(world: World, console: str) -> None:
    running, on = await far_ahead(world, 18)
    await running.until(WaitKind.CLEARANCE)
    await count_for(world.pool, 60)
    async with signed_in(console, "ada.admin") as ada:
        by_itself = await ada.get(f"/reports?since={on}&until={on}")
        asked = await ada.get(f"/reports?since={on}&until={on}&first=2026-01-01")
        there = await ada.get(
            re.findall(r'<a href="(/reports[^"]+first=[^"]+)#weeks', asked.text)[0].replace("&amp;", "&")
        )

    assert [("Nothing is planned in the 12 weeks" in one.text) for one in (by_itself, asked, there)] == [1, 1, 0]
    assert ["Show from there" in one.text for one in (by_itself, asked)] == [False, True]


async def test_discontinuations_stand_with_their_reason(world: World) -> None:
    at = datetime.now(UTC) + 14 * ON_A_DAY_OF_ITS_OWN
    running = await CourseUnderTest.start(world, at=at, diary=NEVER_RESPONDS)
    await running.until(WaitKind.RESPONSE_CHECK)
    await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.DISCONTINUE, reason="enough"))
    rows = await rows_of(world, "endings", clinic_day(at, world.clinic.zone))

    [(outcome, reason, courses, share)] = rows
    assert (outcome, courses, share) == ("discontinued", 1, "100%")
    assert reason


async def test_what_is_counted_follows_the_journal_and_not_more_often(world: World) -> None:
    running, _ = await far_ahead(world, 15)
    await running.until(WaitKind.GOALS)
    await count_for(world.pool, 60)
    stamp = "select counted_at, number from course_measure where course_id = $1"
    before = await world.pool.fetchrow(stamp, running.course_id)
    await count_for(world.pool, 60)
    again = await world.pool.fetchrow(stamp, running.course_id)
    await running.until(WaitKind.PAYER_ANSWER)
    await count_for(world.pool, 60)
    after = await world.pool.fetchrow(stamp, running.course_id)

    assert before is not None
    assert again is not None
    assert again == before or again["number"] > before["number"], "a message may have been answered in between"
    assert after is not None
    assert after["number"] > before["number"]
    assert await eventually(lambda: _is_counted(world, running.course_id), bool)


async def _is_counted(world: World, course_id: str) -> bool:
    await count_for(world.pool, 60)
    left = await measures.uncounted(world.pool, shape=SHAPE, now=datetime.now(UTC), limit=1_000)
    return course_id not in {one.course_id for one in left}


async def test_the_page_prints_each_definition_and_draws_each_chart_and_gives_each_table_as_a_file(
    world: World, console: str
) -> None:
    running, on = await far_ahead(world, 16)
    await running.until(WaitKind.CLEARANCE)
    asked = f"since={on}&until={on}&first={on}&weeks=20"
    async with signed_in(console, "ada.admin") as ada:
        page = await ada.get(f"/reports?{asked}")
        file = (await ada.get(f"/reports/weeks.csv?{asked}")).text
        none = await ada.get("/reports/none.csv")

    assert page.status_code == httpx.codes.OK
    assert page.text.count("How it is counted.") == len(REPORTS)
    assert page.text.count('role="img"') >= 2
    assert f"/reports/weeks.csv?{asked}" in page.text.replace("&amp;", "&")
    table = list(csv.reader(io.StringIO(file.removeprefix("\ufeff"))))
    assert table[0] == ["week of", "sessions", "booked", "units"]
    assert len(table) == 21
    assert none.status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("asked", ["since=soon", "weeks=0", "weeks=1000", "first=1", "until=2026-13-01"])
async def test_a_wrong_field_is_named_with_what_was_expected(console: str, asked: str) -> None:
    async with signed_in(console, "ada.admin") as ada:
        answer = await ada.get(f"/reports?{asked}")

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert f'data-field="{asked.partition("=")[0]}"' in answer.text


async def test_operations_and_billing_see_no_reports(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "ben.billing") as ben:
        answers = [await person.get(path) for person in (amy, ben) for path in ("/reports", "/reports/weeks.csv")]

    assert {answer.status_code for answer in answers} == {httpx.codes.NOT_FOUND}


def test_a_chart_shows_text_as_text_and_a_part_never_longer_than_its_bar() -> None:
    hostile = f'<script>{uuid4()}</script>" onload="x'
    drawn = bars([Bar(label=hostile, value=0, text="<b>"), Bar(label="two", value=4, text="4", part=2)], name=hostile)

    assert "<script>" not in drawn
    assert "<b>" not in drawn
    assert "style=" not in drawn
    assert "NaN" not in columns([], name="nothing")
    assert 'width="120.0"' in drawn
    assert 'width="240.0"' in drawn


def test_half_a_year_of_weeks_fits_the_width_of_the_other_charts_and_names_do_not_run_into_each_other() -> None:
    drawn = columns([Bar(label="23 Nov", value=week, text=str(week)) for week in range(26)], name="weeks")
    named = [int(x) for x in re.findall(r'class="label" x="(\d+)"[^>]*>23 Nov', drawn)]

    assert int(re.findall(r'<svg [^>]*width="(\d+)"', drawn)[0]) <= WIDTH
    assert min(named) >= HALF_A_NAME, "the first name is not cut"
    assert min(later - earlier for earlier, later in pairwise(named)) >= 2 * HALF_A_NAME


def test_a_long_name_of_a_bar_has_room_before_it() -> None:
    [label] = re.findall(
        r'class="label" x="(\d+)"[^>]*>([^<]*)<', bars([Bar("Washington Labor and Industries", 1, "1")], name="x")
    )

    assert int(label[0]) >= len(label[1]) * LETTER


def test_a_share_of_nothing_is_a_dash() -> None:
    assert [percent(1, 2), percent(0, 3), percent(0, 0)] == ["50%", "0%", "-"]
