"""What keeps a session from being confirmed or cleared, when nothing is to be seen to, and what a long stop makes settle anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import anew, ready
from domain.claim_denials import ClaimDenial, DenialState
from domain.course import Course
from domain.coverage import CoverageKind, Purpose
from domain.denial_reasons import Questions
from domain.dose import Dose, MuscleDose
from domain.history import CountSource, EarlierDose
from domain.hold import Hold, HoldReason
from domain.plan import day_of_appointment
from domain.session import AdverseEvent, AppointmentStatus, Readiness
from domain.waits import WaitKind
from tests.kit.beginnings import TODAY, a_beginning, medicare, self_pay
from tests.kit.moments import after_session, at

ONE_DAY = timedelta(days=1)
LOOKED_AT = at(WaitKind.CLEARANCE).course
"""A course on its first clinic day: all was seen to, and its appointment is confirmed."""
ON = day_of_appointment(LOOKED_AT)
LONG = 182
"""The most days without a dose, by the protocol."""


def tentative(course: Course = LOOKED_AT, **changes: Any) -> Course:
    assert course.appointment is not None
    appointment = course.appointment.model_copy(update={"status": AppointmentStatus.TENTATIVE})
    return course.model_copy(update={"appointment": appointment} | changes)


def look(*, there: bool = True, appointment: int | None = None) -> Readiness:
    assert LOOKED_AT.appointment is not None
    number = LOOKED_AT.appointment.number if appointment is None else appointment
    return Readiness(appointment=number, drug_on_hand=there, looked_on=TODAY)


# Before the patient is told that the appointment stands

MINOR = LOOKED_AT.history.model_copy(update={"comes_of_age_on": ON})
CONFIRMED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"readiness": None}, ["nobody has looked yet whether the drug is there"]),
    ({"readiness": look(appointment=9)}, ["nobody has looked yet whether the drug is there"]),
    ({"readiness": look(there=False)}, ["the drug is not there"]),
    ({"authorizations": ()}, ["no authorization has been granted"]),
    ({"eligibility_settled_on": None}, ["eligibility is not settled"]),
    ({"goals": ()}, ["goals and consent are not recorded"]),
    ({"history": MINOR, "consented_by": "guardian"}, ["the patient is of age since"]),
]


@pytest.mark.parametrize(("changes", "missing"), CONFIRMED)
def test_what_is_missing_before_an_appointment_is_confirmed(changes: dict[str, Any], missing: list[str]) -> None:
    course = tentative(**changes)

    found = [one.why for one in ready.missing_for_confirmation(course)]

    assert len(found) == len(missing)
    assert all(why.startswith(said) for why, said in zip(found, missing, strict=True))
    assert ready.may_confirm(course) == (not missing)


def test_only_a_tentative_appointment_is_confirmed() -> None:
    assert ready.may_confirm(tentative())
    assert not ready.may_confirm(LOOKED_AT)
    assert not ready.may_confirm(LOOKED_AT.model_copy(update={"appointment": None}))


@pytest.mark.parametrize(
    ("course", "settled"),
    [
        (LOOKED_AT.model_copy(update={"appointment": None}), True),
        (LOOKED_AT, True),
        (tentative(), True),
        (tentative(readiness=None), False),
        (LOOKED_AT.model_copy(update={"readiness": None}), False),
        (LOOKED_AT.model_copy(update={"readiness": None, "edition": 1}), True),
        (tentative(readiness=None, kept_unready=1), True),
        (tentative(readiness=None, kept_unready=9), False),
    ],
    ids=["none", "confirmed", "may be confirmed", "open", "lacks again", "0.1", "kept", "another was kept"],
)
def test_nothing_is_to_be_seen_to(course: Course, settled: bool) -> None:
    assert ready.is_settled(course) is settled


# What forbids to clear a session on its day

THIRD = at(WaitKind.CLEARANCE, times=3).course
ITS_DAY = day_of_appointment(THIRD)
LAST = THIRD.sessions[-1].given_on


def a_dose_of(units: int) -> Dose:
    return Dose(muscles=(MuscleDose(muscle="temporalis", sites=units // 5, units=units),), reason="follow the pain")


def told(**event: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"number": 1, "told_on": TODAY, "red_flags": (), "note": "since Sunday"}
    return {"adverse_events": (AdverseEvent(**(plain | event)),)}


def a_denial(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"number": 1, "session": 2, "claim_id": "x", "what": "denied", "told_on": TODAY}
    denial = ClaimDenial(**(plain | {"payer_on": TODAY, "questions": (Questions.NECESSITY,)} | changes))
    return {"claim_denials": (denial,)}


def a_dose_elsewhere(days_before: int) -> dict[str, Any]:
    dose = EarlierDose(given_on=ITS_DAY - days_before * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD)
    return {"history": THIRD.history.model_copy(update={"earlier_doses": (dose,)})}


MOST = THIRD.protocol.dose.units_max.value
OF_AGE = THIRD.history.model_copy(update={"comes_of_age_on": ITS_DAY})
FORBIDDEN: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"eligibility_settled_on": None}, {"eligibility": "eligibility is not settled"}),
    ({"goals": ()}, {"consent": "goals and consent are not recorded"}),
    ({"consent_signed_on": None}, {"consent": "goals and consent are not recorded"}),
    ({"checks": ()}, {"response check": "the response check after session 2 is not answered"}),
    (a_denial(), {"claim": "the claim of session 2 was denied"}),
    (a_denial(questions=()), {}),
    (a_denial(state=DenialState.WITH_PAYER), {}),
    ({"history": OF_AGE, "consented_by": "guardian"}, {"own consent": "the patient is of age since"}),
    (told(red_flags=("swallowing",)), {"red flag": "adverse event 1 is not lifted"}),
    (told(red_flags=("swallowing",), lifted=True), {}),
    (told(effect="ptosis", after_session=2), {"sites": "nobody has looked at the planned sites"}),
    (a_dose_elsewhere(83), {"interval": "the earliest day is"}),
    (a_dose_elsewhere(84), {}),
    ({"planned_dose": a_dose_of(MOST + 5)}, {"dose": f"the planned dose exceeds {MOST} units"}),
    ({"planned_dose": a_dose_of(MOST)}, {}),
    ({"authorizations": ()}, {"coverage": "no authorization has been granted"}),
]


@pytest.mark.parametrize(("changes", "missing"), FORBIDDEN)
def test_what_forbids_to_clear_a_session(changes: dict[str, Any], missing: dict[str, str]) -> None:
    found = {one.what: one.why for one in ready.missing_for_clearance(THIRD.model_copy(update=changes), ITS_DAY)}

    assert found.keys() == missing.keys()
    assert all(found[what].startswith(why) for what, why in missing.items())


def test_who_waits_too_long_is_cleared_on_the_last_day_only_until_all_is_settled_anew() -> None:
    def missing(days: int) -> list[str]:
        on = LAST + days * ONE_DAY
        granted = THIRD.authorizations[-1].model_copy(update={"until_on": on})
        course = THIRD.model_copy(update={"authorizations": (granted,), "goals_set_on": TODAY})
        return [one.what for one in ready.missing_for_clearance(course, on)]

    assert "gap" not in missing(LONG)
    assert "gap" in missing(LONG + 1)


def test_a_check_of_doses_elsewhere_is_called_so() -> None:
    two = [
        EarlierDose(given_on=TODAY - days * ONE_DAY, units=155, source=CountSource.EARLIER_RECORD) for days in (170, 85)
    ]
    history = LOOKED_AT.history.model_copy(update={"earlier_doses": tuple(two)})
    found = ready.missing_for_clearance(LOOKED_AT.model_copy(update={"history": history}), ON)

    assert [one.why for one in found if one.what == "response check"] == [
        "the response check on what was given elsewhere is not answered"
    ]


# What a long stop makes settle anew

GIVEN = after_session(1).course
DOSE = GIVEN.sessions[0].given_on


def test_a_gap_counts_from_the_last_dose_or_from_goals_that_were_set_later() -> None:
    before = LOOKED_AT.model_copy(update={"goals_set_on": TODAY + 3 * ONE_DAY})
    old = before.model_copy(update={"goals_set_on": None, "consent_signed_on": TODAY + 2 * ONE_DAY})

    assert anew.gap_since(GIVEN) == DOSE
    assert anew.gap_since(GIVEN.model_copy(update={"goals_set_on": DOSE + ONE_DAY})) == DOSE + ONE_DAY
    assert anew.gap_since(before) == TODAY + 3 * ONE_DAY
    assert anew.gap_since(old) == TODAY + 2 * ONE_DAY, "0.1 kept the consent's day only"
    assert anew.gap_since(old.model_copy(update={"consent_signed_on": None})) == LOOKED_AT.started_on
    assert anew.gap_since(GIVEN.model_copy(update={"goals": ()})) is None


def resumed(days: int, *, held_days: int, **changes: Any) -> tuple[str, ...]:
    """Return what is anew where the course is resumed so many days after its dose, and was held for so long."""
    today = DOSE + days * ONE_DAY
    since = today - held_days * ONE_DAY
    hold = Hold(number=1, reason=HoldReason.TRAVEL, since=since, review_on=today, stops=("booking",), by="amy.ops")
    return anew.anew_after_hold(GIVEN.model_copy(update={"holds": (hold,)} | changes), today)


def test_a_hold_or_the_gap_by_its_end_is_too_long_from_the_day_after_the_limit() -> None:
    assert resumed(LONG, held_days=30) == ()
    assert resumed(LONG + 1, held_days=30) == ("goals", "consent", "baseline", "trial", "coverage")
    recent = {"goals_set_on": DOSE + 100 * ONE_DAY}
    assert resumed(LONG + 10, held_days=LONG, **recent) == ()
    assert resumed(LONG + 10, held_days=LONG + 1, **recent)
    assert resumed(LONG + 1, held_days=30, goals=()) == ()
    assert anew.anew_after_hold(GIVEN, DOSE + 400 * ONE_DAY) == (), "it is not held"
    assert resumed(LONG + 1, held_days=LONG, edition=1) == (), "0.1 knew no gap"


def old(since_days: int, **changes: Any) -> int:
    """Return how many authorizations are old so many days after the payer's answer."""
    answered = GIVEN.requests[0].decided_on
    assert answered is not None
    course = GIVEN.model_copy(update=changes)
    return len(anew.old_authorizations(course, answered + since_days * ONE_DAY))


