"""An intake that is still being written tells its history as far as it can be read."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.intake_parts import coverage_of_parts, history_of_parts

TODAY = date(2026, 3, 2)


def parts(**changes: Any) -> dict[str, Any]:
    return {"patient": {"birth_date": "1984-03-12"}, "diagnosis": "G43.709"} | changes


def test_birth_date_and_diagnosis_suffice() -> None:
    history = history_of_parts(parts(), today=TODAY)

    assert history is not None
    assert history.age_years == 41


def test_without_birth_date_or_diagnosis_there_is_no_history() -> None:
    assert history_of_parts(parts(patient={}), today=TODAY) is None
    assert history_of_parts(parts(diagnosis=""), today=TODAY) is None
    assert history_of_parts(parts(patient={"birth_date": "2027-01-01"}), today=TODAY) is None
    assert history_of_parts("nothing", today=TODAY) is None


def test_an_entry_that_cannot_be_read_yet_is_left_out_and_the_others_stay() -> None:
    half = {"drug": "topi"}
    whole = {"drug": "propranolol", "drug_class": "beta_blocker", "preventive": "yes", "outcome": "not_tolerated"}
    history = history_of_parts(
        parts(treatments=[half, whole], months_with_headache="many", counts={"headache_days": "20"}), today=TODAY
    )

    assert history is not None
    assert [one.drug for one in history.treatments] == ["propranolol"]
    assert history.months_with_headache is None
    assert history.counts is None


def test_who_pays_is_known_before_the_members_number() -> None:
    coverage = coverage_of_parts({"coverage": {"kind": "authorization", "payer_id": "northwind-commercial"}})

    assert coverage is not None
    assert coverage.payer_id == "northwind-commercial"
    assert coverage_of_parts({"coverage": {"kind": "perhaps"}}) is None
    assert coverage_of_parts({}) is None
