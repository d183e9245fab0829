"""The worklist, several tasks at once, and what is stuck, as programs use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from domain import events as e
from domain import facts as f
from domain.clinic_time import add_working_days, clinic_day
from domain.waits import WaitKind
from office.worklist import VIEWS
from tests.console.clinicians import a_course_at, tell_the_time
from tests.console.kit import a_console
from tests.console.programs import a_program
from tests.console.test_stuck import overdue
from tests.console.test_worklist import course_to_submit, courses_of_one_clinician, owner_of
from tests.kit.answers import Situation, approved
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.faults import Outage
from tests.kit.people import AMY
from tests.kit.world import World


def named(*tasks: str) -> dict[str, Any]:
    return {"tasks": [{"task": task} for task in tasks]}


async def test_the_worklist_is_read_view_by_view_and_each_view_counts_its_rows(world: World, console: str) -> None:
    clinician, course, task = await courses_of_one_clinician(world)
    async with a_program(console, "amy.ops") as amy:
        await amy.post("/tasks/take", named(task))
        counts = {one["id"]: one for one in (await amy.get("/worklist/views", clinician=clinician)).json()["views"]}
        for view in VIEWS:
            rows = await amy.all_of("/worklist", view=view.id, clinician=clinician, limit=2)
            assert len(rows) == len({one["task"] for one in rows}) == counts[view.id]["count"], view.id
        mine = await amy.all_of("/worklist", view="mine")
        its = await amy.all_of("/worklist", course=course.course_id, kind="submit-packet")
        nothing = await amy.get("/worklist", view="of-my-own")

    assert task in {one["task"] for one in mine}
    [row] = its
    assert (row["patient"], row["owner"], row["is_task"]) == (course.patient.name, "amy.ops", True)
    assert counts["all"]["count"] >= 5
    assert not counts["mine"]["more"]
    assert nothing.json()["errors"][0]["field"] == "view"


async def test_a_red_flag_goes_before_all_that_is_overdue_and_pages_go_on_behind_it(world: World, console: str) -> None:
    late, _ = await course_to_submit(world)
    await late.pass_days(30)
    await tell_the_time(late)
    told = await a_course_at(world, WaitKind.SAFETY_CALL)
    await told.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since yesterday"))
    await told.until(WaitKind.RED_FLAG)
    courses = [late.course_id, told.course_id]
    async with a_program(console, "amy.ops") as amy:
        rows = await amy.all_of("/worklist", course=courses)
        one_by_one = await amy.all_of("/worklist", course=courses, limit=1)

    assert rows[0]["task"].startswith(f"{told.course_id}/red-flag:")
    assert any(one["overdue"] for one in rows[1:])
    assert [one["task"] for one in one_by_one] == [one["task"] for one in rows]


async def test_a_view_is_kept_by_name_shared_and_forgotten_by_its_owner_only(world: World, console: str) -> None:
    clinician, _, task = await courses_of_one_clinician(world)
    name = f"to submit {uuid4().hex[:8]}"
    narrowed = {"view": "authorizations", "role": "operations", "kind": "submit-packet", "clinician": clinician}
    async with a_program(console, "amy.ops") as amy, a_program(console, "dr.lee") as lee:
        kept = await amy.post("/worklist/views", {"name": name, "narrowed": narrowed, "shared": True})
        seen = [one for one in (await lee.get("/worklist/views")).json()["saved"] if one["name"] == name]
        rows = await lee.all_of("/worklist", **{k: v for k, v in seen[0]["narrowed"].items() if v is not None})
        address = f"/api/v1/worklist/views/{kept.json()['view_id']}"
        await lee.http.delete(address)
        still = [one["name"] for one in (await amy.get("/worklist/views")).json()["saved"]]
        await amy.http.delete(address)
        gone = [one["name"] for one in (await amy.get("/worklist/views")).json()["saved"]]
        not_shared = await lee.post("/worklist/views", {"name": "mine", "narrowed": narrowed, "shared": True})

    assert kept.status_code == httpx.codes.CREATED
    assert seen[0]["narrowed"] == narrowed | {"payer": None}
    assert seen[0]["count"] == len(rows) == 1
    assert task in {one["task"] for one in rows}
    assert name in still
    assert name not in gone
    assert not_shared.json()["errors"][0]["field"] == "shared"


async def test_of_several_tasks_each_has_its_own_result_and_what_was_done_is_undone(world: World, console: str) -> None:
    (one, its), (other, others) = await course_to_submit(world), await course_to_submit(world)
    gone = f"{one.course_id}/nothing:at-all"
    async with a_program(console, "otto.ops") as otto, a_program(console, "amy.ops") as amy:
        await otto.post("/tasks/take", named(others))
        took = (await amy.post("/tasks/take", named(its, others, gone))).json()
        owners = [await owner_of(one, its), await owner_of(other, others)]
        undo = [result["undo"] for result in took["results"] if result["undo"] is not None]
        undone = (await amy.post("/tasks/undo", {"undo": undo})).json()

    assert took["done"] == 1
    assert [result["ok"] for result in took["results"]] == [True, False, False]
    assert took["results"][1]["said"].startswith("Otto Okafor has taken it already. Otto Okafor took it")
    assert took["results"][2]["said"] == "there is no such task open"
    assert owners == ["amy.ops", "otto.ops"]
    assert undone["results"][0]["said"] == "as it was before"
    assert (await owner_of(one, its), await owner_of(other, others)) == (None, "otto.ops")


async def test_a_task_that_has_changed_since_it_was_read_is_left_and_the_others_are_done(
    world: World, console: str
) -> None:
    (one, its), (other, others) = await course_to_submit(world), await course_to_submit(world)
    async with a_program(console, "otto.ops") as otto, a_program(console, "amy.ops") as amy:
        read = [await amy.get(f"/courses/{task.replace('/', '/tasks/')}") for task in (its, others)]
        tasks = [{"task": one.json()["task"], "etag": one.headers["etag"]} for one in read]
        await otto.post("/tasks/take", named(others))
        given = (await amy.post("/tasks/assign", {"tasks": tasks, "to": "amy.ops"})).json()
        wrong = (await amy.post("/tasks/assign", named(its) | {"to": "dr.lee"})).json()
        nobody = await amy.post("/tasks/assign", named(its) | {"to": "nobody"})
        now = await amy.get(f"/courses/{its.replace('/', '/tasks/')}")

    assert [result["ok"] for result in given["results"]] == [True, False]
    assert given["results"][1]["said"] == "it has changed since you read it"
    assert given["results"][0]["etag"] == now.headers["etag"]
    assert wrong["results"][0]["said"] == "the task is for operations; Dr. Jordan Lee is clinician"
    assert nobody.json()["errors"][0]["field"] == "to"
    assert (await owner_of(one, its), await owner_of(other, others)) == ("amy.ops", "otto.ops")


async def test_an_undo_gives_a_task_to_nobody_who_may_not_do_it(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    async with a_program(console, "amy.ops") as amy:
        await amy.post("/tasks/take", named(task))
        made_up = {"task": task, "verb": "take", "before": "dr.lee", "since": "amy.ops"}
        undone = (await amy.post("/tasks/undo", {"undo": [made_up]})).json()
        no_day = await amy.post("/tasks/undo", {"undo": [made_up | {"verb": "deadline", "before": "soon"}]})

    assert not undone["results"][0]["ok"]
    assert await owner_of(course, task) == "amy.ops"
    assert no_day.json()["errors"][0]["field"] == "undo[0].before"


async def test_due_dates_of_several_move_once_by_their_key_and_back(world: World, console: str) -> None:
    courses = [await course_to_submit(world) for _ in range(2)]
    zone, key = world.clinic.zone, uuid4().hex
    tasks = named(*(task for _, task in courses))
    async with a_program(console, "amy.ops") as amy:
        before = [clinic_day((await course.course()).wait(_wait(task)).due, zone) for course, task in courses]  # type: ignore[union-attr] # it is open
        later = add_working_days(before[0], 3, world.clinic)
        body = tasks | {"due_on": str(later), "reason": "waits for a form"}
        first, again = [await amy.post("/tasks/deadline", body, Idempotency_Key=key) for _ in range(2)]
        moved = [clinic_day((await course.course()).wait(_wait(task)).due, zone) for course, task in courses]  # type: ignore[union-attr] # as before
        undone = await amy.post("/tasks/undo", {"undo": [one["undo"] for one in first.json()["results"]]})
        back = [clinic_day((await course.course()).wait(_wait(task)).due, zone) for course, task in courses]  # type: ignore[union-attr] # as before
        twice = await amy.post("/tasks/take", named(courses[0][1], courses[0][1]))

    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert moved == [later, later]
    assert undone.json()["done"] == 2
    assert back == before
    assert twice.json()["errors"][0]["field"] == "tasks[1].task"
    told = [one for one in await courses[0][0].journal() if isinstance(one, e.DeadlineMoved)]
    assert len(told) == 2, "once there, once back"


def _wait(task: str) -> str:
    return task.partition("/")[2]


async def test_what_is_stuck_is_listed_by_cause_and_handed_on_or_moved_by_an_admin(world: World, console: str) -> None:
    one, other = await overdue(world), await overdue(world)
    async with a_program(console, "ada.admin") as ada, a_program(console, "amy.ops") as amy:
        found = (await ada.get("/stuck")).json()
        rows = (await ada.get("/stuck", cause="overdue:goals")).json()["rows"]
        tasks = [row["task"] for row in rows if row["course_id"] in {one.course_id, other.course_id}]
        handed = (await ada.post("/stuck/assign", named(*tasks) | {"to": "dr.lee"})).json()
        later = clinic_day(await one.now(), world.clinic.zone) + timedelta(days=9)
        moving = named(f"{one.course_id}/goals:intake") | {"due_on": str(later), "reason": "the doctor was ill"}
        moved = (await ada.post("/stuck/deadline", moving)).json()
        hidden = [await amy.get("/stuck"), await amy.post("/stuck/retry", named(*tasks))]

    cause = next(one for one in found["causes"] if one["key"] == "overdue:goals")
    assert cause["can"] == ["change the deadline", "hand to a person"]
    assert {row["cause"] for row in rows} == {"overdue:goals"}
    assert (handed["done"], moved["done"]) == (2, 1)
    owners = [(await course.course()).waits_of(WaitKind.GOALS)[0].owner for course in (one, other)]
    assert owners == ["dr.lee", "dr.lee"]
    assert clinic_day((await one.course()).waits_of(WaitKind.GOALS)[0].due, world.clinic.zone) == later
    assert {one.status_code for one in hidden} == {httpx.codes.NOT_FOUND}
    assert one.patient.name not in str(found), "no patient's name"


async def test_a_system_that_does_not_answer_is_retried(world: World) -> None:
    own, away = world.on_a_queue_of_its_own(), Outage("book_session")
    async with own.worker(interceptors=[away]), a_console(own) as console, a_program(console, "ada.admin") as ada:
        running = await CourseUnderTest.start(own)
        await running.until(WaitKind.PAYER_ANSWER)
        away.lasts = True
        course = await running.course()
        [task] = course.waits_of(WaitKind.PAYER_ANSWER)
        await running.tell(*approved(Situation(course, task, await running.now())))
        await running.pass_until(await running.now() + timedelta(minutes=11))
        stuck = f"{running.course_id}/outside:book-session"

        async def rows() -> set[str]:
            answer = await ada.get("/stuck", cause="outside:book-session")
            return {row["task"] for row in answer.json()["rows"]}

        await eventually(rows, lambda seen: stuck in seen)
        away.lasts = False
        retried = (await ada.post("/stuck/retry", named(stuck))).json()
        no_task = (await ada.post("/tasks/take", named(stuck))).json()
        await running.until(WaitKind.CLEARANCE)

    assert retried["results"][0]["said"] == "tried again just now"
    assert no_task["results"][0]["said"] == "there is no such task open", "it is no person's task"
