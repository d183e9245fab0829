"""Pages: the form that answers a task, the one that tells a course anything else, and the one that corrects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import Who
from console.acting import SEEN, actor, request_id_of, see_unchanged
from console.asking import APPROVED, DENIED, OF_THE_TASK, Typed, half_prepared, inputs_of, pairs_in, typed_of
from console.labels import failure_said, plain, title_of
from console.opened import Opened, as_it_is, opened, row_of
from console.page import page
from console.world import World, world_of
from domain import facts as f
from domain.coverage import Decision
from domain.deviation import IF_IT_HAPPENED, with_the_way
from domain.events import AuthorizationDecided, CourseEvent, WaitOpened
from domain.people import Actor
from domain.rights import may_take, may_work_on
from domain.sentences import waiting_sentence
from domain.story import story_of
from domain.story.words import in_words
from domain.waits import KINDS, Wait
from office import corrections, direct
from office.about import about_task
from office.appointments import asks_scheduling, scheduling_answered
from office.call import Call
from office.errors import BadInput, CourseRefused, NotFound, WrongField
from office.fields import read_fact
from office.finding import wrong
from office.kinds import ABOUT_A_TASK, FACTS
from office.names import names_of
from office.payers import member_of
from office.sending import tell
from office.telling import (
    LOOKED_AT_FIRST,
    Foreseen,
    advice_of,
    answers,
    cannot_be_taken_back,
    may_be_a_deviation,
    may_tell,
    offered,
    prepared,
)
from readmodel.access import SignedIn
from readmodel.lookups import receipt_of
from readmodel.people import users

router = APIRouter()


@dataclass(frozen=True)
class Place:
    """Who asks, for what, and what can be reached for it."""

    request: Request
    who: SignedIn
    world: World

    @property
    def by(self) -> Actor:
        """Return who asks, as a request carries him."""
        return actor(self.who)

    def call(self, form: FormData | None = None) -> Call:
        """Return a call of this person; with a form, the one that takes effect once."""
        return self.world.call(self.who.user_id, None if form is None else request_id_of(form))

    @property
    def is_part(self) -> bool:
        """Whether only the part about the form is asked for, in place."""
        return bool(self.request.headers.get("hx-request"))

    def shown(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """Return a page; where only its form is asked for, that part. What anything else says stands beside the form."""
        if not self.is_part:
            return page(self.request, f"{template}.html", status=status, **context)
        part = {"answer": "answer_form.html"}.get(template, f"{template}_part.html")
        answer = page(self.request, part, status=status, **context)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#asking", "outerHTML"
        return answer

    def go(self, to: str) -> Response:
        """Return the way to another page."""
        return Response(headers={"HX-Redirect": to}) if self.is_part else RedirectResponse(to, status_code=303)

    async def open(self, course_id: str, what: str) -> Opened:
        """Return the course, with the look noted."""
        return await opened(self.world, self.who, course_id, what=what)


async def place(request: Request, who: Who, world: Annotated[World, Depends(world_of)]) -> Place:
    """Return where we are."""
    return Place(request=request, who=who, world=world)


Here = Annotated[Place, Depends(place)]

ON_A_TASK = ("attempt", "deadline", "assign")
"""Besides its answers: what may be done about a task by whose it is."""
GROUPS = {
    "admission": "Before treatment",
    "coverage": "Authorization and payment",
    "authorizations": "Authorization and payment",
    "denial": "Authorization and payment",
    "visit": "The visit",
    "safety": "What happened to the patient",
    "response": "Response and other treatments",
    "billing": "Bills",
    "claims": "Bills",
    "standing": "Whether the course goes on",
    "telling": "Records",
    "tasks": "Records",
    "whole_course": "Records",
}
OF_THE_RECORDS = {
    "diary": "Response and other treatments",
    "claim-status": "Bills",
    "contact-changed": "The patient",
    "opt-out": "The patient",
}


@dataclass(frozen=True)
class Asking:
    """One form about one course: what it tells, where it goes, and the task it answers."""

    about: Opened
    path: str
    kind: str
    model: type[BaseModel]
    title: str
    wait: Wait | None = None
    corrects: CourseEvent | None = None
    kinds: tuple[tuple[str, str], ...] = ()


# A task


@router.get("/courses/{course_id}/tasks/{wait_id}")
async def task(at: Here, course_id: str, wait_id: str, kind: str | None = None) -> Response:
    """Show what a task is about, and the form that answers it."""
    about = await at.open(course_id, "task")
    wait = about.course.wait(wait_id)
    if wait is None:
        return await _gone(at, about, wait_id)
    asking = _of_task(about, wait, at.by, kind)
    if asking is None:
        return await _shown(at, _nothing_for(about, wait), {})
    prepared_ = half_prepared(about.course, asking.kind, about.today)
    return await _shown(at, asking, prepared_)


@router.post("/courses/{course_id}/tasks/{wait_id}")
async def answer(at: Here, course_id: str, wait_id: str) -> Response:
    """Answer a task, take it, give it back, or log what was tried."""
    form = await at.request.form()
    about = await at.open(course_id, "task")
    known = await _known(at, about, form)
    if known is not None:
        return known
    wait = about.course.wait(wait_id)
    if wait is None:
        return await _gone(at, about, wait_id, form=form)
    kind = str(form.get("kind", ""))
    if kind in {"take", "release"}:
        return await _taken(at, about, wait, form)
    asking = _of_task(about, wait, at.by, kind)
    if asking is None:
        raise NotFound("there is no such form")
    return await _told(at, asking, form)


def _of_task(about: Opened, wait: Wait, by: Actor, kind: str | None) -> Asking | None:
    """Return the form that somebody may use for a task; of several the first, or the one named. None: there is none."""
    kinds = list(answers(by, wait.kind))
    if may_work_on(by, KINDS[wait.kind].role, licensed=KINDS[wait.kind].licensed) is None:
        kinds += ON_A_TASK
    if not kinds or (kind and kind not in kinds):
        return None
    kind = kind or kinds[0]
    return Asking(
        about=about,
        path=f"{about.path}/tasks/{wait.id}",
        kind=kind,
        model=FACTS[kind],
        title=KINDS[wait.kind].title,
        wait=wait,
        kinds=tuple((one, title_of(one)) for one in kinds),
    )


def _nothing_for(about: Opened, wait: Wait) -> Asking:
    """Return a form without inputs: the task is for others."""
    path = f"{about.path}/tasks/{wait.id}"
    return Asking(about=about, path=path, kind="", model=BaseModel, title=KINDS[wait.kind].title, wait=wait)


async def _taken(at: Place, about: Opened, wait: Wait, form: FormData) -> Response:
    fact: f.Fact = f.Take() if form["kind"] == "take" else f.Release()
    try:
        number = await tell(at.call(form), about.row, fact, task=wait.id, by=at.by)
    except CourseRefused as refused:
        fresh = await as_it_is(at.call(), await row_of(at.call(), about.row.course_id))
        if (now := fresh.course.wait(wait.id)) is None:
            return await _gone(at, fresh, wait.id, form=form)
        if at.is_part:
            raise  # said beside the page, which stays as it is
        asking = _of_task(fresh, now, at.by, None) or _nothing_for(fresh, now)
        return await _shown(at, asking, {}, problem=refused.message, status=409)
    if form.get("then") == "task":
        return at.go(f"{about.path}/tasks/{wait.id}")
    return _back(at, about, number)


async def _gone(at: Place, about: Opened, wait_id: str, *, form: FormData | None = None) -> Response:
    """Say who has answered a task that is not open any more, and how, with what was typed to answer it.

    Raises `NotFound` where there never was one.
    """
    opened_once = [one.wait for one in about.journal if isinstance(one, WaitOpened) and one.wait.id == wait_id]
    if not opened_once:
        raise NotFound("there is no such task")
    names = await names_of(await at.world.reach.pool())
    done = next((one for one in reversed(about.journal) if getattr(one, "task", None) == wait_id), None)
    return at.shown(
        "answer_gone",
        status=200 if form is None else 409,
        typed={} if form is None else typed_of(form),
        zone=about.zone,
        about=about,
        title=KINDS[opened_once[-1].kind].title,
        done=done,
        names=names,
        said=None if done is None else story_of(done, zone=about.zone, names=names),
    )


# Anything else


@router.get("/courses/{course_id}/tell")
async def menu(at: Here, course_id: str) -> Response:
    """Show what this person may tell this course."""
    about = await at.open(course_id, "tell")
    return page(
        at.request,
        "answer_menu.html",
        zone=about.zone,
        about=about,
        groups=menu_of(about, at.by),
        answering=_answers_of_closed(about),
    )


def menu_of(about: Opened, by: Actor) -> dict[str, list[tuple[str, str, str]]]:
    """Return the kinds that somebody may tell, by what they are about, each with its title and what it means."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for kind in _tellable(about, by):
        model = FACTS.get(kind) or direct.DIRECT_FIELDS[kind]
        group = OF_THE_RECORDS.get(kind) or GROUPS.get(model.__module__.rpartition(".")[2], "Records")
        means = (model.__doc__ or "").partition("\n")[0].replace("`", "").replace("_", " ")
        groups.setdefault(group, []).append((kind, title_of(kind), means))
    return dict(sorted(groups.items()))


