"""What becomes of a claim after filing: denied, answered, appealed, held for a coder."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from domain.claim_denials import ClaimDenial, Extension
from domain.events.common import CourseEvent


class ClaimDenied(CourseEvent):
    """The payer denied a claim, reviews it after payment, or takes its money back."""

    kind: Literal["claim_denied"] = "claim_denied"
    denial: ClaimDenial


class ClaimPaid(CourseEvent):
    """A claim in trouble is paid after all."""

    kind: Literal["claim_paid"] = "claim_paid"
    denial: int
    amount_cents: int = 0


class DenialAnswered(CourseEvent):
    """Billing did something about a denial."""

    kind: Literal["denial_answered"] = "denial_answered"
    denial: int
    action: Literal["correct", "appeal", "send_records", "write_off", "bill_patient", "paid"]
    note: str
    sent_on: date | None = None
    level: int | None = None
    level_name: str | None = None
    answer_due_on: date | None = None
    reference: str | None = None
    authorization_number: str | None = None
    amount_cents: int | None = None
    next_session: str | None = None


class AppealDecided(CourseEvent):
    """The payer answered an appeal, or a review."""

    kind: Literal["appeal_decided"] = "appeal_decided"
    denial: int
    won: bool
    payer_on: date
    appeal_by: date | None = None  # the last day for the next level
    note: str = ""


class LastDayExtended(CourseEvent):
    """The payer granted more time."""

    kind: Literal["last_day_extended"] = "last_day_extended"
    denial: int
    extension: Extension


class ClaimStepKept(CourseEvent):
    """The claim knows what was done about it."""

    kind: Literal["claim_step_kept"] = "claim_step_kept"
    step: str  # its key


class ClaimHeld(CourseEvent):
    """The claim of a session waits until billing, or a coder, has looked."""

    kind: Literal["claim_held"] = "claim_held"
    session: int
    why: str


class ClaimReleased(CourseEvent):
    """The held claim goes out."""

    kind: Literal["claim_released"] = "claim_released"
    session: int
    modifier: str | None = None
    authorization_number: str | None = None
    bill: bool = True  # False: the session is not billed at all
    note: str = ""


ClaimsEvent: TypeAlias = (
    ClaimDenied
    | ClaimPaid
    | DenialAnswered
    | AppealDecided
    | LastDayExtended
    | ClaimStepKept
    | ClaimHeld
    | ClaimReleased
)
