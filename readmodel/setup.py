"""Loads the clinic's file and the users' file: what would change is said first, and nothing booked is stranded unseen."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from domain.clinic_file import ClinicFile, ClosureEntry, UsersFile
from domain.people import Role, User
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Connection, Pool
from readmodel.sql import query


class SetupChange(Record):
    """What a file changes. With anything in `blocked` nothing was loaded; `warnings` are for a person to look at."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    loaded: bool = False


class _Ahead(Record):
    """An appointment that lies ahead."""

    appointment_id: str
    course_id: str
    injector: str
    room: str
    on_day: date


Items = dict[str, dict[str, Any]]


async def load_clinic(pool: Pool, file: ClinicFile, *, by: str, at: datetime, dry_run: bool = False) -> SetupChange:
    """Load a clinic's file, or with `dry_run` say what that would change. The same file again changes nothing."""
    with told_as_outages():
        async with pool.acquire() as connection, connection.transaction():
            change = await _clinic_change(connection, file, at)
            if change.blocked or dry_run:
                return change
            await _put_clinic(connection, file, by, at)
    return change.model_copy(update={"loaded": True})


async def load_users(pool: Pool, file: UsersFile, *, at: datetime, dry_run: bool = False) -> SetupChange:
    """Load the users' file, or with `dry_run` say what that would change. The same file again changes nothing."""
    with told_as_outages():
        async with pool.acquire() as connection, connection.transaction():
            change = await _users_change(connection, file, at)
            if change.blocked or dry_run:
                return change
            users = json.dumps([user.model_dump(mode="json") for user in file.all()])
            await connection.execute(query("put_users"), users)
    return change.model_copy(update={"loaded": True})


async def _clinic_change(connection: Connection, file: ClinicFile, at: datetime) -> SetupChange:
    serves = await connection.fetchval(query("clinic_id"))
    if serves is not None and serves != file.id:
        return SetupChange(blocked=(f"this database serves the clinic {serves}, the file is of {file.id}",))
    rows = await connection.fetch(query("clinic_items"))
    before = {row["item"]: json.loads(row["content"]) for row in rows}
    ahead = await _ahead(connection, at)
    return _difference(before, _items(file)).model_copy(
        update={
            "blocked": _stranded(file, ahead),
            "warnings": (*_on_closed_days(file, ahead), *await _unknown(connection, file)),
        }
    )


async def _users_change(connection: Connection, file: UsersFile, at: datetime) -> SetupChange:
    before = {f"user {user.user_id}": user.model_dump(mode="json") for user in await _users(connection)}
    after = {f"user {user.user_id}": user.model_dump(mode="json") for user in file.all()}
    may_inject = {user.user_id for user in file.all() if user.may_inject}
    ahead = await _ahead(connection, at)
    blocked = _counted("{0} may not inject any more, but has {1} ahead", (one.injector for one in ahead), may_inject)
    return _difference(before, after).model_copy(update={"blocked": blocked})


async def _users(connection: Connection) -> list[User]:
    return [User.model_validate(dict(row)) for row in await connection.fetch(query("users"))]


async def _ahead(connection: Connection, at: datetime) -> list[_Ahead]:
    return [_Ahead.model_validate(dict(row)) for row in await connection.fetch(query("appointments_ahead"), at)]


