"""Names instead of ids: what people read of payers, users and rooms."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from adapters.files.policies import load_policies
from adapters.files.reading import WrongFile
from office.errors import CourseRefused
from readmodel.calendar import rooms_and_injectors
from readmodel.people import users
from readmodel.pool import Pool
from runtime.settings import PROJECT


@cache
def payer_names() -> Mapping[str, str]:
    """Return the payers' names by their ids, read once: released files never change."""
    try:
        return {one.id: one.name for one in load_policies(PROJECT / "payers").values()}
    except WrongFile:  # said where policies are needed; a name is not
        return {}


def payer_name(payer_id: str) -> str:
    """Return what a payer is called; its id where no policy names it."""
    return payer_names().get(payer_id, payer_id)


def with_names(said: str, people: Iterable[str], names: Mapping[str, str]) -> str:
    """Return a sentence with the names of these people instead of their ids."""
    for user_id in people:
        said = re.sub(rf"(?<![\w.-]){re.escape(user_id)}(?![\w-]|\.\w)", names.get(user_id, user_id), said)
    return said


async def by_name(pool: Pool, refused: CourseRefused) -> CourseRefused:
    """Return a refusal that calls people by their names."""
    if not refused.people:
        return refused
    return CourseRefused(with_names(refused.message, refused.people, await names_of(pool)))


def brief_names(ids: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return family names where there is little room; where two share one, their whole names."""
    whole = {one: names.get(one, one) for one in ids}
    family = {one: name.partition(",")[0].split()[-1] for one, name in whole.items() if name.strip()}
    count = Counter(family.values())
    return {one: family[one] if one in family and count[family[one]] == 1 else name for one, name in whole.items()}


async def names_of(pool: Pool) -> dict[str, str]:
    """Return what users, rooms and payers are called, by their ids."""
    places, people = await asyncio.gather(rooms_and_injectors(pool), users(pool))
    rooms = {one.id: one.name for one in places if one.kind == "room"}
    return rooms | {one.user_id: one.name for one in people} | dict(payer_names())
