"""May this patient be treated, and will the payer be satisfied? Two verdicts, each with every reason.

Both are settled once, on the days before treatment. Counts are compared as they were stated and never rescaled:
15 days of a 30-day month would become 14 in 28 and turn a chronic patient episodic.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from domain.clinic_time import day_in_words
from domain.history import ClinicalHistory, EarlierTreatment, TrialOutcome
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.record import Record, Sourced

MONTH_DAYS_MIN = 28
MONTH_DAYS_MAX = 31
"""A count over 28 to 31 days is a count over a month: so long are the calendar's months."""

ADULT_YEARS = 18
"""The age at which a patient consents without a guardian. A matter of law, not of the protocol."""

NO_RESPONSE = "no_response"
"""The reason with which a course ended that did not help."""

FAILED = frozenset({TrialOutcome.NOT_EFFECTIVE, TrialOutcome.NOT_TOLERATED, TrialOutcome.CONTRAINDICATED})


AgainstVerdict: TypeAlias = Literal[
    "severely_disabled",
    "treatments_exhausted",
    "benefit_from_earlier_treatment",
    "counts_lowered_by_treatment",
    "contraindication_weighed",
    "age_weighed",
    "patients_wish",
    "other",
]
"""Coded reasons of a clinician who goes on against the protocol's verdict."""

Payment: TypeAlias = Literal["payer_asked", "not_needed", "patient_pays"]
"""How a course against the verdict is paid: its payer is asked and may refuse, none need be asked, or the patient pays."""


class EligibilityVerdict(StrEnum):
    """What the protocol's rules say about a patient."""

    ELIGIBLE = "eligible"
    OFF_LABEL = "off_label"
    NOT_YET = "not_yet"
    NEEDS_INFORMATION = "needs_information"
    NOT_ELIGIBLE = "not_eligible"


class Finding(Record):
    """One criterion, whether it is met (None: unknown), and a sentence with the figures."""

    criterion: str
    met: bool | None
    said: str
    source: str


class ProtocolVerdict(Record):
    """The protocol's verdict with every finding. `until` is the day a `not_yet` can be looked at again, if known."""

    verdict: EligibilityVerdict
    findings: tuple[Finding, ...]
    until: date | None = None


class PayerVerdict(Record):
    """Whether a payer's criteria are met. `missing` says in sentences what would have to be brought."""

    met: bool
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]


class NotYet(Record):
    """What a payer misses takes time: on `ask_on` somebody asks how it goes, and until then it is not asked."""

    ask_on: date
    missing: tuple[str, ...] = ()


FIRMEST_FIRST = (
    EligibilityVerdict.NOT_ELIGIBLE,
    EligibilityVerdict.NEEDS_INFORMATION,
    EligibilityVerdict.NOT_YET,
    EligibilityVerdict.OFF_LABEL,
    EligibilityVerdict.ELIGIBLE,
)
assert set(FIRMEST_FIRST) == set(EligibilityVerdict), "every verdict has its rank"

Judged = tuple[Finding, EligibilityVerdict]


def assess_for_protocol(history: ClinicalHistory, *, protocol: TreatmentProtocol, today: date) -> ProtocolVerdict:
    """Return the protocol's verdict on `today`.

    Of several reasons the firmest decides: not eligible, then needs information, then not yet, then off-label.
    Off-label and not eligible are the rule's words; a clinician may go on with a reason.

    Source: each finding names its own, from the protocol's file.
    """
    judged = (
        _diagnosis(history, protocol),
        _headache_days(history, protocol.eligibility.headache_days_min),
        _migraine_days(history, protocol.eligibility.migraine_days_min),
        _months(history, protocol, today),
        _conservative_treatments(history, protocol),
        _contraindications(history, protocol),
        _age(history, protocol, today),
        *_earlier_courses(history, protocol),
    )
    verdicts = {verdict for _, verdict in judged}
    verdict = next(candidate for candidate in FIRMEST_FIRST if candidate in verdicts)
    return ProtocolVerdict(
        verdict=verdict,
        findings=tuple(finding for finding, _ in judged),
        until=_months_reached_on(history, protocol, today) if verdict is EligibilityVerdict.NOT_YET else None,
    )


def age_on(history: ClinicalHistory, today: date) -> int:
    """Return the age in years that is certain on `today`: as stated, or of age since the birthday."""
    if history.comes_of_age_on is not None and today >= history.comes_of_age_on:
        return max(history.age_years, ADULT_YEARS)
    return history.age_years


