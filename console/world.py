"""What pages reach: the database, Temporal, and the settings, opened once for the process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from console.live import Changes
from console.settings import ConsoleSettings
from office.call import Call
from office.reach import Reach


@dataclass(frozen=True)
class World:
    """Everything that outlives a request."""

    settings: ConsoleSettings
    reach: Reach
    changes: Changes

    @property
    def sample_sign_in(self) -> bool:
        """Whether users are signed in by one click: only on the embedded stack, and only without a real provider."""
        return self.settings.provider is None and self.reach.settings.embedded_temporal

    def call(self, by: str | None = None, request_id: str | None = None) -> Call:
        """Return a call of a person; the same request id takes effect once."""
        return (
            Call(reach=self.reach, by=by)
            if request_id is None
            else Call(reach=self.reach, by=by, request_id=request_id)
        )


def world_of(request: Request) -> World:
    """Return what the process reaches."""
    world: World = request.app.state.world
    return world


Reached = Annotated[World, Depends(world_of)]
"""What a page asks for to reach the world."""
