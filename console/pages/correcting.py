"""Pages: the form that corrects a line of the journal."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from console.form import Asking, Here, form_shown, sent_before, tell_course
from console.opened import Opened
from domain.people import Actor
from office import corrections
from office.errors import NotFound

router = APIRouter()


@router.get("/courses/{course_id}/correct/{number}")
async def correcting(at: Here, course_id: str, number: int) -> Response:
    """Show the form that corrects a line of the journal."""
    about = await at.open(course_id, "correct")
    return await form_shown(at, _of_event(about, at.by, number), {})


@router.post("/courses/{course_id}/correct/{number}")
async def corrected(at: Here, course_id: str, number: int) -> Response:
    """Correct a line of the journal: both values and what follows are shown first."""
    form = await at.request.form()
    about = await at.open(course_id, "correct")
    known = await sent_before(at, about, form)
    if known is not None:
        return known
    return await tell_course(at, _of_event(about, at.by, number), form)


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
