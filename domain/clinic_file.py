"""The two files that set up a clinic: the clinic with its calendar, and the users. See `examples/`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from domain.clinic import Clinic, Closure, OpeningHours
from domain.clinic_time import clinic_day
from domain.people import Role, User
from domain.record import Edge


class Weekday(StrEnum):
    """A day of the week as the file names it."""

    MON = "Mon"
    TUE = "Tue"
    WED = "Wed"
    THU = "Thu"
    FRI = "Fri"
    SAT = "Sat"
    SUN = "Sun"

    @property
    def number(self) -> int:
        """Return 1 for Monday to 7 for Sunday."""
        return list(Weekday).index(self) + 1


class Hours(Edge):
    """The same hours on some weekdays, in clinic-local time."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes:%H:%M}, which is not after it opens at {self.opens:%H:%M}")
        return self

    def opening_hours(self) -> tuple[OpeningHours, ...]:
        """Return one entry per day."""
        return tuple(OpeningHours(weekday=day.number, opens=self.opens, closes=self.closes) for day in self.days)


class InjectorEntry(Edge):
    """Who gives sessions. Without hours he works whenever the clinic is open."""

    user: str = Field(min_length=1)
    hours: tuple[Hours, ...] = ()

    @field_validator("hours")
    @classmethod
    def _never_twice(cls, hours: tuple[Hours, ...]) -> tuple[Hours, ...]:
        _refuse_overlap(hours)
        return hours


class RoomEntry(Edge):
    """A room for sessions."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)


class HolidayEntry(Edge):
    """A day on which the clinic is closed every time it comes, written out year by year."""

    on: date
    name: str = Field(min_length=1)


class ClosureEntry(Edge):
    """Days on which the clinic, one injector or one room is not there. Both days belong to it."""

    first_on: date
    last_on: date
    reason: str = Field(min_length=1)
    injector: str | None = None
    room: str | None = None

    @model_validator(mode="after")
    def _is_one_thing_in_order(self) -> Self:
        if self.last_on < self.first_on:
            raise ValueError(f"last_on {self.last_on} lies before first_on {self.first_on}")
        if self.injector is not None and self.room is not None:
            raise ValueError("a closure is of an injector, of a room, or (naming neither) of the clinic")
        return self


class ClinicFile(Edge):
    """A clinic with its calendar. Days and hours that are not given are the defaults of `domain.clinic`."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    phone: str = Field(pattern=r"^\+?[0-9][0-9 ()./-]{5,}$")
    zone: str
    slot_minutes: int = Field(default=30, ge=5, le=240)
    preparation_days: int = Field(default=7, ge=0, le=60)
    clinician_days: int = Field(default=7, ge=0, le=60)
    stock_lead_working_days: int = Field(default=2, ge=0, le=60)
    pharmacy_lead_days: int = Field(default=21, ge=0, le=90)
    reminder_hours: tuple[int, ...] = (168, 72, 24)
    readiness_days: int = Field(default=7, ge=1, le=60)
    readiness_last_working_days: int = Field(default=3, ge=1, le=30)
    diary_prompt_every_days: int = Field(default=7, ge=1, le=28)
    diary_prompt_every_days_held: int = Field(default=28, ge=7, le=91)
    task_repeat_days: int = Field(default=7, ge=1, le=60)
    invoice_due_days: int = Field(default=30, ge=1, le=180)
    second_clinician: bool = False
    on_call: str | None = None
    opening_hours: tuple[Hours, ...] = Field(min_length=1)
    injectors: tuple[InjectorEntry, ...] = Field(min_length=1)
    rooms: tuple[RoomEntry, ...] = Field(min_length=1)
    holidays: tuple[HolidayEntry, ...] = ()
    closures: tuple[ClosureEntry, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            clinic_day(datetime(2026, 1, 1, tzinfo=UTC), zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("expected the name of a time zone, as America/Los_Angeles") from None
        return zone

    @field_validator("opening_hours")
    @classmethod
    def _never_twice(cls, hours: tuple[Hours, ...]) -> tuple[Hours, ...]:
        _refuse_overlap(hours)
        return hours

    @field_validator("reminder_hours")
    @classmethod
    def _longest_first(cls, hours: tuple[int, ...]) -> tuple[int, ...]:
        if any(one <= 0 for one in hours):
            raise ValueError("reminders go out some hours before the session: expected numbers above 0")
        return tuple(sorted(set(hours), reverse=True))

    @model_validator(mode="after")
    def _names_each_once_and_knows_whom_it_names(self) -> Self:
        _refuse_doubles("injectors", (one.user for one in self.injectors))
        _refuse_doubles("rooms", (one.id for one in self.rooms))
        _refuse_doubles("holidays", (str(one.on) for one in self.holidays))
        _refuse_doubles(
            "closures", (f"{one.first_on} {one.last_on} {one.injector} {one.room}" for one in self.closures)
        )
        injectors, rooms = {one.user for one in self.injectors}, {one.id for one in self.rooms}
        for number, closure in enumerate(self.closures):
            if closure.injector is not None and closure.injector not in injectors:
                raise ValueError(f"closures.{number}.injector: {closure.injector} is none of injectors")
            if closure.room is not None and closure.room not in rooms:
                raise ValueError(f"closures.{number}.room: {closure.room} is none of rooms")
        return self

    def clinic(self) -> Clinic:
        """Return what travels with a course."""
        settings = self.model_dump(exclude={"opening_hours", "injectors", "rooms", "holidays", "closures"})
        return Clinic(
            **settings,
            opening_hours=tuple(sorted(_spread(self.opening_hours), key=lambda one: (one.weekday, one.opens))),
            holidays=tuple(sorted(holiday.on for holiday in self.holidays)),
            closures=tuple(Closure(**closure.model_dump()) for closure in self.closures),
        )


class UserEntry(Edge):
    """Who may act, in which role."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    name: str = Field(min_length=1)
    role: Role
    may_inject: bool = False

    @model_validator(mode="after")
    def _only_clinicians_inject(self) -> Self:
        if self.may_inject and self.role is not Role.CLINICIAN:
            raise ValueError(f"may_inject: only a clinician may, and {self.id} is {self.role}")
        return self


class UsersFile(Edge):
    """All users. Who is not in the file any more can no longer act; what he did stays."""

    users: tuple[UserEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_each_once_and_an_admin(self) -> Self:
        _refuse_doubles("users", (one.id for one in self.users))
        if not any(one.role is Role.ADMIN for one in self.users):
            raise ValueError("users: none of them is admin, so nobody could repair anything")
        return self

    def all(self) -> tuple[User, ...]:
        """Return the users as the rest of Regimen knows them."""
        return tuple(
            User(user_id=one.id, name=one.name, role=one.role, may_inject=one.may_inject) for one in self.users
        )


def _spread(hours: tuple[Hours, ...]) -> list[OpeningHours]:
    return [one for block in hours for one in block.opening_hours()]


def _refuse_overlap(hours: tuple[Hours, ...]) -> None:
    spread = sorted(_spread(hours), key=lambda one: (one.weekday, one.opens))
    for earlier, later in pairwise(spread):
        if earlier.weekday == later.weekday and later.opens < earlier.closes:
            day = list(Weekday)[later.weekday - 1]
            raise ValueError(f"{day} from {later.opens:%H:%M} to {earlier.closes:%H:%M} is given twice")


def _refuse_doubles(where: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{where}: {name} is given twice")
        seen.add(name)
