"""What people do to tasks, one or several at once: take, give back, hand on, move the due date; and take that back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_clock, clinic_day
from domain.people import Actor, Role
from domain.waits import KINDS
from office.call import Call
from office.errors import CommandFailed, CourseRefused
from office.finding import Task, clinic_of, course_named, events_of, task_named, user_named, wrong
from office.outcome import written_since
from office.sending import tell
from office.tasks import see_assignee
from readmodel import lookups
from readmodel.lookups import CourseRow, TaskRow
from readmodel.people import users

AT_ONCE = 6
"""So many courses are told side by side."""
MOST = 200
"""More than anybody selects by hand."""


class Verb(StrEnum):
    """What is done to a task."""

    TAKE = "take"
    RELEASE = "release"
    ASSIGN = "assign"
    DEADLINE = "deadline"
    RETRY = "retry"  # an outside system that does not answer


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What is to be done to each of some tasks. `to` is whom it is given to."""

    verb: Verb
    to: str | None = None
    due_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A task, and who had it when it was chosen: empty, nobody."""

    task: str
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one task. `undo` takes it back; None: nothing was done, or it cannot be taken back."""

    task: str
    title: str
    patient: str = ""
    ok: bool
    said: str
    undo: Undo | None = None


@dataclass(frozen=True, kw_only=True)
class Undo:
    """What takes something back: who had the task before and has it since, or which day it was due before."""

    task: str
    verb: Verb
    before: str
    since: str = ""


async def do_to_each(call: Call, by: Actor, chosen: Sequence[Chosen], doing: Doing) -> list[Done]:
    """Do the same to each task; one that cannot be taken stops no other. Raises `BadInput` where `doing` is not whole."""
    await _check(call, chosen, doing)
    return await _each(call, chosen, lambda its, one, task: _do(its, by, one, task, doing))


async def undo_each(call: Call, by: Actor, undos: Sequence[Undo]) -> list[Done]:
    """Take back what was done to each task, unless somebody has done something else to it since."""
    return await _each(call, undos, lambda its, one, task: _undo(its, by, one, task))


async def _check(call: Call, chosen: Sequence[Chosen], doing: Doing) -> None:
    if not chosen:
        raise wrong("row", "select the tasks first")
    if len(chosen) > MOST:
        raise wrong("row", f"at most {MOST} at once")
    if doing.verb is Verb.ASSIGN:
        if not doing.to:
            raise wrong("to", "choose to whom")
        await user_named(call, doing.to, field="to")
    if doing.verb is Verb.DEADLINE:
        if doing.due_on is None:
            raise wrong("due_on", "choose the new day")
        if not doing.reason:
            raise wrong("reason", "say why it moves")


Work = Callable[[Call, Any, "Open"], Awaitable[Done]]


@dataclass(frozen=True, kw_only=True)
class Open:
    """A task as it stands now; no row: it is open no more."""

    task: Task
    row: TaskRow | None

    @property
    def owner(self) -> str:
        """Return who has it; empty: nobody."""
        return "" if self.row is None else self.row.owner or ""


async def _each(call: Call, wanted: Sequence[Any], work: Work) -> list[Done]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(each: Any) -> Done:
        async with places:
            # A request id of its own for each task, and the same one when the form is sent again.
            its = replace(call, request_id=str(uuid5(NAMESPACE_OID, f"{call.request_id}/{each.task}")))
            return await _settled(its, each, work)

    return await asyncio.gather(*(one(each) for each in wanted))


async def _settled(call: Call, each: Any, work: Work) -> Done:
    """Return what became of one task. Whatever goes wrong with it is said about it."""
    title, patient = "task", ""
    try:
        task = await task_named(call, each.task)
        title, patient = KINDS[task.kind].title, task.course.patient_name or ""
        return replace(await work(call, each, await _as_it_stands(call, task)), patient=patient)
    except CourseRefused as refused:
        faster = await who_was_faster(call, task)
        said = f"{refused.message}. {faster}" if faster else refused.message
    except CommandFailed as failed:
        said = failed.message
    return Done(task=each.task, title=title, patient=patient, ok=False, said=said)


async def _as_it_stands(call: Call, task: Task) -> Open:
    rows = await lookups.waits_of(await call.reach.pool(), task.course.course_id, now=datetime.now(UTC))
    return Open(task=task, row=next((row for row in rows if row.wait_id == task.wait_id), None))


