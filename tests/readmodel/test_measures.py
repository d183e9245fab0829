"""Which courses are to be counted anew for the reports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from readmodel.measures import put_measure, uncounted
from readmodel.pool import Pool
from readmodel.store import JournalStore
from tests.readmodel.builders import a_batch, an_event
from tests.readmodel.clinics import NOW, set_up


async def test_a_forecast_holds_to_the_end_of_its_day_at_the_clinic(pool: Pool) -> None:
    await set_up(pool)
    await JournalStore(pool).write(a_batch(an_event(1)))
    await put_measure(pool, "c1", number=1, shape=1, good_until=date(2026, 3, 3), at=NOW, measures="{}")
    evening = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # still Tuesday 3 March in Seattle

    async def to_count(now: datetime) -> list[str]:
        return [one.course_id for one in await uncounted(pool, shape=1, now=now, limit=9)]

    assert await to_count(evening) == []
    assert await to_count(evening + timedelta(hours=6)) == ["c1"]
