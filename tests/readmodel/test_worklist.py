"""What the worklist reads: order, pages, choices, counts, and what the database plans for them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.waits import KINDS, WaitKind
from readmodel import access, lookups, worklist
from readmodel.people import Patient, find_patients, save_patient
from readmodel.pool import Pool
from readmodel.sql import query
from readmodel.store import JournalStore
from readmodel.worklist import FIRST, LONG_AGO, Wanted
from tests.readmodel.builders import a_batch, a_wait, an_event, closed

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TASKS = tuple(kind for kind in WaitKind if KINDS[kind].role is not None)
ALL = Wanted(kinds=TASKS)


async def put(pool: Pool, course: str, *waits: Any, number: int = 1, **summary: Any) -> None:
    event = an_event(number)
    await JournalStore(pool).write(
        a_batch(event, waits=waits, course_id=course, patient_id=f"p-{course}", **({"number": number} | summary))
    )


def booking(due: datetime, **changes: Any) -> Any:
    return a_wait(WaitKind.BOOKING, "session-1", due=due, **changes)


async def ids(pool: Pool, wanted: Wanted, **more: Any) -> list[str]:
    found = await worklist.worklist(pool, wanted, now=NOW, **({"limit": 100} | more))
    return [f"{one.course_id}/{one.kind}" for one in found]


@pytest.fixture
async def some(pool: Pool) -> Pool:
    """Three courses with five tasks and a date."""
    await put(pool, "a", booking(NOW + DAY, owner="amy.ops"), a_wait(due=NOW - DAY), payer_id="north")
    await put(pool, "b", booking(NOW - 2 * DAY), a_wait(WaitKind.SESSION_DAY, "1", due=NOW - 9 * DAY), payer_id="north")
    await put(pool, "c", booking(NOW + 3 * DAY), a_wait(due=NOW + 2 * DAY), payer_id="south", clinician="dr.khan")
    return pool


async def test_the_longest_overdue_comes_first_and_dates_are_no_tasks(some: Pool) -> None:
    assert await ids(some, ALL) == ["b/booking", "a/payer-answer", "a/booking", "c/payer-answer", "c/booking"]


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_together_are_the_list(some: Pool, size: int) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = await worklist.worklist(some, ALL, now=NOW, after=after, limit=size)
        if not page:
            break
        seen += [f"{one.course_id}/{one.kind}" for one in page]
        after = page[-1].place

    assert seen == await ids(some, ALL)


CHOICES = (
    (ALL, 5),
    (Wanted(kinds=()), 0),
    (Wanted(kinds=(WaitKind.BOOKING,)), 3),
    (Wanted(kinds=TASKS, owner="amy.ops"), 1),
    (Wanted(kinds=TASKS, unowned=True), 4),
    (Wanted(kinds=TASKS, overdue=True), 2),
    (Wanted(kinds=TASKS, payer_id="north"), 3),
    (Wanted(kinds=TASKS, clinician="dr.khan", payer_id="south"), 2),
    (Wanted(kinds=TASKS, course_ids=("a", "c")), 4),
    (Wanted(kinds=TASKS, course_ids=()), 0),
)


@pytest.mark.parametrize(("wanted", "many"), CHOICES)
async def test_every_choice_counts_what_it_lists(some: Pool, wanted: Wanted, many: int) -> None:
    assert len(await ids(some, wanted)) == many
    assert await worklist.counts(some, [wanted, ALL], now=NOW) == [many, 5]


async def test_a_task_that_was_answered_is_listed_no_more_and_one_taken_has_its_owner(some: Pool) -> None:
    await put(some, "b", number=2, payer_id="north")
    await put(some, "c", booking(NOW + 3 * DAY, owner="otto.ops"), number=2, payer_id="west", clinician="dr.khan")

    assert await ids(some, Wanted(kinds=TASKS, owner="otto.ops")) == ["c/booking"]
    assert await ids(some, Wanted(kinds=TASKS, payer_id="west")) == ["c/booking"]
    assert await ids(some, Wanted(kinds=TASKS, overdue=True)) == ["a/payer-answer"]


async def test_a_course_whose_time_was_moved_ahead_is_as_urgent_as_by_its_own_time(some: Pool) -> None:
    await lookups.set_ahead(some, "c", 30 * DAY)
    await put(
        some, "c", booking(NOW + 3 * DAY), a_wait(due=NOW + 2 * DAY), number=2, payer_id="south", clinician="dr.khan"
    )

    assert (await ids(some, ALL))[:2] == ["c/payer-answer", "c/booking"]
    [first, *_] = await worklist.worklist(some, ALL, now=NOW, limit=1)
    assert first.now == NOW + 30 * DAY


async def test_courses_are_listed_once_with_the_most_urgent_of_their_tasks(pool: Pool) -> None:
    soon: dict[str, Any] = {
        "appointment_id": "1",
        "appointment_starts_at": NOW + 5 * DAY,
        "appointment_status": "tentative",
    }
    day = a_wait(WaitKind.SESSION_DAY, "1", due=NOW + DAY)
    await put(pool, "soon", day, a_wait(WaitKind.READINESS, "1", due=NOW + 2 * DAY), booking(NOW + 3 * DAY), **soon)
    await put(pool, "only-days", day, **(soon | {"appointment_starts_at": NOW + 4 * DAY}))
    await put(pool, "far", day, **(soon | {"appointment_starts_at": NOW + 9 * DAY}))
    await put(pool, "firm", day, **(soon | {"appointment_status": "confirmed"}), outside_authorization=True)
    await put(pool, "missed", booking(NOW), missed_visits=2)
    await put(pool, "missed-booked", day, **(soon | {"appointment_status": "confirmed"}), missed_visits=1)
    near = Wanted(kinds=TASKS, of_courses="unconfirmed", within=7 * DAY)
    outside, missed = Wanted(kinds=TASKS, of_courses="outside_authorization"), Wanted(kinds=TASKS, of_courses="missed")

    assert await ids(pool, near) == ["only-days/session-day", "soon/readiness"]
    assert await ids(pool, outside) == ["firm/session-day"]
    assert await ids(pool, missed) == ["missed/booking", "missed-booked/session-day"]
    assert await worklist.counts(pool, [near, outside, missed], now=NOW) == [2, 1, 2]
    [first] = await worklist.worklist(pool, missed, now=NOW, limit=1)
    assert first.place.at == LONG_AGO
    assert await ids(pool, missed, after=first.place) == ["missed-booked/session-day"]


async def test_a_course_that_has_ended_needs_nobody_to_confirm_it(pool: Pool) -> None:
    await put(pool, "over", booking(NOW), missed_visits=1, outcome="withdrawn", outside_authorization=True)

    for kind in ("missed", "outside_authorization"):
        wanted = Wanted.model_validate({"kinds": TASKS, "of_courses": kind})
        assert await worklist.counts(pool, [wanted], now=NOW) == [0]


async def test_counts_stop_where_nobody_reads_on(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist, "COUNT_MAX", 2)
    for course in "abc":
        await put(pool, course, booking(NOW))

    assert await worklist.counts(pool, [ALL], now=NOW) == [2]


async def test_what_tasks_can_be_filtered_by_is_what_they_have(some: Pool) -> None:
    assert await worklist.choices(some) == worklist.Choices(payers=("north", "south"), clinicians=("dr.khan", "dr.lee"))


async def test_a_change_is_heard_after_it_can_be_seen(some: Pool) -> None:
    heard = asyncio.Event()
    async with some.acquire() as listening:
        await listening.add_listener("regimen_lists", lambda *_: heard.set())
        await put(some, "d", booking(NOW))
        await asyncio.wait_for(heard.wait(), 60)
        assert "d/booking" in await ids(some, ALL)
        await listening.reset()


async def test_writing_the_same_again_changes_no_row_of_a_wait(some: Pool) -> None:
    before = await some.fetch("select ctid, * from wait order by course_id, wait_id")
    await put(some, "a", booking(NOW + DAY, owner="amy.ops"), a_wait(due=NOW - DAY), number=2, payer_id="north")

    assert await some.fetch("select ctid, * from wait order by course_id, wait_id") == before


async def test_a_page_of_many_tasks_is_read_from_an_index_and_not_sorted_whole(pool: Pool) -> None:
    """The plan is what keeps it fast at a million tasks; the benchmark measures it."""
    await put(pool, "a", booking(NOW))
    await pool.execute(
        "insert into wait (course_id, wait_id, kind, subject, since, due, look_at, raised, attempts, context)"
        " select 'a', 'x:' || n, 'booking', 's', now(), now() + n * interval '1 minute', now(), 0, '[]', '{}'"
        " from generate_series(1, 20000) as n"
    )
    await pool.execute("analyze wait")
    text = query("worklist_of_tasks").replace("/* and */", "")

    plan = json.loads(await pool.fetchval(f"explain (format json) {text}", [*TASKS], 50, NOW, [*FIRST]))

    assert "wait_of_kind" in json.dumps(plan)
    assert "Seq Scan" not in [one["Node Type"] for one in _nodes(plan[0]["Plan"]) if one.get("Relation Name") == "wait"]


async def test_a_narrowed_view_of_courses_and_an_authorizations_number_are_read_from_an_index_alone(pool: Pool) -> None:
    await put(pool, "a", booking(NOW), missed_visits=1, payer_id="north", authorization_number="A-1")
    await pool.execute(
        "insert into course (course_id, workflow_id, patient_id, number, protocol_id, protocol_version, payer_id,"
        " coverage_kind, clinician, phase, started_on, sample, sessions_given, waiting, waiting_for, missed_visits,"
        " authorization_number)"
        " select 'b' || n, 'w' || n, 'p' || n, 1, 'p', '1', 'p' || n % 9, 'insurance', 'c', 'preparing', now(), true, 0,"
        " '', '{}', n % 2, 'B-' || n from generate_series(1, 20000) as n"
    )
    await pool.execute("vacuum analyze course")
    missed = query("worklist_of_courses").replace("/* and */", "and c.missed_visits > 0 and c.payer_id = 'north'")

    narrowed = await pool.fetchval(f"explain (format json) {missed}", [*TASKS], 50, NOW)
    by_number = await pool.fetchval(f"explain (format json) {query('find_by_authorization')}", "a-1")

    missed_nodes, number_nodes = (_nodes(json.loads(plan)[0]["Plan"]) for plan in (narrowed, by_number))
    assert [one["Node Type"] for one in missed_nodes if one.get("Index Name") == "course_missed"] == ["Index Only Scan"]
    assert "course_authorization" in [one.get("Index Name") for one in number_nodes]


async def test_who_is_signed_in_is_noted_as_seen_by_the_minute(pool: Pool) -> None:
    await pool.execute("insert into app_user (user_id, name, role) values ('amy.ops', 'Amy', 'operations')")
    await access.put_sign_in(pool, b"x", "amy.ops", csrf="c", now=NOW, lasts=DAY)
    seen = []
    for later in (timedelta(seconds=59), timedelta(seconds=61)):
        assert await access.signed_in(pool, b"x", now=NOW + later, idle=DAY) is not None
        seen.append(await pool.fetchval("select seen_at from sign_in") - NOW)

    assert seen == [timedelta(0), timedelta(seconds=61)]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in _nodes(part))]


async def test_a_view_kept_again_under_its_name_is_replaced(pool: Pool) -> None:
    await worklist.put_view(pool, "amy.ops", "mine", "view=mine", shared=False, now=NOW)
    await worklist.put_view(pool, "amy.ops", "mine", "view=overdue", shared=True, now=NOW)
    await worklist.put_view(pool, "otto.ops", "mine", "view=all", shared=False, now=NOW)

    seen = {(one.owner, one.query) for one in await worklist.saved_views(pool, "otto.ops")}

    assert seen == {("amy.ops", "view=overdue"), ("otto.ops", "view=all")}


async def test_signs_of_patterns_in_a_search_are_only_signs(pool: Pool) -> None:
    number = iter(range(9))
    for name in ("50% Off", "Back\\slash", "Under_score", "Plain"):
        record = Patient(record_number=f"M-{next(number)}", name=name, birth_date=NOW.date())
        await save_patient(pool, record, by="amy.ops", at=NOW)

    for text, name in (("0%", "50% Off"), ("k\\s", "Back\\slash"), ("r_s", "Under_score")):
        assert [one.name for one in await find_patients(pool, text)] == [name]


async def test_a_closed_course_leaves_the_list(some: Pool) -> None:
    await JournalStore(some).write(a_batch(closed(2), course_id="a", patient_id="p-a", outcome="withdrawn"))

    assert not [one for one in await ids(some, ALL) if one.startswith("a/")]
