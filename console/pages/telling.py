"""Pages: what a course may be told besides its tasks, and the form that tells it."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from console.asking import half_prepared, pairs_in, typed_of
from console.form import Asking, Here, Place, form_shown, sent_before, tell_course
from console.labels import title_of
from console.opened import Opened
from console.page import page
from domain.people import Actor
from domain.sentences import waiting_sentence
from domain.story.words import in_words
from domain.waits import KINDS
from office import direct
from office.errors import BadInput, CourseRefused, NotFound
from office.fields import read_fact
from office.kinds import FACTS
from office.telling import (
    may_tell,
    offered,
)

router = APIRouter()

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
    return await form_shown(at, _of_kind(about, at.by, kind), half_prepared(about.course, kind, about.today))


@router.post("/courses/{course_id}/tell/{kind}")
async def told(at: Here, course_id: str, kind: str) -> Response:
    """Tell a course, or the clinic's own records, a fact."""
    form = await at.request.form()
    about = await at.open(course_id, "tell")
    known = await sent_before(at, about, form)
    if known is not None:
        return known
    asking = _of_kind(about, at.by, kind)
    if kind in direct.DIRECT_FIELDS:
        return await _told_to_records(at, asking, form)
    return await tell_course(at, asking, form)


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
        return await form_shown(at, asking, typed, bad=bad)
    except (CourseRefused, NotFound) as refused:
        return await form_shown(at, asking, typed, problem=refused.message, status=409)
    return at.shown("answer_done", zone=asking.about.zone, about=asking.about, title=asking.title, said=said)
