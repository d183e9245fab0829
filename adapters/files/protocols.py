"""Treatment protocols: one folder for each id, one file for each version."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from adapters.files.reading import WrongFile, folders_in, versions_of
from domain.protocol import DoseRules, ResponseRules, TimingRules, TreatmentProtocol, VisitRules
from domain.session import NotGivenReason


def load_protocol(folder: Path) -> TreatmentProtocol:
    """Return the newest version of the protocol in a folder."""
    return list(protocol_versions(folder).values())[-1]


def load_protocols(root: Path) -> dict[str, TreatmentProtocol]:
    """Return the newest version of every protocol by its id."""
    return {folder.name: load_protocol(folder) for folder in folders_in(root)}


def protocol_versions(folder: Path) -> dict[str, TreatmentProtocol]:
    """Return every version of the protocol in a folder, oldest first. Raises WrongFile with all that is wrong."""
    versions = versions_of(folder, TreatmentProtocol)
    for version, protocol in versions.items():
        if faults := faults_of_protocol(protocol):
            file = folder / f"{version}.toml"
            raise WrongFile("\n".join(f"{file}: {fault}" for fault in faults))
    return versions


def faults_of_protocol(protocol: TreatmentProtocol) -> tuple[str, ...]:
    """Return what does not fit together in a protocol, each with the key it is about."""
    return (
        *_faults_of_dose(protocol.dose),
        *_faults_of_timing(protocol.timing),
        *_faults_of_response(protocol.response),
        *_faults_of_rest(protocol),
    )


def _faults_of_dose(dose: DoseRules) -> Iterable[str]:
    muscles = dose.muscles.value
    sites = sum(muscle.sites for muscle in muscles)
    units = sum(muscle.sites * muscle.units_per_site for muscle in muscles)
    extra_sites = sum(muscle.extra_sites_max for muscle in muscles)
    extra_units = sum(muscle.extra_sites_max * muscle.units_per_site for muscle in muscles)
    if len({muscle.name for muscle in muscles}) != len(muscles):
        yield "dose.muscles: a muscle is named twice"
    if any(muscle.sites < 0 or muscle.units_per_site <= 0 or muscle.extra_sites_max < 0 for muscle in muscles):
        yield "dose.muscles: expected sites of 0 or more and units above 0"
    if sites != dose.sites_planned.value:
        yield f"dose.sites_planned: is {dose.sites_planned.value}, the muscles make {sites}"
    if units != dose.units_planned.value:
        yield f"dose.units_planned: is {dose.units_planned.value}, the muscles make {units}"
    if not sites <= dose.sites_max.value <= sites + extra_sites:
        yield f"dose.sites_max: is {dose.sites_max.value}, the muscles allow {sites} to {sites + extra_sites}"
    if not units <= dose.units_max.value <= units + extra_units:
        yield f"dose.units_max: is {dose.units_max.value}, the muscles allow {units} to {units + extra_units}"
    if not 0 < dose.trial_units_min.value <= dose.units_max.value:
        yield f"dose.trial_units_min: is {dose.trial_units_min.value}, expected 1 to {dose.units_max.value}"
    yield from _faults_of_vials(dose)


def _faults_of_vials(dose: DoseRules) -> Iterable[str]:
    if not dose.vials.value:
        yield "dose.vials: expected at least one vial"
    for number, vial in enumerate(dose.vials.value):
        if vial.size_units <= 0:
            yield f"dose.vials.value.{number}.size_units: expected more than 0"
        if len(vial.ndc) != 11 or not vial.ndc.isdigit():
            yield f"dose.vials.value.{number}.ndc: expected 11 digits without hyphens"


def _faults_of_timing(timing: TimingRules) -> Iterable[str]:
    first, last = timing.check_not_before_days.value, timing.check_not_after_days.value
    if not 0 < first <= last < timing.interval_days_min.value:
        yield (
            f"timing.check_not_before_days: {first} and check_not_after_days: {last}, "
            f"expected them in this order within the interval of {timing.interval_days_min.value} days"
        )
    if timing.latest_after_planned_days.value < 0:
        yield "timing.latest_after_planned_days: expected 0 or more"


def _faults_of_response(response: ResponseRules) -> Iterable[str]:
    if not 0 < response.partial_share.value <= response.response_share.value <= 1:
        yield "response.partial_share: expected more than 0 and no more than response_share, which is at most 1"
    window = response.window_days.value
    for key in (
        "baseline_recorded_days_min",
        "estimate_recorded_days_min",
        "severity_rated_days_baseline_min",
        "severity_rated_days_window_min",
    ):
        if not 0 < getattr(response, key).value <= window:
            yield f"response.{key}: expected 1 to {window}, the window's days"
    checks = response.check_after_sessions.value
    if not checks or checks[0] < 1 or any(later <= earlier for earlier, later in pairwise(checks)):
        yield "response.check_after_sessions: expected sessions in rising order"
    elif checks[-1] != response.trial_sessions_max.value:
        yield f"response.trial_sessions_max: expected {checks[-1]}, the last session with a check"
    if response.sessions_between_later_checks.value < 1:
        yield "response.sessions_between_later_checks: expected 1 or more"


def _faults_of_rest(protocol: TreatmentProtocol) -> Iterable[str]:
    safety = protocol.safety
    first, due, ends = safety.call_from_days.value, safety.call_due_days.value, safety.watch_ends_days.value
    if not 0 <= first <= due <= ends:
        yield "safety.call_from_days: expected call_from_days <= call_due_days <= watch_ends_days"
    if not protocol.billing.diagnoses.value:
        yield "billing.diagnoses: expected at least one code"
    if protocol.eligibility.migraine_days_min.value > protocol.eligibility.headache_days_min.value:
        yield "eligibility.migraine_days_min: expected no more than headache_days_min"
    if protocol.end.reopen_days.value < 0:
        yield "end.reopen_days: expected 0 or more"
    if protocol.visits is not None:
        yield from _faults_of_visits(protocol.visits)


def _faults_of_visits(visits: VisitRules) -> Iterable[str]:
    if visits.missed_max.value < 1:
        yield "visits.missed_max: expected 1 or more"
    known = {str(reason) for reason in NotGivenReason} - {NotGivenReason.CANCELLED_BY_CLINIC}
    if unknown := set(visits.missed_reasons.value) - known:
        yield f"visits.missed_reasons: {', '.join(sorted(unknown))}; expected some of {', '.join(sorted(known))}"
