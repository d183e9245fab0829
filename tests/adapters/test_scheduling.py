from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.failures import Conflict, Refused
from activities.scheduling import (
    AppointmentState,
    BookedSlot,
    BookSession,
    ChangeAppointment,
    FindSlots,
    MoveSession,
    SlotNotFound,
    TimeNotFree,
)
from adapters.postgres.scheduling import PostgresScheduling
from readmodel.pool import Pool
from tests.readmodel.clinics import NOW, set_up
from tests.readmodel.databases import Server, a_pool

MONDAY_8 = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TUESDAY_8 = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
SUMMER_MONDAY_8 = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)  # an hour earlier by UTC


def a_wish(key: str = "c1/1", **changes: Any) -> BookSession:
    return BookSession.model_validate(
        {"course_id": "c1", "key": key, "for_session": 1, "not_before": TUESDAY_8, "minutes": 30, "asked_at": NOW}
        | changes
    )


def change(appointment: BookedSlot, to: AppointmentState, key: str = "k", reason: str = "") -> ChangeAppointment:
    return ChangeAppointment(appointment_id=appointment.appointment_id, key=key, to=to, reason=reason, at=NOW)


@pytest.fixture
async def scheduling(pool: Pool) -> PostgresScheduling:
    await set_up(pool)
    return PostgresScheduling(pool)


async def test_the_first_free_slot_is_booked_tentatively(scheduling: PostgresScheduling, pool: Pool) -> None:
    booked = await scheduling.book_session(a_wish())

    assert (booked.starts_at, booked.ends_at) == (TUESDAY_8, TUESDAY_8 + timedelta(minutes=30))
    row = await pool.fetchrow("select state, asked_at from appointment")
    assert row is not None
    assert tuple(row) == ("tentative", NOW)


async def test_a_slot_never_starts_before_the_moment_asked_for(scheduling: PostgresScheduling) -> None:
    booked = await scheduling.book_session(a_wish(not_before=TUESDAY_8 + timedelta(minutes=1)))

    assert booked.starts_at == TUESDAY_8 + timedelta(minutes=30)


async def test_slots_skip_night_weekend_and_holiday(scheduling: PostgresScheduling) -> None:
    friday_noon = datetime(2026, 5, 22, 19, 0, tzinfo=UTC)

    slots = await scheduling.find_slots(FindSlots(not_before=friday_noon, minutes=30, limit=1))

    # Saturday and Sunday, then Memorial Day
    assert slots[0].starts_at == datetime(2026, 5, 26, 15, 0, tzinfo=UTC)


async def test_slots_lie_between_two_moments_and_leave_out_days_that_do_not_suit(
    scheduling: PostgresScheduling,
) -> None:
    until = TUESDAY_8 + timedelta(days=2)
    wanted = FindSlots(not_before=TUESDAY_8, not_after=until, minutes=30, limit=1)

    [first] = await scheduling.find_slots(wanted)
    [later] = await scheduling.find_slots(wanted.model_copy(update={"not_on": (TUESDAY_8.date(),)}))
    none = await scheduling.find_slots(
        wanted.model_copy(update={"not_on": tuple(TUESDAY_8.date() + timedelta(days=n) for n in range(3))})
    )

    assert first.starts_at == TUESDAY_8
    assert TUESDAY_8 + timedelta(hours=12) < later.starts_at <= until
    assert none == ()


async def test_slots_follow_the_clinic_s_clock_when_it_changes(scheduling: PostgresScheduling) -> None:
    booked = await scheduling.book_session(a_wish(not_before=SUMMER_MONDAY_8 - timedelta(hours=1)))

    assert booked.starts_at == SUMMER_MONDAY_8


async def test_the_less_busy_injector_comes_first(scheduling: PostgresScheduling) -> None:
    slots = [await scheduling.book_session(a_wish(f"c1/{n}")) for n in range(3)]

    assert [slot.injector for slot in slots] == ["dr.khan", "dr.lee", "dr.khan"]
    assert [slot.starts_at for slot in slots] == [TUESDAY_8, TUESDAY_8, TUESDAY_8 + timedelta(minutes=30)]
    assert slots[0].room != slots[1].room