def _answers_of_closed(about: Opened) -> frozenset[str]:
    """Return the kinds that answer tasks, none of which is open: they stand last in the menu."""
    every = {fact for kind in KINDS.values() for fact in kind.answered_by}
    now = {fact for wait in about.course.waits for fact in KINDS[wait.kind].answered_by}
    return frozenset(every - now - {"hold", "end", "resume", "book", "move", "not-given", "session-given"})


def _tellable(about: Opened, by: Actor) -> tuple[str, ...]:
    records = (kind for kind, roles in direct.MAY_TELL.items() if by.role in roles)
    return (*offered(by, about.course), *records)


@router.get("/courses/{course_id}/tell/{kind}")
async def telling(at: Here, course_id: str, kind: str) -> Response:
    """Show the form that tells a course, or the clinic's own records, a fact of this kind."""
    about = await at.open(course_id, "tell")
    return await _shown(at, _of_kind(about, at.by, kind), half_prepared(about.course, kind, about.today))


@router.post("/courses/{course_id}/tell/{kind}")
async def told(at: Here, course_id: str, kind: str) -> Response:
    """Tell a course, or the clinic's own records, a fact."""
    form = await at.request.form()
    about = await at.open(course_id, "tell")
    known = await _known(at, about, form)
    if known is not None:
        return known
    asking = _of_kind(about, at.by, kind)
    if kind in direct.DIRECT_FIELDS:
        return await _told_to_records(at, asking, form)
    return await _told(at, asking, form)


