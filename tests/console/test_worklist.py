"""The worklist: its views, what is done to its tasks, and what two people do at once."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain import events as e
from domain import facts as f
from domain.clinic_time import add_working_days, clinic_day
from domain.waits import WaitKind
from office.worklist import VIEWS, line_of
from readmodel.lookups import set_ahead
from readmodel.people import save_patient
from readmodel.worklist import WorkRow
from tests.console.clinicians import tell_the_time
from tests.console.kit import Person, signed_in
from tests.domain.builders import a_clinic
from tests.kit.beginnings import a_beginning
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.people import AMY
from tests.kit.world import World

CLINIC, NOW = a_clinic(), datetime(2026, 3, 3, 18, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script> =1+1 \u202eعربى 🙂 ' + "long " * 40


async def course_to_submit(world: World, *, name: str | None = None) -> tuple[CourseUnderTest, str]:
    """Return a course that waits for operations to submit its authorization request, and that task."""
    course = await CourseUnderTest.start(world)
    if name is not None:
        patient = course.patient.model_copy(update={"name": name})
        course.patient = patient
        await save_patient(world.pool, patient, by="amy.ops", at=datetime.now(UTC))
    wait = await course.until(WaitKind.SUBMIT_PACKET)
    assert wait is not None
    return course, f"{course.course_id}/{wait.id}"


async def courses_of_one_clinician(world: World) -> tuple[str, CourseUnderTest, str]:
    """Return a clinician of this test alone, with courses at several moments; one that waits for operations; its task."""
    clinician = f"dr.{uuid4().hex[:8]}"
    beginning = a_beginning(clinic_day(datetime.now(UTC), world.clinic.zone), clinician=clinician)
    *new, late, booked, to_submit = [await CourseUnderTest.start(world, beginning) for _ in range(5)]
    for course in (*new, late):
        await course.until(WaitKind.GOALS)
    await late.pass_days(30)
    await tell_the_time(late)
    await booked.until(WaitKind.READINESS)
    wait = await to_submit.until(WaitKind.SUBMIT_PACKET)
    assert wait is not None
    return clinician, to_submit, f"{to_submit.course_id}/{wait.id}"


def form(act: str, *tasks: str, **more: Any) -> dict[str, Any]:
    return {"request_id": str(uuid4()), "act": act, "row": [f"{task}|" for task in tasks]} | more


async def of_patient(who: Person, course: CourseUnderTest, query: str = "") -> str:
    """Return the page with this course's patient's tasks only."""
    return (await who.post(f"/worklist?{query}", {"text": course.patient.record_number})).text


def said(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<span class="said">(.*?)</span>', page)]


def undo_of(page: str) -> dict[str, Any]:
    undos = [html.unescape(one) for one in re.findall(r'name="undo" value="([^"]+)"', page)]
    return {"request_id": str(uuid4()), "undo": undos}


def rows_of(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<tr data-row="([^"]+)"', page)]


async def rows_of_all_pages(who: Person, query: str) -> list[str]:
    rows, page = [], (await who.get(f"/worklist?{query}")).text
    while True:
        rows += rows_of(page)
        further = re.search(r'data-key="n" href="([^"]+)"', page)
        if further is None:
            return rows
        page = (await who.get(html.unescape(further[1]))).text


async def owner_of(course: CourseUnderTest, task: str) -> str | None:
    wait = (await course.course()).wait(task.partition("/")[2])
    assert wait is not None
    return wait.owner


async def test_a_row_shows_what_a_coordinator_needs_to_act(world: World, console: str) -> None:
    course = await CourseUnderTest.start(world)
    await course.until(WaitKind.READINESS)
    async with signed_in(console, "amy.ops") as amy:
        page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await of_patient(amy, course)))

    for part in ("1 of 3 trial", "Look whether the drug is there", "operations since", "Northwind Health", "days"):
        assert part in page, part
    assert re.search(r"\d+ sessions?, \d+ units", page)
    assert re.search(r"in \d+ working days?|today", page)
    assert "tentative" in page


async def test_whoever_asks_for_nothing_sees_the_tasks_of_his_role(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "ben.billing") as ben:
        assert (await amy.get("/worklist")).url.params["role"] == "operations"
        assert (await ben.get("/worklist")).url.params["role"] == "billing"


async def test_the_count_of_each_view_is_the_number_of_its_rows(world: World, console: str) -> None:
    clinician, _, task = await courses_of_one_clinician(world)
    async with signed_in(console, "amy.ops") as amy:
        await amy.post("/worklist/act", form("take", task))
        shown = (await amy.get(f"/worklist?view=all&clinician={clinician}")).text
        counts = dict(re.findall(r'data-count="([a-z-]+)">(\d+)<', shown))
        assert counts.keys() == {view.id for view in VIEWS}
        for view in VIEWS:
            rows = await rows_of_all_pages(amy, f"view={view.id}&clinician={clinician}")
            assert len(rows) == len(set(rows)) == int(counts[view.id]), view.id
        everybodys = await rows_of_all_pages(amy, "view=all")
    assert (counts["mine"], counts["authorizations"], counts["overdue"]) == ("1", "1", "1")
    assert int(counts["all"]) >= 5
    assert {*rows_of(shown)} <= {*everybodys}


async def test_who_takes_a_task_second_is_told_who_was_faster_and_when(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "otto.ops") as otto:
        pages = [
            one.text
            for one in await asyncio.gather(
                amy.post("/worklist/act", form("take", task)), otto.post("/worklist/act", form("take", task))
            )
        ]

    first = "amy.ops" if await owner_of(course, task) == "amy.ops" else "otto.ops"
    faster = {"amy.ops": "Amy Alvarez", "otto.ops": "Otto Okafor"}[first]
    answers = [said(page)[0] for page in pages]
    assert sorted(one == "you have it now" for one in answers) == [False, True]
    late = next(one for one in answers if one != "you have it now")
    assert re.search(rf"{faster} took it (just now|\d+ seconds? ago) \(\d\d:\d\d\)", late), late


async def test_a_form_sent_twice_takes_effect_once(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    async with signed_in(console, "amy.ops") as amy:
        sent = form("take", task)
        for _ in range(2):
            assert said((await amy.post("/worklist/act", sent)).text) == ["you have it now"]

    assert sum(isinstance(event, e.TaskTaken) for event in await course.journal()) == 1


async def test_of_several_tasks_each_gets_its_own_answer_and_all_are_undone_together(
    world: World, console: str
) -> None:
    (one, its), (other, others) = await course_to_submit(world), await course_to_submit(world)
    async with signed_in(console, "otto.ops") as otto, signed_in(console, "amy.ops") as amy:
        await otto.post("/worklist/act", form("take", others))
        page = (await amy.post("/worklist/act", form("take", its, others, "nothing/at:all"))).text
        answers = said(page)
        undone = (await amy.post("/worklist/undo", undo_of(page))).text

    assert answers[0] == "you have it now"
    assert answers[1].startswith("Otto Okafor has taken it already. Otto Okafor took it")
    assert answers[2].startswith("no course nothing")
    assert len(undo_of(page)["undo"]) == 1
    assert said(undone) == ["as it was before"]
    assert (await owner_of(one, its), await owner_of(other, others)) == (None, "otto.ops")


async def test_a_task_is_handed_on_unless_somebody_took_it_meanwhile_and_back_again(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    async with signed_in(console, "amy.ops") as amy:
        given = (await amy.post("/worklist/act", form("assign", task, to="otto.ops"))).text
        assert await owner_of(course, task) == "otto.ops"
        stale = (await amy.post("/worklist/act", form("assign", task, to="amy.ops"))).text
        undone = (await amy.post("/worklist/undo", undo_of(given))).text
        wrong = (await amy.post("/worklist/act", form("assign", task, to="dr.lee"))).text

    assert said(given) == ["Otto Okafor has it now"]
    assert said(stale)[0].startswith("Otto Okafor has it now. Amy Alvarez gave it to Otto Okafor")
    assert said(undone) == ["as it was before"]
    assert said(wrong) == ["the task is for operations; Dr. Jordan Lee is clinician"]
    assert await owner_of(course, task) is None


async def test_a_due_date_moves_with_a_reason_and_back(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    wait = (await course.course()).wait(task.partition("/")[2])
    assert wait is not None
    zone = world.clinic.zone
    before = clinic_day(wait.due, zone)
    later = add_working_days(before, 3, world.clinic)
    async with signed_in(console, "amy.ops") as amy:
        without = await amy.post("/worklist/act", form("deadline", task, due_on=later.isoformat()))
        moved = (
            await amy.post("/worklist/act", form("deadline", task, due_on=later.isoformat(), reason="waits for a form"))
        ).text
        due = (await course.course()).wait(wait.id)
        back = undo_of(moved)
        undone, twice = [(await amy.post("/worklist/undo", back)).text for _ in range(2)]

    assert without.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "say why it moves" in without.text
    assert later.isoformat() in without.text, "what was typed is kept"
    assert due is not None
    assert clinic_day(due.due, zone) == later
    assert said(undone) == said(twice) == [f"due on {before:%a %d %b %Y} again"]
    assert (await course.course()).wait(wait.id) == wait, "to the very time"
    [first, *_] = [event for event in await course.journal() if isinstance(event, e.DeadlineMoved)]
    assert first.reason == "waits for a form"


async def test_due_dates_of_overdue_tasks_are_moved_and_undone_as_well(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    wait = (await course.course()).wait(task.partition("/")[2])
    assert wait is not None
    await course.pass_until(wait.due + timedelta(days=3))
    await set_ahead(world.pool, course.course_id, await course.now() - datetime.now(UTC))
    late = (await course.course()).wait(wait.id)
    later = add_working_days(clinic_day(await course.now(), world.clinic.zone), 3, world.clinic)
    async with signed_in(console, "amy.ops") as amy:
        moving = form("deadline", task, due_on=later.isoformat(), reason="waits for a form")
        moved = (await amy.post("/worklist/act", moving)).text
        undone = (await amy.post("/worklist/undo", undo_of(moved))).text

    assert said(moved) == [f"due on {later:%a %d %b %Y}"]
    assert said(undone) == [f"due on {clinic_day(wait.due, world.clinic.zone):%a %d %b %Y} again"]
    assert (await course.course()).wait(wait.id) == late


async def test_hostile_names_are_shown_as_text_and_are_no_formulas_in_the_file(world: World, console: str) -> None:
    course, task = await course_to_submit(world, name=f"=HYPERLINK({HOSTILE})")
    async with signed_in(console, "amy.ops") as amy:
        page = await of_patient(amy, course)
        file = await amy.post("/worklist/export?view=authorizations", {"text": course.patient.record_number})

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "worklist-authorizations-" in file.headers["content-disposition"]
    head, columns, *lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    assert head[0] == "Authorizations (some patients)"
    assert head[2] == "1 rows"
    [line] = [dict(zip(columns, one, strict=True)) for one in lines]
    assert (line["Missed visits"], line["Outside authorization"]) == ("0", "")
    assert line["Patient"].startswith("'=HYPERLINK(<script>")
    assert line["Task id"] == task


async def test_the_text_of_a_patient_stands_in_no_address(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    async with signed_in(console, "amy.ops") as amy:
        answer = await amy.post("/worklist?view=all", {"text": course.patient.name})

    assert rows_of(answer.text) == [task]
    assert course.patient.name.split()[0] not in str(answer.url)
    addresses = re.findall(r'(?:href|action)="([^"]+)"', answer.text)
    assert not any("Quintessa" in one or course.patient.record_number in one for one in addresses)


async def test_a_view_is_kept_by_name_shared_and_forgotten_by_its_owner(console: str) -> None:
    name = f"late at Northwind <b>{uuid4().hex[:6]}"
    query = "view=overdue&payer=northwind-commercial"
    async with signed_in(console, "amy.ops") as amy, signed_in(console, "otto.ops") as otto:
        await amy.post(f"/worklist/views?{query}", {"name": name, "shared": "yes"})
        his = (await otto.get("/worklist?view=all")).text
        [view_id] = re.findall(
            rf'{re.escape(html.escape(name))}.*?name="view_id" value="(\d+)"',
            (await amy.get("/worklist?view=all")).text,
            re.DOTALL,
        )[:1]
        await otto.post("/worklist/views/drop?", {"view_id": view_id})
        still = (await otto.get("/worklist?view=all")).text
        await amy.post("/worklist/views/drop?", {"view_id": view_id})
        gone = (await otto.get("/worklist?view=all")).text
        nameless = await amy.post(f"/worklist/views?{query}", {"name": " "})

    assert html.escape(name) in his
    assert "view=overdue&amp;payer=northwind-commercial" in his
    assert html.escape(name) in still
    assert html.escape(name) not in gone
    assert nameless.status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def test_a_senseless_address_shows_the_list_from_its_top(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        for query in (
            "view=%3Cb%3E&after=x",
            "after=yesterday~c~w",
            "kind=nothing&role=system",
            "after=-~c~w&view=all",
        ):
            assert (await amy.get(f"/worklist?{query}")).status_code == httpx.codes.OK
        for undo in ("x", "a|deadline|today|", "a/b|take||amy.ops"):
            answer = await amy.post("/worklist/undo", {"request_id": str(uuid4()), "undo": undo})
            assert answer.status_code in {httpx.codes.OK, httpx.codes.UNPROCESSABLE_ENTITY}


async def test_an_open_page_hears_that_something_changed_elsewhere(world: World, console: str) -> None:
    course, task = await course_to_submit(world)
    async with signed_in(console, "amy.ops") as amy, amy.http.stream("GET", "/worklist/changes") as stream:
        events = stream.aiter_lines()

        async def changed() -> None:
            async for line in events:
                if line.startswith("event: changed"):
                    return

        await asyncio.wait_for(changed(), 60)  # the first look, when it begins to listen
        await asyncio.sleep(1)
        await course.tell(AMY, f.Take(), task=task.partition("/")[2])
        await asyncio.wait_for(changed(), 60)


async def test_who_is_not_signed_in_hears_nothing(console: str) -> None:
    async with httpx.AsyncClient(base_url=console) as http:
        assert (await http.get("/worklist/changes")).status_code == httpx.codes.SEE_OTHER


# Without servers


@pytest.mark.parametrize(("days_ago", "said"), [(0, 0), (1, 1), (84, 84), (-2, None)])
def test_days_since_the_last_dose_are_never_fewer_than_none(days_ago: int, said: int | None) -> None:
    row = a_row(last_dose_on=clinic_day(NOW, CLINIC.zone) - timedelta(days=days_ago))

    assert line_of(row, CLINIC, {}).days_since_dose == said


def a_row(**changes: Any) -> WorkRow:
    """Return a row as the list reads it."""
    plain: dict[str, Any] = dict.fromkeys(WorkRow.model_fields) | {
        "course_id": "c-1",
        "wait_id": "booking:session-2",
        "kind": WaitKind.BOOKING,
        "subject": "session-2",
        "since": NOW,
        "due": NOW + timedelta(days=1),
        "raised": 0,
        "context": {},
        "place_at": NOW,
        "coverage_kind": "authorization",
        "clinician": "dr.lee",
        "sessions_given": 1,
        "now": NOW,
    }
    return WorkRow.model_validate(plain | changes)
