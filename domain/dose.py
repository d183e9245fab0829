"""Doses: what is planned, what was given, which vials were opened and what was wasted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from domain.clinic_time import day_in_words
from domain.protocol import TreatmentProtocol
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


NDC_DIGITS = 11


def planned_dose(protocol: TreatmentProtocol) -> Dose:
    """Return the dose that the protocol plans for every session unless a clinician sets another.

    Source: the protocol's `dose.muscles`.
    """
    return Dose(
        muscles=tuple(
            MuscleDose(muscle=muscle.name, sites=muscle.sites, units=muscle.sites * muscle.units_per_site)
            for muscle in protocol.dose.muscles.value
        )
    )


def dose_of_sites(sites: Mapping[str, int], *, protocol: TreatmentProtocol, reason: str | None) -> Dose:
    """Return the dose in so many sites of each muscle, by the protocol's units per site.

    A muscle that the protocol does not know gets no units; `faults_of_dose` names it.
    """
    per_site = {muscle.name: muscle.units_per_site for muscle in protocol.dose.muscles.value}
    muscles = (
        MuscleDose(muscle=name, sites=count, units=count * per_site.get(name, 0)) for name, count in sites.items()
    )
    return Dose(muscles=tuple(muscles), reason=reason)


def sites_of(dose: Dose) -> dict[str, int]:
    """Return the sites of a dose by muscle."""
    return {muscle.muscle: muscle.sites for muscle in dose.muscles}


def plus(sites: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return the sites of both, muscle by muscle, those of the first in their order."""
    return {muscle: sites.get(muscle, 0) + more.get(muscle, 0) for muscle in (*sites, *more)}


