"""Records histories of this version's courses: `python -m tests.histories.record`. Never overwrites."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from temporalio.client import WorkflowHistory
from temporalio.service import RPCError

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.response import ResponseAnswer
from domain.session import NotGivenReason
from domain.waits import WaitKind
from tests.kit.answers import People, denied
from tests.kit.chance import a_patient_at_random, somebody_asks, time_passes
from tests.kit.course_under_test import CourseUnderTest, runs_of
from tests.kit.diaries import NEVER_RESPONDS, no_diary
from tests.kit.people import ADA, AMY, DR_LEE
from tests.kit.world import World, a_world
from tests.simulate.on_paper import LATE
from tests.simulate.play import FIRST_BEGINNING
from workflows.delivery import Deliver, MessageDelivery

SEEDS = (6, 12, 14)
"""Courses at random, chosen out of the first fourteen because together they reach most lines of `workflows`."""
STEPS = 120
ROUNDS_SECONDS = 5
_ONE_DAY = timedelta(days=1)
HERE = Path(__file__).parent
KEY = HERE / "key.txt"


async def never_responds(world: World) -> CourseUnderTest:
    """Three sessions, a missed visit, a renewal, and the end for no response."""
    running = await CourseUnderTest.start(world, diary=NEVER_RESPONDS)
    await running.until(WaitKind.CLEARANCE)
    await running.tell(DR_LEE, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_CLINIC))
    await running.until(None)
    return running


async def withdraws_with_a_red_flag(world: World) -> CourseUnderTest:
    """A red flag, a check without a diary asked again, a move, a roll-over on command, and a withdrawal."""
    running = await CourseUnderTest.start(world, diary=no_diary)
    await running.until(WaitKind.SAFETY_CALL)
    await running.tell(AMY, f.SafetyCall(result="reached", red_flags=("swallowing",), note="since Sunday"))
    await running.until(WaitKind.RED_FLAG)
    await running.tell(DR_LEE, f.RedFlagReview(lift=True, note="a cold"))
    await running.until(WaitKind.RESPONSE_CHECK)
    again_on = (await running.now()).date() + (await running.course()).clinic.task_repeat_days * _ONE_DAY
    await running.tell(
        DR_LEE, f.Response(answer=ResponseAnswer.ASK_AGAIN, ask_again_on=again_on, reason="diary to come")
    )
    await running.tell(ADA, f.RollOver())
    await running.until(WaitKind.RESPONSE_CHECK)
    await running.tell(AMY, f.Withdrawal(reason="moves away"))
    await running.until(None)
    return running


async def denied_at_once(world: World) -> CourseUnderTest:
    """A payer that is chased and says no."""
    late = People({WaitKind.PAYER_ANSWER: lambda s: denied(s) if s.course.waits_of(WaitKind.CHASE_PAYER) else None})
    running = await CourseUnderTest.start(world)
    await running.until(None, late)
    return running


async def at_random(world: World, seed: int) -> CourseUnderTest:
    """What no story thinks of: people ask at random, and nothing fails."""
    chance = Random(seed)
    begins_at = FIRST_BEGINNING + timedelta(days=chance.randrange(365))
    beginning, diary = a_patient_at_random(chance, clinic_day(begins_at, world.clinic.zone))
    running = await CourseUnderTest.start(world, beginning, diary=diary, at=begins_at)
    for step in range(STEPS):
        if not await running.settle():
            break
        course, now = await running.course(), await running.now()
        await running.keep_diary(course)
        until = time_passes(chance, course, now)
        if until is not None:
            await running.pass_until(until)
            continue
        asking = somebody_asks(chance, course, now, may_end=step > STEPS * LATE)
        await running.ask(asking.by, asking.fact, task=asking.task, deviation=asking.deviation)
    return running


STORIES: dict[str, Callable[[World], Awaitable[CourseUnderTest]]] = {
    "never-responds": never_responds,
    "withdraws-with-a-red-flag": withdraws_with_a_red_flag,
    "denied-at-once": denied_at_once,
    **{f"at-random-{seed}": partial(at_random, seed=seed) for seed in SEEDS},
}


def version() -> str:
    """Return the released version that histories belong to, without its last part."""
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]
    return str(project["version"]).rpartition(".")[0]


async def record(folder: Path) -> list[Path]:
    """Play every story and write one file per run. Raises `FileExistsError` before it would overwrite one."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory() as state:
        keys = {"REGIMEN_PAYLOAD_KEYS": KEY.read_text().strip()}
        async with a_world(Path(state) / "state", keys) as world, world.worker():
            for name, story in STORIES.items():
                running = await story(world)
                await running.check()
                written += _write(folder, await _runs_of_course(world, name, running))
            written += _write(folder, {"delivery-run-1": await _a_delivery(world)})
    return written


async def _runs_of_course(world: World, name: str, running: CourseUnderTest) -> dict[str, WorkflowHistory]:
    """Return the runs of a course and of its claims, each under its name."""
    found = {f"{name}-run-{place}": run for place, run in enumerate(await running.runs(), start=1)}
    told = [one for session in (await running.course()).sessions for one in (session.claim_id, *session.replacements)]
    for number, claim_id in enumerate(filter(None, told), start=1):
        with contextlib.suppress(RPCError):  # what a patient pays by himself is no claim
            for run in await runs_of(world, claim_id):
                found[f"{name}-claim-{number}"] = run
    return found


async def _a_delivery(world: World) -> WorkflowHistory:
    """Return the history of a few rounds of the delivery of messages."""
    handle = await world.client.start_workflow(
        MessageDelivery.run,
        Deliver(every=timedelta(seconds=1)),
        id="recorded-delivery",
        task_queue=world.settings.task_queue,
    )
    await asyncio.sleep(ROUNDS_SECONDS)
    await handle.terminate()
    return await handle.fetch_history()


def _write(folder: Path, histories: dict[str, WorkflowHistory]) -> list[Path]:
    written = []
    for file, run in histories.items():
        path = folder / f"{file}.json"
        with path.open("x", encoding="utf-8") as out:
            out.write(run.to_json())
        written.append(path)
    return written


def main() -> int:
    folder = HERE / version()
    if any(folder.glob("*.json")):
        sys.stderr.write(f"{folder} has histories already; they are never overwritten\n")
        return 1
    for path in asyncio.run(record(folder)):
        sys.stdout.write(f"{path.relative_to(HERE)} {path.stat().st_size // 1024} KiB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
