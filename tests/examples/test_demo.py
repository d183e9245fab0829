"""`make demo EXIT=1`, as a newcomer runs it: each story of `examples/` is played through the command line, and is a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.story_file import Story, read_stories
from domain.story.words import in_words
from runtime.embedded import erase_state
from runtime.settings import PROJECT

STORIES = read_stories(PROJECT / "examples")
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Demo:
    """What a whole demonstration wrote, and the state it left."""

    out: str
    state: Path
    status: int

    @property
    def rows(self) -> dict[str, list[str]]:
        """Return the rows of the table at its end, by the title of the story."""
        return {row[-1]: row for row in map(_cells, self.out.splitlines()) if len(row) == 6}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Play all stories once, with settings around that must not reach the demo: it sends nothing and runs its own servers."""
    state = tmp_path_factory.mktemp("demonstration")
    foreign = {"REGIMEN_SMTP_URL": "smtp://127.0.0.1:9", "REGIMEN_TEMPORAL_ADDRESS": "127.0.0.1:9"}
    env = os.environ | foreign | {"REGIMEN_STATE": str(state)}
    done = subprocess.run(
        [sys.executable, "-m", "cli.demo", "--exit"], cwd=PROJECT, env=env, capture_output=True, text=True, check=False
    )
    yield Demo(out=done.stdout + done.stderr, state=state / "demo", status=done.returncode)
    erase_state(state / "demo")


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_a_story_comes_to_the_end_that_it_tells(demo: Demo, story: Story) -> None:
    assert story.title in demo.rows, demo.out
    _, _, stands, sessions, *_ = demo.rows[story.title]

    assert stands.startswith(in_words(story.end.outcome or story.end.phase)), demo.out
    assert sessions == str(story.end.sessions)


def test_the_demo_ends_well_and_says_how_to_go_on(demo: Demo) -> None:
    assert demo.status == 0, demo.out
    assert f"{len(STORIES)} courses, " in demo.out
    assert f"REGIMEN_STATE={demo.state}" in demo.out
    assert (demo.state / "stories" / "responds-at-once" / "request-1.html").is_file()


def test_the_stories_are_shown_by_group(demo: Demo) -> None:
    headings = [line.lower() for line in demo.out.splitlines() if line.isupper()]

    assert headings == list(dict.fromkeys(str(story.group) for story in STORIES))


def _cells(line: str) -> list[str]:
    """Return the cells of a row: at least two spaces lie between them."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]
