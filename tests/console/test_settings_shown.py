"""Settings shown: rule books with versions, sources and the courses that use them; messages; users; who looked at whom."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import httpx

from domain.clinic_time import clinic_day
from domain.record import Mark
from domain.waits import WaitKind
from office.rule_books import policies, protocols
from readmodel.access import looks
from readmodel.measures import versions
from tests.console.kit import Quiet, signed_in
from tests.console.programs import a_program
from tests.console.test_api_foreseen import BEHIND_ALL_OTHERS
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.world import World


async def test_each_version_of_each_book_stands_with_sources_and_the_courses_that_use_it(
    world: World, console: str
) -> None:
    running = await CourseUnderTest.start(world, at=datetime.now(UTC) + BEHIND_ALL_OTHERS)
    await running.until(WaitKind.GOALS)
    course = await running.course()
    async with signed_in(console, "ben.billing") as ben:
        shown, payers = [(await ben.get(f"/settings?what={what}")).text for what in ("protocols", "payers")]

        book = f"what=protocols&book={course.protocol.id}&version={course.protocol.version}"
        policy = f"what=payers&book=northwind-commercial&version={course.policy.version if course.policy else ''}"
        using = [(await ben.get(f"/settings?{asked}")).text for asked in (book, policy)]

    assert course.policy is not None
    assert [running.course_id in text for text in using] == [True, True]
    counted = {(row.book, row.version): row.open for row in await versions(world.pool)}
    used = {(one.book, one.version): one.open for one in [*await protocols(world.pool), *await policies(world.pool)]}
    assert used[course.protocol.id, course.protocol.version] >= 1
    assert used[course.policy.id, course.policy.version] >= 1
    assert {key: count for key, count in used.items() if count} == {
        key: count for key, count in counted.items() if count
    }
    assert "interval days, at least" in shown
    assert course.protocol.timing.interval_days_min.source[:30] in shown.replace("&#39;", "'")
    assert "Northwind Health" in payers
    assert all(f"<b>{mark}</b>" in shown for mark in Mark)


async def test_messages_are_listed_without_their_words_about_a_patient(quiet: Quiet) -> None:
    world, console = quiet.world, quiet.url
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.PAYER_ANSWER)
    async with signed_in(console, "amy.ops") as amy:
        shown = (await amy.get("/settings?what=messages&status=queued")).text

    assert running.course_id in shown
    assert running.patient.name not in shown
    assert "Subject: " in shown, "the words of each kind"


async def test_users_stand_with_what_each_role_may_do(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        shown = (await amy.get("/settings?what=users")).text

    assert "Amy Alvarez" in shown
    row = re.search(r"<tr><td>see who looked at which patient</td>(.*?)</tr>", shown)
    assert row is not None
    assert row[1].count("yes") == 1
    assert "what=looks" not in shown, "operations see no looks"


async def test_a_list_that_names_a_patient_is_a_look_noted_once_an_hour(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.READINESS)
    booked = (await running.course()).appointment
    assert booked is not None
    on = clinic_day(booked.starts_at, world.clinic.zone).isoformat()
    async with signed_in(console, "amy.ops") as amy, a_program(console, "otto.ops") as otto:
        for _ in range(2):
            await amy.post("/worklist", {"text": running.patient.record_number})
            await amy.get(f"/calendar?view=day&on={on}")
            await otto.get("/tasks", course=running.course_id)
            await otto.get("/worklist", course=running.course_id)
            await otto.get("/appointments", on=on)
    async with signed_in(console, "ada.admin") as ada:
        without = (await ada.get(f"/settings?what=looks&course={running.course_id}")).text
        shown = (await ada.get(f"/settings?what=looks&lists=yes&course={running.course_id}")).text

    noted = Counter((one.user_id, one.what) for one in await looks(world.pool, course_id=running.course_id))
    assert noted - Counter({("ada.admin", "list: who looked"): 1}) == Counter(
        {
            ("amy.ops", "list: worklist"): 1,
            ("amy.ops", "list: calendar"): 1,
            ("otto.ops", "list: api tasks"): 1,
            ("otto.ops", "list: api worklist"): 1,
            ("otto.ops", "list: api appointments"): 1,
        }
    )
    assert "<td>list: calendar</td>" in shown
    assert "<td>list: calendar</td>" not in without


async def test_an_admin_sees_who_looked_at_which_patient_and_nobody_else_does(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "ada.admin") as ada:
        await amy.get(f"/courses/{running.course_id}/history")
        await amy.post("/find", {"text": running.patient.record_number})
        await amy.get(f"/courses/{running.course_id}")
        shown = (await ada.get(f"/settings?what=looks&course={running.course_id}")).text
        by_user = (await ada.get("/settings?what=looks&user=dr.khan")).text
        refused, none = await amy.get("/settings?what=looks"), await amy.get("/settings?what=secrets")

    assert "Amy Alvarez" in shown
    assert all(f"<td>{what}</td>" in shown for what in ("history", "found patients", "course"))
    assert running.patient.name in shown
    assert running.patient.name not in by_user
    assert refused.status_code == none.status_code == httpx.codes.NOT_FOUND
