"""Waits and tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from domain.events.common import CourseEvent
from domain.waits import Attempt, Wait


class WaitOpened(CourseEvent):
    """The course begins to wait for something."""

    kind: Literal["wait_opened"] = "wait_opened"
    wait: Wait


class WaitRaised(CourseEvent):
    """A wait's due time has passed and it goes on."""

    kind: Literal["wait_raised"] = "wait_raised"
    wait: str
    look_at: datetime


class TaskEscalated(CourseEvent):
    """Nobody answered in time: who is on call has the task."""

    kind: Literal["task_escalated"] = "task_escalated"
    wait: str
    to: str
    look_at: datetime


class WaitClosed(CourseEvent):
    """A wait is over without an answer of its own."""

    kind: Literal["wait_closed"] = "wait_closed"
    wait: str
    why: Literal["due", "moot", "ended"]


class TaskTaken(CourseEvent):
    """Somebody does a task."""

    kind: Literal["task_taken"] = "task_taken"
    wait: str
    owner: str


class TaskReleased(CourseEvent):
    """Nobody in particular does the task."""

    kind: Literal["task_released"] = "task_released"
    wait: str


class TaskAttempted(CourseEvent):
    """A try to reach someone."""

    kind: Literal["task_attempted"] = "task_attempted"
    wait: str
    attempt: Attempt


class DeadlineMoved(CourseEvent):
    """A deadline of ours was moved. With `look_at`, the last move was taken back, and what was to come then comes."""

    kind: Literal["deadline_moved"] = "deadline_moved"
    wait: str
    due: datetime
    reason: str
    look_at: datetime | None = None


class TriedAgain(CourseEvent):
    """Somebody wants an outside system tried again now."""

    kind: Literal["tried_again"] = "tried_again"
    wait: str


TasksEvent: TypeAlias = (
    WaitOpened
    | WaitRaised
    | TaskEscalated
    | WaitClosed
    | TaskTaken
    | TaskReleased
    | TaskAttempted
    | DeadlineMoved
    | TriedAgain
)
