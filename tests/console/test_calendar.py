"""The calendar: who comes when; times on offer, what else moves with one, and taking a move back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from activities.scheduling import Slot
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.session import Appointment
from domain.story.words import day_in_words
from domain.waits import KINDS, Wait, WaitKind
from office.booking import effects
from readmodel.access import looks
from readmodel.calendar import names_of_places
from readmodel.lookups import set_ahead
from tests.console.kit import Person, signed_in
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.days import a_monday_of_its_own
from tests.kit.moments import at, with_an_appointment
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY
from tests.kit.world import World


@pytest_asyncio.fixture
async def running(world: World) -> CourseUnderTest:
    """Give a course that had its first session; the second is booked, on a day that is nearly empty."""
    course = await CourseUnderTest.start(world, at=a_monday_of_its_own(world.clinic))
    await course.until(WaitKind.SAFETY_CALL)
    await as_lists_see_it(course)
    return course


async def test_an_appointment_stands_in_day_week_and_month_with_its_filters(
    console: str, running: CourseUnderTest
) -> None:
    booked = await appointment_of(running)
    on = clinic_day(booked.starts_at, running.world.clinic.zone)
    other = "dr.khan" if booked.injector == "dr.lee" else "dr.lee"
    async with signed_in(console, "ben.billing") as ben:
        for view in ("day", "week"):
            shown = await ben.get(f"/calendar?view={view}&on={on}")
            assert f'href="/calendar/courses/{running.course_id}"' in shown.text, view
        month = await ben.get(f"/calendar?view=month&on={on}")
        mine = await ben.get(f"/calendar?view=day&on={on}&injector={booked.injector}&room={booked.room}")
        others = await ben.get(f"/calendar?view=day&on={on}&injector={other}")
        odd = await ben.get("/calendar?view=decade&on=never")

    # A month names a day's first sessions and counts the others: in a busy clinic this one may be among those.
    assert re.search(rf'aria-label="{day_in_words(on)}, [1-9][0-9]* sessions"', month.text)
    assert running.course_id in mine.text
    assert running.course_id not in others.text
    assert odd.status_code == httpx.codes.OK


@pytest.mark.parametrize("view", ["day", "week", "month"])
async def test_where_nobody_comes_the_calendar_leads_to_the_next_day_on_which_somebody_does(
    console: str, running: CourseUnderTest, view: str
) -> None:
    booked = await appointment_of(running)
    on, room = clinic_day(booked.starts_at, running.world.clinic.zone), f"&room={booked.room}"
    async with signed_in(console, "amy.ops") as amy:
        empty = await amy.get(f"/calendar?view={view}&on=2020-01-01{room}")
        there = await amy.get(around(empty)["N"])
        beyond = await amy.get(f"/calendar?view={view}&on=2099-01-01{room}")
        last = await amy.get(around(beyond)["P"])
        full = await amy.get(f"/calendar?view={view}&on={on}{room}")

    assert 'class="entry' in there.text
    assert 'class="entry' in last.text
    assert (set(around(empty)), set(around(beyond)), set(around(full))) == ({"N"}, {"P"}, set())
    assert f"view={view}" in around(empty)["N"]


async def test_no_time_is_offered_before_84_days_or_beyond_the_authorization(
    console: str, running: CourseUnderTest
) -> None:
    course = await running.course()
    earliest = course.sessions[-1].given_on + timedelta(days=84)
    granted = course.authorizations[-1]
    async with signed_in(console, "amy.ops") as amy:
        early = await amy.get(f"/calendar/courses/{running.course_id}?from={earliest - timedelta(days=30)}")
        late = await amy.get(f"/calendar/courses/{running.course_id}?from={granted.until_on + timedelta(days=1)}")
        all_the_same = await amy.get(
            f"/calendar/courses/{running.course_id}?from={granted.until_on + timedelta(days=1)}&uncovered=yes"
        )

    assert min(days_offered(early)) >= earliest
    assert days_offered(late) == []
    assert "not offered" in late.text
    assert days_offered(all_the_same)


async def test_moving_shows_first_what_else_moves_and_then_does_it(console: str, running: CourseUnderTest) -> None:
    before = await appointment_of(running)
    async with signed_in(console, "amy.ops") as amy:
        preview = await amy.get(a_week_later(await offers(amy, running, before)))
        without_reason = await move(amy, running, preview, reason=" ")
        unmoved = await appointment_of(running)
        moved = await move(amy, running, preview, reason="the patient travels")
    after = await appointment_of(running)

    assert "Safety call" in preview.text or "call" in preview.text
    assert "(session 3)" in preview.text
    assert without_reason.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert unmoved == before
    assert "Moved." in moved.text
    assert after.number == before.number + 1
    assert after.starts_at > before.starts_at


async def test_a_move_is_taken_back_and_the_patient_hears_nothing(console: str, running: CourseUnderTest) -> None:
    before = await appointment_of(running)
    async with signed_in(console, "amy.ops") as amy:
        moved = await move(amy, running, await amy.get(a_week_later(await offers(amy, running, before))))
        waiting = await messages(running)
        form = about(moved) | {"do": "undo"}
        undone = await amy.post(f"/calendar/courses/{running.course_id}", form)
        twice = await amy.post(f"/calendar/courses/{running.course_id}", form)
    after = await appointment_of(running)

    assert "Undo" in moved.text
    assert waiting == {"queued"}
    assert "Taken back" in undone.text
    assert "Taken back" in twice.text
    assert (after.starts_at, after.injector) == (before.starts_at, before.injector)
    assert after.number == before.number + 2
    assert await messages(running) == {"withdrawn"}


async def test_what_is_asked_about_an_appointment_that_somebody_else_has_moved_is_not_done_unseen(
    console: str, running: CourseUnderTest
) -> None:
    before = await appointment_of(running)
    path = f"/calendar/courses/{running.course_id}"
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "otto.ops") as otto:
        addresses = addresses_offered(await offers(amy, running, before))
        first, other = await amy.get(addresses[0]), await otto.get(addresses[-1])
        await move(amy, running, first, reason="he called at nine")
        stands = await appointment_of(running)
        moved = await move(otto, running, other, reason="he called at eight")
        cancelled = await otto.post(path, about(other) | {"do": "cancel", "reason": "ill", "whose": "patient"})
        unsaid = await otto.post(path, {"do": "cancel", "reason": "x", "whose": "clinic", "request_id": uuid4().hex})
        untouched = await appointment_of(running)
        again = await move(otto, running, await otto.get(addresses[-1]))

    for refused in (moved, cancelled):
        assert refused.status_code == httpx.codes.CONFLICT
        assert "since you opened this page" in refused.text
    assert unsaid.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'value="he called at eight"' in moved.text
    assert untouched == stands
    assert "Moved." in again.text


async def test_after_ten_minutes_the_page_says_that_a_move_stands(console: str, running: CourseUnderTest) -> None:
    before = await appointment_of(running)
    async with signed_in(console, "amy.ops") as amy:
        await move(amy, running, await amy.get(a_week_later(await offers(amy, running, before))))
        moved = await appointment_of(running)
        await running.pass_until(await running.now() + timedelta(minutes=10))
        await as_lists_see_it(running)
        shown = await amy.get(f"/calendar/courses/{running.course_id}")
        refused = await amy.post(f"/calendar/courses/{running.course_id}", about(shown) | {"do": "undo"})

    assert "ten minutes in which that could be taken back are over" in shown.text
    assert refused.status_code == httpx.codes.CONFLICT
    assert "ten minutes have passed" in refused.text
    assert (await appointment_of(running)).number == moved.number


async def test_a_time_that_is_gone_is_told_and_nothing_moves(console: str, running: CourseUnderTest) -> None:
    before = await appointment_of(running)
    night = f"{clinic_day(before.starts_at, running.world.clinic.zone)}T03:00"  # of a day on which the clinic opens
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.get(f"/calendar/courses/{running.course_id}?at={night}")
        refused = await amy.post(
            f"/calendar/courses/{running.course_id}",
            about(shown) | {"do": "move", "at": night, "reason": "at night"},
        )

    assert "not free any more" in shown.text
    assert refused.status_code == httpx.codes.CONFLICT
    assert "hours" in refused.text
    assert await appointment_of(running) == before


async def test_a_cancelled_appointment_is_looked_for_anew(console: str, running: CourseUnderTest) -> None:
    before = await appointment_of(running)
    path = f"/calendar/courses/{running.course_id}"
    async with signed_in(console, "amy.ops") as amy:
        cancel = about(await amy.get(path)) | {"do": "cancel", "reason": "a family matter"}
        refused = await amy.post(path, cancel)
        done = await amy.post(path, cancel | {"whose": "patient"})
    after = await appointment_of(running)

    assert "whose wish it is" in refused.text
    assert 'value="a family matter"' in refused.text
    assert "Cancelled" in done.text
    assert after.number > before.number
    assert after.starts_at > before.starts_at


async def test_who_looks_is_noted_and_who_may_not_book_is_refused(
    console: str, running: CourseUnderTest, world: World
) -> None:
    path = f"/calendar/courses/{running.course_id}"
    async with signed_in(console, "ben.billing") as ben:
        seen = await ben.get(path)
        refused = await ben.post(path, {"do": "cancel", "reason": "x", "whose": "clinic", "request_id": uuid4().hex})
        unknown = await ben.get("/calendar/courses/nobody")

    assert 'name="do"' not in seen.text
    assert refused.status_code == unknown.status_code == httpx.codes.NOT_FOUND
    assert {"ben.billing"} == {look.user_id for look in await looks(world.pool, course_id=running.course_id)}


async def as_lists_see_it(running: CourseUnderTest) -> None:
    """Have lists reckon with the course's own clock, as `fast-forward` does."""
    await set_ahead(running.world.pool, running.course_id, await running.now() - datetime.now(UTC))


