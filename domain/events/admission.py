"""Before treatment: intake, eligibility, goals."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from domain.clinic import Clinic
from domain.coverage import Coverage
from domain.dose import Dose
from domain.eligibility import AgainstVerdict, PayerVerdict, Payment, ProtocolVerdict
from domain.events.common import CourseEvent
from domain.history import ClinicalHistory, EarlierDose
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol


class CourseStarted(CourseEvent):
    """The course begins with all it knows and the rules it goes by."""

    kind: Literal["course_started"] = "course_started"
    protocol: TreatmentProtocol
    policy: PayerPolicy | None
    clinic: Clinic
    history: ClinicalHistory
    coverage: Coverage
    clinician: str
    sample: bool = False
    edition: int = 1
    earlier_course: str | None = None


class HistoryCompleted(CourseEvent):
    """What was missing or wrong at intake was told; eligibility is assessed anew."""

    kind: Literal["history_completed"] = "history_completed"
    history: ClinicalHistory
    reason: str | None = None


class EligibilityAssessed(CourseEvent):
    """The two verdicts, each with its findings."""

    kind: Literal["eligibility_assessed"] = "eligibility_assessed"
    protocol_verdict: ProtocolVerdict
    payer_verdict: PayerVerdict | None


class EligibilitySettled(CourseEvent):
    """The course may go on: eligible, or a clinician's decision with its reason."""

    kind: Literal["eligibility_settled"] = "eligibility_settled"
    reason: str | None = None
    coded_reason: AgainstVerdict | None = None
    patient_informed_on: date | None = None
    payment: Payment | None = None


class GoalsSet(CourseEvent):
    """Goals and consent are recorded, and the first dose is planned."""

    kind: Literal["goals_set"] = "goals_set"
    goals: tuple[str, ...]
    consent_signed_on: date
    dose: Dose
    consented_by: Literal["patient", "guardian"] | None = None
    assent: bool = False


class CameOfAge(CourseEvent):
    """The patient is of age from today on. Nobody tells us: it is our own timer."""

    kind: Literal["came_of_age"] = "came_of_age"


class OwnConsentSigned(CourseEvent):
    """A patient who came of age during the course consents himself."""

    kind: Literal["own_consent_signed"] = "own_consent_signed"
    signed_on: date


class DoseElsewhereTold(CourseEvent):
    """Toxin was given elsewhere; everything is reckoned with it from here on."""

    kind: Literal["dose_elsewhere_told"] = "dose_elsewhere_told"
    dose: EarlierDose


AdmissionEvent: TypeAlias = (
    CourseStarted
    | HistoryCompleted
    | EligibilityAssessed
    | EligibilitySettled
    | GoalsSet
    | CameOfAge
    | OwnConsentSigned
    | DoseElsewhereTold
)
