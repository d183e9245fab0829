"""What was told against a rule, and what is seen to because of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from domain.besides import Besides
from domain.correction import Changed
from domain.coverage import Authorization, AuthorizationRequest, SelfPayAgreement
from domain.denial import Denial
from domain.deviation import Deviation
from domain.eligibility import PayerVerdict
from domain.events.common import CourseEvent
from domain.history import ClinicalHistory
from domain.response import ResponseCheck
from domain.session import AdverseEvent, Session, VisitNotGiven


class DeviationReviewed(CourseEvent):
    """A clinician has looked at a deviation; `deviation` is the number of its event."""

    kind: Literal["deviation_reviewed"] = "deviation_reviewed"
    deviation: int
    note: str


class RecordCorrected(CourseEvent):
    """A recorded fact was told wrongly. `corrects` names its event; what it is about stands here as it is now."""

    kind: Literal["record_corrected"] = "record_corrected"
    corrects: int
    of: str  # the kind of that event
    subject: int | None = None
    changes: tuple[Changed, ...]
    reason: str
    entered_in_error: bool = False
    sessions: tuple[Session, ...] = ()  # each session that it changes
    visit: VisitNotGiven | None = None
    authorization: Authorization | None = None
    request: AuthorizationRequest | None = None
    answer_due: datetime | None = None  # when the payer's answer to that request is due
    adverse_event: AdverseEvent | None = None
    goals: tuple[str, ...] | None = None
    consent_signed_on: date | None = None
    history: ClinicalHistory | None = None
    payer_verdict: PayerVerdict | None = None  # on that history, where it is settled already
    besides: Besides | None = None
    agreement: SelfPayAgreement | None = None  # of the patient to pay, as it is now
    check: ResponseCheck | None = None
    closes: AuthorizationRequest | None = None  # what was asked because of an answer that never came
    requests: tuple[AuthorizationRequest, ...] = ()  # others that follow from it, as they are now
    denials: tuple[Denial, ...] = ()  # as they are now
    uncovers: bool = False  # nothing pays for the next appointment any more
    gives_up: int | None = None  # the appointment that cannot stay
    paid_otherwise: tuple[int, ...] = ()  # sessions that a payer covers after all: a biller's case
    told: tuple[str, ...] = ()  # kinds of messages that told the patient what was wrong
    deviation: Deviation | None = None


class ToldAnew(CourseEvent):
    """The patient was told anew what a message had told wrongly."""

    kind: Literal["told_anew"] = "told_anew"
    how: str


TellingEvent: TypeAlias = DeviationReviewed | RecordCorrected | ToldAnew
