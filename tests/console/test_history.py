"""The story of a course: who, what, when, why; what it waited for in a month; and Temporal's history behind each line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.hold import HoldReason
from domain.waits import WaitKind
from office.history import RULES, steps_of
from office.waited import month_of
from readmodel.access import looks
from readmodel.lookups import set_ahead
from tests.console.kit import signed_in
from tests.kit.course_under_test import CourseUnderTest, eventually
from tests.kit.people import AMY, DR_LEE
from tests.kit.world import World


async def a_course(world: World) -> CourseUnderTest:
    """Return a course that waits for its first session's day."""
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.CLEARANCE)
    return running


def rows_of(text: str) -> list[str]:
    """Return the numbers of the lines that a page shows."""
    return re.findall(r'<tr data-row id="event-(\d+)"', text)


async def test_the_story_says_who_what_when_why_and_by_which_rule_in_which_version(world: World, console: str) -> None:
    running = await a_course(world)
    course = await running.course()
    async with signed_in(console, "amy.ops") as amy:
        shown = (await amy.get(f"/courses/{running.course_id}/history")).text

    assert "Dr. " in shown or "Lee" in shown, "who set the goals"
    assert "half the headache days" in shown
    assert f"Protocol {course.protocol.version}: eligibility" in shown
    assert course.policy is not None
    assert f"{course.policy.name} {course.policy.version}: grant" in shown
    assert "Temporal" not in shown, "operations see no history of Temporal"


async def test_the_story_is_filtered_by_kind_and_by_person_in_the_address(world: World, console: str) -> None:
    running = await a_course(world)
    path = f"/courses/{running.course_id}/history"
    async with signed_in(console, "amy.ops") as amy:
        everything, lee, one, waits = [
            rows_of((await amy.get(f"{path}{asked}")).text)
            for asked in ("", "?person=dr.lee", "?kind=goals_set", "?waits=1")
        ]

    journal = await running.journal()
    assert lee == [str(event.number) for event in journal if event.by == "dr.lee"]
    assert len(one) == 1
    assert set(one) < set(everything) < set(waits)
    assert len(waits) == len(journal)


async def test_a_line_opens_the_history_events_behind_it_for_an_admin_only(world: World, console: str) -> None:
    running = await a_course(world)
    goals = next(event for event in await running.journal() if isinstance(event, e.GoalsSet))
    alone = next(event for event in await running.journal() if isinstance(event, e.AppointmentBooked))
    path = f"/courses/{running.course_id}/history"
    async with signed_in(console, "ada.admin") as ada, signed_in(console, "amy.ops") as amy:
        opened = (await ada.get(f"{path}?open={goals.number}")).text
        told = (await ada.get(f"{path}/{goals.number}/temporal")).text
        by_itself = (await ada.get(f"{path}/{alone.number}/temporal")).text
        refused = await amy.get(f"{path}/{goals.number}/temporal")

    assert f'hx-get="{path}/{goals.number}/temporal"' in opened
    assert "workflow execution update accepted" in told
    assert "half the headache days" in told, "decrypted"
    assert goals.request_id is not None
    assert goals.request_id in told
    assert "activity task scheduled" in by_itself
    assert "write_journal" in by_itself
    assert "workflow execution update accepted" not in by_itself
    assert refused.status_code == httpx.codes.NOT_FOUND


async def test_a_link_leads_into_the_web_ui_where_its_address_is_known(
    world: World, console: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await a_course(world)
    path = f"/courses/{running.course_id}/history/1/temporal"
    async with signed_in(console, "ada.admin") as ada:
        without = (await ada.get(path)).text
        monkeypatch.setenv("REGIMEN_TEMPORAL_UI_URL", "https://temporal.example.org/")
        told = (await ada.get(path)).text

    workflow = f"course%2F{running.course_id}"
    assert "Web UI" not in without
    assert f"https://temporal.example.org/namespaces/{world.settings.temporal_namespace}/workflows/{workflow}/" in told


async def test_a_course_that_temporal_has_forgotten_is_told_from_the_journal(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    await running.tell(AMY, f.Withdrawal(reason="moves away"))
    await running.until(None)
    for run in await running.runs():
        await world.client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace=world.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=running.workflow_id, run_id=run.run_id),
            )
        )
    path = f"/courses/{running.course_id}/history"
    async with signed_in(console, "ada.admin") as ada:

        async def behind() -> str:
            return (await ada.get(f"{path}/1/temporal")).text

        gone = await eventually(behind, lambda text: "keeps nothing of this any more" in text, within=120)
        story = (await ada.get(path)).text

    assert "older than its retention" in gone
    assert "moves away" in story
    assert "Closed" in story


async def test_every_look_is_recorded_and_a_course_that_is_none_looks_like_a_page_that_is_none(
    world: World, console: str
) -> None:
    running = await a_course(world)
    async with signed_in(console, "ben.billing") as ben:
        await ben.get(f"/courses/{running.course_id}/history")
        none, short = (
            await ben.get("/courses/c-none/history"),
            await ben.get(f"/courses/{running.course_id[:9]}/history"),
        )

    seen = await looks(world.pool, course_id=running.course_id)
    assert [(look.user_id, look.what) for look in seen] == [("ben.billing", "history")]
    assert none.status_code == short.status_code == httpx.codes.NOT_FOUND


async def test_a_month_without_a_session_is_explained_day_by_day(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.PAYER_ANSWER)
    await running.pass_days(40)
    now, zone = await running.now(), world.clinic.zone
    await set_ahead(world.pool, running.course_id, now - datetime.now(UTC))
    asked_on = clinic_day(now, zone)
    before = (asked_on.replace(day=1) - timedelta(days=1)).replace(day=1)
    async with signed_in(console, "amy.ops") as amy:
        shown = (await amy.get(f"/courses/{running.course_id}/history?month={before:%Y-%m}")).text
        wrong = await amy.get(f"/courses/{running.course_id}/history?month=March")

    assert f"No session was given in {before:%B %Y}." in shown
    assert "waited for the payer" in shown
    assert "As things stood on" in shown
    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "2026-03" in wrong.text


async def test_the_days_of_a_month_are_all_there_once_and_say_what_held_the_course_up(world: World) -> None:
    running = await a_course(world)
    today = clinic_day(await running.now(), world.clinic.zone)
    await running.tell(DR_LEE, f.HoldAsked(reason=HoldReason.ILLNESS, until=today + timedelta(days=20), note="flu"))
    await running.pass_days(45)
    journal = await running.journal()
    steps = steps_of(list(journal), course_id=running.course_id, patient_id=running.patient.patient_id)  # type: ignore[arg-type] # each is one of the union
    month = month_of(steps, today.replace(day=1), now=await running.now())

    days = [spell.first_on + timedelta(days=n) for spell in month.spells for n in range(spell.days)]
    assert days == sorted(set(days)), "each day once, in order"
    assert days[-1] == month.last_on
    assert days[0] == max(month.first_on, steps[0].course.started_on)
    held = [spell for spell in month.spells if spell.standing]
    assert held
    assert held[0].standing.startswith("Held for illness")
    assert held[0].first_on == today


def test_every_rule_behind_an_event_is_of_a_kind_that_exists() -> None:
    kinds = {one.model_fields["kind"].default for one in e.AnyEvent.__args__}

    assert set(RULES) - kinds == set()
