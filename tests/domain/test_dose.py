from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dose import (
    Dose,
    MuscleDose,
    VialOpened,
    VialUse,
    faults_of_dose,
    faults_of_vials,
    opened_units,
    planned_dose,
    vials_for,
    vials_used,
)
from tests.domain.builders import VIAL_100, VIAL_200, a_dose, a_vial, the_protocol, with_value

PROTOCOL = the_protocol()


def with_muscle(name: str, sites: int, units: int, reason: str | None = "follow the pain") -> Dose:
    muscles = tuple(muscle for muscle in planned_dose(PROTOCOL).muscles if muscle.muscle != name)
    return Dose(muscles=(*muscles, MuscleDose(muscle=name, sites=sites, units=units)), reason=reason)


def test_the_planned_dose_is_155_units_in_31_sites_and_has_no_fault() -> None:
    dose = planned_dose(PROTOCOL)

    assert (dose.units, dose.sites) == (155, 31)
    assert faults_of_dose(dose, protocol=PROTOCOL) == ()


@pytest.mark.parametrize("units", [160, 175, 195])
def test_up_to_195_units_may_follow_the_pain_with_a_reason(units: int) -> None:
    assert faults_of_dose(a_dose(units), protocol=PROTOCOL) == ()


def test_another_dose_than_the_planned_one_needs_a_reason() -> None:
    dose = with_muscle("temporalis", 9, 45, reason=" ")

    assert faults_of_dose(dose, protocol=PROTOCOL) == ("a dose other than the planned 155 units needs a reason",)


def test_fewer_sites_are_allowed_with_a_reason() -> None:
    dose = Dose(muscles=(MuscleDose(muscle="frontalis", sites=4, units=20),), reason="fainted after 4 sites")

    assert faults_of_dose(dose, protocol=PROTOCOL) == ()


def test_extra_sites_are_allowed_only_where_the_protocol_names_them() -> None:
    assert faults_of_dose(with_muscle("frontalis", 5, 25), protocol=PROTOCOL) == (
        "5 sites in frontalis: the protocol allows 0 to 4, none extra",
    )
    assert faults_of_dose(with_muscle("trapezius", 11, 55), protocol=PROTOCOL) == (
        "11 sites in trapezius: the protocol allows 0 to 10, 4 of them extra",
    )


def test_each_site_takes_five_units() -> None:
    assert faults_of_dose(with_muscle("frontalis", 4, 24), protocol=PROTOCOL) == (
        "24 units in 4 sites of frontalis: expected 20, 5 units per site",
    )


def test_a_muscle_that_the_protocol_does_not_know_is_named() -> None:
    (fault,) = faults_of_dose(
        Dose(muscles=(*planned_dose(PROTOCOL).muscles, MuscleDose(muscle="masseter", sites=1, units=5)), reason="jaw"),
        protocol=PROTOCOL,
    )

    assert fault.startswith("masseter is no muscle of this protocol; it has corrugator, procerus")


def test_more_than_the_protocols_maximum_is_refused_whatever_the_muscles_allow() -> None:
    tight = with_value(with_value(PROTOCOL, "dose.units_max", 155), "dose.sites_max", 31)

    assert faults_of_dose(a_dose(160), protocol=tight) == (
        "32 sites are more than the protocol's maximum of 31",
        "160 units are more than the protocol's maximum of 155",
    )


def test_a_muscle_named_twice_and_a_dose_without_muscles_are_faults() -> None:
    twice = planned_dose(PROTOCOL).muscles

    assert "procerus is named more than once" in faults_of_dose(
        Dose(muscles=(*twice, twice[1]), reason="typo"), protocol=PROTOCOL
    )
    assert "the dose names no muscle" in faults_of_dose(Dose(muscles=()), protocol=PROTOCOL)


@pytest.mark.parametrize(
    ("units", "vials"),
    [
        (0, ()),
        (60, (100,)),
        (100, (100,)),
        (101, (200,)),
        (155, (200,)),
        (195, (200,)),
        (200, (200,)),
        (201, (200, 100)),
        (400, (200, 200)),
    ],
)
def test_the_vials_to_open_are_the_least_units_and_then_the_fewest(units: int, vials: tuple[int, ...]) -> None:
    assert vials_for(units, protocol=PROTOCOL) == vials
    assert opened_units(units, protocol=PROTOCOL) == sum(vials)


@given(st.integers(0, 400))
def test_the_vials_to_open_hold_the_dose_and_waste_less_than_the_smallest_vial(units: int) -> None:
    waste = opened_units(units, protocol=PROTOCOL) - units

    assert 0 <= waste < 100


@given(units=st.integers(0, 500), sizes=st.lists(st.sampled_from([100, 200]), max_size=4))
def test_given_and_wasted_make_up_every_opened_vial(units: int, sizes: list[int]) -> None:
    opened = tuple(VialOpened(size_units=size, lot="C1", expires_on=date(2027, 1, 1)) for size in sizes)

    uses = vials_used(units, opened, protocol=PROTOCOL)

    assert all(use.given_units + use.wasted_units == use.size_units for use in uses)
    assert all(use.given_units >= 0 and use.wasted_units >= 0 for use in uses)
    assert sum(use.given_units for use in uses) == min(units, sum(sizes))


def test_a_vial_named_without_its_ndc_gets_the_protocols_for_its_size() -> None:
    opened = tuple(VialOpened(size_units=size, lot="C1", expires_on=date(2027, 1, 1)) for size in (200, 100))

    assert [use.ndc for use in vials_used(155, opened, protocol=PROTOCOL)] == [VIAL_200, VIAL_100]


def faults(*vials: VialUse, units: int = 155, given_on: date = date(2026, 1, 26)) -> tuple[str, ...]:
    return faults_of_vials(vials, dose=a_dose(units), given_on=given_on, protocol=PROTOCOL)


def test_one_vial_of_200_and_two_of_100_are_both_right_for_155_units() -> None:
    assert faults(a_vial(200, 155)) == ()
    assert faults(a_vial(100, 100), a_vial(100, 55)) == ()


def test_a_vial_may_be_used_to_the_end_of_the_day_it_expires_on() -> None:
    assert faults(a_vial(expires_on=date(2026, 1, 26))) == ()
    assert faults(a_vial(expires_on=date(2026, 1, 25))) == ("lot C7461 expired on 25 Jan 2026, before 26 Jan 2026",)


def test_what_was_given_from_the_vials_is_what_went_into_the_muscles() -> None:
    assert faults(a_vial(200, 150)) == (
        "150 units were given from the vials, 155 into the muscles: they must be the same",
    )


def test_given_and_wasted_must_make_up_the_vial() -> None:
    assert faults(a_vial(200, 155, wasted_units=40)) == (
        "lot C7461: 155 given and 40 wasted do not make up the 200 units of the vial",
    )


@pytest.mark.parametrize(
    ("ndc", "fault"),
    [
        ("0023-3921-02", "expected 11 digits without hyphens"),
        ("00023923201", "is no vial of this protocol"),
        (VIAL_100, "is a vial of 100 units, not of 200"),
        ("", "expected 11 digits"),
    ],
    ids=["with hyphens", "the cosmetic vial", "of another size", "none"],
)
def test_the_ndc_must_be_that_of_a_vial_of_the_protocol(ndc: str, fault: str) -> None:
    (said,) = faults(a_vial(ndc=ndc))

    assert fault in said


def test_a_vial_without_a_lot_cannot_be_traced() -> None:
    assert faults(a_vial(lot=" ")) == ("a vial has no lot",)
