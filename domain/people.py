"""Who acts on a course, and in which role."""

from __future__ import annotations

from enum import StrEnum

from domain.record import Record


class Role(StrEnum):
    """What a person is to the clinic."""

    OPERATIONS = "operations"
    CLINICIAN = "clinician"
    BILLING = "billing"
    ADMIN = "admin"
    SYSTEM = "system"  # another part of Regimen, such as the delivery of messages; nobody of the user list


class Actor(Record):
    """A user of the list, as a request carries him: who and in which role. No name: names stay in PostgreSQL."""

    user_id: str
    role: Role
    may_inject: bool = False


class User(Actor):
    """A user of the list with the name that screens show."""

    name: str


COURSE = "course"
"""Who stands in an event's `by` when no person acted: the course itself."""
