from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.scheduling import BookSession
from adapters.postgres.scheduling import PostgresScheduling
from domain.clinic_file import ClinicFile, UsersFile
from readmodel.pool import Pool
from readmodel.setup import load_clinic, load_users
from tests.readmodel.clinics import NOW, a_clinic_file, a_users_file, set_up

EXAMPLES = Path(__file__).parents[2] / "examples"


async def book(pool: Pool, starts_at: datetime, injector: str = "dr.lee") -> None:
    wanted = BookSession(
        course_id="c1",
        key="c1/1",
        for_session=1,
        not_before=NOW,
        minutes=30,
        injector=injector,
        starts_at=starts_at,
        asked_at=NOW,
    )
    await PostgresScheduling(pool).book_session(wanted)


async def test_the_example_files_load_and_load_again_without_a_change(pool: Pool) -> None:
    clinic = ClinicFile.model_validate(tomllib.loads((EXAMPLES / "clinic.toml").read_text()))
    users = UsersFile.model_validate(tomllib.loads((EXAMPLES / "users.toml").read_text()))
    await load_users(pool, users, at=NOW)
    first = await load_clinic(pool, clinic, by="ada.admin", at=NOW)

    again = await load_clinic(pool, clinic, by="ada.admin", at=NOW)
    users_again = await load_users(pool, users, at=NOW)

    assert "injector dr.khan" in first.added
    assert first.warnings == ()
    assert (again.added, again.changed, again.removed) == ((), (), ())
    assert (users_again.added, users_again.changed, users_again.removed) == ((), (), ())
    assert again.loaded


async def test_a_dry_run_says_what_would_change_and_changes_nothing(pool: Pool) -> None:
    await set_up(pool)
    file = a_clinic_file(
        phone="+1 206 555 0199",
        rooms=[{"id": "r1", "name": "Room 1"}],
        holidays=[{"on": "2026-05-25", "name": "Memorial Day"}, {"on": "2026-07-03", "name": "Independence Day"}],
    )

    change = await load_clinic(pool, file, by="ada.admin", at=NOW, dry_run=True)

    assert change.added == ("holiday 2026-07-03",)
    assert change.changed == ('clinic: phone "+1 206 555 0100" -> "+1 206 555 0199"',)
    assert change.removed == ("room r2",)
    assert not change.loaded
    assert await load_clinic(pool, file, by="ada.admin", at=NOW, dry_run=True) == change


async def test_an_injector_with_appointments_ahead_is_not_removed(pool: Pool) -> None:
    await set_up(pool)
    await book(pool, datetime(2026, 3, 3, 16, 0, tzinfo=UTC), injector="dr.khan")
    without = a_clinic_file(injectors=[{"user": "dr.lee"}])

    change = await load_clinic(pool, without, by="ada.admin", at=NOW)
    later = await load_clinic(pool, without, by="ada.admin", at=datetime(2026, 3, 4, tzinfo=UTC))

    assert change.blocked == ("injector dr.khan has 1 appointment ahead: move them first",)
    assert not change.loaded
    assert later.loaded
    assert later.removed == ("injector dr.khan",)


async def test_a_new_holiday_names_the_appointments_that_it_touches(pool: Pool) -> None:
    await set_up(pool)
    await book(pool, datetime(2026, 3, 3, 16, 0, tzinfo=UTC))

    change = await load_clinic(pool, a_clinic_file(holidays=[{"on": "2026-03-03", "name": "Snow"}]), by="a", at=NOW)

    assert change.loaded
    assert change.warnings == ("course c1 has an appointment on 2026-03-03, when the clinic is closed: Snow",)


async def test_one_database_serves_one_clinic(pool: Pool) -> None:
    await set_up(pool)

    change = await load_clinic(pool, a_clinic_file(id="other"), by="ada.admin", at=NOW)

    assert change.blocked == ("this database serves the clinic c, the file is of other",)


async def test_a_user_who_is_not_in_the_file_any_more_can_no_longer_act(pool: Pool) -> None:
    await load_users(pool, a_users_file({"id": "ben.billing", "name": "Ben", "role": "billing"}), at=NOW)

    change = await load_users(pool, a_users_file(), at=NOW)

    assert change.removed == ("user ben.billing",)
    active = await pool.fetch("select user_id from app_user where active order by 1")
    assert [row["user_id"] for row in active] == ["ada.admin", "amy.ops", "dr.khan", "dr.lee"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"zone": "America/Seatle"}, "expected the name of a time zone"),
        ({"phon": "1"}, "phon"),
        ({"opening_hours": [{"days": ["Mon"], "opens": "12:00", "closes": "08:00"}]}, "not after it opens"),
        (
            {
                "opening_hours": [
                    {"days": ["Mon"], "opens": "08:00", "closes": "12:00"},
                    {"days": ["Mon"], "opens": "11:00", "closes": "13:00"},
                ]
            },
            "Mon from 11:00 to 12:00 is given twice",
        ),
        ({"rooms": [{"id": "r1", "name": "a"}, {"id": "r1", "name": "b"}]}, "rooms: r1 is given twice"),
        (
            {"closures": [{"first_on": "2026-03-02", "last_on": "2026-03-02", "reason": "x", "room": "r9"}]},
            r"closures.0.room: r9 is none of rooms",
        ),
    ],
)
def test_a_wrong_clinic_file_is_refused_with_the_reason(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        a_clinic_file(**changes)


def test_only_clinicians_may_inject_and_somebody_is_admin() -> None:
    with pytest.raises(ValidationError, match="only a clinician may"):
        a_users_file({"id": "x", "name": "X", "role": "billing", "may_inject": True})
    with pytest.raises(ValidationError, match="none of them is admin"):
        UsersFile.model_validate({"users": [{"id": "amy", "name": "Amy", "role": "operations"}]})
