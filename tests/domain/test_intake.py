from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import CoverageKind
from domain.eligibility import EligibilityVerdict, assess_for_protocol
from domain.form import Fault
from domain.intake import (
    Intake,
    age_in_years,
    comes_of_age_on,
    coverage_from,
    diary_from,
    history_from,
    parse_intake,
)
from domain.intake_faults import faults_of_intake
from domain.intake_parts import faults_of_parts
from domain.payer import PlaceOfService
from tests.domain.builders import the_policy, the_protocol

TODAY = date(2026, 1, 5)

WRITTEN: dict[str, Any] = {
    "patient": {
        "record_number": "MRN-10042",
        "name": "Ana Lopez",
        "birth_date": "1984-03-12",
        "language": "en",
        "contact": {"email": "ana@example.org", "phone": "+1 206 555 0142"},
    },
    "clinician": "dr-okafor",
    "protocol": "onabotulinumtoxin-a-chronic-migraine",
    "coverage": {"kind": "authorization", "payer_id": "northwind-commercial", "member_id": "NW123"},
    "diagnosis": "G43.709",
    "months_with_headache": 14,
    "counts": {
        "headache_days": 20,
        "migraine_days": 12,
        "period_days": 30,
        "source": "clinic_note",
        "stated_on": "2026-01-02",
    },
    "treatments": [
        {
            "drug": "topiramate",
            "drug_class": "anticonvulsant",
            "preventive": True,
            "outcome": "not_effective",
            "days": 90,
        },
        {"drug": "propranolol", "drug_class": "Beta blocker", "preventive": True, "outcome": "not_tolerated"},
    ],
    "earlier_doses": [{"given_on": "2025-06-02", "units": 155, "source": "earlier_record"}],
    "diary": [{"on": "2026-01-01", "headache": True, "worst_pain": 7}, {"on": "2026-01-02", "headache": False}],
}

GONE = object()


def written(**changes: Any) -> dict[str, Any]:
    """Return the plain intake with changes at paths such as `patient__birth_date`; GONE takes a field away."""
    data = deepcopy(WRITTEN)
    for path, value in changes.items():
        place: Any = data
        *way, last = (int(part) if part.isdigit() else part for part in path.split("__"))
        for part in way:
            place = place[part]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return data


def intake(**changes: Any) -> Intake:
    parsed = parse_intake(written(**changes))
    assert isinstance(parsed, Intake), parsed
    return parsed


def form_faults(**changes: Any) -> tuple[Fault, ...]:
    parsed = parse_intake(written(**changes))
    assert not isinstance(parsed, Intake)
    return parsed


def faults(policy: Any = "northwind-commercial", **changes: Any) -> list[str]:
    found = faults_of_intake(
        intake(**changes),
        today=TODAY,
        protocol=the_protocol(),
        policy=the_policy(policy) if isinstance(policy, str) else policy,
    )
    return [str(fault) for fault in found]


def test_a_plain_intake_has_no_fault() -> None:
    assert faults() == []


def test_every_fault_of_form_is_named_at_once_with_what_was_expected() -> None:
    found = form_faults(
        patient__birth_date="12 March 1984",
        patient__name=GONE,
        diagnosis=GONE,
        counts__headache_days="many",
        treatments__1__outcome="bad",
        coverage__kind="cash",
    )

    assert {fault.field: (fault.problem, fault.expected) for fault in found} == {
        "patient.birth_date": ("cannot be read", "a day like 2026-01-31"),
        "patient.name": ("is missing", "full name, such as Ana Lopez"),
        "diagnosis": ("is missing", "billable ICD-10-CM code, such as G43.709"),
        "counts.headache_days": ("cannot be read", "a whole number"),
        "treatments[1].outcome": (
            "cannot be read",
            "one of 'not_effective', 'not_tolerated', 'contraindicated', 'ongoing' or 'effective'",
        ),
        "coverage.kind": ("cannot be read", "one of 'authorization', 'not_needed' or 'self_pay'"),
    }


def test_a_misspelt_field_is_refused_with_the_name_that_was_meant() -> None:
    found = form_faults(counst=[], patient__brith_date="x", treatments__0__dose=100)

    said = {str(fault).split(";")[0] for fault in found}
    assert said >= {
        "counst: no such field, did you mean counts?",
        "patient.brith_date: no such field, did you mean birth_date?",
        "treatments[0].dose: no such field, did you mean dose_mg?",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"patient__birth_date": 448070400}, "a day like 2026-01-31"),
        ({"patient__birth_date": "448070400"}, "a day like 2026-01-31"),
        ({"patient__birth_date": "2026-02-30"}, "a day like 2026-01-31"),
        ({"patient__name": "Ana\x00Lopez"}, "text without line breaks and other control characters"),
        ({"patient__name": "\ud800"}, "text"),
        ({"patient__name": "  "}, "some text"),
        ({"treatments__0__dose_mg": float("inf")}, "a number"),
        ({"treatments": [WRITTEN["treatments"][0]] * 101}, "at most 100 entries"),
        ({"patient__language": "English"}, "a two-letter language such as en"),
    ],
    ids=["seconds", "seconds as text", "30 February", "NUL", "half a letter", "blank", "infinite", "too many", "word"],
)
def test_what_no_system_behind_could_keep_is_refused_at_the_edge(changes: dict[str, Any], expected: str) -> None:
    (fault,) = form_faults(**changes)

    assert fault.expected == expected


