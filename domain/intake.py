"""The intake: the JSON a coordinator writes to start a course, and everything that can be wrong with it.

Faults name the field and what was expected and never repeat what was written: it may be about a patient.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from domain.coverage import Coverage, CoverageKind, NotNeeded, SelfPayAgreement
from domain.diary import HOURS_OF_A_DAY, PAIN_MAX, DiaryDay
from domain.eligibility import ADULT_YEARS
from domain.form import Fault, fault_of_form
from domain.history import (
    DRUG_CLASSES,
    CheckElsewhere,
    ClinicalHistory,
    CountSource,
    EarlierDose,
    EarlierTreatment,
    StatedCounts,
    TrialOutcome,
)
from domain.payer import DrugSource, PlaceOfService
from domain.record import Edge

OLDEST_YEARS = 120
PERIOD_DAYS_MAX = 366
DIARY_DAYS_MAX = 1000
LIST_MAX = 100
WRITTEN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _code(written: object) -> object:
    """Read `Beta blocker` and `beta-blocker` as `beta_blocker`."""
    return written.strip().casefold().replace("-", "_").replace(" ", "_") if isinstance(written, str) else written


def _upper(written: object) -> object:
    return written.strip().upper() if isinstance(written, str) else written


def _printable(written: str) -> str:
    """Refuse control characters: a database cannot keep all of them and nobody can read them."""
    if any(unicodedata.category(sign) == "Cc" for sign in written):
        raise PydanticCustomError("control_characters", "control characters")
    return written


def _written_day(written: object) -> object:
    """Take a day only as 2026-01-31: a bare number would be read as seconds since 1970."""
    if isinstance(written, date) or (isinstance(written, str) and WRITTEN_DAY.fullmatch(written.strip())):
        return written
    raise PydanticCustomError("date_parsing", "no day")


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Day = Annotated[date, BeforeValidator(_written_day)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Code = Annotated[str, BeforeValidator(_code), Field(min_length=1, max_length=80)]


class Channel(StrEnum):
    """How a patient wants to be reached."""

    EMAIL = "email"
    TEXT = "text"
    PHONE = "phone"
    LETTER = "letter"


class Contact(Edge):
    """Where messages and calls go. At least the preferred channel must have its address."""

    phone: Text | None = Field(None, description="telephone number", examples=["+1 206 555 0142"])
    email: Text | None = Field(None, description="e-mail address", examples=["ana@example.org"])
    preferred: Channel = Field(Channel.EMAIL, description="the channel the patient wants")


class Guardian(Edge):
    """Who answers for a minor: consents, is addressed by messages, agrees to pay."""

    name: Text = Field(description="full name", examples=["Maria Lopez"])
    relationship: Text = Field(description="what the guardian is to the patient", examples=["mother"])
    contact: Contact


class PatientIntake(Edge):
    """The patient. Kept in the clinic's database only."""

    record_number: Text = Field(description="the clinic's record number", examples=["MRN-10042"])
    name: Text = Field(description="full name", examples=["Ana Lopez"])
    birth_date: Day = Field(description="day of birth", examples=["1984-03-12"])
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = Field(
        "en", description="two-letter language of messages", examples=["en", "es"]
    )
    contact: Contact
    opt_out: bool = Field(False, description="true: the patient wants no messages")
    guardian: Guardian | None = Field(None, description="for a minor")


class SelfPayIntake(Edge):
    """The patient's written agreement to pay."""

    signed_on: Day = Field(description="the day it was signed", examples=["2026-01-05"])
    amount_cents: int = Field(gt=0, description="amount per session, in cents of US dollars", examples=[120000])
    sessions: int = Field(gt=0, le=100, description="for how many sessions", examples=[2])
    signed_by: Literal["patient", "guardian"] = Field("patient", description="who answers for a minor signs for him")


class NotNeededIntake(Edge):
    """Who said that no authorization is needed, and when."""

    said_by: Text = Field(description="the person, portal or document, with its reference", examples=["portal 4711"])
    said_on: Day = Field(description="the day it was said", examples=["2026-01-05"])


