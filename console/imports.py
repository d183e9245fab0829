"""Files of many courses on their way: read, tried, started; by pages and programs alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from fastapi import FastAPI

from console.world import World
from domain.intake import Intake
from office.errors import BadInput, CommandFailed, NotFound
from office.importing import Row, check_rows, counts_of, header_of, read_rows, start_rows, try_rows
from office.starting import Front, front_of
from readmodel.access import SignedIn

MEGABYTE = 1024 * 1024
FILE_MAX = 8 * MEGABYTE
"""About as many bytes as the most rows of an import have."""
KEPT_FOR = timedelta(hours=12)
"""So long a file stays in memory: until its person signs out at the latest."""
KEPT_MAX = 20
SHOWN_MAX = 500
"""More rows than anybody reads; the file of what was refused has them all."""


@dataclass
class Job:
    """A file on its way: read, tried, started. Kept in memory only: it holds patients, and an import is safely repeated."""

    job_id: str
    user_id: str
    name: str
    header: tuple[str, ...]
    rows: list[Row]
    sample: bool
    at: datetime
    stage: str = "trying"  # tried, starting, done
    done: int = 0
    failed: str = ""
    checked: list[tuple[Row, Intake]] = field(default_factory=list)
    work: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether somebody should look again in a second."""
        return self.stage in {"trying", "starting"}

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows have each verdict so far."""
        return counts_of(self.rows)

    @property
    def startable(self) -> int:
        """Return how many rows would start a course."""
        return self.counts.get("would start", 0)

    @property
    def refused(self) -> int:
        """Return how many rows were not taken."""
        return sum(row.is_refused for row in self.rows)

    @property
    def shown(self) -> list[Row]:
        """Return the rows that the page shows: what was refused first."""
        return sorted(self.rows, key=lambda row: (not row.is_refused, row.line))[:SHOWN_MAX]

    def tick(self) -> None:
        """Note that a row is through."""
        self.done += 1

    async def try_out(self, front: Front) -> None:
        """Say what would become of each row."""
        self.checked = await check_rows(front, self.rows, self.tick)
        await try_rows(front, self.checked, self.tick)
        self.stage = "tried"

    async def start(self, front: Front) -> None:
        """Start the courses of the rows that can be taken."""
        self.done = len(self.rows) - len(self.checked)
        for row, _ in self.checked:
            row.settled("")
        await start_rows(front, self.checked, self.tick)
        self.stage = "done"


JOBS: dict[str, Job] = {}


@asynccontextmanager
async def without_work_left(_: FastAPI) -> AsyncIterator[None]:
    """Stop what runs when the console stops; courses that were begun go on, and the file can be sent again."""
    yield
    running = [job.work for job in JOBS.values() if job.work is not None and not job.work.done()]
    for work in running:
        work.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    JOBS.clear()


async def begin(world: World, who: SignedIn, name: str, raw: bytes, *, sample: bool) -> Job:
    """Take a file and begin its dry run. Raises `BadInput` where nothing of it can be taken."""
    job = _job(who, name, raw, sample=sample)
    front = await front_of(world.call(who.user_id), sample=sample)
    forget_old()
    JOBS[job.job_id] = job
    job.work = asyncio.create_task(_watched(job, job.try_out(front)))
    return job


async def start(world: World, who: SignedIn, job: Job) -> None:
    """Start the courses of a file that was tried. Asked twice, it is done once."""
    if job.stage == "tried" and not job.failed:
        job.stage = "starting"
        front = await front_of(world.call(who.user_id), sample=job.sample)
        job.work = asyncio.create_task(_watched(job, job.start(front)))


def jobs_of(who: SignedIn) -> list[Job]:
    """Return somebody's files, the latest first."""
    forget_old()
    return sorted((job for job in JOBS.values() if job.user_id == who.user_id), key=lambda job: job.at, reverse=True)


async def _watched(job: Job, work: object) -> None:
    """Do the work of a file; what stops it is told on its page."""
    assert asyncio.iscoroutine(work), "the work of a job is a coroutine"
    try:
        await work
    except CommandFailed as failed:
        job.failed = failed.message
    except Exception:
        job.failed = "it stopped before the end; what was begun goes on, and the file can be sent again"
        raise
    finally:
        if job.is_running:
            job.stage = "done"


def _job(who: SignedIn, name: str, raw: bytes, *, sample: bool) -> Job:
    if len(raw) > FILE_MAX:
        raise BadInput(f"the file is larger than {FILE_MAX // MEGABYTE} MB; split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("the file is no CSV in UTF-8: save it as CSV UTF-8") from None
    rows = read_rows(text, name="the file")
    return Job(
        job_id=uuid4().hex,
        user_id=who.user_id,
        name=name,
        header=header_of(text),
        rows=rows,
        sample=sample,
        at=datetime.now(UTC),
    )


def mine(who: SignedIn, job_id: str) -> Job:
    job = JOBS.get(job_id)
    if job is None or job.user_id != who.user_id:
        raise NotFound("there is no such import here any more; what it started goes on, and the file can be sent again")
    return job


def forget_old() -> None:
    """Forget files that are old, or the oldest where there are too many; never one that runs."""
    old = [job for job in JOBS.values() if not job.is_running]
    old.sort(key=lambda job: job.at)
    too_many = old[: max(0, len(JOBS) - KEPT_MAX + 1)]
    for job in old:
        if job in too_many or job.at < datetime.now(UTC) - KEPT_FOR:
            JOBS.pop(job.job_id, None)
