"""How a patient is reached: changed directly, since it is no fact of a course."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.rows import one_row
from readmodel.sql import query


async def change_contact(pool: Pool, patient_id: str, changes: Mapping[str, str], *, by: str, at: datetime) -> bool:
    """Change what `changes` names: name, email, phone, preferred_channel, language.

    Return whether there is such a patient.
    """
    with told_as_outages():
        changed = await pool.fetchval(query("change_contact"), patient_id, json.dumps(dict(changes)), at, by)
    return changed is not None


class OptOutSaid(Record):
    """What a patient said about messages: who heard it, how (unknown where it was not asked) and on which day."""

    opted_out: bool
    heard_by: str
    how: str | None
    said_on: date


async def say_opt_out(pool: Pool, patient_id: str, said: OptOutSaid, *, by: str, at: datetime) -> bool:
    """Note what the patient said, and let it count. Return whether there is such a patient."""
    row = (patient_id, said.opted_out, said.heard_by, said.how, said.said_on, at, by)
    with told_as_outages():
        return await pool.fetchval(query("say_opt_out"), *row) is not None


async def opt_out_said(pool: Pool, patient_id: str) -> OptOutSaid | None:
    """Return what the patient said last about messages, with the name of who heard it."""
    return await one_row(pool, OptOutSaid, "opt_out_said", patient_id)
