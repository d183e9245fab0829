"""Pages: protocols, payer policies, messages, users, and who looked at whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from adapters.templates import DEFAULT_LANGUAGE, MESSAGES, kinds
from console.access.guard import only
from console.access.table import MAY, Act, may
from console.page import page
from console.world import World, world_of
from domain.people import Role
from domain.record import Mark
from domain.rights import RIGHTS
from office import rule_books
from office.errors import NotFound
from office.finding import clinic_of
from office.measures import count_for
from readmodel import shown
from readmodel.access import SignedIn, looks, put_listed
from readmodel.finding import courses_by_book, courses_in

router = APIRouter()

Reached = Annotated[World, Depends(world_of)]
Reader = Annotated[SignedIn, Depends(only(Act.SEE_SETTINGS))]

SECONDS_TO_COUNT = 0.7
LIMIT = 200
TABS = {
    "protocols": ("Protocols", Act.SEE_SETTINGS),
    "payers": ("Payers", Act.SEE_SETTINGS),
    "messages": ("Messages", Act.SEE_SETTINGS),
    "users": ("Users and rights", Act.SEE_SETTINGS),
    "looks": ("Who looked", Act.SEE_LOOKS),
}
MARKS = {
    Mark.PRIMARY: "read in a primary source",
    Mark.SECONDARY: "read in a secondary source only",
    Mark.UNVERIFIED: "nobody has verified it, or a proposal of ours",
    Mark.COMPUTED: "computed from primary figures",
    Mark.CLINIC: "the clinic's own rule",
}
ROLES = (Role.OPERATIONS, Role.CLINICIAN, Role.BILLING, Role.ADMIN)


@dataclass(frozen=True)
class Asked:
    """What is looked at, as the address says it."""

    what: str = "protocols"
    kind: str = ""
    status: str = ""
    user: str = ""
    course: str = ""
    lists: str = ""
    book: str = ""
    version: str = ""


@router.get("/settings")
async def settings(request: Request, who: Reader, world: Reached, asked: Annotated[Asked, Depends()]) -> Response:
    """Show what this installation is set to."""
    if asked.what not in TABS or not may(who.role, TABS[asked.what][1]):
        raise NotFound("there is no such page")
    context: dict[str, Any] = {
        "tabs": [(name, title) for name, (title, act) in TABS.items() if may(who.role, act)],
        "asked": asked,
        "limit": LIMIT,
        "zone": (await clinic_of(world.call(who.user_id))).zone,
    }
    shows = {"protocols": _books, "payers": _books, "messages": _messages, "users": _users, "looks": _looks}
    template = "settings_books.html" if shows[asked.what] is _books else f"settings_{asked.what}.html"
    shown_ = await shows[asked.what](world, asked)
    named = [*(one.course_id for one in shown_.get("using") or ()), *shown_.get("patients", {})]
    await put_listed(await world.reach.pool(), who.user_id, named, what=TABS[asked.what][0].lower())
    return page(request, template, **context, **shown_)


async def _books(world: World, asked: Asked) -> dict[str, Any]:
    pool = await world.reach.pool()
    left = await count_for(pool, SECONDS_TO_COUNT)
    of = rule_books.protocols if asked.what == "protocols" else rule_books.policies
    using = (
        await courses_by_book(pool, asked.book, asked.version, now=datetime.now(UTC), limit=LIMIT)
        if asked.book and asked.version
        else None
    )
    return {"versions": await of(pool), "left": left, "marks": MARKS, "using": using}


async def _messages(world: World, asked: Asked) -> dict[str, Any]:
    pool = await world.reach.pool()
    texts = {kind: (MESSAGES / DEFAULT_LANGUAGE / f"{kind}.txt").read_text(encoding="utf-8") for kind in kinds()}
    return {
        "by_kind": await shown.messages_by_kind(pool),
        "latest": await shown.latest_messages(pool, kind=asked.kind or None, status=asked.status or None, limit=LIMIT),
        "texts": dict(sorted(texts.items())),
    }


async def _users(world: World, asked: Asked) -> dict[str, Any]:  # noqa: ARG001 - as the others
    return {
        "listed": await shown.all_users(await world.reach.pool()),
        "roles": ROLES,
        "acts": [(str(act), [role in MAY[act] for role in ROLES]) for act in Act],
        "facts": [(kind, [role in roles for role in ROLES]) for kind, roles in RIGHTS.items()],
    }


async def _looks(world: World, asked: Asked) -> dict[str, Any]:
    pool = await world.reach.pool()
    seen = await looks(
        pool, course_id=asked.course or None, user_id=asked.user or None, lists=bool(asked.lists), limit=LIMIT
    )
    courses = await courses_in(pool, {look.course_id for look in seen}, now=datetime.now(UTC))
    return {
        "seen": seen,
        "patients": {course.course_id: course for course in courses},
        "listed": await shown.all_users(pool),
    }
