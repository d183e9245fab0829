"""Payer policies: one folder for each payer, one file for each version."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from adapters.files.reading import WrongFile, folders_in, versions_of
from domain.payer import AfterDenial, PayerClaims, PayerPolicy, Renewal, RenewalRule

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
    if policy.claims is not None:
        yield from _faults_of_claims(policy.claims)
    if policy.denial is not None:
        yield from _faults_of_denial(policy.denial)


def _faults_of_renewal(renewal: Renewal) -> Iterable[str]:
    if renewal.sessions_cap.value is not None and renewal.sessions_cap.value < 1:
        yield 'renewal.sessions_cap: expected 1 or more, or "none"'
    for number, rule in enumerate(renewal.any_of.value):
        most = MOST[rule.measure]
        if not 0 <= rule.at_least <= most:
            yield f"renewal.any_of.value.{number}.at_least: expected 0 to {most} for {rule.measure}"


def _faults_of_claims(claims: PayerClaims) -> Iterable[str]:
    for key in ("filing_days", "appeal_answer_days"):
        if getattr(claims, key).value < 1:
            yield f"claims.{key}: expected 1 or more"
    for number, level in enumerate(claims.appeal_levels.value):
        if level.file_days < 1:
            yield f"claims.appeal_levels.value.{number}.file_days: expected 1 or more"


def _faults_of_denial(denial: AfterDenial) -> Iterable[str]:
    if denial.peer_to_peer_days.value is not None and denial.peer_to_peer_days.value < 1:
        yield 'denial.peer_to_peer_days: expected 1 or more, or "none"'
    for number, level in enumerate(denial.appeals):
        for key in ("within_days", "answer_days"):
            if getattr(level, key).value < 1:
                yield f"denial.appeals.{number}.{key}: expected 1 or more"


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
assert MOST.keys() == set(RenewalRule.model_fields["measure"].annotation.__args__), "every measure has its limit"  # type: ignore[union-attr] # it is a Literal
