"""Payer policies: one folder for each payer, one file for each version."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from adapters.files.reading import WrongFile, folders_in, versions_of
from domain.payer import PayerPolicy, Renewal, RenewalRule

MONTH_DAYS_MAX = 31
MONTH_HOURS_MAX = 31 * 24


def load_policy(folder: Path) -> PayerPolicy:
    """Return the newest version of the policy in a folder."""
    return list(policy_versions(folder).values())[-1]


def load_policies(root: Path) -> dict[str, PayerPolicy]:
    """Return the newest version of every payer's policy by its id."""
    return {folder.name: load_policy(folder) for folder in folders_in(root)}


def policy_versions(folder: Path) -> dict[str, PayerPolicy]:
    """Return every version of the policy in a folder, oldest first. Raises WrongFile with all that is wrong."""
    versions = versions_of(folder, PayerPolicy)
    for version, policy in versions.items():
        if faults := tuple(faults_of_policy(policy)):
            file = folder / f"{version}.toml"
            raise WrongFile("\n".join(f"{file}: {fault}" for fault in faults))
    return versions


def faults_of_policy(policy: PayerPolicy) -> Iterable[str]:
    """Return what does not fit together in a policy, each with the key it is about."""
    if policy.initial.preventive_classes_min.value > policy.initial.preventives_min.value:
        yield "initial.preventive_classes_min: expected no more than preventives_min"
    for section, keys in POSITIVE.items():
        for key in keys:
            if getattr(getattr(policy, section), key).value < 1:
                yield f"{section}.{key}: expected 1 or more"
    if policy.timing.answer_days.value < 0:
        yield "timing.answer_days: expected 0 or more"
    yield from _faults_of_renewal(policy.renewal)


def _faults_of_renewal(renewal: Renewal) -> Iterable[str]:
    if renewal.sessions_cap.value is not None and renewal.sessions_cap.value < 1:
        yield 'renewal.sessions_cap: expected 1 or more, or "none"'
    for number, rule in enumerate(renewal.any_of.value):
        most = MOST[rule.measure]
        if not 0 <= rule.at_least <= most:
            yield f"renewal.any_of.value.{number}.at_least: expected 0 to {most} for {rule.measure}"


POSITIVE = {
    "grant": ("sessions", "window_days", "units_per_session"),
    "renewal": ("after_sessions",),
    "timing": ("interval_days_min",),
}

MOST: dict[str, int] = {
    "headache_days_share": 1,
    "migraine_days_share": 1,
    "headache_days_fewer": MONTH_DAYS_MAX,
    "hours_fewer": MONTH_HOURS_MAX,
    "any_reduction": 0,
}
assert MOST.keys() == set(RenewalRule.model_fields["measure"].annotation.__args__), "every measure has its limit"  # type: ignore[union-attr]
