"""The measures. Each returns rows of the table."""

from __future__ import annotations

import asyncio
import csv
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psutil
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.figures import Figure, side_by_side
from benchmarks.floor import Floor, FloorOnce
from benchmarks.play import UneventfulCourse
from benchmarks.stage import OPERATIONS, Stage, ask
from domain.facts import Release, Take
from runtime.payloads import data_converter
from runtime.settings import PROJECT
from runtime.temporal import workflow_runner
from workflows.course import CourseWorkflow

IN_FLIGHT = 20
SKIPPING = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED


async def requests(stage: Stage, times: int) -> AsyncIterator[Figure]:
    """A request answered, beside a bare update with one activity."""
    floor = await stage.client.start_workflow(Floor.run, id=uuid4().hex, task_queue=stage.settings.task_queue)
    course = await stage.start_course()
    task = (await course.query(CourseWorkflow.show)).waits[0].id
    clinician = OPERATIONS.model_copy(update={"role": "clinician"})

    async def bare(turn: int) -> None:
        await floor.execute_update(Floor.touch, f"turn {turn}")

    async def request(turn: int) -> None:
        await ask(course, clinician, Take() if turn % 2 else Release(), task)

    await ask(course, clinician, Take(), task)
    ours, bare_ms = await side_by_side(times, bare, request)
    yield Figure(what="request answered, p50", unit="ms", ours=ours, floor=bare_ms, aim="<= 1.2x")


async def starts(stage: Stage, times: int) -> AsyncIterator[Figure]:
    """A course started, beside a workflow that runs one activity."""

    async def bare(turn: int) -> None:
        await stage.client.execute_workflow(
            FloorOnce.run, f"turn {turn}", id=uuid4().hex, task_queue=stage.settings.task_queue
        )

    async def course(_: int) -> None:
        await stage.start_course()

    ours, floor = await side_by_side(times, bare, course)
    yield Figure(what="course started and journal written, p50", unit="ms", ours=ours, floor=floor)


async def imports(stage: Stage, count: int) -> AsyncIterator[Figure]:
    """An import of many courses, until the last journal entry is written, beside as many bare starts."""
    before = await _bare_starts(stage, count)
    ours = await _import(stage, count)
    after = await _bare_starts(stage, count)
    floor = (before + after) / 2
    yield Figure(what=f"import of {count} courses", unit="s", ours=ours, floor=floor, aim="<= 1.5x")


async def _bare_starts(stage: Stage, count: int) -> float:
    places = asyncio.Semaphore(IN_FLIGHT)

    async def one() -> None:
        async with places:
            await stage.client.execute_workflow(
                FloorOnce.run, "bare", id=uuid4().hex, task_queue=stage.settings.task_queue
            )

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(count)))
    return time.perf_counter() - began


async def _import(stage: Stage, count: int) -> float:
    file = stage.stack.state / "import.csv"
    _write_import(file, count)
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "starter.py",
        "import",
        str(file),
        "--by",
        OPERATIONS.user_id,
        cwd=PROJECT,
        env=os.environ | stage.stack.environment(),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await process.wait() != 0:
        raise SystemExit("the import failed")
    return time.perf_counter() - began


def _write_import(file: Path, count: int) -> None:
    """Write `count` rows after the example of `schema import`, each another patient."""
    header, example = csv.reader((PROJECT / "examples" / "import.csv").read_text().splitlines()[:2])
    number, name = header.index("patient.record_number"), header.index("patient.name")
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(header)
        for row in range(count):
            values = list(example)
            values[number], values[name] = f"BENCH-{row:05}", f"Bench Patient {row}"
            rows.writerow(values)


async def cycles(stage: Stage) -> AsyncIterator[Figure]:
    """History events and bytes of one uneventful cycle: session 2 to session 3 of a responder, renewal included."""
    runs = await UneventfulCourse(stage).play()
    for name, run in (("uneventful cycle", runs[1]), ("cycle with check and renewal", runs[2])):
        events = [event for event in run.events if event.event_type != SKIPPING]
        aim = "<= 160" if name.startswith("uneventful") else ""
        yield Figure(what=f"history events, {name}", unit="events", ours=len(events), aim=aim)
        size = sum(len(event.SerializeToString()) for event in events) / 1024
        yield Figure(what=f"history bytes, {name}", unit="KiB", ours=size)
    async for figure in _replays(stage, runs):
        yield figure


async def _replays(stage: Stage, runs: list[WorkflowHistory]) -> AsyncIterator[Figure]:
    """Replay speed, beside a bare workflow's, per 1,000 events."""
    floor = await stage.client.start_workflow(Floor.run, id=uuid4().hex, task_queue=stage.settings.task_queue)
    for turn in range(20):
        await floor.execute_update(Floor.touch, f"turn {turn}")
    await floor.signal(Floor.end)
    await floor.result()
    bare = await floor.fetch_history()
    replayer = Replayer(
        workflows=[CourseWorkflow, Floor],
        data_converter=data_converter(stage.settings.payload_keys),
        workflow_runner=workflow_runner(),
    )

    async def replay(*histories: WorkflowHistory) -> None:
        for history in histories:
            await replayer.replay_workflow(history)

    ours_ms, floor_ms = await side_by_side(5, lambda _: replay(bare), lambda _: replay(*runs))
    per_thousand = 1000 / sum(len(run.events) for run in runs)
    yield Figure(
        what="replay of 1,000 events",
        unit="ms",
        ours=ours_ms * per_thousand,
        floor=floor_ms * 1000 / len(bare.events),
    )


async def memory(stage: Stage, count: int) -> AsyncIterator[Figure]:
    """Memory of the worker's process per 1,000 open courses, beside as many bare open workflows."""
    floor = await _grown(
        lambda: stage.client.start_workflow(Floor.run, id=uuid4().hex, task_queue=stage.settings.task_queue), count
    )
    ours = await _grown(stage.start_course, count)
    yield Figure(what="memory per 1,000 open courses", unit="MiB", ours=ours, floor=floor)


async def _grown(start: Callable[[], Awaitable[object]], count: int) -> float:
    process = psutil.Process()
    before = process.memory_info().rss
    places = asyncio.Semaphore(IN_FLIGHT)

    async def one() -> None:
        async with places:
            await start()

    await asyncio.gather(*(one() for _ in range(count)))
    await asyncio.sleep(timedelta(seconds=1).total_seconds())
    return (process.memory_info().rss - before) / 2**20 * 1000 / count
