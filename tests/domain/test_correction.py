"""Correcting a record: it names what it corrects, both values stay, and what hung on it is reckoned anew."""

from __future__ import annotations

from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain import facts as f
from domain import plan
from domain.billing import waits_to_be_voided
from domain.changes import fold
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import left
from domain.dose import VialOpened
from domain.messages import post_of
from domain.people import Actor
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.session import NotGivenReason, WatchEnd
from domain.story import story_of
from domain.waits import WaitKind
from tests.domain.builders import DRUG, a_dose
from tests.kit.answers import People
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.examples import VIALS
from tests.kit.invariants import check_idle, check_story
from tests.kit.moments import (
    after_session,
    at,
    correction,
    entered_in_error,
    in_part,
    injected_on_day,
    with_a_red_flag,
)
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, BEN, DR_KHAN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
LOT_B = (VialOpened(size_units=200, lot="C7502", expires_on=date(2028, 6, 30)),)


def checked(course: PaperCourse) -> Course:
    check_story(course.events, course_id="c-1", patient_id="p-1")
    check_idle(course.course, course.now)
    return course.course


def correct(course: PaperCourse, by: Actor, values: Any, **more: Any) -> Refusal | None:
    deviation = more.pop("deviation", None)
    return course.ask(by, correction(course, values, **more), deviation=deviation)


def last_correction(course: PaperCourse) -> e.RecordCorrected:
    return [event for event in course.events if isinstance(event, e.RecordCorrected)][-1]


# Lot A typed for B


def test_lot_a_typed_for_b_is_corrected_and_both_stay_to_be_read() -> None:
    course = after_session(1)

    assert correct(course, DR_LEE, f.SessionValues(vials=LOT_B), reason="typed from the other vial") is None

    event = last_correction(course)
    given_event = next(one for one in course.events if isinstance(one, e.SessionGiven))
    [changed] = event.changes
    assert event.corrects == given_event.number
    assert (changed.field, "C7461" in changed.before, "C7502" in changed.after) == ("vials", True, True)
    assert checked(course).sessions[0].vials[0].lot == "C7502"
    assert given_event.session.vials[0].lot == "C7461"
    told = story_of(event, zone=course.course.clinic.zone)
    assert "C7461" in told
    assert "C7502" in told


def test_a_lot_is_on_no_claim_so_the_claim_stands_but_the_injector_signs_again() -> None:
    course = after_session(1)
    claim = course.course.sessions[0].claim_id

    correct(course, NINA, f.SessionValues(vials=LOT_B))

    session = checked(course).sessions[0]
    assert session.signed_by is None
    assert course.course.wait("signature:session-1") is not None
    course.tell(DR_LEE, f.RecordSigned(session=1))
    assert (course.course.sessions[0].claim_id, course.course.sessions[0].replacements) == (claim, ())


def test_corrected_by_the_injector_the_record_is_signed_by_that() -> None:
    course = after_session(1)

    correct(course, DR_LEE, f.SessionValues(vials=LOT_B))

    assert checked(course).sessions[0].signed_by == "dr.lee"


# 3 May for 30 May


def moved_by(course: PaperCourse, days: int) -> None:
    """On the day of its appointment, move it by so many days, and let that day come."""
    if days and (booked := course.course.appointment) is not None:
        course.tell(AMY, f.Move(starts_at=booked.starts_at + days * ONE_DAY, reason="it suits her better"))
        course.go_on(People(), until=WaitKind.CLEARANCE)


def second_session_some_days_late(days: int = 5) -> PaperCourse:
    """Return a course whose session 2 was typed as given so many days after it really was, told late."""
    course = at(WaitKind.CLEARANCE, times=2)
    moved_by(course, days)
    course.tell(DR_LEE, f.PreSessionCheck(clear=True))
    course.tell(DR_LEE, f.SessionResult(vials=VIALS))
    return course


def test_the_right_day_moves_interval_watch_check_and_claim() -> None:
    course = second_session_some_days_late(3)
    typed = course.course.sessions[1].given_on
    right = typed - 3 * ONE_DAY

    assert correct(course, DR_LEE, f.SessionValues(given_on=right), subject=2) is None

    now = checked(course)
    assert now.sessions[1].given_on == right
    assert plan.earliest_from_last_dose(now) == right + 84 * ONE_DAY
    call = now.wait("safety-call-day:session-2")
    assert call is not None
    assert call.due == plan.morning_of(now, right + 7 * ONE_DAY)
    check = now.wait("check-opens:session-2")
    assert check is not None
    assert check.due == plan.morning_of(now, plan.times_of_check(now, now.sessions[1]).opens_on)
    assert now.sessions[1].replacements == (f"{now.sessions[1].id}/claim-2",)


