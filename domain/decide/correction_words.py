"""What all corrections share: both values of each field, and the refusals that they have in common."""

from __future__ import annotations

from typing import Any

from domain import events as e
from domain import facts as f
from domain.correction import Changed
from domain.course import Course
from domain.decide.common import Decided
from domain.record import Refusal

SAYS_SO = Refusal(reason="nothing to correct: the record says so already")
UNDONE = Refusal(reason="event: what it told was entered in error, or has been told anew since")
IN_ERROR = Changed(field="entered_in_error", before="no", after="yes")


def is_undone(course: Course, event: int) -> bool:
    """Whether the event of this number was entered in error."""
    return any(made.corrects == event and IN_ERROR in made.changes for made in course.corrections)


def changes_of(before: dict[str, str], now: dict[str, str]) -> tuple[Changed, ...]:
    pairs = ((field, before[field], now[field]) for field in before)
    return tuple(Changed(field=field, before=was, after=is_) for field, was, is_ in pairs if was != is_)


def said(values: Any, *names: str) -> dict[str, Any]:
    """Return the values that were said, by name."""
    return {name: getattr(values, name) for name in names if getattr(values, name) is not None}


def plain(fact: f.Correction, before: Any, now: Any, *, fields: tuple[str, ...], **parts: Any) -> Decided:
    """Return the correction of a record whose fields are told as they are."""
    in_error = getattr(fact.values, "entered_in_error", False)
    changes = changes_of(
        {name: text_of(before, name) for name in fields}, {name: text_of(now, name) for name in fields}
    )
    if in_error:
        changes = (IN_ERROR,)
    if not changes:
        return SAYS_SO
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=fact.subject,
        changes=changes,
        reason=fact.reason,
        entered_in_error=in_error,
        **parts,
    )


def text_of(record: Any, name: str) -> str:
    value = getattr(record, name, None)
    if name == "lines":
        return ", ".join(f"{line.code} {line.quantity} {line.counts}" for line in value or ())
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
