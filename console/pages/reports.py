"""Pages: response, endings, turnaround, missed visits, and the weeks ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from markupsafe import Markup
from starlette.responses import Response

from adapters.files.policies import load_policies
from console.access.guard import only
from console.access.table import Act
from console.charts.bars import Bar, bars, columns
from console.csv_out import csv_file
from console.page import page
from console.world import World, world_of
from domain.clinic_time import clinic_day
from office.errors import BadInput, NotFound, WrongField
from office.fields import Unreadable, day_written, read_count
from office.finding import clinic_of
from office.measures import count_for
from office.reports import REPORTS, WEEKS_MAX, Report, Wanted, wanted
from readmodel.access import SignedIn
from readmodel.pool import Pool
from runtime.settings import PROJECT

router = APIRouter()

Reached = Annotated[World, Depends(world_of)]
Reader = Annotated[SignedIn, Depends(only(Act.SEE_REPORTS))]

SECONDS_BEFORE, SECONDS_AFTER = 0.7, 60.0
"""So long courses that moved are counted before a page is shown, and after it."""
WEEKS = 12


@dataclass(frozen=True)
class Asked:
    """Over which courses, as the address says it."""

    since: str = ""
    until: str = ""
    payer: str = ""
    first: str = ""
    weeks: str = ""

    @property
    def query(self) -> str:
        """Return it as the query part of an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def wanted(self, today: date) -> Wanted:
        """Return what is reported on. Raises `BadInput`, which names the field."""
        return wanted(
            since=_day("since", self.since),
            until=_day("until", self.until),
            payer_id=self.payer or None,
            first_on=_day("first", self.first),
            today=today,
            count=_weeks(self.weeks),
        )


def _day(field: str, text: str) -> date | None:
    try:
        return day_written(text) if text else None
    except ValueError:
        expected = "a day such as 2026-03-01"
        raise BadInput(f"{field}: expected {expected}", [WrongField(field, "is no day", expected)]) from None


def _weeks(text: str) -> int:
    if not text:
        return WEEKS
    expected = f"1 to {WEEKS_MAX}"
    try:
        weeks = read_count(text, expected)
    except Unreadable:
        weeks = 0
    if not 1 <= weeks <= WEEKS_MAX:
        raise BadInput(f"weeks: expected {expected}", [WrongField("weeks", "is no such number", expected)])
    return weeks


async def _today(world: World, who: SignedIn) -> date:
    clinic = await clinic_of(world.call(who.user_id))
    return clinic_day(datetime.now(UTC), clinic.zone)


@router.get("/reports")
async def reports(
    request: Request, who: Reader, world: Reached, asked: Annotated[Asked, Depends()], later: BackgroundTasks
) -> Response:
    """Show all reports. Courses that have moved are counted first, as far as that goes at once."""
    today = await _today(world, who)
    pool, what = await world.reach.pool(), asked.wanted(today)
    left = await count_for(pool, SECONDS_BEFORE)
    made = [await make(pool, what) for make in REPORTS.values()]
    answer = page(
        request,
        "reports.html",
        asked=asked,
        weeks=what.weeks,
        weeks_from=lambda on: Asked(**vars(asked) | {"first": on.isoformat()}).query,
        reports=[(report, _chart(report)) for report in made],
        left=left,
        payers={policy.id: policy.name for policy in load_policies(PROJECT / "payers").values()},
    )
    if left:
        later.add_task(_count_on, pool)
        answer.background = later
    return answer


async def _count_on(pool: Pool) -> None:
    await count_for(pool, SECONDS_AFTER)


def _chart(report: Report) -> Markup | None:
    if not report.marks:
        return None
    drawn = [Bar(label=mark.label, value=mark.value, text=mark.text, part=mark.part) for mark in report.marks]
    if report.standing:
        return columns(drawn, name=report.marks_say)
    return bars(drawn, name=report.marks_say, most=report.whole)


@router.get("/reports/{name}.csv")
async def report_csv(who: Reader, world: Reached, name: str, asked: Annotated[Asked, Depends()]) -> Response:
    """Return one report as a file."""
    if name not in REPORTS:
        raise NotFound("there is no such page")
    pool = await world.reach.pool()
    await count_for(pool, SECONDS_BEFORE)
    report = await REPORTS[name](pool, asked.wanted(await _today(world, who)))
    return csv_file(f"regimen-{name}", report.columns, report.rows)
