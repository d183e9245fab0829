"""Every route of the app, with what guards it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from console.access.guard import signed_in
from console.access.table import Act
from console.app import console_app
from console.settings import ConsoleSettings


@dataclass(frozen=True)
class Route:
    """One way to ask the app: method, pattern of the address, whether somebody must be signed in, and for which act."""

    method: str
    path: str
    is_guarded: bool
    act: Act | None


def all_routes() -> list[Route]:
    """Return the routes as the running app has them, by address."""
    app = console_app(ConsoleSettings(host="127.0.0.1", port=1, url="http://127.0.0.1:1"))
    return sorted(_routes(app.routes), key=lambda one: (one.path, one.method))


def _routes(routes: Any) -> Iterator[Route]:
    for route in routes:
        if hasattr(route, "effective_candidates"):  # a router that was included
            yield from _routes(route.effective_candidates())
            yield from _routes(route.effective_low_priority_routes())
            continue
        calls = list(_calls(getattr(route, "dependant", None)))
        act = next((call.act for call in calls if hasattr(call, "act")), None)
        for method in sorted(getattr(route, "methods", None) or {"*"}):
            yield Route(method=method, path=route.path, is_guarded=signed_in in calls, act=act)


def _calls(dependant: Any) -> Iterator[Any]:
    if dependant is not None:
        yield dependant.call
        for one in dependant.dependencies:
            yield from _calls(one)
