from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from random import Random

import asyncpg
import pytest
import structlog

from activities.failures import Unavailable
from activities.journal import JournalBatch
from domain.messages import Post, together
from domain.waits import WaitKind
from readmodel.pool import Pool
from readmodel.store import JournalConflict, JournalStore
from tests.readmodel.builders import AT, a_batch, a_message, a_wait, an_event, asked_to_roll_over
from tests.readmodel.databases import Server, a_pool


async def numbers(pool: Pool) -> list[int]:
    return [row["number"] for row in await pool.fetch("select number from course_event order by number")]


async def statuses(pool: Pool) -> dict[str, str]:
    return {row["key"]: row["status"] for row in await pool.fetch("select key, status from message")}


async def wait_ids(pool: Pool) -> set[str]:
    return {row["wait_id"] for row in await pool.fetch("select wait_id from wait")}


async def test_a_batch_is_written_whole_events_row_waits_and_messages(pool: Pool) -> None:
    store = JournalStore(pool)

    await store.write(a_batch(an_event(1), an_event(2), waits=(a_wait(),), messages=(a_message(),)))

    assert await numbers(pool) == [1, 2]
    row = await pool.fetchrow("select * from course")
    assert row is not None
    assert (row["number"], row["workflow_id"], row["waiting_for"]) == (2, "course-w1", ["payer-answer"])
    assert row["next_due_at"].isoformat() == "2026-03-16T17:00:00+00:00"
    assert await wait_ids(pool) == {"payer-answer:request-1"}
    assert await statuses(pool) == {"c1/reminder/1/24h": "queued"}
    event = await pool.fetchrow("select * from course_event where number = 1")
    assert event is not None
    assert (event["kind"], event["at"], event["by"]) == ("move_refused", AT, "course")
    assert json.loads(event["data"])["reason"] == "no time"


async def test_the_same_batch_again_changes_nothing(pool: Pool) -> None:
    store = JournalStore(pool)
    batch = a_batch(an_event(1), waits=(a_wait(),), messages=(a_message(),))
    await store.write(batch)
    await store.write(a_batch(an_event(2), withdrawn=("c1/reminder/",)))

    await store.write(batch)

    assert await numbers(pool) == [1, 2]
    assert await pool.fetchval("select number from course") == 2
    assert await wait_ids(pool) == set()
    assert await statuses(pool) == {"c1/reminder/1/24h": "withdrawn"}


async def test_a_batch_that_overlaps_what_is_written_adds_the_rest(pool: Pool) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(an_event(1), an_event(2)))

    await store.write(a_batch(an_event(2), an_event(3)))

    assert await numbers(pool) == [1, 2, 3]


async def test_another_event_under_a_known_number_is_a_conflict_and_nothing_is_written(pool: Pool) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(an_event(1, reason="first")))

    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            with pytest.raises(JournalConflict, match="course c1"):
                await store.write(a_batch(an_event(1, reason="other"), an_event(2), messages=(a_message(),)))

    assert await numbers(pool) == [1]
    assert await pool.fetchval("select number from course") == 1
    assert await statuses(pool) == {}
    conflict = await pool.fetchrow("select number, had, got, times from journal_conflict")
    assert conflict is not None
    assert (conflict["number"], conflict["times"]) == (1, 2)
    assert json.loads(conflict["had"])["reason"] == "first"
    assert json.loads(conflict["got"])["reason"] == "other"
    assert [(log["event"], log["log_level"]) for log in logs] == [("journal.conflicted", "error")] * 2


async def test_a_conflict_is_tried_again_because_the_course_has_already_changed(pool: Pool) -> None:
    assert issubclass(JournalConflict, Unavailable)
    assert not JournalConflict.permanent


async def test_a_gap_before_the_batch_is_a_conflict(pool: Pool) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(an_event(1)))

    with pytest.raises(JournalConflict):
        await store.write(a_batch(an_event(3)))

    assert await numbers(pool) == [1]


async def test_one_request_id_never_stands_under_two_numbers(pool: Pool) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(asked_to_roll_over(1, request_id="r1")))

    with pytest.raises(JournalConflict):
        await store.write(a_batch(asked_to_roll_over(2, request_id="r1")))

    assert await numbers(pool) == [1]


async def test_an_older_writer_changes_neither_row_nor_waits(pool: Pool) -> None:
    store = JournalStore(pool)
    older = a_batch(an_event(1), waits=(a_wait(WaitKind.GOALS, "course"),), phase="admission")
    await store.write(older)
    await store.write(a_batch(an_event(2), waits=(a_wait(),), phase="preparing"))

    await store.write(older)

    assert await pool.fetchval("select phase from course") == "preparing"
    assert await wait_ids(pool) == {"payer-answer:request-1"}


