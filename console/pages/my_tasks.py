"""Pages: what waits for a clinician, each with its answer half prepared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from console.access.guard import only
from console.access.table import Act
from console.page import page
from console.world import Reached
from domain.course import Course
from domain.people import Role
from domain.waits import WaitKind
from office.finding import clinic_of, folded_of
from office.names import names_of
from office.prepared import Prepared, elapsed, prepared_for
from readmodel.access import SignedIn, put_listed
from readmodel.clinicians import clinicians_tasks
from readmodel.lookups import TaskRow

router = APIRouter()
Looks = Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))]

ROWS = 40
"""So many tasks are prepared for one screen; what comes after them is counted."""
COUNTED = 500
OWN_SCREENS = {
    WaitKind.RESPONSE_CHECK: "check",
    WaitKind.CLEARANCE: "session",
    WaitKind.SESSION_RESULT: "session",
    WaitKind.SIGNATURE: "session",
}
"""Tasks that are answered on a screen of their own; all others on that of the task."""


@dataclass(frozen=True)
class Row:
    """One task as the list shows it."""

    task: TaskRow
    ready: Prepared
    opens: str
    waited: str


@router.get("/tasks")
async def my_tasks(request: Request, world: Reached, who: Looks, of: str = "me", kind: str = "") -> Response:
    """Show what waits for this clinician, or for any, most urgent first. Others have their own on the worklist."""
    if of == "me" and who.role is not Role.CLINICIAN:
        return RedirectResponse("/worklist?view=mine", status_code=303)
    pool = await world.reach.pool()
    mine = of != "any"
    found = await clinicians_tasks(pool, now=datetime.now(UTC), clinician=who.user_id if mine else None, limit=COUNTED)
    chosen = [task for task in found if kind in {"", task.kind}]
    shown = chosen[:ROWS]
    await put_listed(pool, who.user_id, (task.course_id for task in shown), what="my tasks")
    courses, names = await folded_of(pool, {task.course_id for task in shown}), await names_of(pool)
    zone = (await clinic_of(world.call(who.user_id))).zone
    return page(
        request,
        "my_tasks.html",
        zone=zone,
        mine=mine,
        kind=kind,
        kinds=_kinds(found),
        rows=[_row(task, courses, names) for task in shown],
        left=len(chosen) - len(shown),
        cut=len(found) == COUNTED,
        names=names,
    )


def _kinds(found: list[TaskRow]) -> list[tuple[str, str, int]]:
    counted = Counter(task.kind for task in found)
    return [
        (kind, next(one.title for one in found if one.kind is kind), count) for kind, count in counted.most_common()
    ]


def _row(task: TaskRow, courses: Mapping[str, Course], names: Mapping[str, str]) -> Row:
    ready = prepared_for(courses.get(task.course_id), task.wait_id, task.now, names=names)
    screen = OWN_SCREENS.get(task.kind, f"tasks/{task.wait_id}")
    return Row(
        task=task, ready=ready, opens=f"/courses/{task.course_id}/{screen}", waited=elapsed(task.since, task.now)
    )
