"""A payer policy: one payer's rules as versioned data. See `payers/`."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from domain.record import Record, Sourced


class Counts(StrEnum):
    """Which units a payer counts against an authorization."""

    GIVEN = "given"
    BILLED = "billed"
    UNKNOWN = "unknown"


class PlaceOfService(StrEnum):
    """Where the session is given."""

    OFFICE = "office"
    HOSPITAL_OUTPATIENT = "hospital_outpatient"


class DrugSource(StrEnum):
    """Whose drug is given."""

    CLINIC_STOCK = "clinic_stock"
    SPECIALTY_PHARMACY = "specialty_pharmacy"


class InitialCriteria(Record):
    """What this payer asks before the first authorization."""

    headache_days_min: Sourced[int]
    migraine_days_min: Sourced[int]
    preventives_min: Sourced[int]
    preventive_classes_min: Sourced[int]
    preventive_trial_days_min: Sourced[int]
    preventive_classes_counted: Sourced[tuple[str, ...]]
    diary_days_min: Sourced[int]
    age_years_min: Sourced[int]
    look_again_days: Sourced[int] | None = None  # how soon what is missing is asked after; None: it is not waited for


class Grant(Record):
    """What a first authorization of this payer usually holds. What was granted is entered, never assumed."""

    sessions: Sourced[int]
    window_days: Sourced[int]
    units_per_session: Sourced[int]
    counts: Sourced[Counts]


class RenewalRule(Record):
    """One way to satisfy this payer: `measure` improved by `at_least` (or, if `strict`, by more)."""

    measure: Literal[
        "headache_days_share", "migraine_days_share", "headache_days_fewer", "hours_fewer", "any_reduction"
    ]
    at_least: float
    strict: bool = False


class Renewal(Record):
    """What this payer asks before it goes on. Any one of `any_of` suffices; an empty list asks nothing."""

    after_sessions: Sourced[int]
    any_of: Sourced[tuple[RenewalRule, ...]]
    wants_diary: Sourced[bool]
    sessions_cap: Sourced[int | None]  # over all courses; None: no cap


class PayerTiming(Record):
    """This payer's clock, in calendar days."""

    answer_days: Sourced[int]
    interval_days_min: Sourced[int]
    sessions_per_year: Sourced[int] | None = None  # in any 365 days, over all courses; None: it says nothing


class PayerBilling(Record):
    """How this payer wants a session billed."""

    takes_waste_lines: Sourced[bool]  # JW/JZ
    diagnoses: Sourced[tuple[str, ...]]  # empty: as the protocol
    self_pay_form: Sourced[str | None] | None = (
        None  # signed before an insured patient may be charged; None: it asks none
    )


class PayerDose(Record):
    """What this payer asks about the dose."""

    justify_above_units: Sourced[int]  # a higher planned dose is justified in the note


class AppealLevel(Record):
    """One level at which a denied claim is appealed, and within how many days of the denial before it."""

    name: str
    file_days: int


class PayerClaims(Record):
    """This payer's days for claims that were denied. They are the payer's: nobody here moves them."""

    filing_days: Sourced[int]  # from the session to the last day for a claim, or its replacement
    appeal_levels: Sourced[tuple[AppealLevel, ...]]  # in their order; empty: not known
    appeal_answer_days: Sourced[int]


class DenialAppeal(Record):
    """One level at which the denial of a request is appealed. Days are calendar days after the letter's day, which is day 0."""

    name: str
    within_days: Sourced[int]  # its last day
    answer_days: Sourced[int]  # the payer's time to answer


class AfterDenial(Record):
    """What this payer lets follow its no, and until when."""

    peer_to_peer_days: Sourced[int | None]  # None: there is no such conversation
    appeals: tuple[DenialAppeal, ...] = ()


class PayerPolicy(Record):
    """One version of one payer's policy. An authorization request keeps the version it was made under."""

    id: str
    version: str
    name: str
    line_of_business: str
    authorization_needed_at: Sourced[tuple[PlaceOfService, ...]]
    initial: InitialCriteria
    grant: Grant
    renewal: Renewal
    timing: PayerTiming
    billing: PayerBilling
    dose: PayerDose | None = None  # None: it asks nothing of its own
    claims: PayerClaims | None = None  # not in policies before 2026-2
    denial: AfterDenial | None = None  # versions before 2026-2 do not say