def _difference(before: Items, after: Items) -> SetupChange:
    return SetupChange(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(
            line for item in sorted(after.keys() & before.keys()) for line in _changes(item, before[item], after[item])
        ),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def _changes(item: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line per field that differs."""
    fields = sorted(before.keys() | after.keys())
    return [
        f"{item}: {field} {json.dumps(before.get(field))} -> {json.dumps(after.get(field))}"
        for field in fields
        if before.get(field) != after.get(field)
    ]


def _items(file: ClinicFile) -> Items:
    """Return the file as the rows of `clinic_items.sql`."""
    items: Items = {"clinic": file.clinic().model_dump(mode="json", exclude={"holidays", "closures"})}
    hours = _hours(file)
    for one in file.injectors:
        mine = [
            {key: hour[key] for key in ("weekday", "opens", "closes")} for hour in hours if hour["user_id"] == one.user
        ]
        items[f"injector {one.user}"] = {"hours": mine}
    items |= {f"room {room.id}": {"name": room.name} for room in file.rooms}
    items |= {f"holiday {holiday.on}": {"name": holiday.name} for holiday in file.holidays}
    items |= {_closure_name(closure): {"reason": closure.reason} for closure in file.closures}
    return items


def _closure_name(closure: ClosureEntry) -> str:
    whose = closure.injector or closure.room
    return f"closure {closure.first_on} to {closure.last_on}" + (f" of {whose}" if whose else "")


def _hours(file: ClinicFile) -> list[dict[str, Any]]:
    rows = [
        {"user_id": one.user} | hours.model_dump(mode="json")
        for one in file.injectors
        for block in one.hours
        for hours in block.opening_hours()
    ]
    return sorted(rows, key=lambda row: (row["user_id"], row["weekday"], row["opens"]))


def _stranded(file: ClinicFile, ahead: list[_Ahead]) -> tuple[str, ...]:
    injectors, rooms = {one.user for one in file.injectors}, {room.id for room in file.rooms}
    return (
        *_counted("injector {0} has {1} ahead: move them first", (one.injector for one in ahead), injectors),
        *_counted("room {0} has {1} ahead: move them first", (one.room for one in ahead), rooms),
    )


def _counted(sentence: str, names: Any, known: set[str]) -> tuple[str, ...]:
    """Return the sentence for each name that is not known, with how many appointments it has."""
    all_names = list(names)
    counts = {name: all_names.count(name) for name in sorted(set(all_names) - known)}
    return tuple(sentence.format(name, f"{n} appointment{'s' if n > 1 else ''}") for name, n in counts.items())


def _on_closed_days(file: ClinicFile, ahead: list[_Ahead]) -> tuple[str, ...]:
    return tuple(
        f"course {one.course_id} has an appointment on {one.on_day}, when {why}"
        for one in ahead
        if (why := _closed(file, one)) is not None
    )


def _closed(file: ClinicFile, one: _Ahead) -> str | None:
    if (holiday := next((holiday for holiday in file.holidays if holiday.on == one.on_day), None)) is not None:
        return f"the clinic is closed: {holiday.name}"
    for closure in file.closures:
        concerned = closure.injector in (None, one.injector) and closure.room in (None, one.room)
        if concerned and closure.first_on <= one.on_day <= closure.last_on:
            return f"{closure.injector or closure.room or 'the clinic'} is closed: {closure.reason}"
    return None


async def _unknown(connection: Connection, file: ClinicFile) -> tuple[str, ...]:
    users = await _users(connection)
    may_inject = {user.user_id for user in users if user.may_inject}
    unknown = (one.user for one in file.injectors if one.user not in may_inject)
    warnings = [f"injector {user} is no user who may inject: load the users too" for user in unknown]
    clinicians = {user.user_id for user in users if user.role is Role.CLINICIAN}
    if file.on_call is not None and file.on_call not in clinicians:
        warnings.append(f"on_call {file.on_call} is no clinician among the users: load the users too")
    return tuple(warnings)


async def _put_clinic(connection: Connection, file: ClinicFile, by: str, at: datetime) -> None:
    clinic = file.clinic()
    named = {
        "injectors": [{"user_id": one.user} for one in file.injectors],
        "rooms": [{"room_id": room.id, "name": room.name} for room in file.rooms],
    }
    calendar = {"hours": _hours(file)} | file.model_dump(mode="json", include={"holidays", "closures"})
    await connection.execute(query("put_clinic"), clinic.id, clinic.model_dump_json(), json.dumps(named), at, by)
    await connection.execute(query("clear_calendar"))
    await connection.execute(query("put_calendar"), json.dumps(calendar))
