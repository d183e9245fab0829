"""Reports: what is measured, how it is defined, and the numbers as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from domain.story.words import in_words
from office.names import payer_name
from office.words import day
from readmodel import measures
from readmodel.measures import Over
from readmodel.pool import Pool

NOBODY = "the patient, or nobody"
"""Who pays where no payer does."""
WEEKS_MAX = 104


@dataclass(frozen=True)
class Mark:
    """One value of a report's chart: its text stands beside it, `part` is shown as a part of it."""

    label: str
    value: float
    text: str
    part: float = 0


@dataclass(frozen=True)
class Report:
    """One report. Columns from the first numeric one on are numbers."""

    name: str
    title: str
    definition: str
    columns: tuple[str, ...]
    words: int  # so many columns are words, the others numbers
    rows: tuple[tuple[object, ...], ...]
    marks: tuple[Mark, ...]
    marks_say: str
    whole: float | None = None  # the value of a whole bar
    standing: bool = False
    note: str = ""  # what should be known before the table is read
    leads_on: date | None = None  # the day in `weeks ahead` that shows what the note tells of


@dataclass(frozen=True)
class Wanted:
    """Over which courses, and how far ahead. `first_on`: weeks are shown from this day on; None: nobody has asked."""

    over: Over
    today: date
    first_on: date | None
    weeks: int


Make = Callable[[Pool, Wanted], Awaitable[Report]]


def percent(part: int, whole: int) -> str:
    """Return a share as people read it, with a dash where there is nothing to share."""
    return "-" if not whole else f"{100 * part / whole:.0f}%"


def _days(given: float | None) -> object:
    return None if given is None else round(given)


async def response(pool: Pool, wanted: Wanted) -> Report:
    """Return the response after sessions 1, 2 and 3."""
    rows = await measures.responses(pool, wanted.over)
    return Report(
        name="response",
        title="Response after session 1, 2 and 3",
        definition=(
            "Of the courses for which the protocol's rule gives a verdict after that session, the share with a response: "
            "at least 50% fewer headache days, or at least 50% less severity, than before treatment. The verdict is that "
            "of the evidence on which a clinician answered the response check for good; where there was no check, that of "
            "the diary's last 28 days before the next session. Undetermined: too few diary days; not in the share. "
            "Lost: of those who responded by a check, who by the last 28 days of the cycle, counted on the day of the next "
            "session, did no more. "
            "Corrections count as they stand today; a diary entered later counts when the course next moves."
        ),
        columns=(
            "after session",
            "share",
            "responded",
            "judged",
            "partial",
            "none",
            "undetermined",
            "by a check",
            "lost by the last month",
        ),
        words=0,
        rows=tuple(
            (
                row.session,
                percent(row.responded, row.judged),
                row.responded,
                row.judged,
                row.partial,
                row.none,
                row.undetermined,
                row.by_check,
                row.lost,
            )
            for row in rows
        ),
        marks=tuple(
            Mark(
                label=f"after session {row.session}",
                value=row.responded / row.judged if row.judged else 0,
                text=f"{percent(row.responded, row.judged)} of {row.judged}",
            )
            for row in rows
        ),
        marks_say="Share of courses with a response, by session",
        whole=1,
    )


async def endings(pool: Pool, wanted: Wanted) -> Report:
    """Return how courses ended, discontinuations by their reason."""
    rows = await measures.endings(pool, wanted.over)
    total = sum(row.courses for row in rows)
    stopped = [row for row in rows if row.outcome == "discontinued"]
    return Report(
        name="endings",
        title="Discontinuations by reason, and all other endings",
        definition=(
            "Courses that have ended, by outcome and coded reason; a course that was reopened is not among them. "
            "The share is of all that ended. The chart shows those that were discontinued."
        ),
        columns=("outcome", "reason", "courses", "share"),
        words=2,
        rows=tuple(
            (in_words(row.outcome), in_words(row.reason), row.courses, percent(row.courses, total)) for row in rows
        ),
        marks=tuple(Mark(label=in_words(row.reason), value=row.courses, text=str(row.courses)) for row in stopped),
        marks_say="Courses discontinued, by reason",
    )


async def first_sessions(pool: Pool, wanted: Wanted) -> Report:
    """Return the days from intake to the first session."""
    rows = await measures.first_sessions(pool, wanted.over)
    return Report(
        name="first-session",
        title="Days from intake to the first session",
        definition=(
            "Calendar days from the day a course started to the day of its first session, by who pays now. Half of the "
            "treated courses took no longer than the median, nine of ten no longer than the 90th percentile. Courses "
            "without a session yet, or ever, are in the number of courses only."
        ),
        columns=("payer", "median days", "90th percentile", "longest", "treated", "courses"),
        words=1,
        rows=tuple(
            (_payer(row.payer_id), _days(row.median), _days(row.ninetieth), row.longest, row.treated, row.courses)
            for row in rows
        ),
        marks=tuple(
            Mark(label=_payer(row.payer_id), value=row.median, text=_in_days(row.median))
            for row in rows
            if row.median is not None
        ),
        marks_say="Median days from intake to the first session, by payer",
    )


def _in_days(median: float) -> str:
    days = round(median)
    return f"{days} day{'' if days == 1 else 's'}"


