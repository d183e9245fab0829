"""Sessions, the appointments that lead to them, and the safety watch that follows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.coverage import SessionCoverage
from domain.dose import Dose, VialUse
from domain.record import Record


class AppointmentStatus(StrEnum):
    """FHIR calls tentative `proposed` and confirmed `booked`."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"


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


class VisitNotGiven(Record):
    """A visit that takes no session number."""

    appointment: int
    for_session: int
    on: date
    reason: NotGivenReason
    note: str | None = None


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

    @property
    def stops(self) -> bool:
        """Whether no session may be cleared because of it."""
        return bool(self.red_flags) and not self.lifted
