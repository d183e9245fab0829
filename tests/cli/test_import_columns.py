"""The columns of an import are the intake's fields by their paths."""

from __future__ import annotations

from domain.intake import Intake, parse_intake
from office.import_columns import COLUMNS, faults_of_header, intake_of

ROW = {
    "patient.record_number": "MRN-1",
    "patient.name": "Ana Lopez",
    "patient.birth_date": "1984-03-12",
    "patient.contact.email": "ana@example.org",
    "clinician": "dr.lee",
    "protocol": "onabotulinumtoxin-a-chronic-migraine",
    "coverage.kind": "authorization",
    "coverage.payer_id": "northwind-commercial",
    "coverage.member_id": "N-1",
    "diagnosis": "G43.709",
    "months_with_headache": "26",
    "counts.headache_days": "20",
    "counts.migraine_days": "12",
    "counts.period_days": "30",
    "counts.source": "clinic_note",
    "counts.stated_on": "2026-01-07",
    "treatments[0].drug": "topiramate",
    "treatments[0].drug_class": "anticonvulsant",
    "treatments[0].preventive": "yes",
    "treatments[0].outcome": "not_effective",
    "treatments[2].drug": "propranolol",
    "treatments[2].drug_class": "beta_blocker",
    "treatments[2].preventive": "true",
    "treatments[2].outcome": "not_tolerated",
    "contraindications": "",
}


def test_a_row_says_the_same_as_an_intake() -> None:
    read = parse_intake(intake_of(ROW))

    assert isinstance(read, Intake), read
    assert read.patient.name == "Ana Lopez"
    assert read.counts is not None
    assert read.counts.headache_days == 20
    assert [treatment.drug for treatment in read.treatments] == ["topiramate", "propranolol"]
    assert read.contraindications == ()


def test_a_list_of_codes_is_separated_by_semicolons() -> None:
    assert intake_of({"contraindications": "infection; hypersensitivity"}) == {
        "contraindications": ["infection", "hypersensitivity"]
    }


def test_all_columns_of_the_template_are_columns() -> None:
    assert faults_of_header(COLUMNS) == []


def test_lists_may_be_longer_than_in_the_template() -> None:
    assert faults_of_header(["treatments[11].drug", "diary[5].worst_pain", "earlier_doses[3].given_on"]) == []


def test_a_misspelt_column_says_what_was_perhaps_meant() -> None:
    [fault] = faults_of_header(["patient.nmae"])

    assert fault.expected == "patient.name, did you mean that?"
