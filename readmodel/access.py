"""Who is signed in to the console, and who looked at which course."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from domain.people import User
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_row
from readmodel.sql import query

LIST = "list: "
"""How looks begin that were a list which named patients, not a page about one."""
LISTED_AGAIN = timedelta(hours=1)


class SignedIn(User):
    """A user who is signed in. Forms carry `csrf`, which no other site can know."""

    csrf: str


class Look(Record):
    """One look of a user at a course."""

    user_id: str
    name: str | None
    course_id: str
    what: str
    at: datetime


async def put_sign_in(
    pool: Pool, token_hash: bytes, user_id: str, *, csrf: str, now: datetime, lasts: timedelta
) -> None:
    """Note that a user signed in. Only the hash of the token is kept."""
    with told_as_outages():
        await pool.execute(query("put_sign_in"), token_hash, user_id, csrf, now, now + lasts)


async def signed_in(pool: Pool, token_hash: bytes, *, now: datetime, idle: timedelta) -> SignedIn | None:
    """Return who is signed in by this token; None when it is over, was idle too long, or the user may act no more."""
    return await one_row(pool, SignedIn, "signed_in", token_hash, now, now - idle)


async def sign_out(pool: Pool, token_hash: bytes, *, now: datetime) -> None:
    """Forget a token."""
    with told_as_outages():
        await pool.execute(query("sign_out"), token_hash, now)


async def put_looks(pool: Pool, user_id: str, course_ids: Collection[str], *, what: str) -> None:
    """Note that a user looked at courses, now by the real clock. `what` names the screen, never what it showed."""
    if course_ids:
        with told_as_outages():
            await pool.execute(query("put_looks"), user_id, sorted(course_ids), what, None)


async def put_listed(pool: Pool, user_id: str, course_ids: Iterable[str | None], *, what: str) -> None:
    """Note that a list named patients to a user. One that stays open, or is read again and again, once an hour."""
    listed = sorted({one for one in course_ids if one is not None})
    if listed:
        with told_as_outages():
            await pool.execute(query("put_looks"), user_id, listed, f"{LIST}{what}", LISTED_AGAIN)


async def put_look(pool: Pool, user_id: str, course_id: str, *, what: str) -> None:
    """Note that a user looked at a course."""
    await put_looks(pool, user_id, {course_id}, what=what)


async def looks(
    pool: Pool, *, course_id: str | None = None, user_id: str | None = None, lists: bool = True, limit: int = 200
) -> list[Look]:
    """Return who looked, newest first; with `lists` also where a list named the patient."""
    return await all_rows(pool, Look, "looks", course_id, user_id, limit, lists)


class SignInBegun(Record):
    """A sign-in that has come back from the provider: what only we could know of it."""

    nonce: str
    code_verifier: str
    back_to: str


class SignInOf(Record):
    """One place where a user is signed in."""

    signed_in_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this_one: bool


async def put_sign_in_begun(
    pool: Pool, state_hash: bytes, begun: SignInBegun, *, now: datetime, lasts: timedelta
) -> None:
    """Note that a sign-in went to the provider."""
    with told_as_outages():
        await pool.execute(
            query("put_sign_in_begun"), state_hash, begun.nonce, begun.code_verifier, begun.back_to, now, now + lasts
        )


async def take_sign_in_begun(pool: Pool, state_hash: bytes, *, now: datetime) -> SignInBegun | None:
    """Return what was noted of a sign-in, once; None when it is unknown, was used, or took too long."""
    return await one_row(pool, SignInBegun, "take_sign_in_begun", state_hash, now)


async def sign_out_everywhere(pool: Pool, user_id: str) -> None:
    """Forget all tokens of a user's sessions."""
    with told_as_outages():
        await pool.execute(query("sign_out_everywhere"), user_id)


async def sign_ins_of(pool: Pool, user_id: str, *, now: datetime, idle: timedelta, asking: bytes) -> list[SignInOf]:
    """Return where a user is signed in, newest first. `asking` is the hash of the token that asks."""
    return await all_rows(pool, SignInOf, "sign_ins_of", user_id, now, now - idle, asking)