def _of_kind(about: Opened, by: Actor, kind: str) -> Asking:
    if kind not in _tellable(about, by):
        if kind in may_tell(by):
            raise CourseRefused(f"as the course stands it takes no {in_words(kind)}: {waiting_sentence(about.course)}")
        raise NotFound("there is no such form")
    model = FACTS.get(kind) or direct.DIRECT_FIELDS[kind]
    return Asking(about=about, path=f"{about.path}/tell/{kind}", kind=kind, model=model, title=title_of(kind))


async def _told_to_records(at: Place, asking: Asking, form: FormData) -> Response:
    typed = typed_of(form)
    try:
        fact = read_fact(cast("type[Any]", asking.model), pairs_in(typed), {}, asking.about.clock)
        said, _ = await direct.tell_direct(at.call(form), asking.about.row, fact)
    except BadInput as bad:
        return await _shown(at, asking, typed, bad=bad)
    except (CourseRefused, NotFound) as refused:
        return await _shown(at, asking, typed, problem=refused.message, status=409)
    return at.shown("answer_done", zone=asking.about.zone, about=asking.about, title=asking.title, said=said)


# A correction


@router.get("/courses/{course_id}/correct/{number}")
async def correcting(at: Here, course_id: str, number: int) -> Response:
    """Show the form that corrects a line of the journal."""
    about = await at.open(course_id, "correct")
    return await _shown(at, _of_event(about, at.by, number), {})


