"""Pages: where one course stands, as a sentence, a strip and tables; its documents, to print."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from adapters.files.denial_reasons import load_denial_reasons
from console.access.guard import Who
from console.access.table import Act, may
from console.acting import actor
from console.charts.strip import Strip, lines_of, strip_of
from console.charts.strip_drawing import drawn
from console.documents import document
from console.opened import Opened, as_it_is, opened, row_of
from console.page import page
from console.world import World, world_of
from domain.course import days_since
from domain.coverage import left
from domain.denial_reasons import DenialReasons
from domain.events import AnyEvent, UnknownEvent
from domain.last_month import last_month_in_words
from domain.people import COURSE
from domain.plan import dates_of_next
from domain.planner import forecast, notices
from domain.rights import may_take, may_work_on
from domain.sentences import leading_wait, waiting_sentence
from domain.story import story_of
from domain.story.words import transition_in_words
from domain.waiting_list import saves_by
from domain.waits import KINDS, Wait, WaitKind
from office.beside import beside
from office.bills import head_of_bill, story_of_bill
from office.booking import may_have_a_time
from office.corrections import may_correct
from office.dossier import dossier_of
from office.names import names_of
from office.outcome import OF_WAITS, at_rest, follows_from
from office.packet import packet_of, request_of
from office.telling import advice_of, answers, offered
from readmodel.access import SignedIn, put_look
from readmodel.contact import opt_out_said
from readmodel.diary import read_diary
from readmodel.lookups import BillRow, bills_of, messages
from readmodel.people import patient
from runtime.settings import PROJECT

router = APIRouter()
Reached = Annotated[World, Depends(world_of)]

JOURNAL_SHOWN, DIARY_SHOWN_DAYS = 40, 28
BEFORE_THE_START = timedelta(days=120)
"""Diary days from before the intake that the strip still shows."""
AT_ONCE = timedelta(seconds=10)
"""What happens so soon after something was told is shown as what came of it."""
EXPECTED_SHOWN = 12
OWN_PAGE = {
    WaitKind.RESPONSE_CHECK: "/courses/{}/check",
    WaitKind.CLEARANCE: "/courses/{}/session",
    WaitKind.SESSION_RESULT: "/courses/{}/session",
    WaitKind.BOOKING: "/calendar/courses/{}",
}
"""Tasks that have a screen of their own, beside the plain form."""


@dataclass(frozen=True)
class Doing:
    """Something that one can do now: in words, where, and by which key. `posts`: a button rather than a link."""

    said: str
    to: str
    key: str = ""
    posts: str = ""


@router.get("/courses/{course_id}")
async def course(request: Request, who: Who, world: Reached, course_id: str, told: int | None = None) -> Response:
    """Show where a course stands, and after something was told what came of it."""
    call = world.call(who.user_id)
    row = await row_of(call, course_id)
    if told is not None:
        row = await at_rest(call, row)
    pool = await call.reach.pool()
    (about, found, names), (sent, bills, days, said, _) = await asyncio.gather(
        asyncio.gather(as_it_is(call, row), patient(pool, row.patient_id), names_of(pool)),
        asyncio.gather(
            messages(pool, course_id=row.course_id),
            bills_of(pool, row.course_id),
            read_diary(pool, row.patient_id, first_on=row.started_on - BEFORE_THE_START, last_on=row.now.date()),
            opt_out_said(pool, row.patient_id),
            put_look(pool, who.user_id, row.course_id, what="course"),
        ),
    )
    now, today = about.now, about.today
    tasks = sorted((wait for wait in about.course.waits if wait.is_task), key=lambda one: (one.due, one.id))
    strip = strip_of(about.course, days, now)
    leading = leading_wait(about.course)
    return page(
        request,
        "course.html",
        zone=about.zone,
        about=about,
        course=about.course,
        patient=found,
        messages_said=said,
        names=names,
        beside=beside,
        sentence=waiting_sentence(about.course),
        overdue=leading is not None and leading.is_task and leading.due < now,
        doing=_doing(about, who, leading),
        came=None if told is None else _came(about, told, names),
        strip=strip,
        drawing=drawn(strip),
        lines=lines_of(strip),
        outside=_outside(strip),
        notices=notices(about.course, today) if about.course.is_open else (),
        dates=dates_of_next(about.course, today) if about.course.is_under_way else None,
        since=days_since(about.course, today),
        tasks=tasks,
        months=[(month, last_month_in_words(month)) for month in about.course.last_months],
        kinds=KINDS,
        mine={wait.id: bool(answers(actor(who), wait.kind)) for wait in tasks},
        takable={wait.id: _may_take(who, wait) for wait in tasks},
        expected=[one for one in forecast(about.course, now) if not KINDS[one.kind].role][:EXPECTED_SHOWN],
        left={one.request: _left(about, one) for one in about.course.authorizations},
        bills=_told_bills(bills, about.zone),
        messages=sent,
        diary=[day for day in reversed(days) if (today - day.on).days < DIARY_SHOWN_DAYS],
        journal=_journal(about)[:JOURNAL_SHOWN],
        transition=transition_in_words,
        story=lambda event: story_of(event, zone=about.zone, names=names),
        may_correct=lambda event: may_correct(actor(who), event, today),
        by_course=COURSE,
        leads=None if leading is None else leading.kind,
        check_open=bool(about.course.waits_of(WaitKind.RESPONSE_CHECK)),
        on_the_day=bool(about.course.waits_of(WaitKind.CLEARANCE) or about.course.waits_of(WaitKind.SESSION_RESULT)),
    )


def _doing(about: Opened, who: SignedIn, leading: Wait | None) -> list[Doing]:
    """Return what this person can do now: about what the course waits for first, then in general."""
    by = actor(who)
    doing: list[Doing] = []
    if leading is not None and leading.is_task:
        doing += _doing_about(about, who, leading)
    if may(who.role, Act.BOOK) and may_have_a_time(about.course):
        booked = about.course.appointment is not None
        calendar = OWN_PAGE[WaitKind.BOOKING].format(about.row.course_id)
        doing.append(Doing("Move the appointment" if booked else "Book a time", calendar, "b"))
    kinds = offered(by, about.course)
    if "earlier-wanted" in kinds and about.course.earlier is None and saves_by(about.course) is not None:
        doing.append(Doing("Look for an earlier time", f"{about.path}/tell/earlier-wanted"))
    standing = (("hold", "Hold"), ("resume", "Resume"), ("withdraw", "Withdraw"), ("end", "End"), ("reopen", "Reopen"))
    doing += [Doing(said, f"{about.path}/tell/{kind}") for kind, said in standing if kind in kinds]
    return [*doing, Doing("Tell this course …", f"{about.path}/tell", "t")]


def _doing_about(about: Opened, who: SignedIn, task: Wait) -> Iterator[Doing]:
    to = f"{about.path}/tasks/{task.id}"
    if answers(actor(who), task.kind):
        yield Doing("Answer it", OWN_PAGE.get(task.kind, to).format(about.row.course_id), "a")
    if not _may_work(who, task):
        return
    if task.owner is None:
        yield Doing("Take it", to, posts="take") if _may_take(who, task) else Doing("Give it on", f"{to}?kind=assign")
    elif task.owner == who.user_id:
        yield Doing("Give it back", to, posts="release")
    yield Doing("Log a try", f"{to}?kind=attempt")
    if task.kind is not WaitKind.PAYER_ANSWER:
        yield Doing("Move the due date", f"{to}?kind=deadline")


def _may_take(who: SignedIn, wait: Wait) -> bool:
    kind = KINDS[wait.kind]
    return may_take(actor(who), kind.role, licensed=kind.licensed) is None


def _may_work(who: SignedIn, wait: Wait) -> bool:
    kind = KINDS[wait.kind]
    return may_work_on(actor(who), kind.role, licensed=kind.licensed) is None


def _came(about: Opened, number: int, names: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what came of the event of this number: what happened at once, what follows, and what the patient is told."""
    told = next((one for one in about.journal if one.number == number), None)
    if told is None or told.at is None:
        return None
    happened = [
        one
        for one in about.journal
        if one.number >= number and one.kind not in OF_WAITS and one.at is not None and one.at <= told.at + AT_ONCE
    ]
    event = getattr(told, "adverse_event", None) or told
    return {
        "happened": [story_of(one, zone=about.zone, names=names) for one in happened],
        "follows": follows_from(about.row, about.journal, number),
        "advice": advice_of(event, about.course),
    }


