"""What people do on pages: the same requests that the command line sends, once in effect however often they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.datastructures import FormData

from console.opened import Opened
from console.world import World
from domain.facts import Fact, RecordSigned
from domain.people import Actor
from domain.waits import Wait
from office.errors import BadInput, CourseRefused, NotReachable
from office.fields import read_fact
from office.outcome import outcome_of
from office.seen import changed_since
from office.sending import tell
from readmodel.access import SignedIn
from readmodel.lookups import CourseRow

Tells = Callable[[Opened, FormData, str], Awaitable[object]]
"""What tells a course what a form says, under the form's request id."""
OURS = frozenset({"csrf", "request_id", "deviation", "kind"})
"""Fields that every form may carry beside those of the fact."""
SEEN = "seen"
"""The field by which the form of an answer says which event was the last when its page was shown."""


def actor(who: SignedIn) -> Actor:
    """Return a signed-in user as a request carries him."""
    return Actor(user_id=who.user_id, role=who.role, may_inject=who.may_inject)


def request_id_of(form: FormData) -> str:
    """Return the id that the page gave this form when it was shown: sent twice, it takes effect once."""
    given = form.get("request_id")
    if not isinstance(given, str) or not 8 <= len(given) <= 64:
        raise BadInput("this form has no request id; open the page anew")
    return given


def see_unchanged(seen: Opened, wait: Wait, form: FormData, names: Mapping[str, str]) -> None:
    """Let an answer pass only upon what its page has shown. Raises `CourseRefused`, which says what is other now."""
    number = str(form.get(SEEN) or "")
    if not (number.isascii() and number.isdigit()):
        raise BadInput("this form does not say when it was shown; open the page anew")
    if changed := changed_since(seen.journal, seen.course, wait, int(number), names=names):
        raise CourseRefused("It has changed since you opened this page; look, and answer again. " + ". ".join(changed))


def pairs_of(form: FormData) -> list[tuple[str, str]]:
    """Return the filled fields of a form as FIELD=VALUE pairs, as the command line takes them."""
    return [
        (name, value.strip())
        for name, value in form.multi_items()
        if name not in OURS and isinstance(value, str) and value.strip()
    ]


async def do(
    world: World,
    who: SignedIn,
    course: CourseRow,
    fact: Fact,
    *,
    request_id: str,
    task: str | None = None,
    deviation: str | None = None,
) -> Mapping[str, Any]:
    """Tell a course a fact and return what it made happen. Raises what `office.errors` names; then nothing changed."""
    call = world.call(who.user_id, request_id)
    number = await tell(call, course, fact, task=task, by=actor(who), deviation=deviation)
    return await outcome_of(call, course, number)


async def told_once(seen: Opened, form: FormData, tell: Tells) -> BadInput | CourseRefused | NotReachable | None:
    """Tell the course what a form says, unless this very form was taken before; return what it cannot be taken for.

    Where nobody answers it may have been taken: the form is shown again, and takes effect once however often it is sent.
    """
    request_id = request_id_of(form)
    if seen.course.receipt(request_id) is None:
        try:
            await tell(seen, form, request_id)
        except (BadInput, CourseRefused, NotReachable) as failed:
            return failed
    return None


def signing(world: World, who: SignedIn) -> Tells:
    """Return what signs the record that a form names. The injector does, nobody else."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        session = str(form.get("session") or "").strip()
        fact = read_fact(RecordSigned, [("session", session)] if session else [], {}, seen.clock)
        await do(world, who, seen.row, fact, request_id=request_id)

    return tell
