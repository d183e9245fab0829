"""A task of which something has changed since it was read: nothing is answered unseen, and what was typed stays."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import cast

import httpx

from domain import facts as f
from domain.course import Course
from domain.events import AnyEvent
from domain.waits import WaitKind
from office.seen import changed_since, seen_of
from tests.console.clinicians import a_course_at
from tests.console.kit import signed_in
from tests.console.programs import Program, a_program
from tests.console.test_answering import form_of, problem_of
from tests.console.test_check import a_check, hidden
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.moments import at
from tests.kit.people import DR_LEE
from tests.kit.world import World

SHORT = 600
"""So long the words may be that say what has changed: a check is on one screen."""


async def told_in_the_diary(program: Program, course: CourseUnderTest) -> tuple[str, str]:
    """Have the patient correct a day that counts; return what of headache days was counted before and is now."""
    before = await course.course()
    day = await _a_day_without_headache(course, before)
    fact = {"kind": "diary", "on": str(day), "headache": True, "migraine": True, "hours": 3, "worst_pain": 6}
    told = await program.post(f"/courses/{course.course_id}/facts", {"fact": fact})
    assert told.status_code == httpx.codes.OK, told.text
    after = await eventually(course.course, lambda now: _headache_days(now) != _headache_days(before))
    await course.settle()
    return _headache_days(before), _headache_days(after)


def _headache_days(course: Course) -> str:
    assert course.evidence is not None
    return next(one.now_text for one in course.evidence.changes if one.measure == "headache_days")


async def _a_day_without_headache(course: CourseUnderTest, record: Course) -> date:
    assert record.evidence is not None
    window = record.evidence.window
    rows = await course.world.pool.fetch(
        "select on_day from diary_day where patient_id = $1 and not headache and on_day between $2 and $3 order by 1",
        record.patient_id,
        window.first_on,
        window.last_on,
    )
    return date.fromisoformat(str(rows[0]["on_day"]))


# The API


async def test_what_a_check_rests_on_is_in_its_version_wherever_it_is_read(world: World, console: str) -> None:
    course = await a_check(world)
    path = f"/courses/{course.course_id}/tasks"
    async with a_program(console, "dr.lee") as lee, a_program(console, "amy.ops") as amy:
        [task] = [one for one in (await lee.get(path)).json()["items"] if one["kind"] == "response-check"]
        [listed] = (await lee.get("/tasks", course=course.course_id, kind="response-check")).json()["items"]
        was, now = await told_in_the_diary(amy, course)
        answer = {"fact": {"kind": "response", "answer": "continue"}}
        address = f"{path}/{task['wait_id']}"
        stale = await lee.post(f"{address}/answer", answer, If_Match=task["etag"])
        several = (await lee.post("/tasks/take", {"tasks": [{"task": task["task"], "etag": task["etag"]}]})).json()
        fresh = await lee.get(address)
        answered = await lee.post(f"{address}/answer", answer, If_Match=stale.headers["etag"])

    assert listed == task
    assert was in task["prepared"]["said"]
    assert stale.status_code == httpx.codes.PRECONDITION_FAILED
    assert now in stale.json()["current"]["prepared"]["said"]
    assert not several["results"][0]["ok"]
    assert fresh.headers["etag"] == stale.headers["etag"] == several["results"][0]["etag"] != task["etag"]
    assert answered.status_code == httpx.codes.OK, answered.text


async def test_the_list_of_all_tasks_has_each_answer_half_prepared(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.GOALS)
    async with a_program(console, "dr.lee") as lee:
        listed = await lee.all_of("/tasks", kind="goals", limit=200)
        its = [one for one in listed if one["course_id"] == course.course_id]
        alone = (await lee.get(f"/courses/{course.course_id}/tasks/{its[0]['wait_id']}")).json()

    assert its == [alone]
    assert "days with headache" in alone["prepared"]["said"]
    assert alone["prepared"]["advised"] == "half the headache days, and the consent's date"


# Pages


async def test_a_check_whose_counts_have_changed_says_which_and_keeps_what_was_typed(
    world: World, console: str
) -> None:
    course = await a_check(world)
    path = f"/courses/{course.course_id}/check"
    async with signed_in(console, "dr.lee") as lee, a_program(console, "amy.ops") as amy:
        typed = {"answer": "one_more", "reason": "one more after the holiday", "coded_reason": "patients_wish"}
        form = hidden((await lee.get(path)).text) | typed
        was, now = await told_in_the_diary(amy, course)
        refused = await lee.post(path, form)
        unanswered = (await course.course()).checks
        await lee.post(path, form | hidden(refused.text))

    said = problem_of(refused)
    assert "It has changed since you opened this page" in said
    assert f"Headache days: {now} (it was: {was})" in said
    assert len(said) < SHORT
    assert 'value="one more after the holiday"' in refused.text
    assert re.search(r'value="one_more"[^>]*checked', refused.text)
    assert unanswered == ()
    assert [check.reason for check in (await course.course()).checks] == ["one more after the holiday"]


async def test_an_answer_to_what_was_shown_otherwise_is_not_taken_and_the_form_says_what_is_new(
    world: World, console: str
) -> None:
    course = await a_course_at(world, WaitKind.SUBMIT_PACKET)
    wait = (await course.course()).waits_of(WaitKind.SUBMIT_PACKET)[0]
    path = f"/courses/{course.course_id}/tasks/{wait.id}"
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "otto.ops") as otto:
        form = form_of(await amy.get(path)) | {"reference": "typed by hand", "submitted_on": "today"}
        tried = form_of(await otto.get(f"{path}?kind=attempt")) | {"result": "their fax is broken"}
        await otto.post(path, tried)
        refused = await amy.post(path, form)
        open_still = (await course.course()).waits_of(WaitKind.SUBMIT_PACKET)
        sent = await amy.post(path, form | form_of(refused))

    assert refused.status_code == httpx.codes.CONFLICT
    assert "It has changed since you opened this page" in problem_of(refused)
    assert "their fax is broken (new)" in problem_of(refused)
    assert 'value="typed by hand"' in unescape(refused.text)
    assert open_still
    assert sent.url.params.get("told"), problem_of(sent)


# What counts as seen: pure


def test_hours_that_pass_and_other_facts_change_nothing_of_what_was_seen() -> None:
    paper = at(WaitKind.RESPONSE_CHECK)
    wait = paper.course.waits_of(WaitKind.RESPONSE_CHECK)[0]
    mark, number = seen_of(paper.course, wait).mark, paper.course.number
    paper.now += timedelta(hours=5)
    paper.tell(DR_LEE, f.Take(), task=wait.id)
    now = paper.course.waits_of(WaitKind.RESPONSE_CHECK)[0]

    assert paper.course.number > number
    assert changed_since(cast("list[AnyEvent]", paper.events), paper.course, now, number) == ()
    assert seen_of(paper.course, now).mark == mark


def test_a_side_effect_told_meanwhile_is_named() -> None:
    paper = at(WaitKind.RESPONSE_CHECK)
    wait, number = paper.course.waits_of(WaitKind.RESPONSE_CHECK)[0], paper.course.number
    paper.tell(DR_LEE, f.AdverseEventTold(effect="ptosis", note="left lid"))
    now = paper.course.waits_of(WaitKind.RESPONSE_CHECK)[0]

    [said] = [
        one
        for one in changed_since(cast("list[AnyEvent]", paper.events), paper.course, now, number)
        if "left lid" in one
    ]

    assert said.startswith("Tolerability: ")
    assert said.endswith("(new)")
    assert wait.id == now.id
