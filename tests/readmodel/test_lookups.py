from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from activities.scheduling import BookSession
from adapters.postgres.scheduling import PostgresScheduling
from domain.diary import DiaryDay
from domain.people import Role
from domain.waits import WaitKind
from readmodel import lookups
from readmodel.calendar import booked_around
from readmodel.diary import read_diary, write_diary
from readmodel.people import (
    Guardian,
    OtherPatient,
    Patient,
    find_patients,
    member_id,
    patient,
    patient_by_number,
    save_patient,
    user,
    users,
)
from readmodel.pool import Pool
from readmodel.store import JournalStore
from tests.readmodel.builders import AT, a_batch, a_wait, an_event, asked_to_roll_over
from tests.readmodel.clinics import NOW, set_up

ANA = Patient(
    patient_id="p1",
    record_number="MRN-10042",
    name="Ana López",
    birth_date=date(1984, 3, 12),
    email="ana@example.org",
    phone="+1 206 555-0142",
)
DAY = timedelta(days=1)


async def save(pool: Pool, given: Patient = ANA, **changes: object) -> str:
    return await save_patient(pool, given.model_copy(update=changes), by="amy.ops", at=NOW)


@pytest.mark.parametrize(
    "text", ["lópez", "ANA", "10042", "mrn-1", "ana@example", "206 555 0142", "2065550142", "5550142", "p1"]
)
async def test_a_patient_is_found_by_name_number_or_contact(pool: Pool, text: str) -> None:
    await save(pool)
    await JournalStore(pool).write(a_batch(an_event(1)))

    found = await find_patients(pool, text)

    assert [(one.name, one.course_ids) for one in found] == [("Ana López", ("c1",))]


@pytest.mark.parametrize("text", ["%", "_", "12", "zoe", "5550199", "a.a"])
async def test_what_does_not_match_finds_nobody(pool: Pool, text: str) -> None:
    await save(pool, record_number="MRN-X")

    assert await find_patients(pool, text) == []


async def test_a_patient_is_kept_once_per_record_number_and_keeps_the_id(pool: Pool) -> None:
    first = await save(pool, patient_id="")
    maria = Guardian(name="Maria", relationship="mother", phone="1")

    again = await save_patient(
        pool, ANA.model_copy(update={"guardian": maria}), by="amy.ops", at=NOW, members={"aetna": "W1"}
    )

    assert again == first
    kept = await patient(pool, first)
    assert kept is not None
    assert (kept.guardian, kept) == (maria, await patient_by_number(pool, "MRN-10042"))
    assert await member_id(pool, first, "aetna") == "W1"
    assert await member_id(pool, first, "other") is None


async def test_a_record_number_of_somebody_born_on_another_day_is_refused(pool: Pool) -> None:
    await save(pool)

    with pytest.raises(OtherPatient, match="MRN-10042"):
        await save(pool, birth_date=date(1985, 3, 12))


async def test_lists_reckon_with_the_course_s_own_time(pool: Pool) -> None:
    await save(pool)
    await JournalStore(pool).write(a_batch(an_event(1), waits=(a_wait(),)))  # due on 16 March
    before = (await lookups.tasks(pool, now=NOW))[0]
    await lookups.set_ahead(pool, "c1", 20 * DAY)

    course = (await lookups.courses(pool, now=NOW))[0]
    task = (await lookups.tasks(pool, now=NOW))[0]

    assert not before.is_overdue
    assert (course.now, course.ahead, course.is_overdue) == (NOW + 20 * DAY, 20 * DAY, True)
    assert task.is_overdue
    assert (task.task_id, task.title, task.role) == (
        "c1/payer-answer:request-1",
        "Enter the payer's decision",
        Role.OPERATIONS,
    )
    assert task.patient_name == "Ana López"


async def test_tasks_come_most_urgent_first_by_each_course_s_own_time(pool: Pool) -> None:
    store = JournalStore(pool)
    for course_id, due_in in (("c1", 5), ("c2", 3), ("c3", 20)):
        wait = a_wait(due=AT + due_in * DAY)
        await store.write(a_batch(an_event(1), waits=(wait,), course_id=course_id))
    await lookups.set_ahead(pool, "c3", 19 * DAY)

    assert [task.course_id for task in await lookups.tasks(pool, now=NOW)] == ["c3", "c2", "c1"]


