"""When a payer's yes falls short and a person decides, and when the payer is asked by itself: on paper, row by row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from domain import asking_payer, plan
from domain.course import Course
from domain.coverage import (
    Authorization,
    ClinicsRisk,
    CoverageKind,
    Decision,
    Per,
    Purpose,
    SelfPayAgreement,
)
from domain.denial import Denial, DenialCode
from domain.eligibility import NotYet
from tests.kit.moments import after_session, held, withdrawn
from tests.kit.people import BEN

ONE_DAY = timedelta(days=1)
WINDOW_DAYS = 180
"""What the payer of these tests usually grants."""
Changes = Callable[[Course], dict[str, Any]]

BOOKED = after_session(1)
TODAY = BOOKED.today
ON = plan.planned_on(BOOKED.course, TODAY)
IN_TIME = ON - (WINDOW_DAYS - 1) * ONE_DAY
"""The first day from which a usual grant reaches the session."""


def too_short(**changes: Any) -> Authorization:
    """Return what was granted on the second request: days that end before the session."""
    granted = BOOKED.course.authorizations[0]
    plain: dict[str, Any] = {
        "request": 2,
        "number": "A-2",
        "from_on": TODAY - 200 * ONE_DAY,
        "until_on": TODAY - ONE_DAY,
    }
    return granted.model_copy(update=plain | changes)


def asked(course: Course, **changes: Any) -> dict[str, Any]:
    """Return the second request as it was made, and differently."""
    return {"requests": (course.requests[0], course.requests[1].model_copy(update=changes))}


def a_course(**changes: Any) -> Course:
    """Return a course whose payer agreed to a request for session 2, and yet does not cover it."""
    course = BOOKED.course
    renewal = course.requests[0].model_copy(
        update={"number": 2, "purpose": Purpose.RENEWAL, "for_session": 2, "opened_on": TODAY}
    )
    lapsed = course.authorizations[0].model_copy(  # of few days, and not the last: nothing is reckoned from it
        update={"until_on": TODAY, "stopped_on": TODAY, "stopped_because": "the plan has ended"}
    )
    plain: dict[str, Any] = {
        "requests": (course.requests[0], renewal),
        "authorizations": (lapsed, too_short()),
    }
    return course.model_copy(update=plain | changes)


def test_a_yes_in_time_that_does_not_cover_the_session_is_a_persons_and_not_asked_again() -> None:
    course = a_course()

    assert asking_payer.falls_short(course, TODAY) is not None
    assert not asking_payer.must_ask_payer(course, TODAY)


@pytest.mark.parametrize("ends_on", [TODAY - 2 * ONE_DAY, TODAY - ONE_DAY, TODAY], ids=["before", "the same", "after"])
def test_what_is_told_is_why_the_one_that_was_just_decided_falls_short(ends_on: date) -> None:
    """Another authorization that ends later says another reason, and is nobody's question."""
    other = too_short(request=1, number="A-1", until_on=ends_on, stopped_on=TODAY)
    course = a_course(authorizations=(other, too_short()))

    why = asking_payer.falls_short(course, TODAY)

    assert why is not None
    assert why.startswith("authorization A-2 covers")


@pytest.mark.parametrize(("units", "short"), [(154, True), (155, False)])
def test_of_units_that_fall_short_the_reason_says_how_many(*, units: int, short: bool) -> None:
    line = BOOKED.course.authorizations[0].lines[-1].model_copy(update={"quantity": units, "per": Per.SESSION})
    few = too_short(until_on=ON, lines=(line,))
    amended = BOOKED.course.requests[0].model_copy(
        update={"number": 3, "purpose": Purpose.AMENDMENT, "amends": 2, "decision": Decision.DENIED}
    )
    course = a_course(authorizations=(too_short(request=1, number="A-1", until_on=ON - ONE_DAY, stopped_on=ON), few))
    course = course.model_copy(update={"requests": (*course.requests, amended)})

    why = asking_payer.falls_short(course, TODAY)

    assert (why is not None) is short
    if short:
        assert (
            why
            == "authorization A-2 has 154 units left and 155 are planned: 1 short, ask for an amendment or a renewal"
        )


def open_again(course: Course) -> dict[str, Any]:
    return {"requests": (*course.requests, course.requests[1].model_copy(update={"number": 3, "decided_on": None}))}


