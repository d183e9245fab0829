"""`show`: one page on where a course stands; `plan`: what is expected when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from cli.command import Answer, Call, runs, said
from cli.tables import table
from domain.course import Course
from domain.last_month import last_month_after, last_month_in_words
from domain.planner import forecast
from domain.session import Session
from domain.story.words import dollars, in_words
from office.beside import beside
from office.finding import course_named, folded
from office.kinds import answer_command
from office.view import view_of
from office.words import day, moment, short
from readmodel.lookups import bills_of, messages
from readmodel.people import patient


@click.command("show")
@click.argument("course")
@runs()
async def show_course(call: Call, course: str) -> Answer:
    """Show where COURSE stands: the fold of its journal, also when it is closed or no worker runs."""
    row = await course_named(call, course)
    now = await folded(call, row)
    pool = await call.reach.pool()
    queued = await messages(pool, course_id=row.course_id)
    view = view_of(now, now=row.now, bills=await bills_of(pool, row.course_id), messages=queued)
    who = await patient(pool, row.patient_id)
    view["record_number"] = None if who is None else who.record_number
    name = "patient unknown here" if who is None else f"{who.name}, number {who.record_number}"
    return said("\n".join(_page(now, view, name, moved=bool(row.ahead))), view)


def _page(course: Course, view: dict[str, Any], name: str, *, moved: bool) -> Iterator[str]:
    zone = course.clinic.zone
    yield f"Course {course.course_id}  {name}"
    yield f"{course.protocol.title}, version {course.protocol.version}; clinician {course.clinician}"
    ahead = "  (its time was moved ahead)" if moved else ""
    yield f"{in_words(view['phase']).capitalize()}, now {moment(view['clock'], zone)}{ahead}"
    yield from _outcome(course)
    yield f"\n{view['waiting']}"
    yield from _next(view, zone)
    yield from _coverage(course, view)
    yield from _numbers(course, view)
    yield from _sessions(course, view)
    yield from _tasks(course, view["clock"], zone)


def _outcome(course: Course) -> Iterator[str]:
    if course.ending is not None:
        yield f"Ended on {day(course.ending.on)}: {in_words(course.ending.outcome)}, {in_words(course.ending.reason)}"
        if course.closed_on is not None:
            yield f"Closed on {day(course.closed_on)}"
    if course.earlier_course is not None:
        yield f"Earlier course: {course.earlier_course}"
    for earlier in course.history.earlier_courses:
        yield (
            f"  ended on {day(earlier.ended_on)} after {len(earlier.doses)} sessions: {in_words(earlier.outcome)}, "
            f"{in_words(earlier.reason)}" + (f"; {earlier.verdict_reason}" if earlier.verdict_reason else "")
        )


def _next(view: dict[str, Any], zone: str) -> Iterator[str]:
    coming = view["next_session"]
    if coming is None:
        return
    yield (
        f"\nSession {coming['number']}: earliest {day(coming['earliest_on'])}, recommended "
        f"{day(coming['recommended_on'])}, latest {day(coming['latest_on'])}"
    )
    yield f"  because {coming['reason']}"
    if (booked := coming["appointment"]) is not None:
        yield f"  booked {moment(booked['starts_at'], zone)} with {booked['injector']}, {booked['room']}, {booked['status']}"
    yield from _visits(view["visits_missed"], zone)
    for notice in coming["notices"]:
        yield f"  note: {notice}"
    for missing in coming["missing"]:
        yield f"  missing: {missing['what']}: {missing['why']}"


def _visits(visits: dict[str, Any], zone: str) -> Iterator[str]:
    if visits["by_reason"]:
        told = ", ".join(f"{count} {in_words(reason)}" for reason, count in visits["by_reason"].items())
        after = visits["clinician_decides_after"]
        counted = "" if after is None else f"; {visits['missed']} missed of {after} before a clinician decides"
        yield f"  visits that gave no drug: {told}{counted}"
    if (since := visits["result_missing_since"]) is not None:
        yield f"  RESULT MISSING: the visit was over on {moment(since, zone)}"


def _coverage(course: Course, view: dict[str, Any]) -> Iterator[str]:
    covered = view["coverage"]
    where = f"{in_words(covered['place_of_service'])}, {in_words(covered['drug_source'])}"
    yield f"\nCoverage: {in_words(covered['kind'])} {covered['payer_id'] or ''}, {where}"
    if (said := covered["not_needed"]) is not None:
        yield f"  no authorization needed, said {said['said_by']} on {day(said['said_on'])}"
    for before in covered["before"]:
        yield f"  until {day(before['until_on'])}: {in_words(before['kind'])} {before['payer_id'] or ''}".rstrip()
    if (rest := covered["left"]) is not None:
        units = "" if rest["units"] is None else f", {rest['units']} units"
        yield (
            f"  authorization {covered['authorization']}: left {rest['sessions']} sessions{units}, "
            f"{rest['days']} days (to {day(rest['until_on'])})"
        )
    if (asked := course.open_request) is not None:
        sent = (
            f"sent {day(asked.submitted_on)}, answer due {day(asked.answer_due_on)}"
            if asked.submitted_on
            else "to be sent"
        )
        yield f"  request {asked.number} ({asked.purpose}) for session {asked.for_session}: {sent}"


def _numbers(course: Course, view: dict[str, Any]) -> Iterator[str]:
    counts = view["baseline"]
    if counts is not None:
        stands = "frozen" if counts["frozen"] else "as stated at intake"
        yield (
            f"Before treatment: {counts['headache_days']} headache and {counts['migraine_days']} migraine days in "
            f"{counts['period_days']} days ({in_words(counts['source'])}, {stands})"
        )
    if course.goals:
        yield f"Goals: {'; '.join(course.goals)}"
    dose = view["planned_dose"]
    yield f"Planned dose: {dose['units']} units in {dose['sites']} sites, {dose['opened_units']} units opened"
    if view["messages"]:
        yield "Messages: " + ", ".join(f"{count} {status}" for status, count in view["messages"].items())


def _sessions(course: Course, view: dict[str, Any]) -> Iterator[str]:
    bills: dict[int, list[str]] = {}
    for bill in view["claims"]:
        bills.setdefault(bill["session"], []).append(f"{bill['kind']} {bill['number']} {in_words(bill['state'])}")
    for invoice in course.open_invoices:
        left = f"{dollars(invoice.left_cents)} of {dollars(invoice.amount_cents)} left, due {day(invoice.due_on)}"
        bills.setdefault(invoice.number, ["invoice"])[-1] += f" ({left})"
    for session in course.sessions:
        billed = ", then ".join(bills.get(session.number, ["not billed yet"]))
        if session.claim_held is not None:
            billed += f", HELD: {session.claim_held}"
        watch = in_words(session.watch_ended) if session.watch_ended else "watch running"
        yield (
            f"Session {session.number}: {day(session.given_on)}, {session.dose.units} units by {session.injector}, "
            f"{'signed' if session.signed_by else 'NOT signed'}, {watch}, {billed}"
        )
        yield from _parts(session, course.clinic.zone)
        yield from _told_of(course, session)
        yield from _response(course, session)
    for session in course.sessions_in_error:
        yield f"Session {session.number} of {day(session.given_on)}: ENTERED IN ERROR, reckoned without it"
    for event in course.adverse_events:
        flags = f", RED FLAG {', '.join(event.red_flags)}" if event.red_flags else ""
        lifted = ", stops clearance" if event.stops else f", lifted by {event.reviewed_by}" if event.red_flags else ""
        yield f"Adverse event {event.number} on {day(event.told_on)}: {event.note}{flags}{lifted}"


def _response(course: Course, session: Session) -> Iterator[str]:
    """Yield what is known of the response after a session."""
    check = course.check_after(session.number)
    if check is not None:
        yield f"  response check: {in_words(check.answer)} on {day(check.answered_on)}; {check.evidence.verdict_reason}"
        if check.beyond_trial:
            yield f"    past the last trial session without response: {check.reason}"
    if (month := last_month_after(course, session.number)) is not None:
        yield f"  {last_month_in_words(month)}"


def _parts(session: Session, zone: str) -> Iterator[str]:
    if session.in_part:
        left = f"; the patient left: {session.patient_left}" if session.patient_left else ""
        yield f"  given in part, {session.dose.sites} sites: {session.why_in_part or 'nobody said why'}{left}"
    elif session.completed_at is not None:
        yield f"  given in two parts, completed {moment(session.completed_at, zone)}"


def _told_of(course: Course, session: Session) -> Iterator[str]:
    """Yield what broke a rule or was corrected in the record of a session."""
    for deviation in course.deviations:
        if deviation.session == session.number:
            seen = f", looked at by {deviation.reviewed_by}" if deviation.reviewed_by else ", NOT looked at yet"
            yield f"  deviation ({deviation.rules}): {deviation.reason}{seen}"
    for made in course.corrections:
        if made.subject == session.number and made.of == "session_given":
            said = "; ".join(f"{in_words(one.field)} {one.before} -> {one.after}" for one in made.changes)
            yield f"  corrected on {day(made.on)} by {made.by}: {said}: {made.reason}"


def _tasks(course: Course, now: datetime, zone: str) -> Iterator[str]:
    open_ones = sorted((wait for wait in course.waits if wait.is_task), key=lambda wait: wait.due)
    yield "\nOpen tasks:" if open_ones else "\nNo open tasks."
    for wait in open_ones:
        late = ", OVERDUE" if wait.due < now else ""
        has = f", {wait.owner} has it" if wait.owner else ""
        yield f"  {wait.id}  by {moment(wait.due, zone)}{late}{has}"
        if said := beside(wait.kind, wait.context):
            yield f"    {said}"
        yield f"    {answer_command(f'{short(course.course_id)}/{wait.id}', wait.kind)}"


@click.command()
@click.argument("course")
@runs()
async def plan(call: Call, course: str) -> Answer:
    """Show what is expected to happen to COURSE when, if everybody answers in time."""
    row = await course_named(call, course)
    now = await folded(call, row)
    expected = forecast(now, row.now)
    rows = [(moment(one.at, now.clinic.zone), "open" if one.open else "", one.said) for one in expected]
    return Answer(
        data=[one.model_dump() for one in expected],
        show=table(("when", "", "what"), rows, nothing="nothing is expected any more"),
    )
