"""Open tasks as programs see them, and who may be given one."""

from __future__ import annotations

from typing import Any

from domain.people import User
from domain.waits import KINDS, WaitKind
from office.call import Call
from office.finding import user_named, wrong
from office.kinds import FACTS, needed_fields
from readmodel.lookups import TaskRow


def task_data(row: TaskRow) -> dict[str, Any]:
    """Return a task as programs see it."""
    kind = KINDS[row.kind]
    return {
        "task": row.task_id,
        "course_id": row.course_id,
        "wait_id": row.wait_id,
        "kind": row.kind,
        "subject": row.subject,
        "title": row.title,
        "role": row.role,
        "licensed": kind.licensed,
        "since": row.since,
        "due": row.due,
        "overdue": row.is_overdue,
        "raised": row.raised,
        "owner": row.owner,
        "attempts": row.attempts,
        "context": row.context,
        "patient": row.patient_name,
        "record_number": row.record_number,
        "answered_by": [
            {
                "kind": name,
                "needs": needed_fields(name),
                "fields": [field for field in FACTS[name].model_fields if field != "kind"],
            }
            for name in kind.answered_by
        ],
    }


async def see_assignee(call: Call, kind: WaitKind, user_id: str, *, field: str = "user") -> User:
    """Return the user to whom a task of this kind may be given. Raises `BadInput`."""
    to, about = await user_named(call, user_id, field=field), KINDS[kind]
    if about.role is not None and to.role is not about.role:
        raise wrong(field, f"the task is for {about.role}; {to.name} is {to.role}")
    if about.licensed and not to.may_inject:
        raise wrong(field, f"the task is for a clinician licensed to inject; {to.name} is not")
    return to
