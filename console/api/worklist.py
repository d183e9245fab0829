"""The worklist: what needs a person, most urgent first, its views with their counts, and views kept by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from pydantic import Field

from console.access.guard import only
from console.access.table import Act, may
from console.api.paging import Name, Page, Paged
from console.api.seeing import COURSE_ID, Reached
from console.api.writing import Write, writes
from domain.people import Role
from domain.record import Edge, Record
from domain.waits import WaitKind
from office.errors import WrongField, wrong_fields
from office.finding import clinic_of
from office.worklist import VIEWS, Filters, Line, line_of
from readmodel import worklist as rows
from readmodel.access import SignedIn, put_listed
from readmodel.people import users
from readmodel.worklist import COUNT_MAX, Place

router = APIRouter(tags=["worklist"])
Worker = Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))]
COURSES_MAX = 100
ViewName = Literal[tuple(view.id for view in VIEWS)]  # type: ignore[valid-type] # made from the table of views

if TYPE_CHECKING:
    AnyView = str
else:
    AnyView = ViewName


class Narrowed(Edge):
    """A view and what it is narrowed to."""

    view: AnyView = "all"
    role: Role | None = None
    payer: str | None = Field(default=None, min_length=1, max_length=100)
    clinician: str | None = Field(default=None, min_length=1, max_length=100)
    kind: WaitKind | None = None

    @property
    def filters(self) -> Filters:
        """Return it as the worklist's own filters."""
        return Filters.read([(name, str(value)) for name, value in self if value is not None])


class ViewItem(Record):
    """A view that everybody has. A count stops at 1,000: `more` says that there may be more."""

    id: str
    name: str
    hint: str
    count: int
    more: bool


class SavedItem(Record):
    """A view kept by name, one's own or one that is shared."""

    view_id: int
    owner: str
    name: str
    shared: bool
    narrowed: Narrowed
    count: int
    more: bool


class Views(Record):
    """All views that somebody sees, each with how many rows it has now."""

    views: list[ViewItem]
    saved: list[SavedItem]


class KeepingView(Edge):
    """A view to be kept by name; of the same name, the last stands."""

    name: str = Field(min_length=1, max_length=60)
    narrowed: Narrowed
    shared: bool = Field(default=False, description="with everybody; for operations and admins")


class KeptView(Record):
    """A view as it is kept."""

    view_id: int
    name: str
    shared: bool


@router.get("/worklist")
async def list_worklist(
    page: Paged,
    who: Worker,
    world: Reached,
    *,
    view: AnyView = "all",
    role: Role | None = None,
    payer: Name | None = None,
    clinician: Name | None = None,
    kind: WaitKind | None = None,
    course: Annotated[
        list[str] | None,
        Query(max_length=COURSES_MAX, description="these courses only, as `POST /patients/find` has them"),
    ] = None,
) -> Page[Line]:
    """List what needs a person in a view, most urgent first, as the page shows it. `GET /tasks` has more of each task."""
    clinic, pool = await clinic_of(world.call(who.user_id)), await world.reach.pool()
    asked = Narrowed(view=view, role=role, payer=payer, clinician=clinician, kind=kind).filters
    courses = None if course is None else tuple(one for one in course if COURSE_ID.fullmatch(one))
    after = page.after(datetime.fromisoformat, str, str)
    found = await rows.worklist(
        pool,
        asked.wanted(who.user_id, clinic, courses),
        now=datetime.now(UTC),
        after=None if after is None else Place(at=after[0], course_id=after[1], wait_id=after[2]),
        limit=page.rows,
    )
    await put_listed(pool, who.user_id, (row.place.course_id for row in found[: page.limit]), what="api worklist")
    names = {one.user_id: one.name for one in await users(pool)}
    return page.page(
        found,
        lambda row: line_of(row, clinic, names),
        lambda row: (row.place.at, row.place.course_id, row.place.wait_id),
    )


@router.get("/worklist/views")
async def list_views(
    who: Worker,
    world: Reached,
    *,
    role: Role | None = None,
    payer: Name | None = None,
    clinician: Name | None = None,
) -> Views:
    """Count the rows of each view, narrowed alike, and of each view that you kept or that is shared."""
    clinic, pool = await clinic_of(world.call(who.user_id)), await world.reach.pool()
    narrowed = Narrowed(role=role, payer=payer, clinician=clinician).filters
    saved = [(one, Filters.read(one.query)) for one in await rows.saved_views(pool, who.user_id)]
    choices = [*(narrowed.in_view(view.id) for view in VIEWS), *(filters for _, filters in saved)]
    wanted = [one.wanted(who.user_id, clinic) for one in choices]
    counts = await rows.counts(pool, wanted, now=datetime.now(UTC))
    return Views(
        views=[
            ViewItem(id=view.id, name=view.name, hint=view.hint, **_counted(count))
            for view, count in zip(VIEWS, counts, strict=False)
        ],
        saved=[
            SavedItem(
                **one.model_dump(exclude={"query"}),
                narrowed=Narrowed(**{name: value for name, value in vars(filters).items() if value}),
                **_counted(count),
            )
            for (one, filters), count in zip(saved, counts[len(VIEWS) :], strict=True)
        ],
    )


def _counted(count: int) -> dict[str, Any]:
    return {"count": min(count, COUNT_MAX), "more": count >= COUNT_MAX}


@router.post("/worklist/views", status_code=201, response_model=KeptView)
async def keep_view(write: Annotated[Write, Depends(writes(Act.SAVE_VIEW))], keeping: KeepingView) -> Response:
    """Keep a view by name."""
    if keeping.shared and not may(write.who.role, Act.SHARE_VIEW):
        raise wrong_fields([WrongField(field="shared", problem="is not for your role", expected="false")])

    async def keep() -> dict[str, Any]:
        pool, who, query = await write.world.reach.pool(), write.who.user_id, keeping.narrowed.filters.query()
        view_id = await rows.put_view(pool, who, keeping.name, query, shared=keeping.shared, now=datetime.now(UTC))
        return {"view_id": view_id, "name": keeping.name, "shared": keeping.shared}

    return await write.once(keep, status=201)


@router.delete("/worklist/views/{view_id}", status_code=204)
async def drop_view(
    who: Annotated[SignedIn, Depends(only(Act.SAVE_VIEW))],
    world: Reached,
    view_id: Annotated[int, Path(ge=1, le=10**18)],
) -> Response:
    """Forget a view of your own. Forgotten twice it is forgotten; of others nothing is forgotten."""
    await rows.drop_view(await world.reach.pool(), who.user_id, view_id)
    return Response(status_code=204)
