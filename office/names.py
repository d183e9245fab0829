"""Names instead of ids: what people read of payers, users and rooms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

from adapters.files.policies import load_policies
from adapters.files.reading import WrongFile
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


async def names_of(pool: Pool) -> dict[str, str]:
    """Return what users, rooms and payers are called, by their ids."""
    places, people = await asyncio.gather(rooms_and_injectors(pool), users(pool))
    rooms = {one.id: one.name for one in places if one.kind == "room"}
    return rooms | {one.user_id: one.name for one in people} | dict(payer_names())