async def test_an_injector_s_own_hours_and_absence_count(pool: Pool) -> None:
    away = {"first_on": "2026-03-03", "last_on": "2026-03-09", "injector": "dr.khan", "reason": "congress"}
    await set_up(pool, closures=[away])

    slots = await PostgresScheduling(pool).find_slots(
        FindSlots(not_before=MONDAY_8, minutes=30, injector="dr.khan", limit=1)
    )

    assert slots[0].starts_at == datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "injector", "reason"),
    [
        (TUESDAY_8 - timedelta(minutes=30), None, "outside the clinic's hours: 08:00 to 12:00 on 2026-03-03"),
        (TUESDAY_8 + timedelta(hours=3, minutes=45), None, "outside the clinic's hours"),
        (datetime(2026, 5, 25, 15, 0, tzinfo=UTC), None, "closed on 2026-05-25: Memorial Day"),
        (datetime(2026, 3, 7, 16, 0, tzinfo=UTC), None, "it does not open on Saturdays"),
        (TUESDAY_8 + timedelta(days=1), "dr.khan", "dr.khan does not work then: not at all on 2026-03-04"),
        (TUESDAY_8 + timedelta(hours=2), "dr.khan", "dr.khan does not work then: 08:00 to 10:00"),
        (TUESDAY_8, "dr.who", "dr.who is no injector of this clinic"),
    ],
)
async def test_a_wish_that_cannot_be_is_refused_with_the_reason(
    scheduling: PostgresScheduling, starts_at: datetime, injector: str | None, reason: str
) -> None:
    with pytest.raises(TimeNotFree, match=reason):
        await scheduling.book_session(a_wish(starts_at=starts_at, injector=injector))


async def test_a_wish_for_a_taken_time_says_who_or_what_is_taken(pool: Pool) -> None:
    await set_up(pool, rooms=[{"id": "r1", "name": "Room 1"}])
    scheduling = PostgresScheduling(pool)
    await scheduling.book_session(a_wish("c1/1", starts_at=TUESDAY_8, injector="dr.lee"))
    overlapping = TUESDAY_8 + timedelta(minutes=15)

    with pytest.raises(TimeNotFree, match=r"dr\.lee has another appointment then"):
        await scheduling.book_session(a_wish("c2/1", starts_at=overlapping, injector="dr.lee"))
    with pytest.raises(TimeNotFree, match="no room is free then"):
        await scheduling.book_session(a_wish("c2/2", starts_at=overlapping, injector="dr.khan"))


async def test_no_free_time_in_the_window_is_said(scheduling: PostgresScheduling) -> None:
    saturday = datetime(2026, 3, 7, 16, 0, tzinfo=UTC)

    with pytest.raises(SlotNotFound, match="no free time from 2026-03-07 to 2026-03-08"):
        await scheduling.book_session(a_wish(not_before=saturday, not_after=saturday + timedelta(days=1)))


async def test_a_clinic_that_was_never_loaded_is_named(pool: Pool) -> None:
    with pytest.raises(Refused, match="clinic load"):
        await PostgresScheduling(pool).book_session(a_wish())


async def test_the_same_key_gives_the_same_appointment_however_late_and_whatever_it_asks(
    scheduling: PostgresScheduling, pool: Pool
) -> None:
    first = await scheduling.book_session(a_wish())
    await scheduling.book_session(a_wish("other/1"))

    again = await scheduling.book_session(
        a_wish(asked_at=NOW + timedelta(days=9), not_before=TUESDAY_8 + timedelta(days=9))
    )

    assert again == first
    assert await pool.fetchval("select count(*) from appointment") == 2


async def test_a_key_of_another_course_is_a_conflict(scheduling: PostgresScheduling) -> None:
    await scheduling.book_session(a_wish())

    with pytest.raises(Conflict):
        await scheduling.book_session(a_wish(course_id="c2"))


