"""Tokens of integrations: only their hashes are kept, and each acts as a user of the list."""

from __future__ import annotations

from datetime import datetime

from domain.people import Role
from domain.record import Record
from readmodel.access import SignedIn
from readmodel.pool import Pool
from readmodel.rows import all_rows, one_row, one_value


class Token(Record):
    """A token as lists show it. What it is nobody can say any more."""

    name: str
    user_id: str
    role: Role | None = None
    made_by: str
    made_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


async def put_token(
    pool: Pool, token_hash: bytes, *, name: str, user_id: str, made_by: str, now: datetime, ends_at: datetime | None
) -> Token | None:
    """Note a new token. None: the name is taken, also by one that was revoked."""
    return await one_row(pool, Token, "put_api_token", token_hash, name, user_id, made_by, now, ends_at)


async def tokens(pool: Pool) -> list[Token]:
    """Return all tokens, those that are good first."""
    return await all_rows(pool, Token, "api_tokens")


async def revoke(pool: Pool, name: str, *, now: datetime) -> bool:
    """Let a token be good for nothing. Returns whether there is one of this name."""
    return await one_value(pool, "revoke_api_token", name, now) is not None


async def by_token(pool: Pool, token_hash: bytes, *, now: datetime) -> SignedIn | None:
    """Return the user a token acts as; None when it is unknown, over, revoked, or the user may act no more."""
    return await one_row(pool, SignedIn, "by_api_token", token_hash, now)