def test_a_day_that_makes_the_interval_60_days_is_a_deviation_like_any_telling() -> None:
    course = second_session_some_days_late(0)
    first, second = course.course.sessions
    values = f.SessionValues(given_on=first.given_on + 60 * ONE_DAY)

    refused = correct(course, DR_LEE, values, subject=2)
    accepted = correct(course, DR_LEE, values, subject=2, deviation="the diary of the clinic says so")

    assert refused is not None
    assert "interval: 60 days" in refused.reason
    assert accepted is None
    now = checked(course)
    assert now.sessions[1].given_on == first.given_on + 60 * ONE_DAY
    assert [one.rule for one in now.deviations[-1].broken] == ["interval"]
    assert now.deviations[-1].number == last_correction(course).number
    assert now.sessions[1].claim_held == "deviation: interval"
    assert course.task(WaitKind.DEVIATION) is not None
    assert second.given_on != now.sessions[1].given_on


def test_a_later_day_gives_up_an_appointment_that_has_become_too_early() -> None:
    course = second_session_some_days_late(0)
    typed = course.course.sessions[1].given_on
    course.pass_until(course.now + 20 * ONE_DAY)
    booked = course.course.appointment
    assert booked is not None

    correct(course, DR_LEE, f.SessionValues(given_on=typed + 10 * ONE_DAY), subject=2)

    event, now = last_correction(course), checked(course)
    assert event.gives_up == booked.number
    assert now.appointment is not None
    assert now.appointment.number > booked.number
    kinds = {message.kind for message in post_of(event, now).messages}
    assert kinds == {"appointment_cancelled"}


def test_the_day_of_session_1_freezes_the_baseline_anew() -> None:
    course = at(WaitKind.CLEARANCE)
    moved_by(course, 3)
    course.tell(DR_LEE, f.PreSessionCheck(clear=True))
    course.tell(DR_LEE, f.SessionResult(vials=VIALS))
    before = course.course.baseline
    right = course.course.sessions[0].given_on - 3 * ONE_DAY

    correct(course, DR_LEE, f.SessionValues(given_on=right))

    after = checked(course).baseline
    assert before is not None
    assert after is not None
    assert (before.last_on, after.last_on) == (right + 2 * ONE_DAY, right - ONE_DAY)


def test_a_watch_that_ran_out_by_the_wrong_day_runs_on_by_the_right_one() -> None:
    course = after_session(1)
    typed = course.course.sessions[0].given_on
    course.pass_until(course.now + 29 * ONE_DAY)
    assert course.course.sessions[0].watch_ended is WatchEnd.NOT_REACHED

    correct(course, DR_LEE, f.SessionValues(given_on=typed + 5 * ONE_DAY))

    assert checked(course).sessions[0].watch_ended is None
    assert course.task(WaitKind.SAFETY_CALL) is not None


def test_a_day_corrected_backwards_holds_the_session_once_whatever_units_were_left_after_it() -> None:
    course = after_session(1)
    authorization = course.course.authorizations[0]
    scarce = authorization.model_copy(
        update={"lines": tuple(line.model_copy(update={"quantity": 310}) for line in authorization.lines)}
    )
    course.course = course.course.model_copy(update={"authorizations": (scarce,)})
    right = course.course.sessions[0].given_on - ONE_DAY

    assert correct(course, DR_LEE, f.SessionValues(given_on=right), subject=1, deviation="so it was") is None

    assert [session.number for session in last_correction(course).sessions] == [1]
    assert course.course.sessions[0].given_on == right


def test_an_open_check_gets_its_evidence_anew() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    before = course.course.evidence
    session = course.course.sessions[1]

    correct(course, DR_LEE, f.SessionValues(given_on=session.given_on - ONE_DAY), subject=2, deviation="one day less")

    after = checked(course).evidence
    assert before is not None
    assert after is not None
    assert after.window.last_on != before.window.last_on or after.blocks != before.blocks


