"""Taking, giving back and assigning tasks, attempts, and deadlines of ours."""

from __future__ import annotations

from datetime import date

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day, day_in_words
from domain.decide.common import Asked, Decide, Decided
from domain.people import Role
from domain.record import Refusal
from domain.rights import may_take, may_work_on
from domain.waits import KINDS, AtDue, Attempt, Wait


def _working_on(asked: Asked) -> Wait | Refusal:
    assert asked.task is not None, "the task was looked up"
    kind = KINDS[asked.task.kind]
    return may_work_on(asked.by, kind.role, licensed=kind.licensed) or asked.task


def taken(asked: Asked) -> Decided:
    wait = _working_on(asked)
    if isinstance(wait, Refusal):
        return wait
    kind = KINDS[wait.kind]
    if asked.course.edition >= 2 and (refused := may_take(asked.by, kind.role, licensed=kind.licensed)):
        return refused
    if wait.owner is not None and wait.owner != asked.by.user_id:
        return Refusal(reason=f"{wait.owner} has taken it already", people=(wait.owner,))
    return e.TaskTaken(wait=wait.id, owner=asked.by.user_id)


def released(asked: Asked) -> Decided:
    wait = _working_on(asked)
    if isinstance(wait, Refusal):
        return wait
    if wait.owner != asked.by.user_id and asked.by.role is not Role.ADMIN:
        return Refusal(reason="only who has taken a task gives it back")
    return e.TaskReleased(wait=wait.id)


def assigned(asked: Asked) -> Decided:
    fact, wait = asked.fact_as(f.Assign), _working_on(asked)
    if isinstance(wait, Refusal):
        return wait
    if fact.instead_of is not None and fact.instead_of != (wait.owner or ""):
        return Refusal(reason=f"{wait.owner or 'nobody'} has it now", people=(wait.owner,) if wait.owner else ())
    return e.TaskTaken(wait=wait.id, owner=fact.to)


def attempted(asked: Asked) -> Decided:
    fact, wait = asked.fact_as(f.AttemptMade), _working_on(asked)
    if isinstance(wait, Refusal):
        return wait
    tried = Attempt(on=asked.today, by=asked.by.user_id, result=fact.result, again_on=fact.again_on, how=fact.how)
    return e.TaskAttempted(wait=wait.id, attempt=tried)


def deadline_moved(asked: Asked) -> Decided:
    fact, wait = asked.fact_as(f.MoveDeadline), _working_on(asked)
    if isinstance(wait, Refusal):
        return wait
    if KINDS[wait.kind].at_due is AtDue.HAND_ON:
        return Refusal(
            reason=f"it is the deadline of {KINDS[wait.kind].waits_for}: `payer-chased` says when to ask again"
        )
    return _moved_back(asked, wait, fact) if fact.undo else _moved_on(asked, wait, fact)


def _moved_on(asked: Asked, wait: Wait, fact: f.MoveDeadline) -> Decided:
    if (last_day := wait.context.get("last_day")) is not None and fact.due_on.isoformat() > last_day:
        return Refusal(
            reason=f"due_on: {day_in_words(date.fromisoformat(last_day))} is the payer's last day: nobody moves it"
        )
    due = plan.morning_of(asked.course, fact.due_on)
    if due <= asked.now:
        return Refusal(reason=f"due_on: expected a day after {day_in_words(asked.today)}")
    if wait.ends is not None and due >= wait.ends:
        over_on = day_in_words(clinic_day(wait.ends, asked.course.clinic.zone))
        return Refusal(reason=f"due_on: expected a day before {over_on}: the task is over then, done or not")
    return e.DeadlineMoved(wait=wait.id, due=due, reason=fact.reason)


def _moved_back(asked: Asked, wait: Wait, fact: f.MoveDeadline) -> Decided:
    """Take the last move back: the task is due when it was due before, also where that is over."""
    if wait.moved_from is None:
        return Refusal(reason="nothing has moved its due date that could be taken back")
    due, look_at = wait.moved_from
    before = clinic_day(due, asked.course.clinic.zone)
    if before != fact.due_on:
        return Refusal(reason=f"due_on: before the last move it was due on {day_in_words(before)}")
    return e.DeadlineMoved(wait=wait.id, due=due, look_at=look_at, reason=fact.reason)


def try_again(asked: Asked) -> Decided:
    if asked.task is None:
        return Refusal(reason="no outside system is waited for")
    return e.TriedAgain(wait=asked.task.id)


DECISIONS: dict[str, Decide] = {
    "try-again": try_again,
    "take": taken,
    "release": released,
    "assign": assigned,
    "attempt": attempted,
    "deadline": deadline_moved,
}
TOLD_AFTER_THE_END = frozenset({"try-again", "take", "release", "assign", "attempt", "deadline"})
