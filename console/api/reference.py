"""What the rules and the lists are: users, treatment protocols, payer policies, and the schemas of facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from adapters.files.policies import policy_versions
from adapters.files.protocols import protocol_versions
from adapters.files.reading import folders_in
from console.access.guard import NOTHING, Who, only
from console.access.table import Act, may
from console.api.courses import CourseItem
from console.api.facts import TOLD_BY_API
from console.api.paging import Name, Page
from console.api.seeing import Reached
from console.world import World
from domain.intake import Intake
from domain.payer import PayerPolicy
from domain.people import Role, User
from domain.protocol import TreatmentProtocol
from domain.rights import LICENSED, RIGHTS
from office.direct import MAY_TELL
from office.errors import NotFound
from office.measures import count_for
from readmodel.access import Look, SignedIn, looks, put_listed
from readmodel.finding import courses_by_book
from readmodel.measures import versions as counted
from readmodel.people import users
from runtime.settings import PROJECT

router = APIRouter(tags=["reference"])
Reader = Annotated[SignedIn, Depends(only(Act.SEE_SETTINGS))]
SECONDS_TO_COUNT, COURSES_MAX = 0.7, 200


class Me(BaseModel):
    """Who you are to Regimen."""

    user_id: str
    name: str
    role: Role
    may_inject: bool
    acts: list[str] = Field(description="what your role may see and do")


class InUse(BaseModel):
    """How many courses go by a version, and how many did that are over."""

    open: int = 0
    over: int = 0


class Versions(BaseModel):
    """Rules with their versions, the newest last. New courses start with the newest."""

    id: str
    title: str
    versions: list[str]
    in_use: dict[str, InUse] = Field(
        description="by version; what courses did in the last minutes may still be missing"
    )


class SchemaItem(BaseModel):
    """A kind of fact: who may tell it, and where its schema is."""

    kind: str
    title: str
    roles: list[Role]
    licensed: bool
    href: str


@router.get("/me")
async def me(who: Who) -> Me:
    """Say who you are, by token or session."""
    acts = [act.name for act in Act if may(who.role, act)]
    return Me(user_id=who.user_id, name=who.name, role=who.role, may_inject=who.may_inject, acts=acts)


@router.get("/users")
async def list_users(who: Reader, world: Reached) -> Page[User]:  # noqa: ARG001 - the guard
    """List who may act, by name."""
    return Page(items=await users(await world.reach.pool()), next=None)


@router.get("/looks")
async def list_looks(
    who: Annotated[SignedIn, Depends(only(Act.SEE_LOOKS))],  # noqa: ARG001 - the guard
    world: Reached,
    course: Name | None = None,
    user: Name | None = None,
) -> Page[Look]:
    """List who looked at which course, the last 200, newest first."""
    return Page(items=await looks(await world.reach.pool(), course_id=course, user_id=user), next=None)


@cache
def _protocols() -> dict[str, dict[str, TreatmentProtocol]]:
    return {folder.name: protocol_versions(folder) for folder in folders_in(PROJECT / "protocols")}


@cache
def _policies() -> dict[str, dict[str, PayerPolicy]]:
    return {folder.name: policy_versions(folder) for folder in folders_in(PROJECT / "payers")}


async def _in_use(world: World) -> dict[tuple[str, str], InUse]:
    """Return how many courses go by what, having counted those that have moved as far as that goes at once."""
    pool = await world.reach.pool()
    await count_for(pool, SECONDS_TO_COUNT)
    return {(row.book, row.version): InUse(open=row.open, over=row.over) for row in await counted(pool)}


def _versions(book: str, title: str, versions: Iterable[str], in_use: dict[tuple[str, str], InUse]) -> Versions:
    used = {version: in_use.get((book, version), InUse()) for version in versions}
    return Versions(id=book, title=title, versions=list(used), in_use=used)


@router.get("/protocols")
async def list_protocols(who: Reader, world: Reached) -> Page[Versions]:  # noqa: ARG001 - the guard
    """List treatment protocols, and how many courses go by each version."""
    in_use = await _in_use(world)
    items = [
        _versions(name, list(versions.values())[-1].title, versions, in_use) for name, versions in _protocols().items()
    ]
    return Page(items=items, next=None)


@router.get("/protocols/{protocol_id}/{version}")
async def show_protocol(who: Reader, protocol_id: str, version: str) -> TreatmentProtocol:  # noqa: ARG001 - the guard
    """Show a version of a treatment protocol: each number with its source."""
    found = _protocols().get(protocol_id, {}).get(version)
    if found is None:
        raise NotFound(NOTHING)
    return found


@router.get("/protocols/{protocol_id}/{version}/courses")
async def list_courses_of_protocol(
    who: Reader,
    world: Reached,
    protocol_id: str,
    version: str,
) -> Page[CourseItem]:
    """List courses that go or went by a version of a protocol, open ones first, at most 200."""
    if version not in _protocols().get(protocol_id, {}):
        raise NotFound(NOTHING)
    return await _courses_by(world, who, protocol_id, version)


async def _courses_by(world: World, who: SignedIn, book: str, version: str) -> Page[CourseItem]:
    pool = await world.reach.pool()
    rows = await courses_by_book(pool, book, version, now=datetime.now(UTC), limit=COURSES_MAX)
    await put_listed(pool, who.user_id, (row.course_id for row in rows), what="api courses of a version")
    return Page(items=[CourseItem.model_validate(row) for row in rows], next=None)


@router.get("/payers")
async def list_payers(who: Reader, world: Reached) -> Page[Versions]:  # noqa: ARG001 - the guard
    """List payer policies, and how many courses go by each version."""
    in_use = await _in_use(world)
    items = [
        _versions(name, list(versions.values())[-1].name, versions, in_use) for name, versions in _policies().items()
    ]
    return Page(items=items, next=None)


@router.get("/payers/{payer_id}/{version}/courses")
async def list_courses_of_payer(
    who: Reader,
    world: Reached,
    payer_id: str,
    version: str,
) -> Page[CourseItem]:
    """List courses that go or went by a version of a payer's policy, open ones first, at most 200."""
    if version not in _policies().get(payer_id, {}):
        raise NotFound(NOTHING)
    return await _courses_by(world, who, payer_id, version)


@router.get("/payers/{payer_id}/{version}")
async def show_payer(who: Reader, payer_id: str, version: str) -> PayerPolicy:  # noqa: ARG001 - the guard
    """Show a version of a payer's policy: each value with its source."""
    found = _policies().get(payer_id, {}).get(version)
    if found is None:
        raise NotFound(NOTHING)
    return found


@router.get("/schemas")
async def list_schemas(who: Who) -> Page[SchemaItem]:  # noqa: ARG001 - the guard
    """List the kinds of facts that a course or the clinic's records take."""
    items = [
        SchemaItem(
            kind=kind,
            title=(model.__doc__ or kind).strip(),
            roles=sorted(MAY_TELL[kind] if kind in MAY_TELL else RIGHTS[kind]),
            licensed=kind in LICENSED,
            href=f"/api/v1/schemas/{kind}",
        )
        for kind, model in sorted(TOLD_BY_API.items())
    ]
    return Page(items=items, next=None)


@router.get("/schemas/{kind}")
async def show_schema(who: Who, kind: str) -> dict[str, Any]:  # noqa: ARG001 - the guard
    """Show the JSON Schema of a kind of fact, or of an `intake`."""
    models: dict[str, type[BaseModel]] = {"intake": Intake, **TOLD_BY_API}
    if kind not in models:
        raise NotFound(NOTHING)
    return models[kind].model_json_schema()