class WayToPay(StrEnum):
    """How sessions are paid for from the beginning: the kinds of coverage that a whole course can have."""

    AUTHORIZATION = CoverageKind.AUTHORIZATION
    NOT_NEEDED = CoverageKind.NOT_NEEDED
    SELF_PAY = CoverageKind.SELF_PAY


class CoverageIntake(Edge):
    """Who pays."""

    kind: WayToPay = Field(description="how sessions are paid for")
    payer_id: Text | None = Field(None, description="id of the payer's policy", examples=["northwind-commercial"])
    member_id: Text | None = Field(None, description="the patient's number with the payer", examples=["NW123456789"])
    place_of_service: PlaceOfService = Field(PlaceOfService.OFFICE, description="where sessions are given")
    drug_source: DrugSource = Field(DrugSource.CLINIC_STOCK, description="whose drug is given")
    self_pay: SelfPayIntake | None = Field(None, description="for kind self_pay")
    not_needed: NotNeededIntake | None = Field(None, description="for kind not_needed")


class CountsIntake(Edge):
    """Headache and migraine days of one month before treatment, as they were counted. Never rescaled."""

    headache_days: int = Field(ge=0, le=PERIOD_DAYS_MAX, description="days with headache", examples=[20])
    migraine_days: int = Field(ge=0, le=PERIOD_DAYS_MAX, description="days with migraine among them", examples=[12])
    period_days: int = Field(ge=1, le=PERIOD_DAYS_MAX, description="days the count is over", examples=[30])
    source: CountSource = Field(description="where the count comes from")
    stated_on: Day = Field(description="the day it was counted or asked", examples=["2026-01-02"])
    hours_per_day: Number | None = Field(
        None, ge=0, le=HOURS_OF_A_DAY, description="mean hours of a headache day", examples=[8]
    )
    severity: Number | None = Field(
        None, ge=0, le=PAIN_MAX, description="mean worst pain on headache days, 0 to 10", examples=[7]
    )


class TreatmentIntake(Edge):
    """One treatment tried before."""

    drug: Text = Field(description="the drug", examples=["topiramate"])
    drug_class: Code = Field(description=f"one of: {', '.join(DRUG_CLASSES)}", examples=["anticonvulsant"])
    preventive: bool = Field(description="true: taken to prevent headache; false: taken against one")
    outcome: TrialOutcome = Field(description="how it ended")
    days: int | None = Field(None, ge=0, le=36500, description="how long it was taken", examples=[90])
    dose_mg: Number | None = Field(None, gt=0, description="daily dose", examples=[100])


class EarlierDoseIntake(Edge):
    """A dose of any botulinum toxin before this course, wherever it was given."""

    given_on: Day = Field(description="the day of the dose", examples=["2025-11-03"])
    units: int | None = Field(None, gt=0, description="units, if known", examples=[155])
    source: CountSource = Field(description="where this is known from")
    product: Literal["onabotulinumtoxin_a", "other"] = Field(
        "onabotulinumtoxin_a", description="units of another toxin are not comparable"
    )


class CheckElsewhereIntake(Edge):
    """A response check that another clinic answered, from its record."""

    answered_on: Day = Field(description="the day of the answer", examples=["2025-11-03"])
    responded: bool = Field(description="whether the other clinic found a response")
    note: Annotated[str, AfterValidator(_printable)] = Field("", description="figures, in the other clinic's words")


class DiaryDayIntake(Edge):
    """One day of a diary that the patient brought along. A day left out is a day not recorded."""

    on: Day = Field(description="the day", examples=["2025-12-20"])
    headache: bool
    migraine: bool = False
    hours: Number | None = Field(None, ge=0, le=HOURS_OF_A_DAY, description="hours of headache")
    worst_pain: int | None = Field(None, ge=0, le=PAIN_MAX, description="worst pain, 0 to 10")
    acute_medication: bool = False


