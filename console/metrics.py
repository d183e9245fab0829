"""Metrics for Prometheus. Numbers and kinds only: no patient, no course, no person."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

from activities.outside import Unavailable
from console.access.guard import NOTHING
from console.world import World, world_of
from domain.record import Record
from domain.waits import KINDS, WaitKind
from office.errors import NotFound, NotReachable
from readmodel.rows import all_rows

router = APIRouter(include_in_schema=False)
LOOPBACK = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
NO_ROUTE = "none"


class WaitFigures(Record):
    kind: str
    open: int
    overdue: int
    oldest_seconds: float


class MessageFigures(Record):
    status: str
    messages: int


class Metrics:
    """What one process has counted, and how to count what is in the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "regimen_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "regimen_http_seconds", "Time until an answer began", ("method", "route"), registry=self.registry
        )

    def answered(self, request: Request, status: int, seconds: float) -> None:
        """Count a request by the pattern of its address, never the address itself."""
        route = route_of(request)
        method = request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


def route_of(request: Request) -> str:
    """Return the pattern of a request's address."""
    route = request.scope.get("route")
    return str(getattr(route, "path", None) or NO_ROUTE)


@router.get("/metrics")
async def metrics(request: Request, world: Annotated[World, Depends(world_of)]) -> Response:
    """Give the figures to this machine, or to who has the token. To others it looks as if there were nothing."""
    if not _may_read(request, world):
        raise NotFound(NOTHING)
    counted: Metrics = request.app.state.metrics
    body = generate_latest(counted.registry) + generate_latest(await _of_database(world))
    return Response(body, media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request, world: World) -> bool:
    token = world.settings.metrics_token
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), token.encode())
    here = request.client is not None and request.client.host in LOOPBACK
    return here and not any(name in request.headers for name in FORWARDED)


async def _of_database(world: World) -> CollectorRegistry:
    registry = CollectorRegistry()
    is_up = Gauge("regimen_database_up", "Whether the database answers", registry=registry)
    tasks = Gauge("regimen_open_tasks", "Open tasks", ("kind",), registry=registry)
    overdue = Gauge("regimen_overdue_tasks", "Open tasks past due", ("kind",), registry=registry)
    oldest = Gauge("regimen_oldest_wait_seconds", "How long the oldest wait is open", ("kind",), registry=registry)
    messages = Gauge("regimen_messages", "Messages not sent yet, or in trouble", ("status",), registry=registry)
    try:
        pool = await world.reach.pool()
        waits = {row.kind: row for row in await all_rows(pool, WaitFigures, "figures", datetime.now(UTC))}
        queued = await all_rows(pool, MessageFigures, "message_figures")
    except (Unavailable, NotReachable):
        is_up.set(0)
        return registry
    is_up.set(1)
    for kind in WaitKind:
        row = waits.get(kind)
        oldest.labels(kind).set(row.oldest_seconds if row else 0)
        if KINDS[kind].role is not None:
            tasks.labels(kind).set(row.open if row else 0)
            overdue.labels(kind).set(row.overdue if row else 0)
    for status in ("queued", "sending", "failed", "unknown"):
        messages.labels(status).set(next((row.messages for row in queued if row.status == status), 0))
    return registry