DENIED = Denial(number=2, payer_id="northwind-commercial", reason=DenialCode.OTHER, letter_on=TODAY)
AGREED = SelfPayAgreement(signed_on=TODAY, amount_cents=1, sessions=1, confirmed_by=BEN.user_id)
REST = {
    "held": lambda _: {"holds": held().course.holds},
    "ended": lambda _: {"ending": withdrawn().course.ending},
    "no payer must agree": lambda c: {"coverage": c.coverage.model_copy(update={"kind": CoverageKind.NOT_NEEDED})},
    "asked already": open_again,
    "a denial is open": lambda _: {"denials": (DENIED,)},
    "what it misses is waited for": lambda _: {"not_yet": NotYet(ask_on=TODAY + ONE_DAY)},
    "an approval waits for its answer": lambda c: {
        "authorizations": (*c.authorizations[:-1], too_short(differs=("too short",)))
    },
    "covered": lambda c: {"authorizations": (*c.authorizations[:-1], too_short(until_on=ON))},
}
"""Where nothing falls short, and no payer is asked either."""


@pytest.mark.parametrize("opened_on", [TODAY, IN_TIME - ONE_DAY], ids=["asked in time", "asked too early"])
@pytest.mark.parametrize("changes", REST.values(), ids=REST.keys())
def test_nothing_falls_short_and_nobody_is_asked(changes: Changes, opened_on: date) -> None:
    course = a_course()
    course = course.model_copy(update=asked(course, opened_on=opened_on))
    course = course.model_copy(update=changes(course))

    assert asking_payer.falls_short(course, TODAY) is None
    if course.is_under_way:  # else nothing is asked of a payer at all
        assert not asking_payer.must_ask_payer(course, TODAY)


ASKED = {
    "asked for an earlier session": lambda c: asked(c, for_session=1),
    "asked for fewer units": lambda c: asked(c, planned_units=154),
    "asked for a change of another": lambda c: asked(c, purpose=Purpose.EXTENSION),
    "withdrawn since": lambda c: {"authorizations": (c.authorizations[0], too_short(stopped_on=TODAY))},
    "nothing was granted": lambda c: {"authorizations": (c.authorizations[0],)},
    "begun by an earlier release": lambda _: {"edition": 1},
}
"""Where nothing falls short because the payer is asked by itself."""


@pytest.mark.parametrize("changes", ASKED.values(), ids=ASKED.keys())
def test_the_payer_is_asked_by_itself(changes: Changes) -> None:
    course = a_course()
    course = course.model_copy(update=changes(course))

    assert asking_payer.falls_short(course, TODAY) is None
    assert asking_payer.must_ask_payer(course, TODAY)


@pytest.mark.parametrize(
    ("opened_on", "granted_days", "in_time"),
    [
        (IN_TIME, 200, True),
        (IN_TIME - ONE_DAY, 200, False),
        (ON - 29 * ONE_DAY, 30, True),
        (ON - 30 * ONE_DAY, 30, False),
    ],
)
def test_in_time_is_from_the_day_from_which_a_usual_grant_or_the_last_shorter_one_reaches_the_session(
    opened_on: date, granted_days: int, in_time: bool
) -> None:
    granted = too_short(from_on=TODAY - granted_days * ONE_DAY, until_on=TODAY - ONE_DAY)
    course = a_course()
    course = course.model_copy(
        update=asked(course, opened_on=opened_on) | {"authorizations": (course.authorizations[0], granted)}
    )

    assert (asking_payer.falls_short(course, TODAY) is not None) is in_time
    assert asking_payer.must_ask_payer(course, TODAY) is not in_time


def test_what_a_change_would_mend_is_asked_for_and_falls_not_short() -> None:
    course = a_course()
    ends_before = too_short(from_on=TODAY - 100 * ONE_DAY, until_on=ON - ONE_DAY)
    course = course.model_copy(update={"authorizations": (course.authorizations[0], ends_before)})

    assert asking_payer.amendment_needed(course, TODAY) is not None
    assert asking_payer.falls_short(course, TODAY) is None
    assert asking_payer.must_ask_payer(course, TODAY)