def _judge(finding: Finding, otherwise: EligibilityVerdict) -> Judged:
    """Return the finding with the verdict it leads to: eligible if met, `otherwise` if not, else more information."""
    if finding.met is None:
        return finding, EligibilityVerdict.NEEDS_INFORMATION
    return finding, EligibilityVerdict.ELIGIBLE if finding.met else otherwise


def _age(history: ClinicalHistory, protocol: TreatmentProtocol, today: date) -> Judged:
    rule = protocol.eligibility.age_years_min
    age = age_on(history, today)
    said = f"{age} years old; the label is for {rule.value} years and older"
    if age < rule.value and history.comes_of_age_on is not None:
        said += f", reached on {day_in_words(history.comes_of_age_on)}"
    if age < rule.value:
        said += "; treatment before is off-label and insurers may not authorize it"
    finding = Finding(criterion="age", met=age >= rule.value, said=f"{said}.", source=rule.source)
    return _judge(finding, EligibilityVerdict.OFF_LABEL)


def _diagnosis(history: ClinicalHistory, protocol: TreatmentProtocol) -> Judged:
    rule = protocol.billing.diagnoses
    met = history.diagnosis in rule.value
    said = f"{history.diagnosis} is {'a' if met else 'no'} diagnosis that this protocol treats."
    finding = Finding(criterion="diagnosis", met=met, said=said, source=rule.source)
    return _judge(finding, EligibilityVerdict.NOT_ELIGIBLE)


def _headache_days(history: ClinicalHistory, rule: Sourced[int]) -> Judged:
    finding = _monthly("headache days", history, rule)
    if finding.met is False:
        finding = finding.model_copy(update={"said": f"{finding.said} Fewer is episodic migraine."})
    return _judge(finding, EligibilityVerdict.NOT_ELIGIBLE)


def _migraine_days(history: ClinicalHistory, rule: Sourced[int]) -> Judged:
    return _judge(_monthly("migraine days", history, rule), EligibilityVerdict.NOT_ELIGIBLE)


def _monthly(what: str, history: ClinicalHistory, rule: Sourced[int]) -> Finding:
    """Return the finding on a count per month, as stated.

    A shorter period can only prove that enough days were reached, a longer one only that they were not.
    """
    criterion = what.replace(" ", "_")
    counts = history.counts
    if counts is None:
        said = f"The number of {what} in a month is not known; at least {rule.value} are needed."
        return Finding(criterion=criterion, met=None, said=said, source=rule.source)
    count = counts.headache_days if criterion == "headache_days" else counts.migraine_days
    said = f"{count} {what} in {counts.period_days} days ({counts.source.value.replace('_', ' ')}); at least {rule.value} in a month."
    met: bool | None = count >= rule.value
    proves = counts.period_days <= MONTH_DAYS_MAX if met else counts.period_days >= MONTH_DAYS_MIN
    if not proves:
        met = None
        said += f" A count over {MONTH_DAYS_MIN} to {MONTH_DAYS_MAX} days is needed: counts are never rescaled."
    return Finding(criterion=criterion, met=met, said=said, source=rule.source)


def _months(history: ClinicalHistory, protocol: TreatmentProtocol, today: date) -> Judged:
    rule = protocol.eligibility.months_min
    if history.months_with_headache is None:
        said = f"For how many months the headache has been so frequent is not known; at least {rule.value} are needed."
        return _judge(Finding(criterion="months", met=None, said=said, source=rule.source), EligibilityVerdict.NOT_YET)
    reached_on = _months_reached_on(history, protocol, today)
    said = f"{history.months_with_headache} months of frequent headache were stated; at least {rule.value} are needed"
    if reached_on is not None and history.months_with_headache < rule.value:
        said += f", reached on {day_in_words(reached_on)}"
    met = reached_on is not None and reached_on <= today
    finding = Finding(criterion="months", met=met, said=f"{said}.", source=rule.source)
    return _judge(finding, EligibilityVerdict.NOT_YET)


def _months_reached_on(history: ClinicalHistory, protocol: TreatmentProtocol, today: date) -> date | None:
    """Return the day from which the headache has lasted long enough, counted from the day the history was taken."""
    if history.months_with_headache is None:
        return None
    short = max(0, protocol.eligibility.months_min.value - history.months_with_headache)
    return _add_months(history.taken_on or today, short)


def _add_months(on: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(on.day, (first_of_next - timedelta(days=1)).day))


