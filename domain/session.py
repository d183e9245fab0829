"""Sessions, the appointments that lead to them, and the safety watch that follows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import Field

from domain.coverage import SessionCoverage
from domain.dose import Dose, VialOpened, VialUse
from domain.record import Record


class AppointmentStatus(StrEnum):
    """FHIR calls tentative `proposed` and confirmed `booked`."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"


class Moved(Record):
    """Where an appointment stood before somebody moved it, and since when it stands where it stands."""

    at: datetime
    starts_at: datetime
    injector: str
    is_known: bool
    """Whether the patient was told of the time before."""


class Appointment(Record):
    """A booked time for a session. `number` counts the appointments of one course from 1."""

    number: int
    id: str
    for_session: int
    starts_at: datetime
    ends_at: datetime
    injector: str  # user id
    room: str
    status: AppointmentStatus
    unconfirmed_on: date | None = None  # it was confirmed, and then nothing paid for it any more
    moved: Moved | None = None  # edition 2; None: nobody moved it, or the move was taken back


class FreeTime(Record):
    """A time that scheduling has free."""

    starts_at: datetime
    injector: str


class EarlierWish(Record):
    """An earlier time is wanted instead of the appointment's, by a day that would do."""

    until_on: date
    since: date
    by: str
    looked_on: date | None = None  # when scheduling was last asked
    offer: FreeTime | None = None  # the patient is asked whether it suits
    offers: int = 0
    declined: tuple[date, ...] = ()  # days that do not suit the patient


class Unsettled(Record):
    """An appointment that scheduling has still to be told about: cancelled, fulfilled or noshow."""

    appointment_id: str
    to: Literal["cancelled", "fulfilled", "noshow"]
    reason: str = ""


class NotGivenReason(StrEnum):
    """Why a visit gave no drug."""

    NO_SHOW = "no_show"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    TURNED_AWAY = "turned_away"


class Whose(StrEnum):
    """Whose wish a cancellation was."""

    PATIENT = "patient"
    CLINIC = "clinic"


class VisitNotGiven(Record):
    """A visit that takes no session number: missed on its day, or cancelled ahead of it."""

    appointment: int
    for_session: int
    on: date
    reason: NotGivenReason
    lost_vials: tuple[VialOpened, ...] = ()  # opened and not given: a loss of stock, billed to nobody
    lost_because: str | None = None
    note: str | None = None


WhyMissed: TypeAlias = Literal[
    "transport", "work_or_family", "illness", "forgot", "cost", "lost_interest", "not_reached", "other"
]
"""Coded reasons why visits were missed, on which a clinician decides how to go on."""


class MissedVisits(Record):
    """A clinician's decision after so many missed visits for one session."""

    for_session: int
    missed: int
    decision: Literal["go_on", "end"]
    coded_reason: WhyMissed = "other"
    reason: str
    by: str
    on: date


class Readiness(Record):
    """Operations' look before the appointment `appointment`."""

    appointment: int
    drug_on_hand: bool
    looked_on: date


class Clearance(Record):
    """The clinician's yes on the day."""

    appointment: int
    cleared_on: date
    by: str
    coverage: SessionCoverage
    overrides: dict[str, str] = Field(default_factory=dict)  # item of the pre-session check -> reason
    warnings: tuple[str, ...] = ()  # what was to be known; nothing of it forbids the session


class WatchEnd(StrEnum):
    """How a safety watch ended."""

    REACHED = "reached"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    DECEASED = "deceased"


class Session(Record):
    """One visit at which drug was given, whole or in part."""

    number: int
    id: str
    given_on: date
    given_at: datetime
    recorded_by: str
    injector: str
    dose: Dose
    vials: tuple[VialUse, ...]
    in_part: bool = False
    reactions: tuple[str, ...] = ()
    coverage: SessionCoverage
    signed_by: str | None = None
    signed_on: date | None = None
    watch_ended: WatchEnd | None = None
    claim_id: str | None = None  # claim, or invoice when the patient pays
    is_trial: bool = True  # at least the protocol's minimum dose
    claim_held: str | None = None  # why the bill waits although the record is signed
    claim_outdated: bool = False  # what was billed is no longer what the record says
    why_in_part: str | None = None
    patient_left: str | None = None  # how the patient left after a session given in part
    trial_said_by: str | None = None  # the clinician who counts less than the minimum dose as a trial session
    completed_at: datetime | None = None  # the rest was given later on the same day
    procedure_modifier: str | None = None  # of the procedure's line, where a coder wants one
    procedure_coded_by: str | None = None  # who said how the procedure of a session given in part is billed
    claim_payer: str | None = None  # who got the last claim
    claim_voided: bool = False  # the last claim took back the one before
    replacements: tuple[str, ...] = ()  # claims that took the place of the one before, the original first of all
    claim_number: str | None = None  # the authorization's number as billing corrected it
    entered_in_error: bool = False  # it never happened to this patient

    @property
    def last_claim_id(self) -> str | None:
        """Return the claim that stands now: the original, or what replaced it last."""
        return self.replacements[-1] if self.replacements else self.claim_id

    @property
    def opened_units(self) -> int:
        """Return the sizes of the opened vials, summed."""
        return sum(vial.size_units for vial in self.vials)

    @property
    def wasted_units(self) -> int:
        """Return what was opened and not given."""
        return sum(vial.wasted_units for vial in self.vials)


class AdverseEvent(Record):
    """Something that happened to the patient. A red flag stops clearance until a clinician lifts it."""

    number: int
    told_on: date
    red_flags: tuple[str, ...]
    note: str
    after_session: int | None = None
    reviewed_by: str | None = None
    reviewed_on: date | None = None
    lifted: bool = False
    effect: str | None = None  # code of the protocol's effects
    onset_on: date | None = None
    serious: bool = False
    channel: Literal["phone", "visit", "message"] | None = None
    asked: tuple[str, ...] = ()  # red flags that a clinician asked for
    reported: bool | None = None  # of a serious one: whether the clinician has it reported
    look_again_on: date | None = None
    sites_reviewed_on: date | None = None
    ended_on: date | None = None
    entered_in_error: bool = False  # it never happened to this patient

    @property
    def stops(self) -> bool:
        """Whether no session may be cleared because of it."""
        return bool(self.red_flags) and not self.lifted
