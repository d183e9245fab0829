"""Who had this lot: sessions by the lot of a vial that was opened for them, as their records stand today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from domain.dose import VialUse
from domain.session import Session
from office.call import Call
from office.finding import folded
from readmodel import lookups
from readmodel.people import patient


@dataclass(frozen=True)
class OfLot:
    """A session for which a vial of the lot was opened."""

    patient: str | None
    record_number: str | None
    contact: str | None
    course_id: str
    session: int
    given_on: date
    units: int
    lot: str
    expires_on: date
    adverse_events: tuple[str, ...]


async def sessions_of_lot(call: Call, lot: str) -> list[OfLot]:
    """Return the sessions for which a vial of this lot was opened, the latest first. Upper and lower case are one."""
    pool, wanted = await call.reach.pool(), lot.strip().casefold()
    found: list[OfLot] = []
    for row in await lookups.courses_with_lot(pool, wanted, now=datetime.now(UTC)):
        course = await folded(call, row)
        who = await patient(pool, row.patient_id)
        for session in course.sessions:
            if (vial := _vial_of(session, wanted)) is None:
                continue
            events = (one for one in course.adverse_events if one.after_session == session.number)
            found.append(
                OfLot(
                    patient=None if who is None else who.name,
                    record_number=None if who is None else who.record_number,
                    contact=None if who is None else who.phone or who.email,
                    course_id=course.course_id,
                    session=session.number,
                    given_on=session.given_on,
                    units=session.dose.units,
                    lot=vial.lot,
                    expires_on=vial.expires_on,
                    adverse_events=tuple(event.effect or event.note for event in events),
                )
            )
    return sorted(found, key=lambda one: one.given_on, reverse=True)


def _vial_of(session: Session, lot: str) -> VialUse | None:
    return next((vial for vial in session.vials if vial.lot.strip().casefold() == lot), None)
