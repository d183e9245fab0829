"""What the worklist reads: tasks of any choice, a page at a time, and how many there are.

The statements differ in their conditions only, and each condition is one of `_CONDITIONS`: so the database plans for
what is asked, and an index answers it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import field_validator

from domain.record import Record
from domain.waits import KINDS, WaitKind
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows
from readmodel.sql import query

COUNT_MAX = 1000
"""Nobody reads on from here: counts stop, and say so."""
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""Where a list begins that knows no day yet: PostgreSQL's -infinity, as its driver reads it."""

_HOW_MANY = "select {number} as number, (select count(*) from ({few}) as few) as count"
# Ordered as the list is: else whole parts of the table are marked first, to count a thousand rows of them.
_FEW_TASKS = (
    "select from unnest({kinds}::text[]) as wanted (kind) cross join lateral"
    " (select from wait as w where w.kind = wanted.kind{conditions}"
    " order by w.urgent_at, w.course_id, w.wait_id limit {most}) as found limit {most}"
)
_FEW_COURSES = "select from course as c where c.outcome is null{conditions} limit {most}"

_APPOINTMENT_AT = "coalesce(c.appointment_at, '-infinity')"  # as its indexes have it

OfCourses = Literal["outside_authorization", "unconfirmed", "missed"]
_OF_COURSES: dict[OfCourses, str] = {
    "outside_authorization": "c.outside_authorization",
    "unconfirmed": "c.appointment_status = 'tentative'",
    "missed": "c.missed_visits > 0",
}


FIRST = (WaitKind.RED_FLAG, WaitKind.CALL_AT_ONCE)
"""What goes before everything else, however long that is overdue."""


class Wanted(Record):
    """A choice of tasks; with `of_courses`, of courses, each with the most urgent of what it waits for."""

    kinds: tuple[WaitKind, ...]
    owner: str | None = None
    unowned: bool = False
    overdue: bool = False
    payer_id: str | None = None
    clinician: str | None = None
    course_ids: tuple[str, ...] | None = None
    of_courses: OfCourses | None = None
    within: timedelta = timedelta(0)  # of `unconfirmed`: how near the appointment is


class Place(Record):
    """Where a row stands in its list. A page begins after it."""

    at: datetime
    course_id: str
    wait_id: str

    @property
    def is_first(self) -> bool:
        """Whether it is of a kind that goes before everything else; its id begins with its kind."""
        return self.wait_id.partition(":")[0] in FIRST


