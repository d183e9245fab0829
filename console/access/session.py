"""Sessions of signed-in people: a random token in a cookie, only its hash in the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from fastapi import Request
from starlette.responses import Response

from console.settings import ConsoleSettings
from readmodel import access
from readmodel.access import SignedIn
from readmodel.pool import Pool

LASTS, IDLE = timedelta(hours=12), timedelta(hours=2)
"""A working day, and how long somebody may be away."""
FORMS_LAST = timedelta(days=7)
"""How long a browser's forms are known as ours."""


def cookie_name(settings: ConsoleSettings) -> str:
    """Return the cookie's name: `__Host-` binds it to this host where people come by https."""
    return "__Host-regimen" if settings.is_secure else "regimen"


def _browser_cookie(settings: ConsoleSettings) -> str:
    return "__Host-regimen-browser" if settings.is_secure else "regimen-browser"


def hash_of(token: str) -> bytes:
    """Return what the database knows of a token."""
    return hashlib.sha256(token.encode()).digest()


async def begin(request: Request, response: Response, settings: ConsoleSettings, pool: Pool, user_id: str) -> None:
    """Sign a user in: a new token each time, so that none can be planted before.

    Forms of the same person in the same browser stay valid: what was typed before a sign-in expired can still be sent.
    """
    token = secrets.token_urlsafe(32)
    browser = request.cookies.get(_browser_cookie(settings)) or secrets.token_urlsafe(32)
    csrf = hmac.digest(browser.encode(), user_id.encode(), "sha256").hex()
    await access.put_sign_in(pool, hash_of(token), user_id, csrf=csrf, now=datetime.now(UTC), lasts=LASTS)
    for name, value, lasts in (
        (cookie_name(settings), token, LASTS),
        (_browser_cookie(settings), browser, FORMS_LAST),
    ):
        response.set_cookie(
            name,
            value,
            max_age=int(lasts.total_seconds()),
            httponly=True,
            secure=settings.is_secure,
            samesite="lax",
            path="/",
        )


async def end(request: Request, response: Response, settings: ConsoleSettings, pool: Pool) -> None:
    """Sign out: the token is worth nothing afterwards."""
    await forget(request, settings, pool)
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.is_secure, httponly=True, samesite="lax")


async def forget(request: Request, settings: ConsoleSettings, pool: Pool) -> None:
    """Let the token that this browser has be worth nothing, if it has one."""
    token = request.cookies.get(cookie_name(settings))
    if token:
        await access.sign_out(pool, hash_of(token), now=datetime.now(UTC))


async def places_of(request: Request, settings: ConsoleSettings, pool: Pool, user_id: str) -> list[access.SignInOf]:
    """Return where a user is signed in, newest first."""
    asking = hash_of(request.cookies.get(cookie_name(settings), ""))
    return await access.sign_ins_of(pool, user_id, now=datetime.now(UTC), idle=IDLE, asking=asking)


async def who_is(request: Request, settings: ConsoleSettings, pool: Pool) -> SignedIn | None:
    """Return who is signed in, if anybody is."""
    token = request.cookies.get(cookie_name(settings))
    if not token:
        return None
    return await access.signed_in(pool, hash_of(token), now=datetime.now(UTC), idle=IDLE)
