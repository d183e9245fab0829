"""What a simulation met: courses, turns and faults, counted by the tables of kinds, so that what was never met shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import get_args

from domain import events as e
from domain.course import Course
from domain.waits import KINDS
from tests.kit.examples import FACTS

EVENTS: frozenset[str] = frozenset(one.model_fields["kind"].default for one in get_args(e.AnyEvent))


@dataclass
class Met:
    """Counts of one course or of many. Keys are kinds; what is counted of a course is counted once it is over."""

    courses: int = 0
    days: int = 0
    sessions: int = 0
    replayed: int = 0  # runs whose histories were played again
    facts: Counter[str] = field(default_factory=Counter)  # taken
    refused: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def saw(self, course: Course, events: Sequence[e.CourseEvent]) -> None:
        """Count a course that is over, or as far as it was played."""
        first, last = events[0], events[-1]
        assert first.on is not None, "what is in a journal has its day"
        assert last.on is not None, "as above"
        self.courses += 1
        self.days += (last.on - first.on).days
        self.sessions += len(course.sessions)
        for event in events:
            self.events[str(getattr(event, "kind", "unknown"))] += 1
            if isinstance(event, e.WaitOpened):
                self.waits[event.wait.kind] += 1
        self.endings[_ending_of(course)] += 1

    def asked(self, kind: str, *, taken: bool) -> None:
        """Count a request."""
        (self.facts if taken else self.refused)[kind] += 1

    def add(self, other: Met) -> None:
        """Count what another met as well."""
        for name in ("courses", "days", "sessions", "replayed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("facts", "refused", "events", "waits", "endings", "faults"):
            getattr(self, name).update(getattr(other, name))

    @property
    def facts_never_taken(self) -> tuple[str, ...]:
        """Return the kinds of facts that no course took."""
        return _missing(FACTS, self.facts)

    @property
    def waits_never_opened(self) -> tuple[str, ...]:
        """Return the kinds of waits that never opened."""
        return _missing(KINDS, self.waits)

    @property
    def events_never_seen(self) -> tuple[str, ...]:
        """Return the kinds of events that never happened."""
        return _missing(EVENTS, self.events)


def _missing(all_kinds: Iterable[str], seen: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(str(kind) for kind in all_kinds if not seen[kind]))


def _ending_of(course: Course) -> str:
    if course.ending is None:
        return f"still open: {course.phase}"
    return f"{course.ending.outcome}: {course.ending.reason}".replace("_", " ")
