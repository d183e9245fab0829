"""How the outside fails: try again, or ask a person. Nothing else reaches a course.

A failure's words are ours: they name the thing, what was expected and what to do; never a patient, never a driver's text.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar, cast

from temporalio.exceptions import ActivityError, ApplicationError

Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])


class OutsideFailure(Exception):
    """Something outside did not do what it was asked."""

    permanent = False


class Unavailable(OutsideFailure):
    """It did not answer, or asked us to come back. Trying again helps."""

    def __init__(self, message: str, *, again_in: timedelta | None = None) -> None:
        super().__init__(message)
        self.again_in = again_in


class Refused(OutsideFailure):
    """It answered no. A person must decide."""

    permanent = True


class Conflict(OutsideFailure):
    """The same key was used before for something else. A person must look; trying again never helps."""

    permanent = True


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