def faults_of_dose(dose: Dose, *, protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return everything that is wrong with a dose, each in one clause; none when it may be planned.

    Fewer sites than planned are allowed, more only in the muscles that the protocol names; either needs a reason.

    Source: the protocol's `dose`.
    """
    return (*slips_of_dose(dose, protocol=protocol), *rules_broken_by_dose(dose, protocol=protocol))


def slips_of_dose(dose: Dose, *, protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return what is wrong with how a dose is written down: nobody can have given that."""
    faults: list[str] = []
    if not dose.muscles:
        faults.append("the dose names no muscle")
    named = [muscle.muscle for muscle in dose.muscles]
    faults += [f"{name} is named more than once" for name in sorted({name for name in named if named.count(name) > 1})]
    faults += [
        f"{one.muscle}: expected 0 or more sites and units" for one in dose.muscles if min(one.sites, one.units) < 0
    ]
    if not (dose.reason or "").strip() and _by_muscle(dose) != _by_muscle(planned_dose(protocol)):
        faults.append(f"a dose other than the planned {protocol.dose.units_planned.value} units needs a reason")
    return tuple(faults)


def rules_broken_by_dose(dose: Dose, *, protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return the protocol's rules that a dose breaks. It may not be planned; given it may have been.

    Source: the protocol's `dose`.
    """
    rules = protocol.dose
    faults: list[str] = []
    for muscle in dose.muscles:
        faults += _faults_of_muscle(muscle, protocol)
    if dose.sites > rules.sites_max.value:
        faults.append(f"{dose.sites} sites are more than the protocol's maximum of {rules.sites_max.value}")
    if dose.units > rules.units_max.value:
        faults.append(f"{dose.units} units are more than the protocol's maximum of {rules.units_max.value}")
    return tuple(faults)


def _by_muscle(dose: Dose) -> dict[str, tuple[int, int]]:
    return {muscle.muscle: (muscle.sites, muscle.units) for muscle in dose.muscles if muscle.sites or muscle.units}


def _faults_of_muscle(dose: MuscleDose, protocol: TreatmentProtocol) -> list[str]:
    muscle = next((muscle for muscle in protocol.dose.muscles.value if muscle.name == dose.muscle), None)
    if muscle is None:
        known = ", ".join(muscle.name for muscle in protocol.dose.muscles.value)
        return [f"{dose.muscle} is no muscle of this protocol; it has {known}"]
    faults: list[str] = []
    sites_max = muscle.sites + muscle.extra_sites_max
    if dose.sites < 0 or dose.sites > sites_max:
        extra = f", {muscle.extra_sites_max} of them extra" if muscle.extra_sites_max else ", none extra"
        faults.append(f"{dose.sites} sites in {dose.muscle}: the protocol allows 0 to {sites_max}{extra}")
    if dose.units != dose.sites * muscle.units_per_site:
        faults.append(
            f"{dose.units} units in {dose.sites} sites of {dose.muscle}: "
            f"expected {dose.sites * muscle.units_per_site}, {muscle.units_per_site} units per site"
        )
    return faults


def vials_for(units: int, *, protocol: TreatmentProtocol) -> tuple[int, ...]:
    """Return the sizes of the vials to open for `units`, largest first: least waste, then fewest vials.

    Source: "bill the smallest vial combination that gives the dose", sources.md [20].
    """
    return _fewest_vials(
        max(0, units), tuple(sorted({vial.size_units for vial in protocol.dose.vials.value}, reverse=True))
    )


@lru_cache(maxsize=1024)  # few doses and sizes, asked for again with every date that is planned
def _fewest_vials(units: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    fewest: dict[int, tuple[int, ...]] = {0: ()}
    for total in range(1, units + sizes[0]):
        made = [(*fewest[total - size], size) for size in sizes if total - size in fewest]
        if made:
            fewest[total] = min(made, key=len)
    opened = min(total for total in fewest if total >= units)
    return tuple(sorted(fewest[opened], reverse=True))


def opened_units(units: int, *, protocol: TreatmentProtocol) -> int:
    """Return the units of the vials that `units` open: what a payer who counts billed units is asked for."""
    return sum(vials_for(units, protocol=protocol))


def vials_used(
    units: int, vials: tuple[VialOpened, ...], *, protocol: TreatmentProtocol | None = None
) -> tuple[VialUse, ...]:
    """Return each opened vial with its share of the given `units`, emptied in the order they are named.

    A vial named without its NDC gets that of the protocol's vial of the same size.
    When the vials hold less than `units`, the shares stay short of it; `faults_of_vials` says so.
    """
    known = {} if protocol is None else {vial.size_units: vial.ndc for vial in protocol.dose.vials.value}
    uses: list[VialUse] = []
    rest = units
    for vial in vials:
        given = min(rest, vial.size_units)
        rest -= given
        uses.append(
            VialUse(
                size_units=vial.size_units,
                lot=vial.lot,
                expires_on=vial.expires_on,
                ndc=vial.ndc or known.get(vial.size_units, ""),
                given_units=given,
                wasted_units=vial.size_units - given,
            )
        )
    return tuple(uses)


def faults_of_vials(
    vials: tuple[VialUse, ...], *, dose: Dose, given_on: date, protocol: TreatmentProtocol
) -> tuple[str, ...]:
    """Return everything that is wrong with the vials of a session, each in one clause.

    A vial may be used to the end of the day it expires on. The NDC is that of the vial scanned, 11 digits without
    hyphens: other vials of the same molecule exist that are never billed for this.

    Source: 11 digits in 5-4-2, sources.md [63]; the cosmetic vial, sources.md [61].
    """
    slips = slips_of_vials(vials, dose=dose, protocol=protocol)
    return (*slips, *rules_broken_by_vials(vials, given_on=given_on, protocol=protocol))


def slips_of_vials(vials: tuple[VialUse, ...], *, dose: Dose, protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return what is wrong with how vials are written down: it cannot have been so, or cannot be traced."""
    faults = [fault for vial in vials for fault in _slips_of_vial(vial, protocol)]
    given = sum(vial.given_units for vial in vials)
    if given != dose.units:
        faults.append(f"{given} units were given from the vials, {dose.units} into the muscles: they must be the same")
    return tuple(faults)


def rules_broken_by_vials(
    vials: tuple[VialUse, ...], *, given_on: date, protocol: TreatmentProtocol
) -> tuple[str, ...]:
    """Return the rules that vials break: an expired lot, or the vial of another product."""
    known = {vial.ndc for vial in protocol.dose.vials.value}
    faults: list[str] = []
    for vial in vials:
        if vial.expires_on < given_on:
            faults.append(f"lot {vial.lot} expired on {day_in_words(vial.expires_on)}, before {day_in_words(given_on)}")
        if _is_ndc(vial.ndc) and vial.ndc not in known:
            faults.append(f"NDC {vial.ndc} is no vial of this protocol; it has {', '.join(sorted(known))}")
    return tuple(faults)


def _slips_of_vial(vial: VialUse, protocol: TreatmentProtocol) -> list[str]:
    faults: list[str] = []
    if vial.given_units < 0 or vial.wasted_units < 0 or vial.given_units + vial.wasted_units != vial.size_units:
        faults.append(
            f"lot {vial.lot}: {vial.given_units} given and {vial.wasted_units} wasted do not make up "
            f"the {vial.size_units} units of the vial"
        )
    if not vial.lot.strip():
        faults.append("a vial has no lot")
    known = {known.ndc: known.size_units for known in protocol.dose.vials.value}
    if not _is_ndc(vial.ndc):
        faults.append(f"NDC {vial.ndc}: expected {NDC_DIGITS} digits without hyphens, as on the vial")
    elif known.get(vial.ndc, vial.size_units) != vial.size_units:
        faults.append(f"NDC {vial.ndc} is a vial of {known[vial.ndc]} units, not of {vial.size_units}")
    return faults


def _is_ndc(ndc: str) -> bool:
    return len(ndc) == NDC_DIGITS and ndc.isascii() and ndc.isdigit()