async def appointment_of(running: CourseUnderTest) -> Appointment:
    await running.settle()
    found = (await running.course()).appointment
    assert found is not None
    return found


async def offers(person: Person, running: CourseUnderTest, booked: Appointment) -> httpx.Response:
    later = clinic_day(booked.starts_at, running.world.clinic.zone) + timedelta(days=7)
    return await person.get(f"/calendar/courses/{running.course_id}?from={later}")


HOURS, WEEKS = timedelta(hours=2), timedelta(weeks=3)


@pytest.mark.parametrize("by", [HOURS, WEEKS], ids=["to another hour", "by three weeks"])
@pytest.mark.parametrize("moment", [lambda: at(WaitKind.READINESS), with_an_appointment], ids=["open look", "ahead"])
def test_what_a_preview_says_of_open_tasks_is_what_the_course_waits_for_after_the_move(
    moment: Callable[[], PaperCourse], by: timedelta
) -> None:
    course = moment()
    before = course.course
    slot = moved_slot(before, by)
    said = {one.what: one.after for one in effects(before, slot, course.now, {})}
    course.tell(AMY, f.Move(starts_at=slot.starts_at, injector=slot.injector, reason="the patient travels"))
    course.settle()
    after = course.course

    assert after.appointment is not None
    assert after.appointment.starts_at == slot.starts_at
    was = {wait.id: clinic_day(wait.due, before.clinic.zone) for wait in before.waits}
    for wait in after.waits:
        on, title = clinic_day(wait.due, after.clinic.zone), title_of(wait)
        if wait.kind is WaitKind.SESSION_DAY:
            continue
        told = "" if was.get(wait.id) == on else f"{on:%a} {day_in_words(on)}"
        assert said.get(title, "") == told, title
    assert {title_of(wait) for wait in before.waits if after.wait(wait.id) is None} <= said.keys()


