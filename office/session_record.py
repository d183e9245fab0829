"""The record of a session: what is due, what is known before it, what stands there, and what is typed, reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain import plan
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.dose import (
    Dose,
    VialOpened,
    VialUse,
    dose_of_sites,
    rules_broken_by_dose,
    rules_broken_by_vials,
    slips_of_vials,
    vials_for,
    vials_used,
)
from domain.last_month import last_month_after, last_month_in_words
from domain.planner import warnings_of
from domain.ready import Missing, missing_for_clearance
from domain.session import Session
from domain.waits import Wait, WaitKind


@dataclass(frozen=True)
class Reckoned:
    """What was typed, reckoned by the domain's rules: the dose, each vial's share, and what is wrong with it."""

    dose: Dose
    vials: tuple[VialUse, ...]
    advised: tuple[int, ...]
    faults: tuple[str, ...]

    @property
    def opened(self) -> int:
        """Return the units of the opened vials; as long as none is named, of those to be opened."""
        return sum(vial.size_units for vial in self.vials) or sum(self.advised)

    @property
    def wasted(self) -> int:
        """Return what is opened and not given."""
        return self.opened - self.dose.units


def reckon(course: Course, sites: Mapping[str, int], vials: tuple[VialOpened, ...], *, on: date) -> Reckoned:
    """Return the dose in these sites with its vials: given and wasted make up what was opened.

    No vials are advised for what goes beyond the protocol's most units: the faults name that.
    """
    protocol = course.protocol
    dose = dose_of_sites(sites, protocol=protocol, reason=plan.dose_of(course).reason)
    used = vials_used(dose.units, vials, protocol=protocol)
    faults = list(rules_broken_by_dose(dose, protocol=protocol))
    if vials:
        faults += slips_of_vials(used, dose=dose, protocol=protocol)
        faults += rules_broken_by_vials(used, given_on=on, protocol=protocol)
    advised = vials_for(min(dose.units, protocol.dose.units_max.value), protocol=protocol)
    return Reckoned(dose=dose, vials=used, advised=advised, faults=tuple(faults))


@dataclass(frozen=True)
class SessionSheet:
    """The session that is due, with what is to be known before it, and the records to be seen.

    `last_month`: the last 28 days of the cycle before it, counted on the day. `recorded`: the sessions whose records wait for a signature; else, where none is due, the last one.
    """

    clearance: Wait | None
    result: Wait | None
    missing: tuple[Missing, ...]
    warnings: tuple[str, ...]
    last_month: str | None
    recorded: tuple[Session, ...]
    may_be_completed: bool

    @property
    def due(self) -> Wait | None:
        """Return what is waited for: that the session is cleared, or what was given."""
        return self.clearance or self.result


def sheet_of(course: Course, now: datetime) -> SessionSheet:
    """Return what is due of the course's session at this time."""
    today = clinic_day(now, course.clinic.zone)
    clearance, result = waited_for(course, WaitKind.CLEARANCE), waited_for(course, WaitKind.SESSION_RESULT)
    unsigned = tuple(one for one in course.sessions if one.signed_by is None)
    last = () if clearance or result else course.sessions[-1:]
    month = last_month_after(course, course.last_number)
    return SessionSheet(
        clearance=clearance,
        result=result,
        missing=missing_for_clearance(course, today) if clearance else (),
        warnings=warnings_of(course),
        last_month=None if month is None else last_month_in_words(month),
        recorded=unsigned or last,
        may_be_completed=_may_be_completed(course, today),
    )


def waited_for(course: Course, kind: WaitKind) -> Wait | None:
    """Return the first wait of a kind."""
    return next(iter(course.waits_of(kind)), None)


def _may_be_completed(course: Course, today: date) -> bool:
    """Whether the rest of a session given in part can still be given today."""
    last = course.last_session
    return last is not None and last.in_part and today == last.given_on and course.is_open
