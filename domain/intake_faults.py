"""Everything that can be wrong between the fields of an intake that can be read.

Faults name the field and what was expected and never repeat what was written: it may be about a patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from domain.eligibility import ADULT_YEARS
from domain.form import Fault
from domain.history import DRUG_CLASSES
from domain.intake import (
    OLDEST_YEARS,
    Channel,
    Contact,
    CountsIntake,
    CoverageIntake,
    Intake,
    PatientIntake,
    TreatmentIntake,
    WayToPay,
    age_in_years,
)
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol


def faults_of_intake(
    intake: Intake, *, today: date, protocol: TreatmentProtocol, policy: PayerPolicy | None
) -> tuple[Fault, ...]:
    """Return everything that is wrong between the fields of a readable intake; none when a course may start.

    `policy` is the policy of `coverage.payer_id`, None where there is none of that id.
    """
    return (
        *faults_of_patient(intake.patient, today),
        *_faults_of_diagnosis(intake.diagnosis, protocol),
        *faults_of_coverage(intake.coverage, today, policy),
        *_faults_of_self_pay(intake),
        *faults_of_counts(intake.counts, today),
        *_faults_of_treatments(intake.treatments),
        *_faults_of_contraindications(intake.contraindications, protocol),
        *_faults_of_earlier_doses(intake, today),
        *_faults_of_checks_elsewhere(intake, today),
        *_faults_of_diary(intake, today),
    )


def faults_of_birth_date(born_on: date, today: date) -> Iterable[Fault]:
    if born_on > today:
        yield Fault(field="patient.birth_date", problem="lies in the future", expected="the day of birth")
    elif age_in_years(born_on, today) > OLDEST_YEARS:
        yield Fault(
            field="patient.birth_date",
            problem=f"lies more than {OLDEST_YEARS} years back",
            expected="the day of birth, the year with four digits",
        )


def faults_of_patient(patient: PatientIntake, today: date) -> Iterable[Fault]:
    yield from faults_of_birth_date(patient.birth_date, today)
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


def faults_of_coverage(coverage: CoverageIntake, today: date, policy: PayerPolicy | None) -> Iterable[Fault]:
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


def faults_of_counts(counts: CountsIntake | None, today: date) -> Iterable[Fault]:
    if counts is None:
        return
    if counts.headache_days > counts.period_days:
        expected = "no more headache days than days in the period"
        yield Fault(
            field="counts.headache_days", problem="are more than the days they were counted over", expected=expected
        )
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