@pytest.mark.parametrize("data", [None, [], "intake", 7])
def test_what_is_no_object_at_all_is_one_fault(data: object) -> None:
    parsed = parse_intake(data)

    assert not isinstance(parsed, Intake)
    assert [str(fault) for fault in parsed] == ["the intake: cannot be read; expected an object with named fields"]


@given(
    secret=st.text(alphabet="QXZJ", min_size=6, max_size=20),
    field=st.sampled_from(
        ["patient__birth_date", "patient__contact", "counts__headache_days", "diagnosis", "treatments__0__drug_class"]
    ),
)
def test_a_fault_never_repeats_what_was_written(secret: str, field: str) -> None:
    parsed = parse_intake(written(**{field: secret}))

    found = (
        parsed
        if not isinstance(parsed, Intake)
        else faults_of_intake(parsed, today=TODAY, protocol=the_protocol(), policy=the_policy())
    )

    assert found
    assert all(secret not in str(fault) for fault in found)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_written_is_read_or_refused_and_never_breaks(data: object) -> None:
    parsed = parse_intake(data)

    assert not isinstance(parsed, Intake)
    assert all(fault.problem and fault.expected for fault in parsed)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"patient__birth_date": "2026-01-06"}, "patient.birth_date: lies in the future"),
        ({"patient__birth_date": "0984-03-12"}, "patient.birth_date: lies more than 120 years back"),
        ({"patient__birth_date": "2009-03-12"}, "patient.guardian: is missing"),
        ({"patient__contact__email": GONE}, "patient.contact.email: is missing"),
        ({"patient__contact__email": "ana.example.org"}, "patient.contact.email: is no e-mail address"),
        ({"patient__contact": {"preferred": "text"}}, "patient.contact.phone: is missing"),
        ({"diagnosis": "G43.7"}, "diagnosis: is a header and cannot be billed; expected one of G43.701"),
        ({"diagnosis": "g43.e0"}, "diagnosis: is a header and cannot be billed; expected one of G43.E01, G43.E09"),
        ({"diagnosis": "G43.009"}, "diagnosis: is none that this protocol treats"),
        ({"counts__headache_days": 31}, "counts.headache_days: are more than the days they were counted over"),
        ({"counts__migraine_days": 21}, "counts.migraine_days: are more than headache_days"),
        ({"counts__stated_on": "2026-01-06"}, "counts.stated_on: lies in the future"),
        ({"coverage__payer_id": GONE}, "coverage.payer_id: is missing"),
        ({"coverage__member_id": GONE}, "coverage.member_id: is missing"),
        ({"coverage__kind": "self_pay"}, "coverage.self_pay: is missing"),
        ({"coverage__kind": "not_needed"}, "coverage.not_needed: is missing"),
        ({"treatments__0__drug_class": "anticonvulsent"}, "treatments[0].drug_class: is no known class, did you mean"),
        ({"contraindications": ["Pregnancy"]}, "contraindications[0]: is none of the protocol's"),
        ({"earlier_doses__0__given_on": "2026-02-01"}, "earlier_doses[0].given_on: lies in the future"),
        ({"earlier_doses__0__given_on": "1983-02-01"}, "earlier_doses[0].given_on: lies before birth"),
        ({"diary__0__on": "2026-01-06"}, "diary[0].on: lies in the future"),
        ({"diary__1__on": "2026-01-01"}, "diary[1].on: is there twice"),
        ({"diary__1__migraine": True}, "diary[1].headache: is false on a migraine day"),
        ({"diary__1__worst_pain": 3}, "diary[1].headache: is false on a day with pain"),
    ],
)
def test_what_does_not_fit_together_is_named(changes: dict[str, Any], said: str) -> None:
    assert any(fault.startswith(said) for fault in faults(**changes)), faults(**changes)


def test_a_payer_without_a_policy_is_named() -> None:
    assert faults(policy=None) == [
        "coverage.payer_id: has no policy; expected the id of one of the payer policies",
    ]


def test_no_authorization_is_asked_where_the_payer_gives_none() -> None:
    (fault,) = faults("medicare-part-b", coverage__payer_id="medicare-part-b")

    assert fault.startswith("coverage.kind: Medicare Part B gives no authorizations at office; expected not_needed")


