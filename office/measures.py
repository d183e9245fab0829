"""What reports count of one course: from the fold of its journal, so that corrections count as they stand today."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from domain import events as e
from domain.changes import fold
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.diary import DiaryDay
from domain.events import parse_event
from domain.last_month import last_month_after
from domain.plan import dose_of
from domain.planner import forecast
from domain.record import Record
from domain.response import Verdict, gather_evidence, is_final, verdict_of
from domain.session import Session
from domain.story import story_of
from domain.waits import WaitKind
from readmodel import measures as kept
from readmodel.diary import read_diary
from readmodel.lookups import events_of
from readmodel.pool import Pool

SHAPE = 2
"""Raise it with every change of what is counted: then all courses are counted anew."""

JUDGED_SESSIONS = (1, 2, 3)
LOOKS_BACK = timedelta(days=182)
A_FEW = 50


class Responded(Record):
    """What became of the patient after one session. `by`: a clinician's check, or the diary alone."""

    session: int
    verdict: Verdict
    by: str
    last_month: Verdict | None = None  # by the cycle's last 28 days, counted on the day of the next session


class Asked(Record):
    """One authorization request that went to a payer."""

    payer_id: str | None
    purpose: str
    submitted_on: date
    decided_on: date | None
    decision: str | None
    code: str | None
    differs: bool = False


class Given(Record):
    """One session given."""

    number: int
    on: date
    units: int


class Missed(Record):
    """One visit that gave no drug."""

    on: date
    reason: str


class Ahead(Record):
    """One session that the planner expects."""

    session: int
    on: date
    units: int
    booked: bool


class Irregular(Record):
    """A deviation or a correction. `number` is that of its event."""

    what: str
    number: int
    on: date
    said: str
    reason: str
    by: str
    session: int | None = None
    reviewed_by: str | None = None


class Followed(Record):
    """A version of a payer's policy that the course goes or went by."""

    payer_id: str
    version: str


class Measures(Record):
    """All that is counted of a course."""

    days_to_first: int | None
    policies: tuple[Followed, ...]
    responses: tuple[Responded, ...]
    requests: tuple[Asked, ...]
    given: tuple[Given, ...]
    missed: tuple[Missed, ...]
    ahead: tuple[Ahead, ...]
    irregular: tuple[Irregular, ...]

    @property
    def good_until(self) -> date | None:
        """Return the day after which the forecast no longer holds by itself: a session planned before has not come."""
        return min((one.on for one in self.ahead), default=None)


def measures_of(
    course: Course,
    journal: Sequence[e.AnyEvent | e.UnknownEvent],
    *,
    now: datetime,
    days: Sequence[DiaryDay],
) -> Measures:
    """Count a course at `now` by its own clock, with its patient's diary."""
    first = course.sessions[0] if course.sessions else None
    return Measures(
        days_to_first=None if first is None else (first.given_on - course.started_on).days,
        policies=tuple(_policies(course)),
        responses=tuple(_responses(course, days, clinic_day(now, course.clinic.zone))),
        requests=tuple(_requests(course)),
        given=tuple(Given(number=one.number, on=one.given_on, units=one.dose.units) for one in course.sessions),
        missed=tuple(Missed(on=visit.on, reason=visit.reason) for visit in course.visits_not_given),
        ahead=tuple(_ahead(course, now)),
        irregular=tuple(_irregular(course, journal)),
    )


def _policies(course: Course) -> Iterator[Followed]:
    policies = (*(period.policy for period in course.coverages_before), course.policy)
    found = {(policy.id, policy.version) for policy in policies if policy is not None}
    yield from (Followed(payer_id=payer_id, version=version) for payer_id, version in sorted(found))


def _responses(course: Course, days: Sequence[DiaryDay], today: date) -> Iterator[Responded]:
    """Yield a verdict after each of the first sessions: the clinician's evidence, else the diary's to the next session.

    Without a final check, and before the next session, nothing is said: the cycle is not over.
    """
    for place, session in enumerate(course.sessions):
        if session.number not in JUDGED_SESSIONS:
            continue
        check = course.check_after(session.number)
        if check is not None and is_final(check):
            month = last_month_after(course, session.number)
            last = None if month is None else month.verdict
            yield Responded(session=session.number, verdict=check.evidence.verdict, by="check", last_month=last)
        elif place + 1 < len(course.sessions):
            verdict = _by_diary(course, session, course.sessions[place + 1], days, today)
            yield Responded(session=session.number, verdict=verdict, by="diary")


