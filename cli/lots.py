"""Who else had this lot, for the command line."""

from __future__ import annotations

from dataclasses import asdict

from cli.command import Answer, Call
from cli.tables import table
from office import lots
from office.lots import OfLot
from office.words import day, short

COLUMNS = ("patient", "number", "contact", "course", "session", "given", "units", "expires", "adverse events")


async def sessions_of_lot(call: Call, lot: str) -> Answer:
    """Return the sessions for which a vial of this lot was opened, the latest first."""
    found = await lots.sessions_of_lot(call, lot)
    data = [asdict(one) for one in found]
    return Answer(data=data, show=table(COLUMNS, map(_cells, found), nothing="nobody had this lot"))


def _cells(one: OfLot) -> tuple[str, ...]:
    return (
        one.patient or "-",
        one.record_number or "-",
        one.contact or "-",
        short(one.course_id),
        str(one.session),
        day(one.given_on),
        str(one.units),
        day(one.expires_on),
        "; ".join(one.adverse_events) or "none",
    )