@router.post("/courses/{course_id}/correct/{number}")
async def corrected(at: Here, course_id: str, number: int) -> Response:
    """Correct a line of the journal: both values and what follows are shown first."""
    form = await at.request.form()
    about = await at.open(course_id, "correct")
    known = await _known(at, about, form)
    if known is not None:
        return known
    return await _told(at, _of_event(about, at.by, number), form)


def _of_event(about: Opened, by: Actor, number: int) -> Asking:
    event = next((one for one in about.journal if one.number == number), None)
    if event is None or not corrections.may_correct(by, event, about.today):
        raise NotFound("there is no such form")
    return Asking(
        about=about,
        path=f"{about.path}/correct/{number}",
        kind="correction",
        model=corrections.values_of(event),
        title=f"Correct line {number}",
        corrects=event,
    )


# What all forms have in common


async def _told(at: Place, asking: Asking, form: FormData) -> Response:
    """Tell the course what a form says, after a look at what follows where that is wise; or show the form again."""
    typed = typed_of(form)
    if form.get("step") == "change":
        return await _shown(at, asking, typed, form=form)
    call = at.call(form)
    deviation = str(form.get("deviation") or "").strip() or None
    try:
        if asking.wait is not None and asking.kind not in ON_A_TASK:
            see_unchanged(asking.about, asking.wait, form, await names_of(await at.world.reach.pool()))
        fact, member = await _fact_of(call, asking, typed)
        sent = f.Request(request_id=call.request_id, by=at.by, fact=fact, deviation=deviation, task=_task_id(asking))
        if form.get("confirmed") != "yes" and _is_looked_at_first(fact):
            names = await names_of(await at.world.reach.pool())
            about = asking.about
            seen = corrections.foreseen_of(about.course, about.journal, sent, about.row, names=names)
            return await _shown(at, asking, typed, form=form, seen=seen)
        fact = await prepared(call, asking.about.row, fact, member=member)
        number = await tell(call, asking.about.row, fact, task=_task_id(asking), by=at.by, deviation=deviation)
        if asks_scheduling(fact):
            return await _asked_scheduling(at, asking, typed, number)
    except BadInput as bad:
        return await _shown(at, asking, typed, form=form, bad=bad)
    except CourseRefused as refused:
        return await _refused(at, asking, form, refused)
    return _back(at, asking.about, number)


async def _asked_scheduling(at: Place, asking: Asking, typed: Typed, number: int) -> Response:
    """Wait a little for scheduling; its no is shown with the form, which asks anew when it is sent again."""
    try:
        await scheduling_answered(at.call(), asking.about.row, number)
    except CourseRefused as refused:
        return await _shown(at, asking, typed, problem=refused.message, status=409)
    return _back(at, asking.about, number)


async def _fact_of(call: Call, asking: Asking, typed: Typed) -> tuple[Any, str | None]:
    """Return what a form says as a fact, and a member's number that is not the course's business."""
    pairs, member = member_of(pairs_in(typed)) if asking.kind == "coverage-changed" else (pairs_in(typed), None)
    if asking.corrects is not None:
        reason = " ".join(value for name, value in pairs if name == "reason")
        values = read_fact(cast("type[Any]", asking.model), _without_reason(asking, pairs), {}, asking.about.clock)
        return await corrections.correction_of(call, asking.corrects, values, reason), None
    fact = read_fact(cast("type[Any]", asking.model), pairs, {}, asking.about.clock)
    if isinstance(fact, f.Assign) and asking.wait is not None:
        await _see_assignee(call, fact.to, asking.wait)
    return (fact if isinstance(fact, f.CoverageChanged) else await prepared(call, asking.about.row, fact)), member


