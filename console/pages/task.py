"""Pages: a task, with the form that answers it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import Response

from console.asking import half_prepared
from console.form import ON_A_TASK, Asking, Here, Place, back, form_shown, gone, sent_before, tell_course
from console.labels import title_of
from console.opened import Opened, as_it_is, row_of
from domain import facts as f
from domain.people import Actor
from domain.rights import may_work_on
from domain.waits import KINDS, Wait
from office.errors import CourseRefused, NotFound
from office.kinds import FACTS
from office.sending import tell
from office.telling import answers

router = APIRouter()


@router.get("/courses/{course_id}/tasks/{wait_id}")
async def task(at: Here, course_id: str, wait_id: str, kind: str | None = None) -> Response:
    """Show what a task is about, and the form that answers it."""
    about = await at.open(course_id, "task")
    wait = about.course.wait(wait_id)
    if wait is None:
        return await gone(at, about, wait_id)
    asking = _of_task(about, wait, at.by, kind)
    if asking is None:
        return await form_shown(at, _nothing_for(about, wait), {})
    prepared_ = half_prepared(about.course, asking.kind, about.today)
    return await form_shown(at, asking, prepared_)


@router.post("/courses/{course_id}/tasks/{wait_id}")
async def answer(at: Here, course_id: str, wait_id: str) -> Response:
    """Answer a task, take it, give it back, or log what was tried."""
    form = await at.request.form()
    about = await at.open(course_id, "task")
    known = await sent_before(at, about, form)
    if known is not None:
        return known
    wait = about.course.wait(wait_id)
    if wait is None:
        return await gone(at, about, wait_id, form=form)
    kind = str(form.get("kind", ""))
    if kind in {"take", "release"}:
        return await _taken(at, about, wait, form)
    asking = _of_task(about, wait, at.by, kind)
    if asking is None:
        raise NotFound("there is no such form")
    return await tell_course(at, asking, form)


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
            return await gone(at, fresh, wait.id, form=form)
        if at.is_part:
            raise  # said beside the page, which stays as it is
        asking = _of_task(fresh, now, at.by, None) or _nothing_for(fresh, now)
        return await form_shown(at, asking, {}, problem=refused.message, status=409)
    if form.get("then") == "task":
        return at.go(f"{about.path}/tasks/{wait.id}")
    return back(at, about, number)
