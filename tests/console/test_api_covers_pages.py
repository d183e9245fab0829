"""Everything that a page does has its counterpart in the API, or a reason to have none."""

from __future__ import annotations

import pytest

from console.access.table import MAY
from tests.console.routes import Route, all_routes
from tests.console.test_access_table import OPEN, ROUTES

A = "/courses/{course_id}"
FACTS, TASK = f"POST {A}/facts", f"{A}/tasks/{{wait_id}}"
COUNTERPARTS: dict[str, tuple[str, ...]] = {
    "GET /calendar": ("GET /appointments", "GET /clinic", "GET /tasks"),
    f"GET /calendar{A}": (f"GET {A}/appointment", f"GET {A}/slots", f"POST {A}/appointment/preview"),
    f"POST /calendar{A}": (FACTS, f"POST {A}/appointment/undo"),
    f"GET {A}": (
        f"GET {A}", f"GET {A}/waits", f"GET {A}/plan", f"GET {A}/tasks", f"GET {A}/claims", f"GET {A}/journal", f"GET {A}/diary",
        "GET /messages",
    ),
    f"GET {A}/check": (f"GET {A}/evidence",),
    f"POST {A}/check": (f"POST {TASK}/answer",),
    f"POST {A}/correct/{{number}}": (f"{FACTS}/preview", FACTS),
    f"GET {A}/dossier": (f"GET {A}/dossier",),
    f"GET {A}/packet": (f"GET {A}/packet",),
    f"GET {A}/history": (f"GET {A}/history", f"GET {A}/history/months/{{month}}"),
    f"GET {A}/history/{{number}}": (f"GET {A}/history/{{number}}",),
    f"GET {A}/history/{{number}}/temporal": (f"GET {A}/history/{{number}}/temporal",),
    f"GET {A}/session": (f"GET {A}/session",),
    f"POST {A}/session/reckon": (f"POST {A}/session/reckon",),
    f"POST {A}/session/clearance": (f"POST {TASK}/answer",),
    f"POST {A}/session/completed": (FACTS,),
    f"POST {A}/session/given": (f"POST {TASK}/answer", FACTS),
    f"POST {A}/session/not-given": (FACTS,),
    f"POST {A}/session/sign": (FACTS,),
    f"GET {TASK}": (f"GET {TASK}",),
    f"POST {TASK}": (
        f"{FACTS}/preview", f"POST {TASK}/answer", f"POST {TASK}/take", f"POST {TASK}/release", f"POST {TASK}/assign", f"POST {TASK}/attempts",
        f"POST {TASK}/deadline",
    ),
    f"POST {A}/tell/{{kind}}": (f"{FACTS}/preview", FACTS),
    "GET /day": ("GET /day",),
    "POST /day/{course_id}/given": (FACTS,),
    "POST /day/{course_id}/not-given": (FACTS,),
    "POST /day/{course_id}/sign": (FACTS,),
    "POST /find": ("POST /patients/find",),
    "GET /find/irregular.csv": ("GET /deviations-and-corrections",),
    "GET /find/lot.csv": ("GET /lots/{lot}/sessions",),
    "GET /find": ("POST /patients/find",),
    "GET /import": ("GET /imports",),
    "POST /import": ("POST /imports",),
    "GET /import-columns.csv": ("GET /imports/columns",),
    "GET /import/{job_id}": ("GET /imports/{import_id}", "GET /imports/{import_id}/rows"),
    "GET /import/{job_id}/progress": ("GET /imports/{import_id}",),
    "GET /import/{job_id}/refused.csv": ("GET /imports/{import_id}/rows",),
    "POST /import/{job_id}/start": ("POST /imports/{import_id}/start",),
    "GET /reports": ("GET /reports", "GET /reports/{name}"),
    "GET /reports/{name}.csv": ("GET /reports/{name}",),
    "GET /settings": (
        "GET /protocols", "GET /protocols/{protocol_id}/{version}/courses", "GET /payers",
        "GET /payers/{payer_id}/{version}/courses", "GET /users", "GET /messages", "GET /messages/counts",
    ),
    "GET /settings/tokens": ("GET /tokens",),
    "POST /settings/tokens": ("POST /tokens",),
    "POST /settings/tokens/{name}/revoke": ("DELETE /tokens/{name}",),
    "POST /start": ("POST /courses",),
    "POST /start/verdict": ("POST /courses/preview",),
    "GET /stuck": ("GET /stuck",),
    "POST /stuck": ("POST /stuck/retry", "POST /stuck/assign", "POST /stuck/deadline"),
    "GET /tasks": ("GET /tasks", f"GET {TASK}"),
    "GET /worklist": ("GET /worklist", "GET /worklist/views"),
    "POST /worklist": ("POST /patients/find", "GET /worklist"),
    "POST /worklist/act": ("POST /tasks/take", "POST /tasks/release", "POST /tasks/assign", "POST /tasks/deadline"),
    "POST /worklist/export": ("GET /worklist",),
    "POST /worklist/undo": ("POST /tasks/undo",),
    "POST /worklist/views": ("POST /worklist/views",),
    "POST /worklist/views/drop": ("DELETE /worklist/views/{view_id}",),
}  # fmt: skip
"""By page: what of the API does the same."""

OF_A_FORM = "an empty form: `GET /schemas` says what can be told"
OF_A_BROWSER = "about the browser's own sign-in, which a program with a token has not"
WITHOUT: dict[str, str] = {
    "GET /": "leads to where a role begins",
    "GET /start": OF_A_FORM,
    "POST /start/row": OF_A_FORM,
    "POST /start/diary": "reads a file into a form; a program sends the days",
    f"GET {A}/correct/{{number}}": OF_A_FORM,
    f"GET {A}/tell": OF_A_FORM,
    f"GET {A}/tell/{{kind}}": OF_A_FORM,
    "GET /settings/sign-ins": OF_A_BROWSER,
    "GET /sign-in/now": OF_A_BROWSER,
    "POST /sign-out": OF_A_BROWSER,
    "POST /sign-out/everywhere": OF_A_BROWSER,
    "GET /worklist/changes": "tells an open page to look again; a program looks when it wants",
}
"""By page: why nothing of the API does the same."""

BY_NAME = {f"{route.method} {route.path}": route for route in ROUTES}
PAGES = sorted(name for name, route in BY_NAME.items() if not route.path.startswith("/api/") and route.path not in OPEN)


def of_api(name: str) -> Route:
    method, _, path = name.partition(" ")
    return BY_NAME[f"{method} /api/v1{path}"]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_does_the_api_does_or_says_why_not(page: str) -> None:
    assert (page in COUNTERPARTS) != (page in WITHOUT)


def test_only_pages_that_are_there_have_counterparts_and_reasons() -> None:
    assert {*COUNTERPARTS, *WITHOUT} == set(PAGES)
    assert len(all_routes()) == len(BY_NAME), "a route is named by its method and its address"


@pytest.mark.parametrize("page", COUNTERPARTS)
def test_who_may_use_a_page_may_use_what_does_the_same(page: str) -> None:
    act = BY_NAME[page].act
    for name in COUNTERPARTS[page]:
        counterpart = of_api(name)
        assert counterpart.act is not None
        assert act is None or MAY[act] <= MAY[counterpart.act]