async def _do(call: Call, by: Actor, one: Chosen, at: Open, doing: Doing) -> Done:
    before, since = at.owner, ""
    match doing.verb:
        case Verb.TAKE:
            fact: f.Fact = f.Take()
            said, since = "you have it now", by.user_id
        case Verb.RELEASE:
            fact = f.Release()
            said = "given back"
        case Verb.ASSIGN:
            to = await see_assignee(call, at.task.kind, doing.to or "")
            fact = f.Assign(to=to.user_id, instead_of=one.owner)
            said, since, before = f"{to.name} has it now", to.user_id, one.owner
        case Verb.DEADLINE:
            assert doing.due_on is not None, "it was checked"
            fact = f.MoveDeadline(due_on=doing.due_on, reason=doing.reason or "")
            said, since = f"due on {doing.due_on:%a %d %b %Y}", doing.due_on.isoformat()
            before = await _due_on(call, at)
        case Verb.RETRY:
            fact = f.TryAgain()
            said, since = "tried again just now", before
    await tell(call, at.task.course, fact, task=at.task.wait_id, by=by)
    undo = None if before == since else Undo(task=one.task, verb=doing.verb, before=before, since=since)
    return Done(task=one.task, title=KINDS[at.task.kind].title, ok=True, said=said, undo=undo)


async def _due_on(call: Call, at: Open) -> str:
    zone = (await clinic_of(call)).zone
    return "" if at.row is None else clinic_day(at.row.due, zone).isoformat()


async def _undo(call: Call, by: Actor, one: Undo, at: Open) -> Done:
    if at.row is None:
        raise CourseRefused("it is open no more")
    if one.verb is Verb.DEADLINE:
        return await _moved_back(call, by, one, at, at.row.title)
    if at.owner == one.before:  # the same form sent again
        return Done(task=one.task, title=at.row.title, ok=True, said="as it was before")
    if at.owner != one.since:
        raise CourseRefused("somebody has taken or given it since")
    if one.before:
        await see_assignee(call, at.task.kind, one.before)
        await _tell(call, by, at, f.Assign(to=one.before, instead_of=one.since))
    else:
        if at.owner != by.user_id and by.role is not Role.ADMIN:  # who gave it takes it back to give it up
            await _tell(call, by, at, f.Assign(to=by.user_id, instead_of=one.since), step="back")
        await _tell(call, by, at, f.Release())
    return Done(task=one.task, title=at.row.title, ok=True, said="as it was before")


async def _moved_back(call: Call, by: Actor, one: Undo, at: Open, title: str) -> Done:
    before, due = date.fromisoformat(one.before), await _due_on(call, at)
    if due not in (one.since, one.before):
        raise CourseRefused("its due date was moved again since")
    if due == one.since:  # else the same form was sent again
        await _tell(call, by, at, f.MoveDeadline(due_on=before, reason="moved by mistake", undo=True))
    return Done(task=one.task, title=title, ok=True, said=f"due on {before:%a %d %b %Y} again")


async def _tell(call: Call, by: Actor, at: Open, fact: f.Fact, *, step: str = "") -> None:
    its = replace(call, request_id=str(uuid5(NAMESPACE_OID, f"{call.request_id}/{step}"))) if step else call
    await tell(its, at.task.course, fact, task=at.task.wait_id, by=by)


async def who_was_faster(call: Call, task: Task) -> str | None:
    """Return who has the task or has done it, and how long ago, as one sentence; None where it is nobody's."""
    found = await _who_has_it(call, task, await course_named(call, task.course.course_id))
    if found is None:  # the course knows it a moment before it is written
        found = await _who_has_it(call, task, await written_since(call, task.course))
    return found


async def _who_has_it(call: Call, task: Task, row: CourseRow) -> str | None:
    zone = (await clinic_of(call)).zone
    names = {one.user_id: one.name for one in await users(await call.reach.pool())}
    for event in reversed(await events_of(call, row)):
        said = _said_of(event, task.wait_id, names)
        if said is not None and event.at is not None:
            ago = _ago((row.now - event.at).total_seconds())
            return f"{said} {ago} ({clinic_clock(event.at, zone):%H:%M})" if said else None
    return None


def _said_of(event: e.AnyEvent | e.UnknownEvent, wait_id: str, names: Mapping[str, str]) -> str | None:
    """Return what an event did to a task; empty: it became nobody's; None: nothing."""
    match event:
        case e.TaskReleased(wait=wait) if wait == wait_id:
            return ""
        case e.TaskTaken(wait=wait, owner=owner, by=by) if wait == wait_id:
            who = names.get(owner, owner)
            return f"{who} took it" if by == owner else f"{names.get(by, by)} gave it to {who}"
        case e.TaskEscalated(wait=wait, to=to) if wait == wait_id:
            return f"{names.get(to, to)} has it, being on call, since"
        case e.WaitClosed(wait=wait) if wait == wait_id:
            return "It was needed no more"
        case e.CourseEvent(task=wait, by=by) if wait == wait_id:
            return f"{names.get(by, by)} did it"
    return None


def _ago(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"
