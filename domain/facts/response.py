"""Does it work? Baseline, diary, evidence and answers."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import Field

from domain.dose import Dose
from domain.history import DRUG_CLASSES
from domain.record import Edge
from domain.response import Against, Basis, ResponseAnswer


class Response(Edge):
    """The clinician's answer to "does it work?"."""

    kind: Literal["response"] = "response"
    answer: ResponseAnswer
    reason: str | None = Field(
        default=None, description="this or a coded reason is needed where the answer differs from the recommendation"
    )
    coded_reason: Against | None = Field(
        default=None, description="why the answer differs; other, or none and a reason in words: other"
    )
    ask_again_on: date | None = None
    look_again_on: date | None = Field(default=None, description="of a pause: when it is looked at")
    basis: Basis | None = Field(
        default=None, description="what a response is attested by where the diary does not show it"
    )
    dose: Dose | None = Field(default=None, description="the next planned dose; default: as before")
    agreed_by: str | None = Field(
        default=None, description="the second clinician who agreed, where the clinic asks for one"
    )


class DiaryEntered(Edge):
    """Days were entered into the diary; an open response check looks at them anew."""

    kind: Literal["diary-entered"] = "diary-entered"
    first_on: date
    last_on: date
    days: int


class DiaryRecall(Edge):
    """What the patient remembers of a week without diary. It is shown as recall and never counted as diary days."""

    kind: Literal["diary-recall"] = "diary-recall"
    week_from: date = Field(description="the first of the seven days")
    headache_days: int = Field(ge=0, le=7)
    migraine_days: int = Field(ge=0, le=7)
    severity: float | None = Field(default=None, ge=0, le=10, description="worst pain of the week, 0 to 10")


class DiaryGapsAsked(Edge):
    """The patient was asked for the diary days that are missing."""

    kind: Literal["diary-gaps-asked"] = "diary-gaps-asked"
    result: str = Field(min_length=1, description="what the patient said; days and weeks are entered by themselves")


class WearingOffTold(Edge):
    """The effect wears off before the next session."""

    kind: Literal["wearing-off"] = "wearing-off"
    week: int = Field(ge=1, le=52, description="week after the session from which there was less effect")
    note: str = ""


class WearingOffAnswer(Edge):
    """What is done until the next session. It is never given earlier."""

    kind: Literal["wearing-off-answered"] = "wearing-off-answered"
    bridge: str = Field(description="code of the protocol's bridges; none: nothing")
    for_next_dose: str | None = Field(default=None, description="a note for who plans the next dose")


class MedicationChanged(Edge):
    """Another drug was started, stopped, changed, or is being tapered."""

    kind: Literal["medication-changed"] = "medication-changed"
    drug: str = Field(min_length=1)
    drug_class: str = Field(description=f"one of: {', '.join(DRUG_CLASSES)}")
    change: Literal["started", "stopped", "changed", "tapering"]
    on: date | None = Field(default=None, description="the day of the change; default: today")
    preventive: bool = True
    elsewhere: bool = Field(default=False, description="somebody else prescribed it")
    dose_mg: float | None = Field(default=None, gt=0, description="daily dose from then on")
    note: str = ""


class ScoreRecorded(Edge):
    """A questionnaire's score, such as HIT-6. It is shown and decides nothing."""

    kind: Literal["score-recorded"] = "score-recorded"
    instrument: str = Field(description="code of the protocol's scores: hit_6 or midas")
    value: int = Field(ge=0)
    on: date | None = Field(default=None, description="the day it was filled in; default: today")


class TaperAnswer(Edge):
    """Whether other preventives are tapered, now that there is a response."""

    kind: Literal["taper-answered"] = "taper-answered"
    answer: Literal["taper", "not_now", "none_taken"]
    note: str = ""


class LetterWritten(Edge):
    """The letter to a payer whose rule is not met is written."""

    kind: Literal["letter-written"] = "letter-written"
    note: str = Field(min_length=1, description="what it says, or where it is kept")


ResponseFact: TypeAlias = (
    Response
    | DiaryEntered
    | DiaryRecall
    | DiaryGapsAsked
    | WearingOffTold
    | WearingOffAnswer
    | MedicationChanged
    | ScoreRecorded
    | TaperAnswer
    | LetterWritten
)