class WorkRow(Record):
    """A wait with what is known of its course. `now` is the course's own time."""

    course_id: str
    wait_id: str
    kind: WaitKind
    subject: str
    since: datetime
    due: datetime
    raised: int
    owner: str | None
    context: dict[str, str]
    place_at: datetime
    patient_name: str | None
    record_number: str | None
    payer_id: str | None
    coverage_kind: str
    clinician: str
    sessions_given: int
    next_session: int | None
    trial_session: int | None
    trial_of: int | None
    last_dose_on: date | None
    appointment_starts_at: datetime | None
    appointment_status: str | None
    authorization_until_on: date | None
    authorization_sessions_left: int | None
    authorization_units_left: int | None
    outside_authorization: bool | None
    missed_visits: int | None
    now: datetime

    @field_validator("context", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("place_at", mode="before")
    @classmethod
    def _aware(cls, value: Any) -> Any:
        """The driver reads -infinity as an instant without a zone."""
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    @property
    def task_id(self) -> str:
        """Return how the task is named outside its course."""
        return f"{self.course_id}/{self.wait_id}"

    @property
    def is_task(self) -> bool:
        """Whether a person must do it."""
        return KINDS[self.kind].role is not None

    @property
    def is_overdue(self) -> bool:
        """Whether its due time has passed."""
        return self.due < self.now

    @property
    def place(self) -> Place:
        """Return where it stands in the list that it was read from."""
        return Place(at=self.place_at, course_id=self.course_id, wait_id=self.wait_id)


class SavedView(Record):
    """A view kept by name. `query` is the query part of its address."""

    view_id: int
    owner: str
    name: str
    query: str
    shared: bool


class _Statement:
    """Conditions and their parameters, numbered as they come."""

    def __init__(self, *parameters: object) -> None:
        self.parameters: list[object] = list(parameters)

    def put(self, value: object) -> str:
        """Return how a statement names this value."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def conditions(self, wanted: Wanted, now: datetime) -> str:
        """Return what a row must fulfil, each condition begun with `and`."""
        row = "w" if wanted.of_courses is None else "c"
        met = [*(self._of_tasks(wanted, now) if wanted.of_courses is None else self._of_courses(wanted, now))]
        if wanted.payer_id is not None:
            met.append(f"{row}.payer_id = {self.put(wanted.payer_id)}")
        if wanted.clinician is not None:
            met.append(f"{row}.clinician = {self.put(wanted.clinician)}")
        if wanted.course_ids is not None:
            met.append(f"{row}.course_id = any ({self.put(list(wanted.course_ids))}::text[])")
        return "".join(f" and {one}" for one in met)

    def _of_tasks(self, wanted: Wanted, now: datetime) -> Iterator[str]:
        if wanted.owner is not None:
            yield f"w.owner = {self.put(wanted.owner)}"
        if wanted.unowned:
            yield "w.owner is null"
        if wanted.overdue:
            yield f"w.urgent_at < {self.put(now)}"

    def _of_courses(self, wanted: Wanted, now: datetime) -> Iterator[str]:
        assert wanted.of_courses is not None, "tasks have conditions of their own"
        yield _OF_COURSES[wanted.of_courses]
        if wanted.of_courses == "unconfirmed":
            yield f"{_APPOINTMENT_AT} < {self.put(now + wanted.within)}"

    def after(self, wanted: Wanted, place: Place | None) -> str:
        """Return what rows behind a place fulfil."""
        if place is None:
            return ""
        if wanted.of_courses is None:
            at, course, wait = self.put(place.at), self.put(place.course_id), self.put(place.wait_id)
            behind, first = f"(w.urgent_at, w.course_id, w.wait_id) > ({at}, {course}, {wait})", self.put([*FIRST])
            joined = "or" if place.is_first else "and"
            return f" and (w.kind <> all ({first}::text[]) {joined} {behind})"
        course = self.put(place.course_id)
        if place.at <= LONG_AGO:
            return f" and ({_APPOINTMENT_AT}, c.course_id) > ('-infinity', {course})"
        return f" and ({_APPOINTMENT_AT}, c.course_id) > ({self.put(place.at)}, {course})"


async def worklist(
    pool: Pool, wanted: Wanted, *, now: datetime, after: Place | None = None, limit: int
) -> list[WorkRow]:
    """Return what is wanted, the most urgent first, from behind a place on."""
    statement = _Statement([*wanted.kinds], limit, now)
    if wanted.of_courses is None:
        statement.put([*FIRST])
    conditions = statement.conditions(wanted, now) + statement.after(wanted, after)
    name = "worklist_of_tasks" if wanted.of_courses is None else "worklist_of_courses"
    with told_as_outages():
        rows = await pool.fetch(query(name).replace("/* and */", conditions), *statement.parameters)
    return [WorkRow.model_validate(dict(row)) for row in rows]


async def counts(pool: Pool, choices: Sequence[Wanted], *, now: datetime) -> list[int]:
    """Return how many rows each choice has, up to `COUNT_MAX`, in one round trip."""
    if not choices:
        return []
    statement = _Statement()
    parts = [_count(statement, number, wanted, now) for number, wanted in enumerate(choices)]
    with told_as_outages():
        rows = await pool.fetch(" union all ".join(parts) + " order by number", *statement.parameters)
    return [row["count"] for row in rows]


def _count(statement: _Statement, number: int, wanted: Wanted, now: datetime) -> str:
    conditions = statement.conditions(wanted, now)
    if wanted.of_courses is not None:
        few = _FEW_COURSES.format(conditions=conditions, most=COUNT_MAX)
    else:
        few = _FEW_TASKS.format(kinds=statement.put([*wanted.kinds]), conditions=conditions, most=COUNT_MAX)
    return _HOW_MANY.format(number=number, few=few)


class Choices(Record):
    """What tasks can be filtered by."""

    payers: tuple[str, ...]
    clinicians: tuple[str, ...]


async def choices(pool: Pool) -> Choices:
    """Return the payers and clinicians that tasks have."""
    with told_as_outages():
        rows = await pool.fetch(query("payers_and_clinicians"))
    return Choices(
        payers=tuple(row["id"] for row in rows if row["what"] == "payer"),
        clinicians=tuple(row["id"] for row in rows if row["what"] == "clinician"),
    )


async def saved_views(pool: Pool, user_id: str) -> list[SavedView]:
    """Return a user's views and those that others share."""
    return await all_rows(pool, SavedView, "saved_views", user_id)


async def put_view(pool: Pool, owner: str, name: str, view: str, *, shared: bool, now: datetime) -> int:
    """Keep a view by name and return its id."""
    with told_as_outages():
        view_id: int = await pool.fetchval(query("put_view"), owner, name, view, shared, now)
    return view_id


async def drop_view(pool: Pool, owner: str, view_id: int) -> None:
    """Forget a view of one's own."""
    with told_as_outages():
        await pool.execute(query("drop_view"), owner, view_id)