async def test_a_look_that_is_open_stays_open_and_is_not_said_to_fall_away(console: str, world: World) -> None:
    running = await CourseUnderTest.start(world, at=a_monday_of_its_own(world.clinic))
    await running.until(WaitKind.READINESS)
    await as_lists_see_it(running)
    before, [look] = await appointment_of(running), (await running.course()).waits_of(WaitKind.READINESS)
    on = clinic_day(before.starts_at, world.clinic.zone)
    async with signed_in(console, "amy.ops") as amy:
        offered = await amy.get(f"/calendar/courses/{running.course_id}?from={on}")
        other = next(one for one in addresses_offered(offered) if f"at={on}" in one)
        preview = await amy.get(other)
        await move(amy, running, preview)
    await running.settle()
    after = await running.course()

    assert KINDS[WaitKind.READINESS].title not in preview.text
    [again] = after.waits_of(WaitKind.READINESS)
    assert clinic_day(again.due, world.clinic.zone) == clinic_day(look.due, world.clinic.zone)


async def test_rooms_and_people_are_called_by_their_names(console: str, running: CourseUnderTest) -> None:
    booked = await appointment_of(running)
    on = clinic_day(booked.starts_at, running.world.clinic.zone)
    names = await names_of_places(running.world.pool)
    room, injector = names[booked.room], names[booked.injector]
    async with signed_in(console, "amy.ops") as amy:
        week = await amy.get(f"/calendar?view=week&on={on}&room={booked.room}&injector={booked.injector}")
        preview = await amy.get(a_week_later(await offers(amy, running, booked)))
        session = await amy.get(f"/courses/{running.course_id}/session")

    assert f"{injector}, {room}" in week.text
    assert f"{injector}, {room}" in preview.text
    assert f"{injector}, tentative" in preview.text
    assert f"{injector}, {room}" in session.text
    for shown in (week, preview, session):
        seen = re.sub(r'(href|value|datetime)="[^"]*"', "", shown.text)
        assert (booked.room in seen, booked.injector in seen) == (False, False)


