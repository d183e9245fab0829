"""Days as they come in addresses and forms: what no calendar of ours has is no failure of ours."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

from office.fields import EARLIEST_YEAR, LATEST_YEAR, day_written
from tests.console.kit import signed_in

ENDS = ("0001-01-01", "9999-12-31")
PAGES = (
    "/calendar?on={}",
    "/calendar?view=month&on={}",
    "/day?on={}",
    "/find?since={}",
    "/reports?first={}&weeks=52",
    "/reports?since={}",
)


@pytest.mark.parametrize("page", PAGES)
async def test_a_day_at_the_ends_of_all_days_is_answered(console: str, page: str) -> None:
    async with signed_in(console, "dr.lee") as lee:
        answers = [await lee.get(page.format(day)) for day in ENDS]

    assert all(one.status_code < httpx.codes.INTERNAL_SERVER_ERROR for one in answers)


def test_a_day_is_read_from_the_first_to_the_last_that_a_course_can_have() -> None:
    kept = [date(EARLIEST_YEAR, 1, 1), date(LATEST_YEAR, 12, 31)]

    assert [day_written(day.isoformat()) for day in kept] == kept
    for day in ENDS:
        with pytest.raises(ValueError, match="between"):
            day_written(day)