def test_no_day_ahead_and_no_other_order_of_sessions() -> None:
    course = second_session_some_days_late(0)
    first = course.course.sessions[0].given_on

    ahead = correct(course, DR_LEE, f.SessionValues(given_on=course.today + ONE_DAY), subject=2)
    before = correct(course, DR_LEE, f.SessionValues(given_on=first - ONE_DAY), subject=2, deviation="so it was")

    assert ahead == Refusal(reason="given_at: expected a time that has come")
    assert before is not None
    assert "change their order" in before.reason


# Units


def test_units_left_follow_and_the_claim_is_replaced() -> None:
    course = after_session(1)
    granted = course.course.authorizations[0]
    before = left(granted, course.course.sessions, drug_code=DRUG)

    more = f.SessionValues(
        dose=a_dose(195), vials=(*VIALS, VialOpened(size_units=100, lot="C1", expires_on=date(2028, 1, 1)))
    )
    assert correct(course, DR_LEE, more) is None

    now = checked(course)
    after = left(granted, now.sessions, drug_code=DRUG)
    assert before.units is not None
    assert after.units is not None
    assert before.units - after.units == 100
    assert now.sessions[0].replacements == (f"{now.sessions[0].id}/claim-2",)


def test_more_than_the_maximum_is_a_deviation_here_too() -> None:
    course = after_session(1)
    planned = a_dose().muscles
    dose = a_dose().model_copy(
        update={"muscles": (*planned[:-1], planned[-1].model_copy(update={"sites": 20, "units": 100})), "reason": "x"}
    )
    vials = (*VIALS, VialOpened(size_units=100, lot="C1", expires_on=date(2028, 1, 1)))

    refused = correct(course, DR_LEE, f.SessionValues(dose=dose, vials=vials))

    assert refused is not None
    assert "dose: " in refused.reason


def test_a_clinician_says_whether_less_than_a_full_dose_was_a_trial_session() -> None:
    course = in_part()

    correct(course, NINA, f.SessionValues(trial=True))
    counted = course.course.trial_sessions
    correct(course, NINA, f.SessionValues(trial=False))

    assert counted == 1
    assert checked(course).trial_sessions == 0


def test_what_was_said_of_the_trial_stays_when_something_else_is_corrected() -> None:
    course = in_part()
    correct(course, NINA, f.SessionValues(trial=True))
    correct(course, NINA, f.SessionValues(trial=False))

    correct(course, NINA, f.SessionValues(reactions=("sore neck",)))

    assert course.course.sessions[0].is_trial is False


def test_the_last_trial_session_is_not_talked_away_to_try_another_one() -> None:
    course = at(WaitKind.RESPONSE_CHECK, times=2, diary=NEVER_RESPONDS)
    assert course.course.trial_sessions == course.course.protocol.response.trial_sessions_max.value

    refused = correct(course, NINA, f.SessionValues(trial=False))
    one_more = course.ask(DR_LEE, f.Response(answer=ResponseAnswer.ONE_MORE))

    assert refused is not None
    assert refused.reason == "trial: 155 units are a trial session; it is said of less than 155"
    assert isinstance(one_more, Refusal), "6: only an override goes on"


# Typed on the wrong patient


def test_a_session_typed_on_the_wrong_patient_is_undone_and_its_number_stays() -> None:
    course = after_session(1)
    before = course.course.sessions[0]
    booked = course.course.appointment

    correct(course, DR_LEE, f.SessionValues(entered_in_error=True), reason="typed on the wrong patient")

    now = checked(course)
    assert now.sessions == ()
    [gone] = now.sessions_in_error
    assert (gone.number, gone.entered_in_error) == (1, True)
    assert now.next_session == 2
    assert now.baseline is None
    assert now.trial_sessions == 0
    assert (plan.open_check(now), plan.dates_from_last_dose(now)) == (None, None)
    assert now.wait("safety-call-day:session-1") is None
    assert now.appointment is not None
    assert booked is not None
    assert now.appointment.number > booked.number
    assert now.appointment.starts_at < booked.starts_at
    granted = now.authorizations[0]
    assert left(granted, now.sessions, drug_code=DRUG).sessions == granted.sessions
    assert before.claim_id is not None


def test_its_claim_is_taken_back_and_never_billed_anew() -> None:
    course = entered_in_error()

    now = checked(course)

    taken_back = [event for event in course.events if isinstance(event, e.ClaimOpened)][-1]
    assert (taken_back.session, taken_back.replaces) == (1, "c-1/session-1/claim")
    assert taken_back.frequency == "8"
    assert not waits_to_be_voided(now.sessions_in_error[0])


