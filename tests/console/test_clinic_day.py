"""The end of a clinic day: each session recorded or missed on one page, each record signed once by who injected."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.session import NotGivenReason
from domain.waits import WaitKind
from office.clinic_day import visit_of
from readmodel.access import looks
from readmodel.lookups import DayRow
from tests.console.clinicians import a_course_at, tell_the_time
from tests.console.kit import Person, signed_in
from tests.console.programs import a_program
from tests.kit import moments
from tests.kit.answers import People
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.examples import VIALS
from tests.kit.moments import at
from tests.kit.people import AMY
from tests.kit.world import World

VIAL = {"lot.0": "C7461", "expires.0": "2040-06-30"}


def a_row(course: Course, **changes: Any) -> DayRow:
    """Return the row of the day on which the course's session is, or was."""
    booked = course.appointment
    plain: dict[str, Any] = dict.fromkeys(DayRow.model_fields) | {
        "appointment_id": "a-1",
        "course_id": course.course_id,
        "for_session": course.next_session,
        "injector": "dr.lee",
        "room": "room-1",
        "room_name": "Room 1",
        "starts_at": booked.starts_at if booked else course.sessions[-1].given_at,
        "ends_at": booked.ends_at if booked else course.sessions[-1].given_at,
        "state": "confirmed",
        "is_current": booked is not None,
        "waiting_for": (),
    }
    return DayRow(**(plain | changes))


def the_day(course: Course) -> date:
    assert course.appointment is not None
    return clinic_day(course.appointment.starts_at, course.clinic.zone)


def test_each_visit_says_what_is_still_to_be_done() -> None:
    to_clear, to_record = at(WaitKind.CLEARANCE), at(WaitKind.SESSION_RESULT)
    unsigned, missed, booked = moments.unsigned(), moments.missed(1), moments.with_an_appointment()
    passed = at(WaitKind.RESULT_MISSING, people=People({WaitKind.CLEARANCE: lambda _: None}))
    [visit] = missed.course.visits_not_given
    given = unsigned.course.sessions[-1]

    assert visit_of(a_row(to_clear.course), to_clear.course, to_clear.today).state == "to-clear"
    assert visit_of(a_row(to_record.course), to_record.course, to_record.today).state == "to-record"
    assert visit_of(a_row(passed.course), passed.course, the_day(passed.course)).state == "to-tell"
    assert visit_of(a_row(booked.course), booked.course, the_day(booked.course)).state == "to-come"
    row = a_row(unsigned.course, for_session=given.number, is_current=False)
    assert visit_of(row, unsigned.course, given.given_on).state == "to-sign"
    row = a_row(missed.course, for_session=visit.for_session, is_current=False, state="noshow")
    assert visit_of(row, missed.course, visit.on).state == "missed"
    assert visit_of(row, None, visit.on).state == "gone", "a course that nobody knows any more"


def test_a_row_names_the_vials_that_the_planned_dose_opens() -> None:
    course = at(WaitKind.SESSION_RESULT).course

    assert visit_of(a_row(course), course, the_day(course)).vials == (200,)


async def on_day(course: CourseUnderTest) -> str:
    now = await course.course()
    return (now.sessions[-1].given_on if now.sessions else the_day(now)).isoformat()


def row_of(html: str, course: CourseUnderTest) -> str:
    """Return the row of a course."""
    [row] = [row for row in re.findall(r"<tr data-row.*?</tr>", html, re.DOTALL) if course.course_id in row]
    return str(row)


def form_of(row: str, action: str) -> dict[str, str]:
    """Return what the form for an action carries without being typed."""
    [form] = re.findall(rf'<form[^>]*/{action}".*?</form>', row, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))


async def acted(person: Person, course: CourseUnderTest, action: str, data: dict[str, str]) -> httpx.Response:
    shown = await person.get(f"/day?on={await on_day(course)}")
    carried = form_of(row_of(shown.text, course), action)
    return await person.http.post(
        f"/day/{course.course_id}/{action}",
        data=carried | data,
        headers={"hx-request": "true", "x-csrf-token": carried["csrf"]},
    )