def title_of(wait: Wait) -> str:
    return f"{KINDS[wait.kind].title} ({wait.subject.replace('-', ' ')})"


def moved_slot(course: Course, by: timedelta) -> Slot:
    booked = course.appointment
    assert booked is not None
    starts_at, ends_at = booked.starts_at + by, booked.ends_at + by
    return Slot(starts_at=starts_at, ends_at=ends_at, injector=booked.injector, room=booked.room)


def around(shown: httpx.Response) -> dict[str, str]:
    """Return the addresses of the nearest booked days, by their keys."""
    found = re.findall(r'<a data-key="([NP])" href="([^"]+)"', shown.text)
    return {key: address.replace("&amp;", "&") for key, address in found}


def a_week_later(offered: httpx.Response) -> str:
    """Return the address of the first time on offer."""
    found = addresses_offered(offered)
    assert found, "a time is on offer"
    return found[0]


def addresses_offered(shown: httpx.Response) -> list[str]:
    found = re.findall(r'href="(/calendar/courses/[^"]*[?&;]at=[^"]*)"', shown.text)
    return [one.replace("&amp;", "&") for one in found]


def days_offered(shown: httpx.Response) -> list[date]:
    links = re.findall(r'href="(/calendar/courses/[^"]*at=[^"]*)"', shown.text)
    return [date.fromisoformat(parse_qs(urlsplit(one.replace("&amp;", "&")).query)["at"][0][:10]) for one in links]


async def move(
    person: Person, running: CourseUnderTest, preview: httpx.Response, *, reason: str = "the patient travels"
) -> httpx.Response:
    asked = parse_qs(preview.url.query.decode())
    form = about(preview) | {"do": "move", "at": asked["at"][0], "with": asked["with"][0], "reason": reason}
    return await person.post(f"/calendar/courses/{running.course_id}", form)


def about(shown: httpx.Response) -> dict[str, str]:
    """Return which appointment the page has shown, with the request id of one of its forms."""
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', shown.text) for name in ("stands", "request_id")}
    return {name: one[1] if one else "" for name, one in found.items()}


async def messages(running: CourseUnderTest) -> set[str]:
    """Return what became of the messages that the appointment was moved."""
    rows = await running.world.pool.fetch(
        "select status from message where course_id = $1 and kind = 'appointment_moved'", running.course_id
    )
    return {row["status"] for row in rows}
