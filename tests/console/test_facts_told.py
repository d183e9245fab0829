"""Facts as the API takes them: local times, bounds, and what is looked up and never sent."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from console.api.facts import TOLD_BY_API, CoverageChangedTold, as_told
from domain import facts as f
from domain.coverage import CoverageKind
from office.errors import BadInput

ZONE = "America/Los_Angeles"


def test_a_time_without_offset_is_local_to_the_clinic() -> None:
    told = as_told(f.Book(starts_at=datetime(2026, 3, 5, 9, 30)), ZONE)  # noqa: DTZ001 - as people write it

    assert dict(told)["starts_at"] == datetime(2026, 3, 5, 17, 30, tzinfo=UTC)


def test_a_time_with_offset_stays_what_it_is() -> None:
    starts_at = datetime(2026, 3, 5, 17, 30, tzinfo=UTC)

    assert dict(as_told(f.Book(starts_at=starts_at), ZONE))["starts_at"] == starts_at


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_that_no_calendar_of_ours_has_is_refused_and_named(day: date) -> None:
    with pytest.raises(BadInput) as refused:
        as_told(f.PayerChased(result="soon", again_on=day), ZONE)

    assert [one.field for one in refused.value.fields] == ["fact.again_on"]


def test_a_payers_policy_is_looked_up_and_never_sent() -> None:
    given = {"from_on": "2026-03-01", "pays": CoverageKind.SELF_PAY, "reason": "lost the job"}

    assert dict(CoverageChangedTold(**given, member_id="M-1"))["member_id"] == "M-1"
    with pytest.raises(ValidationError):
        CoverageChangedTold(**given, policy={})


def test_every_kind_names_itself() -> None:
    assert all(model.model_fields["kind"].default == kind for kind, model in TOLD_BY_API.items())
