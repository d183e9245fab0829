"""A page: a template with who looks at it, where he can go, and how ids, days and times are shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from console.access.table import Act, may
from console.labels import failure_said, fault_said, label_of, plain
from console.world import world_of
from domain.story.words import dollars, in_words
from office.names import payer_name
from office.words import day, moment, short
from readmodel.access import SignedIn

HERE = Path(__file__).parent
NAVIGATION = (
    ("Worklist", "/worklist", Act.SEE_WORKLIST),
    ("My tasks", "/tasks", Act.SEE_WORKLIST),
    ("Start", "/start", Act.START_COURSE),
    ("Calendar", "/calendar", Act.SEE_CALENDAR),
    ("Clinic day", "/day", Act.SEE_CALENDAR),
    ("Stuck", "/stuck", Act.SEE_STUCK),
    ("Reports", "/reports", Act.SEE_REPORTS),
    ("Find", "/find", Act.SEE_COURSE),
    ("Settings", "/settings", Act.SEE_SETTINGS),
)

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@pass_context
def _moment(context: Context, at: datetime | None) -> str:
    """Return an instant by the clock of the page's `zone`."""
    return moment(at, context["zone"])


def _iso(on: date | None) -> str:
    return "" if on is None else on.isoformat()


def _month(month: str) -> str:
    """Return a month such as 2026-03 as people write it."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


TEMPLATES.filters |= {
    "day": day,
    "words": in_words,
    "short": short,
    "dollars": dollars,
    "moment": _moment,
    "iso": _iso,
    "payer": payer_name,
    "label": label_of,
    "failure": failure_said,
    "plain": plain,
    "fault": fault_said,
    "month": _month,
}
TEMPLATES.globals |= {"new_request_id": lambda: str(uuid4())}


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page, or a part of one: what a template makes of `context` and of who looks at it."""
    who: SignedIn | None = getattr(request.state, "who", None)
    world = world_of(request)
    given = {
        "request": request,
        "who": who,
        "csrf": "" if who is None else who.csrf,
        "navigation": [] if who is None else [(n, to) for n, to, act in NAVIGATION if may(who.role, act)],
        "may": lambda act: who is not None and may(who.role, Act[act]),
        "sample_sign_in": world.sample_sign_in,
        "zone": "UTC",
    }
    html = TEMPLATES.get_template(template).render(given | context)
    return HTMLResponse(html, status_code=status)
