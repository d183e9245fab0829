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


class ScoreRange(Record):
    """A questionnaire's title and the least and most it can score."""

    title: str
    least: int
    most: int


class SuccessRule(Record):
    """When the migraine has become episodic: fewer headache days than this in each of so many months of 28 days."""

    headache_days_below: int
    months: int


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
    success: Sourced[SuccessRule] | None = None  # shown as an option to pause, never decides
    elsewhere_within_days: Sourced[int] | None = None  # a longer gap between doses begins another treatment
    gaps_asked_from_day: Sourced[int] | None = None  # of the check's window
    gaps_missing_min: Sourced[int] | None = None  # fewer missing days are not asked for
    wearing_off_working_days: Sourced[int] | None = None
    bridges: Sourced[dict[str, str]] | None = None  # code -> what is done until the next session
    scores: Sourced[dict[str, ScoreRange]] | None = None  # shown beside the diary, decide nothing


class AdverseEffect(Record):
    """An effect of the drug that has a code. Where it `asks` for red flags, a clinician looks at it."""

    words: str
    asks: tuple[str, ...] = ()  # red flags that the clinician asks for; none: nobody need look
    sites: bool = False  # the planned sites are looked at before the next session


class SafetyRules(Record):
    """The safety watch after each session, and what is asked before it."""

    call_from_days: Sourced[int]
    call_due_days: Sourced[int]
    watch_ends_days: Sourced[int]
    red_flags: Sourced[dict[str, str]]  # code -> words
    red_flag_advice: Sourced[str]
    pre_session_check: Sourced[dict[str, str]]  # item -> question; yes is positive
    effects: Sourced[dict[str, AdverseEffect]] | None = None  # code -> what it is and what follows
    effect_review_working_days: Sourced[int] | None = None
    effect_follow_up_days: Sourced[int] | None = None  # looked at again until it has ended
    death_review_days: Sourced[int] | None = None  # a death so soon after a session is looked at by a clinician
    urgent_review_hours: Sourced[int] | None = None  # a red flag or a serious event: elapsed time, also at night


class VisitRules(Record):
    """When missed visits become a clinician's matter."""

    missed_max: Sourced[int]  # for one session; then a clinician decides before another time is looked for
    missed_reasons: Sourced[tuple[str, ...]]  # which of the reasons that a visit gave no drug count as missed


class BillingRules(Record):
    """Codes of one session's claim."""

    procedure_code: Sourced[str]
    drug_code: Sourced[str]
    diagnoses: Sourced[tuple[str, ...]]  # ICD-10-CM codes that may be billed


class HoldRules(Record):
    """What a long hold means."""

    anew_after_days: Sourced[int]  # a longer one: goals, consent, baseline and coverage anew


class EndRules(Record):
    """What follows an ending."""

    alternatives: Sourced[tuple[str, ...]]
    reopen_days: Sourced[int]
    lost_after_attempts: Sourced[dict[str, int]] | None = None  # way -> attempts before a patient counts as lost


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
    hold: HoldRules | None = None
    end: EndRules
    visits: VisitRules | None = None  # None: a new time is looked for however often a visit is missed
