"""Random requests in random order, on paper: the invariants that bind decisions never break."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.kit.beginnings import TODAY
from tests.kit.chance import a_moment_later, a_patient_at_random, somebody_asks
from tests.kit.invariants import check_idle, check_story
from tests.kit.paper import PaperCourse


def play(chance: Random, steps: int) -> PaperCourse:
    beginning, diary = a_patient_at_random(chance, TODAY)
    course = PaperCourse(beginning, diary=diary)
    for _ in range(steps):
        if course.course.closed_on is not None:
            break
        if chance.random() < 0.3:
            course.pass_until(course.now + a_moment_later(chance))
        asking = somebody_asks(chance, course.course, course.now, may_end=chance.random() < 0.05)
        before, request = course.course, f"r-{chance.randint(0, 10**9)}"
        refused = course.ask(asking.by, asking.fact, task=asking.task, request_id=request)
        if refused is not None:
            assert course.course == before, "a refusal changes nothing"
        elif chance.random() < 0.1:
            now = course.course
            course.ask(asking.by, asking.fact, task=asking.task, request_id=request)
            assert course.course == now, "a doubled request changes nothing"
        check_idle(course.course, course.now)
    check_story(course.events, course_id="c-1", patient_id="p-1")
    return course


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=2**32))
def test_whatever_people_ask_in_whatever_order_no_rule_is_broken(seed: int) -> None:
    note(f"seed {seed}")
    play(Random(seed), steps=120)


@pytest.mark.long
@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=2**32))
def test_in_many_more_courses_no_rule_is_broken_either(seed: int) -> None:
    note(f"seed {seed}")
    play(Random(seed), steps=250)


def test_the_random_courses_come_far_enough_to_prove_something() -> None:
    courses = [play(Random(seed), steps=150) for seed in range(12)]

    seen = Counter(event.kind for course in courses for event in course.events)  # type: ignore[attr-defined]
    assert {"session_given", "response_answered", "session_not_given", "adverse_event_recorded"} <= seen.keys()
    assert any(len(course.course.sessions) >= 3 for course in courses)
