"""One seed for each course of a run, so that a course which failed among a thousand can be played alone."""

from __future__ import annotations

from hashlib import sha256


def seed_of(run: int, place: int) -> int:
    """Return the seed of the course at `place` in a run; the first has the run's own."""
    return run if place == 0 else int.from_bytes(sha256(f"{run}/{place}".encode()).digest()[:4], "big")


def again(seed: int, *, on_paper: bool) -> str:
    """Return the command that plays this course again."""
    return f"make simulate COURSES=1 SEED={seed}" + (" PAPER=1" if on_paper else "")