async def test_tasks_are_those_of_a_role_and_dates_are_nobodys(pool: Pool) -> None:
    waits = (a_wait(), a_wait(WaitKind.GOALS, "course"), a_wait(WaitKind.SESSION_DAY, "1"))
    await JournalStore(pool).write(a_batch(an_event(1), waits=waits))

    async def kinds(**wanted: object) -> list[str]:
        return sorted(task.kind for task in await lookups.tasks(pool, now=NOW, **wanted))  # type: ignore[arg-type] # by their names

    assert await kinds(role=Role.CLINICIAN) == ["goals"]
    assert await kinds() == ["goals", "payer-answer"]
    assert await kinds(course_id="c2") == []
    assert {wait.kind for wait in await lookups.waits_of(pool, "c1", now=NOW)} == {
        WaitKind.GOALS,
        WaitKind.PAYER_ANSWER,
        WaitKind.SESSION_DAY,
    }


async def test_courses_are_filtered_and_the_ended_come_last(pool: Pool) -> None:
    store = JournalStore(pool)
    await store.write(a_batch(an_event(1), course_id="c1", phase="ended", outcome="completed"))
    await store.write(a_batch(an_event(1), course_id="c2", payer_id="medicare", waiting_for=("goals",)))
    await store.write(a_batch(an_event(1), course_id="c3"))

    async def ids(**wanted: object) -> list[str]:
        return [row.course_id for row in await lookups.courses(pool, now=NOW, **wanted)]  # type: ignore[arg-type] # by their names

    assert await ids() == ["c2", "c3", "c1"]
    assert await ids(phase="ended") == ["c1"]
    assert await ids(payer_id="medicare") == ["c2"]
    assert await ids(waiting_for="payer-answer", only_open=True) == ["c3"]
    assert await ids(limit=1) == ["c2"]


async def test_a_course_is_found_by_id_or_by_a_beginning_that_is_its_alone(pool: Pool) -> None:
    store = JournalStore(pool)
    for course_id in ("abc", "abcd", "abx"):
        await store.write(a_batch(an_event(1), course_id=course_id))

    assert (await lookups.course(pool, "abc", now=NOW)).course_id == "abc"
    assert (await lookups.course(pool, "abx", now=NOW)).course_id == "abx"
    with pytest.raises(lookups.AmbiguousCourse):
        await lookups.course(pool, "ab", now=NOW)
    for nothing in ("zzz", "", "%"):
        with pytest.raises(lookups.NoSuchCourse):
            await lookups.course(pool, nothing, now=NOW)


async def test_one_open_course_of_a_patient_and_protocol_is_found(pool: Pool) -> None:
    store, protocol = JournalStore(pool), "onabotulinumtoxin-a-chronic-migraine"
    await store.write(a_batch(an_event(1), course_id="c1", outcome="withdrawn"))
    assert await lookups.open_course(pool, patient_id="p1", protocol_id=protocol, now=NOW) is None

    await store.write(a_batch(an_event(1), course_id="c2"))

    found = await lookups.open_course(pool, patient_id="p1", protocol_id=protocol, now=NOW)
    assert found is not None
    assert found.course_id == "c2"


async def test_a_late_double_finds_what_its_request_became(pool: Pool) -> None:
    await JournalStore(pool).write(a_batch(asked_to_roll_over(1, request_id="r1")))

    receipt = await lookups.receipt_of(pool, "c1", "r1")

    assert receipt is not None
    assert (receipt.number, receipt.kind) == (1, "roll_over_asked")
    assert await lookups.receipt_of(pool, "c2", "r1") is None


async def test_the_journal_is_read_as_it_was_written(pool: Pool) -> None:
    events = [an_event(1), an_event(2, reason="taken")]
    await JournalStore(pool).write(a_batch(*events))

    assert await lookups.events_of(pool, "c1") == [event.model_dump(mode="json") for event in events]