def _conservative_treatments(history: ClinicalHistory, protocol: TreatmentProtocol) -> Judged:
    rule = protocol.eligibility.conservative_treatments_min
    failed = {_name(treatment.drug) for treatment in history.treatments if treatment.outcome in FAILED}
    said = (
        f"{len(failed)} of {len(history.treatments)} earlier treatments failed or could not be given; "
        f"at least {rule.value} needed."
    )
    met: bool | None = len(failed) >= rule.value
    if not met and not history.treatments:
        met, said = None, f"No earlier treatment is on record; at least {rule.value} must have been tried."
    finding = Finding(criterion="conservative_treatments", met=met, said=said, source=rule.source)
    return _judge(finding, EligibilityVerdict.NOT_YET)


def _contraindications(history: ClinicalHistory, protocol: TreatmentProtocol) -> Judged:
    rule = protocol.eligibility.contraindications
    present = [rule.value.get(code, code) for code in history.contraindications]
    said = f"Contraindicated: {'; '.join(present)}." if present else "No contraindication is on record."
    finding = Finding(criterion="contraindications", met=not present, said=said, source=rule.source)
    return _judge(finding, EligibilityVerdict.NOT_ELIGIBLE)


def assess_for_payer(history: ClinicalHistory, *, policy: PayerPolicy | None, today: date) -> PayerVerdict | None:
    """Return whether the payer's first criteria are met on `today`; None without a policy.

    What is unknown is not met: a payer wants to be shown. Nobody overrides a payer, so there is one word only.

    Source: each finding names its own, from the payer's file.
    """
    if policy is None:
        return None
    criteria = policy.initial
    findings = (
        _payer_age(history, criteria.age_years_min, today),
        _monthly("headache days", history, criteria.headache_days_min),
        _monthly("migraine days", history, criteria.migraine_days_min),
        _preventives(history, policy, today),
        _preventive_classes(history, policy),
        _payer_diary(history, criteria.diary_days_min),
    )
    missing = tuple(finding.said for finding in findings if not finding.met)
    return PayerVerdict(met=not missing, findings=findings, missing=missing)


def _earlier_courses(history: ClinicalHistory, protocol: TreatmentProtocol) -> tuple[Judged, ...]:
    """Return the finding on the last course here, if there was one: without response a clinician says why again."""
    if not history.earlier_courses:
        return ()
    last = history.earlier_courses[-1]
    met = last.reason != NO_RESPONSE
    said = (
        f"An earlier course here ended on {day_in_words(last.ended_on)} after {len(last.doses)} sessions: "
        f"{last.outcome.replace('_', ' ')}, {last.reason.replace('_', ' ')}."
    )
    if not met:
        said += " To try again a clinician gives a reason."
    finding = Finding(
        criterion="earlier_course", met=met, said=said, source=protocol.response.trial_sessions_max.source
    )
    return (_judge(finding, EligibilityVerdict.NOT_ELIGIBLE),)


def _payer_age(history: ClinicalHistory, rule: Sourced[int], today: date) -> Finding:
    age = age_on(history, today)
    said = f"{age} years old; the payer asks for {rule.value} or older."
    return Finding(criterion="age", met=age >= rule.value, said=said, source=rule.source)


def _payer_diary(history: ClinicalHistory, rule: Sourced[int]) -> Finding:
    said = f"{history.diary_days} days of diary; the payer asks for {rule.value}."
    return Finding(criterion="diary", met=history.diary_days >= rule.value, said=said, source=rule.source)


def _preventives(history: ClinicalHistory, policy: PayerPolicy, today: date) -> Finding:
    rule = policy.initial.preventives_min
    counted, unclear = _counted_preventives(history, policy)
    sure = {_name(treatment.drug) for treatment in counted}
    maybe = {_name(treatment.drug) for treatment in unclear} - sure
    said = (
        f"{len(sure)} preventives count ({_listed(sure)}); the payer asks for {rule.value}, each tried for "
        f"{policy.initial.preventive_trial_days_min.value} days, not tolerated or contraindicated."
    )
    said += _trials_to_come(history, policy, unclear, today)
    met = _reached(len(sure), len(maybe), rule.value)
    return Finding(criterion="preventives", met=met, said=said, source=rule.source)


