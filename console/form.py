"""One form about one course: shown, shown again with what is wrong or what would follow, told, and told too late."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import Who
from console.acting import SEEN, actor, request_id_of, see_unchanged
from console.asking import APPROVED, DENIED, OF_THE_TASK, Typed, inputs_of, pairs_in, typed_of
from console.labels import failure_said, plain
from console.opened import Opened, as_it_is, opened, row_of
from console.page import page
from console.world import World, world_of
from domain import facts as f
from domain.coverage import Decision
from domain.deviation import IF_IT_HAPPENED, with_the_way
from domain.events import AuthorizationDecided, CourseEvent, WaitOpened
from domain.people import Actor
from domain.rights import may_take, may_work_on
from domain.story import story_of
from domain.waits import KINDS, Wait
from office import corrections
from office.about import about_task
from office.appointments import asks_scheduling, scheduling_answered
from office.call import Call
from office.errors import BadInput, CourseRefused, NotFound, WrongField
from office.fields import read_fact
from office.finding import wrong
from office.kinds import ABOUT_A_TASK
from office.names import names_of
from office.payers import member_of
from office.sending import tell
from office.telling import (
    LOOKED_AT_FIRST,
    Foreseen,
    advice_of,
    cannot_be_taken_back,
    may_be_a_deviation,
    prepared,
)
from readmodel.access import SignedIn
from readmodel.lookups import receipt_of
from readmodel.people import users


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


async def tell_course(at: Place, asking: Asking, form: FormData) -> Response:
    """Tell the course what a form says, after a look at what follows where that is wise; or show the form again."""
    typed = typed_of(form)
    if form.get("step") == "change":
        return await form_shown(at, asking, typed, form=form)
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
            return await form_shown(at, asking, typed, form=form, seen=seen)
        fact = await prepared(call, asking.about.row, fact, member=member)
        number = await tell(call, asking.about.row, fact, task=_task_id(asking), by=at.by, deviation=deviation)
        if asks_scheduling(fact):
            return await _asked_scheduling(at, asking, typed, number)
    except BadInput as bad:
        return await form_shown(at, asking, typed, form=form, bad=bad)
    except CourseRefused as refused:
        return await _refused(at, asking, form, refused)
    return back(at, asking.about, number)


async def _asked_scheduling(at: Place, asking: Asking, typed: Typed, number: int) -> Response:
    """Wait a little for scheduling; its no is shown with the form, which asks anew when it is sent again."""
    try:
        await scheduling_answered(at.call(), asking.about.row, number)
    except CourseRefused as refused:
        return await form_shown(at, asking, typed, problem=refused.message, status=409)
    return back(at, asking.about, number)


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
        return await gone(at, fresh, asking.wait.id, form=form)
    deviates = IF_IT_HAPPENED in refused.message and may_be_a_deviation(at.by, asking.kind)
    said = with_the_way(refused.message, ", with the reason")
    typed = typed_of(form)
    return await form_shown(at, asking, typed, form=form, problem=said, status=409, deviates=deviates)


async def sent_before(at: Place, about: Opened, form: FormData) -> Response | None:
    """Return the way back where this very form was sent before: it has taken effect, once."""
    known = await receipt_of(await at.world.reach.pool(), about.row.course_id, request_id_of(form))
    return None if known is None else back(at, about, known.number)


def back(at: Place, about: Opened, number: int) -> Response:
    return at.go(f"{about.path}?told={number}")


def _task_id(asking: Asking) -> str | None:
    return None if asking.wait is None else asking.wait.id


async def form_shown(
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


async def gone(at: Place, about: Opened, wait_id: str, *, form: FormData | None = None) -> Response:
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
