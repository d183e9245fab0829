"""A claim that its payer denied, reviews after payment, or wants paid back; and what billing did about it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from domain.denial_reasons import Questions
from domain.payer import AppealLevel, PayerClaims, PayerPolicy
from domain.record import Record

Trouble: TypeAlias = Literal["denied", "reopened", "taken_back"]
"""What the payer did: denied the claim, reviews what it paid, or takes the money back."""

Deadline: TypeAlias = Literal["appeal", "filing", "records"]
"""A last day that is the payer's: to appeal, to send a corrected claim, to send the records asked for."""


class DenialState(StrEnum):
    """Where a denial stands."""

    OPEN = "open"  # billing must do something
    WITH_PAYER = "with_payer"  # appealed, or the records are sent
    SETTLED = "settled"


class Extension(Record):
    """More time that the payer granted, with the payer's reference."""

    deadline: Deadline
    until_on: date
    reference: str
    on: date
    by: str


class ClaimDenial(Record):
    """One denial of one claim. `number` counts those of a course from 1. Last days are the payer's: nobody moves them."""

    number: int
    session: int
    claim_id: str
    what: Trouble
    told_on: date
    payer_on: date  # the payer's day: last days count from it
    reason_codes: tuple[str, ...] = ()  # CARC, as CO-50
    says: str = ""
    first_step: str = ""
    questions: tuple[Questions, ...] = ()
    amount_cents: int = 0  # what is taken back
    level: int = 0  # the highest at which it was appealed
    appeal_by: date | None = None  # the last day for the next level; None: not known, or there is none
    file_by: date | None = None
    records_by: date | None = None
    answer_due_on: date | None = None
    state: DenialState = DenialState.OPEN
    settled_on: date | None = None
    how: str | None = None
    extensions: tuple[Extension, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether no session is cleared before billing has looked: it questions whether the next one is paid."""
        return self.state is DenialState.OPEN and bool(self.questions)

    @property
    def last_day(self) -> date | None:
        """Return the payer's last day for the first thing that can be done about it."""
        return self.records_by if self.what == "reopened" else self.appeal_by

    def by(self, deadline: Deadline) -> date | None:
        """Return the last day for one thing, or None where it is not known."""
        days = {"appeal": self.appeal_by, "filing": self.file_by, "records": self.records_by}
        return days[deadline]


StepKind: TypeAlias = Literal[
    "replaced",
    "voided",
    "appealed",
    "records_sent",
    "written_off",
    "patient_billed",
    "appeal_won",
    "appeal_lost",
    "extended",
    "settled",
    "payment",
]


class ClaimStep(Record):
    """Something we did about a claim, or learnt; kept with the claim. The same key is kept once."""

    key: str
    claim_id: str
    session: int
    kind: StepKind
    on: date
    by: str
    note: str = ""
    level: int | None = None
    level_name: str | None = None
    last_day: date | None = None
    reference: str | None = None
    amount_cents: int | None = None  # of the patient's bill, or what he has paid of it


def _claims(policy: PayerPolicy | None) -> PayerClaims | None:
    return None if policy is None else policy.claims


def appeal_level(policy: PayerPolicy | None, level: int) -> AppealLevel | None:
    """Return the payer's level with this number, from 1; None where its levels are not known or have ended.

    Source: the policy's `claims.appeal_levels`.
    """
    claims = _claims(policy)
    levels = () if claims is None else claims.appeal_levels.value
    return levels[level - 1] if 0 < level <= len(levels) else None


def is_beyond_the_last(policy: PayerPolicy | None, level: int) -> bool:
    """Whether the payer's levels are known and this one is none of them."""
    claims = _claims(policy)
    return claims is not None and bool(claims.appeal_levels.value) and appeal_level(policy, level) is None


def appeal_by(policy: PayerPolicy | None, *, level: int, denied_on: date) -> date | None:
    """Return the last day to appeal at a level after a denial of `denied_on`; the day of the denial is day 0."""
    one = appeal_level(policy, level)
    return None if one is None else denied_on + timedelta(days=one.file_days)


def file_by(policy: PayerPolicy | None, *, given_on: date) -> date | None:
    """Return the last day for the claim of a session, and for what replaces it. Source: `claims.filing_days`."""
    claims = _claims(policy)
    return None if claims is None else given_on + timedelta(days=claims.filing_days.value)


def answer_due_on(policy: PayerPolicy | None, *, sent_on: date, otherwise_days: int) -> date:
    """Return when the payer's answer to an appeal is due. Source: `claims.appeal_answer_days`."""
    claims = _claims(policy)
    days = otherwise_days if claims is None else claims.appeal_answer_days.value
    return sent_on + timedelta(days=days)
