"""A treatment protocol: the clinical rules as versioned data. See `protocols/`."""

from __future__ import annotations

from domain.record import Record, Sourced


class EligibilityRules(Record):
    """Who may be treated. Days are per month as stated, never rescaled (docs/rules.md, "Eligibility")."""

    age_years_min: Sourced[int]
    headache_days_min: Sourced[int]
    migraine_days_min: Sourced[int]
    months_min: Sourced[int]
    conservative_treatments_min: Sourced[int]
    contraindications: Sourced[dict[str, str]]  # code -> what it means, in words


class Muscle(Record):
    """One muscle of the injection plan."""

    name: str
    sites: int
    units_per_site: int
    extra_sites_max: int = 0


class Vial(Record):
    """A vial the drug comes in."""

    size_units: int
    ndc: str  # 11 digits, 5-4-2, no hyphens


class DoseRules(Record):
    """The planned dose and what a clinician may add to it."""

    units_planned: Sourced[int]
    sites_planned: Sourced[int]
    units_max: Sourced[int]
    sites_max: Sourced[int]
    trial_units_min: Sourced[int]  # a session below this is not a trial session
    muscles: Sourced[tuple[Muscle, ...]]
    vials: Sourced[tuple[Vial, ...]]


class TimingRules(Record):
    """When sessions, checks and renewals fall. Days are whole clinic-local days; the session's day is day 0."""

    interval_days_min: Sourced[int]
    latest_after_planned_days: Sourced[int]
    check_not_before_days: Sourced[int]
    check_not_after_days: Sourced[int]


class ResponseRules(Record):
    """What counts as a response, and what is advised after which session."""

    window_days: Sourced[int]
    response_share: Sourced[float]  # at least this share fewer days, or less severity
    partial_share: Sourced[float]
    baseline_recorded_days_min: Sourced[int]
    estimate_recorded_days_min: Sourced[int]
    severity_rated_days_baseline_min: Sourced[int]
    severity_rated_days_window_min: Sourced[int]
    severe_pain_min: Sourced[int] | None = None  # worst pain, 0 to 10, from which a day counts as severe
    check_after_sessions: Sourced[tuple[int, ...]]
    trial_sessions_max: Sourced[int]
    sessions_between_later_checks: Sourced[int]


class SafetyRules(Record):
    """The safety watch after each session, and what is asked before it."""

    call_from_days: Sourced[int]
    call_due_days: Sourced[int]
    watch_ends_days: Sourced[int]
    red_flags: Sourced[dict[str, str]]  # code -> words
    red_flag_advice: Sourced[str]
    pre_session_check: Sourced[dict[str, str]]  # item -> question; yes is positive


class BillingRules(Record):
    """Codes of one session's claim."""

    procedure_code: Sourced[str]
    drug_code: Sourced[str]
    diagnoses: Sourced[tuple[str, ...]]  # ICD-10-CM codes that may be billed


class EndRules(Record):
    """What follows an ending."""

    alternatives: Sourced[tuple[str, ...]]
    reopen_days: Sourced[int]


class TreatmentProtocol(Record):
    """One version of one protocol. A course keeps the version that it started with."""

    id: str
    version: str
    title: str
    drug: str
    eligibility: EligibilityRules
    dose: DoseRules
    timing: TimingRules
    response: ResponseRules
    safety: SafetyRules
    billing: BillingRules
    end: EndRules
