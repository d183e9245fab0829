"""What programs are shown before they tell something: prepared answers, where an answer leads, what would follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx

from domain.events import SessionGiven
from domain.waits import WaitKind
from office.leads_to import answers_of
from office.prepared import prepared
from readmodel.people import member_id
from tests.console.clinicians import a_course_at
from tests.console.programs import a_program
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.world import World

BEHIND_ALL_OTHERS = timedelta(days=20 * 365)
"""A course that begins so far ahead stands first in a list that begins with the latest."""


async def test_an_open_check_says_its_answers_and_where_each_leads(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.RESPONSE_CHECK)
    path = f"/courses/{course.course_id}"
    now = await course.course()
    [wait] = now.waits_of(WaitKind.RESPONSE_CHECK)
    async with a_program(console, "dr.lee") as lee:
        evidence = (await lee.get(f"{path}/evidence")).json()
        task = (await lee.get(f"{path}/tasks/{wait.id}")).json()
        listed = (await lee.get(f"{path}/tasks")).json()["items"]
        await lee.post(f"{path}/tasks/{wait.id}/answer", {"fact": {"kind": "response", "answer": "continue"}})
        answered = (await lee.get(f"{path}/evidence")).json()

    page = answers_of(now, await course.now())
    assert [one["answer"] for one in evidence["answers"]] == [one.answer for one in page]
    leads = {one["answer"]: one for one in evidence["answers"]}
    assert leads["continue"]["advised"]
    assert any("session 3 from" in one or "session 3 on" in one for one in leads["continue"]["follows"])
    assert leads["discontinue"]["needs"] == ["reason"]
    assert any("alternatives are offered" in one for one in leads["discontinue"]["follows"])
    assert task["prepared"] == vars(prepared(now, wait, await course.now()))
    assert task["prepared"]["advised"] == "continue"
    assert next(one for one in listed if one["wait_id"] == wait.id)["prepared"] == task["prepared"]
    assert answered["answers"] == []


async def test_what_would_follow_is_said_before_it_is_told_and_nothing_is_written(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.GOALS)
    path = f"/courses/{course.course_id}/facts/preview"
    withdrawal, flag = {"kind": "withdraw", "reason": "moves away"}, {"kind": "adverse-event", "note": "since today"}
    before = len(await course.journal())
    async with a_program(console, "amy.ops") as amy, a_program(console, "ben.billing") as ben:
        withdrawn = (await amy.post(path, {"fact": withdrawal})).json()
        flagged = (await amy.post(path, {"fact": flag | {"red_flags": ["swallowing"]}})).json()
        refused = await ben.post(
            path, {"fact": {"kind": "goals", "goals": ["half"], "consent_signed_on": "2026-01-05"}}
        )
        direct = await amy.post(path, {"fact": {"kind": "contact-changed", "name": "Nobody"}})
        gone = await amy.post(path, {"fact": withdrawal, "task": "goals:nothing"})
        told = await amy.post(path.removesuffix("/preview"), {"fact": withdrawal})

    assert "the course ends as withdrawn" in withdrawn["follows"][0]
    assert (withdrawn["cannot_be_taken_back"], flagged["cannot_be_taken_back"]) == (True, False)
    assert "moves away" in withdrawn["said"]
    assert "Call the emergency number" in flagged["advice"]
    assert refused.status_code == gone.status_code == httpx.codes.CONFLICT, (refused.text, gone.text)
    assert direct.json()["errors"][0]["field"] == "fact.kind"
    assert [one.number for one in await course.journal() if one.number <= before] == list(range(1, before + 1))
    ended = next(one for one in await course.journal() if one.number > before)
    assert told.json()["event"] == ended.number, "nothing stands between"


async def test_a_correction_shows_both_values_before_it_is_made(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SAFETY_CALL)
    [number] = [one.number for one in await course.journal() if isinstance(one, SessionGiven)]
    vial = {"size_units": 200, "lot": "C9999", "expires_on": "2040-01-31"}
    values = {"of": "session_given", "vials": [vial]}
    fact = {"kind": "correction", "event": number, "values": values, "reason": "typed from another vial"}
    path = f"/courses/{course.course_id}/facts/preview"
    async with a_program(console, "dr.lee") as lee:
        seen = (await lee.post(path, {"fact": fact})).json()
        nothing = await lee.post(path, {"fact": fact | {"event": 9999}})

    assert "C7461" in seen["said"]
    assert "C9999" in seen["said"]
    assert nothing.status_code == httpx.codes.NOT_FOUND
    assert (await course.course()).sessions[-1].vials[0].lot == "C7461"


async def test_a_members_number_is_not_kept_by_looking(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.GOALS)
    now = await course.course()
    async with a_program(console, "amy.ops") as amy:
        known = [one["id"] for one in (await amy.get("/payers")).json()["items"]]
        fact = {
            "kind": "coverage-changed",
            "pays": "authorization",
            "payer_id": next(one for one in known if one != now.coverage.payer_id),
            "member_id": "M-LOOKED-AT",
            "from_on": str((await course.now()).date()),
            "reason": "a new employer",
        }
        seen = await amy.post(f"/courses/{course.course_id}/facts/preview", {"fact": fact})

    assert seen.status_code == httpx.codes.OK, seen.text
    assert await member_id(world.pool, now.patient_id, fact["payer_id"]) is None


async def test_the_diary_is_read_by_days(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SAFETY_CALL)
    today = (await course.now()).date()
    path = f"/courses/{course.course_id}/diary"
    async with a_program(console, "ben.billing") as ben:
        latest = (await ben.get(path)).json()["items"]
        three = (await ben.get(path, first=str(today - timedelta(days=9)), last=str(today - timedelta(days=7)))).json()
        wrong = await ben.get(path, first=str(today), last=str(today - timedelta(days=1)))

    assert len(latest) in {27, 28}
    assert [one["on"] for one in three["items"]] == [str(today - timedelta(days=days)) for days in (9, 8, 7)]
    assert wrong.json()["errors"][0]["field"] == "last"


async def test_rule_books_say_how_many_courses_go_by_them_and_messages_are_counted(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world, at=datetime.now(UTC) + BEHIND_ALL_OTHERS)
    await running.until(WaitKind.PAYER_ANSWER)
    course = await running.course()
    assert course.policy is not None
    policy = (course.policy.id, course.policy.version)
    async with a_program(console, "ben.billing") as ben:
        protocols = {one["id"]: one for one in (await ben.get("/protocols")).json()["items"]}
        payers = {one["id"]: one for one in (await ben.get("/payers")).json()["items"]}
        using = [
            (await ben.get(f"/protocols/{course.protocol.id}/{course.protocol.version}/courses")).json()["items"],
            (await ben.get(f"/payers/{policy[0]}/{policy[1]}/courses")).json()["items"],
        ]
        nothing = await ben.get("/payers/nobody/1/courses")
        before = await world.pool.fetchval("select count(*) from message")
        counts = (await ben.get("/messages/counts")).json()["items"]
        after = await world.pool.fetchval("select count(*) from message")

    assert list(protocols[course.protocol.id]["in_use"]) == protocols[course.protocol.id]["versions"]
    assert protocols[course.protocol.id]["in_use"][course.protocol.version]["open"] >= 1
    assert payers[policy[0]]["in_use"][policy[1]]["open"] >= 1
    assert [running.course_id in {one["course_id"] for one in some} for some in using] == [True, True]
    assert nothing.status_code == httpx.codes.NOT_FOUND
    assert 0 < before <= sum(one["messages"] for one in counts) <= after, "messages are added, none is taken away"
