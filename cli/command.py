"""What all commands have in common: options, the connections they work with, and how an answer is printed."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from office import call as office
from office.reach import Reach

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, kw_only=True)
class Call(office.Call):
    """One call of a command, and how it wants its answer."""

    as_json: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Answer:
    """What a command says: one JSON document for programs, and the same for people."""

    data: Any
    show: Callable[[Console], None]
    status: int = 0


def said(text: str, data: Any, *, status: int = 0) -> Answer:
    """Return an answer that is a few lines for people."""
    return Answer(data=data, show=lambda console: console.print(text, markup=False, highlight=False), status=status)


Work = Callable[..., Awaitable[Answer]]


def runs(*, changes: bool = False) -> Callable[[Work], Callable[..., None]]:
    """Make a click callback of an async function that takes a `Call` and returns an `Answer`.

    With `changes` it also takes `--by`, `--request-id` and `--yes`.
    """

    def decorate(work: Work) -> Callable[..., None]:
        @functools.wraps(work)
        def run(**given: Any) -> None:
            names = ("as_json", "by", "request_id", "yes")
            common = {name: given.pop(name) for name in names if given.get(name) is not None}
            for name in names:
                given.pop(name, None)
            answer = asyncio.run(_answer(work, common, given))
            show(answer, as_json=bool(common.get("as_json")))
            if answer.status:
                click.get_current_context().exit(answer.status)

        for option in reversed(_CHANGES if changes else _READS):
            option(run)
        return run

    return decorate


async def _answer(work: Work, common: dict[str, Any], given: dict[str, Any]) -> Answer:
    async with Reach() as reach:
        return await work(Call(reach=reach, **common), **given)


_JSON = click.option("--json", "as_json", is_flag=True, default=None, help="Answer with one JSON document.")
_READS = (_JSON,)
_CHANGES = (
    click.option("--by", envvar="REGIMEN_BY", metavar="USER", help="Who does this, of `users`; or REGIMEN_BY."),
    click.option("--request-id", metavar="ID", help="Name the request, so that repeating it changes nothing."),
    click.option("--yes", is_flag=True, default=None, help="Do not ask, also where it cannot be taken back."),
    _JSON,
)


def show(answer: Answer, *, as_json: bool) -> None:
    """Print an answer on stdout."""
    if as_json:
        write_json(answer.data)
    else:
        from rich.console import Console  # noqa: PLC0415 - a program that asks for JSON does without it

        answer.show(Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 160))


def write_json(data: Any) -> None:
    """Print one JSON document."""
    from pydantic_core import to_json  # noqa: PLC0415 - only a program that asks for JSON needs it

    sys.stdout.write(to_json(data, indent=2).decode() + "\n")