async def test_moving_frees_the_old_time_and_books_the_new_in_one(scheduling: PostgresScheduling, pool: Pool) -> None:
    old = await scheduling.book_session(a_wish(starts_at=TUESDAY_8, injector="dr.lee"))
    # Overlaps the old time of the same injector
    later = a_wish("c1/2", starts_at=TUESDAY_8 + timedelta(minutes=15), injector="dr.lee")
    move = MoveSession(appointment_id=old.appointment_id, reason="patient's wish", booking=later)

    moved, again = await scheduling.move_session(move), await scheduling.move_session(move)

    assert moved == again
    rows = await pool.fetch("select appointment_id, state, moved_from, reason from appointment order by starts_at")
    assert [tuple(row) for row in rows] == [
        (old.appointment_id, "cancelled", None, "moved: patient's wish"),
        (moved.appointment_id, "tentative", old.appointment_id, ""),
    ]


async def test_a_move_that_finds_no_time_leaves_the_old_appointment(scheduling: PostgresScheduling, pool: Pool) -> None:
    old = await scheduling.book_session(a_wish())
    night = a_wish("c1/2", starts_at=TUESDAY_8 - timedelta(hours=4))

    with pytest.raises(TimeNotFree):
        await scheduling.move_session(MoveSession(appointment_id=old.appointment_id, reason="", booking=night))

    assert await pool.fetchval("select state from appointment") == "tentative"


async def test_an_appointment_is_changed_once_per_key(scheduling: PostgresScheduling, pool: Pool) -> None:
    booked = await scheduling.book_session(a_wish())
    confirm = change(booked, AppointmentState.CONFIRMED, "k1")
    await scheduling.change_appointment(confirm)
    await scheduling.change_appointment(change(booked, AppointmentState.CANCELLED, "k2", "ill"))

    late = await scheduling.change_appointment(confirm)

    assert late.state is AppointmentState.CONFIRMED  # the first answer; it changes nothing any more
    assert await pool.fetchval("select state from appointment") == "cancelled"


async def test_what_is_cancelled_stays_cancelled(scheduling: PostgresScheduling) -> None:
    booked = await scheduling.book_session(a_wish())
    await scheduling.change_appointment(change(booked, AppointmentState.CANCELLED, "k1"))

    with pytest.raises(Refused, match="is cancelled and cannot become confirmed"):
        await scheduling.change_appointment(change(booked, AppointmentState.CONFIRMED, "k2"))


async def test_a_cancelled_time_is_free_again(scheduling: PostgresScheduling) -> None:
    first = await scheduling.book_session(a_wish(starts_at=TUESDAY_8, injector="dr.lee"))
    await scheduling.change_appointment(change(first, AppointmentState.CANCELLED))

    second = await scheduling.book_session(a_wish("c2/1", starts_at=TUESDAY_8, injector="dr.lee"))

    assert second.appointment_id != first.appointment_id


async def test_thirty_who_book_at_once_get_thirty_different_times(server: Server) -> None:
    async with a_pool(await server.create(), max_size=15) as pool:
        await set_up(pool)
        scheduling = PostgresScheduling(pool)

        booked = await asyncio.gather(*(scheduling.book_session(a_wish(f"c{n}/1")) for n in range(30)))

        assert len({(slot.injector, slot.starts_at) for slot in booked}) == 30
        assert len({(slot.room, slot.starts_at) for slot in booked}) == 30
        assert max(slot.starts_at for slot in booked) < TUESDAY_8 + timedelta(days=4)


async def test_of_two_who_wish_for_the_last_free_time_one_gets_it(server: Server) -> None:
    async with a_pool(await server.create(), max_size=10) as pool:
        await set_up(pool)
        scheduling = PostgresScheduling(pool)
        wishes = [a_wish(f"c{n}/1", starts_at=TUESDAY_8, injector="dr.lee") for n in range(8)]

        results = await asyncio.gather(*(scheduling.book_session(wish) for wish in wishes), return_exceptions=True)

        assert sum(isinstance(result, BookedSlot) for result in results) == 1
        assert sum(isinstance(result, TimeNotFree) for result in results) == 7


