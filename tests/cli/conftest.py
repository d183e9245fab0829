from __future__ import annotations

import pytest

from tests.cli.front_door import FrontDoor
from tests.kit.world import World


@pytest.fixture(scope="session")
def starter(world: World) -> FrontDoor:
    """Give `starter.py` as a program, against the stack that all whole-course tests share."""
    return FrontDoor(world.stack.state)
