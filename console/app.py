"""The console as one ASGI app: pages, API, and what guards them all."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from console import api, health, metrics, pages
from console.access import session, signing, tokens
from console.access.guard import UNSAFE, address_of
from console.access.limits import PerMinute
from console.access.provider import Provider
from console.api.problems import problem
from console.failing import answer_failures, is_api, too_large
from console.imports import FILE_MAX, MEGABYTE
from console.live import Changes
from console.metrics import Metrics
from console.page import HERE
from console.protecting import protected
from console.settings import ConsoleSettings
from console.world import World
from office.reach import Reach

log = structlog.stdlib.get_logger(__name__)

CONNECTIONS_MAX = 16
BODY_MAX = FILE_MAX + MEGABYTE
"""The largest file that is imported, with room."""


def console_app(settings: ConsoleSettings) -> FastAPI:
    """Return the app. What it reaches is opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def open_world(app: FastAPI) -> AsyncIterator[None]:
        async with Reach(connections=CONNECTIONS_MAX, quiet=False) as reach:
            app.state.world = World(settings=settings, reach=reach, changes=Changes(reach))
            yield

    app = FastAPI(
        title="Regimen",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=open_world,
    )
    app.state.provider = (
        None if settings.provider is None else Provider(settings.provider, settings.url + signing.CALLBACK)
    )
    app.state.sign_ins = PerMinute(settings.sign_ins_per_minute)
    app.state.failures = PerMinute(settings.failures_per_minute)
    app.state.requests = PerMinute(settings.api_requests_per_minute)
    app.state.metrics = Metrics()
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for router in (health.router, metrics.router, signing.router, tokens.router, *pages.ROUTERS):
        app.include_router(router, include_in_schema=False, max_body_size=BODY_MAX)
    app.include_router(api.router, max_body_size=BODY_MAX)
    app.middleware("http")(_guarded)
    answer_failures(app)
    return app


async def _guarded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer with what protects people, and count."""
    request.state.request_id = secrets.token_hex(8)
    began, status = time.perf_counter(), 500
    try:
        response = await (_api(request, go_on) if is_api(request) else go_on(request))
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # who limits bodies says so in plain text
            response = too_large(request, BODY_MAX)
        status = response.status_code
    finally:
        counted: Metrics = request.app.state.metrics
        counted.answered(request, status, time.perf_counter() - began)
    return protected(request, response)


async def _api(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Let a program ask so often and no more, and only in JSON. How much is left stands in every answer."""
    requests: PerMinute = request.app.state.requests
    left = request.state.left = await requests.take(_who_asks(request))
    if not left.passed:
        response: Response = problem(429, "too_often", f"ask again in {left.seconds} s")
    elif _is_other_than_json(request):
        response = problem(415, "not_json", "the body is taken as application/json only")
    else:
        response = await go_on(request)
    return response


def _who_asks(request: Request) -> str:
    """Return who is counted: a token, a session, or an address."""
    settings: ConsoleSettings = request.app.state.world.settings
    shown = request.headers.get("authorization") or request.cookies.get(session.cookie_name(settings))
    return hashlib.sha256((shown or address_of(request)).encode()).hexdigest()


def _is_other_than_json(request: Request) -> bool:
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    return request.method in UNSAFE and has_body and kind != "application/json"
