"""`make demo EXIT=1`, as a newcomer runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.story_file import read_stories
from runtime.embedded import erase_state
from runtime.settings import PROJECT

STANDS = {
    "Authorization ends before session 3": ("preparing, session 4", "3"),
    "Medicare in the office": ("clinic day, session 3", "2"),
    "Never responds": ("discontinued", "3"),
    "Not eligible": ("declined", "0"),
    "Responds at once": ("preparing, session 4", "3"),
    "Responds only after session 3": ("preparing, session 4", "3"),
    "Self-pay": ("preparing, session 3", "2"),
    "Severity better, frequency not": ("preparing, session 3", "2"),
    "Withdrawal": ("withdrawn, closed", "2"),
}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_demo_plays_every_story_to_the_end_that_its_name_says(tmp_path: Path) -> None:
    # Given settings that must not reach the demo: it sends nothing, and runs its own servers
    foreign = {"REGIMEN_SMTP_URL": "smtp://127.0.0.1:9", "REGIMEN_TEMPORAL_ADDRESS": "127.0.0.1:9"}
    env = os.environ | foreign | {"REGIMEN_STATE": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "cli.demo", "--exit"], cwd=PROJECT, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row[-1]: row for row in map(_cells, done.stdout.splitlines()) if len(row) == 6}
    assert {title: (rows[title][2], rows[title][3]) for title in STANDS} == STANDS
    assert {story.title for story in read_stories(PROJECT / "examples")} == STANDS.keys()
    assert f"REGIMEN_STATE={tmp_path / 'demo'}" in done.stdout
    assert (tmp_path / "demo" / "stories" / "responds-at-once" / "request-1.html").is_file()
    erase_state(tmp_path / "demo")


def _cells(line: str) -> list[str]:
    """Return the cells of a row: at least two spaces lie between them."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]
