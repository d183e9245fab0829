"""Whole courses on the real servers, from intake to their end, each checked against all that must always hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Course, Phase
from domain.record import Refusal
from domain.response import ResponseAnswer, Verdict
from domain.session import AppointmentStatus, NotGivenReason, WatchEnd, Whose
from domain.waits import WaitKind
from tests.domain.builders import a_history, counts
from tests.kit.answers import People, Situation, approved, as_recommended, denied, given
from tests.kit.beginnings import a_beginning, medicare, self_pay
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.days import a_monday_of_its_own, at_ten
from tests.kit.diaries import (
    NEVER_RESPONDS,
    RESPONDS_AT_ONCE,
    RESPONDS_ONLY_AFTER_SESSION_3,
    SEVERITY_ONLY,
    a_diary,
    no_diary,
)
from tests.kit.people import ADA, AMY, DR_KHAN, DR_LEE, EVERYBODY
from tests.kit.world import World

ONE_DAY = timedelta(days=1)


def today(world: World) -> date:
    return clinic_day(datetime.now(UTC), world.clinic.zone)


def stops_after(sessions: int) -> People:
    """Return people who go on as recommended, and discontinue at the check after this session."""

    def answer(situation: Situation) -> Any:
        if len(situation.course.sessions) < sessions:
            return as_recommended(situation)
        return DR_LEE, f.Response(answer=ResponseAnswer.DISCONTINUE, reason="enough")

    return People({WaitKind.RESPONSE_CHECK: answer})


def verdicts(course: Course) -> list[tuple[int, str, str]]:
    return [(check.session, check.evidence.verdict, check.answer) for check in course.checks]


async def test_a_patient_who_responds_at_once_goes_on_after_session_2_and_later_ends(world: World) -> None:
    async with watched(await CourseUnderTest.start(world, diary=RESPONDS_AT_ONCE)) as running:
        await running.until(None, stops_after(4))

        course = await running.check()

    assert verdicts(course) == [(2, "response", "continue"), (4, "response", "discontinue")]
    assert course.ending is not None
    assert (course.ending.outcome, course.ending.reason) == ("discontinued", "clinicians_decision")
    assert [request.for_session for request in course.requests] == [1, 3], "2 sessions each"


async def test_a_patient_who_responds_only_after_session_3_gets_the_third_and_goes_on(world: World) -> None:
    async with watched(await CourseUnderTest.start(world, diary=RESPONDS_ONLY_AFTER_SESSION_3)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.ONE_MORE))
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert verdicts(course) == [(2, "none", "one_more"), (3, "response", "continue")]
    assert course.is_open


async def test_a_patient_who_never_responds_is_discontinued_after_session_3_and_offered_alternatives(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world, diary=NEVER_RESPONDS)) as running:
        await running.until(None)

        course = await running.check()
        told = await running.journal()

    assert verdicts(course) == [(2, "none", "one_more"), (3, "none", "discontinue")]
    assert course.ending is not None
    assert (course.ending.outcome, course.ending.reason) == ("discontinued", "no_response")
    assert len(course.sessions) == 3
    assert sum(isinstance(event, e.CourseClosed) for event in told) == 1


async def test_severity_alone_carries_the_verdict(world: World) -> None:
    async with watched(await CourseUnderTest.start(world, diary=SEVERITY_ONLY)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)

        course = await running.check()

    assert course.evidence is not None
    assert course.evidence.verdict is Verdict.RESPONSE
    assert "severity" in course.evidence.verdict_reason
    assert course.evidence.payer_met is False


async def test_for_medicare_in_the_office_nobody_is_asked_and_the_claim_is_filed(world: World) -> None:
    beginning = a_beginning(today(world), coverage=medicare(today(world)))
    async with watched(await CourseUnderTest.start(world, beginning)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)

        course = await running.check()

    assert course.requests == ()
    assert [session.claim_id for session in course.sessions] == [
        f"{course.course_id}/session-{number}/claim" for number in (1, 2)
    ]


async def test_who_pays_herself_gets_an_invoice_and_no_claim_and_no_session_beyond_the_agreement(world: World) -> None:
    beginning = a_beginning(today(world), coverage=self_pay(today(world), sessions=1))
    async with watched(await CourseUnderTest.start(world, beginning)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.SafetyCall(result="reached"))
        await running.until(WaitKind.CLEARANCE)

        refused = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))
        course = await running.check()

    rows = await world.pool.fetch("select session from invoice where course_id = $1", course.course_id)
    assert [row["session"] for row in rows] == [1]
    assert isinstance(refused, Refusal)
    assert "the patient agreed to pay 1 session" in refused.reason


async def test_with_12_headache_days_a_clinician_decides_and_the_course_may_be_declined(world: World) -> None:
    few = counts(headache_days=12, migraine_days=9, stated_on=today(world) - ONE_DAY)
    beginning = a_beginning(today(world), history=a_history(taken_on=today(world), counts=few))
    async with watched(await CourseUnderTest.start(world, beginning)) as running:
        task = await running.until(WaitKind.ELIGIBILITY)
        await running.tell(DR_LEE, f.EligibilityDecision(decision="decline", reason="episodic"))

        course = await running.check()

    assert task is not None
    assert course.ending is not None
    assert (course.ending.outcome, course.ending.reason) == ("declined", "not_eligible")
    assert course.sessions == ()


async def test_an_authorization_that_ends_before_session_3_is_renewed_by_itself_in_time(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        before = await running.course()
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
        packet = await running.until(WaitKind.SUBMIT_PACKET)
        await running.until(WaitKind.CLEARANCE)

        course = await running.check()

    assert len(before.requests) == 1
    assert packet is not None
    assert packet.subject == "request-2"
    assert course.requests[1].purpose == "renewal"
    assert course.appointment is not None
    assert course.appointment.status is AppointmentStatus.CONFIRMED
    day = clinic_day(course.appointment.starts_at, course.clinic.zone)
    assert (day - course.sessions[1].given_on).days <= 84 + 7


async def test_an_authorization_nobody_renews_expires_by_our_own_timer(world: World) -> None:
    silent = People({WaitKind.SUBMIT_PACKET: lambda s: None if s.course.sessions else (AMY, f.PacketSubmitted())})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
        await running.until(WaitKind.CLEARANCE, silent)
        await running.pass_days(20)

        course = await running.check()

    [granted] = course.authorizations
    assert granted.expired_on == granted.until_on + ONE_DAY
    assert isinstance(await running.ask(DR_LEE, f.PreSessionCheck(clear=True)), Refusal)


@pytest.mark.parametrize(
    "moment",
    [WaitKind.GOALS, WaitKind.PAYER_ANSWER, WaitKind.CLEARANCE, WaitKind.SESSION_RESULT, WaitKind.SAFETY_CALL],
)
async def test_a_patient_may_withdraw_at_any_moment_and_only_the_safety_watch_goes_on(
    world: World, moment: WaitKind
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(moment)
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await running.settle()
        ended = await running.check()
        await running.until(None)

        course = await running.check()

    assert ended.phase is Phase.ENDED
    assert {wait.kind for wait in ended.waits} <= {WaitKind.SAFETY_CALL, WaitKind.SAFETY_CALL_DAY, WaitKind.REOPENING}
    assert course.ending is not None
    assert course.ending.outcome == "withdrawn"
    assert all(session.watch_ended for session in course.sessions)


async def test_a_denial_before_session_1_ends_the_course_as_declined(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(None, People({WaitKind.PAYER_ANSWER: denied}))

        course = await running.check()

    assert course.ending is not None
    assert (course.ending.outcome, course.ending.reason) == ("declined", "authorization_denied")


async def test_a_denial_of_the_renewal_ends_the_course_as_discontinued(world: World) -> None:
    once = People({WaitKind.PAYER_ANSWER: lambda s: denied(s) if s.course.sessions else approved(s)})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(None, once)

        course = await running.check()

    assert course.ending is not None
    assert (course.ending.outcome, course.ending.reason) == ("discontinued", "authorization_denied")
    assert len(course.sessions) == 2


async def test_a_missed_visit_takes_no_number_and_is_booked_anew(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.CLEARANCE)
        appointment = (await running.course()).appointment
        assert appointment is not None
        await running.pass_until(appointment.ends_at)
        await running.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    [missed] = course.visits_not_given
    assert (missed.for_session, missed.reason) == (1, NotGivenReason.NO_SHOW)
    assert [session.number for session in course.sessions] == [1]
    states = await world.pool.fetch(
        "select state from appointment where course_id = $1 order by starts_at", course.course_id
    )
    assert [row["state"] for row in states][:2] == ["noshow", "fulfilled"]


async def test_a_patient_turned_away_on_the_day_is_booked_anew_and_nothing_is_billed(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.CLEARANCE)
        await running.tell(DR_LEE, f.PreSessionCheck(clear=False, positive=("infection",)))
        await running.settle()
        turned_away = await running.check()
        await running.until(WaitKind.SESSION_RESULT)

        course = await running.check()

    assert turned_away.sessions == ()
    assert turned_away.appointment is not None
    assert [visit.reason for visit in course.visits_not_given] == [NotGivenReason.TURNED_AWAY]
    assert course.clearance is not None


async def test_a_red_flag_at_the_safety_call_stops_the_next_session_until_a_clinician_lifts_it(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        told = f.SafetyCall(result="reached", red_flags=("swallowing",), note="since Sunday")
        await running.tell(AMY, told)
        flagged = await running.until(WaitKind.RED_FLAG)
        assert flagged is not None
        await running.until(WaitKind.CLEARANCE, People({WaitKind.RED_FLAG: lambda _: None}))
        stopped = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))
        await running.tell(DR_LEE, f.RedFlagReview(lift=True, note="a cold"))
        cleared = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))

        course = await running.check()

    assert (flagged.due - flagged.since) <= timedelta(hours=24), "the same day, on elapsed time"
    assert isinstance(stopped, Refusal)
    assert not isinstance(cleared, Refusal)
    assert course.sessions[0].watch_ended is WatchEnd.REACHED


async def test_a_record_that_somebody_else_wrote_waits_for_its_injector_and_so_does_the_claim(world: World) -> None:
    by_operations = People({WaitKind.SESSION_RESULT: lambda s: (AMY, given(s)[1]), WaitKind.SIGNATURE: lambda _: None})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL, by_operations)
        unsigned = await running.check()
        session = unsigned.sessions[0]
        injector = next(actor for actor in EVERYBODY if actor.user_id == session.injector)
        other = DR_KHAN if injector is DR_LEE else DR_LEE
        refused = await running.ask(other, f.RecordSigned())
        await running.tell(injector, f.RecordSigned())
        await running.settle()

        course = await running.check()

    assert unsigned.sessions[0].claim_id is None
    assert isinstance(refused, Refusal)
    assert course.sessions[0].signed_by == session.injector
    assert course.sessions[0].claim_id is not None


async def test_an_ended_course_is_reopened_within_30_days_and_goes_on(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await running.pass_days(10)
        await running.tell(ADA, f.Reopen(reason="stays after all", agreed_by="dr.lee"))
        reopened = await running.check()
        await running.until(WaitKind.RESPONSE_CHECK)

        course = await running.check()

    assert reopened.is_open
    assert reopened.appointment is None or reopened.appointment.for_session == 2
    assert len(course.sessions) == 2


async def test_a_check_that_is_asked_again_opens_on_that_day_with_the_same_28_days(world: World) -> None:
    again_in = 5 * ONE_DAY
    async with watched(await CourseUnderTest.start(world, diary=no_diary)) as running:
        first = await running.until(WaitKind.RESPONSE_CHECK)
        before = (await running.course()).evidence
        day = clinic_day(await running.now(), world.clinic.zone)
        fact = f.Response(answer=ResponseAnswer.ASK_AGAIN, ask_again_on=day + again_in, reason="diary to come")
        await running.tell(DR_LEE, fact)
        await running.settle()
        waiting = await running.check()
        await running.until(WaitKind.RESPONSE_CHECK)

        course = await running.check()

    assert first is not None
    assert before is not None
    [opens] = waiting.waits_of(WaitKind.CHECK_OPENS)
    assert clinic_day(opens.due, course.clinic.zone) == day + again_in
    assert course.evidence is not None
    assert course.evidence.window.first_on == before.window.first_on
    assert course.evidence.window.last_on == before.window.last_on


async def test_diary_days_that_come_before_the_answer_count(world: World) -> None:
    async with watched(await CourseUnderTest.start(world, diary=no_diary)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        before = await running.course()
        running.diary = a_diary(after=(8,))
        first_on = before.sessions[-1].given_on + ONE_DAY
        await running._write_diary(first_on, first_on + 90 * ONE_DAY)
        await running.tell(AMY, f.DiaryEntered(first_on=first_on, last_on=first_on + 90 * ONE_DAY, days=91))
        await running.settle()

        course = await running.check()

    assert before.evidence is not None
    assert before.evidence.verdict is Verdict.UNDETERMINED
    assert course.evidence is not None
    assert course.evidence.missing_days == 0
    assert course.evidence.verdict is Verdict.RESPONSE
    assert not course.evidence_is_stale


def answers_at_the_second_chase(situation: Situation) -> Any:
    chased = situation.course.waits_of(WaitKind.CHASE_PAYER)
    return approved(situation) if chased and situation.now - situation.wait.since > timedelta(days=15) else None


async def test_a_payer_that_does_not_answer_is_chased_on_its_own_clock(world: World) -> None:
    late = People({WaitKind.PAYER_ANSWER: answers_at_the_second_chase})
    async with watched(await CourseUnderTest.start(world)) as running:
        chase = await running.until(WaitKind.CHASE_PAYER, late)
        await running.tell(AMY, f.PayerChased(result="in review", again_on=_days_on(await running.now(), 5)))
        await running.settle()
        waiting = await running.check()
        await running.until(WaitKind.CLEARANCE, late)

        course = await running.check()

    assert chase is not None
    [answer] = waiting.waits_of(WaitKind.PAYER_ANSWER)
    assert waiting.waits_of(WaitKind.CHASE_PAYER) == ()
    assert answer.since < chase.since, "since stays true"
    assert answer.due > chase.since
    assert len(course.authorizations) == 1


def _days_on(now: datetime, days: int) -> date:
    return (now + timedelta(days=days)).date()


async def test_a_moved_appointment_is_moved_in_scheduling_too_and_never_before_its_earliest_day(world: World) -> None:
    async with watched(await CourseUnderTest.start(world, at=a_monday_of_its_own(world.clinic))) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.check()
        assert before.appointment is not None
        booked_on = clinic_day(before.appointment.starts_at, world.clinic.zone)
        early = f.Move(starts_at=at_ten(booked_on - 7 * ONE_DAY, world.clinic), reason="on holiday")
        refused = await running.ask(AMY, early)
        later = f.Move(starts_at=at_ten(booked_on + 7 * ONE_DAY, world.clinic), reason="on holiday")
        await running.tell(AMY, later)
        await running.settle()

        course = await running.check()

    assert isinstance(refused, Refusal)
    assert course.appointment is not None
    assert course.appointment.number == before.appointment.number + 1
    assert course.appointment.starts_at == later.starts_at


async def test_a_cancelled_appointment_is_free_again_and_another_is_found(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.course()
        assert before.appointment is not None
        await running.tell(AMY, f.Cancel(reason="the clinic is closed", whose=Whose.CLINIC))
        await running.settle()

        course = await running.check()

    assert course.appointment is not None
    assert course.appointment.starts_at > before.appointment.starts_at
    assert course.unsettled == ()


async def test_without_the_drug_the_last_look_becomes_a_task_and_the_patient_is_not_told_confirmed(
    world: World,
) -> None:
    no_drug = People({WaitKind.READINESS: lambda _: (AMY, f.ReadinessLook(drug_on_hand=False))})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.SafetyCall(result="reached"))
        missing = await running.until(WaitKind.NOT_READY, no_drug)

        course = await running.check()

    assert missing is not None
    assert missing.context.keys() >= {"drug"}
    assert course.appointment is not None
    assert course.appointment.status is AppointmentStatus.TENTATIVE


async def test_only_one_course_of_a_patient_and_protocol_is_listed_with_the_sentence_of_what_it_waits_for(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.GOALS)

        await running.check()

    row = await world.pool.fetchrow("select waiting, phase from course where course_id = $1", running.course_id)
    assert row is not None
    assert row["phase"] == Phase.ADMISSION
    assert row["waiting"].startswith("Waits for a clinician since")