def test_none_needed_is_not_believed_where_the_payer_needs_one() -> None:
    coverage = {
        "kind": "not_needed",
        "payer_id": "medicare-part-b",
        "member_id": "1EG4",
        "not_needed": {"said_by": "portal", "said_on": "2026-01-05"},
    }

    assert faults("medicare-part-b", coverage=coverage) == []
    (fault,) = faults("medicare-part-b", coverage={**coverage, "place_of_service": "hospital_outpatient"})
    assert fault.startswith("coverage.kind: Medicare Part B needs an authorization at hospital_outpatient")


def test_self_pay_needs_no_payer_but_a_signature_that_has_happened() -> None:
    agreement = {"signed_on": "2026-01-05", "amount_cents": 120000, "sessions": 2}

    assert faults(policy=None, coverage={"kind": "self_pay", "self_pay": agreement}) == []
    (fault,) = faults(policy=None, coverage={"kind": "self_pay", "self_pay": {**agreement, "signed_on": "2026-01-06"}})
    assert fault.startswith("coverage.self_pay.signed_on: lies in the future")


def test_a_minor_with_a_guardian_may_start_and_comes_of_age_on_the_birthday() -> None:
    guardian = {"name": "Maria Lopez", "relationship": "mother", "contact": {"email": "maria@example.org"}}
    minor = {"patient__birth_date": "2008-05-01", "patient__guardian": guardian}

    history = history_from(intake(**minor), today=TODAY)

    assert faults(**minor) == []
    assert (history.age_years, history.comes_of_age_on) == (17, date(2026, 5, 1))


def test_a_minor_is_reached_through_the_guardian_and_needs_no_address() -> None:
    guardian = {"name": "Maria Lopez", "relationship": "mother", "contact": {"preferred": "phone"}}
    minor = {"patient__birth_date": "2008-05-01", "patient__guardian": guardian, "patient__contact": {}}

    (fault,) = faults(**minor)

    assert fault.startswith("patient.guardian.contact.phone: is missing")


def test_the_history_has_what_the_rules_need_and_nothing_that_names_the_patient() -> None:
    history = history_from(intake(), today=TODAY)

    assert assess_for_protocol(history, protocol=the_protocol(), today=TODAY).verdict is EligibilityVerdict.ELIGIBLE
    assert (history.age_years, history.comes_of_age_on, history.diary_days) == (41, None, 2)
    assert history.treatments[1].drug_class == "beta_blocker"
    text = history.model_dump_json()
    assert not any(secret in text for secret in ("Lopez", "MRN-10042", "1984-03-12", "example.org", "NW123"))


def test_coverage_and_diary_are_taken_over_as_written() -> None:
    coverage = coverage_from(intake())

    assert (coverage.kind, coverage.payer_id) == (CoverageKind.AUTHORIZATION, "northwind-commercial")
    assert coverage.place_of_service is PlaceOfService.OFFICE
    assert "NW123" not in coverage.model_dump_json()
    assert [(day.on, day.headache) for day in diary_from(intake())] == [
        (date(2026, 1, 1), True),
        (date(2026, 1, 2), False),
    ]


def test_somebody_born_on_29_february_is_a_year_older_on_1_march() -> None:
    born = date(2008, 2, 29)

    assert age_in_years(born, date(2026, 2, 28)) == 17
    assert age_in_years(born, date(2026, 3, 1)) == 18
    assert comes_of_age_on(born) == date(2026, 3, 1)


@given(born=st.dates(date(1930, 1, 1), date(2020, 1, 1)))
def test_on_the_day_of_coming_of_age_one_is_eighteen_and_the_day_before_one_is_not(born: date) -> None:
    day = comes_of_age_on(born)

    assert age_in_years(born, day) == 18
    assert age_in_years(born, date.fromordinal(day.toordinal() - 1)) == 17


def test_the_schema_describes_every_field_that_a_coordinator_writes() -> None:
    schema = Intake.model_json_schema()

    assert schema["title"] == "Intake"
    assert set(schema["required"]) == {"patient", "clinician", "protocol", "coverage", "diagnosis"}
    assert schema["$defs"]["PatientIntake"]["properties"]["birth_date"]["examples"] == ["1984-03-12"]


@pytest.mark.parametrize("elsewhere", [{"patient__record_number": GONE}, {"patient__name": "x" * 201}])
def test_a_birth_date_to_come_is_named_whatever_else_of_the_patient_is_wrong(elsewhere: dict[str, Any]) -> None:
    data = written(patient__birth_date="2090-01-01", **elsewhere)

    faults = [one for one in faults_of_parts(data, today=TODAY, policies={}) if one.field.startswith("patient.")]

    assert [(one.field, one.problem) for one in faults] == [("patient.birth_date", "lies in the future")]