def test_the_patient_is_told_anew_what_was_told_wrongly() -> None:
    course = entered_in_error()
    task = course.task(WaitKind.TELL_ANEW)
    assert task is not None
    assert course.course.to_tell_anew == ("aftercare",)

    course.tell(AMY, f.ToldAnew(how="by telephone"), task=task.id)

    assert course.task(WaitKind.TELL_ANEW) is None


def test_the_next_session_given_is_number_2_and_the_course_goes_on() -> None:
    course = entered_in_error()

    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)

    now = checked(course)
    assert [session.number for session in now.sessions] == [2, 3]
    assert now.evidence is not None
    assert now.evidence.session == 3


def test_a_deviation_of_a_session_that_never_was_is_no_longer_to_be_looked_at() -> None:
    course = injected_on_day(82)

    correct(course, DR_LEE, f.SessionValues(entered_in_error=True), subject=2)

    assert course.task(WaitKind.DEVIATION) is None
    assert course.task(WaitKind.CLAIM_HELD) is None
    checked(course)


def test_what_was_entered_in_error_is_not_corrected_again() -> None:
    course = entered_in_error()

    refused = correct(course, DR_LEE, f.SessionValues(vials=LOT_B))

    assert refused == Refusal(reason="event: its session was entered in error, or there is none")


# Who may


@pytest.mark.parametrize(
    ("by", "values", "allowed"),
    [
        (DR_LEE, f.SessionValues(vials=LOT_B), True),
        (NINA, f.SessionValues(vials=LOT_B), True),
        (AMY, f.SessionValues(vials=LOT_B), False),
        (BEN, f.SessionValues(vials=LOT_B), False),
        (ADA, f.SessionValues(vials=LOT_B), False),
        (AMY, f.AuthorizationValues(number="A-9"), True),
        (BEN, f.AuthorizationValues(number="A-9"), True),
        (DR_LEE, f.AuthorizationValues(number="A-9"), False),
    ],
    ids=lambda value: getattr(value, "user_id", getattr(value, "of", value)),
)
def test_who_corrects_what_on_the_same_day(by: Actor, values: Any, allowed: bool) -> None:
    course = after_session(1)
    wanted = correction(course, values)
    today = {"recorded_on": course.today, "recorded_by": "amy.ops"} if values.of == "authorization_decided" else {}

    refused = course.ask(by, wanted.model_copy(update=today))

    assert (refused is None) is allowed, refused


def test_its_author_corrects_within_the_day_and_not_later() -> None:
    course, later = unsigned_by_operations(), unsigned_by_operations()
    later.pass_until(later.now + ONE_DAY)

    assert correct(course, AMY, f.SessionValues(vials=LOT_B)) is None
    refused = correct(later, AMY, f.SessionValues(vials=LOT_B))

    assert refused is not None
    assert "within the day for its author amy.ops" in refused.reason
    assert refused.people == ("amy.ops",)


def unsigned_by_operations() -> PaperCourse:
    course = at(WaitKind.SESSION_RESULT)
    course.tell(AMY, f.SessionResult(vials=VIALS))
    return course


def test_operations_correct_days_and_nothing_beside_them() -> None:
    course = second_session_some_days_late(3)
    right = course.course.sessions[1].given_on - 3 * ONE_DAY

    with_more = correct(course, AMY, f.SessionValues(given_on=right, vials=LOT_B), subject=2)
    alone = correct(course, AMY, f.SessionValues(given_on=right), subject=2)

    assert with_more is not None
    assert alone is None


# What is not a session


def test_the_authorizations_right_number_and_units_follow_into_session_and_claim() -> None:
    course = after_session(1)

    assert correct(course, BEN, f.AuthorizationValues(number="A-77", units=310)) is None

    now = checked(course)
    assert now.authorizations[0].number == "A-77"
    assert now.sessions[0].coverage.authorization_number == "A-77"
    assert (
        left(now.authorizations[0], now.sessions, drug_code=DRUG).units == 310 - now.sessions[0].coverage.counted_units
    )
    assert now.sessions[0].replacements == (f"{now.sessions[0].id}/claim-2",)