def _outside(strip: Strip) -> list[str]:
    """Return in words which planned sessions nothing pays for, those with the same reason together."""
    why: dict[str, list[str]] = {}
    for one in strip.outside:
        why.setdefault(one.not_covered or "", []).append(str(one.number))
    return [_planned_outside(numbers, reason) for reason, numbers in why.items()]


def _planned_outside(numbers: list[str], reason: str) -> str:
    many = len(numbers) > 1
    named = f"{', '.join(numbers[:-1])} and {numbers[-1]}" if many else numbers[0]
    return (
        f"Session{'s' if many else ''} {named} {'are' if many else 'is'} planned outside what is authorized: {reason}."
    )


def _left(about: Opened, granted: Any) -> Any:
    return left(granted, about.course.sessions, drug_code=about.course.protocol.billing.drug_code.value)


def _reasons() -> DenialReasons:
    return load_denial_reasons(PROJECT / "payers")


def _told_bills(bills: list[BillRow], zone: str) -> list[tuple[str, list[Any]]]:
    if not bills:
        return []
    reasons = _reasons()
    return [(head_of_bill(bill, bills), list(story_of_bill(bill, reasons, zone))) for bill in bills]


def _journal(about: Opened) -> list[AnyEvent | UnknownEvent]:
    """Return what people read of the journal, newest first."""
    return [one for one in reversed(about.journal) if one.kind not in OF_WAITS]


# Documents


@router.get("/courses/{course_id}/packet")
async def packet(who: Who, world: Reached, course_id: str, request_number: int | None = None) -> Response:
    """Show an authorization request with its evidence, as it is printed."""
    about = await opened(world, who, course_id, what="packet")
    asked = request_of(about.course, request_number)
    return document(await packet_of(world.call(who.user_id), about.course, asked))


@router.get("/courses/{course_id}/dossier")
async def dossier(who: Who, world: Reached, course_id: str) -> Response:
    """Show the dossier for whoever goes on treating, as it is printed."""
    about = await opened(world, who, course_id, what="dossier")
    return document(await dossier_of(world.call(who.user_id), about.row, about.course))
