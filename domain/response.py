"""Does it work? The evidence, the verdicts of protocol and payer, and what the protocol advises."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.diary import Baseline, WindowCounts
from domain.dose import Dose
from domain.record import Record


class Verdict(StrEnum):
    """What the protocol's rule says."""

    RESPONSE = "response"
    PARTIAL = "partial"
    NONE = "none"
    UNDETERMINED = "undetermined"


class ResponseAnswer(StrEnum):
    """What the clinician answers."""

    CONTINUE = "continue"
    ONE_MORE = "one_more"
    DISCONTINUE = "discontinue"
    ASK_AGAIN = "ask_again"


class Change(Record):
    """One measure before and now. Shares are of the baseline: 0.55 is 55% fewer; best and worst bound the gaps."""

    measure: str  # headache_days, migraine_days, severity, hours
    before: float
    now: float
    before_text: str  # "20 of 28 days"
    now_text: str
    share_best: float | None
    share_worst: float | None
    reaches_response: bool | None  # None: the missing days decide
    reaches_partial: bool | None


class ResponseEvidence(Record):
    """All that a response check shows, computed from diary and record; frozen with the answer."""

    session: int
    gathered_on: date
    window: WindowCounts
    baseline: Baseline | None
    changes: tuple[Change, ...]
    blocks: tuple[WindowCounts, ...]  # 28-day blocks of every cycle, oldest first
    missing_days: int
    days_that_would_settle: int  # 0 when the verdict stands
    verdict: Verdict
    verdict_reason: str
    payer_met: bool | None  # None: no payer's rule applies, or undetermined
    payer_reason: str
    recommendations: tuple[ResponseAnswer, ...]  # the first is advised; the others need no reason either
    recommendation_reason: str


class ResponseCheck(Record):
    """The clinician's answer after one session, with the evidence it was given on."""

    session: int
    answer: ResponseAnswer
    answered_on: date
    by: str
    reason: str | None = None
    ask_again_on: date | None = None
    evidence: ResponseEvidence
    next_dose: Dose | None = None