def test_a_window_without_the_sessions_day_leaves_it_uncovered_and_its_bill_waits() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on

    correct(course, BEN, f.AuthorizationValues(from_on=given_on + ONE_DAY))

    session = checked(course).sessions[0]
    assert session.coverage.authorization is None
    assert session.claim_held == "corrected: nothing covers its day"


def test_an_authorization_that_ended_by_the_wrong_day_holds_again() -> None:
    course = after_session(1)
    until = course.course.authorizations[0].until_on
    correct(course, BEN, f.AuthorizationValues(until_on=course.today + ONE_DAY))
    course.pass_until(course.now + 3 * ONE_DAY)
    assert course.course.authorizations[0].expired_on is not None

    correct(course, BEN, f.AuthorizationValues(until_on=until))

    assert checked(course).authorizations[0].expired_on is None


def test_consent_visit_packet_and_adverse_event_are_corrected_too() -> None:
    missed = at(WaitKind.CLEARANCE)
    missed.tell(AMY, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT))
    sent = at(WaitKind.PAYER_ANSWER)
    flagged = with_a_red_flag()
    visit = missed.course.visits_not_given[0].appointment
    earlier = sent.course.requests[0].opened_on

    assert correct(missed, AMY, f.VisitValues(reason=NotGivenReason.CANCELLED_BY_CLINIC), subject=visit) is None
    assert (
        correct(missed, NINA, f.GoalsValues(consent_signed_on=missed.course.started_on - ONE_DAY), subject=None) is None
    )
    assert correct(flagged, NINA, f.AdverseEventValues(note="since this morning", red_flags=())) is None
    refused = correct(sent, BEN, f.PacketValues(submitted_on=earlier - ONE_DAY))

    assert checked(missed).visits_not_given[0].reason is NotGivenReason.CANCELLED_BY_CLINIC
    assert missed.course.consent_signed_on == missed.course.started_on - ONE_DAY
    assert checked(flagged).red_flags == ()
    assert refused is not None


def test_consent_signed_after_session_1_is_a_deviation_and_its_bill_waits() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on
    course.pass_until(course.now + 3 * ONE_DAY)
    values = f.GoalsValues(consent_signed_on=given_on + ONE_DAY)

    refused = correct(course, DR_LEE, values, subject=None)
    by_operations = correct(course, AMY, values, subject=None, deviation="the form was found later")
    told = correct(course, DR_LEE, values, subject=None, deviation="the form was found later")

    assert refused is not None
    assert (
        f"consent: session 1 was given on {day_in_words(given_on)}, before consent of {day_in_words(given_on + ONE_DAY)}"
        in refused.reason
    )
    assert by_operations is not None
    assert told is None
    now = checked(course)
    [deviation] = now.deviations
    assert (deviation.rules, deviation.session) == ("consent", 1)
    assert now.consent_signed_on == given_on + ONE_DAY
    assert now.sessions[0].claim_held == "deviation: consent"
    assert course.task(WaitKind.DEVIATION) is not None


def test_consent_signed_on_the_day_of_session_1_itself_breaks_no_rule() -> None:
    course = after_session(1)

    assert correct(course, DR_LEE, f.GoalsValues(consent_signed_on=course.today), subject=None) is None
    assert checked(course).deviations == ()


def test_consent_that_was_late_already_is_no_second_deviation() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on
    course.pass_until(course.now + 3 * ONE_DAY)
    correct(course, DR_LEE, f.GoalsValues(consent_signed_on=given_on + ONE_DAY), subject=None, deviation="found later")

    assert correct(course, DR_LEE, f.GoalsValues(consent_signed_on=given_on + 2 * ONE_DAY), subject=None) is None
    assert len(checked(course).deviations) == 1


def test_a_packet_sent_on_another_day_moves_the_payers_time() -> None:
    course = at(WaitKind.SUBMIT_PACKET)
    course.pass_until(course.now + 3 * ONE_DAY)
    course.tell(AMY, f.PacketSubmitted(reference="fax 12"))
    before = course.course.requests[0].answer_due_on
    opened_on = course.course.requests[0].opened_on

    correct(course, AMY, f.PacketValues(submitted_on=opened_on))

    asked = checked(course).requests[0]
    wait = course.course.wait("payer-answer:request-1")
    assert before is not None
    assert asked.answer_due_on == before - 3 * ONE_DAY
    assert wait is not None
    assert wait.due == plan.morning_of(course.course, asked.answer_due_on)