async def test_two_who_move_into_each_other_s_time_at_once_never_block_each_other_for_good(server: Server) -> None:
    async with a_pool(await server.create(), max_size=10) as pool:
        await set_up(pool)
        scheduling = PostgresScheduling(pool)
        times = [TUESDAY_8 + timedelta(minutes=30 * n) for n in range(4)]
        booked = [
            await scheduling.book_session(a_wish(f"c{n}/1", starts_at=at, injector="dr.lee"))
            for n, at in enumerate(times)
        ]
        moves = [
            MoveSession(
                appointment_id=old.appointment_id,
                reason="",
                booking=a_wish(f"c{n}/2", starts_at=times[(n + 1) % 4], injector="dr.lee"),
            )
            for n, old in enumerate(booked)
        ]

        results = await asyncio.gather(*(scheduling.move_session(move) for move in moves), return_exceptions=True)

        assert all(isinstance(result, BookedSlot | TimeNotFree) for result in results), results
        assert await pool.fetchval("select count(*) from appointment where state <> 'cancelled'") == 4


async def test_ten_tries_of_one_key_at_once_book_one_appointment(server: Server) -> None:
    async with a_pool(await server.create(), max_size=10) as pool:
        await set_up(pool)
        scheduling = PostgresScheduling(pool)

        booked = await asyncio.gather(*(scheduling.book_session(a_wish()) for _ in range(10)))

        assert len({slot.appointment_id for slot in booked}) == 1


@pytest.mark.parametrize("column", ["injector", "room"])
async def test_the_database_itself_refuses_an_overlap(scheduling: PostgresScheduling, pool: Pool, column: str) -> None:
    booked = await scheduling.book_session(a_wish())
    other = {"injector": "dr.lee", "room": "r2"} | {column: getattr(booked, column)}

    with pytest.raises(asyncpg.ExclusionViolationError):
        await pool.execute(
            """insert into appointment (key, request, course_id, for_session, injector, room, starts_at, ends_at, asked_at, changed_at)
            values ('x', '{}', 'c2', 1, $1, $2, $3, $4, $3, $3)""",
            other["injector"],
            other["room"],
            booked.starts_at + timedelta(minutes=29),
            booked.ends_at + timedelta(minutes=29),
        )


Step = tuple[Literal["book", "wish", "move", "cancel", "noshow"], int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["book", "wish", "move", "cancel", "noshow"]), st.integers(0, 7), st.integers(0, 30)),
    max_size=25,
)
_keys = count()


@given(story=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_overlaps_whatever_the_sequence_of_booking_moving_and_cancelling(
    pool: Pool, story: list[Step]
) -> None:
    await set_up(pool)
    await pool.execute("truncate appointment, appointment_change")
    scheduling = PostgresScheduling(pool)
    live: list[str] = []

    for what, which, quarter in story:
        starts_at = TUESDAY_8 + timedelta(minutes=15 * quarter)
        key = f"{which}/{next(_keys)}"
        try:
            if what == "book":
                live.append((await scheduling.book_session(a_wish(key, not_before=starts_at))).appointment_id)
            elif what == "wish":
                live.append((await scheduling.book_session(a_wish(key, starts_at=starts_at))).appointment_id)
            elif live:
                chosen = live[which % len(live)]
                if what == "move":
                    move = MoveSession(appointment_id=chosen, reason="", booking=a_wish(key, starts_at=starts_at))
                    live[which % len(live)] = (await scheduling.move_session(move)).appointment_id
                else:
                    to = AppointmentState.CANCELLED if what == "cancel" else AppointmentState.NOSHOW
                    wanted = ChangeAppointment(appointment_id=chosen, key=key, to=to, at=NOW)
                    await scheduling.change_appointment(wanted)
        except (TimeNotFree, SlotNotFound, Refused):
            continue

    overlaps = await pool.fetchval(
        """select count(*) from appointment a join appointment b on a.appointment_id < b.appointment_id
            and (a.injector = b.injector or a.room = b.room) and a.starts_at < b.ends_at and b.starts_at < a.ends_at
        where a.state <> 'cancelled' and b.state <> 'cancelled'"""
    )
    assert overlaps == 0
