"""A console over a database of many courses, made in SQL out of those that were really played."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from benchmarks.stage import Stage
from console.app import console_app
from console.settings import ConsoleSettings
from domain.waits import KINDS
from readmodel.migrate import migrate

TASKS = 10
WHOLE = 50
"""So many copies of the longest course have its whole journal: those are the courses whose page is opened."""
CROWD = Path(__file__).with_name("crowd.sql")
SAMPLES = {
    "app_user": "select * from app_user",
    "clinic": "select * from clinic",
    "sample_course": """
        select row_number() over (order by number, course_id)::int as place, sampled.* from (
            (select * from course order by number desc limit 1) union all
            (select * from course where number < 20 order by started_on, course_id limit 20)
        ) as sampled""",
    "sample_event": "select c.place, e.* from sample_course as c join course_event as e using (course_id)",
    "sample_wait": """
        select row_number() over (order by kind)::int as place, kind, context from (
            select distinct on (data -> 'wait' ->> 'kind')
                data -> 'wait' ->> 'kind' as kind, data -> 'wait' -> 'context' as context
            from course_event where kind = 'wait_opened' and data -> 'wait' ->> 'kind' = any ($1)
        ) as opened""",
}


@dataclass
class Crowd:
    """A console over a database of some size, and how long its pages took, in milliseconds."""

    http: httpx.AsyncClient
    courses: int
    whole: list[str]
    csrf: str
    took: dict[str, list[float]] = field(default_factory=dict)

    async def time(self, name: str, asked: httpx.Request, *, counts: bool) -> None:
        """Ask for a page and note how long it took; what only warms up does not count."""
        began = time.perf_counter()
        answer = await self.http.send(asked)
        took = (time.perf_counter() - began) * 1000
        assert answer.status_code == httpx.codes.OK, f"{asked.url}: {answer.status_code} {answer.text[:300]}"
        if counts:
            self.took.setdefault(name, []).append(took)


@asynccontextmanager
async def a_crowd(stage: Stage, courses: int) -> AsyncIterator[Crowd]:
    """Make a database of so many courses, and serve the console over it."""
    name = f"crowd_{courses}"
    url = urlunsplit(urlsplit(stage.settings.database_url)._replace(path=f"/{name}"))
    await stage.pool.execute(f"create database {name}")
    await migrate(url)
    whole = await _fill(stage.settings.database_url, url, courses)
    app = console_app(ConsoleSettings(host="127.0.0.1", port=1, url="http://bench"))
    async with AsyncExitStack() as stack:
        with patch.dict("os.environ", stage.stack.environment() | {"REGIMEN_DATABASE_URL": url}):
            await stack.enter_async_context(app.router.lifespan_context(app))
            await app.state.world.reach.pool()
            assert app.state.world.reach.settings.database_url == url
        transport = httpx.ASGITransport(app=app)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://bench", timeout=60)
        )
        await http.post("/sign-in/sample", data={"user_id": "amy.ops", "then": "/"})
        page = (await http.get("/worklist?view=mine")).text
        csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
        yield Crowd(http=http, courses=courses, whole=whole, csrf=csrf)


async def _fill(played: str, url: str, courses: int) -> list[str]:
    """Sample what was played, multiply it, and return the courses that have their whole journal."""
    source, into = await asyncpg.connect(played), await asyncpg.connect(url)
    try:
        await source.execute(f"create temporary view sample_course as {SAMPLES['sample_course']}")
        kinds = [kind.value for kind, about in KINDS.items() if about.role is not None]
        for table, sql in SAMPLES.items():
            rows = await source.fetch(sql, *([kinds] if "$1" in sql else []))
            await _copy(into, table, sql, rows)
        text = CROWD.read_text()
        for name, number in (("$courses", courses), ("$tasks", TASKS), ("$whole", min(WHOLE, courses))):
            text = text.replace(name, str(number))
        await into.execute(text)
        await into.execute("vacuum analyze")
        found = await into.fetch("select course_id from crowd where n <= $1", WHOLE)
        return [row["course_id"] for row in found]
    finally:
        await source.close()
        await into.close()


async def _copy(into: asyncpg.Connection[asyncpg.Record], table: str, sql: str, rows: list[asyncpg.Record]) -> None:
    """Bring sampled rows over; a table that is not there yet is made after the same statement, empty."""
    if table.startswith("sample_"):
        shape = sql.replace("$1", "'{}'")
        await into.execute(f"create temporary table {table} as {shape} limit 0")
    columns = list(rows[0].keys())
    await into.copy_records_to_table(table, records=[tuple(row) for row in rows], columns=columns)
