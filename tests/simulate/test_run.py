"""A simulation says what it met and what it found, and what it found can be played again."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.kit.examples import FACTS
from tests.kit.world import World
from tests.simulate import on_paper, play, run, seeds
from tests.simulate.met import Met
from tests.simulate.run import simulate_in, simulate_on_paper
from tests.simulate.screen import Screen, summary


def test_a_course_that_failed_among_many_is_the_only_one_of_a_run_with_its_seed() -> None:
    third = seeds.seed_of(7, 2)

    assert seeds.seed_of(third, 0) == third
    assert len({seeds.seed_of(7, place) for place in range(1000)}) == 1000


def test_the_same_seed_plays_the_same_course() -> None:
    one, other = on_paper.play_on_paper(12, steps=40), on_paper.play_on_paper(12, steps=40)

    assert one.events == other.events


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        (73, 130),  # a dose told between clearance and result
        (5039, 150),  # an authorization withdrawn ahead before anything was booked
        (201972, 150),  # another coverage told as the clinic's risk, of no session and by nobody's name
        (203068, 150),  # a session moved to an earlier day by a correction, where units are scarce
        (300270, 150),  # a payer asked about a session that another coverage paid without asking
        (100143, 120),  # a full dose that a correction took out of the trial
        (6401477, 120),  # a dose told after clearance, and something else corrected while the appointment stood
    ],
)
def test_a_course_that_once_broke_a_rule_breaks_none(seed: int, steps: int) -> None:
    assert on_paper.play_on_paper(seed, steps=steps).events


def test_a_run_on_paper_counts_what_it_met() -> None:
    found = simulate_on_paper(6, seed=3, steps=60)

    assert not found.failures
    assert found.met.courses == 6
    assert found.met.days > 300
    assert found.met.facts["goals"] >= 5
    assert found.met.events["session_given"] == found.met.sessions > 0


def test_what_was_never_met_is_known_by_the_tables_of_kinds() -> None:
    met = Met()
    met.asked("goals", taken=True)
    met.asked("book", taken=False)

    assert set(met.facts_never_taken) == FACTS.keys() - {"goals"}
    assert "clearance" in met.waits_never_opened
    assert "session_given" in met.events_never_seen


def test_a_broken_rule_is_told_with_the_seed_that_plays_its_course_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_goals(course: object, now: object) -> None:
        assert not getattr(course, "goals", None), "nobody may have goals"

    monkeypatch.setattr(on_paper, "check_idle", no_goals)
    found = run._play_some_on_paper([4, 5], steps=60)
    written = io.StringIO()
    console = Console(file=written, soft_wrap=True)
    with Screen(2, console, on_paper=True) as screen:
        screen.tell(found)
        screen.tell(found)
    summary(screen.found, seed=4, console=console)

    assert written.getvalue().count("Play it again") == 2, "each is told once, and at once"
    assert [failure.seed for failure in found.failures] == [4, 5]
    assert "Play it again: make simulate COURSES=1 SEED=4 PAPER=1" in written.getvalue()
    assert "2 times, seeds 4, 5: AssertionError: nobody may have goals" in written.getvalue()


async def test_a_course_on_the_servers_that_breaks_a_rule_ends_alone_and_tells_its_last_steps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_goals(course: object, now: object) -> None:
        assert not getattr(course, "goals", None), "nobody may have goals"

    monkeypatch.setattr(play, "check_idle", no_goals)
    found = await simulate_in(world, 1, seed=5, steps=10)

    [failure] = found.failures
    assert failure.seed == 5
    assert "nobody may have goals" in failure.what
    assert "dr.lee: goals" in failure.where


def test_where_there_is_no_terminal_a_line_is_written_now_and_then() -> None:
    written = io.StringIO()
    with Screen(2, Console(file=written, soft_wrap=True)) as screen:
        screen.tell(run.Found(Met(courses=2, days=300, sessions=4), seconds=9))

    assert written.getvalue().split() == [
        "2",
        "of",
        "2,",
        "9",
        "s:",
        "300",
        "course-days,",
        "4",
        "sessions,",
        "0",
        "faults,",
        "0",
        "failed",
    ]
