"""The clinic's records beside the courses: appointments, messages, claims, lots."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from activities.billing import ClaimState
from activities.scheduling import AppointmentState
from console.access.guard import only
from console.access.table import Act
from console.api.paging import Name, Page, Paged
from console.api.seeing import Reached
from office.errors import WrongField, wrong_fields
from office.fields import EARLIEST_YEAR, LATEST_YEAR
from office.finding import clock_of
from office.lots import sessions_of_lot
from readmodel import paged
from readmodel.access import SignedIn, put_listed, put_looks
from readmodel.paged import AppointmentRow, ClaimRow, SentRow
from readmodel.shown import KindOfMessage, messages_by_kind

router = APIRouter()
RANGE_MAX = timedelta(days=366)
MessageStatus = Literal["queued", "sending", "sent", "kept", "failed", "unknown", "withdrawn"]


class SessionOfLot(BaseModel):
    """A session for which a vial of the lot was opened."""

    model_config = ConfigDict(from_attributes=True)

    patient: str | None
    record_number: str | None
    contact: str | None
    course_id: str
    session: int
    given_on: date
    units: int
    lot: str
    expires_on: date
    adverse_events: list[str]


@router.get("/appointments", tags=["appointments"])
async def list_appointments(
    page: Paged,
    who: Annotated[SignedIn, Depends(only(Act.SEE_CALENDAR))],
    world: Reached,
    *,
    on: Annotated[date | None, Query(description="one day; default: today at the clinic")] = None,
    first: Annotated[date | None, Query(description="first day of a range, with `last`")] = None,
    last: Annotated[date | None, Query(description="last day of the range, at most a year later")] = None,
    injector: Name | None = None,
    room: Name | None = None,
    state: AppointmentState | None = None,
) -> Page[AppointmentRow]:
    """List the appointments of a day or a range of days, earliest first. They are booked by facts: book, move, cancel."""
    today = (await clock_of(world.call(who.user_id))).today
    first_on, last_on = _days(on, first, last, today)
    pool = await world.reach.pool()
    rows = await paged.appointments_page(
        pool,
        first_on=first_on,
        last_on=last_on,
        injector=injector,
        room=room,
        state=state,
        after=page.after(datetime.fromisoformat, str),
        limit=page.rows,
    )
    await put_listed(pool, who.user_id, (row.course_id for row in rows[: page.limit]), what="api appointments")
    return page.page(rows, lambda row: row, lambda row: (row.starts_at, row.appointment_id))


def _days(on: date | None, first: date | None, last: date | None, today: date) -> tuple[date, date]:
    if first is None and last is None:
        first = last = on or today
    elif on is not None:
        raise _wrong("on", "one day and a range", "either `on`, or `first` and `last`")
    if first is None or last is None:
        raise _wrong("first" if first is None else "last", "is missing", "both ends of the range")
    see_range(first, last)
    return first, last


def see_range(first: date, last: date) -> None:
    """Refuse a range of days that is none, or too long a one. Raises `BadInput`."""
    if first.year < EARLIEST_YEAR or last.year > LATEST_YEAR:
        raise _wrong("first", "is out of bounds", f"a day between {EARLIEST_YEAR} and {LATEST_YEAR}")
    if not first <= last <= first + RANGE_MAX:
        raise _wrong("last", "before the first day, or more than a year later", "a later day within a year")


def _wrong(field: str, problem: str, expected: str) -> Exception:
    return wrong_fields([WrongField(field=field, problem=problem, expected=expected)])


@router.get("/lots/{lot}/sessions", tags=["lots"])
async def list_sessions_of_lot(
    who: Annotated[SignedIn, Depends(only(Act.FIND_LOT))],
    world: Reached,
    lot: Annotated[str, Path(min_length=1, max_length=60, pattern=r"^[!-~]+$")],
) -> Page[SessionOfLot]:
    """List the sessions for which a vial of this lot was opened, the latest first; each is a look at its course."""
    found = await sessions_of_lot(world.call(who.user_id), lot)
    await put_looks(await world.reach.pool(), who.user_id, {one.course_id for one in found}, what="api: lot")
    return Page(items=[SessionOfLot.model_validate(one) for one in found], next=None)


@router.get("/messages", tags=["messages"])
async def list_messages(
    page: Paged,
    who: Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))],  # noqa: ARG001 - the guard
    world: Reached,
    status: MessageStatus | None = None,
    course: Name | None = None,
) -> Page[SentRow]:
    """List messages to patients, oldest first: kind and fate, not what they say."""
    after = page.after(datetime.fromisoformat, str)
    pool = await world.reach.pool()
    rows = await paged.messages_page(pool, course_id=course, status=status, after=after, limit=page.rows)
    return page.page(rows, lambda row: row, lambda row: (row.send_at, row.key))


@router.get("/messages/counts", tags=["messages"])
async def count_messages(
    who: Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))],  # noqa: ARG001 - the guard
    world: Reached,
) -> Page[KindOfMessage]:
    """Count messages by kind and state."""
    return Page(items=await messages_by_kind(await world.reach.pool()), next=None)


@router.get("/claims", tags=["claims"])
async def list_claims(
    page: Paged,
    who: Annotated[SignedIn, Depends(only(Act.SEE_WORKLIST))],  # noqa: ARG001 - the guard
    world: Reached,
    state: ClaimState | None = None,
    payer: Name | None = None,
) -> Page[ClaimRow]:
    """List claims, the last filed first. What came back of one stands with its course."""
    after = page.after(datetime.fromisoformat, str)
    rows = await paged.claims_page(await world.reach.pool(), state=state, payer_id=payer, after=after, limit=page.rows)
    return page.page(rows, lambda row: row, lambda row: (row.filed_at, row.claim_id))