def _payer(payer_id: str | None) -> str:
    return NOBODY if payer_id is None else payer_name(payer_id)


async def payers(pool: Pool, wanted: Wanted) -> Report:
    """Return what payers do with requests."""
    rows = await measures.payers(pool, wanted.over)
    return Report(
        name="payers",
        title="Authorization turnaround and denials per payer",
        definition=(
            "Requests that went to the payer, of every purpose (appeals and peer-to-peer talks too). Days are calendar days "
            "from submission to the decision. Denied is the share of the decided ones; differing: approved, but not what "
            "was needed. An approval that we contested counts as approved."
        ),
        columns=(
            "payer",
            "median days",
            "90th percentile",
            "denied",
            "denials",
            "differing",
            "approved",
            "decided",
            "submitted",
        ),
        words=1,
        rows=tuple(
            (
                _payer(row.payer_id),
                _days(row.median),
                _days(row.ninetieth),
                percent(row.denied, row.decided),
                row.denied,
                row.differing,
                row.approved,
                row.decided,
                row.submitted,
            )
            for row in rows
        ),
        marks=tuple(
            Mark(label=_payer(row.payer_id), value=row.median, text=_in_days(row.median))
            for row in rows
            if row.median is not None
        ),
        marks_say="Median days from submission to decision, by payer",
    )


async def denials(pool: Pool, wanted: Wanted) -> Report:
    """Return why payers said no."""
    rows = await measures.denials(pool, wanted.over)
    by_reason: Counter[str] = Counter()
    for row in rows:
        by_reason[row.code] += row.denials
    return Report(
        name="denials",
        title="Denials by payer and reason",
        definition="Requests that a payer denied, by the coded reason that was entered with the decision.",
        columns=("payer", "reason", "denials"),
        words=2,
        rows=tuple((_payer(row.payer_id), in_words(row.code), row.denials) for row in rows),
        marks=tuple(
            Mark(label=in_words(code), value=denials, text=str(denials)) for code, denials in by_reason.most_common()
        ),
        marks_say="Denials by all payers, by reason",
    )


async def missed(pool: Pool, wanted: Wanted) -> Report:
    """Return visits that gave no drug."""
    rows = await measures.missed(pool, wanted.over)
    visits = sum(row.visits for row in rows) + (rows[0].given if rows else 0)
    return Report(
        name="missed",
        title="Missed sessions",
        definition=(
            "Visits that gave no drug, by reason: missed on the day, or cancelled ahead. The share is of all visits, given and "
            "not given. What counts as missed for a course is the protocol's rule and may be fewer."
        ),
        columns=("reason", "visits", "share of all visits"),
        words=1,
        rows=tuple((in_words(row.reason), row.visits, percent(row.visits, visits)) for row in rows),
        marks=tuple(Mark(label=in_words(row.reason), value=row.visits, text=str(row.visits)) for row in rows),
        marks_say="Visits that gave no drug, by reason",
    )


async def weeks(pool: Pool, wanted: Wanted) -> Report:
    """Return sessions and units by week ahead. Where nobody asked for a day, they begin where something is planned."""
    first_on = wanted.first_on or wanted.today
    rows = await measures.weeks(pool, wanted.over, first_on=first_on, count=wanted.weeks)
    note, leads_on = "", None
    if not any(row.sessions for row in rows):
        leads_on = await measures.week_planned_next(pool, wanted.over, first_on=first_on)
    if leads_on is not None:
        note = (
            f"Nothing is planned in the {wanted.weeks} weeks from {day(first_on)}; the next session is in the week of "
            f"{day(leads_on)}."
        )
    if leads_on is not None and wanted.first_on is None:
        rows = await measures.weeks(pool, wanted.over, first_on=leads_on, count=wanted.weeks)
        leads_on = None
    return Report(
        name="weeks",
        title="Sessions and units per week ahead",
        definition=(
            "The planner's forecast of each open course that is not held: the next session and the two after it, if everybody "
            "answers in time and each check says continue; reckoned when the course last moved, or when a planned day passed. "
            "Booked: an appointment is made. Units are the planned dose as it is now. A week begins on Monday."
        ),
        columns=("week of", "sessions", "booked", "units"),
        words=1,
        rows=tuple((row.week_on, row.sessions, row.booked, row.units) for row in rows),
        marks=tuple(
            Mark(
                label=f"{row.week_on.day} {row.week_on:%b}",
                value=row.sessions,
                text=str(row.sessions or ""),
                part=row.booked,
            )
            for row in rows
        ),
        marks_say="Sessions expected in each week; what is booked stands in full colour",
        standing=True,
        note=note,
        leads_on=leads_on,
    )


REPORTS: dict[str, Make] = {
    "response": response,
    "endings": endings,
    "first-session": first_sessions,
    "payers": payers,
    "denials": denials,
    "missed": missed,
    "weeks": weeks,
}


def wanted(
    *, since: date | None, until: date | None, payer_id: str | None, first_on: date | None, today: date, count: int
) -> Wanted:
    """Return what is reported on; weeks are no more than anybody reads."""
    over = Over(since=since, until=until, payer_id=payer_id)
    return Wanted(over=over, today=today, first_on=first_on, weeks=min(count, WEEKS_MAX))
