"""The worklist: its views, what they can be narrowed to, and how a row of it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Self
from urllib.parse import parse_qsl, urlencode

from domain.clinic import Clinic
from domain.clinic_time import clinic_clock, clinic_day, working_days_between
from domain.people import Role
from domain.record import Record
from domain.story.words import in_words
from domain.waits import KINDS, WaitKind
from office.beside import beside
from office.names import payer_name
from office.words import day
from readmodel.worklist import OfCourses, Wanted, WorkRow

HALF_A_YEAR = timedelta(days=183)
TASKS = tuple(kind for kind in WaitKind if KINDS[kind].role is not None)


class View(Record):
    """A view that everybody has. Without `kinds`, tasks of all kinds."""

    id: str
    name: str
    hint: str
    kinds: tuple[WaitKind, ...] = TASKS
    mine: bool = False
    unowned: bool = False
    overdue: bool = False
    of_courses: OfCourses | None = None


AUTHORIZATIONS = (
    WaitKind.SUBMIT_PACKET,
    WaitKind.PAYER_ANSWER,
    WaitKind.CHASE_PAYER,
    WaitKind.DENIAL,
    WaitKind.CONTEST,
    WaitKind.TRIAL,
    WaitKind.APPROVAL_DIFFERS,
    WaitKind.AUTHORIZATION_NUMBER,
    WaitKind.UNPAID_UNITS,
    WaitKind.FALLS_SHORT,
    WaitKind.LETTER,
    WaitKind.COVERAGE,
)
CLAIMS = (WaitKind.CLAIM_DENIED, WaitKind.CLAIM_APPEAL)
ADVERSE_EVENTS = (WaitKind.RED_FLAG, WaitKind.EFFECT_REVIEW, WaitKind.SITES_REVIEW)

VIEWS = (
    View(id="all", name="Everything open", hint="every task"),
    View(id="mine", name="Mine", hint="what you have taken", mine=True),
    View(id="unowned", name="Unowned", hint="what nobody has taken", unowned=True),
    View(id="overdue", name="Overdue", hint="whose due time has passed", overdue=True),
    View(
        id="authorizations",
        name="Authorizations",
        hint="to submit, chase, contest or write for; who pays",
        kinds=AUTHORIZATIONS,
    ),
    View(
        id="outside",
        name="Outside authorization",
        hint="booked on a day that no authorization pays for",
        of_courses="outside_authorization",
    ),
    View(id="to-book", name="To book", hint="a time is to be found", kinds=(WaitKind.BOOKING,)),
    View(
        id="unconfirmed",
        name="Unconfirmed, soon",
        hint="tentative, and the appointment is near",
        of_courses="unconfirmed",
    ),
    View(
        id="result-missing",
        name="Result missing",
        hint="the appointment is over and nobody has told what was given",
        kinds=(WaitKind.SESSION_RESULT,),
        overdue=True,
    ),
    View(id="missed", name="Missed", hint="the patient has missed the next session's visit", of_courses="missed"),
    View(id="claims-denied", name="Claims denied", hint="denied, or an appeal is out", kinds=CLAIMS),
    View(id="adverse-events", name="Adverse events", hint="to be looked at", kinds=ADVERSE_EVENTS),
)
BY_ID: Mapping[str, View] = {view.id: view for view in VIEWS}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is on screen: a view and what it is narrowed to. All of it stands in the address."""

    view: str = "all"
    role: str = ""
    payer: str = ""
    clinician: str = ""
    kind: str = ""

    @classmethod
    def read(cls, query: str | Iterable[tuple[str, str]]) -> Self:
        """Return the filters of an address; what it does not know, it leaves out."""
        pairs = dict(parse_qsl(query) if isinstance(query, str) else query)
        known = {field.name: pairs[field.name][:100] for field in fields(cls) if field.name in pairs}
        if known.get("view") not in BY_ID:
            known.pop("view", None)
        if known.get("role") not in set(Role) - {Role.SYSTEM}:
            known.pop("role", None)
        if known.get("kind") not in set(TASKS):
            known.pop("kind", None)
        return cls(**known)

    def query(self, **changes: str) -> str:
        """Return the query part of the address, with some of it changed."""
        given = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        return urlencode({name: value for name, value in given.items() if value})

    def in_view(self, view: str) -> Self:
        """Return the same filters for another view; what cannot be among its kinds is left out."""
        return replace(self, view=view, kind=self.kind if self.kind in BY_ID[view].kinds else "")

    def wanted(self, user_id: str, clinic: Clinic, course_ids: tuple[str, ...] | None = None) -> Wanted:
        """Return which rows these are."""
        view = BY_ID[self.view]
        kinds = tuple(
            kind
            for kind in view.kinds
            if (not self.role or KINDS[kind].role == self.role) and (not self.kind or kind == self.kind)
        )
        return Wanted(
            kinds=kinds,
            owner=user_id if view.mine else None,
            unowned=view.unowned,
            overdue=view.overdue,
            payer_id=self.payer or None,
            clinician=self.clinician or None,
            course_ids=course_ids,
            of_courses=view.of_courses,
            within=timedelta(days=clinic.readiness_days),
        )


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of the worklist as people read it, on screen and in a file alike."""

    course_id: str
    wait_id: str
    task: str
    is_task: bool
    role: str
    patient: str
    record_number: str
    session: str
    title: str
    about: str
    waits_for: str
    since: str
    since_short: str
    payer: str
    due: str
    due_on_short: str
    due_in: str
    due_short: str
    overdue: bool
    days_since_dose: int | None
    days_left: int | None
    sessions_left: int | None
    units_left: int | None
    left: str
    left_short: str
    appointment: str
    appointment_day: str
    appointment_time: str
    appointment_status: str
    outside_authorization: bool
    missed_visits: int
    owner: str
    owner_name: str


COLUMNS = (
    ("Patient", "patient"),
    ("Number", "record_number"),
    ("Session", "session"),
    ("Missed visits", "missed_visits"),
    ("Task", "title"),
    ("About", "about"),
    ("Waits for", "waits_for"),
    ("Since", "since"),
    ("Payer", "payer"),
    ("Due", "due"),
    ("Working days", "due_in"),
    ("Days since last dose", "days_since_dose"),
    ("Authorization: days left", "days_left"),
    ("Authorization: sessions left", "sessions_left"),
    ("Authorization: units left", "units_left"),
    ("Outside authorization", "outside_authorization"),
    ("Appointment", "appointment"),
    ("Status", "appointment_status"),
    ("Owner", "owner_name"),
    ("Task id", "task"),
)
"""The columns of the file, and where a line has them."""


def line_of(row: WorkRow, clinic: Clinic, names: Mapping[str, str]) -> Line:
    """Return a row as people read it."""
    today, kind = clinic_day(row.now, clinic.zone), KINDS[row.kind]
    due_on = clinic_day(row.due, clinic.zone)
    left_days = None if row.authorization_until_on is None else (row.authorization_until_on - today).days
    starts_at = None if row.appointment_starts_at is None else clinic_clock(row.appointment_starts_at, clinic.zone)
    return Line(
        course_id=row.course_id,
        wait_id=row.wait_id,
        task=row.task_id,
        is_task=row.is_task,
        role="" if kind.role is None else str(kind.role),
        patient=row.patient_name or "-",
        record_number=row.record_number or "-",
        session=_session(row),
        title=kind.title,
        about=beside(row.kind, row.context),
        waits_for=kind.waits_for,
        since=day(clinic_day(row.since, clinic.zone)),
        since_short=_short(clinic_day(row.since, clinic.zone), today),
        payer=payer_name(row.payer_id) if row.payer_id else in_words(row.coverage_kind),
        due=day(due_on),
        due_on_short=_short(due_on, today),
        due_in=_due_in(today, due_on, clinic, overdue=row.is_overdue),
        due_short=_due_short(today, due_on, clinic, overdue=row.is_overdue),
        overdue=row.is_overdue and row.is_task,
        days_since_dose=_days_since(today, row.last_dose_on),
        days_left=left_days,
        sessions_left=row.authorization_sessions_left,
        units_left=row.authorization_units_left,
        left=", ".join(_left(row, left_days)),
        left_short=_left_short(row, left_days),
        appointment="" if starts_at is None else f"{starts_at:%a %d %b %Y %H:%M}",
        appointment_day="" if starts_at is None else f"{starts_at:%a} {_short(starts_at.date(), today)}",
        appointment_time="" if starts_at is None else f"{starts_at:%H:%M}",
        appointment_status=row.appointment_status or "",
        outside_authorization=bool(row.outside_authorization),
        missed_visits=row.missed_visits or 0,
        owner=row.owner or "",
        owner_name=names.get(row.owner or "", row.owner or ""),
    )


def _short(on: date, today: date) -> str:
    """Return a day without its year where no other can be meant."""
    return f"{on.day} {on:%b}" if abs(on - today) < HALF_A_YEAR else f"{on.day} {on:%b %Y}"


def _days_since(today: date, dose_on: date | None) -> int | None:
    """Return the days since a dose. Before its day, where a list is read by an earlier clock, there are none."""
    return None if dose_on is None or dose_on > today else (today - dose_on).days


def _session(row: WorkRow) -> str:
    if row.trial_session is not None:
        return f"{row.trial_session} of {row.trial_of} trial"
    return "ended" if row.next_session is None else f"session {row.next_session}"


def _due_in(today: date, due_on: date, clinic: Clinic, *, overdue: bool) -> str:
    """Return how far a due day lies away, in days on which the clinic works."""
    if due_on == today:
        return "overdue since today" if overdue else "today"
    count = working_days_between(today, due_on, clinic)
    if count == 0:
        return "overdue since it closed" if overdue else "before it opens again"
    unit = "working day" if abs(count) == 1 else "working days"
    return f"{-count} {unit} overdue" if count < 0 else f"in {count} {unit}"


def _due_short(today: date, due_on: date, clinic: Clinic, *, overdue: bool) -> str:
    """Return the same in little room; the words beside it say that these are working days."""
    count = 0 if due_on == today else working_days_between(today, due_on, clinic)
    if count == 0:
        return "late" if overdue else "today" if due_on == today else "before it opens"
    unit = "day" if abs(count) == 1 else "days"
    return f"{-count} {unit} late" if count < 0 else f"in {count} {unit}"


def _left(row: WorkRow, days: int | None) -> Iterator[str]:
    """Yield what is left of the authorization, in words."""
    for count, unit in (
        (days, "day"),
        (row.authorization_sessions_left, "session"),
        (row.authorization_units_left, "unit"),
    ):
        if count is not None and days is not None:
            yield f"{count} {unit}{'' if count == 1 else 's'}"


def _left_short(row: WorkRow, days: int | None) -> str:
    """Return the same on one line of a narrow column."""
    units = row.authorization_units_left
    parts = (f"{days} d", row.authorization_sessions_left, None if units is None else f"{units} U")
    return "" if days is None else " · ".join(str(one) for one in parts if one is not None)
