"""Setting up: the clinic with its calendar, and who may act."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

import click
from pydantic import BaseModel, ValidationError

from cli.command import Answer, Call, runs
from cli.tables import table
from domain.clinic import Clinic
from domain.clinic_file import ClinicFile, UsersFile
from domain.facts import ClinicChanged, Request
from domain.people import Actor, Role
from office.errors import BadInput, CourseRefused, wrong_fields
from office.fields import faults_of
from office.finding import actor_of
from readmodel.behind import CourseBehind, courses_of_other_clinic
from readmodel.people import users as all_users
from readmodel.setup import SetupChange, load_clinic, load_users

Model = TypeVar("Model", bound=BaseModel)
AT_ONCE = 20


@click.group()
def clinic() -> None:
    """Set up the clinic: injectors, rooms, hours, holidays. `examples/clinic.toml` is one."""


@clinic.command("load")
@click.argument("file", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@runs(changes=True)
async def clinic_load(call: Call, file: str, *, dry_run: bool) -> Answer:
    """Load the clinic's FILE.toml and tell the open courses. The same file again changes nothing."""
    read = _read(file, ClinicFile)
    by = await actor_of(call, Role.ADMIN)
    pool = await call.reach.pool()
    change = await load_clinic(pool, read, by=by.user_id, at=datetime.now(UTC), dry_run=dry_run)
    told = 0 if change.blocked or dry_run else await _tell_courses(call, read.clinic(), by)
    return _changed(change, dry_run=dry_run, told=told)


async def _tell_courses(call: Call, settings: Clinic, by: Actor) -> int:
    """Tell the courses that reckon with other settings, and return how many there were. Can be repeated."""
    behind = await courses_of_other_clinic(await call.reach.pool(), settings)
    if not behind:
        return 0
    from office.sending import tell_workflow  # noqa: PLC0415 - only then Temporal is needed

    at_once = asyncio.Semaphore(AT_ONCE)

    async def tell(course: CourseBehind) -> None:
        fact = ClinicChanged(clinic=settings)
        request = Request(request_id=str(uuid4()), by=by, fact=fact, course_id=course.course_id)
        async with at_once:
            await tell_workflow(call, course.workflow_id, request)

    results = await asyncio.gather(*(tell(course) for course in behind), return_exceptions=True)
    if failures := [result for result in results if isinstance(result, BaseException)]:
        raise failures[0]
    return len(behind)


@click.group(invoke_without_command=True)
@click.pass_context
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")
def users(context: click.Context, *, as_json: bool) -> None:
    """List who may act, with role and licence to inject; `users load FILE.toml` changes it."""
    if context.invoked_subcommand is None:
        context.invoke(_list_users, as_json=as_json or None)


@runs()
async def _list_users(call: Call) -> Answer:
    found = await all_users(await call.reach.pool())
    rows = [(user.user_id, user.name, user.role, "injects" if user.may_inject else "") for user in found]
    nothing = "no users; `users load FILE.toml --by ADMIN` loads them"
    return Answer(
        data=[user.model_dump() for user in found], show=table(("user", "name", "role", ""), rows, nothing=nothing)
    )


@users.command("load")
@click.argument("file", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@runs(changes=True)
async def users_load(call: Call, file: str, *, dry_run: bool) -> Answer:
    """Load all users from FILE.toml. The first time, --by is an admin of the file itself."""
    read = _read(file, UsersFile)
    if await all_users(await call.reach.pool()):
        await actor_of(call, Role.ADMIN)
    elif not any(user.user_id == call.by and user.role is Role.ADMIN for user in read.all()):
        raise BadInput("--by: the first users are loaded by an admin who is one of them")
    change = await load_users(await call.reach.pool(), read, at=datetime.now(UTC), dry_run=dry_run)
    return _changed(change, dry_run=dry_run)


def _read(path: str, model: type[Model]) -> Model:
    try:
        with click.open_file(path, "rb") as file:
            written = tomllib.load(file)
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadInput(f"{path}: no TOML: {problem}") from None
    try:
        return model.model_validate(written)
    except ValidationError as error:
        raise wrong_fields(faults_of(error, model), what=path) from None


def _changed(change: SetupChange, *, dry_run: bool, told: int = 0) -> Answer:
    if change.blocked:
        raise CourseRefused("nothing was loaded: " + "; ".join(change.blocked))
    done = "would be" if dry_run else "is"
    lines = [
        *(f"{one} {done} new" for one in change.added),
        *(f"{one}" for one in change.changed),
        *(f"{one} {done} gone" for one in change.removed),
        *(f"look: {one}" for one in change.warnings),
        *([f"{told} open courses were told"] if told else []),
    ]
    text = "\n".join(lines or ["nothing changes"])
    return Answer(
        data=change.model_dump() | {"courses_told": told},
        show=lambda console: console.print(text, markup=False, highlight=False),
    )