def _without_reason(asking: Asking, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs of a correction's values. Of a visit the reason itself can be corrected: it has another name."""
    told_as = {"reason_now": "reason"} if "reason" in asking.model.model_fields else {}
    return [(told_as.get(name, name), value) for name, value in pairs if name != "reason"]


async def _see_assignee(call: Call, user_id: str, wait: Wait) -> None:
    kind = KINDS[wait.kind]
    known = next((user for user in await users(await call.reach.pool()) if user.user_id == user_id), None)
    if known is None or known.role is not kind.role or (kind.licensed and not known.may_inject):
        raise wrong("to", f"expected a user whose task it may be: {kind.role}")


def _is_looked_at_first(fact: Any) -> bool:
    return fact.kind in LOOKED_AT_FIRST or fact.kind == "correction" or cannot_be_taken_back(fact)


async def _refused(at: Place, asking: Asking, form: FormData, refused: CourseRefused) -> Response:
    """Show why the course refused, with what was typed; where somebody was faster, who."""
    call = at.call()
    fresh = await as_it_is(call, await row_of(call, asking.about.row.course_id))
    if asking.wait is not None and fresh.course.wait(asking.wait.id) is None:
        return await _gone(at, fresh, asking.wait.id, form=form)
    deviates = IF_IT_HAPPENED in refused.message and may_be_a_deviation(at.by, asking.kind)
    said = with_the_way(refused.message, ", with the reason")
    typed = typed_of(form)
    return await _shown(at, asking, typed, form=form, problem=said, status=409, deviates=deviates)


async def _known(at: Place, about: Opened, form: FormData) -> Response | None:
    """Return the way back where this very form was sent before: it has taken effect, once."""
    known = await receipt_of(await at.world.reach.pool(), about.row.course_id, request_id_of(form))
    return None if known is None else _back(at, about, known.number)


def _back(at: Place, about: Opened, number: int) -> Response:
    return at.go(f"{about.path}?told={number}")


def _task_id(asking: Asking) -> str | None:
    return None if asking.wait is None else asking.wait.id


async def _shown(
    at: Place,
    asking: Asking,
    typed: Mapping[str, Sequence[str]],
    *,
    form: FormData | None = None,
    bad: BadInput | None = None,
    problem: str | None = None,
    status: int = 200,
    seen: Foreseen | None = None,
    deviates: bool = False,
) -> Response:
    """Show a form with what was typed: at first, again with what is wrong with it, or with what would follow."""
    about, wait = asking.about, asking.wait
    pool = await at.world.reach.pool()
    people, names = await users(pool), await names_of(pool)
    faults: tuple[WrongField, ...] = () if bad is None else bad.fields
    fields = inputs_of(
        asking.kind,
        asking.model,
        course=about.course,
        users=people,
        role=at.who.role,
        typed=typed,
        faults=faults,
        leave_out=_left_out(asking),
    )
    deviation = str(form.get("deviation") or "") if form is not None else ""
    of = asking.model.__name__
    return at.shown(
        "answer",
        status=422 if bad is not None else status,
        zone=about.zone,
        about=about,
        asking=asking,
        context=() if wait is None else about_task(about.course, wait, about.today, names=names),
        owner=None if wait is None else names.get(wait.owner or "", wait.owner),
        workable=wait is not None and _may_work(at.by, wait),
        takable=wait is not None and _may_take(at.by, wait),
        inputs=fields,
        typed=typed,
        problem=failure_said(bad, of) if bad is not None else None if problem is None else plain(problem, of),
        faults=faults,
        seen=seen,
        request_id=None if form is None else request_id_of(form),
        deviation=deviation,
        deviates=deviates or bool(deviation),
        shown_at=form.get(SEEN) if form is not None and form.get("step") == "change" else about.course.number,
        advice=advice_of(f.AdverseEventTold(red_flags=("x",), note="x"), about.course),
        advise=seen is not None and bool(typed.get("red_flags")),
        corrects=None if asking.corrects is None else story_of(asking.corrects, zone=about.zone, names=names),
        reason_now="reason" in asking.model.model_fields,
    )


def _left_out(asking: Asking) -> Collection[str]:
    """Return the fields that this form does not ask for: those of its task, and of a payer's yes where it said no."""
    if asking.wait is not None and asking.kind not in ABOUT_A_TASK:
        return OF_THE_TASK
    if isinstance(asking.corrects, AuthorizationDecided):
        return APPROVED if asking.corrects.decision is Decision.DENIED else DENIED
    return ()


def _may_take(by: Actor, wait: Wait) -> bool:
    kind = KINDS[wait.kind]
    return may_take(by, kind.role, licensed=kind.licensed) is None


def _may_work(by: Actor, wait: Wait) -> bool:
    kind = KINDS[wait.kind]
    return may_work_on(by, kind.role, licensed=kind.licensed) is None
