"""How reports reckon with the sums that they are given: shares, marks, and who is whose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from office.reports import REPORTS, WEEKS_MAX, Report, wanted
from readmodel import measures
from readmodel.measures import (
    DenialRow,
    EndingRow,
    FirstSessionRow,
    MissedRow,
    PayerRow,
    ResponseRow,
)

TODAY = date(2026, 3, 2)
Made = Callable[..., Awaitable[Report]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    async def make(name: str, of: str, *rows: Any) -> Report:
        async def summed(*_: object, **__: object) -> list[Any]:
            return list(rows)

        monkeypatch.setattr(measures, of, summed)
        what = wanted(since=None, until=None, payer_id=None, first_on=None, today=TODAY, count=12)
        pool: Any = None
        return await REPORTS[name](pool, what)

    return make


async def test_a_response_is_shared_among_those_that_are_judged(made: Made) -> None:
    row = ResponseRow(session=2, judged=4, responded=3, partial=1, none=0, undetermined=5, by_check=2, lost=1)
    nobody = ResponseRow(session=3, judged=0, responded=0, partial=0, none=0, undetermined=1, by_check=0, lost=0)

    report = await made("response", "responses", row, nobody)

    assert report.rows == ((2, "75%", 3, 4, 1, 0, 5, 2, 1), (3, "-", 0, 0, 0, 0, 1, 0, 0))
    assert [(mark.label, mark.value, mark.text) for mark in report.marks] == [
        ("after session 2", 0.75, "75% of 4"),
        ("after session 3", 0, "- of 0"),
    ]


async def test_endings_are_shared_among_all_and_only_discontinuations_are_drawn(made: Made) -> None:
    stopped = EndingRow(outcome="discontinued", reason="no_response", courses=3)
    moved = EndingRow(outcome="transferred", reason="moved_away", courses=1)

    report = await made("endings", "endings", stopped, moved)

    assert report.rows == (
        ("discontinued", "no response", 3, "75%"),
        ("transferred", "moved away", 1, "25%"),
    )
    assert [(mark.label, mark.value) for mark in report.marks] == [("no response", 3)]


async def test_missed_visits_are_shared_among_all_visits_those_that_gave_drug_too(made: Made) -> None:
    rows = (MissedRow(reason="no_show", visits=3, given=14), MissedRow(reason="turned_away", visits=1, given=14))

    report = await made("missed", "missed", *rows)

    assert report.rows == (("no show", 3, "17%"), ("turned away", 1, "6%"))
    assert (await made("missed", "missed")).rows == ()


async def test_denials_are_shared_among_what_is_decided_and_who_pays_herself_is_no_payer(made: Made) -> None:
    plain: dict[str, Any] = {"submitted": 9, "approved": 6, "differing": 2}
    payer = PayerRow(payer_id="northwind-commercial", decided=8, denied=2, median=4.6, ninetieth=None, **plain)
    other = PayerRow(payer_id=None, decided=0, denied=0, median=None, ninetieth=None, **plain)

    report = await made("payers", "payers", payer, other)

    assert report.rows[0] == ("Northwind Health", 5, None, "25%", 2, 2, 6, 8, 9)
    assert report.rows[1] == ("the patient, or nobody", None, None, "-", 0, 2, 6, 0, 9)
    assert [(mark.label, mark.text) for mark in report.marks] == [("Northwind Health", "5 days")]


async def test_the_way_to_the_first_session_is_told_for_those_that_had_one(made: Made) -> None:
    row = FirstSessionRow(payer_id="x", courses=3, treated=2, median=20.5, ninetieth=33.0, longest=40)
    none = FirstSessionRow(payer_id=None, courses=1, treated=0, median=None, ninetieth=None, longest=None)

    report = await made("first-session", "first_sessions", row, none)

    assert report.rows[0] == ("x", 20, 33, 40, 2, 3)
    assert report.rows[1] == ("the patient, or nobody", None, None, None, 0, 1)
    assert len(report.marks) == 1


async def test_denials_stand_by_payer_and_reason(made: Made) -> None:
    rows = (("x", "step_therapy", 2), ("x", "missing_data", 3), ("y", "step_therapy", 4))
    report = await made(
        "denials", "denials", *(DenialRow(payer_id=payer, code=code, denials=count) for payer, code, count in rows)
    )

    assert report.rows == (("x", "step therapy", 2), ("x", "missing data", 3), ("y", "step therapy", 4))
    bars = [(mark.label, mark.value, mark.text) for mark in report.marks]
    assert bars == [("step therapy", 6, "6"), ("missing data", 3, "3")], "a reason has one bar"


def test_no_more_weeks_are_shown_than_anybody_reads() -> None:
    def weeks(count: int) -> int:
        return wanted(since=None, until=None, payer_id=None, first_on=None, today=TODAY, count=count).weeks

    assert (weeks(WEEKS_MAX), weeks(WEEKS_MAX + 1), weeks(12)) == (104, 104, 12)