class Intake(Edge):
    """What is needed to start one patient's course."""

    model_config = ConfigDict(title="Intake")

    patient: PatientIntake
    clinician: Text = Field(description="user id of the clinician who is responsible", examples=["dr-okafor"])
    protocol: Text = Field(
        description="id of the treatment protocol", examples=["onabotulinumtoxin-a-chronic-migraine"]
    )
    coverage: CoverageIntake
    diagnosis: Annotated[str, BeforeValidator(_upper), Field(min_length=1, max_length=10)] = Field(
        description="billable ICD-10-CM code", examples=["G43.709"]
    )
    months_with_headache: int | None = Field(
        None, ge=0, le=OLDEST_YEARS * 12, description="months with headache on most days", examples=[14]
    )
    counts: CountsIntake | None = Field(None, description="counts before treatment; may follow later")
    treatments: tuple[TreatmentIntake, ...] = Field((), max_length=LIST_MAX, description="what was tried before")
    contraindications: tuple[Code, ...] = Field(
        (), max_length=LIST_MAX, description="codes of the protocol's contraindications"
    )
    earlier_doses: tuple[EarlierDoseIntake, ...] = Field(
        (), max_length=LIST_MAX, description="botulinum toxin given before"
    )
    checks_elsewhere: tuple[CheckElsewhereIntake, ...] = Field(
        (), max_length=LIST_MAX, description="response checks that another clinic answered"
    )
    diary: tuple[DiaryDayIntake, ...] = Field((), max_length=DIARY_DAYS_MAX, description="diary days brought along")


def parse_intake(data: object) -> Intake | tuple[Fault, ...]:
    """Return the intake, or every fault of its form at once: missing, misspelt and unreadable fields."""
    try:
        return Intake.model_validate(data)
    except ValidationError as error:
        return tuple(fault_of_form(one, Intake) for one in error.errors(include_url=False, include_input=False))


def age_in_years(birth_date: date, today: date) -> int:
    """Return the completed years of age on `today`; somebody born on 29 February has a birthday on 1 March."""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


def comes_of_age_on(birth_date: date) -> date:
    """Return the 18th birthday; of somebody born on 29 February the day after the last of that month."""
    year = birth_date.year + ADULT_YEARS
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def history_from(intake: Intake, *, today: date) -> ClinicalHistory:
    """Return what the rules need to know, without name, contact or birth date. `today` is the day of the intake."""
    of_age_on = comes_of_age_on(intake.patient.birth_date)
    return ClinicalHistory(
        diagnosis=intake.diagnosis,
        age_years=age_in_years(intake.patient.birth_date, today),
        comes_of_age_on=of_age_on if of_age_on > today else None,
        months_with_headache=intake.months_with_headache,
        counts=None if intake.counts is None else StatedCounts(**dict(intake.counts)),
        treatments=tuple(EarlierTreatment(**dict(treatment)) for treatment in intake.treatments),
        contraindications=intake.contraindications,
        earlier_doses=tuple(EarlierDose(**dict(dose)) for dose in intake.earlier_doses),
        checks_elsewhere=tuple(CheckElsewhere(**dict(check)) for check in intake.checks_elsewhere),
        diary_days=len({day.on for day in intake.diary}),
        taken_on=today,
    )


def coverage_from(intake: Intake) -> Coverage:
    """Return who pays. The member's number stays with the patient."""
    stated = intake.coverage
    return Coverage(
        kind=CoverageKind(stated.kind),
        payer_id=stated.payer_id,
        place_of_service=stated.place_of_service,
        drug_source=stated.drug_source,
        self_pay=None if stated.self_pay is None else SelfPayAgreement(**dict(stated.self_pay)),
        not_needed=None if stated.not_needed is None else NotNeeded(**dict(stated.not_needed)),
    )


def diary_from(intake: Intake) -> tuple[DiaryDay, ...]:
    """Return the diary days brought along."""
    return tuple(DiaryDay(**dict(day)) for day in intake.diary)
