"""The floor: workflows that do nothing but what is measured."""

from __future__ import annotations

from datetime import timedelta

from temporalio import activity, workflow


@activity.defn
async def nothing(what: str) -> str:
    """Return what it was given."""
    return what


@workflow.defn
class Floor:
    """Takes updates; each runs one activity."""

    def __init__(self) -> None:
        self._done = False

    @workflow.run
    async def run(self) -> None:
        """Wait to be ended."""
        await workflow.wait_condition(lambda: self._done)

    @workflow.update
    async def touch(self, what: str) -> str:
        """Run one activity and answer."""
        return await workflow.execute_activity(nothing, what, start_to_close_timeout=timedelta(seconds=5))

    @workflow.signal
    def end(self) -> None:
        """End."""
        self._done = True


@workflow.defn
class FloorOnce:
    """Runs one activity and ends."""

    @workflow.run
    async def run(self, what: str) -> str:
        """Run one activity."""
        return await workflow.execute_activity(nothing, what, start_to_close_timeout=timedelta(seconds=5))
