"""What people do on pages: the same requests that the command line sends, once in effect however often they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from console.world import World
from domain.facts import Fact
from domain.people import Actor
from office.errors import BadInput
from office.outcome import outcome_of
from office.sending import tell
from readmodel.access import SignedIn
from readmodel.lookups import CourseRow

OURS = frozenset({"csrf", "request_id", "deviation", "kind"})
"""Fields that every form may carry beside those of the fact."""


def actor(who: SignedIn) -> Actor:
    """Return a signed-in user as a request carries him."""
    return Actor(user_id=who.user_id, role=who.role, may_inject=who.may_inject)


def request_id_of(form: FormData) -> str:
    """Return the id that the page gave this form when it was shown: sent twice, it takes effect once."""
    given = form.get("request_id")
    if not isinstance(given, str) or not 8 <= len(given) <= 64:
        raise BadInput("this form has no request id; open the page anew")
    return given


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
