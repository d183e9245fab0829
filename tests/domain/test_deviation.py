"""Asking is refused, telling is not: what has happened against a rule is recorded as a deviation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain import plan
from domain.claims import claim_for
from domain.dose import Dose, MuscleDose, VialOpened
from domain.messages import post_of
from domain.people import Actor
from domain.record import Refusal
from domain.waits import WaitKind
from tests.domain.builders import a_dose
from tests.kit.answers import People
from tests.kit.beginnings import TODAY
from tests.kit.examples import VIALS
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import after_session, at, injected_on_day, withdrawn
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_KHAN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
BECAUSE = "she was in the building with an attack"
GIVEN = f.SessionResult(vials=VIALS)
EXPIRED = f.SessionResult(vials=(VialOpened(size_units=200, lot="C7461", expires_on=date(2026, 1, 1)),))


def told(course: PaperCourse) -> e.SessionGiven:
    """Return the last session told, everything having been checked."""
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(course.course, course.now)
    given = [event for event in course.events if isinstance(event, e.SessionGiven)]
    return given[-1]


def rules(course: PaperCourse) -> list[str]:
    deviation = told(course).deviation
    return [] if deviation is None else [one.rule for one in deviation.broken]


def on_day(day: int) -> PaperCourse:
    course = after_session(1)
    course.pass_until(course.now + timedelta(days=day))
    return course


def test_an_injection_on_day_82_is_refused_at_first_with_every_rule_it_breaks() -> None:
    course = on_day(82)

    refused = course.ask(DR_LEE, GIVEN)

    assert refused is not None
    for said in (
        "has not been cleared",
        "no appointment is booked for",
        "interval: 82 days",
        "tells it as a deviation",
    ):
        assert said in refused.reason


def test_a_clinician_tells_it_with_the_reason_and_it_counts_as_it_was() -> None:
    course = on_day(82)
    first = course.course.sessions[0]

    course.tell(DR_LEE, GIVEN, deviation=BECAUSE)

    event, second = told(course), course.course.sessions[1]
    assert rules(course) == ["clearance", "appointment", "interval"]
    assert event.deviation is not None
    assert (event.deviation.reason, event.deviation.by, event.deviation.session) == (BECAUSE, "dr.lee", 2)
    assert (second.given_on - first.given_on).days == 82
    assert plan.earliest_from_last_dose(course.course) == second.given_on + 84 * ONE_DAY
    assert second.is_trial
    assert second.coverage.authorization == 1
    judged = plan.open_check(course.course)
    assert judged is not None
    assert (judged.number, judged.given_on) == (2, second.given_on)


@pytest.mark.parametrize("by", [AMY, BEN])
def test_nobody_but_a_clinician_records_a_deviation(by: Actor) -> None:
    course = on_day(82)

    refused = course.ask(by, GIVEN, deviation=BECAUSE)

    assert refused is not None
    assert len(course.course.sessions) == 1


@pytest.mark.parametrize(
    "fact",
    [
        f.PreSessionCheck(clear=True),
        f.Book(starts_at=injected_on_day(82).now + ONE_DAY),
        f.Move(starts_at=injected_on_day(82).now + ONE_DAY, reason="she asks"),
    ],
    ids=lambda fact: fact.kind,
)
def test_booking_and_clearing_are_never_a_deviation(fact: Any) -> None:
    course = on_day(82)

    refused = course.ask(DR_LEE, fact, deviation=BECAUSE)

    assert refused is not None
    assert "never a deviation" in refused.reason


def test_a_deviation_without_a_reason_is_refused() -> None:
    assert on_day(82).ask(DR_LEE, GIVEN, deviation="  ") == Refusal(reason="deviation: expected the reason")


def test_where_no_rule_is_broken_there_is_no_deviation() -> None:
    course = at(WaitKind.SESSION_RESULT)

    course.tell(DR_LEE, GIVEN, deviation="to be sure")

    assert rules(course) == []
    assert course.course.deviations == ()
    assert course.course.sessions[0].claim_held is None


def test_a_clinician_looks_at_it_and_the_bill_waits_until_billing_lets_it_go() -> None:
    course = injected_on_day(82)
    number = course.course.deviations[0].number
    task, held = course.course.wait(f"deviation:event-{number}"), course.course.wait("claim-held:session-2")
    assert task is not None
    assert held is not None
    before = course.course.sessions[1]

    course.tell(NINA, f.DeviationReviewed(note="the calendar showed another day"), task=task.id)
    course.tell(BEN, f.ClaimReleased(bill=True, note="the payer has no interval"), task=held.id)

    assert course.course.deviations[0].reviewed_by == "nina.np"
    assert course.course.wait(task.id) is None
    assert (before.claim_id, course.course.sessions[1].claim_id) == (None, "c-1/session-2/claim")
    told(course)


def test_billing_may_settle_that_it_is_not_billed() -> None:
    course = injected_on_day(82)

    course.tell(BEN, f.ClaimReleased(bill=False, note="written off"))

    assert course.course.sessions[1].claim_id is None
    assert course.course.to_bill_by_hand == ()
    told(course)


def test_the_appointment_of_another_day_is_given_up_and_the_next_is_found_84_days_on() -> None:
    course = on_day(82)
    booked = course.course.appointment
    assert booked is not None

    course.tell(DR_LEE, GIVEN, deviation=BECAUSE)

    event = told(course)
    assert event.gives_up == booked.number
    assert {message.kind for message in post_of(event, course.course).messages} >= {
        "aftercare",
        "appointment_cancelled",
    }
    assert course.course.appointment is not None
    assert course.course.appointment.number > booked.number
    assert (course.course.appointment.starts_at.date() - course.today).days >= 84


def test_on_its_day_without_clearance_the_appointment_is_fulfilled() -> None:
    course = at(WaitKind.CLEARANCE)

    course.tell(DR_LEE, GIVEN, deviation="she was cleared on paper, the system was down")

    assert rules(course) == ["clearance"]
    assert told(course).gives_up is None


def test_told_late_it_counts_from_the_day_it_was_given_on() -> None:
    course = at(WaitKind.CLEARANCE)
    day = course.today
    course.pass_until(course.now + 3 * ONE_DAY)

    course.tell(DR_LEE, GIVEN.model_copy(update={"given_on": day}), deviation="the system was down")

    session = course.course.sessions[0]
    assert session.given_on == day
    assert course.course.baseline is not None
    assert plan.earliest_from_last_dose(course.course) == day + 84 * ONE_DAY
    assert rules(course) == ["clearance"]


def test_what_lies_ahead_is_never_told() -> None:
    course = on_day(82)

    refused = course.ask(DR_LEE, GIVEN.model_copy(update={"given_on": course.today + ONE_DAY}), deviation=BECAUSE)

    assert refused == Refusal(reason="given_at: expected a time that has come")


def test_before_goals_consent_and_coverage_each_is_named() -> None:
    course = PaperCourse()

    course.tell(DR_LEE, GIVEN.model_copy(update={"injector": "dr.lee"}), deviation="given upstairs")

    assert rules(course) == ["clearance", "appointment", "consent", "coverage"]
    assert course.course.sessions[0].coverage.authorization is None


def test_without_an_appointment_it_must_be_said_who_injected() -> None:
    refused = PaperCourse().ask(DR_LEE, GIVEN, deviation="given upstairs")

    assert refused is not None
    assert refused.reason.startswith("injector: ")


def test_more_than_the_protocols_maximum_is_named_and_kept() -> None:
    course = at(WaitKind.SESSION_RESULT)
    trapezius = MuscleDose(muscle="trapezius", sites=16, units=80)
    planned = [one for one in a_dose().muscles if one.muscle != "trapezius"]
    dose = Dose(muscles=(*planned, trapezius), reason="follow the pain")
    result = f.SessionResult(vials=(*VIALS, *VIALS), dose=dose)
    assert dose.units > 195

    refused = course.ask(DR_LEE, result)
    course.tell(DR_LEE, result, deviation="a misread plan")

    assert refused is not None
    assert set(rules(course)) == {"dose"}
    assert course.course.sessions[0].dose.units == dose.units


def test_an_expired_lot_is_named_and_can_be_traced() -> None:
    course = at(WaitKind.SESSION_RESULT)

    course.tell(DR_LEE, EXPIRED, deviation="seen only afterwards")

    assert rules(course) == ["drug"]
    assert course.course.sessions[0].vials[0].expires_on == date(2026, 1, 1)


def test_a_vial_without_a_lot_is_no_deviation_but_a_mistake() -> None:
    course = at(WaitKind.SESSION_RESULT)
    no_lot = f.SessionResult(vials=(VialOpened(size_units=200, lot=" ", expires_on=date(2028, 1, 1)),))

    refused = course.ask(DR_LEE, no_lot, deviation="we threw it away")

    assert refused == Refusal(reason="a vial has no lot")


def test_more_units_than_are_left_come_under_the_authorization_all_the_same_and_the_rest_is_unpaid() -> None:
    few = People({WaitKind.PAYER_ANSWER: lambda s: _approved_for(s, units=310, sessions=3)})
    course = at(WaitKind.SESSION_RESULT, people=few)
    course.tell(DR_LEE, GIVEN)
    course.pass_until(course.now + 84 * ONE_DAY)

    course.tell(DR_LEE, f.SessionResult(vials=VIALS), deviation=BECAUSE)

    session = course.course.sessions[1]
    assert "coverage" in rules(course)
    assert (session.coverage.authorization, session.coverage.counted_units) == (1, 200)
    assert session.coverage.unpaid_units == 90


def _approved_for(situation: Any, **changes: Any) -> Any:
    from domain.payer import Counts
    from tests.kit.answers import approved

    return approved(situation, counts=Counts.BILLED, **changes)


def test_released_without_coverage_it_cannot_be_claimed_and_billing_gets_a_task() -> None:
    course = PaperCourse()
    course.tell(DR_LEE, GIVEN.model_copy(update={"injector": "dr.lee"}), deviation="given upstairs")

    course.tell(BEN, f.ClaimReleased(bill=True, note="try it"))

    assert course.course.to_bill_by_hand == (1,)
    told(course)


def test_told_after_the_end_it_is_recorded_and_its_safety_watch_runs() -> None:
    course = withdrawn()
    course.pass_until(course.now + ONE_DAY)

    refused = course.ask(DR_LEE, GIVEN.model_copy(update={"injector": "dr.lee"}))
    course.tell(DR_LEE, GIVEN.model_copy(update={"injector": "dr.lee"}), deviation="in the emergency room")

    assert refused is not None
    assert "the course has ended: withdrawn" in refused.reason
    assert "ended" in rules(course)
    assert not course.course.is_open
    assert course.course.wait("safety-call-day:session-2") is not None


def test_sessions_stand_in_the_order_of_their_days_and_each_number_is_given_once() -> None:
    course = after_session(2)
    between = course.course.sessions[0].given_on + 40 * ONE_DAY

    late = GIVEN.model_copy(update={"given_on": between, "injector": "dr.khan"})
    course.tell(DR_KHAN, late, deviation="told by the other site")

    assert [session.number for session in course.course.sessions] == [1, 3, 2]
    assert course.course.last_session is not None
    assert course.course.last_session.number == 2
    assert course.course.next_session == 4
    assert "interval" in rules(course)


def test_a_held_bill_is_not_made_whatever_else_happens() -> None:
    course = injected_on_day(82)
    session = course.course.sessions[1]
    assert session.signed_by is not None
    assert not isinstance(
        claim_for(
            session,
            course_id="c-1",
            coverage=course.course.coverage,
            policy=course.course.policy,
            diagnosis=course.course.history.diagnosis,
            protocol=course.course.protocol,
        ),
        Refusal,
    )

    course.pass_until(course.now + 30 * ONE_DAY)

    assert course.course.sessions[1].claim_id is None
    assert course.today > TODAY
