"""The course as a strip: sessions given and planned, authorizations above, headache days below, over the days.

Pure: a `Strip` is made from the course, its diary and now; a drawing and a table are made from the strip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import last_day, left
from domain.diary import Baseline, DiaryDay, WindowCounts, baseline_of, blocks_of, count_window, rate_of
from domain.plan import open_check, times_of_check
from domain.planner import PlannedSession, planned_sessions
from domain.story.words import day_in_words, dose_in_words, in_words

BEFORE_MONTHS = 3
BLOCK_DAYS = 28


@dataclass(frozen=True)
class Given:
    """A session that was given."""

    number: int
    on: date
    said: str


@dataclass(frozen=True)
class Bar:
    """A stretch of days with a name: an authorization or a hold."""

    name: str
    from_on: date
    until_on: date
    said: str
    is_over: bool = False


@dataclass(frozen=True)
class Mark:
    """Something on one day."""

    on: date
    name: str
    said: str
    is_open: bool = False


@dataclass(frozen=True)
class Block:
    """Headache days of 28 days. `at_most` counts each day without an entry as one with headache."""

    first_on: date
    last_on: date
    headache_days: int
    at_most: int

    @property
    def middle(self) -> date:
        """Return the day that the block is drawn at."""
        return self.first_on + (self.last_on - self.first_on) / 2

    @property
    def said(self) -> str:
        """Return the count in words, with what is not known."""
        count = f"{self.headache_days} headache days"
        if self.at_most > self.headache_days:
            missing = self.at_most - self.headache_days
            without = "1 day has" if missing == 1 else f"{missing} days have"
            count = f"{self.headache_days} to {self.at_most} headache days: {without} no entry"
        return count


@dataclass(frozen=True)
class Strip:
    """All that the strip shows."""

    today: date
    first_on: date
    last_on: date
    given: tuple[Given, ...]
    planned: tuple[PlannedSession, ...]
    authorizations: tuple[Bar, ...]
    holds: tuple[Bar, ...]
    checks: tuple[Mark, ...]
    missed: tuple[Mark, ...]
    blocks: tuple[Block, ...]
    baseline: float | None
    baseline_said: str
    mark: float | None
    mark_said: str

    @property
    def outside(self) -> tuple[PlannedSession, ...]:
        """Return the planned sessions that nothing pays for as things stand."""
        return tuple(one for one in self.planned if one.not_covered is not None)


def strip_of(course: Course, days: Sequence[DiaryDay], now: datetime) -> Strip:
    """Return the strip of a course. `days` is its diary, as far as it is to be shown."""
    today = clinic_day(now, course.clinic.zone)
    planned = planned_sessions(course, now)
    authorizations, holds = tuple(_authorizations(course)), tuple(_holds(course, today))
    blocks = tuple(_blocks(course, days, today))
    checks, missed = tuple(_checks(course)), tuple(_missed(course))
    baseline = course.baseline or _stated(course)
    share = course.protocol.response.response_share.value
    per_28 = None if baseline is None else float(rate_of(baseline) * BLOCK_DAYS)
    shown = [
        course.started_on,
        today,
        *(session.given_on for session in course.sessions),
        *(day for one in planned for day in (one.on, one.latest_on)),
        *(day for bar in (*authorizations, *holds) for day in (bar.from_on, bar.until_on)),
        *(mark.on for mark in (*checks, *missed)),
        *(block.first_on for block in blocks),
    ]
    return Strip(
        today=today,
        first_on=min(shown) - timedelta(days=7),
        last_on=max(shown) + timedelta(days=14),
        given=tuple(_given(course)),
        planned=planned,
        authorizations=authorizations,
        holds=holds,
        checks=checks,
        missed=missed,
        blocks=blocks,
        baseline=per_28,
        baseline_said="" if baseline is None else _baseline_said(course, baseline),
        mark=None if per_28 is None else per_28 * (1 - share),
        mark_said=f"{share:.0%} fewer",
    )


def _stated(course: Course) -> Baseline | None:
    stated = course.history.counts
    return None if stated is None or course.baseline_frozen_on is not None else baseline_of(stated)


def _baseline_said(course: Course, baseline: Baseline) -> str:
    so_far = "" if course.baseline_frozen_on is not None else ", so far"
    return f"{baseline.headache_days} of {baseline.period_days} days ({in_words(baseline.source)}{so_far})"


def _given(course: Course) -> Iterator[Given]:
    for session in course.sessions:
        paid = session.coverage.authorization_number
        part = ", given in part" if session.in_part else ""
        under = f", under {paid}" if paid else f", {in_words(session.coverage.kind)}"
        yield Given(
            number=session.number, on=session.given_on, said=f"{dose_in_words(session.dose)} given{part}{under}"
        )


def _authorizations(course: Course) -> Iterator[Bar]:
    drug = course.protocol.billing.drug_code.value
    for granted in course.authorizations:
        rest = left(granted, course.sessions, drug_code=drug)
        units = "" if rest.units is None else f", {max(0, rest.units)} units"
        over = granted.expired_on is not None or granted.stopped_on is not None
        why = f"; ended: {granted.stopped_because}" if granted.stopped_because else ""
        yield Bar(
            name=granted.number or "number to come",
            from_on=granted.from_on,
            until_on=last_day(granted),
            said=f"{rest.sessions} of {granted.sessions} sessions{units} left{why}",
            is_over=over,
        )


def _holds(course: Course, today: date) -> Iterator[Bar]:
    for hold in course.holds:
        until = hold.ended_on or max(hold.review_on, today)
        said = f"held for {in_words(hold.reason)}" + ("" if hold.ended_on else f", review on {_short(hold.review_on)}")
        yield Bar(name="held", from_on=hold.since, until_on=until, said=said, is_over=hold.ended_on is not None)


def _checks(course: Course) -> Iterator[Mark]:
    for check in course.checks:
        said = f"after session {check.session}: {in_words(check.evidence.verdict)}; {in_words(check.answer)}"
        yield Mark(on=check.answered_on, name=in_words(check.answer), said=said)
    session = open_check(course) if course.is_under_way else None
    if session is not None:
        due_on = times_of_check(course, session).due_on
        after = f"after session {session.number}" if session.number else "on what was given elsewhere"
        yield Mark(on=due_on, name="due", said=f"{after}: due, not answered yet", is_open=True)


def _missed(course: Course) -> Iterator[Mark]:
    for visit in course.visits_not_given:
        said = f"no drug given at the visit for session {visit.for_session}: {in_words(visit.reason)}"
        yield Mark(on=visit.on, name=in_words(visit.reason), said=said)


def _blocks(course: Course, days: Sequence[DiaryDay], today: date) -> Iterator[Block]:
    """Yield whole blocks of 28 days that have an entry: before session 1 back from it, then those of each cycle."""
    given_on = tuple(session.given_on for session in course.sessions)
    first_entry_on = min((day.on for day in days), default=today)
    before: list[WindowCounts] = []
    last_on = (given_on[0] if given_on else today) - timedelta(days=1)
    for _ in range(BEFORE_MONTHS):
        first_on = last_on - timedelta(days=BLOCK_DAYS - 1)
        if first_on < first_entry_on:
            break
        before.append(count_window(days, first_on=first_on, last_on=last_on))
        last_on = first_on - timedelta(days=1)
    for counts in (*reversed(before), *blocks_of(days, given_on, today=today, protocol=course.protocol)):
        if counts.days == BLOCK_DAYS and counts.recorded_days and counts.last_on < today:
            missing = counts.days - counts.recorded_days
            yield Block(
                first_on=counts.first_on,
                last_on=counts.last_on,
                headache_days=counts.headache_days,
                at_most=counts.headache_days + missing,
            )


def _short(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


@dataclass(frozen=True)
class Line:
    """One line of the table that says what the strip shows."""

    what: str
    when: str
    said: str
    is_outside: bool = False


def lines_of(strip: Strip) -> tuple[Line, ...]:
    """Return the strip as lines for a table, in the order of their days within each kind."""
    return tuple(_lines(strip))


def _lines(strip: Strip) -> Iterator[Line]:
    yield from _lines_of_treatment(strip)
    if strip.baseline is not None:
        yield Line("Before treatment", "", f"{strip.baseline_said}; {strip.mark_said} is {strip.mark:.1f} per 28 days")
    for block in strip.blocks:
        yield Line("28 days", f"{day_in_words(block.first_on)} to {day_in_words(block.last_on)}", block.said)


def _lines_of_treatment(strip: Strip) -> Iterator[Line]:
    for bar in strip.authorizations:
        yield Line(
            f"Authorization {bar.name}", f"{day_in_words(bar.from_on)} to {day_in_words(bar.until_on)}", bar.said
        )
    for session in strip.given:
        yield Line(f"Session {session.number}", day_in_words(session.on), session.said)
    for planned in strip.planned:
        yield Line(
            f"Session {planned.number}",
            day_in_words(planned.on),
            planned_in_words(planned),
            is_outside=planned.not_covered is not None,
        )
    for mark in strip.missed:
        yield Line("Visit", day_in_words(mark.on), mark.said)
    for check in strip.checks:
        yield Line("Response check", day_in_words(check.on), check.said)
    for hold in strip.holds:
        yield Line("Hold", f"{day_in_words(hold.from_on)} to {day_in_words(hold.until_on)}", hold.said)


def planned_in_words(planned: PlannedSession) -> str:
    """Return what is known of a session that lies ahead."""
    how = "planned" if planned.booked is None else f"booked, {planned.booked}"
    window = (
        f"earliest {day_in_words(planned.earliest_on)}, recommended {day_in_words(planned.recommended_on)}, "
        f"latest {day_in_words(planned.latest_on)}"
    )
    paid = f"; NOT COVERED: {planned.not_covered}" if planned.not_covered is not None else "; covered"
    return f"{how}; {window}{paid}"


def description(strip: Strip) -> str:
    """Return the strip in some sentences."""
    said = [f"{len(strip.given)} sessions given."]
    if strip.planned:
        following = strip.planned[0]
        said.append(f"Session {following.number} on {day_in_words(following.on)}: {planned_in_words(following)}.")
    said += [
        f"Session {one.number} on {day_in_words(one.on)} is not covered: {one.not_covered}."
        for one in strip.outside[1:]
    ]
    if strip.blocks:
        said.append(f"In the last 28 days counted: {strip.blocks[-1].said}.")
    return " ".join(said)
