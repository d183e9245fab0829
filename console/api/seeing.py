"""A course that a program looks at: found by its whole id, and the look is recorded."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends

from console.access.guard import NOTHING, only
from console.access.table import Act
from console.world import World, world_of
from office.errors import NotFound
from readmodel import lookups
from readmodel.access import SignedIn, put_look
from readmodel.lookups import CourseRow

Reached = Annotated[World, Depends(world_of)]
Seeing = Annotated[SignedIn, Depends(only(Act.SEE_COURSE))]
COURSE_ID = re.compile(r"[0-9a-zA-Z-]{1,64}")


async def course_seen(course_id: str, world: Reached, who: Seeing) -> CourseRow:
    """Return the course with this id, having noted who looked at it. Raises `NotFound`."""
    row = await course_row(world, course_id)
    await put_look(await world.reach.pool(), who.user_id, row.course_id, what="api")
    return row


async def course_row(world: World, course_id: str) -> CourseRow:
    """Return the course with this id. Raises `NotFound`."""
    if COURSE_ID.fullmatch(course_id) is None:
        raise NotFound(NOTHING)
    try:
        row = await lookups.course(await world.reach.pool(), course_id, now=datetime.now(UTC))
    except (lookups.NoSuchCourse, lookups.AmbiguousCourse):
        raise NotFound(NOTHING) from None
    if row.course_id != course_id:
        raise NotFound(NOTHING)
    return row


Seen = Annotated[CourseRow, Depends(course_seen)]
