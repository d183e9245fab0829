"""The intake: the JSON a coordinator writes to start a course, and everything that can be wrong with it.

Faults name the field and what was expected and never repeat what was written: it may be about a patient.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
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
from domain.payer import DrugSource, PayerPolicy, PlaceOfService
from domain.protocol import TreatmentProtocol
from domain.record import Edge

Part = TypeVar("Part", bound=BaseModel)

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

OPTIONAL_PARTS = (
    "months_with_headache",
    "counts",
    "treatments",
    "contraindications",
    "earlier_doses",
    "checks_elsewhere",
    "diary",
)
CLINICAL = ("diagnosis", *OPTIONAL_PARTS)
"""Fields of an intake that say how ill the patient is, and what was done."""
WHO_PAYS = ("kind", "payer_id", "place_of_service", "drug_source")


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


class _Born(Edge):
    birth_date: Day


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


def faults_of_intake(
    intake: Intake, *, today: date, protocol: TreatmentProtocol, policy: PayerPolicy | None
) -> tuple[Fault, ...]:
    """Return everything that is wrong between the fields of a readable intake; none when a course may start.

    `policy` is the policy of `coverage.payer_id`, None where there is none of that id.
    """
    return (
        *_faults_of_patient(intake.patient, today),
        *_faults_of_diagnosis(intake.diagnosis, protocol),
        *_faults_of_coverage(intake.coverage, today, policy),
        *_faults_of_self_pay(intake),
        *_faults_of_counts(intake.counts, today),
        *_faults_of_treatments(intake.treatments),
        *_faults_of_contraindications(intake.contraindications, protocol),
        *_faults_of_earlier_doses(intake, today),
        *_faults_of_checks_elsewhere(intake, today),
        *_faults_of_diary(intake, today),
    )


def faults_of_parts(data: object, *, today: date, policies: Mapping[str, PayerPolicy]) -> tuple[Fault, ...]:
    """Return what is wrong in the parts that can be read of an intake whose form is wrong elsewhere.

    So that a misspelt field does not hide a birth date in the future until the next try.
    """
    parts = data if isinstance(data, Mapping) else {}
    patient, counts = _part(PatientIntake, parts.get("patient")), _part(CountsIntake, parts.get("counts"))
    coverage = _part(CoverageIntake, parts.get("coverage"))
    policy = policies.get(coverage.payer_id or "") if coverage is not None else None
    return (
        *(_faults_of_born(parts.get("patient"), today) if patient is None else _faults_of_patient(patient, today)),
        *(() if coverage is None else _faults_of_coverage(coverage, today, policy)),
        *_faults_of_counts(counts, today),
    )


def _part(model: type[Part], written: object) -> Part | None:
    try:
        return model.model_validate(written)
    except ValidationError:
        return None


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


def _faults_of_born(written: object, today: date) -> Iterable[Fault]:
    """Return what is wrong with the birth date of a patient who cannot be read otherwise."""
    told = written.get("birth_date") if isinstance(written, Mapping) else None
    born = _part(_Born, {"birth_date": told})
    return () if born is None else _faults_of_birth_date(born.birth_date, today)


def _faults_of_birth_date(born_on: date, today: date) -> Iterable[Fault]:
    if born_on > today:
        yield Fault(field="patient.birth_date", problem="lies in the future", expected="the day of birth")
    elif age_in_years(born_on, today) > OLDEST_YEARS:
        yield Fault(
            field="patient.birth_date",
            problem=f"lies more than {OLDEST_YEARS} years back",
            expected="the day of birth, the year with four digits",
        )


def _faults_of_patient(patient: PatientIntake, today: date) -> Iterable[Fault]:
    yield from _faults_of_birth_date(patient.birth_date, today)
    if (
        patient.birth_date <= today
        and age_in_years(patient.birth_date, today) < ADULT_YEARS
        and patient.guardian is None
    ):
        yield Fault(
            field="patient.guardian",
            problem="is missing",
            expected=f"who answers for a patient under {ADULT_YEARS}: name, relationship, contact",
        )
    if patient.guardian is None:
        yield from _faults_of_contact(patient.contact, "patient.contact")
    else:  # messages go to the guardian
        yield from _faults_of_contact(patient.guardian.contact, "patient.guardian.contact")


def _faults_of_contact(contact: Contact, field: str) -> Iterable[Fault]:
    if contact.preferred is Channel.EMAIL and contact.email is None:
        expected = "an e-mail address, or another preferred channel"
        yield Fault(field=f"{field}.email", problem="is missing", expected=expected)
    if contact.preferred in {Channel.TEXT, Channel.PHONE} and contact.phone is None:
        expected = "a telephone number, or another preferred channel"
        yield Fault(field=f"{field}.phone", problem="is missing", expected=expected)
    if contact.email is not None and not _looks_like_email(contact.email):
        yield Fault(field=f"{field}.email", problem="is no e-mail address", expected="an address like ana@example.org")


def _looks_like_email(written: str) -> bool:
    name, at, host = written.rpartition("@")
    return bool(name and at) and "." in host.strip(".") and not any(sign.isspace() for sign in written)


def _faults_of_diagnosis(diagnosis: str, protocol: TreatmentProtocol) -> Iterable[Fault]:
    billable = protocol.billing.diagnoses.value
    if diagnosis in billable:
        return
    below = [code for code in billable if code.startswith(diagnosis)]
    if below:
        yield Fault(
            field="diagnosis", problem="is a header and cannot be billed", expected=f"one of {', '.join(below)}"
        )
    else:
        yield Fault(
            field="diagnosis",
            problem="is none that this protocol treats",
            expected=f"one of {', '.join(billable)}",
        )


def _faults_of_coverage(coverage: CoverageIntake, today: date, policy: PayerPolicy | None) -> Iterable[Fault]:
    if coverage.kind is WayToPay.SELF_PAY:
        if coverage.self_pay is None:
            yield Fault(
                field="coverage.self_pay",
                problem="is missing",
                expected="the patient's written agreement: signed_on, amount_cents, sessions",
            )
    else:
        yield from _faults_of_payer(coverage, policy)
    if coverage.kind is WayToPay.NOT_NEEDED and coverage.not_needed is None:
        expected = "who said that no authorization is needed, and when: said_by, said_on"
        yield Fault(field="coverage.not_needed", problem="is missing", expected=expected)
    if coverage.self_pay is not None and coverage.self_pay.signed_on > today:
        yield _in_future("coverage.self_pay.signed_on")
    if coverage.not_needed is not None and coverage.not_needed.said_on > today:
        yield _in_future("coverage.not_needed.said_on")


def _faults_of_self_pay(intake: Intake) -> Iterable[Fault]:
    agreed = intake.coverage.self_pay
    if agreed is None or agreed.signed_by == "guardian":
        return
    if age_in_years(intake.patient.birth_date, agreed.signed_on) < ADULT_YEARS:
        yield Fault(
            field="coverage.self_pay.signed_by",
            problem="is the patient, who is not of age",
            expected="guardian: who answers for a minor agrees to pay",
        )


def _faults_of_payer(coverage: CoverageIntake, policy: PayerPolicy | None) -> Iterable[Fault]:
    if coverage.payer_id is None:
        expected = "the id of the payer's policy, or kind self_pay"
        yield Fault(field="coverage.payer_id", problem="is missing", expected=expected)
    elif policy is None:
        yield Fault(field="coverage.payer_id", problem="has no policy", expected="the id of one of the payer policies")
    if coverage.member_id is None:
        yield Fault(field="coverage.member_id", problem="is missing", expected="the patient's number with the payer")
    if policy is None:
        return
    needed = coverage.place_of_service in policy.authorization_needed_at.value
    where = coverage.place_of_service.value
    if needed and coverage.kind is WayToPay.NOT_NEEDED:
        problem = f"{policy.name} needs an authorization at {where}"
        yield Fault(field="coverage.kind", problem=problem, expected="authorization")
    if not needed and coverage.kind is WayToPay.AUTHORIZATION:
        problem = f"{policy.name} gives no authorizations at {where}"
        yield Fault(field="coverage.kind", problem=problem, expected="not_needed, with who said so and when")


def _in_future(field: str) -> Fault:
    return Fault(field=field, problem="lies in the future", expected="a day that has come")


def _faults_of_counts(counts: CountsIntake | None, today: date) -> Iterable[Fault]:
    if counts is None:
        return
    if counts.headache_days > counts.period_days:
        expected = "no more headache days than days in the period"
        yield Fault(field="counts.headache_days", problem="are more than period_days", expected=expected)
    if counts.migraine_days > counts.headache_days:
        expected = "no more migraine days than headache days: a migraine day is one of them"
        yield Fault(field="counts.migraine_days", problem="are more than headache_days", expected=expected)
    if counts.stated_on > today:
        yield _in_future("counts.stated_on")


def _faults_of_treatments(treatments: tuple[TreatmentIntake, ...]) -> Iterable[Fault]:
    for number, treatment in enumerate(treatments):
        if treatment.drug_class not in DRUG_CLASSES:
            close = get_close_matches(treatment.drug_class, DRUG_CLASSES, n=1)
            problem = f"is no known class, did you mean {close[0]}?" if close else "is no known class"
            expected = f"one of {', '.join(DRUG_CLASSES)}"
            yield Fault(field=f"treatments[{number}].drug_class", problem=problem, expected=expected)


def _faults_of_contraindications(codes: tuple[str, ...], protocol: TreatmentProtocol) -> Iterable[Fault]:
    known = protocol.eligibility.contraindications.value
    for number, code in enumerate(codes):
        if code not in known:
            expected = f"one of {', '.join(known)}"
            yield Fault(field=f"contraindications[{number}]", problem="is none of the protocol's", expected=expected)


def _faults_of_earlier_doses(intake: Intake, today: date) -> Iterable[Fault]:
    for number, dose in enumerate(intake.earlier_doses):
        field = f"earlier_doses[{number}].given_on"
        if dose.given_on > today:
            yield _in_future(field)
        if dose.given_on < intake.patient.birth_date:
            yield Fault(field=field, problem="lies before birth", expected="the day of the dose")


def _faults_of_checks_elsewhere(intake: Intake, today: date) -> Iterable[Fault]:
    first_dose_on = min((dose.given_on for dose in intake.earlier_doses), default=None)
    for number, check in enumerate(intake.checks_elsewhere):
        field = f"checks_elsewhere[{number}].answered_on"
        if check.answered_on > today:
            yield _in_future(field)
        elif first_dose_on is None or check.answered_on < first_dose_on:
            yield Fault(field=field, problem="lies before any dose", expected="a day after one of earlier_doses")


def _faults_of_diary(intake: Intake, today: date) -> Iterable[Fault]:
    seen: set[date] = set()
    for number, day in enumerate(intake.diary):
        field = f"diary[{number}]"
        if day.on > today:
            yield _in_future(f"{field}.on")
        if day.on in seen:
            yield Fault(field=f"{field}.on", problem="is there twice", expected="one entry for each day")
        if day.migraine and not day.headache:
            expected = "true: a migraine day is a headache day too"
            yield Fault(field=f"{field}.headache", problem="is false on a migraine day", expected=expected)
        if not day.headache and (day.worst_pain or day.hours):
            expected = "true, or neither pain nor hours"
            yield Fault(field=f"{field}.headache", problem="is false on a day with pain", expected=expected)
        seen.add(day.on)


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


def history_of_parts(data: object, *, today: date) -> ClinicalHistory | None:
    """Return the history that an intake which is still being written tells so far; None without birth date or diagnosis.

    What cannot be read yet is left out, an entry of a list at a time, so that a verdict can be shown while typing.
    """
    given = data if isinstance(data, Mapping) else {}
    patient = given.get("patient")
    born_on = patient.get("birth_date") if isinstance(patient, Mapping) else None
    contact: dict[str, object] = {}
    parts: dict[str, object] = {name: given[name] for name in CLINICAL if name in given}
    parts |= {
        "patient": {"record_number": "-", "name": "-", "birth_date": born_on, "contact": contact},
        "clinician": "-",
        "protocol": "-",
        "coverage": {"kind": WayToPay.SELF_PAY},
    }
    for _ in range(len(CLINICAL) + 1):
        try:
            read = Intake.model_validate(parts)
        except ValidationError as error:
            unread = {one["loc"][:2] for one in error.errors(include_url=False, include_input=False)}
            if not all(location[0] in OPTIONAL_PARTS for location in unread):
                return None
            _leave_out(parts, unread)
        else:
            return history_from(read, today=today) if read.patient.birth_date <= today else None
    return None


def _leave_out(parts: dict[str, object], unread: Iterable[tuple[int | str, ...]]) -> None:
    """Take out what cannot be read: an entry of a list, or the whole part."""
    entries: dict[int | str, set[int | str]] = {}
    for name, *entry in unread:
        entries.setdefault(name, set()).update(entry[:1])
    for name, wrong in entries.items():
        part = parts.pop(str(name))
        if isinstance(part, list) and wrong and all(isinstance(number, int) for number in wrong):
            parts[str(name)] = [one for number, one in enumerate(part) if number not in wrong]


def coverage_of_parts(data: object) -> Coverage | None:
    """Return who pays by an intake that is still being written; None where that cannot be read yet."""
    stated = data.get("coverage") if isinstance(data, Mapping) else None
    named = stated if isinstance(stated, Mapping) else {}
    read = _part(CoverageIntake, {name: named[name] for name in WHO_PAYS if name in named})
    if read is None:
        return None
    return Coverage(
        kind=CoverageKind(read.kind),
        payer_id=read.payer_id,
        place_of_service=read.place_of_service,
        drug_source=read.drug_source,
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