async def test_waits_are_replaced_together(pool: Pool) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(an_event(1), waits=(a_wait(), a_wait(WaitKind.GOALS, "course"))))

    moved = a_wait(due=AT + timedelta(days=30), owner="amy.ops")
    await store.write(a_batch(an_event(2), waits=(moved, a_wait(WaitKind.BOOKING, "1"))))

    assert await wait_ids(pool) == {"payer-answer:request-1", "booking:1"}
    row = await pool.fetchrow("select due, owner from wait where kind = 'payer-answer'")
    assert row is not None
    assert (row["due"], row["owner"]) == (AT + timedelta(days=30), "amy.ops")


async def test_only_what_is_still_queued_is_withdrawn(pool: Pool) -> None:
    store = JournalStore(pool)
    messages = (a_message("reminder", "1/24h"), a_message("reminder", "1/72h"), a_message("reminder", "10/24h"))
    await store.write(a_batch(an_event(1), messages=messages))
    await pool.execute("update message set status = 'sent' where key = 'c1/reminder/1/72h'")

    await store.write(a_batch(an_event(2), withdrawn=("c1/reminder/1/",)))

    assert await statuses(pool) == {
        "c1/reminder/1/24h": "withdrawn",
        "c1/reminder/1/72h": "sent",
        "c1/reminder/10/24h": "queued",
    }


async def test_a_message_asked_for_and_given_up_in_one_batch_is_withdrawn(pool: Pool) -> None:
    await JournalStore(pool).write(a_batch(an_event(1), messages=(a_message(),), withdrawn=("c1/reminder/",)))

    assert await statuses(pool) == {"c1/reminder/1/24h": "withdrawn"}


async def test_a_reopened_course_queues_its_withdrawn_prompts_again_but_not_what_was_sent(pool: Pool) -> None:
    store = JournalStore(pool)
    prompts = (a_message("diary_prompt", "2026-03-09"), a_message("diary_prompt", "2026-03-16"))
    await store.write(a_batch(an_event(1), messages=prompts))
    await pool.execute("update message set status = 'sent' where key = 'c1/diary_prompt/2026-03-09'")
    await store.write(a_batch(an_event(2), withdrawn=("c1/diary_prompt",)))

    await store.write(a_batch(an_event(3), messages=prompts))

    assert await statuses(pool) == {"c1/diary_prompt/2026-03-09": "sent", "c1/diary_prompt/2026-03-16": "queued"}


async def test_a_message_that_two_events_of_one_batch_ask_for_is_queued_once_as_the_later_says(pool: Pool) -> None:
    early, late = a_message(), a_message(send_at=AT + timedelta(days=1))

    await JournalStore(pool).write(a_batch(an_event(1), messages=(early, late)))

    assert await statuses(pool) == {"c1/reminder/1/24h": "queued"}
    assert await pool.fetchval("select send_at from message") == late.send_at


async def test_what_one_batch_withdraws_and_then_asks_for_again_stays_queued(pool: Pool) -> None:
    store, again = JournalStore(pool), a_message(gone=False)
    await store.write(a_batch(an_event(1), messages=(a_message(),)))

    await store.write(a_batch(an_event(2), messages=(again,), withdrawn=("c1/reminder/",)))
    await store.write(a_batch(an_event(2), messages=(again,), withdrawn=("c1/reminder/",)))

    assert await statuses(pool) == {"c1/reminder/1/24h": "queued"}


async def test_an_old_batch_that_comes_late_withdraws_nothing_that_was_asked_for_since(pool: Pool) -> None:
    store = JournalStore(pool)
    ended = a_batch(an_event(2), withdrawn=("c1/reminder/",))
    await store.write(a_batch(an_event(1), messages=(a_message(),)))
    await store.write(ended)
    await store.write(a_batch(an_event(3), messages=(a_message(gone=False),)))

    await store.write(ended)

    assert await statuses(pool) == {"c1/reminder/1/24h": "queued"}


async def test_what_one_batch_asks_for_anew_and_then_gives_up_is_withdrawn_though_it_was_queued_long_ago(
    pool: Pool,
) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(an_event(1), messages=(a_message(),)))

    await store.write(a_batch(an_event(2), messages=(a_message(gone=True),), withdrawn=("c1/reminder/",)))

    assert await statuses(pool) == {"c1/reminder/1/24h": "withdrawn"}


