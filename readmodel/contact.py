"""How a patient is reached: changed directly, since it is no fact of a course."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from readmodel.outages import told_as_outages
from readmodel.pool import Pool
from readmodel.sql import query


async def change_contact(
    pool: Pool, patient_id: str, changes: Mapping[str, str | bool], *, by: str, at: datetime
) -> bool:
    """Change what `changes` names: name, email, phone, preferred_channel, language, opted_out.

    Return whether there is such a patient.
    """
    with told_as_outages():
        changed = await pool.fetchval(query("change_contact"), patient_id, json.dumps(dict(changes)), at, by)
    return changed is not None
