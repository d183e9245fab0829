"""Random courses in a failing world: people answer at random, everything fails at random, and no rule breaks.

`make simulate` plays the same at length. A failure here names the seed with which to play its course again.
"""

from __future__ import annotations

import pytest

from tests.kit.world import World
from tests.simulate.run import Found, simulate, simulate_in


def failures_of(found: Found) -> str:
    return "\n".join(f"seed {failure.seed}: {failure.where}" for failure in found.failures)


async def test_four_random_courses_in_a_failing_world_break_no_rule(world: World) -> None:
    found = await simulate_in(world, 4, seed=11, steps=30, at_once=4)

    assert not found.failures, failures_of(found)
    assert found.met.courses == 4
    assert found.met.sessions > 0, "somebody came further than admission"
    assert found.met.faults.total() > 5, "the world did fail on the way"


@pytest.mark.long
@pytest.mark.timeout(1500)
async def test_24_random_courses_whose_servers_are_stopped_too_break_no_rule() -> None:
    found = await simulate(24, seed=7, steps=70)

    met = found.met
    assert not found.failures, failures_of(found)
    assert met.sessions > 20
    assert met.events["response_answered"] > 5
    assert met.events["course_ended"] > 3
    assert met.faults["worker killed"] > 5
    assert met.faults["server stopped"] > 3
