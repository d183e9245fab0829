"""What is stuck is seen, by cause and in words, and is got going again from there."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure

import office.in_time
import office.stuck
from console.pages import stuck as of_page
from domain.clinic_time import clinic_day
from domain.waits import WaitKind
from office.call import Call
from office.errors import NotReachable
from office.raw import behind
from office.reach import Reach
from office.stuck import Row, failure_in_words, what_is_stuck
from readmodel.lookups import set_ahead
from tests.console.kit import Person, a_console, signed_in
from tests.kit.answers import Situation, approved
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.faults import Outage
from tests.kit.world import World


async def overdue(world: World) -> CourseUnderTest:
    """Return a course whose goals nobody has set for weeks."""
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    await running.pass_days(30)
    await set_ahead(world.pool, running.course_id, await running.now() - datetime.now(UTC))
    return running


def row_of(text: str, task: str) -> str:
    """Return the value of the box that selects a task."""
    found = re.search(rf'name="row" value="({re.escape(task)}\|[^"]*)"', text)
    assert found, f"{task} can be selected"
    return found[1]


async def act(ada: Person, rows: list[str], cause: str, **doing: str) -> httpx.Response:
    return await ada.post("/stuck", {"request_id": uuid4().hex, "cause": cause, "row": rows, **doing})


async def test_a_system_that_does_not_answer_is_seen_with_its_error_and_retried_from_the_page(world: World) -> None:
    own, away = world.on_a_queue_of_its_own(), Outage("book_session")
    async with own.worker(interceptors=[away]), a_console(own) as console, signed_in(console, "ada.admin") as ada:
        running = await CourseUnderTest.start(own)
        await running.until(WaitKind.PAYER_ANSWER)
        away.lasts = True
        course = await running.course()
        [task] = course.waits_of(WaitKind.PAYER_ANSWER)
        await running.tell(*approved(Situation(course, task, await running.now())))
        await running.pass_until(await running.now() + timedelta(minutes=11))
        await eventually(running.course, lambda seen: bool(seen.waits_of(WaitKind.OUTSIDE)))
        cause = "outside:book-session"

        async def shown() -> str:
            return (await ada.get(f"/stuck?cause={cause}")).text

        seen = await eventually(shown, lambda text: running.course_id in text)
        row = row_of(seen, f"{running.course_id}/outside:book-session")
        away.lasts = False
        done = await act(ada, [row], cause, act="retry")
        await running.until(WaitKind.CLEARANCE)

    assert "A system does not answer: book session" in seen
    assert "book_session: made to fail by a test" in seen, "the error in words"
    assert running.patient.name not in seen, "no patient's name"
    assert "tried again just now" in done.text


async def test_overdue_tasks_are_moved_and_handed_on_one_or_many_each_with_its_result(
    world: World, console: str
) -> None:
    one, other = await overdue(world), await overdue(world)
    gone = "c-0000/goals:intake"
    cause = "overdue:goals"
    async with signed_in(console, "ada.admin") as ada:
        seen = (await ada.get(f"/stuck?cause={cause}")).text
        rows = [row_of(seen, f"{course.course_id}/goals:intake") for course in (one, other)]
        handed = await act(ada, [*rows, f"{gone}|"], cause, act="assign", to="dr.lee")
        later = clinic_day(await one.now(), world.clinic.zone) + timedelta(days=9)
        moved = await act(ada, [rows[0]], cause, act="deadline", due_on=later.isoformat(), reason="the doctor was ill")

    assert "Overdue: Set goals and record consent" in seen
    assert "2 of 3 done" in handed.text
    assert "not done" in handed.text
    assert [wait.owner for course in (one, other) for wait in (await course.course()).waits_of(WaitKind.GOALS)] == [
        "dr.lee",
        "dr.lee",
    ]
    assert "1 of 1 done" in moved.text
    assert clinic_day((await one.course()).waits_of(WaitKind.GOALS)[0].due, world.clinic.zone) == later


async def test_the_same_form_sent_twice_takes_effect_once(world: World, console: str) -> None:
    running = await overdue(world)
    cause, request_id = "overdue:goals", uuid4().hex
    async with signed_in(console, "ada.admin") as ada:
        row = row_of((await ada.get(f"/stuck?cause={cause}")).text, f"{running.course_id}/goals:intake")
        for _ in range(2):
            form = {"request_id": request_id, "cause": cause, "row": [row], "act": "assign", "to": "dr.lee"}
            assert (await ada.post("/stuck", form)).status_code == httpx.codes.OK

    assert sum(getattr(event, "kind", "") == "task_taken" for event in await running.journal()) == 1


async def test_a_wrong_form_keeps_what_was_typed_and_says_what_was_expected(world: World, console: str) -> None:
    running = await overdue(world)
    cause = "overdue:goals"
    async with signed_in(console, "ada.admin") as ada:
        row = row_of((await ada.get(f"/stuck?cause={cause}")).text, f"{running.course_id}/goals:intake")
        without_day = await act(ada, [row], cause, act="deadline", reason="the doctor was ill")
        without_rows = await act(ada, [], cause, act="assign", to="dr.lee")
        nothing = await act(ada, [row], cause, act="delete")

    assert (
        without_day.status_code == without_rows.status_code == nothing.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    )
    assert "choose the new day" in without_day.text
    assert 'value="the doctor was ill"' in without_day.text
    assert re.search(rf'value="{re.escape(row)}"[^>]* checked', without_day.text), "the row is still selected"
    assert "select the tasks first" in without_rows.text
    assert "choose what to do" in nothing.text


async def test_without_a_worker_it_says_so_and_courses_are_behind_their_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = world.on_a_queue_of_its_own()
    async with own.worker():
        running = await CourseUnderTest.start(own)
        await running.until(WaitKind.GOALS)
    await world.pool.execute(
        "update wait set look_at = now() - interval '1 hour' where course_id = $1", running.course_id
    )
    async with a_console(own), Reach() as reach:
        monkeypatch.setenv("REGIMEN_TASK_QUEUE", f"nobody-{uuid4().hex[:6]}")
        found = await what_is_stuck(Call(reach=reach))
    async with own.worker():
        await running.settle()

    keys = {cause.key for cause in found.causes}
    assert {"workers:workflow", "workers:activity", "behind"} <= keys
    assert any(row.course_id == running.course_id for row in found.rows_of("behind"))


async def test_where_temporal_hangs_people_are_told_so_instead_of_waiting_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(office.in_time, "HEARD_WITHIN_SECONDS", 0.01)
    async with a_console(world), Reach() as reach:
        client = await reach.client()
        monkeypatch.setattr(client.workflow_service, "get_system_info", hang)
        async with asyncio.timeout(20):
            found = await what_is_stuck(Call(reach=reach))
            with pytest.raises(NotReachable, match="does not answer in time"):
                await behind(client, "any", "any", number=1, request_id=None, at=None)

    assert [(one.key, one.error) for one in found.causes[:1]] == [("temporal", "Temporal does not answer in time")]


async def test_a_bill_that_billing_does_not_take_is_seen_with_what_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.stuck, "PATIENCE", timedelta(0))
    own, away = world.on_a_queue_of_its_own(), Outage("file_claim")
    away.lasts = True
    async with own.worker(interceptors=[away]), a_console(own), Reach() as reach:
        running = await CourseUnderTest.start(own)
        await running.until(WaitKind.SAFETY_CALL)

        async def seen() -> list[str]:
            found = await what_is_stuck(Call(reach=reach))
            mine = [row for row in found.rows if row.course_id == running.course_id]
            return [f"{one.title}: {one.error}" for one in found.causes if {row.cause for row in mine} >= {one.key}]

        said = await eventually(seen, lambda causes: any("file claim" in one for one in causes))
        away.lasts = False
        await eventually(seen, lambda causes: not any("file claim" in one for one in causes))

    assert "An activity fails: file claim: file_claim: made to fail by a test" in said


async def test_a_claim_whose_workflow_task_fails_is_seen_though_its_course_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = world.on_a_queue_of_its_own()
    async with own.worker(), a_console(own), Reach() as reach:
        monkeypatch.setenv("REGIMEN_TASK_QUEUE", own.settings.task_queue)
        running = await CourseUnderTest.start(own)
        await running.until(WaitKind.SAFETY_CALL)
        query = "select claim_id from claim where course_id = $1"
        claim_id = str(await eventually(lambda: own.pool.fetchval(query, running.course_id), bool))
        await own.client.get_workflow_handle(claim_id).terminate()
        await own.client.start_workflow(
            "Claim", "nothing that it knows", id=claim_id, task_queue=own.settings.task_queue
        )

        async def seen() -> list[Row]:
            found = await what_is_stuck(Call(reach=reach))
            return [row for row in found.rows if row.course_id == running.course_id]

        [row] = await eventually(seen, bool, within=60)
        await own.client.get_workflow_handle(claim_id).terminate()

    assert row.what == "A workflow task fails: claim"
    assert row.cause.startswith("workflow-task:Claim:")
    assert "nothing that it knows" not in row.cause, "no word that is not ours"


async def test_a_conflict_of_journal_and_course_is_listed(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    await world.pool.execute(
        "insert into journal_conflict (course_id, number, had, got) values ($1, 1, $2, $3)",
        running.course_id,
        '{"kind": "course_started"}',
        '{"kind": "goals_set", "by": "dr.lee"}',
    )
    async with signed_in(console, "ada.admin") as ada:
        seen = (await ada.get("/stuck?cause=conflict")).text
    await world.pool.execute("delete from journal_conflict where course_id = $1", running.course_id)

    assert "Journal and course contradict each other" in seen
    assert "event 1: the journal has course started, the course goals set" in seen


async def test_messages_that_do_not_go_out_are_a_cause(world: World, console: str) -> None:
    running = await overdue(world)
    async with signed_in(console, "ada.admin") as ada:
        seen = (await ada.get("/stuck")).text

    assert running.course_id
    assert "Messages do not go out" in seen, "no delivery runs in this world"


async def test_only_an_admin_sees_or_repairs_what_is_stuck(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        seen, done = await amy.get("/stuck"), await act(amy, [], "", act="retry")

    assert seen.status_code == done.status_code == httpx.codes.NOT_FOUND


def test_only_words_of_our_own_are_shown_of_a_failure() -> None:
    ours = Failure(
        message="the scheduling system is away", application_failure_info=ApplicationFailureInfo(type="Unavailable")
    )
    other = Failure(message="Quintessa is unknown", application_failure_info=ApplicationFailureInfo(type="KeyError"))
    outer = Failure(message="activity failed", cause=other)

    assert failure_in_words(ours) == "the scheduling system is away"
    assert failure_in_words(outer) == "it failed with KeyError"
    assert of_page.VERBS, "everything that can be done has its verb"
