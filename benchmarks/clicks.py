"""From a clinician's click to the changed page: the console as its own process, asked as a browser asks it."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import httpx

from benchmarks.figures import Clock, Figure
from benchmarks.floor import Floor
from benchmarks.stage import CLINICIAN, Stage
from domain.clinic_time import clinic_day
from runtime.embedded.ports import any_free_port
from workflows.course import CourseWorkflow

WARM_UP = 3
STARTS_WITHIN_SECONDS = 60


async def clicks(stage: Stage, times: int) -> AsyncIterator[Figure]:
    """Goals answered on a page, until the course's changed page is there, beside a bare update with one activity."""
    floor = await stage.client.start_workflow(Floor.run, id=uuid4().hex, task_queue=stage.settings.task_queue)
    bare, ours, sent, shown = Clock(), Clock(), Clock(), Clock()
    async with _signed_in(stage) as http:
        for turn in range(-WARM_UP, times):
            path, form = await _a_form(stage, http)
            async with bare.running():
                await floor.execute_update(Floor.touch, f"turn {turn}")
            async with ours.running():
                async with sent.running():
                    answer = await http.post(path, data=form)
                assert answer.status_code == httpx.codes.SEE_OTHER, f"{answer.status_code}: the answer was not taken"
                async with shown.running():
                    changed = await http.get(answer.headers["location"])
            assert changed.status_code == httpx.codes.OK, changed.status_code
            assert path not in changed.text, "the page still shows the task that was answered"
    for clock in (bare, ours, sent, shown):
        del clock.took[:WARM_UP]
    yield Figure(what="click to changed page, p50", unit="ms", ours=ours.median, floor=bare.median, aim="<= 1.5x")
    yield Figure(what="click to changed page, p95", unit="ms", ours=_p95(ours), floor=_p95(bare))
    yield Figure(what="of it until the answer is taken, p50", unit="ms", ours=sent.median, floor=bare.median)
    yield Figure(what="of it the changed page, p50", unit="ms", ours=shown.median, floor=bare.median)


async def _a_form(stage: Stage, http: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    """Begin a course, and return where its question for goals is answered, with the form as its page gives it."""
    course = await stage.start_course()
    seen = await course.query(CourseWorkflow.show)
    wait = next(one for one in seen.waits if one.kind == "goals")
    path = f"/courses/{seen.course_id}/tasks/{wait.id}"
    page = (await http.get(path)).text
    form = page[page.index('<form class="asking"') :]
    hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form.partition("</form>")[0]))
    assert hidden["kind"] == "goals", hidden["kind"]
    today = clinic_day(datetime.now(UTC), stage.beginning.clinic.zone)
    return path, hidden | {"goals": "fewer headache days", "consent_signed_on": today.isoformat()}


@asynccontextmanager
async def _signed_in(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the console and sign the clinician in, with the cookie and the connections that a browser keeps."""
    listen = f"127.0.0.1:{any_free_port()}"
    console = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "console",
        env=os.environ | stage.stack.environment() | {"REGIMEN_CONSOLE_LISTEN": listen},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{listen}", timeout=60) as http:
            await _until_served(http)
            await http.post("/sign-in/sample", data={"user_id": CLINICIAN.user_id, "then": "/"})
            yield http
    finally:
        console.terminate()
        await console.wait()


async def _until_served(http: httpx.AsyncClient) -> None:
    ends = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            await http.get("/sign-in")
        except httpx.TransportError:
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def _p95(clock: Clock) -> float:
    return statistics.quantiles(clock.took, n=20)[-1]
