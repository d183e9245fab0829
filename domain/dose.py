"""Doses: what is planned, what was given, which vials were opened and what was wasted."""

from __future__ import annotations

from datetime import date

from domain.record import Record


class MuscleDose(Record):
    """Sites and units in one muscle, both sides together."""

    muscle: str
    sites: int
    units: int


class Dose(Record):
    """A dose over all muscles. `reason` says why it differs from the protocol's, where it does."""

    muscles: tuple[MuscleDose, ...]
    reason: str | None = None

    @property
    def units(self) -> int:
        """Return the units over all muscles."""
        return sum(muscle.units for muscle in self.muscles)

    @property
    def sites(self) -> int:
        """Return the sites over all muscles."""
        return sum(muscle.sites for muscle in self.muscles)


class VialUse(Record):
    """One vial opened for a session: given + wasted = size, always."""

    size_units: int
    lot: str
    expires_on: date
    ndc: str
    given_units: int
    wasted_units: int


class VialOpened(Record):
    """A vial as it is scanned on the day. `ndc` defaults to the protocol's for that size."""

    size_units: int
    lot: str
    expires_on: date
    ndc: str | None = None