def test_what_the_patient_or_the_clinic_pays_does_not_fall_short() -> None:
    course = a_course()
    risk = ClinicsRisk(session=2, by=BEN.user_id, on=TODAY, reason="a promise of the payer")
    agreed = course.coverage.model_copy(update={"self_pay": AGREED})

    assert asking_payer.falls_short(course.model_copy(update={"clinics_risks": (risk,)}), TODAY) is None
    assert asking_payer.falls_short(course.model_copy(update={"coverage": agreed}), TODAY) is None
    assert asking_payer.falls_short(
        course.model_copy(update={"clinics_risks": (risk.model_copy(update={"session": 3}),)}), TODAY
    )


# The day on which a renewal falls due


def test_a_renewal_falls_due_before_the_planned_day_but_not_before_a_usual_grant_reaches_it() -> None:
    booked = BOOKED.course.appointment
    assert booked is not None
    later = booked.model_copy(update={"starts_at": booked.starts_at + 196 * ONE_DAY})
    moved = BOOKED.course.model_copy(update={"appointment": later})
    granted = moved.authorizations[0].model_copy(update={"from_on": TODAY, "until_on": TODAY + 9 * ONE_DAY})
    for_few_days = moved.model_copy(update={"authorizations": (granted,)})
    by_itself = asking_payer.renewal_on(BOOKED.course, TODAY)

    assert by_itself is not None
    assert asking_payer.renewal_on(moved, TODAY) == by_itself + 196 * ONE_DAY
    assert asking_payer.renewal_on(for_few_days, TODAY) == ON + 187 * ONE_DAY


def test_where_nothing_is_given_or_granted_no_renewal_falls_due() -> None:
    course = BOOKED.course
    none = {"sessions": (), "authorizations": ()}

    assert asking_payer.renewal_on(course, TODAY) is not None
    assert asking_payer.renewal_on(course.model_copy(update=none), TODAY) is None
    assert asking_payer.renewal_on(course.model_copy(update={"sessions": ()}), TODAY) is not None, (
        "one that is granted ends"
    )
    assert asking_payer.renewal_on(course.model_copy(update={"authorizations": ()}), TODAY) is not None, (
        "another payer, say"
    )
    assert asking_payer.renewal_on(course.model_copy(update={"policy": None}), TODAY) is None
    not_needed = course.coverage.model_copy(update={"kind": CoverageKind.NOT_NEEDED})
    assert asking_payer.renewal_on(course.model_copy(update={"coverage": not_needed}), TODAY) is None


def test_in_courses_of_an_earlier_release_it_is_reckoned_from_the_last_dose() -> None:
    course = BOOKED.course.model_copy(update={"edition": 1})
    assert course.appointment is not None
    later = course.appointment.model_copy(update={"starts_at": course.appointment.starts_at + 30 * ONE_DAY})

    assert asking_payer.renewal_on(course, TODAY) == asking_payer.renewal_on(
        course.model_copy(update={"appointment": later}), TODAY
    )
    now = course.model_copy(update={"edition": 2})
    assert asking_payer.renewal_on(now, TODAY) != asking_payer.renewal_on(
        now.model_copy(update={"appointment": later}), TODAY
    )


# What an authorization is asked to be changed for, and not twice

SLIPPED = BOOKED.course.model_copy(
    update={
        "authorizations": (
            BOOKED.course.authorizations[0].model_copy(update={"from_on": TODAY, "until_on": ON - 3 * ONE_DAY}),
        )
    }
)
"""A course whose session 2 slipped past the end of an authorization with a session left."""


def wish_after(**changes: Any) -> asking_payer.Amendment | None:
    """Return what is wished after one more request was made for the planned session, an extension that is decided."""
    first = SLIPPED.requests[0]
    plain: dict[str, Any] = {
        "number": 2,
        "purpose": Purpose.EXTENSION,
        "for_session": 2,
        "amends": 1,
        "until_on": ON,
        "decision": Decision.APPROVED,
        "decided_on": TODAY,
    }
    request = first.model_copy(update=plain | changes)
    return asking_payer.amendment_needed(SLIPPED.model_copy(update={"requests": (first, request)}), TODAY)


def test_a_session_that_slipped_past_the_end_wishes_an_extension_of_what_is_left() -> None:
    wish = asking_payer.amendment_needed(SLIPPED, TODAY)

    assert wish is not None
    assert (wish.purpose, wish.request, wish.sessions) == (Purpose.EXTENSION, 1, 1)
    assert wish.until_on is not None
    assert wish.until_on > ON
    assert "3 days after the end" in wish.reason