@pytest.mark.parametrize("seed", range(8))
async def test_what_happens_together_is_written_as_if_it_had_been_written_one_by_one(pool: Pool, seed: int) -> None:
    chance, store, number = Random(seed), JournalStore(pool), 0
    seen: set[str] = set()
    for _ in range(12):
        posts = [a_post_at_random(chance) for _ in range(chance.randint(1, 5))]
        for post in posts:
            number += 1
            await store.write(a_batch_of("one-by-one", number, [post]))
        for _ in range(chance.choice((1, 1, 2))):
            await store.write(a_batch_of("together", number, posts))

        one_by_one, at_once = await asyncio.gather(outbox_of(pool, "one-by-one"), outbox_of(pool, "together"))
        assert one_by_one == at_once
        seen |= {status for status, _ in at_once.values()}
    assert seen == {"queued", "withdrawn"}


def a_post_at_random(chance: Random) -> Post:
    """Return a post without its course: messages of a few kinds and occurrences, and whole kinds given up before."""
    kinds = ("reminder", "diary_prompt", "closing")
    asked = [(kind, occurrence) for kind in kinds for occurrence in ("1", "2") if chance.random() < 0.3]
    at = AT + timedelta(days=chance.randint(1, 3))
    return Post(
        messages=tuple(a_message(kind, occurrence, course="", send_at=at) for kind, occurrence in asked),
        withdrawn=tuple(f"/{kind}/" for kind in kinds if chance.random() < 0.3),
    )


def a_batch_of(course: str, until: int, posts: list[Post]) -> JournalBatch:
    """Return the batch that writes these posts of a course, the last of which is that of event `until`."""
    post = together(posts)
    return a_batch(
        *(an_event(number) for number in range(until - len(posts) + 1, until + 1)),
        messages=tuple(one.model_copy(update={"key": f"{course}{one.key}"}) for one in post.messages),
        withdrawn=tuple(f"{course}{prefix}" for prefix in post.withdrawn),
        course_id=course,
    )


async def outbox_of(pool: Pool, course: str) -> dict[str, tuple[str, datetime | None]]:
    """Return the status of each message, and when those go out that are still to go out."""
    rows = await pool.fetch("select key, status, send_at from message where course_id = $1", course)
    return {
        row["key"].removeprefix(course): (row["status"], row["send_at"] if row["status"] == "queued" else None)
        for row in rows
    }


async def test_the_journal_is_only_ever_added_to(pool: Pool) -> None:
    await JournalStore(pool).write(a_batch(an_event(1)))

    for statement in ("update course_event set by = 'x'", "delete from course_event", "truncate course_event"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(statement)


async def test_twenty_writers_of_one_batch_write_it_once(server: Server) -> None:
    async with a_pool(await server.create(), max_size=20) as pool:
        store = JournalStore(pool)
        batch = a_batch(an_event(1), an_event(2), waits=(a_wait(),), messages=(a_message(),))

        await asyncio.gather(*(store.write(batch) for _ in range(20)))

        assert await numbers(pool) == [1, 2]
        assert await pool.fetchval("select count(*) from journal_conflict") == 0


async def test_two_writers_of_different_events_under_one_number_never_mix(server: Server) -> None:
    async with a_pool(await server.create(), max_size=10) as pool:
        store = JournalStore(pool)
        batches = [a_batch(*(an_event(n, reason=f"{writer}") for n in range(1, writer + 3))) for writer in range(8)]

        results = await asyncio.gather(*(store.write(batch) for batch in batches), return_exceptions=True)

        reasons = {row[0] for row in await pool.fetch("select distinct data ->> 'reason' from course_event")}
        assert len(reasons) == 1
        assert [result is None for result in results].count(True) == 1
        assert all(isinstance(result, JournalConflict) for result in results if result is not None)


async def test_an_outage_is_unavailable_and_quotes_nothing(pool: Pool) -> None:
    await pool.execute("drop table message")

    with pytest.raises(Unavailable, match="SQLSTATE 42P01") as raised:
        await JournalStore(pool).write(a_batch(an_event(1, reason="a secret")))

    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_a_character_that_postgresql_cannot_store_does_not_stop_the_journal(pool: Pool) -> None:
    batch = a_batch(an_event(1, reason="a\0b\\u0000c"))

    await JournalStore(pool).write(batch)
    await JournalStore(pool).write(batch)

    data = json.loads(await pool.fetchval("select data from course_event"))
    assert data["reason"] == "a\ufffdb\\u0000c"
