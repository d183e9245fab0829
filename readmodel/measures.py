"""What reports count of each course, and the sums over all."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date, datetime

from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_value
from readmodel.sql import query


class Uncounted(Record):
    """A course whose measures are missing or out of date. `now` is its own time; `in_all` so many are there."""

    course_id: str
    patient_id: str
    now: datetime
    in_all: int


@dataclass(frozen=True)
class Over:
    """The courses that a report is about: those that began in these days, both included, with this payer."""

    since: date | None = None
    until: date | None = None
    payer_id: str | None = None


class ResponseRow(Record):
    """How many responded after one session."""

    session: int
    judged: int
    responded: int
    partial: int
    none: int
    undetermined: int
    by_check: int
    lost: int


class EndingRow(Record):
    """How many courses ended so."""

    outcome: str
    reason: str
    courses: int


class FirstSessionRow(Record):
    """Days from intake to the first session, by who pays. Shares are of those that had one."""

    payer_id: str | None
    courses: int
    treated: int
    median: float | None
    ninetieth: float | None
    longest: int | None


class PayerRow(Record):
    """What a payer does with requests. Days are from submission to decision."""

    payer_id: str | None
    submitted: int
    decided: int
    approved: int
    differing: int
    denied: int
    median: float | None
    ninetieth: float | None


class DenialRow(Record):
    """Why a payer said no."""

    payer_id: str | None
    code: str
    denials: int


class MissedRow(Record):
    """Visits that gave no drug, by reason, and how many sessions were given beside them."""

    reason: str
    visits: int
    given: int


class WeekRow(Record):
    """One week ahead."""

    week_on: date
    sessions: int
    booked: int
    units: int


class IrregularRow(Record):
    """A deviation or a correction of some course."""

    course_id: str
    what: str
    number: int
    on_day: date
    said: str
    reason: str
    by_user: str
    reviewed_by: str | None
    session: int | None
    patient_name: str | None
    record_number: str | None


class VersionRow(Record):
    """How many courses go by a version of a rule book."""

    book: str
    version: str
    open: int
    over: int


async def uncounted(pool: Pool, *, shape: int, now: datetime, limit: int) -> list[Uncounted]:
    """Return courses whose measures are missing or out of date."""
    return await all_rows(pool, Uncounted, "uncounted", now, shape, limit)


async def put_measure(
    pool: Pool, course_id: str, *, number: int, shape: int, good_until: date | None, at: datetime, measures: str
) -> None:
    """Keep what was counted of a course."""
    with told_as_outages():
        await pool.execute(query("put_measure"), course_id, number, shape, good_until, at, measures)


async def responses(pool: Pool, over: Over) -> list[ResponseRow]:
    """Return the response after the first sessions."""
    return await all_rows(pool, ResponseRow, "report_responses", *astuple(over))


async def endings(pool: Pool, over: Over) -> list[EndingRow]:
    """Return how courses ended."""
    return await all_rows(pool, EndingRow, "report_endings", *astuple(over))


async def first_sessions(pool: Pool, over: Over) -> list[FirstSessionRow]:
    """Return the days from intake to the first session."""
    return await all_rows(pool, FirstSessionRow, "report_first_sessions", *astuple(over))


async def payers(pool: Pool, over: Over) -> list[PayerRow]:
    """Return what each payer does with requests."""
    return await all_rows(pool, PayerRow, "report_payers", *astuple(over))


async def denials(pool: Pool, over: Over) -> list[DenialRow]:
    """Return why each payer said no."""
    return await all_rows(pool, DenialRow, "report_denials", *astuple(over))


async def missed(pool: Pool, over: Over) -> list[MissedRow]:
    """Return the visits that gave no drug."""
    return await all_rows(pool, MissedRow, "report_missed", *astuple(over))


async def weeks(pool: Pool, over: Over, *, first_on: date, count: int) -> list[WeekRow]:
    """Return what is planned in each of `count` weeks from the week of `first_on`."""
    return await all_rows(pool, WeekRow, "report_weeks", *astuple(over), first_on, count)


async def week_planned_next(pool: Pool, over: Over, *, first_on: date) -> date | None:
    """Return the Monday of the first week with a planned session, from the week of `first_on` on."""
    found = await one_value(pool, "week_planned_next", *astuple(over), first_on)
    assert found is None or isinstance(found, date)
    return found


async def irregular(pool: Pool, *, what: str | None, since: date | None, limit: int) -> list[IrregularRow]:
    """Return deviations and corrections, the latest first."""
    return await all_rows(pool, IrregularRow, "irregular", what, since, limit)


async def versions(pool: Pool) -> list[VersionRow]:
    """Return how many courses go by which version of which protocol or policy."""
    return await all_rows(pool, VersionRow, "versions_in_use")