@pytest.mark.parametrize(
    ("changes", "asked_again"),
    [
        ({}, False),
        ({"decision": Decision.DENIED}, False),
        ({"decision": Decision.DENIED, "until_on": ON - ONE_DAY}, False),
        ({"decision": None, "decided_on": None, "closed_on": TODAY, "until_on": ON - ONE_DAY}, False),
        ({"decision": Decision.DENIED, "until_on": ON - ONE_DAY, "amends": 7}, True),
        ({"purpose": Purpose.RENEWAL, "decision": Decision.DENIED}, True),
        ({"purpose": Purpose.RENEWAL}, True),
        ({"until_on": ON - ONE_DAY}, True),
        ({"until_on": None}, False),
        ({"planned_units": 154}, True),
        ({"amends": 7}, False),
        ({"amends": 7, "for_session": 1}, True),
        ({"for_session": 1}, False),
    ],
)
def test_what_was_asked_for_and_refused_or_answered_otherwise_is_not_asked_for_again(
    changes: dict[str, Any], asked_again: bool
) -> None:
    assert (wish_after(**changes) is not None) is asked_again


@pytest.mark.parametrize(
    ("changes", "helps"),
    [
        ({}, True),
        ({"expired_on": TODAY}, False),
        ({"stopped_on": TODAY}, False),
        ({"sessions": 1}, False),
        ({"from_on": ON + ONE_DAY, "until_on": ON + 90 * ONE_DAY}, False),
        ({"until_on": TODAY}, True),
        ({"until_on": TODAY - ONE_DAY}, False),
    ],
)
def test_only_what_still_runs_and_has_a_session_left_is_worth_changing(changes: dict[str, Any], helps: bool) -> None:
    granted = SLIPPED.authorizations[0].model_copy(update={"from_on": TODAY - 30 * ONE_DAY} | changes)

    assert (
        asking_payer.amendment_needed(SLIPPED.model_copy(update={"authorizations": (granted,)}), TODAY) is not None
    ) is helps


def test_what_covers_the_session_is_not_changed_and_of_several_the_one_that_helps_is() -> None:
    (granted,) = SLIPPED.authorizations
    over = granted.model_copy(update={"request": 2, "expired_on": TODAY})

    assert asking_payer.amendment_needed(BOOKED.course, TODAY) is None
    wish = asking_payer.amendment_needed(SLIPPED.model_copy(update={"authorizations": (granted, over)}), TODAY)
    assert wish is not None
    assert wish.request == 1


def with_units(quantity: int, **changes: Any) -> Course:
    """Return a course whose authorization grants so many units."""
    granted = BOOKED.course.authorizations[0]
    lines = tuple(line.model_copy(update={"quantity": quantity}) for line in granted.lines)
    few = granted.model_copy(update={"lines": lines} | changes)
    return BOOKED.course.model_copy(update={"authorizations": (few,)})


@pytest.mark.parametrize("changes", [{}, {"from_on": ON}, {"until_on": ON}])
def test_a_session_left_with_too_few_units_wishes_an_amendment(changes: dict[str, Any]) -> None:
    wish = asking_payer.amendment_needed(with_units(210, **changes), TODAY)

    assert wish is not None
    assert (wish.purpose, wish.until_on) == (Purpose.AMENDMENT, None)
    assert wish.reason == "session 2 needs 200 units, 10 are left"
    used_up = asking_payer.amendment_needed(with_units(100, **changes), TODAY)
    assert used_up is not None
    assert used_up.reason == "session 2 needs 200 units, 0 are left"


def test_an_amendment_that_does_not_help_is_not_wished() -> None:
    course = with_units(210)
    elsewhere = with_units(210, place_of_service="hospital_outpatient")
    too_late = with_units(210, until_on=ON - ONE_DAY)
    request = course.requests[0].model_copy(
        update={"number": 2, "purpose": Purpose.AMENDMENT, "amends": 1, "decision": Decision.DENIED}
    )

    assert asking_payer.amendment_needed(elsewhere, TODAY) is None
    assert asking_payer.amendment_needed(too_late, TODAY) is None, "a later day alone would not cover it"
    assert asking_payer.amendment_needed(course.model_copy(update={"edition": 1}), TODAY) is None
    assert (
        asking_payer.amendment_needed(course.model_copy(update={"requests": (*course.requests, request)}), TODAY)
        is None
    )
