"""What becomes of a claim after filing: denied, answered, appealed, held for a coder."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.claim_denials import Deadline
from domain.denial_reasons import Questions
from domain.record import Edge


class ClaimTold(Edge):
    """A claim tells its course what concerns it: that it was denied, is reviewed after payment, or is paid after all."""

    kind: Literal["claim-told"] = "claim-told"
    session: int
    claim_id: str
    what: Literal["denied", "reopened", "taken_back", "paid"]
    on: date
    reason_codes: tuple[str, ...] = ()
    says: str = ""
    first_step: str = ""
    questions: tuple[Questions, ...] = ()
    amount_cents: int = 0
    appeal_by: date | None = None
    records_by: date | None = None


class DenialAnswered(Edge):
    """What billing does about a denied claim, a review after payment, or money taken back."""

    kind: Literal["claim-denial"] = "claim-denial"
    action: Literal["correct", "appeal", "send_records", "write_off", "bill_patient", "paid"] = Field(
        description="correct: sent again as a replacement; bill_patient: only what the payer leaves to the patient (PR)"
    )
    note: str = Field(min_length=1, description="why, or what was sent")
    denial: int | None = Field(default=None, description="number of the denial; default: the task's")
    sent_on: date | None = Field(default=None, description="of an appeal or records; default: today")
    reference: str | None = Field(default=None, description="the payer's reference")
    authorization_number: str | None = Field(default=None, description="the number that belongs on the corrected claim")
    amount_cents: int | None = Field(default=None, ge=1, description="what the patient is billed, in cents")
    next_session: str | None = Field(
        default=None,
        description="where the denial questions coverage, authorization or necessity: why the next session may be given",
    )


class AppealAnswered(Edge):
    """The payer has answered an appeal, or looked at the records that were sent."""

    kind: Literal["claim-appeal"] = "claim-appeal"
    outcome: Literal["won", "lost"]
    denial: int | None = Field(default=None, description="number of the denial; default: the task's")
    on: date | None = Field(default=None, description="the payer's day; default: today")
    appeal_by: date | None = Field(
        default=None, description="last day for the next level, as the payer's letter says; default: by its policy"
    )
    note: str = ""


class LastDayExtended(Edge):
    """The payer grants more time. Its last days are never moved otherwise."""

    kind: Literal["claim-extension"] = "claim-extension"
    deadline: Deadline
    until_on: date
    reference: str = Field(min_length=1, description="the payer's reference for the extension")
    denial: int | None = Field(default=None, description="number of the denial; default: the only open one")


class ClaimReleased(Edge):
    """Billing has looked: the held claim goes out."""

    kind: Literal["claim-released"] = "claim-released"
    session: int | None = Field(default=None, description="default: the task's")
    modifier: Literal["52", "53", "none"] | None = Field(
        default=None, description="of the procedure, where the session was given in part: a coder decides"
    )
    authorization_number: str | None = None
    bill: bool = Field(default=True, description="no: the session is not billed at all")
    note: str = Field(min_length=1, description="why it may go out")


ClaimsFact: TypeAlias = ClaimTold | DenialAnswered | AppealAnswered | LastDayExtended | ClaimReleased
