"""Waits and tasks."""

from __future__ import annotations

from domain import events as e
from domain.story.words import (
    Tell,
    day_in_words,
    in_words,
    of_wait,
    time_in_words,
)
from domain.waits import KINDS, Wait


def _opened(event: e.WaitOpened, zone: str) -> str:
    return f"Waits now: {_subject(event.wait)}, until {time_in_words(event.wait.due, zone)}"


def _subject(wait: Wait) -> str:
    return f"{KINDS[wait.kind].title} ({in_words(wait.subject)})"


def _closed(event: e.WaitClosed, _: str) -> str:
    why = {"due": "its day has come", "moot": "it is no longer needed", "ended": "its time is over, unanswered"}
    return f"No longer waits: {of_wait(event.wait)}; {why[event.why]}"


def _attempt(event: e.TaskAttempted, _: str) -> str:
    again = f"; again on {day_in_words(event.attempt.again_on)}" if event.attempt.again_on else ""
    how = f" by {event.attempt.how}" if event.attempt.how else ""
    return f"Tried{how}: {of_wait(event.wait)}: {event.attempt.result}{again}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.WaitOpened: _opened,
    e.WaitRaised: lambda event, _: f"Overdue: {of_wait(event.wait)}; it is raised again",
    e.TaskEscalated: lambda event, _: (
        f"Overdue: {of_wait(event.wait)}; nobody answered, so {event.to}, who is on call, has it"
    ),
    e.WaitClosed: _closed,
    e.TaskTaken: lambda event, _: f"{event.owner} has the task: {of_wait(event.wait)}",
    e.TaskReleased: lambda event, _: f"The task was given back: {of_wait(event.wait)}",
    e.TaskAttempted: _attempt,
    e.DeadlineMoved: lambda event, zone: (
        f"Deadline moved {'to' if event.look_at is None else 'back to'} {time_in_words(event.due, zone)}: {of_wait(event.wait)}: {event.reason}"
    ),
    e.TriedAgain: lambda event, _: f"Tried again now: {of_wait(event.wait)}",
}
