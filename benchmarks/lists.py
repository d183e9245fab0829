"""Pages at two sizes: of a hundred thousand courses with a million tasks, beside the same page of a thousand courses."""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx

from benchmarks.crowd import TASKS, Crowd, a_crowd
from benchmarks.figures import Figure
from benchmarks.play import UneventfulCourse
from benchmarks.stage import Stage

SMALL, LARGE, LARGE_QUICK = 1_000, 100_000, 5_000
WARM_UP = 10
VIEWS = ("all", "overdue", "unowned", "mine", "authorizations", "to-book", "unconfirmed", "outside", "missed")
NARROWED = ("", "&role=operations", "&payer=cigna", "&clinician=dr.khan", "&role=billing&payer=humana")


def _worklist(crowd: Crowd, turn: int) -> httpx.Request:
    view, narrowed = VIEWS[turn % len(VIEWS)], NARROWED[turn % len(NARROWED)]
    return crowd.http.build_request("GET", f"/worklist?view={view}{narrowed}")


def _search(crowd: Crowd, turn: int) -> httpx.Request:
    number = 100 + turn * 7 % 800
    # Whole ones, so that both sizes find one patient.
    text = (f"BENCH-{number}/", f"patient.{number}@example.org", f"+1 206 {number:07}")[turn % 3]
    return crowd.http.build_request("POST", "/find", data={"csrf": crowd.csrf, "text": text})


def _course(crowd: Crowd, turn: int) -> httpx.Request:
    return crowd.http.build_request("GET", f"/courses/{crowd.whole[turn % len(crowd.whole)]}")


PAGES: dict[str, Callable[[Crowd, int], httpx.Request]] = {
    "worklist": _worklist,
    "search for a patient": _search,
    "course page": _course,
}


async def lists(stage: Stage, *, quick: bool) -> AsyncIterator[Figure]:
    """The worklist in its views, the search for a patient, and the page of a course: large beside small, in turn."""
    if not await stage.pool.fetchval("select exists (select from course where sessions_given > 2)"):
        await UneventfulCourse(stage, settles=True).play()
        for _ in range(3):
            await stage.start_course()
    times, large = (30, LARGE_QUICK) if quick else (150, LARGE)
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(a_crowd(stage, size)) for size in (SMALL, large)]
        for turn in range(-WARM_UP, times):
            for name, asked in PAGES.items():
                for crowd in crowds:
                    await crowd.time(name, asked(crowd, turn), counts=turn >= 0)
        for name in PAGES:
            for figure in _figures(name, *crowds):
                yield figure


def _figures(name: str, small: Crowd, big: Crowd) -> list[Figure]:
    sizes = f"{big.courses:,} courses and {big.courses * TASKS:,} tasks beside {small.courses:,}"
    measured = (("p50", statistics.median), ("p95", _p95))
    return [
        Figure(
            what=f"{name}, {sizes}, {said}",
            unit="ms",
            ours=of(big.took[name]),
            floor=of(small.took[name]),
            aim="<= 1.5x, < 100 ms",
        )
        for said, of in measured
    ]


def _p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]
