"""The ways in which the outside fails, by type. They stand apart so that what only reads needs no Temporal."""

from __future__ import annotations

from datetime import timedelta


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