async def test_operations_prefill_and_the_injector_signs_once(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SESSION_RESULT)
    booked = (await course.course()).appointment
    assert booked is not None
    async with signed_in(console, "amy.ops") as amy:
        empty = await acted(amy, course, "given", {"lot.0": "<i>", "expires.0": "soon"})
        given = await acted(amy, course, "given", VIAL)
    async with signed_in(console, booked.injector) as injector:
        day = await injector.get(f"/day?on={await on_day(course)}")
        signed = await acted(injector, course, "sign", {})
        again = await injector.http.post(
            f"/day/{course.course_id}/sign",
            data=form_of(row_of(day.text, course), "sign"),
            headers={"hx-request": "true", "x-csrf-token": await injector.csrf()},
        )

    def counted(html: str) -> dict[str, int]:
        [said] = re.findall(r'<span id="sum"[^>]*>([^<]*)</span>', html)
        return {what.strip(): int(count) for count, what in re.findall(r"(\d+) ([a-z ]+)", said)}

    was, then, at_last = counted(day.text), counted(signed.text), counted(given.text)
    assert at_last == was
    assert (then["to sign"], then["signed"]) == (was["to sign"] - 1, was["signed"] + 1)
    assert 'hx-swap-oob="true"' in signed.text
    assert 'hx-swap-oob="true"' not in day.text
    [session] = (await course.check()).sessions
    assert empty.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "Nothing was recorded: expires on: expected" in empty.text
    assert 'value="&lt;i&gt;"' in empty.text
    assert "signature" in given.text
    assert "all 31 given as shown" in day.text
    assert 'data-state="signed"' in signed.text
    assert "no session waits for its signature" in again.text
    assert (session.recorded_by, session.signed_by, session.dose.units) == ("amy.ops", booked.injector, 155)


async def test_each_patient_of_a_day_that_is_shown_was_looked_at_on_the_page_and_by_a_program(
    world: World, console: str
) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    on = await on_day(course)
    async with signed_in(console, "nina.np") as nina, a_program(console, "otto.ops") as otto:
        await nina.get(f"/day?on={on}")
        await otto.get("/day", on=on)

    noted = {(one.user_id, one.what) for one in await looks(world.pool, course_id=course.course_id)}
    assert noted == {("nina.np", "clinic day"), ("otto.ops", "api: clinic day")}


async def test_nobody_is_offered_to_sign_for_somebody_else(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SESSION_RESULT)
    booked = (await course.course()).appointment
    assert booked is not None
    other = next(user for user in ("dr.lee", "dr.khan") if user != booked.injector)
    async with signed_in(console, "amy.ops") as amy:
        await acted(amy, course, "given", VIAL)
    async with signed_in(console, other) as somebody:
        shown = row_of((await somebody.get(f"/day?on={await on_day(course)}")).text, course)

    assert "/sign" not in shown
    assert "signature" in shown


async def test_a_missed_visit_is_marked_and_one_that_lies_ahead_is_not(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    booked = (await course.course()).appointment
    assert booked is not None
    await course.pass_on(booked.ends_at - await course.now())
    await tell_the_time(course)
    on = await on_day(course)
    async with signed_in(console, "amy.ops") as amy:
        missed = await acted(amy, course, "not-given", {"reason": "no_show"})
        again = await amy.get(f"/day?on={on}")

    [visit] = (await course.course()).visits_not_given
    assert visit.reason is NotGivenReason.NO_SHOW
    assert 'data-state="missed"' in missed.text
    assert "no show" in row_of(again.text, course)


async def test_a_session_entered_by_a_page_without_script_comes_back_to_its_day(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SESSION_RESULT)
    on = await on_day(course)
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.get(f"/day?on={on}")
        back = await amy.post(f"/day/{course.course_id}/given", form_of(row_of(shown.text, course), "given") | VIAL)

    assert back.url.query == f"on={on}".encode()
    assert len((await course.course()).sessions) == 1


@pytest.mark.parametrize("odd", ["someday", "today+99999999999", "today+\u00b2", "today*3", "0001-01-01", "9999-12-31"])
async def test_a_day_that_cannot_be_read_is_named(console: str, odd: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.http.get("/day", params={"on": odd})

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "cannot be read; expected a day like" in answer.text


async def test_a_day_on_which_nobody_is_booked_says_so(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        empty = await amy.get("/day?on=2020-01-01")

    assert "Nobody is booked on this day" in empty.text


async def test_a_day_on_which_nobody_comes_leads_to_the_nearest_ones_on_which_somebody_does(
    world: World, console: str
) -> None:
    await a_course_at(world, WaitKind.SESSION_RESULT)
    async with signed_in(console, "amy.ops") as amy:
        before, behind = await amy.get("/day?on=2020-01-01"), await amy.get("/day?on=2099-01-01")
        ways = [re.findall(r'<a data-key="([NP])" href="([^"]+)"', shown.text) for shown in (before, behind)]
        [[(forward, following)], [(back, last)]] = ways
        led = [await amy.get(way) for way in (following, last)]

    assert (forward, back) == ("N", "P")
    assert all("<tr data-row" in shown.text for shown in led)


async def test_a_told_session_of_another_day_is_not_shown_as_given_here(world: World, console: str) -> None:
    course = at(WaitKind.SESSION_RESULT)
    course.tell(AMY, f.SessionResult(vials=VIALS))
    given = course.course.sessions[-1]
    row = a_row(course.course, for_session=given.number, is_current=False)

    assert visit_of(row, course.course, given.given_on + timedelta(days=1)).state == "gone"
