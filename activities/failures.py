"""How the outside fails: try again, or ask a person. Nothing else reaches a course.

A failure's words are ours: they name the thing, what was expected and what to do; never a patient, never a driver's text.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from temporalio.exceptions import ActivityError, ApplicationError

from activities.outside import Conflict, OutsideFailure, Refused, Unavailable

__all__ = ["Conflict", "OutsideFailure", "Refused", "Unavailable", "refusal_in", "tell_failures"]

Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])


def tell_failures(method: Method) -> Method:
    """Return the activity method so that its outside failures reach the workflow by type, with our words only."""

    @functools.wraps(method)
    async def told(*args: Any) -> Any:
        try:
            return await method(*args)
        except OutsideFailure as failure:
            # `from None`: Temporal writes an error's cause into history, and a driver's text may quote a row.
            raise ApplicationError(
                str(failure),
                type=type(failure).__name__,
                non_retryable=failure.permanent,
                next_retry_delay=failure.again_in if isinstance(failure, Unavailable) else None,
            ) from None

    return cast("Method", told)


def refusal_in(error: ActivityError) -> str | None:
    """Return why the outside said no, or None where it merely did not answer."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.non_retryable:
        return cause.message
    return None
