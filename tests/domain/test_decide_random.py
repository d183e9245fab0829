"""Random requests in random order, on paper: the invariants that bind decisions never break."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.simulate.on_paper import play_on_paper


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=2**32))
def test_whatever_people_ask_in_whatever_order_no_rule_is_broken(seed: int) -> None:
    note(f"seed {seed}")
    play_on_paper(seed, steps=120)


@pytest.mark.long
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=2**32))
def test_in_many_more_courses_no_rule_is_broken_either(seed: int) -> None:
    note(f"seed {seed}")
    play_on_paper(seed, steps=250)


def test_the_random_courses_come_far_enough_to_prove_something() -> None:
    courses = [play_on_paper(seed, steps=150) for seed in range(12)]

    seen = Counter(event.kind for course in courses for event in course.events)  # type: ignore[attr-defined] # each kind has its own field
    assert {"session_given", "response_answered", "session_not_given", "adverse_event_recorded"} <= seen.keys()
    assert any(len(course.course.sessions) >= 3 for course in courses)