def test_an_authorization_is_old_that_the_payer_has_not_granted_or_changed_since() -> None:
    granted, request = GIVEN.authorizations[0], GIVEN.requests[0]
    answered = request.decided_on
    assert answered is not None
    changed = request.model_copy(
        update={"number": 2, "purpose": Purpose.EXTENSION, "amends": 1, "decided_on": answered + 5 * ONE_DAY}
    )
    unasked = changed.model_copy(update={"amends": 7})
    undecided = changed.model_copy(update={"decided_on": None})

    assert [old(0), old(-1)] == [1, 0]
    assert [old(4, requests=(request, changed)), old(5, requests=(request, changed))] == [0, 1]
    assert old(4, requests=(request, unasked)) == 1, "another one was changed"
    assert old(4, requests=(request, undecided)) == 1
    assert old(0, authorizations=(granted.model_copy(update={"expired_on": answered}),)) == 0
    assert len(anew.old_authorizations(GIVEN, None)) == 1, "without a day all of them are"


def test_the_day_of_what_was_said_of_coverage_counts_as_before_the_stop() -> None:
    not_needed = after_session(1, beginning=a_beginning(coverage=medicare(TODAY))).course
    paid = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY))).course
    both = GIVEN.coverage.model_copy(update={"self_pay": paid.coverage.self_pay})

    assert [anew.coverage_said_on(course) for course in (not_needed, paid)] == [TODAY, TODAY]
    assert anew.coverage_said_on(GIVEN.model_copy(update={"coverage": both})) is None, "a payer is asked"
    nobody = paid.coverage.model_copy(update={"self_pay": None})
    assert anew.coverage_said_on(paid.model_copy(update={"coverage": nobody})) is None
    assert nobody.kind is CoverageKind.SELF_PAY
    for course in (not_needed, paid):
        assert "coverage" in anew.what_is_anew(course, since=TODAY)
        assert "coverage" not in anew.what_is_anew(course, since=TODAY - ONE_DAY)
        assert "coverage" in anew.what_is_anew(course)