# After any correction the course equals the course in which the right value had been told at once

IGNORED = {
    "number",
    "ledger",
    "corrections",
    "waits",
    "unsettled",
    "appointment",
    "appointments_made",
    "claim_steps",
    "claim_denials",
    "to_tell_anew",
    "deviations",
    "diary_told",
    "clearance",
    "look_from",
    "readiness",
    "kept_unready",
}
"""Journal, claims and messages; and appointments, which were booked by what was known then."""
OF_A_CLAIM = {"claim_id", "claim_outdated", "replacements", "claim_payer", "claim_voided", "claim_held"}
OF_A_SIGNATURE = {"signed_by", "signed_on"}


def comparable(course: Course) -> dict[str, Any]:
    told = course.model_dump(exclude=IGNORED)
    for session in told["sessions"]:
        for name in OF_A_CLAIM | OF_A_SIGNATURE:
            session.pop(name)
    return told


def morning(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 13, tzinfo=UTC)


@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@example(number=2, late_days=5, right={"lot": "C7502", "days_earlier": 4, "injector": "dr.khan"}, after_days=58)
@given(
    number=st.sampled_from([1, 2]),
    late_days=st.integers(min_value=0, max_value=6),
    right=st.fixed_dictionaries(
        {},
        optional={
            "lot": st.sampled_from(["C7461", "C7502"]),
            "days_earlier": st.integers(min_value=0, max_value=6),
            "units": st.sampled_from([60, 155, 175, 195]),
            "injector": st.sampled_from(["dr.lee", "dr.khan"]),
            "in_part": st.booleans(),
            "reactions": st.sampled_from([(), ("flushed",)]),
        },
    ),
    after_days=st.integers(min_value=0, max_value=60),
)
def test_corrected_the_course_is_what_it_were_had_the_right_value_been_told_at_once(
    number: int, late_days: int, right: dict[str, Any], after_days: int
) -> None:
    day = before_session(number).today
    wrong_on = day + late_days * ONE_DAY
    right_on = max(day, wrong_on - right.get("days_earlier", 0) * ONE_DAY)
    units = right.get("units", 155)
    vial = VialOpened(size_units=200, lot=right.get("lot", "C7461"), expires_on=date(2028, 6, 30))
    wrong_told, right_told = paper_at(number, wrong_on), paper_at(number, wrong_on)
    typed = f.SessionResult(vials=VIALS, given_at=morning(wrong_on), injector="dr.lee", harmless=True)
    true = f.SessionResult(
        vials=(vial,),
        given_at=morning(right_on),
        injector=right.get("injector", "dr.lee"),
        dose=a_dose(units) if units != 155 else None,
        reactions=right.get("reactions", ()),
        harmless=True,
    )

    wrong_told.tell(DR_KHAN, typed, deviation="told late")
    right_told.tell(DR_KHAN, true, deviation="told late")
    values: dict[str, Any] = {
        "vials": (vial,),
        "given_at": morning(right_on),
        "dose": a_dose(units),
        "injector": true.injector,
        "reactions": true.reactions,
    }
    correct(wrong_told, DR_KHAN, f.SessionValues(**values), subject=number, deviation="typed wrong")
    for course in (wrong_told, right_told):
        course.pass_until(course.now + after_days * ONE_DAY)

    corrected, at_once = comparable(wrong_told.course), comparable(right_told.course)
    if booked_on(wrong_told) != booked_on(right_told):  # a renewal is asked for by the day that is booked
        corrected.pop("requests")
        at_once.pop("requests")
    assert corrected == at_once
    checked(wrong_told)


def booked_on(course: PaperCourse) -> date | None:
    booked = course.course.appointment
    return None if booked is None else booked.starts_at.date()


@cache
def before_session(number: int) -> PaperCourse:
    return at(WaitKind.CLEARANCE, times=number)


def paper_at(number: int, on: date) -> PaperCourse:
    """Return a course at the session of this number, not cleared, on the day `on`."""
    course = copy(before_session(number))
    course.events = list(course.events)
    course.pass_until(course.now + (on - course.today))
    return course


def test_the_fold_of_the_journal_knows_corrections() -> None:
    course = entered_in_error()

    again = fold(list(course.events), course_id="c-1", patient_id="p-1")  # type: ignore[arg-type] # each is one of the union

    assert again == course.course