async def test_a_day_sheet_shows_who_comes_on_the_clinic_s_own_day(pool: Pool) -> None:
    await set_up(pool, opening_hours=[{"days": ["Tue"], "opens": "08:00", "closes": "20:00"}])
    await save(pool)
    evening = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)  # still Tuesday 3 March in Seattle
    wanted = BookSession(
        course_id="c1", key="k", for_session=1, not_before=NOW, minutes=30, starts_at=evening, asked_at=NOW
    )
    booked = await PostgresScheduling(pool).book_session(wanted)
    await JournalStore(pool).write(a_batch(an_event(1), appointment_id=booked.appointment_id))

    sheet = await lookups.day_sheet(pool, date(2026, 3, 3))

    assert [(row.patient_name, row.starts_at, row.state, row.is_current) for row in sheet] == [
        ("Ana López", evening, "tentative", True)
    ]
    assert await lookups.day_sheet(pool, date(2026, 3, 4)) == []


async def test_the_nearest_booked_days_are_the_clinic_s_own_days_and_cancelled_ones_are_none(pool: Pool) -> None:
    await set_up(pool, opening_hours=[{"days": ["Tue", "Thu"], "opens": "08:00", "closes": "20:00"}])
    evening = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)  # still Tuesday 3 March in Seattle
    for number, at in enumerate(
        (evening, evening + timedelta(days=8, hours=20), evening + timedelta(days=15, hours=20))
    ):
        wanted = BookSession(
            course_id="c1", key=f"k{number}", for_session=1, not_before=NOW, minutes=30, starts_at=at, asked_at=NOW
        )
        booked = await PostgresScheduling(pool).book_session(wanted)
    await pool.execute("update appointment set state = 'cancelled' where appointment_id = $1", booked.appointment_id)
    tuesday, thursday = date(2026, 3, 3), date(2026, 3, 12)

    between = await booked_around(pool, date(2026, 3, 4), date(2026, 3, 11))
    on_tuesday = await booked_around(pool, tuesday, tuesday)
    after = await booked_around(pool, date(2026, 3, 13), date(2026, 3, 13))
    of_nobody = await booked_around(pool, tuesday, tuesday, injector="nobody")

    assert (between.before_on, between.next_on) == (tuesday, thursday)
    assert (on_tuesday.before_on, on_tuesday.next_on) == (None, thursday)
    assert (after.before_on, after.next_on) == (thursday, None)
    assert (of_nobody.before_on, of_nobody.next_on) == (None, None)


async def test_the_users_and_the_clinic_are_as_loaded(pool: Pool) -> None:
    assert await lookups.clinic(pool) is None
    await set_up(pool)

    clinic, lee = await lookups.clinic(pool), await user(pool, "dr.lee")

    assert clinic is not None
    assert (clinic.phone, clinic.holidays) == ("+1 206 555 0100", (date(2026, 5, 25),))
    assert lee is not None
    assert (lee.role, lee.may_inject) == (Role.CLINICIAN, True)
    assert await user(pool, "nobody") is None
    assert [one.name for one in await users(pool)] == ["Ada", "Amy", "Dr. Khan", "Dr. Lee"]


async def test_a_later_diary_entry_replaces_the_day_and_the_earlier_is_kept(pool: Pool) -> None:
    await save(pool)
    first = [DiaryDay(on=date(2026, 3, 1), headache=True, worst_pain=7), DiaryDay(on=date(2026, 3, 2), headache=False)]
    later = [DiaryDay(on=date(2026, 3, 1), headache=True, worst_pain=8), DiaryDay(on=date(2026, 3, 2), headache=False)]

    written = await write_diary(pool, "p1", first, by="amy.ops", at=NOW, source="paper")
    rewritten = await write_diary(pool, "p1", later, by="amy.ops", at=NOW + DAY, source="phone")

    assert (written, rewritten) == (2, 1)
    days = await read_diary(pool, "p1", first_on=date(2026, 3, 1), last_on=date(2026, 3, 2))
    assert [(day.on, day.worst_pain) for day in days] == [(date(2026, 3, 1), 8), (date(2026, 3, 2), None)]
    entries = await pool.fetch("select on_day, source, day ->> 'worst_pain' as pain from diary_entry order by entry_id")
    assert [(row["on_day"].day, row["source"], row["pain"]) for row in entries] == [
        (1, "paper", "7"),
        (2, "paper", None),
        (1, "phone", "8"),
    ]
