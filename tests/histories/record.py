"""Records histories of this version's courses: `python -m tests.histories.record`. Never overwrites."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from domain import facts as f
from domain.response import ResponseAnswer
from domain.session import NotGivenReason
from domain.waits import WaitKind
from tests.kit.answers import People, denied
from tests.kit.course_under_test import CourseUnderTest, runs_of
from tests.kit.diaries import NEVER_RESPONDS, no_diary
from tests.kit.people import ADA, AMY, DR_LEE
from tests.kit.world import World, a_world

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


STORIES: dict[str, Callable[[World], Awaitable[CourseUnderTest]]] = {
    "never-responds": never_responds,
    "withdraws-with-a-red-flag": withdraws_with_a_red_flag,
    "denied-at-once": denied_at_once,
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
                written += await _write(world, folder, name, running)
    return written


async def _write(world: World, folder: Path, name: str, running: CourseUnderTest) -> list[Path]:
    histories = [(f"{name}-run-{place}", run) for place, run in enumerate(await running.runs(), start=1)]
    claims = [session.claim_id for session in (await running.course()).sessions[:1] if session.claim_id]
    for claim_id in claims:
        histories += [(f"{name}-claim", run) for run in await runs_of(world, claim_id)]
    written = []
    for file, run in histories:
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