def _by_diary(course: Course, session: Session, following: Session, days: Sequence[DiaryDay], today: date) -> Verdict:
    """Return the protocol's verdict on the last 28 days before the next session.

    The evidence itself judges nothing before the first check is due; its comparison does.
    """
    evidence = gather_evidence(
        session=session.number,
        sessions_given_on=tuple(one.given_on for one in course.sessions),
        numbers=tuple(one.number for one in course.sessions),
        days=days,
        baseline=course.baseline,
        stated=course.history.counts,
        protocol=course.protocol,
        policy=None,
        checks=tuple(check for check in course.trial_checks if check.session < session.number),
        window_last_on=following.given_on - timedelta(days=1),
        today=today,
        earlier_sessions=course.earlier_sessions,
    )
    return verdict_of(evidence.changes)


def _requests(course: Course) -> Iterator[Asked]:
    for request in course.requests:
        if request.submitted_on is None:
            continue
        denial = course.denial(request.number)
        granted = [one for one in course.authorizations if one.request == request.number]
        yield Asked(
            payer_id=request.payer_id or _first_payer(course),
            purpose=request.purpose,
            submitted_on=request.submitted_on,
            decided_on=request.decided_on,
            decision=request.decision,
            code=None if denial is None or denial.contested else denial.reason,
            differs=any(one.differs for one in granted),
        )


def _first_payer(course: Course) -> str | None:
    """Return the payer that a request without a name went to: the only one there was then."""
    before = (period.coverage.payer_id for period in course.coverages_before)
    return next((payer for payer in before if payer is not None), course.coverage.payer_id)


def _ahead(course: Course, now: datetime) -> Iterator[Ahead]:
    if not course.is_under_way:
        return
    booked = course.appointment
    for expected in forecast(course, now):
        if expected.kind is not WaitKind.SESSION_DAY:
            continue
        number = int(expected.wait.partition(":")[2].split("-")[1])
        yield Ahead(
            session=number,
            on=clinic_day(expected.at, course.clinic.zone),
            units=dose_of(course).units,
            booked=booked is not None and booked.for_session == number,
        )


def _irregular(course: Course, journal: Sequence[e.AnyEvent | e.UnknownEvent]) -> Iterator[Irregular]:
    for deviation in course.deviations:
        yield Irregular(
            what="deviation",
            number=deviation.number,
            on=journal[deviation.number - 1].on or course.started_on,
            said="; ".join(f"{one.rule}: {one.why}" for one in deviation.broken),
            reason=deviation.reason,
            by=deviation.by,
            session=deviation.session,
            reviewed_by=deviation.reviewed_by,
        )
    for made in course.corrections:
        yield Irregular(
            what="correction",
            number=made.number,
            on=made.on,
            said=story_of(journal[made.number - 1], zone=course.clinic.zone),
            reason=made.reason,
            by=made.by,
        )


async def count(pool: Pool, one: kept.Uncounted) -> None:
    """Count a course and keep what was counted."""
    journal = [parse_event(data) for data in await events_of(pool, one.course_id)]
    course = fold(journal, course_id=one.course_id, patient_id=one.patient_id)
    days: Sequence[DiaryDay] = ()
    if course.sessions:
        first_on = course.sessions[0].given_on - LOOKS_BACK
        days = await read_diary(pool, one.patient_id, first_on=first_on, last_on=course.sessions[-1].given_on)
    measures = measures_of(course, journal, now=max(one.now, journal[-1].at or one.now), days=days)
    await kept.put_measure(
        pool,
        one.course_id,
        number=course.number,
        shape=SHAPE,
        good_until=measures.good_until,
        at=datetime.now(UTC),
        measures=measures.model_dump_json(),
    )


async def count_for(pool: Pool, seconds: float) -> int:
    """Count courses that are out of date for so many seconds at most; return how many are left."""
    ends = time.monotonic() + seconds
    while True:
        some = await kept.uncounted(pool, shape=SHAPE, now=datetime.now(UTC), limit=A_FEW)
        for number, one in enumerate(some):
            if time.monotonic() > ends:
                return one.in_all - number
            await count(pool, one)
        if len(some) < A_FEW:
            return 0