def _preventive_classes(history: ClinicalHistory, policy: PayerPolicy) -> Finding:
    rule = policy.initial.preventive_classes_min
    counted, unclear = _counted_preventives(history, policy)
    sure = {treatment.drug_class for treatment in counted}
    maybe = {treatment.drug_class for treatment in unclear} - sure
    said = f"The preventives that count are of {len(sure)} classes ({_listed(sure)}); the payer asks for {rule.value}."
    met = _reached(len(sure), len(maybe), rule.value)
    return Finding(criterion="preventive_classes", met=met, said=said, source=rule.source)


def _counted_preventives(
    history: ClinicalHistory, policy: PayerPolicy
) -> tuple[list[EarlierTreatment], list[EarlierTreatment]]:
    """Return the preventives that count for step therapy, and those whose trial has no length on record.

    Not tolerated and contraindicated count whatever the length. A policy that lists no classes counts every class.
    """
    days_min = policy.initial.preventive_trial_days_min.value
    classes = policy.initial.preventive_classes_counted.value
    counted: list[EarlierTreatment] = []
    unclear: list[EarlierTreatment] = []
    for treatment in history.treatments:
        if not treatment.preventive or treatment.outcome not in FAILED:
            continue
        if classes and treatment.drug_class not in classes:
            continue
        if treatment.outcome is not TrialOutcome.NOT_EFFECTIVE or (treatment.days or 0) >= days_min:
            counted.append(treatment)
        elif treatment.days is None:
            unclear.append(treatment)
    return counted, unclear


def _trials_to_come(
    history: ClinicalHistory, policy: PayerPolicy, unclear: Iterable[EarlierTreatment], today: date
) -> str:
    """Return sentences on trials whose length is missing and on trials that still run."""
    said = "".join(f" The length of the trial of {treatment.drug} is missing." for treatment in unclear)
    days_min = policy.initial.preventive_trial_days_min.value
    for treatment in history.treatments:
        if treatment.preventive and treatment.outcome is TrialOutcome.ONGOING:
            long_enough_on = _long_enough_on(treatment, history, days_min, today)
            said += f" {treatment.drug} is on trial and has lasted {days_min} days on {day_in_words(long_enough_on)}."
    return said


def _long_enough_on(treatment: EarlierTreatment, history: ClinicalHistory, days_min: int, today: date) -> date:
    """Return the day on which a running trial has lasted `days_min` days."""
    if treatment.started_on is not None:
        return treatment.started_on + timedelta(days=days_min)
    return (history.taken_on or today) + timedelta(days=max(0, days_min - (treatment.days or 0)))


TAKES_TIME = frozenset({"preventives", "preventive_classes", "diary"})
"""The payer's criteria that time can meet, if something is done meanwhile."""


def payer_not_yet(
    history: ClinicalHistory, *, verdict: PayerVerdict | None, policy: PayerPolicy | None, today: date
) -> NotYet | None:
    """Return when to ask how what the payer misses is coming along, or None where waiting does not help.

    Waiting helps where everything that is missing takes time: a running trial until it has lasted long enough, a new
    one for as long as the payer wants, a diary until it has enough days.

    Source: the policy's `initial`; without its `look_again_days` nothing is waited for.
    """
    if verdict is None or verdict.met or policy is None or policy.initial.look_again_days is None:
        return None
    unmet = {finding.criterion for finding in verdict.findings if finding.met is False}
    unknown = any(finding.met is None for finding in verdict.findings)
    if unknown or not unmet <= TAKES_TIME:
        return None
    days = [today]
    if "diary" in unmet:
        days.append(
            (history.taken_on or today) + timedelta(days=policy.initial.diary_days_min.value - history.diary_days)
        )
    if unmet & {"preventives", "preventive_classes"}:
        days.append(_next_trial_over_on(history, policy, today))
    return NotYet(ask_on=max(days), missing=verdict.missing)


def _next_trial_over_on(history: ClinicalHistory, policy: PayerPolicy, today: date) -> date:
    """Return the day on which the next trial of a preventive may count; where none runs, one that begins today."""
    criteria = policy.initial
    days_min = criteria.preventive_trial_days_min.value
    running = (one for one in history.treatments if one.preventive and one.outcome is TrialOutcome.ONGOING)
    over = [_long_enough_on(one, history, days_min, today) for one in running]
    look_again = 0 if criteria.look_again_days is None else criteria.look_again_days.value
    return min(over, default=today + timedelta(days=days_min or look_again))


def _reached(sure: int, maybe: int, least: int) -> bool | None:
    if sure >= least:
        return True
    return None if sure + maybe >= least else False


def _name(drug: str) -> str:
    return drug.strip().casefold()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
